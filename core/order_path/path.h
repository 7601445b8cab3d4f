/* The order path: what walks it, and what it stands on. order_path.c reads top to bottom.
 *
 *     order_admit:   intake -> rules -> risk chain -> kill switch -> gate -> journal -> order_release
 *     order_release: re-check -> prepare (encode, sign) -> journal the send -> send
 *     back:          report, fill, result -> journal -> state -> owner
 *
 * One record walks the stations: struct passage. Each station looks at it, may fill its verdict and refuse, and never acts
 * outside. Only order_release sends, and only with a journaled intent and a journaled send.
 *
 * Whatever changes is written by path_record first: append to the journal, apply to the state, tell the owner. There is no
 * other way.
 *
 * Owner: the engine. Thread: trade. Errors: the error stack; a refused order is not an error but a DENIED order.
 */
#ifndef ORDER_PATH_PATH_H
#define ORDER_PATH_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include <sofia/risk.h>

#include "base/clock.h"
#include "market/market.h"
#include "model/state.h"
#include "plugin/exchange.h"
#include "safety/kill.h"

struct journal;

#define PATH_RULES RECORD_RULES_MAX
#define PATH_ACCOUNTS 16
#define PATH_PARKED 256

/* Latency stamps of one passage, monotonic ns. */
enum leg { LEG_INTAKE = 0, LEG_RISK = 1, LEG_JOURNAL = 2, LEG_SIGN = 3, LEG_WRITE = 4, LEG_COUNT };

/* An intent on its way through the stations. */
struct passage {
    struct record_intent intent;   /* what will be journaled */
    struct record_verdict verdict; /* filled by the station that refuses */
    struct sofia_intent asked;     /* what risk rules see */
    const struct order *original;  /* the order it is to replace; NULL: none */
    struct sofia_risk_view view;
    struct market_item *item;
    struct exchange *exchange;
    int64_t legs_mono_ns[LEG_COUNT];
};

/* One risk rule of the chain. */
struct path_rule {
    struct instance *instance;
    uint32_t id; /* NAME_RULE */
};

struct path_account {
    uint32_t id; /* NAME_ACCOUNT; 0: free */
    struct exchange *exchange;
    bool fatal;      /* the venue refused key or permission: nothing new */
    bool reconciled; /* start-up comparison done: orders may leave */
    bool exclusive;
    bool can_trade;
    int64_t back_off_until_mono_ns;
    char why[SOFIA_REASON_SIZE]; /* of fatal or not reconciled */
};

/* Upward calls, fixed at init; all [trade]. */
struct path_owner {
    void *ctx;
    /* A record has been applied. For events to strategies and risk rules, metrics, recovery. */
    void (*on_record)(void *ctx, uint64_t seq, int64_t ts_ns, uint32_t kind, const void *payload);
    /* Doubt began, an adoption or a query is needed (reason says why). */
    void (*wants_query)(void *ctx, struct order *order, const char *reason);
    /* The venue told a filled quantity whose fills we do not have. */
    void (*wants_fills)(void *ctx, struct order *order);
    /* An order or fill at the venue that no journal record explains. */
    void (*strange_order)(void *ctx, uint32_t account, const struct sofia_event_report *report);
    void (*strange_fill)(void *ctx, uint32_t account, const struct sofia_event_fill *fill);
    /* The venue refused our time stamp, our key, or told that rules changed. */
    void (*wants_clock)(void *ctx, uint32_t account);
    void (*wants_rules)(void *ctx, uint32_t account);
    void (*account_fatal)(void *ctx, uint32_t account, const char *reason);
};

/* An order that has its intent journaled and waits: for the disk, for budget, for the clock. */
struct parked {
    uint64_t order_id;
    uint64_t intent_seq;
    int64_t since_mono_ns;
    int64_t until_mono_ns; /* not before */
    bool wants_clock;
};

struct path_counts {
    uint64_t admitted;
    uint64_t denied;
    uint64_t shadowed;
    uint64_t sent;
    uint64_t cancels_sent;
    uint64_t accepted;
    uint64_t rejected;
    uint64_t doubts;
    uint64_t fills;
};

struct path {
    struct state *state;
    struct journal *journal;
    struct market *market;
    struct kill_switch *kill;
    struct clock *clock; /* stands still during a turn */
    struct clock *timer; /* the real one, for the legs */
    struct path_owner owner;
    struct path_account accounts[PATH_ACCOUNTS];
    struct path_rule rules[PATH_RULES];
    uint32_t rule_count;
    uint32_t branch;    /* SOFIA_BRANCH_...: what new episodes draw */
    bool durable;       /* wait for the disk before a byte leaves */
    bool accepting;     /* recovered and started */
    int64_t max_age_ns; /* a parked order older than this is denied */
    uint64_t epoch;     /* of this boot */
    uint32_t fence;
    uint32_t id_sequence;
    uint64_t next_order_id;
    char tag[16]; /* deployment tag inside client order ids */
    struct parked parked[PATH_PARKED];
    uint32_t parked_count;
    struct record_verdict refusal; /* the last one at the release */
    struct path_counts counts;
    int64_t legs_ns[LEG_COUNT]; /* of the last order, for the bench and metrics */
    struct sofia_wide
        pnl_usd; /* total, as of pnl_mono_ns and pnl_fills; absent: a mark is missing */
    int64_t pnl_mono_ns;
    uint32_t pnl_fills;
    bool failed; /* a record could not be journaled: nothing new until restart */
    char failure[SOFIA_REASON_SIZE];
};

void path_init(struct path *path);

/* ---- the journal station: the only way state changes ---- */

/* Append, apply, tell. ERR_FULL when the journal refuses; then nothing happened. */
int path_record(struct path *path, uint32_t kind, const void *payload, size_t len,
                uint64_t *ret_seq);

/* Number of a name, declared now if it is new; 0: the journal refused. */
uint32_t path_name(struct path *path, uint32_t what, uint32_t account, const char *name);

void path_audit(struct path *path, uint64_t order_id, const char *action, const char *author,
                const char *fmt, ...) __attribute__((format(__printf__, 5, 6)));

struct path_account *path_account(struct path *path, uint32_t id);
struct path_account *path_account_of(struct path *path, const struct exchange *exchange);

/* ---- stations: true passes, false refuses with passage->verdict filled ---- */

bool station_intake(struct path *path, struct passage *passage);
bool station_rules(struct path *path, struct passage *passage);
bool station_risk(struct path *path, struct passage *passage);
bool station_kill(struct path *path, struct passage *passage);
bool station_gate(struct path *path, struct passage *passage);

/* Fills the verdict; returns false, so that a station can end with it. */
bool passage_refuse(struct passage *passage, uint32_t station, const char *code, const char *fmt,
                    ...) __attribute__((format(__printf__, 4, 5)));
bool passage_refuse_value(struct passage *passage, uint32_t station, const char *code,
                          struct sofia_decimal value, struct sofia_decimal limit, const char *fmt,
                          ...) __attribute__((format(__printf__, 6, 7)));

/* What the order would do, and everything the risk rules may ask. */
void passage_view(struct path *path, struct passage *passage);

/* Total P&L since the baseline in USD: realised + unrealised (longs at bid, shorts at ask) - all fees; absent when a mark is
 * missing. Since the day began: minus the DAY record's. Computed once a turn. */
struct sofia_wide path_pnl_usd(struct path *path);
struct sofia_wide path_day_pnl_usd(struct path *path);

/* max(|position + live buys|, |position - live sells|) of one base asset in USD with `more` added to one side (0: as it is);
 * and the gross sum over all bases, where `more` counts for `base`. Absent: a mark is missing. */
struct sofia_wide path_exposure_usd(const struct path *path, const char *base, uint32_t side,
                                    struct sofia_wide more);
struct sofia_wide path_exposure_total_usd(const struct path *path, const char *base, uint32_t side,
                                          struct sofia_wide more);

/* ---- admitting and releasing: order_path.c ---- */

struct admit_request {
    struct sofia_intent intent;
    uint32_t strategy; /* NAME_STRATEGY; 0: operator */
    uint32_t origin;
    uint64_t order_id; /* given out by path_next_order_id; 0: takes the next */
    uint64_t replaces; /* order_amend fills it */
    bool dry_run;      /* walk the stations, journal nothing, send nothing */
};

struct admit_result {
    uint64_t order_id;
    uint64_t seq; /* last record about it */
    uint32_t state;
    bool repeated;                 /* the same request came before: this is its order */
    struct record_verdict verdict; /* code "" unless refused */
};

uint64_t path_next_order_id(struct path *path);

/* Walks the stations. 0 also for a refused order (its state says DENIED); negative: nothing was journaled. */
int order_admit(struct path *path, const struct admit_request *request,
                struct admit_result *ret_result);

/* Changes a live limit order: the intent's qty (the total, what is filled included) and price, absent: as it is. Side, type,
 * instrument and strategy are the original's. The result is about the replacement, an order of its own that walks the same
 * stations. ERR_NOT_FOUND: no such order. */
int order_amend(struct path *path, const struct admit_request *request, uint64_t original_id,
                struct admit_result *ret_result);

/* Sends a journaled order, or parks or denies it. */
void order_release(struct path *path, struct order *order, uint64_t intent_seq);

/* Parked orders whose time has come; call each turn. True if some still wait. */
bool order_release_parked(struct path *path);

/* Does it only make the order smaller? Then nothing is risked that was not before. */
bool passage_is_reduction(const struct passage *passage);

/* Cancels walk a shorter path: nothing may refuse them but the order being over. An order that is being replaced takes its
 * replacement along, one that was replaced stands for its replacement. ERR_NOT_FOUND, ERR_WRONG_STATE (already over or
 * under way), EXCHANGE_ERR_*, ERR_FULL. */
int order_cancel(struct path *path, uint64_t order_id);

/* ---- what the venue says: report.c, result.c ---- */

void path_on_report(struct path *path, uint32_t account, const struct sofia_event_report *report);
void path_on_fill(struct path *path, uint32_t account, const struct sofia_event_fill *fill);
void path_on_result(struct path *path, uint32_t account, const struct exchange_call *call,
                    const struct sofia_result *result);

/* A fact about an order that did not come as a report: absence proven, a person's decision. */
int path_conclude(struct path *path, struct order *order, uint32_t state, uint32_t source,
                  const char *reason);
int path_doubt(struct path *path, struct order *order, uint32_t bits, bool set, uint32_t source,
               const char *reason);

/* ---- replacements: replace.c ---- */

/* The order that `order` has become at the venue: its replacement if that took it over, and so on. */
struct order *path_successor(const struct path *path, struct order *order);
/* Which of the two a report is about, once it says which of them lives. */
struct order *path_decide_replacement(struct path *path, struct order *order,
                                      const struct sofia_event_report *report, uint32_t source);
/* The same for a fill of `order`. */
void path_filled_replacement(struct path *path, struct order *order, const char *venue_id,
                             uint32_t source);
/* The venue has changed the original itself: at the venue it is the replacement from here on. */
int path_take_over(struct path *path, struct order *replacement, uint32_t source);
/* What is left to do once the venue has decided. */
void path_settle_replacement(struct path *path, struct order *order);

/* The last look before the first byte of an order; exchange_owner.may_send. */
bool path_may_send(const struct path *path, uint64_t order_id);

/* Next client id: "<tag>-<fence>-<epoch>-<sequence>", 36 characters, never given twice. */
void path_client_id(struct path *path, char ret_id[SOFIA_CLIENT_ID_SIZE]);
/* Was this id made by this deployment (in this run or another)? */
bool path_is_our_tag(const struct path *path, const char *client_id);

#endif
