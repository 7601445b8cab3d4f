/* Scopes of the kill switch, as the journal keeps them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/error.h"
#include "fold.h"

static struct fold fold;

static void start(void)
{
    fold_init(&fold);
}

static void finish(void)
{
    fold_release(&fold);
}

TestSuite(latch, .init = start, .fini = finish);

static uint32_t level(uint32_t strategy, uint32_t instrument)
{
    const struct latch *latch = state_latch_for(&fold.state, FOLD_ACCOUNT, strategy, instrument);
    return latch == NULL ? SOFIA_KILL_CLEAR : latch->level;
}

Test(latch, all_covers_everything)
{
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_CLEAR);
    cr_assert_not(state_is_killed(&fold.state));
    ASSERT_OK(fold_kill(&fold, "all", SOFIA_KILL_CANCEL, 1));
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_CANCEL);
    cr_assert_eq(level(0, FOLD_ETH), SOFIA_KILL_CANCEL, "the operator's orders too");
    cr_assert(state_is_killed(&fold.state));
}

Test(latch, a_scope_covers_its_own_and_nothing_else)
{
    ASSERT_OK(fold_kill(&fold, "symbol:BTC/USDT", SOFIA_KILL_HOLD, 1));
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_HOLD);
    cr_assert_eq(level(FOLD_MAKER, FOLD_ETH), SOFIA_KILL_CLEAR);
    ASSERT_OK(fold_kill(&fold, "symbol:BTC/USDT", SOFIA_KILL_CLEAR, 2));
    ASSERT_OK(fold_kill(&fold, "strategy:taker", SOFIA_KILL_HOLD, 3));
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_CLEAR);
    cr_assert_eq(level(FOLD_TAKER, FOLD_BTC), SOFIA_KILL_HOLD);
    ASSERT_OK(fold_kill(&fold, "strategy:taker", SOFIA_KILL_CLEAR, 4));
    ASSERT_OK(fold_kill(&fold, "account:other", SOFIA_KILL_HOLD, 5));
    cr_assert_eq(level(FOLD_TAKER, FOLD_BTC), SOFIA_KILL_CLEAR);
    ASSERT_OK(fold_kill(&fold, "account:main", SOFIA_KILL_HOLD, 6));
    cr_assert_eq(level(FOLD_TAKER, FOLD_ETH), SOFIA_KILL_HOLD);
}

Test(latch, a_scope_nobody_understands_covers_everything)
{
    ASSERT_OK(fold_kill(&fold, "desk:berlin", SOFIA_KILL_CANCEL, 1));
    cr_assert_eq(level(FOLD_MAKER, FOLD_ETH), SOFIA_KILL_CANCEL);
}

Test(latch, the_strongest_of_several_counts)
{
    ASSERT_OK(fold_kill(&fold, "all", SOFIA_KILL_HOLD, 1));
    ASSERT_OK(fold_kill(&fold, "symbol:BTC/USDT", SOFIA_KILL_FLATTEN, 2));
    ASSERT_OK(fold_kill(&fold, "strategy:maker", SOFIA_KILL_CANCEL, 3));
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_FLATTEN);
    cr_assert_eq(level(FOLD_MAKER, FOLD_ETH), SOFIA_KILL_CANCEL);
    cr_assert_eq(level(FOLD_TAKER, FOLD_ETH), SOFIA_KILL_HOLD);
}

Test(latch, clearing_one_scope_leaves_the_others)
{
    ASSERT_OK(fold_kill(&fold, "symbol:BTC/USDT", SOFIA_KILL_CANCEL, 1));
    ASSERT_OK(fold_kill(&fold, "all", SOFIA_KILL_HOLD, 2));
    ASSERT_OK(fold_kill(&fold, "symbol:BTC/USDT", SOFIA_KILL_CLEAR, 3));
    cr_assert_eq(level(FOLD_MAKER, FOLD_BTC), SOFIA_KILL_HOLD);
    cr_assert_null(state_latch(&fold.state, "symbol:BTC/USDT"));
    cr_assert_eq(fold.state.kill_epoch, 3);
}

Test(latch, a_scope_is_kept_once_and_its_last_word_counts)
{
    ASSERT_OK(fold_kill(&fold, "symbol:ETH/USDT", SOFIA_KILL_HOLD, 1));
    ASSERT_OK(fold_kill(&fold, "all", SOFIA_KILL_HOLD, 2));
    ASSERT_OK(fold_kill(&fold, "symbol:ETH/USDT", SOFIA_KILL_CLEAR, 3));
    ASSERT_OK(
        fold_kill(&fold, "all", SOFIA_KILL_CANCEL, 4)); /* a free slot lies in front of its own */
    cr_assert_eq(state_latch(&fold.state, "all")->epoch, 4);
    ASSERT_OK(fold_kill(&fold, "all", SOFIA_KILL_CLEAR, 5));
    cr_assert_not(state_is_killed(&fold.state), "the scope was kept twice");
}

Test(latch, more_scopes_than_places_is_an_error_and_forgets_none)
{
    char scope[SOFIA_NAME_SIZE];
    for (unsigned i = 0; i < STATE_LATCHES; i++) {
        (void)snprintf(scope, sizeof(scope), "strategy:s%u", i);
        ASSERT_OK(fold_kill(&fold, scope, SOFIA_KILL_HOLD, i + 1));
    }
    cr_assert_eq(fold_kill(&fold, "all", SOFIA_KILL_CANCEL, 99), ERR_FULL);
    cr_assert_not_null(state_latch(&fold.state, "strategy:s0"));
    ASSERT_OK(fold_kill(&fold, "strategy:s31", SOFIA_KILL_CANCEL, 100));
}
