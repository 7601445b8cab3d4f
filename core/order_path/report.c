/* Station "report": what the venue says, turned into records. A report never books a fill; fills do. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/str.h"
#include "order_path/path.h"

static uint32_t known_by(uint32_t source)
{
    switch (source) {
    case SOFIA_REPORT_STREAM:
        return KNOWN_BY_STREAM;
    case SOFIA_REPORT_QUERY:
        return KNOWN_BY_QUERY;
    case SOFIA_REPORT_LISTING:
        return KNOWN_BY_LISTING;
    default:
        return KNOWN_BY_ANSWER;
    }
}

/* By exact client id first (ours), then by the venue's. Never by a prefix. */
static struct order *find(struct path *path, uint32_t account, const char *client_id,
                          const char *venue_id)
{
    struct order *order =
        client_id[0] == '\0' ? NULL : state_order_by_client(path->state, client_id);
    if (order != NULL && order->account == account) {
        return path_successor(path, order);
    }
    return venue_id[0] == '\0' ? NULL : state_order_by_venue(path->state, account, venue_id);
}

/* What the venue calls filled begins anew with an order of its own; here it goes on. */
static struct sofia_decimal filled_in_all(const struct order *order, struct sofia_decimal told)
{
    struct sofia_decimal filled;
    return sofia_decimal_add(told, order->carried, &filled) == 0 ? filled : told;
}

/* Would this report change anything? Streams, answers and listings say the same thing several times. */
static bool is_news(const struct order *order, const struct sofia_event_report *report,
                    struct sofia_decimal filled)
{
    if (order->pub.venue_id[0] == '\0' && report->venue_id[0] != '\0') {
        return true;
    }
    if (sofia_decimal_cmp(filled, order->told_qty) > 0) {
        return true;
    }
    return report->state != 0 && report->state != order->told_state;
}

/* What the venue says of the order is also an answer to our doubt. A live order does not settle a doubtful cancel: that cancel
 * may still arrive. */
static void settle_doubt(struct path *path, struct order *order,
                         const struct sofia_event_report *report)
{
    uint32_t settled = order->pub.doubt & (SOFIA_DOUBT_PLACE | SOFIA_DOUBT_REPLACE);
    if (SOFIA_STATE_IS_TERMINAL(report->state)) {
        settled = order->pub.doubt;
    }
    if (settled != 0 && report->state != 0) {
        (void)path_doubt(path, order, settled, false, known_by(report->source),
                         "the venue reported the order");
    }
}

void path_on_report(struct path *path, uint32_t account, const struct sofia_event_report *report)
{
    struct order *order = find(path, account, report->client_id, report->venue_id);
    if (order == NULL) {
        path->owner.strange_order(path->owner.ctx, account, report);
        return;
    }
    uint64_t illegal = path->state->illegal_transitions;
    order = path_decide_replacement(path, order, report, known_by(report->source));
    struct sofia_decimal filled = filled_in_all(order, report->filled_qty);
    if (is_news(order, report, filled)) {
        struct record_report record = {.order_id = order->pub.order_id,
                                       .state = report->state,
                                       .source = known_by(report->source),
                                       .about = SEND_PLACE,
                                       .venue_seq = report->venue_seq,
                                       .ts_venue_ns = report->head.ts_venue_ns,
                                       .filled_qty = filled};
        (void)str_copy(record.venue_id, sizeof(record.venue_id), report->venue_id);
        (void)str_copy(record.reason, sizeof(record.reason), report->reason);
        crash_point(CRASH_BEFORE_REPORT);
        if (path_record(path, RECORD_REPORT, &record, sizeof(record), NULL) != 0) {
            log_error("path", "a report could not be journaled, it will be asked for again");
            path->owner.wants_query(path->owner.ctx, order, "report not journaled");
            return;
        }
    }
    settle_doubt(path, order, report);
    if (path->state->illegal_transitions != illegal) {
        log_error("path", "illegal transition: order %llu is %s and the venue says %s",
                  (unsigned long long)order->pub.order_id, order_state_name(order->base_state),
                  order_state_name(report->state));
        path->owner.wants_query(path->owner.ctx, order, "illegal transition");
    }
    if (report->state == 0) {
        path->owner.wants_query(path->owner.ctx, order, "state not understood");
    }
    if (order_fills_are_missing(order)) {
        path->owner.wants_fills(path->owner.ctx, order);
    }
    path_settle_replacement(path, order);
}

static int quote_of(const struct sofia_event_fill *fill, struct sofia_wide *ret_quote)
{
    if (!sofia_wide_is_absent(fill->quote_qty)) {
        *ret_quote = fill->quote_qty;
        return 0;
    }
    return sofia_decimal_mul(fill->price, fill->qty, ret_quote);
}

static bool is_readable(const struct sofia_event_fill *fill)
{
    return sofia_decimal_sign(fill->qty) > 0 && sofia_decimal_sign(fill->price) > 0 &&
           (fill->side == SOFIA_SIDE_BUY || fill->side == SOFIA_SIDE_SELL) &&
           fill->fill_id[0] != '\0';
}

void path_on_fill(struct path *path, uint32_t account, const struct sofia_event_fill *fill)
{
    struct order *order = find(path, account, fill->client_id, fill->venue_id);
    struct record_fill record = {.account = account,
                                 .side = fill->side,
                                 .liquidity = fill->liquidity,
                                 .source = known_by(fill->source),
                                 .ts_venue_ns = fill->head.ts_venue_ns,
                                 .qty = fill->qty,
                                 .price = fill->price,
                                 .fee = fill->fee};
    const char *venue_id =
        fill->venue_id[0] == '\0' && order != NULL ? order->pub.venue_id : fill->venue_id;
    if (state_has_fill(path->state, account, venue_id, fill->fill_id)) {
        return; /* streams, answers and back-fill bring the same fill; it counts once */
    }
    if (order != NULL) {
        path_filled_replacement(path, order, venue_id, record.source);
    }
    if (order == NULL || !is_readable(fill) || quote_of(fill, &record.quote_qty) != 0) {
        path->owner.strange_fill(path->owner.ctx, account, fill);
        return;
    }
    record.order_id = order->pub.order_id;
    record.instrument = order->pub.instrument;
    (void)str_copy(record.fee_asset, sizeof(record.fee_asset), fill->fee_asset);
    (void)str_copy(record.fill_id, sizeof(record.fill_id), fill->fill_id);
    (void)str_copy(record.venue_id, sizeof(record.venue_id), venue_id);
    if (path_record(path, RECORD_FILL, &record, sizeof(record), NULL) != 0) {
        log_error("path", "a fill could not be journaled, it will be fetched again");
        path->owner.wants_fills(path->owner.ctx, order);
        return;
    }
    path->counts.fills++;
    if (sofia_decimal_cmp(order->pub.filled_qty, order->pub.qty) < 0) {
        crash_point(CRASH_AFTER_PARTIAL_FILL);
    }
    uint32_t proven = order->pub.doubt & (SOFIA_DOUBT_PLACE | SOFIA_DOUBT_REPLACE);
    if (proven != 0) {
        (void)path_doubt(path, order, proven, false, record.source,
                         "a fill proves that the order lived");
    }
    path_settle_replacement(path, order);
}
