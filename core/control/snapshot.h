/* The engine as it was a moment ago, for whoever only looks.
 *
 *     trade thread: snapshot_edit -> fill -> snapshot_publish          control thread: snapshot_read
 *
 * Three buffers and one atomic: the writer never waits for the reader and the reader never sees half a picture. One writer,
 * one reader thread. Texts are decimal, money is exact; an empty text means "not known".
 *
 * Invariants: seq grows with each publication; at_ns is the turn's time, so a picture that stands still is recognised by age.
 * Owner: struct snapshots by the engine. Thread: edit and publish trade; read control.
 */
#ifndef CONTROL_SNAPSHOT_H
#define CONTROL_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <sofia/order.h>

#define SNAPSHOT_NUMBER 48
#define SNAPSHOT_REASONS 16
#define SNAPSHOT_ACCOUNTS 8
#define SNAPSHOT_POSITIONS 64
#define SNAPSHOT_BALANCES 128
#define SNAPSHOT_PLUGINS 32
#define SNAPSHOT_LATCHES 16
#define SNAPSHOT_MARKETS 64

struct snapshot_account {
    char name[SOFIA_NAME_SIZE];
    char identity[SOFIA_NAME_SIZE];
    bool ready; /* a connection is there on which an order would leave at once, the clock known */
    bool reconciled;
    bool fatal;
    bool clock_known;
    uint32_t private_streams_up;
    uint32_t market_streams_up;
    int64_t clock_offset_ns;
    int64_t clock_error_ns;
    int64_t last_private_ns; /* last message of the private stream */
    int64_t last_market_ns;
    uint64_t requests[5]; /* sent, by class */
    char why[SOFIA_REASON_SIZE];
};

struct snapshot_position {
    char account[SOFIA_NAME_SIZE];
    char strategy[SOFIA_NAME_SIZE]; /* "" operator */
    char asset[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
    char qty[SNAPSHOT_NUMBER];
    char cost[SNAPSHOT_NUMBER];
    char realized[SNAPSHOT_NUMBER];
    char fees_quote[SNAPSHOT_NUMBER];
    char working_buy[SNAPSHOT_NUMBER];
    char working_sell[SNAPSHOT_NUMBER];
    char value_usd[SNAPSHOT_NUMBER];
    uint32_t open_orders;
};

struct snapshot_balance {
    char account[SOFIA_NAME_SIZE];
    char asset[SOFIA_ASSET_SIZE];
    char free[SNAPSHOT_NUMBER];
    char locked[SNAPSHOT_NUMBER];
    char expected[SNAPSHOT_NUMBER]; /* by the ledger; "" without a baseline */
    int64_t told_ns;
};

struct snapshot_latch {
    char scope[SOFIA_NAME_SIZE];
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
    uint32_t level;
    bool zero; /* nothing open is proven */
    uint64_t epoch;
    int64_t at_ns;
};

struct snapshot_plugin {
    char name[SOFIA_NAME_SIZE];
    char id[SOFIA_NAME_SIZE];
    char version[24];
    uint32_t kind;
    bool quarantined;
    uint64_t callbacks;
    uint64_t over_budget;
    int64_t worst_ns;
    char why[SOFIA_REASON_SIZE];
};

struct snapshot_market {
    char account[SOFIA_NAME_SIZE];
    char name[SOFIA_NAME_SIZE];
    char bid[SNAPSHOT_NUMBER];
    char ask[SNAPSHOT_NUMBER];
    bool valid;
    int64_t age_ns;
};

struct snapshot {
    uint64_t seq;
    int64_t at_ns;
    int64_t started_ns;
    uint64_t journal_seq;
    bool accepting; /* recovery is over */
    bool tradable;  /* an opening order would pass everything but risk */
    uint32_t reason_count;
    char reasons[SNAPSHOT_REASONS][SOFIA_REASON_SIZE]; /* why not tradable */
    uint32_t branch;                                   /* SOFIA_BRANCH_... */
    uint32_t arming;
    char mode[16]; /* "shadow", "canary", "live" */
    char environment[SOFIA_NAME_SIZE];
    char deployment[SOFIA_NAME_SIZE];
    bool killed;
    uint64_t kill_epoch;
    uint32_t latch_count;
    struct snapshot_latch latches[SNAPSHOT_LATCHES];
    uint32_t open_orders;
    uint32_t unknown_orders;
    uint64_t admitted;
    uint64_t denied;
    uint64_t shadowed;
    uint64_t sent;
    uint64_t cancels_sent;
    uint64_t accepted;
    uint64_t rejected;
    uint64_t doubts;
    uint64_t fills;
    uint64_t illegal_transitions;
    char day_pnl_usd[SNAPSHOT_NUMBER];
    char pnl_usd[SNAPSHOT_NUMBER];
    char exposure_usd[SNAPSHOT_NUMBER];
    char max_position_usd[SNAPSHOT_NUMBER]; /* as configured; "" if no rule has it */
    char max_daily_loss_usd[SNAPSHOT_NUMBER];
    uint32_t account_count;
    struct snapshot_account accounts[SNAPSHOT_ACCOUNTS];
    uint32_t position_count;
    struct snapshot_position positions[SNAPSHOT_POSITIONS];
    uint32_t balance_count;
    struct snapshot_balance balances[SNAPSHOT_BALANCES];
    uint32_t plugin_count;
    struct snapshot_plugin plugins[SNAPSHOT_PLUGINS];
    uint32_t market_count;
    struct snapshot_market markets[SNAPSHOT_MARKETS];
};

struct snapshots {
    struct snapshot buffers[3];
    _Atomic uint32_t shared; /* index of the buffer between the two, with a bit that says "new" */
    uint32_t writing;
    uint32_t reading;
};

void snapshots_init(struct snapshots *snapshots);

/* [trade] The buffer to fill; what is in it is older than what was published last. */
struct snapshot *snapshot_edit(struct snapshots *snapshots);
void snapshot_publish(struct snapshots *snapshots);

/* [control] The newest picture; good until the next read. */
const struct snapshot *snapshot_read(struct snapshots *snapshots);

#endif
