/* What an operator may ask of the trade thread, and its answer.
 *
 *     REST, socket --control thread--> command --ring--> trade thread --reply--> control thread --> HTTP answer
 *
 * A command is plain data with names instead of numbers; it is executed at a turn boundary. Every command gets exactly one
 * reply with its id. What only reads needs no command: the snapshot (control/snapshot.h) and the SQLite view answer that.
 *
 * A reply that changed something carries the journal number of its last record. The control thread answers the operator when
 * the record is where the operation promises it to be: synced for kill and mode, visible in the view for orders.
 *
 * Owner: the ring. Thread: posted by control, executed on trade.
 */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include <sofia/order.h>

#define COMMAND_TEXT_SIZE 256

enum command_kind {
    COMMAND_INVALID = 0,
    COMMAND_SUBMIT = 1,     /* order */
    COMMAND_CANCEL = 2,     /* order_id */
    COMMAND_CANCEL_ALL = 3, /* order.instrument, order.account: "" means all */
    COMMAND_KILL = 4,       /* kill; the flag has been raised already (kill.raise) */
    COMMAND_RESUME = 5,     /* kill.scope */
    COMMAND_ROLLBACK = 6,   /* to shadow: no new risk leaves, live orders are cancelled */
    COMMAND_WS_RESTART = 7, /* order.account or all */
    COMMAND_REFRESH = 8,    /* ask the venue for the account again */
    COMMAND_AMEND = 9,      /* order.replaces, order.qty, order.price: absent: as it is */
    COMMAND_COUNT
};

struct command_order {
    char
        account[SOFIA_NAME_SIZE]; /* exchange instance; "" if the instrument is at one venue only */
    char instrument[SOFIA_NAME_SIZE]; /* "BTC/USDT" */
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint64_t request_id; /* from the idempotency key; 0: none */
    uint64_t replaces;   /* AMEND: the order to change */
    struct sofia_decimal qty;
    struct sofia_decimal price;
    char tag[SOFIA_NAME_SIZE];
    bool dry_run;
};

struct command_kill {
    char scope[SOFIA_NAME_SIZE]; /* "all", "account:x", "strategy:x", "symbol:x" */
    uint32_t level;              /* SOFIA_KILL_... */
    uint32_t reserved;
    uint64_t raise; /* what kill_raise returned */
};

struct command {
    uint64_t id; /* the control thread's, returned in the reply */
    enum command_kind kind;
    uint64_t order_id;
    struct command_order order;
    struct command_kill kill;
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct command_reply {
    uint64_t id;
    enum command_kind kind;
    int status;   /* 0 or ERR_*: the command itself; a denied order has status 0 */
    uint64_t seq; /* last record it made; 0: none */
    uint64_t order_id;
    uint32_t state;   /* SOFIA_STATE_... of the order */
    uint32_t count;   /* cancels sent, latches cleared ... */
    uint64_t epoch;   /* of the kill latch */
    uint32_t station; /* enum station that refused; 0: none */
    bool repeated;    /* an order with this request id existed: this is it */
    char code[SOFIA_NAME_SIZE];
    char text[COMMAND_TEXT_SIZE]; /* one sentence for the operator */
};

#endif
