/* A listing that comes in pages while the core asks one question and wants one answer.
 *
 *     core: list!  --> page 1 --> "in doubt: more to read"      the reports are kept, the cursor too
 *     core: list!  --> page 2 --> "in doubt: more to read"
 *     core: list!  --> page 3 --> all reports of pages 1..3, SYNC, accepted
 *
 * So an incomplete listing is never taken for a whole one: "nothing is open" is concluded from it.
 * The venue's filter OPEN stands alone and leaves out the orders that are queued: those are a second
 * walk, which the adapter makes by itself and first, so that an order that comes out of the queue in
 * between is in one of the two.
 *
 * Owner: struct coinbase. Thread: [trade]. Memory: from create.
 */
#ifndef COINBASE_WALK_H
#define COINBASE_WALK_H

#include <sofia/event.h>
#include <sofia/kit/text.h>

#define COINBASE_CURSOR_SIZE 256
#define COINBASE_COOKIE_WALK (UINT64_C(1) << 62)
#define COINBASE_COOKIE_QUEUED (UINT64_C(1) << 61)
#define COINBASE_COOKIE_ALL (UINT64_C(1) << 60) /* a cancel of all that was listed */
#define COINBASE_WALK_REPORTS 1024              /* the venue itself lists no more than 1000 */

struct coinbase_walk {
    uint32_t pages;       /* read in this walk */
    int64_t page_mono_ns; /* when the last page came */
    uint32_t count;       /* of reports */
    uint64_t serial;      /* of the page that is asked for; the cookie of that request */
    struct sofia_event_report *reports; /* NULL: a walk that keeps none */
    char symbol[SOFIA_NAME_SIZE];
    char cursor[COINBASE_CURSOR_SIZE]; /* of the next page */
};

int coinbase_walk_init(struct coinbase_walk *walk, uint32_t with_reports);
void coinbase_walk_release(struct coinbase_walk *walk);
/* Before a question: goes on if that makes sense, else starts over. */
void coinbase_walk_ask(struct coinbase_walk *walk, const char *symbol, int64_t mono_ns);
/* A page has come. cursor "": the last one. Returns 1 if the walk is over. */
int coinbase_walk_page(struct coinbase_walk *walk, const char *cursor, int64_t mono_ns);
void coinbase_walk_restart(struct coinbase_walk *walk);
/* SOFIA_ESPACE: more than anybody keeps. */
int coinbase_walk_keep(struct coinbase_walk *walk, const struct sofia_event_report *report);

struct coinbase_page {
    struct sofia_slice elements; /* the array */
    uint32_t has_next;
    char cursor[COINBASE_CURSOR_SIZE];
};

/* {"<name>":[...],"has_next":true,"cursor":"..."}; SOFIA_EPARSE if it is not that, or the cursor is
 * longer than anybody keeps. */
int coinbase_page_read(struct sofia_slice body, const char *name, struct coinbase_page *ret_page);

#endif
