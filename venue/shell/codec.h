/* HTTP/1.1 and RFC 6455 on bytes: no sockets. libwebsockets would decode the query before we see it, but a signature
 * covers the bytes as they were sent, and faults need half replies and unanswered frames; so the shell uses it for TLS
 * and the loop, and this for the protocol.
 *
 * Owner: the connection. Thread: the shell's only one.
 */
#ifndef SOFIA_VENUE_SHELL_CODEC_H
#define SOFIA_VENUE_SHELL_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/text.h"
#include "../venue.h"

#define CODEC_HEADERS 64
#define CODEC_HEAD_MAX 16384u
#define CODEC_BODY_MAX (4u << 20)

#define CODEC_MORE 0 /* not whole yet */
#define CODEC_READY 1
#define CODEC_BROKEN (-1)

/* A request whose texts point into the buffer it was read from (which was cut up with NULs). */
struct codec_request {
    struct venue_request request;
    struct venue_header headers[CODEC_HEADERS];
    struct vn_text body; /* of a chunked request */
    size_t used;         /* bytes of the buffer */
    bool keep_alive;
    bool upgrade; /* to WebSocket, version 13 */
    const char *ws_key;
};

/* bytes[len] must be writable and is set to NUL. The buffer is changed only when the answer is READY. */
int codec_request_read(char *bytes, size_t len, struct codec_request *ret_request);
void codec_request_release(struct codec_request *request);

void codec_reply(struct vn_text *out, const struct venue_output *reply, bool keep_alive);
void codec_reply_plain(struct vn_text *out, unsigned status, const char *text);
void codec_upgrade(struct vn_text *out, const char *ws_key);

struct codec_frame {
    uint32_t opcode;
    bool last;
    char *payload; /* unmasked in place */
    size_t len;
    size_t used;
};

int codec_frame_read(char *bytes, size_t len, struct codec_frame *ret_frame);
void codec_frame_write(struct vn_text *out, uint32_t opcode, const char *payload, size_t len);
void codec_close_write(struct vn_text *out, uint32_t code, const char *reason, size_t len);

#endif
