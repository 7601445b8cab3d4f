#include "model/order.h"

#include <sofia/kit/decimal.h>

#define BIT(state) (1u << (state))
#define ENDS (BIT(SOFIA_STATE_FILLED) | BIT(SOFIA_STATE_CANCELED) | BIT(SOFIA_STATE_EXPIRED))

/* Row: from; bits: to. Absent rows (all terminal states) lead nowhere. */
static const uint32_t legal[SOFIA_STATE_COUNT] = {
    [SOFIA_STATE_PENDING_NEW] = BIT(SOFIA_STATE_NEW) | BIT(SOFIA_STATE_PARTIALLY_FILLED) | ENDS |
                                BIT(SOFIA_STATE_REJECTED) | BIT(SOFIA_STATE_DENIED) |
                                BIT(SOFIA_STATE_SHADOW),
    /* REJECTED: taken in at the venue's door and turned away behind it */
    [SOFIA_STATE_NEW] = BIT(SOFIA_STATE_PARTIALLY_FILLED) | BIT(SOFIA_STATE_PENDING_REPLACE) |
                        BIT(SOFIA_STATE_REJECTED) | ENDS,
    [SOFIA_STATE_PARTIALLY_FILLED] = BIT(SOFIA_STATE_PENDING_REPLACE) | ENDS,
    [SOFIA_STATE_PENDING_REPLACE] = BIT(SOFIA_STATE_NEW) | BIT(SOFIA_STATE_PARTIALLY_FILLED) | ENDS,
};

bool order_transition_is_legal(uint32_t from, uint32_t to)
{
    if (from >= SOFIA_STATE_COUNT || to >= SOFIA_STATE_COUNT) {
        return false;
    }
    return from == to || (legal[from] & BIT(to)) != 0;
}

bool order_fills_are_missing(const struct order *order)
{
    return sofia_decimal_cmp(order->told_qty, order->pub.filled_qty) > 0;
}

bool order_is_done(const struct order *order)
{
    return SOFIA_STATE_IS_TERMINAL(order->base_state) && order->pub.doubt == 0 &&
           !order_fills_are_missing(order);
}

struct sofia_decimal order_open_qty(const struct order *order)
{
    bool ended =
        SOFIA_STATE_IS_TERMINAL(order->base_state) && (order->pub.doubt & SOFIA_DOUBT_PLACE) == 0;
    struct sofia_decimal whole = ended ? order->told_qty : order->pub.qty;
    struct sofia_decimal open;
    if (order->pub.branch != SOFIA_BRANCH_LIVE ||
        sofia_decimal_cmp(whole, order->pub.filled_qty) <= 0 ||
        sofia_decimal_sub(whole, order->pub.filled_qty, &open) != 0) {
        return sofia_decimal_of(0, 0);
    }
    return open;
}

bool order_is_pending_replacement(const struct order *order)
{
    return order->pub.replaces != 0 && order->base_state == SOFIA_STATE_PENDING_NEW;
}

const char *order_why_not_amendable(const struct order *order)
{
    if (SOFIA_STATE_IS_TERMINAL(order->base_state)) {
        return order->replaced_by == 0 ? "it is over"
                                       : "it has been replaced: change its replacement";
    }
    if (order->base_state == SOFIA_STATE_PENDING_NEW || order->pub.venue_id[0] == '\0') {
        return "the venue has not confirmed it yet";
    }
    if (order->pub.doubt != 0) {
        return "it is in doubt";
    }
    if (order->cancel_pending) {
        return "a cancel is under way";
    }
    if (order->replaced_by != 0) {
        return "another replacement is under way";
    }
    if (order->pub.type != SOFIA_TYPE_LIMIT || order->pub.tif != SOFIA_TIF_GTC) {
        return "only a limit order that rests can be changed";
    }
    return NULL;
}

struct sofia_decimal order_excess_qty(const struct order *replacement, const struct order *original)
{
    struct sofia_decimal more;
    if (sofia_decimal_cmp(replacement->pub.qty, original->pub.qty) <= 0 ||
        sofia_decimal_sub(replacement->pub.qty, original->pub.qty, &more) != 0) {
        return sofia_decimal_of(0, 0);
    }
    return more;
}

void order_touch(struct order *order, uint64_t seq, int64_t ts_ns)
{
    order->pub.updated_ns = ts_ns;
    order->last_seq = seq;
}

void order_show(struct order *order)
{
    bool live = !SOFIA_STATE_IS_TERMINAL(order->base_state);
    order->pub.state = live && order->cancel_pending    ? SOFIA_STATE_PENDING_CANCEL
                       : live && order->replace_pending ? SOFIA_STATE_PENDING_REPLACE
                                                        : order->base_state;
}

const char *order_state_name(uint32_t state)
{
    static const char *const names[SOFIA_STATE_COUNT] = {
        [SOFIA_STATE_PENDING_NEW] = "PENDING_NEW",
        [SOFIA_STATE_NEW] = "NEW",
        [SOFIA_STATE_PARTIALLY_FILLED] = "PARTIALLY_FILLED",
        [SOFIA_STATE_FILLED] = "FILLED",
        [SOFIA_STATE_PENDING_CANCEL] = "PENDING_CANCEL",
        [SOFIA_STATE_CANCELED] = "CANCELED",
        [SOFIA_STATE_PENDING_REPLACE] = "PENDING_REPLACE",
        [SOFIA_STATE_REJECTED] = "REJECTED",
        [SOFIA_STATE_EXPIRED] = "EXPIRED",
        [SOFIA_STATE_DENIED] = "DENIED",
        [SOFIA_STATE_SHADOW] = "SHADOW",
    };
    return state < SOFIA_STATE_COUNT && names[state] != NULL ? names[state] : "?";
}

const char *order_shown_name(const struct sofia_order *order)
{
    return order->doubt != 0 ? "UNKNOWN" : order_state_name(order->state);
}

const char *order_side_name(uint32_t side)
{
    return side == SOFIA_SIDE_BUY ? "buy" : side == SOFIA_SIDE_SELL ? "sell" : "?";
}

const char *order_type_name(uint32_t type)
{
    return type == SOFIA_TYPE_MARKET ? "market" : type == SOFIA_TYPE_LIMIT ? "limit" : "?";
}

const char *order_tif_name(uint32_t tif)
{
    switch (tif) {
    case SOFIA_TIF_GTC:
        return "gtc";
    case SOFIA_TIF_IOC:
        return "ioc";
    case SOFIA_TIF_FOK:
        return "fok";
    default:
        return "";
    }
}
