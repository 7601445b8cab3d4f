/* Filling a struct sofia_request: bytes, numbers and secrets, part by part.
 *
 *     struct sofia_request_writer w;
 *     sofia_request_open(&w, request, ENDPOINT_ORDER);
 *     sofia_request_text(&w, SOFIA_PART_HEADER, "X-KEY: ");
 *     sofia_request_secret(&w, SOFIA_PART_HEADER, key);
 *     uint32_t mark = sofia_request_mark(&w);
 *     sofia_request_text(&w, SOFIA_PART_BODY, "symbol=");
 *     sofia_request_percent(&w, SOFIA_PART_BODY, sofia_slice_of(symbol));
 *     const char *payload = sofia_request_since(&w, mark, &len);     sign exactly what is sent
 *     return sofia_request_close(&w);
 *
 * The first failure sticks: the calls after it do nothing and close returns it, so that nobody has
 * to ask after every piece and no half request can be taken for a whole one. Bytes of one part
 * written in a row share one segment.
 *
 * Status: 0, SOFIA_ESPACE (bytes or segments are used up) or SOFIA_EINVAL (absent number, unknown
 * part, no secret). Owner: the caller; no allocation. Thread: any.
 */
#ifndef SOFIA_KIT_REQUEST_H
#define SOFIA_KIT_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <sofia/exchange.h>
#include <sofia/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sofia_request_writer {
    struct sofia_request *request;
    int status;
};

/* Starts over: whatever was in the request is forgotten, including its settings (lane, timeout,
 * cookie). */
void sofia_request_open(struct sofia_request_writer *w, struct sofia_request *request,
                        uint32_t endpoint);
/* The sticky status. After a failure the request has no segments left, so it cannot be sent by
 * mistake. */
int sofia_request_close(struct sofia_request_writer *w);
/* Fails the request with this status unless it has failed before. */
void sofia_request_fail(struct sofia_request_writer *w, int status);

void sofia_request_put(struct sofia_request_writer *w, uint32_t part, const char *bytes,
                       size_t len);
void sofia_request_text(struct sofia_request_writer *w, uint32_t part, const char *text);
/* Every byte outside [A-Za-z0-9-_.~] as %XX, upper-case hex. */
void sofia_request_percent(struct sofia_request_writer *w, uint32_t part, struct sofia_slice value);
/* The inside of a JSON string: quote, backslash and control characters escaped, the rest as it is.
 */
void sofia_request_json(struct sofia_request_writer *w, uint32_t part, struct sofia_slice value);
void sofia_request_int(struct sofia_request_writer *w, uint32_t part, int64_t value);
/* Plain digits, never an exponent. An absent number fails the request. */
void sofia_request_decimal(struct sofia_request_writer *w, uint32_t part,
                           struct sofia_decimal value);
/* The text of a secret, which only the host sees. */
void sofia_request_secret(struct sofia_request_writer *w, uint32_t part, sofia_handle secret);

/* What has been written since a mark. Secrets leave no bytes here. NULL after a failure. */
uint32_t sofia_request_mark(const struct sofia_request_writer *w);
const char *sofia_request_since(const struct sofia_request_writer *w, uint32_t mark,
                                size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
