/* The cancel loop: cancel, list, again, until the venue's own books show zero. Twice.
 *
 *     latch at level cancel, or the engine is stopping
 *        round: cancel every live order in scope; (whole account, exclusive) cancel-all per symbol with strange orders
 *               list open orders of each account
 *        zero:  two listings without an order in scope, the second after the last send's acceptance window,
 *               nothing of ours live or in doubt
 *
 * A round follows at once (after the interval) while the last one changed something; else the pause doubles, up to five seconds,
 * and it is the longest at once when a request budget runs low. Listing all orders every 100 ms would use up Binance's weight of a
 * minute in eight seconds, and the cancels would stand still.
 *
 * The loop belongs to the latch: it survives restarts (the latch is in the state), it goes on while the switch stays engaged,
 * and it ends only at zero, which is journaled. An engine that stops runs the same loop without a latch.
 *
 * Owner: the engine. Thread: trade.
 */
#ifndef RECOVER_ZERO_H
#define RECOVER_ZERO_H

#include <stdbool.h>
#include <stdint.h>

#include "order_path/path.h"

#define COOKIE_ZERO (UINT64_C(2) << 56)

struct zero_account {
    bool waiting;    /* a listing is outstanding */
    uint32_t found;  /* orders in scope the current listing has shown */
    uint32_t listed; /* of the last complete listing */
    uint32_t
        empty_reads; /* listings in a row without one; the second and later after the acceptance windows */
    bool
        after_windows; /* the current listing was asked for when nothing sent before could be accepted any more */
    int64_t since_mono_ns; /* of the outstanding listing */
};

/* What the loop is to change; all numbers, compared as bytes. */
struct zero_picture {
    uint32_t live;
    uint32_t listed;
    uint32_t empty_reads;
    uint32_t windows;
};

struct zero {
    struct path *path;
    bool stopping;  /* the engine stops: everything of ours goes */
    bool proven;    /* for stopping: zero is reached */
    uint64_t epoch; /* of the latch being worked on */
    int64_t due_mono_ns;
    int64_t interval_ns;
    int64_t round_mono_ns; /* of the last round */
    int64_t wait_ns;       /* until the next one, unless something changes */
    struct zero_picture picture;
    int64_t margin_ns; /* beyond the last acceptance window */
    uint32_t rounds;
    struct zero_account accounts[PATH_ACCOUNTS];
};

void zero_init(struct zero *zero, struct path *path, int64_t interval_ns, int64_t margin_ns);

/* Begins the loop of an engine that stops. zero->proven tells when it is over. */
void zero_stop(struct zero *zero);

/* A latch was engaged or raised: begin again at once. */
void zero_kick(struct zero *zero);

/* Each turn; when it wants to be called next, INT64_MAX: nothing to do. */
int64_t zero_turn(struct zero *zero);

/* An order of the listing, ours or strange; true if it is in scope and counted. */
bool zero_on_listed(struct zero *zero, uint32_t account, const struct sofia_event_report *report);
void zero_on_result(struct zero *zero, uint32_t account, const struct exchange_call *call,
                    const struct sofia_result *result);

#endif
