/* Sinks: tell the outside what happens.
 *
 *     journal --cursor--> on_events(batch) [own thread]      order, fill, kill, mode, verdict, position, balance: lossless
 *     market data, tickers                                    bounded, newest wins, drops counted
 *
 * Each sink has a thread of its own, so it may block (write a file, wait for a server) without anybody else noticing. Order,
 * risk, kill and mode events are read from the journal by cursor: at least once, in order, resumed after a restart from the
 * last batch the sink returned OK for. A sink that fails keeps its cursor and is tried again with backoff; one that is slow
 * lags, and the lag is a metric.
 *
 * `interests` says what is wanted, so that nobody pays for what nobody reads.
 *
 * Events are copies; the array and what it points at are valid during the call.
 */
#ifndef SOFIA_SINK_H
#define SOFIA_SINK_H

#include <sofia/abi.h>
#include <sofia/event.h>
#include <sofia/host.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOFIA_WANT_ORDERS 1u   /* ORDER, VERDICT, FILL, POSITION, BALANCE */
#define SOFIA_WANT_CONTROL 2u  /* KILL, MODE */
#define SOFIA_WANT_MARKET 4u   /* TICKER, TRADE; lossy */
#define SOFIA_WANT_CHANNELS 8u /* CHANNEL; lossy */

struct sofia_sink {
    uint32_t size;
    uint32_t interests;

    /* [main] created */
    int (*create)(const struct sofia_host *host, void **ret_self);
    /* [sink] created -> started */
    int (*start)(void *self);
    /* [sink] started. OK moves the cursor behind the batch; an error keeps it. */
    int (*on_events)(void *self, const struct sofia_event *const *events, uint32_t count);
    /* [sink] started. About once per interval_ms, also when nothing happens; NULL if not wanted. */
    int (*on_tick)(void *self);
    /* [sink] started: write out what is buffered; called before stop and at least once a second. NULL: nothing is. */
    int (*flush)(void *self);
    /* [sink] started -> stopped */
    void (*stop)(void *self);
    /* [main] stopped; self may be NULL */
    void (*destroy)(void *self);

    uint32_t interval_ms; /* of on_tick; 0: 1000 */
    uint32_t reserved;
};

#ifdef __cplusplus
}
#endif
#endif
