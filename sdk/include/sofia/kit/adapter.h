/* What every exchange adapter does in the same way: filling and emitting events, saying what became
 * of a request, reading the options all of them have, and a few readings of JSON.
 *
 *     answer bytes --adapter's own parser--> sofia_emit_..., sofia_result_...  --> core
 *     options      --sofia_config_url, sofia_config_keys-->  adapter's config
 *
 * Everything here works on the host the adapter was given and keeps nothing: no state, no
 * allocation. What a word or a code of the venue means stays in the adapter.
 *
 * Errors: SOFIA_E... of <sofia/abi.h>; the functions that read options also say in the log what is
 * wrong, because the reader of that log wrote the option. Owner: the adapter. Thread: the one of the
 * callback it is called from.
 */
#ifndef SOFIA_KIT_ADAPTER_H
#define SOFIA_KIT_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/exchange.h>
#include <sofia/kit/json.h>
#include <sofia/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- events ---- */

/* Zeroes `size` bytes at head and fills the header. */
void sofia_event_init(struct sofia_event *head, uint16_t type, size_t size, uint32_t instrument);
int sofia_emit(const struct sofia_host *host, const struct sofia_event *head);
int sofia_emit_balance(const struct sofia_host *host, uint32_t source, const char *asset,
                       struct sofia_wide free_qty, struct sofia_wide locked, int64_t ts_ns);
int sofia_emit_channel(const struct sofia_host *host, uint32_t channel, uint32_t instrument,
                       uint32_t generation, uint32_t state, const char *reason);
int sofia_emit_account(const struct sofia_host *host, uint32_t can_trade, uint32_t can_withdraw,
                       const char *identity);
int sofia_emit_time(const struct sofia_host *host, int64_t server_ns);
/* The book is not to be trusted until the next snapshot. */
int sofia_emit_book_invalid(const struct sofia_host *host, uint32_t instrument,
                            uint32_t generation);
/* A book of any size: in pieces if it is larger than the host's queue takes, the best levels of both
 * sides first; the first piece is the snapshot, the others change what it left out. `part` is room
 * for SOFIA_BOOK_PART_LEVELS levels. After a failure some of it may have got through. */
#define SOFIA_BOOK_PART_LEVELS 400
int sofia_emit_book(const struct sofia_host *host, const struct sofia_event_book *book,
                    struct sofia_event_book *part);
/* A report that knows nothing yet: numbers absent, ids empty. */
void sofia_report_init(struct sofia_event_report *report, uint32_t source, uint32_t instrument);
/* A fill without fee and ids. */
void sofia_fill_init(struct sofia_event_fill *fill, uint32_t source, uint32_t instrument);
/* A spot instrument without any rule, its status unknown. */
void sofia_rules_init(struct sofia_instrument *rules);
/* The core's number of the instrument of that name at this instance; 0 if it has none (yet). */
uint32_t sofia_instrument_number(const struct sofia_host *host, const char *name);
void sofia_log(const struct sofia_host *host, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- timers, streams, origins ---- */

/* Stops or closes what is there and forgets the handle; 0 is nothing. */
void sofia_timer_stop(const struct sofia_host *host, sofia_handle *timer);
void sofia_stream_end(const struct sofia_host *host, sofia_handle *stream);
/* For origin_url: `len` bytes of a URL and a NUL, or SOFIA_ESPACE. */
int sofia_url_copy(const char *url, size_t len, char *buf, size_t cap);

/* ---- what became of a request ---- */

void sofia_result_accept(struct sofia_result *ret_result);
void sofia_result_doubt(struct sofia_result *ret_result, const char *reason);
/* For an answer whose outcome is not OK: never left, or nobody knows. */
void sofia_result_transport(const struct sofia_answer *answer, struct sofia_result *ret_result);
/* An event got lost on its way into the core: what was done stands, the picture does not. */
void sofia_result_emitted(int status, struct sofia_result *ret_result);
struct sofia_slice sofia_answer_body(const struct sofia_answer *answer);

/* ---- options ---- */

#define SOFIA_URL_SIZE 256

/* "option <name>: <what>" as an error. */
void sofia_config_report(const struct sofia_host *host, const char *option, const char *what);
/* True for 127.x, localhost and [::1]. */
int sofia_url_is_loopback(const char *url);
/* The URL in that option, or `fallback` if it is empty; slashes at the end and `suffix` (what people
 * copy along, may be "") are cut off. `scheme` is "http" or "ws" and takes its TLS form too.
 * SOFIA_EINVAL has been said in the log. */
int sofia_config_url(const struct sofia_host *host, const char *option, const char *scheme,
                     const char *suffix, const char *fallback, char ret_url[SOFIA_URL_SIZE]);
/* The options api_key and api_secret: both, or none (both 0: public data only). */
int sofia_config_keys(const struct sofia_host *host, sofia_handle *ret_key,
                      sofia_handle *ret_secret);
/* True if the LIST option names it, or is empty. */
int sofia_config_lists(const struct sofia_host *host, const char *option, const char *name);

/* ---- words of the venue ---- */

/* A text and what it means; 0 is "not understood". */
struct sofia_word {
    const char *text;
    uint32_t value;
    uint32_t flags;
};
/* NULL: a word that is not in the table. Never the nearest guess. */
const struct sofia_word *sofia_word_find(const struct sofia_word *words, size_t count,
                                         struct sofia_slice text);
#define SOFIA_WORD(table, text) sofia_word_find((table), sizeof(table) / sizeof((table)[0]), (text))

/* ---- numbers and texts ---- */

/* Numbers as venues print them: 0 for "none" becomes absent. */
struct sofia_decimal sofia_decimal_nonzero(struct sofia_decimal value);
/* null is ""; a text that does not fit fails the cursor. */
void sofia_json_text(struct sofia_json *cur, char *buf, size_t cap);
/* An integer as text; null is "". */
void sofia_json_id(struct sofia_json *cur, char *buf, size_t cap);
/* Fails the cursor: the value is JSON, but not what the venue promises. */
void sofia_json_fail(struct sofia_json *cur);
/* Copies as much of a slice as fits, never through the middle of a UTF-8 character. */
void sofia_slice_copy(struct sofia_slice slice, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
