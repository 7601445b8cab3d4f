/* Metrics: what the engine counts about itself. Series are asked for once, here; the turn only adds. */
#include <string.h>
#include <sys/statvfs.h>

#include <sofia/kit/decimal.h>

#include "base/str.h"
#include "engine/impl.h"

/* Order of engine_exchange.orders. */
enum outcome {
    OUT_SUCCESS = 0,
    OUT_REJECTED = 1,
    OUT_ERROR = 2,
    OUT_UNKNOWN = 3,
    OUT_SHADOWED = 4
};

static const char *const outcome_names[] = {"success", "rejected", "error", "unknown", "shadowed"};

static const char *venue_of(const struct engine *e, uint32_t account)
{
    return names_text(&e->state.names, NAME_ACCOUNT, account);
}

static const char *mode_name(uint32_t branch)
{
    return branch == SOFIA_BRANCH_LIVE ? "live" : "shadow";
}

/* Making a series allocates and locks: what an order or an answer can be counted under is made before the first of them. */
static void register_denials(struct engine *e)
{
    for (uint32_t station = STATION_INTAKE; station < STATION_COUNT; station++) {
        (void)metrics_series(e->metrics, METRIC_ORDERS_DENIED,
                             METRIC_LABELS(station_name(station)));
    }
    for (uint32_t i = 0; i < e->path.rule_count; i++) {
        (void)metrics_series(
            e->metrics, METRIC_ORDERS_DENIED,
            METRIC_LABELS(names_text(&e->state.names, NAME_RULE, e->path.rules[i].id)));
    }
}

void engine_register_metrics(struct engine *e)
{
    metric_set(metrics_series(e->metrics, METRIC_BUILD_INFO,
                              METRIC_LABELS(SOFIA_VERSION, "release", "1.0")),
               1);
    metric_set_ns(metrics_series(e->metrics, METRIC_PROCESS_START, METRIC_NO_LABELS),
                  clock_now_ns(e->real));
    register_denials(e);
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        struct engine_exchange *x = &e->exchanges[i];
        const char *venue = venue_of(e, x->account);
        (void)metrics_announce(e->metrics, venue);
        (void)metrics_series(e->metrics, METRIC_DROPPED_EVENTS, METRIC_LABELS(venue));
        x->latency_place =
            metrics_series(e->metrics, METRIC_ORDER_LATENCY, METRIC_LABELS(venue, "place"));
        x->latency_replace =
            metrics_series(e->metrics, METRIC_ORDER_LATENCY, METRIC_LABELS(venue, "replace"));
        x->latency_cancel =
            metrics_series(e->metrics, METRIC_ORDER_LATENCY, METRIC_LABELS(venue, "cancel"));
    }
}

static void count_outcome(struct engine *e, const struct order *order, enum outcome outcome)
{
    metric_add(
        metrics_series(e->metrics, METRIC_ORDERS,
                       METRIC_LABELS(venue_of(e, order->account), order_side_name(order->pub.side),
                                     mode_name(order->pub.branch), outcome_names[outcome])),
        1);
}

static void count_denied(struct engine *e, const struct record_verdict *verdict)
{
    const char *rule = verdict->rule != 0 ? names_text(&e->state.names, NAME_RULE, verdict->rule)
                                          : station_name(verdict->station);
    metric_add(metrics_series(e->metrics, METRIC_ORDERS_DENIED, METRIC_LABELS(rule)), 1);
}

static void count_fill(struct engine *e, const struct record_fill *fill)
{
    metric_add(metrics_series(
                   e->metrics, METRIC_FILLS,
                   METRIC_LABELS(venue_of(e, fill->account), order_side_name(fill->side), "live")),
               1);
}

/* An order the venue had confirmed and does not know any more. */
static void count_vanished(struct engine *e, const struct record_report *report)
{
    const struct order *order = state_order(&e->state, report->order_id);
    if (order != NULL && report->source == KNOWN_BY_ABSENCE &&
        report->state != SOFIA_STATE_REJECTED) {
        metric_add(metrics_series(e->metrics, METRIC_ERRORS,
                                  METRIC_LABELS("protocol", venue_of(e, order->account))),
                   1);
    }
}

void engine_count_record(struct engine *e, uint32_t kind, const void *payload)
{
    uint64_t order_id;
    memcpy(&order_id, payload, sizeof(order_id));
    const struct order *order = NULL;
    switch (kind) {
    case RECORD_VERDICT:
        count_denied(e, payload);
        return;
    case RECORD_SHADOW:
        order = state_order(&e->state, order_id);
        if (order != NULL) {
            count_outcome(e, order, OUT_SHADOWED);
        }
        return;
    case RECORD_FILL:
        count_fill(e, payload);
        return;
    case RECORD_REPORT:
        count_vanished(e, payload);
        return;
    default:
        return;
    }
}

static const char *error_kind(const struct exchange_call *call, const struct sofia_result *result)
{
    if (result->verdict == SOFIA_VERDICT_IN_DOUBT) {
        return "in_doubt";
    }
    switch (result->action) {
    case SOFIA_ACTION_FATAL:
        return "auth";
    case SOFIA_ACTION_BACK_OFF:
        return "rate_limit";
    case SOFIA_ACTION_RESYNC_CLOCK:
        return "clock";
    default:
        return call->http_status == 0 ? "network" : "rejected";
    }
}

static void count_submit(struct engine *e, const struct exchange_call *call,
                         const struct sofia_result *result)
{
    const struct order *order = state_order(&e->state, call->order_id);
    if (order == NULL) {
        return;
    }
    switch (result->verdict) {
    case SOFIA_VERDICT_ACCEPTED:
        count_outcome(e, order, OUT_SUCCESS);
        return;
    case SOFIA_VERDICT_REJECTED:
        count_outcome(e, order, OUT_REJECTED);
        return;
    case SOFIA_VERDICT_NOT_SENT:
        count_outcome(e, order, OUT_ERROR);
        return;
    default:
        count_outcome(e, order, OUT_UNKNOWN);
        return;
    }
}

static const char *call_name(enum call_kind kind)
{
    static const char *const names[CALL_COUNT] = {"?",          "submit", "replace",     "cancel",
                                                  "cancel_all", "query",  "open_orders", "account",
                                                  "trades",     "time",   "instruments", "adapter"};
    return (unsigned)kind < CALL_COUNT ? names[kind] : "?";
}

void engine_count_result(struct engine *e, struct engine_exchange *x,
                         const struct exchange_call *call, const struct sofia_result *result)
{
    int64_t spent_ns = call->done_mono_ns - call->sent_mono_ns;
    const char *venue = venue_of(e, x->account);
    metric_observe_ns(
        metrics_series(e->metrics, METRIC_API_LATENCY, METRIC_LABELS(venue, call_name(call->kind))),
        spent_ns);
    if (call->kind == CALL_SUBMIT) {
        metric_observe_ns(x->latency_place, spent_ns);
        count_submit(e, call, result);
    } else if (call->kind == CALL_REPLACE) {
        metric_observe_ns(x->latency_replace, spent_ns);
        count_submit(e, call, result);
    } else if (call->kind == CALL_CANCEL) {
        metric_observe_ns(x->latency_cancel, spent_ns);
    }
    if (result->verdict != SOFIA_VERDICT_ACCEPTED) {
        metric_add(metrics_series(e->metrics, METRIC_ERRORS,
                                  METRIC_LABELS(error_kind(call, result), venue)),
                   1);
    }
}

void engine_count_lost(struct engine *e, const struct engine_exchange *x, uint32_t count)
{
    metric_add(
        metrics_series(e->metrics, METRIC_DROPPED_EVENTS, METRIC_LABELS(venue_of(e, x->account))),
        count);
}

/* ---- gauges, ten times a second ---- */

static void set(struct engine *e, enum metric_id id, const char *const *labels, int64_t value)
{
    metric_set(metrics_series(e->metrics, id, labels), value);
}

static void gauge_exchange(struct engine *e, const struct engine_exchange *x)
{
    const char *venue = venue_of(e, x->account);
    int64_t offset_ns;
    int64_t bound_ns;
    uint32_t open = 0;
    uint32_t unknown = 0;
    for (const struct order *o = e->state.live.head; o != NULL; o = o->next) {
        open += o->account == x->account ? 1u : 0u;
        unknown += o->account == x->account && o->pub.doubt != 0 ? 1u : 0u;
    }
    set(e, METRIC_ORDERS_OPEN, METRIC_LABELS(venue), open);
    set(e, METRIC_ORDERS_UNKNOWN, METRIC_LABELS(venue), unknown);
    const struct start_account *reconciled = &e->start.accounts[x - e->exchanges];
    set(e, METRIC_DISCREPANCIES, METRIC_LABELS(venue), reconciled->differences);
    if (reconciled->agreed_ns != 0) {
        metric_set_ns(metrics_series(e->metrics, METRIC_RECONCILED_AT, METRIC_LABELS(venue)),
                      reconciled->agreed_ns);
    }
    set(e, METRIC_WS_CONNECTED, METRIC_LABELS(venue, "private"),
        exchange_streams_up(x->exchange, SOFIA_STREAM_PRIVATE) > 0 ? 1 : 0);
    set(e, METRIC_WS_CONNECTED, METRIC_LABELS(venue, "market"),
        exchange_streams_up(x->exchange, SOFIA_STREAM_MARKET) > 0 ? 1 : 0);
    int64_t last = exchange_last_frame_ns(x->exchange, SOFIA_STREAM_PRIVATE);
    if (last != 0) {
        metric_set_ns(
            metrics_series(e->metrics, METRIC_WS_LAST_MESSAGE, METRIC_LABELS(venue, "private")),
            last);
    }
    last = exchange_last_frame_ns(x->exchange, SOFIA_STREAM_MARKET);
    if (last != 0) {
        metric_set_ns(
            metrics_series(e->metrics, METRIC_WS_LAST_MESSAGE, METRIC_LABELS(venue, "market")),
            last);
    }
    if (exchange_clock_offset_ns(x->exchange, &offset_ns, &bound_ns) == 0) {
        metric_set_ns(metrics_series(e->metrics, METRIC_CLOCK_OFFSET, METRIC_LABELS(venue)),
                      offset_ns);
    }
}

static void gauge_positions(struct engine *e)
{
    for (uint32_t i = 0; i < e->market.cap; i++) {
        const struct market_item *item = e->market.items[i];
        struct sofia_wide qty = sofia_wide_zero();
        struct sofia_wide value;
        if (item == NULL) {
            continue;
        }
        for (uint32_t j = 0; j < e->state.ledger.position_count; j++) {
            const struct position *p = &e->state.ledger.positions[j];
            if (p->account == item->account && str_eq(p->base, item->rules.base) &&
                str_eq(p->quote, item->rules.quote)) {
                (void)sofia_wide_add(qty, p->qty, &qty);
            }
        }
        struct sofia_wide usd =
            market_usd(&e->market, item->rules.base, clock_mono_ns(&e->clock.clock));
        if (sofia_wide_mul(qty, usd, -8, SOFIA_ROUND_HALF_EVEN, &value) != 0) {
            value = sofia_wide_is_zero(qty) ? sofia_wide_zero() : sofia_wide_absent();
        }
        metric_set_decimal(
            metrics_series(e->metrics, METRIC_POSITION,
                           METRIC_LABELS(venue_of(e, item->account), item->rules.name)),
            value);
    }
}

static void gauge_pnl(struct engine *e)
{
    struct sofia_wide realized = sofia_wide_zero();
    struct sofia_wide fees = sofia_wide_zero();
    struct sofia_wide unrealized = sofia_wide_absent();
    struct sofia_wide day = path_day_pnl_usd(&e->path);
    int64_t now = clock_mono_ns(&e->clock.clock);
    for (uint32_t i = 0; i < e->state.ledger.position_count; i++) {
        const struct position *p = &e->state.ledger.positions[i];
        struct sofia_wide usd = market_usd(&e->market, p->quote, now);
        struct sofia_wide part;
        if (sofia_wide_mul(p->realized, usd, -8, SOFIA_ROUND_FLOOR, &part) == 0) {
            (void)sofia_wide_add(realized, part, &realized);
        }
        if (sofia_wide_mul(p->fees_quote, usd, -8, SOFIA_ROUND_AWAY, &part) == 0) {
            (void)sofia_wide_sub(fees, part, &fees);
        }
    }
    (void)sofia_wide_sub(realized, e->state.day.pnl_usd, &realized);
    if (!sofia_wide_is_absent(day) && sofia_wide_sub(day, realized, &unrealized) == 0) {
        (void)sofia_wide_sub(unrealized, fees, &unrealized);
    }
    metric_set_decimal(metrics_series(e->metrics, METRIC_PNL, METRIC_LABELS("realized")), realized);
    metric_set_decimal(metrics_series(e->metrics, METRIC_PNL, METRIC_LABELS("fees")), fees);
    metric_set_decimal(metrics_series(e->metrics, METRIC_PNL, METRIC_LABELS("unrealized")),
                       unrealized);
}

static void gauge_plugin(struct engine *e, struct instance *instance)
{
    set(e, METRIC_PLUGIN_UP, METRIC_LABELS(instance->name), instance->quarantined ? 0 : 1);
}

static void gauge_limits(struct engine *e)
{
    struct sofia_decimal value;
    for (uint32_t i = 0; i < e->rule_count; i++) {
        if (config_get_decimal(e->rules[i].options, "max_position_usd", &value) == 0) {
            metric_set_decimal(metrics_series(e->metrics, METRIC_POSITION_LIMIT, METRIC_NO_LABELS),
                               sofia_wide_of(value));
        }
        if (config_get_decimal(e->rules[i].options, "max_daily_loss_usd", &value) == 0) {
            metric_set_decimal(
                metrics_series(e->metrics, METRIC_DAILY_LOSS_LIMIT, METRIC_NO_LABELS),
                sofia_wide_of(value));
        }
    }
}

static void gauge_sinks(struct engine *e)
{
    uint64_t synced = journal_synced_seq(e->journal);
    for (uint32_t i = 0; i < e->sink_count; i++) {
        struct instance *instance = sink_instance(e->sinks[i]);
        uint64_t cursor = sink_cursor(e->sinks[i]);
        set(e, METRIC_SINK_LAG, METRIC_LABELS(instance->name),
            synced > cursor ? (int64_t)(synced - cursor) : 0);
        gauge_plugin(e, instance);
    }
}

void engine_set_gauges(struct engine *e)
{
    set(e, METRIC_KILL_ACTIVE, METRIC_NO_LABELS, kill_is_engaged(&e->kill, &e->state) ? 1 : 0);
    set(e, METRIC_MODE, METRIC_LABELS("live"), e->path.branch == SOFIA_BRANCH_LIVE ? 1 : 0);
    set(e, METRIC_MODE, METRIC_LABELS("shadow"), e->path.branch == SOFIA_BRANCH_LIVE ? 0 : 1);
    set(e, METRIC_MODE, METRIC_LABELS("canary"), 0);
    set(e, METRIC_JOURNAL_LAG, METRIC_NO_LABELS,
        (int64_t)(journal_appended_seq(e->journal) - journal_synced_seq(e->journal)));
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        gauge_exchange(e, &e->exchanges[i]);
        gauge_plugin(e, exchange_instance(e->exchanges[i].exchange));
    }
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        gauge_plugin(e, strategy_instance(e->strategies[i]));
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        gauge_plugin(e, &e->rules[i]);
    }
    gauge_sinks(e);
    gauge_positions(e);
    gauge_pnl(e);
    gauge_limits(e);
}
