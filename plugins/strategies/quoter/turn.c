/* One turn: what should rest in the book, what does, and the posts that lead from one to the other.
 */
#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#include "quoter.h"

/* What one turn works with; read once at its start. */
struct turn {
    struct quoter *quoter;
    struct sofia_instrument rules;
    struct sofia_top top;
    struct sofia_wide inventory;
    struct sofia_decimal qty; /* of a new order, on the lot */
    struct quoter_prices prices;
};

static uint32_t other(uint32_t side)
{
    return side == SOFIA_SIDE_BUY ? SOFIA_SIDE_SELL : SOFIA_SIDE_BUY;
}

static void cancel(struct quoter *quoter, struct own_order *order)
{
    if (quoter->host->strategy->cancel(quoter->host, order->id) == SOFIA_OK) {
        order->cancel_sent = 1;
    }
}

void quoter_pull(struct quoter *quoter)
{
    for (uint32_t i = 0; i < quoter->orders.count; i++) {
        if (!order_is_busy(&quoter->orders.list[i])) {
            cancel(quoter, &quoter->orders.list[i]);
        }
    }
}

void quoter_back_off(struct quoter *quoter, const char *code, const char *reason)
{
    int64_t pause_ns = sofia_backoff_next_ns(&quoter->backoff);
    struct sofia_text text;
    char room[SOFIA_REASON_SIZE * 2];

    quoter->pause_until_mono_ns = quoter->host->mono_ns(quoter->host) + pause_ns;
    sofia_text_init(&text, room, sizeof(room));
    sofia_text_str(&text, "no new orders for ");
    sofia_text_i64(&text, pause_ns / 1000000);
    sofia_text_str(&text, " ms: ");
    sofia_text_str(&text, code);
    sofia_text_str(&text, reason[0] == '\0' ? "" : ": ");
    sofia_text_str(&text, reason);
    quoter->host->log(quoter->host, SOFIA_LOG_WARN, room);
}

static int may_submit(const struct quoter *quoter)
{
    return !quoter->has_no_room &&
           quoter->host->mono_ns(quoter->host) >= quoter->pause_until_mono_ns;
}

static void submit(struct quoter *quoter, const struct sofia_intent *intent, uint32_t level)
{
    uint64_t id = 0;
    struct own_order *order = NULL;
    int status = SOFIA_OK;

    if (quoter->orders.count == QUOTER_ORDERS) {
        return; /* until the surplus of a restart is gone */
    }
    status = quoter->host->strategy->submit(quoter->host, intent, &id);
    if (status == SOFIA_EAGAIN) {
        quoter->has_no_room = 1;
        return;
    }
    if (status != SOFIA_OK) {
        quoter_back_off(quoter, "the host refused a submit", "");
        return;
    }
    order = orders_add(&quoter->orders, id);
    order->side = intent->side;
    order->level = level;
    order->price = intent->price;
    order->qty = intent->qty;
}

static struct sofia_intent intent_of(const struct turn *turn, uint32_t side,
                                     struct sofia_decimal price)
{
    return (struct sofia_intent){
        .size = sizeof(struct sofia_intent),
        .instrument = turn->quoter->instrument,
        .side = side,
        .type = SOFIA_TYPE_LIMIT,
        .tif = SOFIA_TIF_GTC,
        .qty = turn->qty,
        .price = price,
        .quote_qty = sofia_decimal_absent(),
        .stop_price = sofia_decimal_absent(),
    };
}

/* How much may still be bought or sold, were nothing working. Zero when it is not known. */
static struct sofia_wide room_of(const struct turn *turn, uint32_t side)
{
    const struct quoter_settings *settings = &turn->quoter->settings;
    struct sofia_wide room = sofia_wide_zero();

    if (side == SOFIA_SIDE_BUY) {
        (void)sofia_wide_sub(sofia_wide_of(settings->max_inventory), turn->inventory, &room);
    } else {
        (void)sofia_wide_sub(turn->inventory, sofia_wide_of(settings->min_inventory), &room);
    }
    return room;
}

/* Adds need to *used if the sum stays inside room; 0 when it does not. */
static int fits(struct sofia_wide *used, struct sofia_wide need, struct sofia_wide room)
{
    struct sofia_wide sum = {0};

    if (sofia_wide_add(*used, need, &sum) != 0 || sofia_wide_cmp(sum, room) > 0) {
        return 0;
    }
    *used = sum;
    return 1;
}

/* Quantity this turn has no say over: busy orders and those in nobody's place. */
static struct sofia_wide committed(const struct own_orders *orders, uint32_t side)
{
    struct sofia_wide sum = sofia_wide_zero();

    for (uint32_t i = 0; i < orders->count; i++) {
        const struct own_order *order = &orders->list[i];

        if (order->side == side && (order_is_busy(order) || order->level >= QUOTER_LEVELS)) {
            (void)sofia_wide_add(sum, order_remaining(order), &sum);
        }
    }
    return sum;
}

static void quote_level(struct turn *turn, uint32_t side, uint32_t level, struct sofia_wide room,
                        struct sofia_wide *used)
{
    struct quoter *quoter = turn->quoter;
    struct own_order *order = orders_at(&quoter->orders, side, level);
    struct sofia_decimal price =
        side == SOFIA_SIDE_BUY ? turn->prices.bids[level] : turn->prices.asks[level];
    struct sofia_wide need = order == NULL ? sofia_wide_of(turn->qty) : sofia_wide_zero();
    int is_wanted = 0;

    if (order != NULL) {
        if (order_is_busy(order)) {
            return;
        }
        need = order_remaining(order);
    }
    is_wanted = !sofia_decimal_is_absent(price) && quoter->take_side != other(side) &&
                fits(used, need, room);
    if (order != NULL) {
        if (!is_wanted) {
            (void)sofia_wide_add(*used, need, used); /* may fill until the cancel has worked */
        }
        if (!is_wanted || prices_moved(&quoter->settings, turn->prices.mid, order->price, price)) {
            cancel(quoter, order);
        }
        return;
    }
    if (is_wanted && may_submit(quoter) &&
        orders_count(&quoter->orders, side) < quoter->settings.levels) {
        struct sofia_intent intent = intent_of(turn, side, price);

        if (quoter->settings.post_only && (turn->rules.features & SOFIA_CAN_POST_ONLY)) {
            intent.flags = SOFIA_ORDER_POST_ONLY;
        }
        submit(quoter, &intent, level);
    }
}

static void quote_side(struct turn *turn, uint32_t side)
{
    struct sofia_wide room = room_of(turn, side);
    struct sofia_wide used = committed(&turn->quoter->orders, side);

    for (uint32_t level = 0; level < QUOTER_LEVELS; level++) {
        quote_level(turn, side, level, room, &used);
    }
}

/* Takes once the quotes of the other side are gone: an order of ours must not meet one of ours. */
static void take(struct turn *turn)
{
    struct quoter *quoter = turn->quoter;
    uint32_t side = quoter->take_side;
    struct sofia_wide used = sofia_wide_zero();
    struct sofia_decimal price = sofia_decimal_absent();

    if (side == 0 || orders_count(&quoter->orders, other(side)) > 0 || !may_submit(quoter)) {
        return;
    }
    quoter->take_side = 0;
    quoter->take_next = other(side);
    for (uint32_t i = 0; i < quoter->orders.count; i++) {
        (void)sofia_wide_add(used, order_remaining(&quoter->orders.list[i]), &used);
    }
    if (fits(&used, sofia_wide_of(turn->qty), room_of(turn, side)) &&
        prices_taker(&quoter->settings, &turn->rules, &turn->top, side, &price) == SOFIA_OK) {
        struct sofia_intent intent = intent_of(turn, side, price);

        intent.tif = SOFIA_TIF_IOC;
        submit(quoter, &intent, QUOTER_TAKER);
    }
}

/* 0: nothing can be quoted now. */
static int look(struct quoter *quoter, struct turn *ret_turn)
{
    const struct sofia_host *host = quoter->host;
    struct sofia_position position = {.size = sizeof(position)};

    *ret_turn = (struct turn){
        .quoter = quoter,
        .rules = {.size = sizeof(ret_turn->rules)},
        .top = {.size = sizeof(ret_turn->top)},
    };
    if (quoter->instrument == 0 &&
        host->instrument_find(host, quoter->settings.instrument, &quoter->instrument) != SOFIA_OK) {
        return 0;
    }
    if (host->instrument(host, quoter->instrument, &ret_turn->rules) != SOFIA_OK ||
        host->strategy->top(host, quoter->instrument, &ret_turn->top) != SOFIA_OK ||
        host->strategy->position(host, quoter->instrument, &position) != SOFIA_OK) {
        return 0;
    }
    ret_turn->inventory = position.qty;
    ret_turn->qty = quoter->settings.order_qty;
    if (sofia_decimal_sign(ret_turn->rules.lot) > 0 &&
        sofia_decimal_to_step(ret_turn->qty, ret_turn->rules.lot, SOFIA_ROUND_TOWARD_ZERO,
                              &ret_turn->qty) != 0) {
        return 0;
    }
    return ret_turn->top.valid && sofia_decimal_cmp(ret_turn->top.bid, ret_turn->top.ask) < 0 &&
           sofia_decimal_sign(ret_turn->top.bid) > 0 && sofia_decimal_sign(ret_turn->qty) > 0 &&
           ret_turn->rules.status == SOFIA_STATUS_TRADING &&
           prices_compute(&quoter->settings, &ret_turn->rules, &ret_turn->top, ret_turn->inventory,
                          &ret_turn->prices) == SOFIA_OK;
}

void quoter_turn(struct quoter *quoter)
{
    struct turn turn;

    if (!quoter->ready) {
        return;
    }
    if (!look(quoter, &turn)) {
        quoter_pull(quoter);
        return;
    }
    for (uint32_t i = 0; i < quoter->orders.count; i++) {
        struct own_order *order = &quoter->orders.list[i];

        if (order->level == QUOTER_SURPLUS && !order_is_busy(order)) {
            cancel(quoter, order);
        }
    }
    take(&turn);
    quote_side(&turn, SOFIA_SIDE_BUY);
    quote_side(&turn, SOFIA_SIDE_SELL);
}
