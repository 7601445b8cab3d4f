/* What orders do to balances: exact, never below zero, and nothing appears or vanishes but fees. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "rig.h"

#define BUY SOFIA_SIDE_BUY
#define SELL SOFIA_SIDE_SELL
#define GTC SOFIA_TIF_GTC

static struct rig rig;

static void start(void)
{
    rig_init(&rig);
    rig.desk.maker_bps = rig_decimal("2");
    rig.desk.taker_bps = rig_decimal("7.5");
    rig_quote(&rig, "100", "2", "101", "3");
}

static void finish(void)
{
    rig_release(&rig);
}

TestSuite(money, .init = start, .fini = finish);

#define must_have(asset, text) cr_expect_str_eq(rig_money(&rig, asset), text)

Test(money, a_limit_locks_and_a_cancel_gives_back)
{
    struct desk_order *buy = rig_submit(&rig, BUY, GTC, "1.5", "90.01");
    struct desk_order *sell = rig_submit(&rig, SELL, GTC, "2.5", "110");
    must_have("B", "864.985/135.015");
    must_have("A", "7.5/2.5");
    desk_cancel(&rig.desk, buy, ++rig.now_ns, "");
    desk_cancel(&rig.desk, sell, ++rig.now_ns, "");
    must_have("B", "1000/0");
    must_have("A", "10/0");
}

Test(money, what_is_not_free_is_refused)
{
    cr_expect_null(rig_submit(&rig, BUY, GTC, "10.1", "100"));
    cr_expect_str_eq(rig.refusal, "insufficient balance");
    cr_expect_null(rig_submit(&rig, SELL, GTC, "10.1", "110"));
    cr_expect_not_null(rig_submit(&rig, SELL, GTC, "9", "110"));
    cr_expect_null(rig_submit(&rig, SELL, 0, "1.1", NULL)); /* 9 are locked */
    must_have("A", "1/9");
    rig_quote(&rig, "100", "2", "500", "3");
    cr_expect_null(rig_submit(&rig, BUY, 0, "2.5", NULL));
    cr_expect_not_null(rig_submit(&rig, BUY, 0, "2", NULL));
    must_have("B", "0/0");
}

Test(money, a_better_price_than_the_limit_gives_the_difference_back)
{
    (void)rig_submit(&rig, BUY, GTC, "4", "105"); /* 3 of them at 101 */
    must_have("B", "592/105");                    /* 1000 - 3 * 101 - 105 */
    must_have("A", "12.99775/0");                 /* 3 less 7.5 bps of 3 */
}

Test(money, a_maker_pays_the_makers_fee_of_what_it_receives)
{
    (void)rig_submit(&rig, SELL, GTC, "1", "100.5");
    rig_print(&rig, BUY, "100.5", "1");
    must_have("A", "9/0");
    must_have("B", "1100.4799/0"); /* 100.5 less 2 bps of it */
}

Test(money, fees_are_rounded_up_where_digits_end)
{
    rig.desk.taker_bps = rig_decimal("0.0000000001");
    rig_quote(&rig, "100", "2", "1", "0.00000001");
    (void)rig_submit(&rig, BUY, 0, "0.00000001", NULL);
    must_have("A", "10.000000009999999999/0"); /* less 1e-22, of which 1e-18 is the least */
}

Test(money, what_expires_is_unlocked)
{
    (void)rig_submit(&rig, BUY, SOFIA_TIF_IOC, "5", "102");
    must_have("B", "697/0");
    (void)rig_submit(&rig, BUY, SOFIA_TIF_FOK, "5", "102");
    must_have("B", "697/0");
}

/* ---- anything at all, and the sums still hold ---- */

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static struct sofia_wide sum(struct sofia_wide a, struct sofia_wide b, int minus)
{
    struct sofia_wide out = sofia_wide_absent();

    cr_assert_eq(minus ? sofia_wide_sub(a, b, &out) : sofia_wide_add(a, b, &out), 0);
    return out;
}

/* What the fills say must be there: one asset's side of them. */
static struct sofia_wide expected(uint32_t base, const char *text)
{
    struct sofia_wide total = sofia_wide_of(rig_decimal(text));

    for (uint32_t i = 0; i < DESK_FILLS; i++) {
        const struct desk_fill *fill = &rig.desk.fills[i];
        if (fill->order == 0) {
            continue;
        }
        uint32_t buys = strcmp(fill->fee_asset, "A") == 0;
        struct sofia_wide amount = sofia_wide_of(fill->qty);
        if (!base) {
            cr_assert_eq(sofia_decimal_mul(fill->qty, fill->price, &amount), 0);
        }
        total = sum(total, amount, buys != base);
        if (buys == base) {
            total = sum(total, fill->fee, 1);
        }
    }
    return total;
}

static struct sofia_wide locked_by_orders(uint32_t side)
{
    struct sofia_wide total = sofia_wide_zero();

    for (uint32_t i = 0; i < rig.desk.open_count; i++) {
        const struct desk_order *order = &rig.desk.orders[rig.desk.open[i]];
        struct sofia_decimal rest;
        struct sofia_wide cost;
        cr_assert(desk_is_open(order));
        if (order->side != side) {
            continue;
        }
        cr_assert_eq(sofia_decimal_sub(order->qty, order->filled, &rest), 0);
        cr_assert_eq(sofia_decimal_mul(rest, side == BUY ? order->price : rig_decimal("1"), &cost),
                     0);
        total = sum(total, cost, 0);
    }
    return total;
}

static void check_sums(uint32_t step)
{
    const struct desk_asset *a = desk_asset(&rig.desk, "A");
    const struct desk_asset *b = desk_asset(&rig.desk, "B");

    cr_assert_eq(sofia_wide_cmp(sum(a->free, a->locked, 0), expected(1, "10")), 0, "A, step %u",
                 step);
    cr_assert_eq(sofia_wide_cmp(sum(b->free, b->locked, 0), expected(0, "1000")), 0, "B, step %u",
                 step);
    cr_assert_eq(sofia_wide_cmp(a->locked, locked_by_orders(SELL)), 0, "A locked, step %u", step);
    cr_assert_eq(sofia_wide_cmp(b->locked, locked_by_orders(BUY)), 0, "B locked, step %u", step);
}

Test(money, after_any_sequence_the_balances_are_what_the_fills_say)
{
    uint32_t seed = 11;

    for (uint32_t step = 0; step < 3000; step++) {
        struct sofia_decimal at = sofia_decimal_of(9950 + next(&seed) % 100, -2);
        struct sofia_decimal qty = sofia_decimal_of(1 + next(&seed) % 300, -3);
        char price[SOFIA_DECIMAL_TEXT];
        char text[SOFIA_DECIMAL_TEXT];
        char above[SOFIA_DECIMAL_TEXT];
        uint32_t side = 1 + next(&seed) % 2;
        sofia_decimal_print(at, price, sizeof(price));
        sofia_decimal_print(qty, text, sizeof(text));
        (void)sofia_decimal_add(at, sofia_decimal_of(1 + next(&seed) % 5, -2), &at);
        sofia_decimal_print(at, above, sizeof(above));
        switch (next(&seed) % 5) {
        case 0:
            rig_quote(&rig, price, text, above, text);
            break;
        case 1:
            rig_print(&rig, side, price, text);
            break;
        case 2:
            (void)rig_submit(&rig, side, 0, text, NULL);
            break;
        case 3:
            if (rig.desk.open_count > 20) {
                desk_cancel(&rig.desk,
                            &rig.desk.orders[rig.desk.open[next(&seed) % rig.desk.open_count]],
                            ++rig.now_ns, "");
            }
            break;
        default:
            (void)rig_submit(&rig, side, 1 + next(&seed) % 3, text, price);
            break;
        }
        if (step % 10 == 0) {
            check_sums(step);
        }
    }
    cr_assert_lt(rig.desk.next_fill, DESK_FILLS, "the ring no longer has them all");
    cr_assert_gt(rig.desk.next_fill, 500, "hardly anything happened");
}
