/* Cost basis, fees and the two views of a fill. */
#include <criterion/criterion.h>
#include <stdio.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "fold.h"

#define BUY SOFIA_SIDE_BUY
#define SELL SOFIA_SIDE_SELL

static struct fold fold;

static void start(void)
{
    fold_init(&fold);
    ASSERT_OK(fold_intent(&fold, 1, BUY, "100"));
    ASSERT_OK(fold_intent(&fold, 2, SELL, "100"));
}

static void finish(void)
{
    fold_release(&fold);
}

TestSuite(ledger, .init = start, .fini = finish);

static const struct position *position(void)
{
    return fold_position(&fold, 1);
}

static void asset_is(const char *name, const char *traded, const char *fees)
{
    const struct asset *asset = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, name);
    cr_assert_not_null(asset, "%s", name);
    wide_is(asset->traded, traded, name);
    wide_is(asset->fees, fees, name);
}

Test(ledger, buys_add_quantity_and_cost)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "2", "100"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "1", "130"));
    wide_is(position()->qty, "3", "quantity");
    wide_is(position()->cost, "330", "cost");
    wide_is(position()->realized, "0", "realised");
    asset_is("BTC", "3", "0");
    asset_is("USDT", "-330", "0");
}

Test(ledger, a_partial_sell_releases_its_share_of_the_cost)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "2", "100"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "1", "130"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f3", "1", "150"));
    wide_is(position()->qty, "2", "quantity");
    wide_is(position()->cost, "220", "cost");
    wide_is(position()->realized, "40", "realised");
    asset_is("USDT", "-180", "0");
}

Test(ledger, thirds_are_rounded_half_even_to_18_digits)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "3", "33.333333333333"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "4", "25"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f3", "1", "100"));
    /* 199.999999999999 / 7 = 28.571428571428428571|428... */
    wide_is(position()->cost, "171.428571428570571429", "cost");
    wide_is(position()->realized, "71.428571428571571429", "realised");
}

Test(ledger, going_flat_releases_all_that_is_left)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "3", "33.333333333333"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f2", "1", "40"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f3", "1", "40"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f4", "1", "40"));
    wide_is(position()->qty, "0", "quantity");
    wide_is(position()->cost, "0", "cost of a flat position");
    wide_is(position()->realized, "20.000000000001", "realised");
}

Test(ledger, a_short_earns_what_it_sold_for_less_what_it_bought_back_for)
{
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f1", "2", "100"));
    wide_is(position()->qty, "-2", "quantity");
    wide_is(position()->cost, "-200", "cost: received, not paid");
    wide_is(position()->realized, "0", "realised while open");
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "1", "90"));
    wide_is(position()->realized, "10", "realised");
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f3", "1", "120"));
    wide_is(position()->cost, "0", "cost of a flat position");
    wide_is(position()->realized, "-10", "realised");
}

Test(ledger, a_fill_through_zero_closes_first_and_opens_with_the_rest)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "1", "100"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f2", "3", "110"));
    wide_is(position()->qty, "-2", "quantity");
    wide_is(position()->realized, "10", "realised");
    wide_is(position()->cost, "-220", "cost");
}

/* 0.006 of 0.006 held by multiplication and division would leave some 1e-16. */
Test(ledger, going_flat_leaves_no_crumb_of_rounding)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "0.003", "33.333333333333"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "0.004", "25"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f3", "0.001", "40"));
    wide_is(position()->cost, "0.171428571428570571", "cost");
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f4", "0.006", "40"));
    wide_is(position()->cost, "0", "cost of a flat position");
}

Test(ledger, a_fee_in_the_base_asset_reduces_the_position_and_not_its_cost)
{
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "2", "100", "0.002", "BTC"));
    wide_is(position()->qty, "1.998", "quantity");
    wide_is(position()->cost, "200", "cost");
    wide_is(position()->fees_quote, "0", "fees in quote");
    asset_is("BTC", "2", "0.002");
}

Test(ledger, a_position_short_of_its_base_fee_goes_flat_without_a_crumb)
{
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "1", "100", "0.001", "BTC"));
    ASSERT_OK(fold_fill(&fold, 2, SELL, "f2", "0.999", "100"));
    wide_is(position()->qty, "0", "quantity");
    wide_is(position()->cost, "0", "cost");
    wide_is(position()->realized, "-0.1", "realised: the fee was the loss");
}

Test(ledger, a_base_fee_that_makes_it_flat_leaves_no_crumb)
{
    ASSERT_OK(fold_fill(&fold, 1, SELL, "f1", "1", "100"));
    ASSERT_OK(fold_fill_fee(&fold, 2, BUY, "f2", "1.001", "90", "0.001", "BTC"));
    wide_is(position()->qty, "0", "quantity");
    wide_is(position()->cost, "0", "cost");
    wide_is(position()->realized, "9.91", "realised: 100 received, 90.09 paid");
}

Test(ledger, a_base_fee_through_zero_takes_no_cost_along)
{
    ASSERT_OK(fold_fill(&fold, 1, SELL, "f1", "1", "100"));
    ASSERT_OK(fold_fill_fee(&fold, 2, BUY, "f2", "1.001", "90", "0.002", "BTC"));
    wide_is(position()->qty, "-0.001", "quantity");
    wide_is(position()->cost, "0", "cost");
    wide_is(position()->realized, "9.91", "realised");
}

Test(ledger, a_fee_in_the_quote_asset_is_kept_apart)
{
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "2", "100", "0.2", "USDT"));
    wide_is(position()->qty, "2", "quantity");
    wide_is(position()->cost, "200", "cost");
    wide_is(position()->fees_quote, "0.2", "fees in quote");
    asset_is("USDT", "-200", "0.2");
}

Test(ledger, a_fee_in_a_third_asset_moves_that_asset_only)
{
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "2", "100", "0.0003", "BNB"));
    wide_is(position()->qty, "2", "quantity");
    wide_is(position()->fees_quote, "0", "fees in quote");
    asset_is("BNB", "0", "0.0003");
    const struct asset *bnb = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, "BNB");
    wide_is(bnb->third_fees, "0.0003", "third fees");
    const struct asset *usdt = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, "USDT");
    wide_is(usdt->third_fees, "0", "third fees of the quote asset");
}

Test(ledger, a_rebate_is_a_negative_fee)
{
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "2", "100", "-0.01", "USDT"));
    wide_is(position()->fees_quote, "-0.01", "fees in quote");
    asset_is("USDT", "-200", "-0.01");
}

Test(ledger, strategies_do_not_share_a_position)
{
    struct record_intent other = fold_intent_of(3, SELL, "1");
    other.strategy = FOLD_TAKER;
    ASSERT_OK(fold_apply(&fold, RECORD_INTENT, &other, sizeof(other)));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "2", "100"));
    ASSERT_OK(fold_fill(&fold, 3, SELL, "f2", "1", "120"));
    wide_is(position()->qty, "2", "the maker's quantity");
    wide_is(fold_position(&fold, 3)->qty, "-1", "the taker's quantity");
    asset_is("BTC", "1", "0");
}

Test(ledger, a_foreign_fill_moves_the_account_and_no_position)
{
    struct record_fill fill = fold_fill_of(0, BUY, "f9", "1", "100");
    fill.fee = wide_of("0.1");
    (void)snprintf(fill.fee_asset, sizeof(fill.fee_asset), "BNB");
    ASSERT_OK(fold_apply(&fold, RECORD_FILL, &fill, sizeof(fill)));
    asset_is("BTC", "1", "0");
    asset_is("USDT", "-100", "0");
    wide_is(position()->qty, "0", "quantity");
    const struct asset *bnb = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, "BNB");
    wide_is(bnb->third_fees, "0", "a foreign fee is not the strategies' loss");
}

Test(ledger, what_the_venue_must_show_is_baseline_trades_fees_and_transfers)
{
    struct record_baseline begin = {.account = FOLD_ACCOUNT,
                                    .what = BASELINE_START,
                                    .amount = wide_of("1000"),
                                    .asset = "USDT"};
    struct record_baseline moved = begin;
    struct sofia_wide expected;
    moved.what = BASELINE_TRANSFER;
    moved.amount = wide_of("-50.5");
    ASSERT_OK(fold_apply(&fold, RECORD_BASELINE, &begin, sizeof(begin)));
    ASSERT_OK(fold_apply(&fold, RECORD_BASELINE, &moved, sizeof(moved)));
    ASSERT_OK(fold_fill_fee(&fold, 1, BUY, "f1", "2", "100", "0.2", "USDT"));
    const struct asset *usdt = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, "USDT");
    cr_assert_eq(asset_expected(usdt, &expected), 0);
    wide_is(expected, "749.3", "expected");
    cr_assert_eq(usdt->has_baseline, 1);
}

Test(ledger, the_venues_own_figures_change_no_expectation)
{
    struct record_balance told = {.account = FOLD_ACCOUNT,
                                  .free = wide_of("7"),
                                  .locked = wide_of("3"),
                                  .expected = sofia_wide_absent(),
                                  .asset = "USDT"};
    struct sofia_wide expected;
    ASSERT_OK(fold_apply(&fold, RECORD_BALANCE, &told, sizeof(told)));
    const struct asset *usdt = ledger_asset_find(&fold.state.ledger, FOLD_ACCOUNT, "USDT");
    cr_assert_eq(asset_expected(usdt, &expected), 0);
    wide_is(expected, "0", "expected");
    wide_is(usdt->free, "7", "free");
    wide_is(usdt->locked, "3", "locked");
}

Test(ledger, a_sum_that_leaves_its_range_is_an_error_and_not_a_number)
{
    struct record_baseline huge = {.account = FOLD_ACCOUNT,
                                   .what = BASELINE_TRANSFER,
                                   .amount = wide_of("170141183460469231731687303715884105727"),
                                   .asset = "USDT"};
    ASSERT_OK(fold_apply(&fold, RECORD_BASELINE, &huge, sizeof(huge)));
    cr_assert_eq(fold_apply(&fold, RECORD_BASELINE, &huge, sizeof(huge)), ERR_LIMIT);
}
