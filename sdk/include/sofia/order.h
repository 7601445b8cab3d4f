/* Orders: what a strategy asks for, what the core keeps, what a venue reports.
 *
 *     intent  --intake, rules, risk, kill, gate, journal-->  order  --encode_submit-->  venue
 *     (strategy, REST)                                      (core)  <--report, fill--
 *
 * The states are the ones of FIX 4.4 OrdStatus under their own names, plus DENIED (refused inside, never sent) and SHADOW
 * (recorded, never sent). Doubt is not a state but a flag beside it: "the outcome of the last request is not known". While
 * it stands, the order counts against every limit as if it lived, and it is shown as UNKNOWN.
 *
 * Who may change what: a plugin never changes an order. It returns requests and reports; the core applies them through one
 * transition table and journals each step.
 *
 * A life in records: an intent is journaled (PENDING_NEW), the send is journaled, bytes leave, the venue answers or does not. A
 * crash between any two of these leaves a state that the next start can tell from the others: never sent (closed at once), sent
 * and unanswered (in doubt, asked for), answered (as told).
 *
 * A cancel has an id and a life of its own: it can be refused, lost or overtaken by a fill. While it is
 * under way the order is shown as PENDING_CANCEL; whatever the venue says next about the order wins.
 *
 * A change of a live order is an order too: the replacement, whose `replaces` names the original. It walks the whole path. While
 * the venue has not decided, the original is shown as PENDING_REPLACE and the two count as one order of the larger quantity
 * and the worse price. Then either the original ends and the replacement lives (with the original's venue_id and fills, if the
 * venue changed the order itself), or the replacement is REJECTED and the original lives on. An unknown outcome is
 * doubt of the replacement.
 *
 * Quantities are in base, prices in quote per base. An order may be filled in many executions at different prices; the price
 * here is the limit that was asked for, never an average.
 *
 * Owner: the core; structs passed to callbacks are valid during the call. Thread: [trade] unless said otherwise.
 */
#ifndef SOFIA_ORDER_H
#define SOFIA_ORDER_H

#include <sofia/abi.h>
#include <sofia/decimal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sides, from the account's point of view: BUY receives base and pays quote. */
#define SOFIA_SIDE_BUY 1u
#define SOFIA_SIDE_SELL 2u

/* Types. A market order has neither price nor time in force; every limit of the risk chain applies to it all the same, valued
 * at the worse side of the book. */
#define SOFIA_TYPE_MARKET 1u
#define SOFIA_TYPE_LIMIT 2u

/* Time in force of limit orders: rests until cancelled; takes what is there and expires; all at once or nothing. */
#define SOFIA_TIF_GTC 1u
#define SOFIA_TIF_IOC 2u
#define SOFIA_TIF_FOK 3u

/* Order flags (bits). */
#define SOFIA_ORDER_POST_ONLY 1u   /* refuse instead of taking liquidity; LIMIT GTC only */
#define SOFIA_ORDER_REDUCE_ONLY 2u /* refuse unless it reduces the attributed position */

/* Where an order comes from. The kill switch lets its own orders pass at levels where it stops everybody else's. */
#define SOFIA_ORIGIN_STRATEGY 1u
#define SOFIA_ORIGIN_OPERATOR 2u /* REST or CLI */
#define SOFIA_ORIGIN_RECOVERY 3u
#define SOFIA_ORIGIN_KILL 4u

/* Branch: does this order meet the venue? Drawn at intake, journaled with the intent, and never changed afterwards; the gate may
 * keep a live order back, it never sends a shadow order. */
#define SOFIA_BRANCH_LIVE 1u
#define SOFIA_BRANCH_SHADOW 2u

/* States. PENDING_CANCEL is shown while a cancel is under way; the state underneath goes on being told by the venue. FILLED is
 * reached only when the booked fills add up, so a FILLED order never has a fill missing. A CANCELED or EXPIRED order may have
 * fills. */
#define SOFIA_STATE_PENDING_NEW 1u
#define SOFIA_STATE_NEW 2u
#define SOFIA_STATE_PARTIALLY_FILLED 3u
#define SOFIA_STATE_FILLED 4u
#define SOFIA_STATE_PENDING_CANCEL 5u
#define SOFIA_STATE_CANCELED 6u
#define SOFIA_STATE_PENDING_REPLACE 7u
#define SOFIA_STATE_REJECTED 8u
#define SOFIA_STATE_EXPIRED 9u
#define SOFIA_STATE_DENIED 10u
#define SOFIA_STATE_SHADOW 11u
/* Not a state: how many numbers there are. */
#define SOFIA_STATE_COUNT 12u

/* Doubt (bits): the outcome of that request is not known. */
#define SOFIA_DOUBT_PLACE 1u
#define SOFIA_DOUBT_CANCEL 2u
#define SOFIA_DOUBT_REPLACE 4u

/* What an order would do to the attributed position. REDUCE is claimed only when the quantity fits into what is held beyond what
 * is already leaving; what could cross zero counts as opening, and is treated so by every rule. */
#define SOFIA_EFFECT_OPEN 1u
#define SOFIA_EFFECT_REDUCE 2u
#define SOFIA_EFFECT_FLIP 3u /* closes and goes through zero; treated as opening */

/* Position side and margin mode: one-way spot today, reserved for derivatives. 0 means "not applicable". */
#define SOFIA_POSITION_SIDE_LONG 1u
#define SOFIA_POSITION_SIDE_SHORT 2u
#define SOFIA_MARGIN_CROSS 1u
#define SOFIA_MARGIN_ISOLATED 2u

/* What a strategy or an operator asks for. Zero the struct, set size, fill what applies. */
struct sofia_intent {
    uint32_t size;
    uint32_t instrument;
    uint32_t side;
    uint32_t type;
    uint32_t tif;           /* LIMIT: required. MARKET: 0 */
    uint32_t flags;         /* SOFIA_ORDER_... */
    uint32_t position_side; /* reserved: 0 */
    uint32_t margin_mode;   /* reserved: 0 */
    uint64_t
        request_id; /* chosen by the caller, unique per caller, never reused: a repeat returns the first order. 0: none */
    struct sofia_decimal qty;        /* base */
    struct sofia_decimal price;      /* LIMIT only, else absent */
    struct sofia_decimal quote_qty;  /* reserved: absent */
    struct sofia_decimal stop_price; /* reserved: absent */
    char tag[SOFIA_NAME_SIZE];       /* free text of the caller, kept in the journal */
};

/* One order as the core knows it; what encode_* receives and what views return.
 *
 * client_id is the identity: made by the core, journaled before the first byte leaves, never used again in the life of the state
 * directory, legal on every venue. venue_id appears with the first report. filled_qty counts each execution once, however often
 * and by whichever road it was told. While doubt is not 0 the order counts in full against every limit. */
struct sofia_order {
    uint32_t size;
    uint32_t instrument;
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t state;
    uint32_t doubt;
    uint32_t branch;
    uint32_t origin;
    uint32_t position_side;
    uint32_t margin_mode;
    uint64_t order_id; /* the core's; unique for the life of the state directory */
    uint64_t replaces; /* a replacement: its original; 0: none */
    int64_t created_ns;
    int64_t updated_ns;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal quote_qty;
    struct sofia_decimal stop_price;
    struct sofia_decimal
        filled_qty; /* identified and provisional fills; of a replacement: its original's so far included */
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char cancel_id[SOFIA_CLIENT_ID_SIZE]; /* id of the cancel being sent; "" before the first */
    char venue_id[SOFIA_VENUE_ID_SIZE];   /* "" until known */
    char venue_symbol[SOFIA_NAME_SIZE];
    char strategy[SOFIA_NAME_SIZE]; /* "" for operator orders */
    char tag[SOFIA_NAME_SIZE];
};

/* States from which nothing more is expected. A late fill is still booked; the state does not open again. */
#define SOFIA_STATE_IS_TERMINAL(s)                                                                 \
    ((s) == SOFIA_STATE_FILLED || (s) == SOFIA_STATE_CANCELED || (s) == SOFIA_STATE_REJECTED ||    \
     (s) == SOFIA_STATE_EXPIRED || (s) == SOFIA_STATE_DENIED || (s) == SOFIA_STATE_SHADOW)

#ifdef __cplusplus
}
#endif
#endif
