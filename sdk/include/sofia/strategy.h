/* Strategies: decide what to trade.
 *
 *     on_event(TICKER | BOOK | TRADE | ORDER | FILL | TIMER | ...)  -->  host->strategy->submit / replace / cancel
 *
 * A strategy sees market data and what became of its own orders, and asks for orders. It cannot send anything: each submit is
 * a *post* that enters the order path after the callback returned, and comes back as ORDER events (DENIED with rule, code and
 * reason; or PENDING_NEW, NEW, ... ). Orders and positions of other strategies are not shown.
 *
 * A replacement is an order with an id of its own. When it is NEW, the original is CANCELED; when it is DENIED or REJECTED, the original
 * lives on as it was. A cancel of either while it is under way ends both.
 *
 * Life:  create [main] -> start [trade] -> on_event ... -> stop [trade] -> destroy [main]
 *
 *   After a restart, before any market data, a strategy receives its recovered open orders as ORDER events with
 *   SOFIA_EVENT_REPLAYED and its positions as POSITION events, then READY. With `on_restart: cancel` (default) the open orders
 *   have been cancelled by then.
 *   A submit before READY is refused with EDENIED.
 *   stop: no posts any more; the core cancels what the instance's `on_stop` option says.
 *
 * Time: host->now_ns stands still during a turn, and is simulated in replay; a strategy that asks the operating system for the
 * time will behave differently in a backtest. Randomness: seed it from an option.
 *
 * Budget: a callback that runs longer than the configured budget is named in the log; a strategy that returns an error is
 * stopped and its orders are handled as `on_stop` says.
 */
#ifndef SOFIA_STRATEGY_H
#define SOFIA_STRATEGY_H

#include <sofia/abi.h>
#include <sofia/event.h>
#include <sofia/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sofia_strategy {
    uint32_t size;
    uint32_t reserved;

    /* [main] created: read options, subscribe to instruments. */
    int (*create)(const struct sofia_host *host, void **ret_self);
    /* [trade] created -> started */
    int (*start)(void *self);
    /* [trade] started. One event; valid during the call. A negative return stops the strategy. */
    int (*on_event)(void *self, const struct sofia_event *event);
    /* [trade] started -> stopped */
    void (*stop)(void *self);
    /* [main] stopped; self may be NULL */
    void (*destroy)(void *self);
    /* [trade] started; NULL if no option is LIVE. check must not change anything, commit cannot fail. */
    int (*config_check)(void *self, const struct sofia_host *proposed);
    void (*config_commit)(void *self, const struct sofia_host *proposed);
};

#ifdef __cplusplus
}
#endif
#endif
