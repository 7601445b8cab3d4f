/* The practice exchange in a whole engine: orders walk the same path and meet a market, and none of them leaves. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/str.h"
#include "engine/impl.h"
#include "rig.h"

static struct rig rig;

static void start(void)
{
    rig_start(&rig,
              &(struct rig_options){.makers = true,
                                    .venue = "paper",
                                    .extra_engine = "  stale: 2s\n  on_difference: accept\n"});
    rig_ready(&rig);
}

/* What the account shows is what the ledger expects, in every asset. */
static void compare(void)
{
    rig_run_ms(&rig, 1000);
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    for (uint32_t i = 0; i < ledger->asset_count; i++) {
        const struct asset *asset = &ledger->assets[i];
        struct sofia_wide expected;
        struct sofia_wide told;
        cr_assert_eq(asset_expected(asset, &expected), 0);
        cr_assert_eq(sofia_wide_add(asset->free, asset->locked, &told), 0);
        cr_assert_eq(sofia_wide_cmp(expected, told), 0, "%s differs", asset->name);
    }
    cr_assert_eq(engine_path(rig.engine)->state->doubts, 0);
    cr_assert_eq(engine_path(rig.engine)->state->illegal_transitions, 0);
    cr_assert_eq(rig_orders_at_venue(&rig), 0, "an order of practice reached the venue");
}

static void finish(void)
{
    rig_free(&rig);
}

TestSuite(paper, .init = start, .fini = finish);

static const struct asset *asset(const char *name)
{
    const struct asset *found = ledger_asset_find(&engine_path(rig.engine)->state->ledger, 1, name);
    cr_assert_not_null(found, "no %s", name);
    return found;
}

static struct sofia_wide wide(const char *text)
{
    struct sofia_wide value = sofia_wide_absent();
    cr_assert_eq(sofia_wide_parse(text, strlen(text), &value), 0);
    return value;
}

/* The best bid less `under`, on the grid of a cent. */
static void price_below_bid(const char *under, char *buf, size_t cap)
{
    const struct market *market = engine_path(rig.engine)->market;
    struct sofia_decimal less;
    struct sofia_decimal price;
    cr_assert_eq(sofia_decimal_parse(under, strlen(under), &less), 0);
    for (uint32_t i = 0; i < market->cap; i++) {
        if (market->items[i] != NULL && str_eq(market->items[i]->rules.name, "BTC/USDT")) {
            cr_assert_eq(sofia_decimal_sub(market->items[i]->bid, less, &price), 0);
            cr_assert_gt(sofia_decimal_print(price, buf, cap), 0);
        }
    }
}

Test(paper, a_market_order_is_filled_from_the_reference_and_nothing_leaves)
{
    struct command_reply reply = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "PENDING_NEW", "filled inside its own call");
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    /* 0.01 less 7.5 bps of it, on top of what was there */
    cr_assert_eq(sofia_wide_cmp(asset("BTC")->free, wide("0.5099925")), 0);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), 1);
    compare();
}

Test(paper, what_the_account_does_not_hold_is_refused)
{
    struct command_reply reply = rig_submit(&rig, "sell", "limit", "gtc", "0.03", "61000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    reply = rig_submit_on(&rig, "ETH/USDT", "sell", "limit", "gtc", "0.1", "4000");
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    compare();
}

Test(paper, a_resting_order_is_filled_when_the_market_comes_to_it)
{
    char price[SOFIA_DECIMAL_TEXT];
    price_below_bid("0", price, sizeof(price));
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "post", "0.001", price);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    for (int i = 0; i < 600 && !str_eq(rig_state(&rig, reply.order_id), "FILLED"); i++) {
        rig_run_ms(&rig, 500);
    }
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "FILLED");
    compare();
}

Test(paper, an_order_is_cancelled)
{
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(sofia_wide_cmp(asset("USDT")->locked, wide("50")), 0);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "CANCELED");
    cr_assert_eq(sofia_wide_cmp(asset("USDT")->locked, wide("0")), 0);
    compare();
}

Test(paper, the_kill_switch_reaches_an_order_on_its_way_and_one_that_rests)
{
    struct command_reply rests = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    rig_run_ms(&rig, 100);
    struct command_reply way = rig_submit(&rig, "buy", "market", "", "0.001", NULL);
    (void)kill_raise(engine_path(rig.engine)->kill, SOFIA_KILL_CANCEL);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 3000);
    cr_assert_str_eq(rig_state(&rig, way.order_id), "REJECTED");
    cr_assert_str_eq(rig_state(&rig, rests.order_id), "CANCELED");
    const struct latch *latch = state_latch(engine_path(rig.engine)->state, "all");
    cr_assert_not_null(latch);
    cr_assert_eq(latch->zero, 1, "zero is not proven");
    compare();
}

Test(paper, without_the_reference_no_order_is_taken)
{
    rig_fault(&rig, "{\"kind\":\"disconnect\"}");
    rig_run_ms(&rig, 50);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    cr_assert_neq(reply.code[0], '\0', "taken without a market");
    rig_run_ms(&rig, 10000);
    rig_ready(&rig);
    reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    compare();
}

Test(paper, after_a_restart_the_exchange_is_new_and_the_journal_says_so)
{
    struct command_reply filled = rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    struct command_reply rests = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    rig_run_ms(&rig, 100);
    struct command_reply way = rig_submit(&rig, "buy", "limit", "gtc", "0.002", "50000");
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_str_eq(rig_state(&rig, way.order_id), "UNKNOWN");
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, filled.order_id), "FILLED");
    cr_assert_str_eq(rig_state(&rig, rests.order_id), "CANCELED");
    cr_assert_str_eq(rig_state(&rig, way.order_id), "REJECTED");
    cr_assert_eq(engine_path(rig.engine)->state->fill_count, 1, "a fill was made up");
    /* It holds what the configuration says, and the ledger calls the difference a transfer nobody has proven. */
    cr_assert_eq(sofia_wide_cmp(asset("BTC")->free, wide("0.5")), 0);
    cr_assert_eq(sofia_wide_cmp(asset("BTC")->transfers, wide("-0.0099925")), 0);
    compare();
}

TestSuite(paper_connections, .fini = finish);

Test(paper_connections, one_that_gets_old_interrupts_nothing)
{
    rig_start(&rig, &(struct rig_options){.makers = true,
                                          .venue = "paper",
                                          .extra_exchange = "  stream_max_age: 5s\n"});
    rig_ready(&rig);
    struct command_reply reply = rig_submit(&rig, "buy", "limit", "gtc", "0.001", "50000");
    for (int i = 0; i < 150; i++) {
        rig_run_ms(&rig, 100);
        cr_assert(engine_path(rig.engine)->accounts[0].reconciled, "interrupted after %d ms",
                  i * 100);
    }
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    (void)rig_submit(&rig, "buy", "market", "", "0.001", NULL);
    compare();
}

Test(paper, the_order_limits_of_the_reference_hold_here_too)
{
    for (int i = 0; i < 120; i++) {
        (void)rig_submit(&rig, "buy", "limit", "ioc", "0.001", "50000"); /* it expires */
        rig_run_ms(&rig, 5);
    }
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    cr_assert_gt(sent, 50, "%llu sent", (unsigned long long)sent);
    cr_assert_lt(sent, 120, "all were sent");
    compare();
}
