/* What the venue's refusals mean for an order, a cancel or a question: one table, read by prefix.
 *
 *     transport outcome, HTTP status, "EOrder:Insufficient funds"  --->  verdict + action
 *
 * The rule behind the table: only a certain "no" is REJECTED or NOT_SENT. What may have reached the
 * engine before it failed (busy, unavailable, internal error, a gateway's page) is IN_DOUBT, and so
 * is a text nobody knows.
 */
#ifndef KRAKEN_ERRORS_H
#define KRAKEN_ERRORS_H

#include <sofia/exchange.h>

/* Numbers of the rows, shown as the venue's code; texts are what the venue has. */
enum {
    KRAKEN_ERROR_NONE,
    KRAKEN_ERROR_UNKNOWN,
    KRAKEN_ERROR_NONCE,
    KRAKEN_ERROR_LOCKOUT,
    KRAKEN_ERROR_SESSION,
    KRAKEN_ERROR_NO_ORDER,
    KRAKEN_ERROR_REST_RATE,
    KRAKEN_ERROR_ENGINE_RATE,
    KRAKEN_ERROR_THROTTLED,
    KRAKEN_ERROR_OTHER
};

struct kraken_refusal {
    uint32_t http_status;
    int64_t now_ns;               /* wall clock, for texts that name a moment; 0: not known */
    char text[SOFIA_REASON_SIZE]; /* first "E..." of the answer; "": none was readable */
};

/* Fills verdict, action, retry_after_ms, venue_code (KRAKEN_ERROR_...) and reason. */
void kraken_refusal_judge(const struct kraken_refusal *refusal, struct sofia_result *ret_result);

#endif
