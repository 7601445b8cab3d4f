/* From a replayed journal to "orders may leave": what every account must show first.
 *
 *     settle       intents journaled and never sent are closed; what was under way is in doubt
 *     clock        enough samples of the venue's time
 *     instruments  rules of what is traded
 *     private      the stream of own orders is up, so that nothing happens unseen after the snapshot
 *     orders       the listing of open orders; every own live order that is not in it is asked for
 *     doubt        nothing of an earlier run is in doubt, no fill is missing
 *     account      balances; first time: the baseline. Else: per asset, ledger = venue, read twice if they differ
 *     reconciled
 *
 * A difference that stays stops the account, with the asset and both figures in words, unless the configuration says that
 * differences are accepted (then it is booked as an unproven transfer, journaled with that author).
 *
 * Reconciled is not for ever: balances are compared again at an interval, between quiet moments (nothing of ours traded between question
 * and answer, nothing in doubt). A difference that two such snapshots in a row show alike counts: somebody else traded or moved money,
 * or a fill was missed. The account closes with it in words and is reconciled again.
 *
 * The steps from "private" on run again after each loss of the private stream, without closing the account for cancels.
 *
 * Owner: the engine. Thread: trade.
 */
#ifndef RECOVER_START_H
#define RECOVER_START_H

#include <stdbool.h>
#include <stdint.h>

#include "order_path/path.h"
#include "recover/doubt.h"

#define COOKIE_START (UINT64_C(3) << 56)
#define START_COMPARES (UINT64_C(1) << 48) /* in the cookie: the balances of a reconciled account */
#define START_TIME_SAMPLES 6

enum start_step {
    START_IDLE = 0,
    START_CLOCK = 1,
    START_INSTRUMENTS = 2,
    START_PRIVATE = 3,
    START_ORDERS = 4,
    START_DOUBT = 5,
    START_ACCOUNT = 6,
    START_DONE = 7,
    START_STEP_COUNT
};

struct start_account {
    enum start_step step;
    bool waiting;
    int64_t due_mono_ns;
    int64_t asked_mono_ns;
    uint32_t samples;
    uint32_t differing_reads;
    bool private_up;
    bool rules_known;            /* the instruments have been read in this run */
    bool has_key;                /* an account without a key never trades */
    char why[SOFIA_REASON_SIZE]; /* what the reconciliation began for */
    uint64_t
        fills_at_read; /* fills booked when the balances were asked for: they must not move meanwhile */
    int64_t rules_asked_mono_ns; /* when the instrument rules were read last */
    int64_t patrol_due_mono_ns;
    uint64_t patrol_order_id; /* the live order that was asked for last; 0: a new round */
    int64_t compare_due_mono_ns;
    char difference[SOFIA_REASON_SIZE]; /* what the last quiet snapshot showed; "": none */
    uint32_t differences;               /* assets that differ, last look */
    int64_t agreed_ns;                  /* when ledger and venue last agreed; 0: not in this run */
    int64_t clock_due_mono_ns;          /* next sample of the venue's time, for ever */
};

struct start {
    struct path *path;
    struct doubts *doubts;
    bool accept_differences;
    int64_t clock_every_ns;
    int64_t compare_every_ns; /* 0: not while running */
    struct start_account accounts[PATH_ACCOUNTS];
};

void start_init(struct start *start, struct path *path, struct doubts *doubts,
                bool accept_differences, int64_t compare_every_ns);

/* Once, after the replay and before anything is asked: closes what was never sent, puts the rest in doubt. */
void start_settle(struct start *start);

/* Begins (or begins again) with one account. */
void start_account(struct start *start, uint32_t account, const char *why);
/* The same when anything the venue said may have been missed: rules and clock are read again too. */
void start_again(struct start *start, uint32_t account, const char *why);

int64_t start_turn(struct start *start);

void start_on_event(struct start *start, uint32_t account, const struct sofia_event *event);
void start_on_result(struct start *start, uint32_t account, const struct exchange_call *call,
                     const struct sofia_result *result);

const char *start_step_name(enum start_step step);

#endif
