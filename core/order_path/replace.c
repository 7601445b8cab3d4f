/* Replacements on their way back: has the venue changed the order itself, or ended it and made another?
 *
 *     a report under the replacement's name, with the original's venue id     the same order: taken over
 *     a report of the original that shows the quantity and price asked for    the same order: taken over
 *     a report under the replacement's name, with a venue id of its own       a new order; the original ends by its own report
 */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/status.h"
#include "base/str.h"
#include "order_path/path.h"

struct order *path_successor(const struct path *path, struct order *order)
{
    while (order->taken_over && state_order(path->state, order->replaced_by) != NULL) {
        order = state_order(path->state, order->replaced_by);
    }
    return order;
}

/* The replacement of this order that the venue has not decided about; the order itself if it is one. */
static struct order *undecided(const struct path *path, struct order *order)
{
    struct order *replacement =
        order->replace_pending ? state_order(path->state, order->replaced_by) : order;
    return replacement != NULL && order_is_pending_replacement(replacement) &&
                   replacement->send_count > 0
               ? replacement
               : NULL;
}

/* Told, and what was asked for; where nothing was asked for, nothing else may be told. */
static bool shows(struct sofia_decimal told, struct sofia_decimal was, struct sofia_decimal asked)
{
    bool changes = sofia_decimal_cmp(was, asked) != 0;
    return sofia_decimal_is_absent(told) ? !changes : sofia_decimal_cmp(told, asked) == 0;
}

/* Is this the original as the replacement wants it? A picture from before the last change is none of this one. */
static bool shows_change(const struct order *original, const struct order *replacement,
                         const struct sofia_event_report *report)
{
    return shows(report->qty, original->pub.qty, replacement->pub.qty) &&
           shows(report->price, original->pub.price, replacement->pub.price) &&
           (report->head.ts_venue_ns == 0 || report->head.ts_venue_ns >= original->told_ns);
}

static bool is_same_at_venue(const struct order *original, const char *venue_id)
{
    return original != NULL && venue_id[0] != '\0' && strcmp(original->pub.venue_id, venue_id) == 0;
}

int path_take_over(struct path *path, struct order *replacement, uint32_t source)
{
    const struct order *original = state_order(path->state, replacement->pub.replaces);
    struct record_report record = {.order_id = replacement->pub.order_id,
                                   .source = source,
                                   .about = SEND_REPLACE,
                                   .ts_venue_ns = original == NULL ? 0 : original->told_ns,
                                   .filled_qty = sofia_decimal_absent()};
    if (original == NULL) {
        return ERR_NOT_FOUND;
    }
    (void)str_copy(record.venue_id, sizeof(record.venue_id), original->pub.venue_id);
    return path_record(path, RECORD_REPORT, &record, sizeof(record), NULL);
}

/* The order that is meant, once it is clear which of the two lives. */
struct order *path_decide_replacement(struct path *path, struct order *order,
                                      const struct sofia_event_report *report, uint32_t source)
{
    struct order *replacement = undecided(path, order);
    struct order *original =
        replacement == NULL ? NULL : state_order(path->state, replacement->pub.replaces);
    bool same = is_same_at_venue(original, report->venue_id) ||
                (order == original && report->venue_id[0] == '\0');
    if (!same || (order == original && !shows_change(original, replacement, report))) {
        return order;
    }
    return path_take_over(path, replacement, source) == 0 ? replacement : order;
}

/* A cancel that came while the replacement was under way is the replacement's if that lives. */
void path_settle_replacement(struct path *path, struct order *order)
{
    if (order->pub.replaces == 0 || order_is_pending_replacement(order)) {
        return;
    }
    struct order *original = state_order(path->state, order->pub.replaces);
    if (original != NULL && !SOFIA_STATE_IS_TERMINAL(original->base_state) &&
        original->replaced_by == order->pub.order_id) {
        path->owner.wants_query(path->owner.ctx, original, "replaced, its end not reported yet");
    }
    if (order->cancel_wanted && !SOFIA_STATE_IS_TERMINAL(order->base_state) &&
        !order->cancel_pending && (order->pub.doubt & SOFIA_DOUBT_CANCEL) == 0 &&
        order_cancel(path, order->pub.order_id) != 0) {
        (void)path_doubt(path, order, SOFIA_DOUBT_CANCEL, true, 0,
                         "cancelled while it replaced another order, and not sent yet");
    }
    if (order->pub.doubt != 0) {
        path->owner.wants_query(path->owner.ctx, order, "in doubt since it was replaced");
    }
}

void path_filled_replacement(struct path *path, struct order *order, const char *venue_id,
                             uint32_t source)
{
    if (undecided(path, order) == order &&
        is_same_at_venue(state_order(path->state, order->pub.replaces), venue_id)) {
        (void)path_take_over(path, order, source);
    }
}
