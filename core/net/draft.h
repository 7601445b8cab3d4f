/* A request as it was asked for (draft) and as it is written (wire).
 *
 *     draft   own copy of the segments; secrets only as handles; may wait in a queue
 *     wire    target, header lines and body with the secrets' texts inside; made when a connection takes the request,
 *             wiped when it is done
 *
 * Copies that the libraries make for themselves while they write are theirs, and not wiped.
 *
 * Invariants: buffers grow and are kept, so that a steady flow allocates nothing; a wire never
 * outlives wire_clear unwiped. Owner: a request slot (draft), a connection (wire). Thread: the
 * net's.
 */
#ifndef NET_DRAFT_H
#define NET_DRAFT_H

#include "net/net.h"

enum { DRAFT_PIECES = 40, WIRE_HEADERS = 24, DRAFT_SECRET_MAX = 4096 };

enum draft_part {
    DRAFT_PART_INVALID = 0,
    DRAFT_TARGET = 1,
    DRAFT_HEADERS = 2,
    DRAFT_BODY = 3,
    DRAFT_PART_COUNT
};

struct draft_piece {
    enum draft_part part;
    size_t offset;
    size_t len;
    uint64_t secret;
};

struct draft {
    char *bytes;
    size_t cap;
    size_t used;
    struct draft_piece pieces[DRAFT_PIECES];
    uint32_t count;
    bool has_body;
};

struct wire {
    char *bytes;
    size_t cap;
    size_t used;
    char *target;                /* NUL-terminated */
    char *headers[WIRE_HEADERS]; /* lines, NUL-terminated */
    uint32_t header_count;
    char *body; /* NUL behind its end */
    size_t body_len;
};

/* Starts anew. limit: bytes a request may have. body may be NULL. ERR_LIMIT, ERR_NOMEM,
 * ERR_INVALID. */
int draft_fill(struct draft *draft, const struct net_text *target, const struct net_text *headers,
               const struct net_text *body, size_t limit);
void draft_release(struct draft *draft);

/* Refused (ERR_INVALID) when the target is not a plain request target or a header line could break
 * the message apart; secrets are read through config. prefix goes before the target. On failure the
 * wire is wiped. */
int draft_render(const struct draft *draft, const struct net_config *config, const char *prefix,
                 struct wire *wire);
void wire_clear(struct wire *wire);
void wire_release(struct wire *wire);

#endif
