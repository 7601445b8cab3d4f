/* Laws that hold after any sequence of records: the sums are what a recount gives, and a replay gives the same state. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "fold.h"

#define STEPS 4000
#define ORDERS 60
#define SEEDS 8

static uint64_t draw(uint64_t *random, uint64_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (*random >> 11) % below;
}

static void add(struct sofia_wide *sum, struct sofia_decimal value)
{
    cr_assert_eq(sofia_wide_add(*sum, sofia_wide_of(value), sum), 0);
}

/* What may still become position, by the words of the header and not by its function. */
static struct sofia_decimal still_open(const struct order *order)
{
    bool maybe_alive =
        !SOFIA_STATE_IS_TERMINAL(order->base_state) || (order->pub.doubt & SOFIA_DOUBT_PLACE) != 0;
    struct sofia_decimal whole = maybe_alive ? order->pub.qty : order->told_qty;
    struct sofia_decimal rest = sofia_decimal_of(0, 0);
    if (sofia_decimal_cmp(whole, order->pub.filled_qty) > 0) {
        cr_assert_eq(sofia_decimal_sub(whole, order->pub.filled_qty, &rest), 0);
    }
    return rest;
}

static void recount(const struct state *state, uint64_t seed, int step)
{
    for (uint32_t i = 0; i < state->ledger.position_count; i++) {
        const struct position *position = &state->ledger.positions[i];
        struct sofia_wide buy = sofia_wide_zero();
        struct sofia_wide sell = sofia_wide_zero();
        uint32_t open = 0;
        for (uint64_t id = 1; id <= ORDERS; id++) {
            const struct order *order = state_order(state, id);
            if (order == NULL || order->position != i || order->pub.branch != SOFIA_BRANCH_LIVE ||
                order_is_done(order)) {
                continue;
            }
            add(order->pub.side == SOFIA_SIDE_BUY ? &buy : &sell, still_open(order));
            open++;
        }
        cr_assert_eq(sofia_wide_cmp(position->working_buy, buy), 0, "seed %llu, step %d: buys",
                     (unsigned long long)seed, step);
        cr_assert_eq(sofia_wide_cmp(position->working_sell, sell), 0, "seed %llu, step %d: sells",
                     (unsigned long long)seed, step);
        cr_assert_eq(position->open_orders, open, "seed %llu, step %d", (unsigned long long)seed,
                     step);
    }
    uint32_t doubts = 0;
    for (const struct order *order = state->live.head; order != NULL; order = order->next) {
        doubts += order->pub.doubt != 0 ? 1u : 0u;
        cr_assert_not(order_is_done(order));
    }
    cr_assert_eq(state->doubts, doubts, "seed %llu, step %d", (unsigned long long)seed, step);
}

static int one_intent(struct fold *fold, uint64_t *random)
{
    uint64_t id = fold->state.last_order_id + 1;
    char qty[32];
    (void)snprintf(qty, sizeof(qty), "%llu.%llu", (unsigned long long)draw(random, 9) + 1,
                   (unsigned long long)draw(random, 10));
    struct record_intent intent =
        fold_intent_of(id, draw(random, 2) ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL, qty);
    intent.instrument = draw(random, 2) ? FOLD_BTC : FOLD_ETH;
    intent.strategy = draw(random, 2) ? FOLD_MAKER : FOLD_TAKER;
    intent.branch = draw(random, 5) ? SOFIA_BRANCH_LIVE : SOFIA_BRANCH_SHADOW;
    return fold_apply(fold, RECORD_INTENT, &intent, sizeof(intent));
}

static int one_fill(struct fold *fold, const struct order *order, uint64_t *random)
{
    char fill_id[32];
    char qty[32];
    char price[32];
    (void)snprintf(fill_id, sizeof(fill_id), "f%llu", (unsigned long long)draw(random, 200));
    (void)snprintf(qty, sizeof(qty), "0.%llu", (unsigned long long)draw(random, 9) + 1);
    (void)snprintf(price, sizeof(price), "%llu.37", (unsigned long long)draw(random, 100) + 50);
    struct record_fill fill =
        fold_fill_of(order->pub.order_id, order->pub.side, fill_id, qty, price);
    fill.instrument = order->pub.instrument;
    if (draw(random, 2)) {
        fill.fee = wide_of("0.0007");
        (void)snprintf(fill.fee_asset, sizeof(fill.fee_asset), "%s",
                       draw(random, 2)   ? "USDT"
                       : draw(random, 2) ? "BTC"
                                         : "BNB");
    }
    return fold_apply(fold, RECORD_FILL, &fill, sizeof(fill));
}

static int one_record(struct fold *fold, uint64_t *random)
{
    static const uint32_t told[] = {SOFIA_STATE_NEW,
                                    SOFIA_STATE_PARTIALLY_FILLED,
                                    SOFIA_STATE_FILLED,
                                    SOFIA_STATE_CANCELED,
                                    SOFIA_STATE_REJECTED,
                                    SOFIA_STATE_EXPIRED,
                                    0,
                                    SOFIA_STATE_PENDING_NEW};
    uint64_t last = fold->state.last_order_id;
    if (last == 0 || (last < ORDERS && draw(random, 20) == 0)) {
        return one_intent(fold, random);
    }
    const struct order *order = fold_order(fold, 1 + draw(random, last));
    uint64_t id = order->pub.order_id;
    char filled[32];
    switch (draw(random, 7)) {
    case 0:
        return fold_send(fold, id, draw(random, 2) ? SEND_PLACE : SEND_CANCEL);
    case 1:
        (void)snprintf(filled, sizeof(filled), "%llu", (unsigned long long)draw(random, 6));
        return fold_report(fold, id, told[draw(random, 8)], draw(random, 3) ? filled : NULL);
    case 2:
        return fold_cancel_refused(fold, id);
    case 3:
        return fold_doubt(fold, id, 1u << draw(random, 3), draw(random, 2) != 0);
    case 4:
        return draw(random, 8) ? 0 : fold_verdict(fold, RECORD_VERDICT, id);
    default:
        return one_fill(fold, order, random);
    }
}

Test(laws, working_sums_never_drift_and_a_replay_is_the_same_state)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct fold fold;
        struct state again;
        uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
        fold_init(&fold);
        for (int step = 0; step < STEPS; step++) {
            cr_assert_eq(one_record(&fold, &random), 0, "%s", error_text());
            recount(&fold.state, seed, step);
        }
        cr_assert_gt(fold.state.fill_count, 100);
        cr_assert_gt(fold.state.repeated_fills, 0);
        cr_assert_gt(fold.state.illegal_transitions, 0);
        cr_assert_gt(fold.state.done.count, 0);
        fold_replay(&fold, &again);
        fold_same(&fold.state, &again);
        state_release(&again);
        fold_release(&fold);
    }
}

/* The asset lines hold every fill once: recounted from the records. */
Test(laws, the_asset_lines_are_the_sum_of_the_fills)
{
    struct fold fold;
    uint64_t random = 4242;
    struct sofia_wide btc = sofia_wide_zero();
    struct sofia_wide fees = sofia_wide_zero();
    fold_init(&fold);
    for (int step = 0; step < STEPS; step++) {
        uint32_t fills = fold.state.fill_count;
        cr_assert_eq(one_record(&fold, &random), 0);
        const struct fold_record *last = &fold.records[fold.count - 1];
        const struct record_fill *fill = last->payload;
        if (fold.state.fill_count == fills) {
            continue;
        }
        if (fill->instrument == FOLD_BTC) {
            struct sofia_wide qty = sofia_wide_of(fill->qty);
            cr_assert_eq(fill->side == SOFIA_SIDE_BUY ? sofia_wide_add(btc, qty, &btc)
                                                      : sofia_wide_sub(btc, qty, &btc),
                         0);
        }
        if (strcmp(fill->fee_asset, "BNB") == 0) {
            cr_assert_eq(sofia_wide_add(fees, fill->fee, &fees), 0);
        }
    }
    const struct ledger *ledger = &fold.state.ledger;
    cr_assert_eq(sofia_wide_cmp(ledger_asset_find(ledger, FOLD_ACCOUNT, "BTC")->traded, btc), 0);
    cr_assert_eq(sofia_wide_cmp(ledger_asset_find(ledger, FOLD_ACCOUNT, "BNB")->fees, fees), 0);
    fold_release(&fold);
}

Test(laws, a_reserve_made_in_time_keeps_the_rows_in_place)
{
    struct fold fold;
    fold_init(&fold);
    cr_assert_eq(state_reserve(&fold.state, 1000), 0);
    uint32_t chunks = fold.state.chunk_count;
    const struct index_cell *cells = fold.state.by_id.cells;
    for (uint64_t id = 1; id <= 900; id++) {
        cr_assert_eq(fold_intent(&fold, id, SOFIA_SIDE_BUY, "1"), 0);
    }
    cr_assert_eq(fold.state.chunk_count, chunks);
    cr_assert_eq(fold.state.by_id.cells, cells);
    fold_release(&fold);
}
