/* The page Prometheus reads: text exposition format 0.0.4.
 *
 *     # HELP trading_orders_total Orders by outcome ...
 *     # TYPE trading_orders_total counter
 *     trading_orders_total{venue="binance",side="buy",...} 42
 *     # HELP order_latency_seconds ...
 *     # TYPE order_latency_seconds histogram
 *     order_latency_seconds_bucket{venue="binance",op="place",le="0.001"} 3
 *     order_latency_seconds_bucket{venue="binance",op="place",le="+Inf"} 4
 *     order_latency_seconds_sum{venue="binance",op="place"} 0.0123
 *     order_latency_seconds_count{venue="binance",op="place"} 4
 *
 * Values are the decimal texts of the host, unchanged. A page is whole or not there: when it does
 * not fit, nothing of it is used.
 *
 * Owner: the sink. Thread: [sink].
 */
#ifndef PROMETHEUS_RENDER_H
#define PROMETHEUS_RENDER_H

#include <sofia/host.h>
#include <sofia/kit/text.h>

/* Renders every series of the host into text, which is cleared first. SOFIA_ESPACE: it needs more
 * room. */
int render_page(const struct sofia_host *host, struct sofia_text *text);

#endif
