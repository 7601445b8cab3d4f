/* Risk rules: may this order go on?
 *
 *     intent, view  --check-->  verdict        pure: same arguments and same state, same verdict; no side effect
 *     events        --on_event-->  state       the only way state changes; replayed from the journal at start
 *
 * The chain calls every rule in configured order; the first refusal ends it. A rule can only say no: nothing it returns makes
 * an order larger, earlier or exempt from another rule. Because `check` is pure, the core may call it as often as it likes:
 * for drills ("would an order one tick over the limit be refused by this rule?") and dry runs, without spending a window or
 * corrupting a counter. Because state is rebuilt from the journal, a restart forgets nothing.
 *
 * The view is computed by the core, the same for all rules: what is held, what is working, what is in doubt, on this order's
 * branch only (live orders never see shadow positions). "Absent" in a view field means the core does not know, for example no
 * fresh mark; a rule that needs it must refuse: absent means no new risk.
 *
 * Reducing orders: effect REDUCE means opposite sign and not larger than what is held minus everything already working on that
 * side. Most limits let it pass; a rule says in its documentation which do not.
 *
 * A rule that returns a negative status refuses the order with code RULE_FAILED and its name.
 */
#ifndef SOFIA_RISK_H
#define SOFIA_RISK_H

#include <sofia/abi.h>
#include <sofia/event.h>
#include <sofia/host.h>
#include <sofia/order.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All quantities in base, values in USD unless named otherwise. "after" includes this order in full. */
struct sofia_risk_view {
    uint32_t size;
    uint32_t effect; /* SOFIA_EFFECT_... */
    uint32_t branch;
    uint32_t origin;
    uint32_t open_orders_instrument; /* working, pending and in doubt, without this one */
    uint32_t open_orders_total;
    uint32_t top_valid; /* 1: book synced, uncrossed, fresh */
    uint32_t in_doubt;  /* orders in doubt on this instrument */
    int64_t now_ns;
    int64_t top_age_ns;
    struct sofia_decimal bid;
    struct sofia_decimal ask;
    struct sofia_decimal mark;   /* reference price in quote; absent: none fresh */
    struct sofia_wide quote_usd; /* one unit of quote in USD; absent: no peg in band and no mark */
    struct sofia_wide
        order_value_usd; /* qty * (limit price, or the mark's worse side for market); absent: unknown */
    struct sofia_wide position; /* attributed, this strategy, base asset */
    struct sofia_wide position_after;
    struct sofia_wide working_buy; /* this strategy, this instrument */
    struct sofia_wide working_sell;
    struct sofia_wide reserved_exit;    /* same-side quantity already promised to closing */
    struct sofia_wide account_position; /* all strategies */
    struct sofia_wide
        exposure_base_usd; /* max(|pos + buys|, |pos - sells|) of this base over venues and quotes */
    struct sofia_wide exposure_base_after_usd; /* absent: not computable */
    struct sofia_wide exposure_total_usd;      /* gross sum over bases */
    struct sofia_wide exposure_total_after_usd;
    struct sofia_wide
        day_pnl_usd; /* realised + unrealised - fees since the day began; absent: no mark */
    struct sofia_wide free_base; /* the venue's balances, minus what open orders lock */
    struct sofia_wide free_quote;
    struct sofia_instrument instrument;
};

struct sofia_verdict {
    uint32_t size;
    uint32_t refuse;                /* 0: pass, 1: refuse */
    struct sofia_decimal value;     /* what was measured ... */
    struct sofia_decimal limit;     /* ... against what; absent where it is no number */
    char code[SOFIA_NAME_SIZE];     /* stable, upper case: "MAX_ORDER_USD" */
    char reason[SOFIA_REASON_SIZE]; /* one sentence with the numbers */
};

/* One probe of a rule: an order just outside must be refused by this rule, just inside must pass it. */
struct sofia_risk {
    uint32_t size;
    uint32_t reserved;

    /* [main] created */
    int (*create)(const struct sofia_host *host, void **ret_self);
    /* [main] stopped; self may be NULL */
    void (*destroy)(void *self);
    /* [trade] pure: must not change self. ret_verdict comes zeroed with its size set. */
    int (*check)(const void *self, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict);
    /* [trade] the only place where state changes; NULL if the rule has none. Also called with SOFIA_EVENT_REPLAYED. */
    int (*on_event)(void *self, const struct sofia_event *event);
    /* [trade] as in strategy.h */
    int (*config_check)(void *self, const struct sofia_host *proposed);
    void (*config_commit)(void *self, const struct sofia_host *proposed);
};

#ifdef __cplusplus
}
#endif
#endif
