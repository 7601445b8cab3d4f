/* Resolving doubt: ask until the venue has spoken, or until its silence is proof.
 *
 *     in doubt --query--> found: the report settles it
 *                 |
 *                 +----> "unknown order", once: no proof, it may still be under way
 *                 +----> "unknown order", twice, apart, after the venue can no longer accept it, and not in the listing
 *                        of open orders: proven absent, REJECTED
 *
 * The window: the venue's clock is past the request's accept_until, and the venue's own processing limit plus a margin has gone
 * by since it was sent. Nothing is ever sent a second time while a task is open.
 *
 * A replacement that is unknown may still have changed its original: before the listing, the original is asked for, and shows the old
 * quantity and price, or the new ones (the path then knows that it was taken over).
 *
 * The same proof ends an order the venue had confirmed and does not know any more (a test network was reset, a venue lost its books):
 * unknown twice after the window, not in the listing, its fills fetched once more, then EXPIRED, or CANCELED if a cancel was under way.
 *
 * Nothing is forgotten when all tasks are taken: the oldest order that found none is remembered, and from it on the state is searched
 * again as tasks end.
 *
 * The same tasks fetch fills: the venue told a filled quantity whose executions have not arrived.
 *
 * Owner: the engine. Thread: trade. Errors: none leave; what fails is tried again with growing delay.
 */
#ifndef RECOVER_DOUBT_H
#define RECOVER_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

#include "order_path/path.h"

#define DOUBT_TASKS 512

/* Marks the requests made here among the others. */
#define COOKIE_DOUBT (UINT64_C(1) << 56)
#define COOKIE_KIND(cookie) ((cookie) & (UINT64_C(0xff) << 56))

struct doubt_config {
    int64_t first_ns;          /* delay of the first query */
    int64_t max_ns;            /* longest delay between two */
    int64_t server_timeout_ns; /* how long the venue may work on a request it has taken */
    int64_t margin_ns;
    int64_t gap_ns; /* between the two "unknown order" that prove absence */
};

enum doubt_step {
    DOUBT_FREE = 0,
    DOUBT_QUERY = 1,   /* waiting to ask, or asked */
    DOUBT_LISTING = 2, /* twice unknown: the listing of open orders must agree */
    DOUBT_FILLS = 3,   /* waiting to fetch fills */
    DOUBT_ORIGINAL =
        4, /* a replacement, twice unknown: the order it replaces must show what it is now */
    DOUBT_STEP_COUNT
};

struct doubt_task {
    enum doubt_step step;
    uint64_t order_id;
    int64_t due_mono_ns;
    int64_t delay_ns;
    int64_t first_absent_mono_ns; /* 0: not absent so far */
    uint32_t asked;
    bool waiting; /* an answer is outstanding */
    bool absent;  /* the last answer was "unknown order" */
    bool more;    /* FILLS: the last answer was a page, there are more */
    bool last;    /* FILLS: of an order the venue does not know any more, before it ends */
    char from[SOFIA_FILL_ID_SIZE];
};

struct doubts {
    struct path *path;
    struct doubt_config config;
    struct doubt_task tasks[DOUBT_TASKS];
    uint32_t count;
    uint64_t missed_from; /* oldest order that found no free task; 0: none */
    uint64_t resolved;    /* orders whose doubt ended */
    uint64_t proven_absent;
    uint64_t vanished; /* confirmed by the venue once, and proven unknown to it later */
};

void doubts_init(struct doubts *doubts, struct path *path, const struct doubt_config *config);

/* path_owner.wants_query and wants_fills. */
void doubts_want_query(struct doubts *doubts, const struct order *order, const char *reason);
void doubts_want_fills(struct doubts *doubts, const struct order *order);

/* Each turn: asks what is due. Returns when it wants to be called next, monotonic; INT64_MAX: nothing to do. */
int64_t doubts_turn(struct doubts *doubts);

/* The venue has said something about this order: it is there. */
void doubts_on_report(struct doubts *doubts, uint64_t order_id);
/* A SYNC event, and the result of a request with COOKIE_DOUBT. */
void doubts_on_sync(struct doubts *doubts, const struct sofia_event_sync *sync);
void doubts_on_result(struct doubts *doubts, const struct exchange_call *call,
                      const struct sofia_result *result);

#endif
