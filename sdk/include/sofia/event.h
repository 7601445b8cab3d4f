/* Events: everything that happens, in one shape.
 *
 *     adapter --emit--> [bounded queue] --> core (books, orders, ledger) --> strategies, risk, sinks
 *
 * An event is a struct sofia_event header followed by the body of its type, in one piece, without pointers, so it can be
 * queued, written to disk or put in shared memory as it is. `size` is the whole piece. A reader skips types it does not know,
 * unless SOFIA_EVENT_MUST_UNDERSTAND is set: then it must stop using the source.
 *
 * Direction is in the comments: [venue] events are emitted by an exchange adapter and nobody else; [core] events are made by
 * the core for strategies, risk rules and sinks. Some market events are passed on as the adapter emitted them.
 *
 * Order: events of one instance arrive in the order they were emitted. Tickers may be conflated (only the newest of an
 * instrument is delivered when the queue is behind); order events never are; if book deltas would be lost the core drops the
 * whole book and asks the adapter to resync it.
 *
 * Adapters say what they know and nothing else: an unknown word of the venue is state 0, a missing
 * number is absent, a missing id is "". The core asks again; it never fills a gap with a guess.
 *
 * Repetition is expected. The same report or fill may be emitted by the answer, the stream and a
 * query; the core recognises what it has.
 *
 * Loss: what must not be lost (ORDER, FILL, VERDICT, KILL, MODE, BALANCE) is told from the journal, so a sink that was down or slow
 * gets it later, in order. What describes a passing moment (TICKER, TRADE, CHANNEL) may be dropped, and the drops are counted.
 *
 * Size: an event is at most 16 KiB; a book change of more levels is emitted in several events, the snapshot flag on the first
 * and the best levels first, so that the book is never crossed in between.
 *
 * Time: ts_venue_ns is the venue's own clock (0 when it sent none), ts_recv_ns ours (UTC), ts_recv_mono_ns ours (monotonic).
 * The emitter leaves seq, instance and the receive times 0: the core fills them.
 */
#ifndef SOFIA_EVENT_H
#define SOFIA_EVENT_H

#include <sofia/abi.h>
#include <sofia/decimal.h>
#include <sofia/instrument.h>
#include <sofia/order.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types. Numbers are for ever: a number that falls out of use stays out of use. Those below 32 come from a venue (some are passed
 * on), those from 32 on are made by the core. */
#define SOFIA_EV_INSTRUMENT 1u /* [venue][core] struct sofia_event_instrument */
#define SOFIA_EV_TICKER 2u     /* [venue][core] struct sofia_event_ticker */
#define SOFIA_EV_BOOK 3u       /* [venue][core] struct sofia_event_book */
#define SOFIA_EV_TRADE 4u      /* [venue][core] struct sofia_event_trade */
#define SOFIA_EV_REPORT 5u     /* [venue]       struct sofia_event_report */
#define SOFIA_EV_FILL 6u       /* [venue][core] struct sofia_event_fill */
#define SOFIA_EV_BALANCE 7u    /* [venue][core] struct sofia_event_balance */
#define SOFIA_EV_SYNC 8u       /* [venue]       struct sofia_event_sync */
#define SOFIA_EV_TIME 9u       /* [venue]       struct sofia_event_time */
#define SOFIA_EV_USAGE 10u     /* [venue]       struct sofia_event_usage */
#define SOFIA_EV_ACCOUNT 11u   /* [venue]       struct sofia_event_account */
#define SOFIA_EV_CHANNEL 12u   /* [venue][core] struct sofia_event_channel */
#define SOFIA_EV_ORDER 32u     /* [core]        struct sofia_event_order */
#define SOFIA_EV_POSITION 33u  /* [core]        struct sofia_event_position */
#define SOFIA_EV_KILL 34u      /* [core]        struct sofia_event_kill */
#define SOFIA_EV_MODE 35u      /* [core]        struct sofia_event_mode */
#define SOFIA_EV_TIMER 36u     /* [core]        struct sofia_event_timer */
#define SOFIA_EV_WRITABLE 37u /* [core]        header only: a queue that answered EAGAIN has room */
#define SOFIA_EV_READY                                                                             \
    38u /* [core]        header only: recovered, reconciled, orders are accepted from now on */
#define SOFIA_EV_VERDICT                                                                           \
    39u /* [core]        struct sofia_event_verdict: one station's answer about one order */

/* Flags of the header (bits). */
#define SOFIA_EVENT_MUST_UNDERSTAND 1u
#define SOFIA_EVENT_REPLAYED 2u /* read from the journal at start, not happening now */

struct sofia_event {
    uint32_t size; /* header and body */
    uint16_t type;
    uint16_t version; /* of the body; 1 */
    uint32_t flags;
    uint32_t instance;   /* exchange instance; 0: the core itself */
    uint32_t instrument; /* 0: none */
    uint32_t generation; /* of the connection it came over; grows with each reconnect */
    uint64_t seq;        /* per process, or the journal's number for lossless events */
    int64_t ts_venue_ns;
    int64_t ts_recv_ns;
    int64_t ts_recv_mono_ns;
};

/* Rules of one instrument, new or changed. The core assigns the number at the first sight of the name and asks the adapter to
 * subscribe; the header's instrument is then filled for the others. */
struct sofia_event_instrument {
    struct sofia_event head;
    struct sofia_instrument instrument;
};

/* Best bid and offer. An absent price means an empty side. */
struct sofia_event_ticker {
    struct sofia_event head;
    struct sofia_decimal bid;
    struct sofia_decimal bid_qty;
    struct sofia_decimal ask;
    struct sofia_decimal ask_qty;
};

/* One price with the whole quantity that rests at it. */
struct sofia_level {
    struct sofia_decimal price;
    struct sofia_decimal qty; /* absolute; 0 deletes the level */
};

/* Book change or whole book. `levels` holds bid_count bids, then ask_count asks; allocate sofia_event_book_size(n). */
#define SOFIA_BOOK_SNAPSHOT 1u /* forget the book first */
#define SOFIA_BOOK_INVALID 2u /* no levels: the book is not to be trusted until the next snapshot */
struct sofia_event_book {
    struct sofia_event head;
    uint32_t flags;
    uint32_t bid_count;
    uint32_t ask_count;
    uint32_t reserved;
    struct sofia_level levels[1];
};
#define SOFIA_EVENT_BOOK_SIZE(n)                                                                   \
    (offsetof(struct sofia_event_book, levels) + (size_t)(n) * sizeof(struct sofia_level))

/* A public trade, the venue's own id with it so that a stream that repeats itself can be recognised. */
struct sofia_event_trade {
    struct sofia_event head;
    uint32_t aggressor; /* side of the taker */
    uint32_t reserved;
    struct sofia_decimal price;
    struct sofia_decimal qty;
    char trade_id[SOFIA_FILL_ID_SIZE];
};

/* What the venue says about one of the account's orders, whichever way it said it. The key is client_id if the order is
 * ours, venue_id otherwise (or both). `filled_qty` is cumulative. A report never books a fill: fills do (below). */
#define SOFIA_REPORT_ANSWER 1u /* in the answer to our own request */
#define SOFIA_REPORT_STREAM 2u
#define SOFIA_REPORT_QUERY 3u   /* answer about one order */
#define SOFIA_REPORT_LISTING 4u /* element of an open-orders listing */
struct sofia_event_report {
    struct sofia_event head;
    uint32_t source; /* SOFIA_REPORT_... */
    uint32_t state;  /* canonical; 0: the venue's word is not understood, query it */
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t order_flags;
    uint64_t venue_seq; /* grows with each change of this order at the venue; 0: not given */
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_wide filled_quote; /* absent: not told */
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char reason[SOFIA_REASON_SIZE]; /* of a reject or expiry */
};

/* One execution. Identified by (fill_id, venue_id); counted once however often it arrives. A provisional fill has no fill_id:
 * it counts at once and is replaced when the identified ones arrive. `source` as in the report. */
#define SOFIA_LIQUIDITY_MAKER 1u
#define SOFIA_LIQUIDITY_TAKER 2u
struct sofia_event_fill {
    struct sofia_event head;
    uint32_t source;
    uint32_t side;
    uint32_t liquidity;
    uint32_t reserved;
    uint64_t order_id; /* [core] only; the adapter leaves 0 */
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_wide quote_qty; /* absent: price * qty */
    struct sofia_wide fee;       /* positive: paid. In fee_asset */
    char fee_asset[SOFIA_ASSET_SIZE];
    char fill_id[SOFIA_FILL_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char client_id[SOFIA_CLIENT_ID_SIZE]; /* "" when the venue does not tell */
};

/* Absolute balances of one asset: free and locked as the venue tells them, never a difference. An asset the venue leaves out of a
 * full listing is told with zeros by the adapter, because silence would read as "unchanged". */
struct sofia_event_balance {
    struct sofia_event head;
    uint32_t source; /* STREAM or QUERY */
    uint32_t reserved;
    struct sofia_wide free;
    struct sofia_wide locked;
    char asset[SOFIA_ASSET_SIZE];
};

/* End of an answer that consists of many events: now the set is complete (or there is more, see next). */
#define SOFIA_SYNC_INSTRUMENTS 1u
#define SOFIA_SYNC_OPEN_ORDERS 2u
#define SOFIA_SYNC_ACCOUNT 3u
#define SOFIA_SYNC_TRADES 4u
#define SOFIA_SYNC_ORDER 5u /* the query of one order; `found` tells */
struct sofia_event_sync {
    struct sofia_event head;
    uint32_t what;
    uint32_t found;    /* elements delivered */
    uint32_t more;     /* 1: ask again from `next` */
    uint32_t absent;   /* 1 (ORDER only): the venue says it knows no such order */
    uint64_t order_id; /* ORDER, TRADES of one order */
    char next[SOFIA_FILL_ID_SIZE];
};

/* The venue's clock, emitted while the answer to encode_time is parsed. The core subtracts the round trip and keeps the offset with its error bound. */
struct sofia_event_time {
    struct sofia_event head;
    int64_t server_ns;
};

/* What the venue says has been used of a budget, or that it wants silence. */
struct sofia_event_usage {
    struct sofia_event head;
    uint32_t bucket;   /* index in the descriptor's buckets */
    uint32_t blocked;  /* 1: nothing of this bucket before until_ns; 2: nothing at all (a ban) */
    uint64_t used;     /* of the current window */
    uint64_t limit;    /* 0: unchanged */
    int64_t until_ns;  /* venue's clock; with blocked */
    int64_t window_ns; /* with limit, of a DECAY bucket; 0: unchanged */
};

/* Who we are at the venue. `identity` is what makes two keys the same account. */
struct sofia_event_account {
    struct sofia_event head;
    uint32_t can_trade;    /* 1 yes, 2 no */
    uint32_t can_withdraw; /* 1 yes, 2 no, 0 not told */
    char identity[SOFIA_NAME_SIZE];
};

/* State of a data channel, so that nobody trades on a picture that stands still. */
#define SOFIA_CHANNEL_MARKET 1u  /* instrument in the header */
#define SOFIA_CHANNEL_PRIVATE 2u /* orders, fills, balances of the account */
#define SOFIA_CHANNEL_UP 1u      /* synced: the picture is complete from here on */
#define SOFIA_CHANNEL_DOWN 2u
#define SOFIA_CHANNEL_RESYNC 3u /* connected, picture not complete yet */
struct sofia_event_channel {
    struct sofia_event head;
    uint32_t channel;
    uint32_t state;
    char reason[SOFIA_REASON_SIZE];
};

/* An order after a change, as it is now; the same struct the views give. `cause` is the journal record kind's name, `reason` a sentence when it was refused. */
struct sofia_event_order {
    struct sofia_event head;
    struct sofia_order order;
    uint64_t request_id; /* of the intent */
    int64_t legs_ns
        [8]; /* latency stamps, monotonic: intake, risk, journal, sent, acked, filled; 0: not reached */
    char rule[SOFIA_NAME_SIZE]; /* DENIED: the instance that refused */
    char code[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

/* Attributed position of one strategy in one base asset: fills minus base-asset fees since the baseline. */
struct sofia_event_position {
    struct sofia_event head;
    char strategy[SOFIA_NAME_SIZE];
    char asset[SOFIA_ASSET_SIZE];
    struct sofia_wide qty;
    struct sofia_wide cost;     /* basis of what is held, in quote */
    struct sofia_wide realized; /* since the day began, in quote */
    char quote[SOFIA_ASSET_SIZE];
};

/* Levels of the kill switch. HOLD: no new risk, reductions pass. CANCEL: everything open is cancelled until the venue shows none.
 * FLATTEN: and positions are closed. A level never weakens by being engaged again. */
#define SOFIA_KILL_CLEAR 0u
#define SOFIA_KILL_HOLD 1u
#define SOFIA_KILL_CANCEL 2u
#define SOFIA_KILL_FLATTEN 3u
struct sofia_event_kill {
    struct sofia_event head;
    uint32_t level; /* 0: cleared */
    uint32_t zero;  /* 1: the cancel loop has proven that nothing is open */
    uint64_t epoch;
    char scope[SOFIA_NAME_SIZE];
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

/* Branch and arming in force from here on, with who changed it and why. */
struct sofia_event_mode {
    struct sofia_event head;
    uint32_t branch; /* SOFIA_BRANCH_... */
    uint32_t arming; /* 1 OFF, 2 AUTO, 3 ON */
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

/* A timer the receiver started; the cookie is its own. */
struct sofia_event_timer {
    struct sofia_event head;
    uint64_t cookie;
};

/* What one station said about one order: which rule, the stable code, what it measured and against what. Refusals are always told;
 * the time each rule took is in the journal's intent. */
struct sofia_event_verdict {
    struct sofia_event head;
    uint64_t order_id;
    uint32_t refused; /* 1: this station ended the order */
    uint32_t spent_ns;
    char rule[SOFIA_NAME_SIZE];
    char code[SOFIA_NAME_SIZE];
    struct sofia_decimal value;
    struct sofia_decimal limit;
};

#ifdef __cplusplus
}
#endif
#endif
