#include <sofia/kit/decimal.h>

#include "quoter.h"

struct own_order *orders_find(struct own_orders *orders, uint64_t id)
{
    for (uint32_t i = 0; i < orders->count; i++) {
        if (orders->list[i].id == id) {
            return &orders->list[i];
        }
    }
    return NULL;
}

struct own_order *orders_at(struct own_orders *orders, uint32_t side, uint32_t level)
{
    for (uint32_t i = 0; i < orders->count; i++) {
        if (orders->list[i].side == side && orders->list[i].level == level) {
            return &orders->list[i];
        }
    }
    return NULL;
}

struct own_order *orders_add(struct own_orders *orders, uint64_t id)
{
    if (orders->count == QUOTER_ORDERS) {
        return NULL;
    }
    orders->list[orders->count] = (struct own_order){
        .id = id,
        .state = SOFIA_STATE_PENDING_NEW,
        .filled = sofia_decimal_of(0, 0),
    };
    return &orders->list[orders->count++];
}

void orders_remove(struct own_orders *orders, struct own_order *order)
{
    *order = orders->list[orders->count - 1];
    orders->count--;
}

uint32_t orders_count(const struct own_orders *orders, uint32_t side)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < orders->count; i++) {
        count += orders->list[i].side == side ? 1u : 0u;
    }
    return count;
}

int order_is_busy(const struct own_order *order)
{
    return order->doubt != 0 || order->cancel_sent ||
           (order->state != SOFIA_STATE_NEW && order->state != SOFIA_STATE_PARTIALLY_FILLED);
}

/* When it cannot be computed the whole quantity may still fill. */
struct sofia_wide order_remaining(const struct own_order *order)
{
    struct sofia_wide remaining = sofia_wide_of(order->qty);

    (void)sofia_wide_sub(sofia_wide_of(order->qty), sofia_wide_of(order->filled), &remaining);
    return remaining;
}
