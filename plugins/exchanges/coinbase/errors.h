/* What the venue's refusals mean for an order, a cancel or a question.
 *
 *     HTTP status, body of any shape --coinbase_refusal_read--> word + text --judge--> verdict + action
 *     "success":false with its reasons --coinbase_reason_judge-------------------^
 *
 * The rule behind the tables: only a certain "no" is REJECTED or NOT_SENT. Every 5xx, every word
 * nobody knows, everything unreadable is IN_DOUBT.
 */
#ifndef COINBASE_ERRORS_H
#define COINBASE_ERRORS_H

#include <sofia/exchange.h>
#include <sofia/kit/text.h>

#define COINBASE_WORD_SIZE 64

/* What was asked for decides what a status proves. */
enum { ASKED_QUESTION, ASKED_ORDER, ASKED_CANCEL };

struct coinbase_refusal {
    uint32_t http_status;
    uint32_t is_json;
    char word[COINBASE_WORD_SIZE]; /* "INVALID_ARGUMENT"; "" if the body had none */
    char text[SOFIA_REASON_SIZE];
};

/* Fills word and text from any of the venue's error bodies; plain text and HTML too. */
void coinbase_refusal_read(struct sofia_slice body, struct coinbase_refusal *ret_refusal);
/* Verdict, action and reason. 401 and 429 are completed by the caller, who knows how often. */
void coinbase_refusal_judge(const struct coinbase_refusal *refusal, uint32_t asked,
                            struct sofia_result *ret_result);

/* A refused order (HTTP 200): `word` is the first reason that says something, "" if none does. */
void coinbase_reason_judge(const char *word, const char *text, struct sofia_result *ret_result);
/* One result of a cancel that was not taken. */
void coinbase_cancel_judge(const char *word, struct sofia_result *ret_result);
/* A refused edit. */
void coinbase_edit_judge(const char *word, struct sofia_result *ret_result);

#endif
