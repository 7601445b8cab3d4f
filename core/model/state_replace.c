#include "model/state_replace.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "model/state_rows.h"

static struct order *replace_original(const struct state *state, const struct order *replacement)
{
    struct order *original =
        replacement->pub.replaces == 0 ? NULL : state_order(state, replacement->pub.replaces);
    return original != NULL && original->replaced_by == replacement->pub.order_id ? original : NULL;
}

/* The first word about a replacement decides it: refused, the original is as it was; alive, it is the original's successor. */
void replace_decide(const struct state *state, const struct order *replacement, uint64_t seq,
                    int64_t ts_ns)
{
    struct order *original = replace_original(state, replacement);
    bool refused = replacement->base_state == SOFIA_STATE_REJECTED ||
                   replacement->base_state == SOFIA_STATE_DENIED;
    if (original == NULL) {
        return;
    }
    if (original->replace_pending || !refused) {
        order_touch(original, seq, ts_ns);
    }
    original->replace_pending = false;
    original->replaced_by = refused ? 0 : replacement->pub.order_id;
    order_show(original);
}

/* What the original has filled belongs to the replacement's quantity. */
static void carry(struct order *replacement, const struct order *original)
{
    replacement->carried = original->pub.filled_qty;
    replacement->pub.filled_qty = original->pub.filled_qty;
    replacement->told_qty = original->pub.filled_qty;
}

void replace_join(const struct state *state, struct order *replacement)
{
    struct order *original = state_order(state, replacement->pub.replaces);
    if (replacement->pub.replaces == 0 || original == NULL) {
        return;
    }
    carry(replacement, original);
    if (original->replaced_by == 0) {
        original->replaced_by = replacement->pub.order_id;
    }
}

void replace_sent(const struct state *state, struct order *replacement, uint64_t seq, int64_t ts_ns)
{
    struct order *original = replace_original(state, replacement);
    if (original != NULL) {
        carry(replacement, original); /* what it was when the bytes were made */
        original->replace_pending = true;
        order_touch(original, seq, ts_ns);
        order_show(original);
    }
}

/* Whoever cancels an order that is being replaced wants neither of the two. */
void replace_want_cancel(const struct state *state, const struct order *original)
{
    struct order *replacement =
        original->replace_pending ? state_order(state, original->replaced_by) : NULL;
    if (replacement != NULL) {
        replacement->cancel_wanted = true;
    }
}

static uint32_t state_of_successor(const struct order *original, const struct order *replacement)
{
    bool ended =
        original->base_state == SOFIA_STATE_CANCELED || original->base_state == SOFIA_STATE_EXPIRED;
    bool whole = sofia_decimal_cmp(replacement->pub.filled_qty, replacement->pub.qty) >= 0;
    return ended                                                 ? original->base_state
           : whole                                               ? SOFIA_STATE_FILLED
           : sofia_decimal_sign(replacement->pub.filled_qty) > 0 ? SOFIA_STATE_PARTIALLY_FILLED
                                                                 : SOFIA_STATE_NEW;
}

/* The venue changed the order itself: all that belongs to it goes over to the replacement. */
int replace_take_over(struct state *state, struct order *original, struct order *replacement,
                      uint64_t seq, int64_t ts_ns)
{
    uint32_t doubt = original->pub.doubt & SOFIA_DOUBT_CANCEL;
    rows_before(state, original);
    replacement->pub.filled_qty = original->pub.filled_qty;
    replacement->carried = sofia_decimal_of(0, 0);
    replacement->told_qty = original->told_qty;
    replacement->venue_seq = original->venue_seq;
    replacement->cancel_pending = original->cancel_pending;
    replacement->cancel_wanted = false; /* the cancel was sent for the very same order */
    replacement->cancel_count = original->cancel_count;
    replacement->cancel_sent_ns = original->cancel_sent_ns;
    replacement->cancel_accept_until_ns = original->cancel_accept_until_ns;
    memcpy(replacement->pub.cancel_id, original->pub.cancel_id, sizeof(replacement->pub.cancel_id));
    state->doubts += replacement->pub.doubt == 0 && doubt != 0 ? 1u : 0u;
    state->doubts -= original->pub.doubt != 0 ? 1u : 0u;
    replacement->pub.doubt |= doubt;
    int rc = rows_move_venue(state, original, replacement);
    replacement->base_state = state_of_successor(original, replacement);
    original->taken_over = true;
    original->pub.doubt = 0;
    original->told_qty = original->pub.filled_qty;
    if (!SOFIA_STATE_IS_TERMINAL(original->base_state)) {
        original->base_state = SOFIA_STATE_CANCELED;
    }
    original->cancel_pending = false;
    replace_decide(state, replacement, seq, ts_ns);
    return rc != 0 ? rc : rows_after(state, original);
}

/* Does this report say that the original itself was changed? */
struct order *replace_taken_over_by(const struct state *state, const struct order *replacement,
                                    const struct record_report *report)
{
    struct order *original =
        report->about == SEND_REPLACE && order_is_pending_replacement(replacement)
            ? replace_original(state, replacement)
            : NULL;
    return original != NULL && report->venue_id[0] != '\0' &&
                   strcmp(original->pub.venue_id, report->venue_id) == 0
               ? original
               : NULL;
}
