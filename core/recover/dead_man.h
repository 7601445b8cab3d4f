/* The dead man's switch at the venue: it cancels everything of an account that falls silent.
 *
 *     reconciled, exclusive, live ──► "cancel all unless heard again within T" ──► every T/3
 *     stop, after zero ──► "never mind"         crash ──► silence ──► the venue cancels after T
 *
 * Only for adapters that offer it, and never on an account that others trade on, because it takes everybody's orders. It is the
 * net under the net: nothing in here is needed for anything else to be right, and a venue that does not answer it keeps trading,
 * loudly.
 *
 * Owner: the engine. Thread: trade.
 */
#ifndef RECOVER_DEAD_MAN_H
#define RECOVER_DEAD_MAN_H

#include <stdbool.h>
#include <stdint.h>

#include "order_path/path.h"

#define COOKIE_DEAD_MAN (UINT64_C(4) << 56)

struct dead_man_account {
    bool armed; /* the venue counts, or may count */
    int64_t due_mono_ns;
    uint32_t failures; /* in a row */
};

struct dead_man {
    struct path *path;
    uint32_t timeout_s; /* 0: off */
    bool stopping;
    int64_t give_up_mono_ns;
    struct dead_man_account accounts[PATH_ACCOUNTS];
};

void dead_man_init(struct dead_man *dead_man, struct path *path, int64_t timeout_ns);

/* Each turn; when it wants to be called next. */
int64_t dead_man_turn(struct dead_man *dead_man);

/* Takes back what is armed. Called each turn of a stop: true when nothing is armed any more, or nobody answers. */
bool dead_man_stop(struct dead_man *dead_man);

void dead_man_on_result(struct dead_man *dead_man, uint32_t account,
                        const struct sofia_result *result);

#endif
