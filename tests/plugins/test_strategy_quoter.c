/* long: one list of facts about one strategy, and the desk they share. */
/* The quoter against a host that only writes down: each test tells it what happened and looks at
 * the posts. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "fake_host.h"

#define MS INT64_C(1000000)

struct desk {
    struct fake_host fake;
    const struct sofia_strategy *strategy;
    void *self;
};

/* 99.90 / 100.10 with a tick of 0.01; one level, 100 bps wide, 1 BTC a quote, at most 5, at least
 * -5: both sides may quote. */
static void open_desk(struct desk *desk)
{
    const struct sofia_module *module = fake_module_load("strategy_quoter");

    memset(desk, 0, sizeof(*desk));
    fake_host_init(&desk->fake, module);
    desk->strategy = module->descriptor;
    fake_option(&desk->fake, "instrument", "BTC/USDT");
    fake_option(&desk->fake, "order_qty", "1");
    fake_option(&desk->fake, "max_inventory", "5");
    fake_option(&desk->fake, "min_inventory", "-5");
    fake_option(&desk->fake, "spread_bps", "100");
    fake_instrument(&desk->fake, "BTC/USDT", "0.01", "0.001");
    fake_top(&desk->fake, "99.90", "100.10");
}

static void begin(struct desk *desk)
{
    cr_assert_eq(desk->strategy->create(&desk->fake.host, &desk->self), SOFIA_OK);
    cr_assert_eq(desk->strategy->start(desk->self), SOFIA_OK);
}

static void tell(struct desk *desk, struct sofia_event *event, size_t size, uint32_t type)
{
    event->size = (uint32_t)size;
    event->type = (uint16_t)type;
    event->version = 1;
    cr_assert_eq(desk->strategy->on_event(desk->self, event), SOFIA_OK);
}

static void ready(struct desk *desk)
{
    struct sofia_event event = {0};

    tell(desk, &event, sizeof(event), SOFIA_EV_READY);
}

static void begin_ready(struct desk *desk)
{
    begin(desk);
    ready(desk);
}

static void tick(struct desk *desk, int64_t after_ns)
{
    struct sofia_event_timer event = {0};

    fake_advance(&desk->fake, after_ns);
    tell(desk, &event.head, sizeof(event), SOFIA_EV_TIMER);
}

static void close_desk(struct desk *desk)
{
    desk->strategy->stop(desk->self);
    desk->strategy->destroy(desk->self);
    fake_host_release(&desk->fake);
}

static uint32_t submits(const struct desk *desk)
{
    return fake_post_total(&desk->fake, FAKE_POST_SUBMIT);
}

static uint32_t cancels(const struct desk *desk)
{
    return fake_post_total(&desk->fake, FAKE_POST_CANCEL);
}

/* The n-th submit of a side since the posts were last forgotten. */
static const struct fake_post *submitted(const struct desk *desk, uint32_t side, uint32_t n)
{
    for (uint32_t i = 0; i < submits(desk); i++) {
        const struct fake_post *post = fake_post(&desk->fake, FAKE_POST_SUBMIT, i);

        if (post->intent.side == side && n-- == 0) {
            return post;
        }
    }
    return NULL;
}

static void assert_price(const struct fake_post *post, const char *price)
{
    char text[SOFIA_DECIMAL_TEXT] = "none";

    cr_assert_not_null(post, "no order at %s", price);
    (void)sofia_decimal_print(post->intent.price, text, sizeof(text));
    cr_assert_str_eq(text, price);
}

/* What the core says of an order now. */
static void report(struct desk *desk, uint64_t id, uint32_t side, uint32_t state, uint32_t doubt,
                   const char *price)
{
    struct sofia_event_order event = {0};

    event.order = (struct sofia_order){.size = sizeof(event.order),
                                       .instrument = 1,
                                       .side = side,
                                       .type = SOFIA_TYPE_LIMIT,
                                       .tif = SOFIA_TIF_GTC,
                                       .state = state,
                                       .doubt = doubt,
                                       .order_id = id,
                                       .qty = fake_decimal("1"),
                                       .price = fake_decimal(price),
                                       .filled_qty = fake_decimal("0")};
    if (state == SOFIA_STATE_DENIED) {
        (void)snprintf(event.code, sizeof(event.code), "MAX_ORDER_USD");
        (void)snprintf(event.reason, sizeof(event.reason), "too large");
    }
    tell(desk, &event.head, sizeof(event), SOFIA_EV_ORDER);
}

static void report_post(struct desk *desk, const struct fake_post *post, uint32_t state,
                        uint32_t doubt)
{
    char price[SOFIA_DECIMAL_TEXT];

    (void)sofia_decimal_print(post->intent.price, price, sizeof(price));
    report(desk, post->order_id, post->intent.side, state, doubt, price);
}

/* Tells that everything submitted so far is live; forgets the posts. */
static void accept_all(struct desk *desk)
{
    for (uint32_t i = 0; i < submits(desk); i++) {
        report_post(desk, fake_post(&desk->fake, FAKE_POST_SUBMIT, i), SOFIA_STATE_NEW, 0);
    }
    fake_forget_posts(&desk->fake);
}

static void hold(struct desk *desk, const char *qty)
{
    desk->fake.position.qty = fake_wide(qty);
}

Test(quoter, nothing_is_submitted_before_ready)
{
    struct desk desk;

    open_desk(&desk);
    begin(&desk);
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 0);
    ready(&desk);
    cr_assert_eq(submits(&desk), 2);
    close_desk(&desk);
}

Test(quoter, quotes_rest_half_a_spread_from_mid)
{
    struct desk desk;

    open_desk(&desk);
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "99.5");
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "100.5");
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.flags, SOFIA_ORDER_POST_ONLY);
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.tif, SOFIA_TIF_GTC);
    close_desk(&desk);
}

Test(quoter, a_bid_is_rounded_down_and_an_ask_up_to_the_tick)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.instruments[0].tick = fake_decimal("0.3");
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "99.3");
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "100.5");
    close_desk(&desk);
}

Test(quoter, the_quantity_is_cut_to_the_lot_and_below_one_lot_nothing_is_quoted)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "order_qty", "1.0019");
    begin_ready(&desk);
    cr_assert_eq(
        sofia_decimal_cmp(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.qty, fake_decimal("1.001")),
        0);
    close_desk(&desk);
    open_desk(&desk);
    fake_option(&desk.fake, "order_qty", "0.0009");
    begin_ready(&desk);
    cr_assert_eq(submits(&desk), 0);
    close_desk(&desk);
}

Test(quoter, each_level_has_one_order_and_no_more)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "levels", "3");
    fake_option(&desk.fake, "level_step_bps", "20");
    begin_ready(&desk);
    cr_assert_eq(submits(&desk), 6);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "99.5");
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 1), "99.3");
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 2), "99.1");
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 2), "100.9");
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 6, "unacknowledged orders keep their places");
    accept_all(&desk);
    tick(&desk, 1000 * MS);
    cr_assert_eq(desk.fake.post_count, 1, "only the timer");
    close_desk(&desk);
}

Test(quoter, inventory_moves_both_quotes_against_itself)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "skew_bps_per_inventory", "10");
    hold(&desk, "2");
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "99.3");
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "100.3");
    close_desk(&desk);
    open_desk(&desk);
    fake_option(&desk.fake, "skew_bps_per_inventory", "10");
    hold(&desk, "-2");
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "99.69");
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "100.71");
    close_desk(&desk);
}

Test(quoter, a_quote_never_reaches_the_other_side_of_the_book)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "skew_bps_per_inventory", "100");
    hold(&desk, "4");
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "99.91");
    close_desk(&desk);
    open_desk(&desk);
    fake_option(&desk.fake, "skew_bps_per_inventory", "100");
    hold(&desk, "-4");
    begin_ready(&desk);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "100.09");
    close_desk(&desk);
}

Test(quoter, a_price_outside_the_instruments_bounds_is_not_quoted)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.instruments[0].min_price = fake_decimal("99.51");
    desk.fake.instruments[0].max_price = fake_decimal("100.5");
    begin_ready(&desk);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "100.5");
    close_desk(&desk);
}

Test(quoter, inventory_at_its_bound_closes_that_side)
{
    struct desk desk;

    open_desk(&desk);
    hold(&desk, "4.001");
    begin_ready(&desk);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    cr_assert_not_null(submitted(&desk, SOFIA_SIDE_SELL, 0));
    close_desk(&desk);
    open_desk(&desk);
    fake_option(&desk.fake, "min_inventory", "0");
    hold(&desk, "0.5");
    begin_ready(&desk);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_SELL, 0), "sells more than is held");
    cr_assert_not_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    close_desk(&desk);
}

Test(quoter, all_levels_together_stay_inside_the_inventory_bound)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "levels", "3");
    hold(&desk, "3");
    begin_ready(&desk);
    cr_assert_not_null(submitted(&desk, SOFIA_SIDE_BUY, 1));
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 2));
    accept_all(&desk);
    hold(&desk, "4");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 1, "the outer bid no longer fits");
    close_desk(&desk);
}

Test(quoter, what_has_filled_counts_once)
{
    struct desk desk;
    struct sofia_event_order event = {.order = {.size = sizeof(event.order),
                                                .instrument = 1,
                                                .side = SOFIA_SIDE_BUY,
                                                .state = SOFIA_STATE_PARTIALLY_FILLED,
                                                .filled_qty = fake_decimal("0.6")}};

    open_desk(&desk);
    fake_option(&desk.fake, "levels", "2");
    fake_option(&desk.fake, "max_inventory", "2");
    begin_ready(&desk);
    event.order.order_id = submitted(&desk, SOFIA_SIDE_BUY, 0)->order_id;
    accept_all(&desk);
    tell(&desk, &event.head, sizeof(event), SOFIA_EV_ORDER);
    hold(&desk, "0.6");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 0, "0.6 held, 0.4 and 1 to come");
    hold(&desk, "0.601");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 1);
    close_desk(&desk);
}

Test(quoter, a_quote_being_taken_away_counts_until_it_is_gone)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "levels", "2");
    fake_option(&desk.fake, "max_inventory", "1.5");
    begin_ready(&desk);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 1));
    accept_all(&desk);
    desk.fake.instruments[0].max_price = fake_decimal("99.45"); /* between the two levels */
    tick(&desk, 1000 * MS);
    cr_assert_gt(cancels(&desk), 0);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0), "1 may still fill, 0.5 is left");
    close_desk(&desk);
}

Test(quoter, an_order_near_its_price_is_left_alone)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "reprice_bps", "10");
    begin_ready(&desk);
    accept_all(&desk);
    fake_top(&desk.fake, "99.99", "100.19");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 0);
    fake_top(&desk.fake, "100.02", "100.22");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 2);
    close_desk(&desk);
}

Test(quoter, a_moved_quote_is_replaced_only_after_it_is_gone)
{
    struct desk desk;
    uint64_t id = 0;

    open_desk(&desk);
    begin_ready(&desk);
    id = submitted(&desk, SOFIA_SIDE_BUY, 0)->order_id;
    accept_all(&desk);
    fake_top(&desk.fake, "109.90", "110.10");
    tick(&desk, 1000 * MS);
    cr_assert_eq(fake_post(&desk.fake, FAKE_POST_CANCEL, 0)->order_id, id);
    cr_assert_eq(submits(&desk), 0);
    report(&desk, id, SOFIA_SIDE_BUY, SOFIA_STATE_PENDING_CANCEL, 0, "99.5");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 2, "one for each side, not repeated");
    cr_assert_eq(submits(&desk), 0);
    report(&desk, id, SOFIA_SIDE_BUY, SOFIA_STATE_CANCELED, 0, "99.5");
    cr_assert_eq(submits(&desk), 1);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "109.45");
    close_desk(&desk);
}

Test(quoter, an_order_in_doubt_is_neither_moved_nor_replaced)
{
    struct desk desk;
    struct fake_post bid;

    open_desk(&desk);
    begin_ready(&desk);
    bid = *submitted(&desk, SOFIA_SIDE_BUY, 0);
    accept_all(&desk);
    report_post(&desk, &bid, SOFIA_STATE_PENDING_NEW, SOFIA_DOUBT_PLACE);
    fake_top(&desk.fake, "109.90", "110.10");
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 1);
    cr_assert_neq(fake_post(&desk.fake, FAKE_POST_CANCEL, 0)->order_id, bid.order_id);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    report_post(&desk, &bid, SOFIA_STATE_CANCELED, SOFIA_DOUBT_CANCEL);
    tick(&desk, 1000 * MS);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0), "doubt stands");
    report_post(&desk, &bid, SOFIA_STATE_CANCELED, 0);
    tick(&desk, 1000 * MS);
    cr_assert_not_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    close_desk(&desk);
}

Test(quoter, an_order_in_doubt_counts_against_the_inventory_bound)
{
    struct desk desk;
    uint64_t inner = 0;

    open_desk(&desk);
    fake_option(&desk.fake, "levels", "2");
    fake_option(&desk.fake, "max_inventory", "2");
    begin_ready(&desk);
    report_post(&desk, submitted(&desk, SOFIA_SIDE_BUY, 0), SOFIA_STATE_NEW, 0);
    report_post(&desk, submitted(&desk, SOFIA_SIDE_BUY, 1), SOFIA_STATE_NEW, SOFIA_DOUBT_CANCEL);
    inner = submitted(&desk, SOFIA_SIDE_BUY, 0)->order_id;
    hold(&desk, "0.5");
    fake_forget_posts(&desk.fake);
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 1);
    cr_assert_eq(fake_post(&desk.fake, FAKE_POST_CANCEL, 0)->order_id, inner,
                 "0.5 held and 1 in doubt leave no room for the inner bid");
    close_desk(&desk);
}

Test(quoter, without_a_valid_book_all_quotes_are_cancelled)
{
    struct desk desk;
    struct sofia_event_book event = {.head = {.instrument = 1}, .flags = SOFIA_BOOK_INVALID};

    open_desk(&desk);
    begin_ready(&desk);
    accept_all(&desk);
    tell(&desk, &event.head, sizeof(event), SOFIA_EV_BOOK);
    cr_assert_eq(cancels(&desk), 2);
    close_desk(&desk);
    open_desk(&desk);
    begin_ready(&desk);
    accept_all(&desk);
    desk.fake.top.valid = 0;
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 2);
    cr_assert_eq(submits(&desk), 0);
    close_desk(&desk);
}

Test(quoter, a_crossed_book_is_not_quoted)
{
    struct desk desk;

    open_desk(&desk);
    fake_top(&desk.fake, "100.10", "99.90");
    begin_ready(&desk);
    cr_assert_eq(submits(&desk), 0);
    close_desk(&desk);
}

Test(quoter, a_halted_instrument_is_not_quoted)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.instruments[0].status = SOFIA_STATUS_HALTED;
    begin_ready(&desk);
    cr_assert_eq(submits(&desk), 0);
    close_desk(&desk);
}

Test(quoter, a_channel_that_goes_down_takes_the_quotes_with_it)
{
    struct desk desk;
    struct sofia_event_channel event = {.channel = SOFIA_CHANNEL_PRIVATE,
                                        .state = SOFIA_CHANNEL_DOWN};

    open_desk(&desk);
    begin_ready(&desk);
    accept_all(&desk);
    tell(&desk, &event.head, sizeof(event), SOFIA_EV_CHANNEL);
    cr_assert_eq(cancels(&desk), 2);
    close_desk(&desk);
}

static void deny_bid(struct desk *desk)
{
    report_post(desk, submitted(desk, SOFIA_SIDE_BUY, 0), SOFIA_STATE_DENIED, 0);
    fake_forget_posts(&desk->fake);
}

Test(quoter, a_denial_pauses_new_orders_and_the_pause_doubles)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "backoff", "2s");
    begin_ready(&desk);
    report_post(&desk, submitted(&desk, SOFIA_SIDE_SELL, 0), SOFIA_STATE_NEW, 0);
    deny_bid(&desk);
    cr_assert_str_eq(desk.fake.log_text, "no new orders for 2000 ms: MAX_ORDER_USD: too large");
    tick(&desk, 1999 * MS);
    cr_assert_eq(submits(&desk), 0);
    tick(&desk, 1 * MS);
    cr_assert_eq(submits(&desk), 1);
    deny_bid(&desk);
    tick(&desk, 3999 * MS);
    cr_assert_eq(submits(&desk), 0);
    tick(&desk, 1 * MS);
    cr_assert_eq(submits(&desk), 1);
    close_desk(&desk);
}

Test(quoter, an_accepted_order_ends_the_series_of_refusals)
{
    struct desk desk;

    open_desk(&desk);
    begin_ready(&desk);
    deny_bid(&desk);
    tick(&desk, 2000 * MS);
    accept_all(&desk);
    report(&desk, 1003, SOFIA_SIDE_BUY, SOFIA_STATE_FILLED, 0, "99.5");
    tick(&desk, 1000 * MS);
    report_post(&desk, submitted(&desk, SOFIA_SIDE_BUY, 0), SOFIA_STATE_REJECTED, 0);
    cr_assert_eq(strncmp(desk.fake.log_text, "no new orders for 2000 ms", 25), 0, "%s",
                 desk.fake.log_text);
    close_desk(&desk);
}

Test(quoter, a_pause_does_not_stop_cancels)
{
    struct desk desk;

    open_desk(&desk);
    begin_ready(&desk);
    report_post(&desk, submitted(&desk, SOFIA_SIDE_SELL, 0), SOFIA_STATE_NEW, 0);
    deny_bid(&desk);
    fake_top(&desk.fake, "109.90", "110.10");
    tick(&desk, 100 * MS);
    cr_assert_eq(cancels(&desk), 1);
    close_desk(&desk);
}

Test(quoter, a_full_host_is_not_asked_again_until_it_is_writable)
{
    struct desk desk;
    struct sofia_event event = {0};

    open_desk(&desk);
    desk.fake.submit_status = SOFIA_EAGAIN;
    begin_ready(&desk);
    desk.fake.submit_status = SOFIA_OK;
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 0);
    tell(&desk, &event, sizeof(event), SOFIA_EV_WRITABLE);
    cr_assert_eq(submits(&desk), 2);
    close_desk(&desk);
}

Test(quoter, a_refused_submit_backs_off)
{
    struct desk desk;

    open_desk(&desk);
    desk.fake.submit_status = SOFIA_EDENIED;
    begin_ready(&desk);
    desk.fake.submit_status = SOFIA_OK;
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 0);
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 2);
    close_desk(&desk);
}

Test(quoter, recovered_orders_take_the_places_and_the_rest_is_cancelled)
{
    struct desk desk;

    open_desk(&desk);
    begin(&desk);
    report(&desk, 7, SOFIA_SIDE_BUY, SOFIA_STATE_NEW, 0, "99.5");
    report(&desk, 8, SOFIA_SIDE_BUY, SOFIA_STATE_NEW, 0, "99.4");
    cr_assert_eq(desk.fake.post_count, 0);
    ready(&desk);
    cr_assert_eq(cancels(&desk), 1);
    cr_assert_eq(fake_post(&desk.fake, FAKE_POST_CANCEL, 0)->order_id, 8);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    cr_assert_not_null(submitted(&desk, SOFIA_SIDE_SELL, 0));
    report(&desk, 8, SOFIA_SIDE_BUY, SOFIA_STATE_CANCELED, 0, "99.4");
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    close_desk(&desk);
}

Test(quoter, a_filled_quote_is_replaced_at_the_next_refresh)
{
    struct desk desk;
    struct fake_post bid;

    open_desk(&desk);
    begin_ready(&desk);
    bid = *submitted(&desk, SOFIA_SIDE_BUY, 0);
    accept_all(&desk);
    report_post(&desk, &bid, SOFIA_STATE_FILLED, 0);
    cr_assert_eq(submits(&desk), 0);
    tick(&desk, 1000 * MS);
    cr_assert_eq(submits(&desk), 1);
    close_desk(&desk);
}

Test(quoter, taking_first_clears_its_own_other_side)
{
    struct desk desk;
    struct fake_post ask;

    open_desk(&desk);
    fake_option(&desk.fake, "take_every", "2");
    begin_ready(&desk);
    ask = *submitted(&desk, SOFIA_SIDE_SELL, 0);
    accept_all(&desk);
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk) + submits(&desk), 0);
    tick(&desk, 1000 * MS);
    cr_assert_eq(cancels(&desk), 1);
    cr_assert_eq(fake_post(&desk.fake, FAKE_POST_CANCEL, 0)->order_id, ask.order_id);
    cr_assert_eq(submits(&desk), 0);
    report_post(&desk, &ask, SOFIA_STATE_CANCELED, 0);
    assert_price(submitted(&desk, SOFIA_SIDE_BUY, 0), "101.11");
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.tif, SOFIA_TIF_IOC);
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.flags, 0);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 1), "the resting bid keeps its place");
    close_desk(&desk);
}

Test(quoter, taking_buys_and_sells_in_turn)
{
    struct desk desk;
    uint64_t taker = 0;

    open_desk(&desk);
    fake_option(&desk.fake, "take_every", "1");
    fake_option(&desk.fake, "levels", "1");
    begin(&desk);
    desk.fake.top.valid = 0; /* no quotes in the way */
    ready(&desk);
    desk.fake.top.valid = 1;
    tick(&desk, 1000 * MS);
    taker = submitted(&desk, SOFIA_SIDE_BUY, 0)->order_id;
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_BUY, 0)->intent.tif, SOFIA_TIF_IOC);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 1), "its side has one order already");
    for (uint32_t i = 0; i < submits(&desk); i++) {
        uint64_t id = fake_post(&desk.fake, FAKE_POST_SUBMIT, i)->order_id;

        report_post(&desk, fake_post(&desk.fake, FAKE_POST_SUBMIT, i),
                    id == taker ? SOFIA_STATE_FILLED : SOFIA_STATE_CANCELED, 0);
    }
    fake_forget_posts(&desk.fake);
    tick(&desk, 1000 * MS);
    cr_assert_eq(submitted(&desk, SOFIA_SIDE_SELL, 0)->intent.tif, SOFIA_TIF_IOC);
    assert_price(submitted(&desk, SOFIA_SIDE_SELL, 0), "98.9");
    close_desk(&desk);
}

Test(quoter, taking_stays_inside_the_inventory_bound)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "take_every", "1");
    hold(&desk, "4.5");
    desk.fake.top.valid = 0;
    begin_ready(&desk);
    desk.fake.top.valid = 1;
    tick(&desk, 1000 * MS);
    cr_assert_null(submitted(&desk, SOFIA_SIDE_BUY, 0));
    close_desk(&desk);
}

Test(quoter, more_live_orders_than_it_can_watch_stop_it)
{
    struct desk desk;
    struct sofia_event_order event = {
        .head = {.size = sizeof(event), .type = SOFIA_EV_ORDER},
        .order = {.size = sizeof(event.order), .side = SOFIA_SIDE_BUY, .state = SOFIA_STATE_NEW},
    };
    int status = SOFIA_OK;

    open_desk(&desk);
    begin(&desk);
    for (uint64_t id = 1; id <= 65 && status == SOFIA_OK; id++) {
        event.order.order_id = id;
        status = desk.strategy->on_event(desk.self, &event.head);
        cr_assert_eq(status == SOFIA_OK, id <= 64);
    }
    cr_assert_lt(status, 0);
    close_desk(&desk);
}

Test(quoter, bounds_that_leave_no_room_are_refused)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "min_inventory", "5");
    cr_assert_lt(desk.strategy->create(&desk.fake.host, &desk.self), 0);
    cr_assert_not_null(strstr(desk.fake.log_text, "below 'max_inventory'"));
    fake_option(&desk.fake, "min_inventory", "0");
    fake_option(&desk.fake, "order_qty", "0");
    cr_assert_lt(desk.strategy->create(&desk.fake.host, &desk.self), 0);
    fake_host_release(&desk.fake);
}
