/* Records and what they do to orders. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "fold.h"

#define BUY SOFIA_SIDE_BUY

static struct fold fold;

static void start(void)
{
    fold_init(&fold);
    ASSERT_OK(fold_intent(&fold, 1, BUY, "10"));
}

static void finish(void)
{
    fold_release(&fold);
}

TestSuite(state, .init = start, .fini = finish);

static void is(uint32_t state, const char *filled, const char *working)
{
    const struct order *order = fold_order(&fold, 1);
    cr_assert_eq(order->pub.state, state, "%s instead of %s", order_state_name(order->pub.state),
                 order_state_name(state));
    decimal_is(order->pub.filled_qty, filled, "filled");
    wide_is(fold_position(&fold, 1)->working_buy, working, "working");
}

Test(state, an_intent_is_pending_and_counts_at_once)
{
    is(SOFIA_STATE_PENDING_NEW, "0", "10");
    cr_assert_eq(fold_position(&fold, 1)->open_orders, 1);
    cr_assert_eq(fold_order(&fold, 1)->send_count, 0);
    cr_assert_eq(fold.state.last_order_id, 1);
}

Test(state, a_send_is_counted_and_keeps_its_window)
{
    ASSERT_OK(fold_send(&fold, 1, SEND_PLACE));
    is(SOFIA_STATE_PENDING_NEW, "0", "10");
    cr_assert_eq(fold_order(&fold, 1)->send_count, 1);
    cr_assert_neq(fold_order(&fold, 1)->accept_until_ns, 0);
}

Test(state, denied_and_shadow_count_nothing)
{
    ASSERT_OK(fold_verdict(&fold, RECORD_VERDICT, 1));
    is(SOFIA_STATE_DENIED, "0", "0");
    struct record_intent kept = fold_intent_of(2, BUY, "5");
    kept.branch = SOFIA_BRANCH_SHADOW;
    ASSERT_OK(fold_apply(&fold, RECORD_INTENT, &kept, sizeof(kept)));
    is(SOFIA_STATE_DENIED, "0", "0");
    ASSERT_OK(fold_verdict(&fold, RECORD_SHADOW, 2));
    cr_assert_eq(fold_order(&fold, 2)->pub.state, SOFIA_STATE_SHADOW);
    cr_assert_eq(fold.state.live.count, 0);
    cr_assert_eq(fold.state.unsent.count, 2);
}

Test(state, fills_walk_an_order_to_its_end)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    is(SOFIA_STATE_NEW, "0", "10");
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    is(SOFIA_STATE_PARTIALLY_FILLED, "4", "6");
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f2", "6", "100"));
    is(SOFIA_STATE_FILLED, "10", "0");
    cr_assert(order_is_done(fold_order(&fold, 1)));
}

Test(state, a_word_alone_never_makes_an_order_filled)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_FILLED, "10"));
    is(SOFIA_STATE_NEW, "0", "10");
    cr_assert(order_fills_are_missing(fold_order(&fold, 1)));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "10", "100"));
    is(SOFIA_STATE_FILLED, "10", "0");
}

Test(state, filled_without_a_quantity_means_the_whole)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_FILLED, NULL));
    decimal_is(fold_order(&fold, 1)->told_qty, "10", "told");
}

Test(state, the_same_fill_counts_once)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    is(SOFIA_STATE_PARTIALLY_FILLED, "4", "6");
    cr_assert_eq(fold.state.repeated_fills, 1);
    wide_is(fold_position(&fold, 1)->qty, "4", "position");
    cr_assert(state_has_fill(&fold.state, FOLD_ACCOUNT, "venue-1", "f1"));
}

/* A self-trade: the venue gives both sides the same trade id. */
Test(state, a_fill_is_known_by_account_order_and_id_together)
{
    ASSERT_OK(fold_intent(&fold, 2, SOFIA_SIDE_SELL, "10"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    ASSERT_OK(fold_fill(&fold, 2, SOFIA_SIDE_SELL, "f1", "4", "100"));
    decimal_is(fold_order(&fold, 2)->pub.filled_qty, "4", "the other side");
    cr_assert_not(state_has_fill(&fold.state, FOLD_ACCOUNT + 1, "venue-1", "f1"));
    cr_assert_not(state_has_fill(&fold.state, FOLD_ACCOUNT, "venue-3", "f1"));
    cr_assert_not(state_has_fill(&fold.state, FOLD_ACCOUNT, "venue-1", "f2"));
}

Test(state, the_told_quantity_never_shrinks)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_PARTIALLY_FILLED, "6"));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_PARTIALLY_FILLED, "4"));
    decimal_is(fold_order(&fold, 1)->told_qty, "6", "told");
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_CANCELED, "4"));
    is(SOFIA_STATE_CANCELED, "0", "6");
}

Test(state, a_late_fill_after_the_cancel_is_booked_and_the_state_stays)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_CANCELED, "0"));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    is(SOFIA_STATE_CANCELED, "4", "0");
    wide_is(fold_position(&fold, 1)->qty, "4", "position");
    cr_assert_eq(fold.state.illegal_transitions, 0);
}

Test(state, an_overtaken_report_is_not_a_step_back)
{
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "4", "100"));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    is(SOFIA_STATE_PARTIALLY_FILLED, "4", "6");
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_CANCELED, "4"));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_PARTIALLY_FILLED, "4"));
    is(SOFIA_STATE_CANCELED, "4", "0");
    cr_assert_eq(fold.state.illegal_transitions, 0);
}

Test(state, an_illegal_step_is_counted_and_not_taken)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_REJECTED, NULL));
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    is(SOFIA_STATE_REJECTED, "0", "0");
    cr_assert_eq(fold.state.illegal_transitions, 1, "a rejected order that lives is loud");
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_CANCELED, NULL));
    cr_assert_eq(fold.state.illegal_transitions, 2);
    ASSERT_OK(fold_report(&fold, 1, 99, NULL));
    cr_assert_eq(fold.state.illegal_transitions, 3, "a state nobody knows");
    is(SOFIA_STATE_REJECTED, "0", "0");
}

Test(state, a_refused_cancel_leaves_the_order_alive)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    ASSERT_OK(fold_send(&fold, 1, SEND_CANCEL));
    is(SOFIA_STATE_PENDING_CANCEL, "0", "10");
    cr_assert_eq(fold_order(&fold, 1)->cancel_count, 1);
    cr_assert_eq(fold_order(&fold, 1)->send_count, 0, "a cancel is not a placement");
    ASSERT_OK(fold_cancel_refused(&fold, 1));
    is(SOFIA_STATE_NEW, "0", "10");
}

Test(state, an_order_filled_during_its_cancel_is_filled)
{
    ASSERT_OK(fold_send(&fold, 1, SEND_CANCEL));
    ASSERT_OK(fold_fill(&fold, 1, BUY, "f1", "10", "100"));
    is(SOFIA_STATE_FILLED, "10", "0");
    cr_assert_not(fold_order(&fold, 1)->cancel_pending);
}

Test(state, the_venue_id_of_an_order_does_not_change)
{
    struct record_report again = {
        .order_id = 1, .filled_qty = sofia_decimal_absent(), .venue_id = "other"};
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    ASSERT_OK(fold_apply(&fold, RECORD_REPORT, &again, sizeof(again)));
    cr_assert_str_eq(fold_order(&fold, 1)->pub.venue_id, "venue-1");
    cr_assert_eq(state_order_by_venue(&fold.state, FOLD_ACCOUNT, "venue-1"), fold_order(&fold, 1));
    cr_assert_null(state_order_by_venue(&fold.state, FOLD_ACCOUNT + 1, "venue-1"));
}

/* ---- doubt ---- */

Test(state, an_order_in_doubt_counts_in_full_until_it_is_resolved)
{
    ASSERT_OK(fold_send(&fold, 1, SEND_PLACE));
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_PLACE, true));
    cr_assert_str_eq(order_shown_name(&fold_order(&fold, 1)->pub), "UNKNOWN");
    cr_assert_eq(fold.state.doubts, 1);
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_REJECTED, NULL));
    is(SOFIA_STATE_REJECTED, "0", "10");
    cr_assert_eq(fold.state.live.count, 1, "rejected, but its placement is still in doubt");
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_PLACE, false));
    is(SOFIA_STATE_REJECTED, "0", "0");
    cr_assert_eq(fold.state.doubts, 0);
    cr_assert_eq(fold.state.live.count, 0);
}

Test(state, two_doubts_are_two_flags_and_one_order_in_doubt)
{
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_PLACE, true));
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_CANCEL, true));
    cr_assert_eq(fold.state.doubts, 1);
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_PLACE, false));
    cr_assert_eq(fold_order(&fold, 1)->pub.doubt, SOFIA_DOUBT_CANCEL);
    cr_assert_eq(fold.state.doubts, 1);
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_PLACE, false));
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_CANCEL, false));
    cr_assert_eq(fold.state.doubts, 0);
}

Test(state, a_resolved_doubt_about_a_cancel_ends_the_cancel)
{
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_NEW, "0"));
    ASSERT_OK(fold_send(&fold, 1, SEND_CANCEL));
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_CANCEL, true));
    cr_assert(fold_order(&fold, 1)->cancel_pending);
    ASSERT_OK(fold_doubt(&fold, 1, SOFIA_DOUBT_CANCEL, false));
    is(SOFIA_STATE_NEW, "0", "10");
}

/* ---- finding ---- */

Test(state, orders_are_found_by_every_name_they_have)
{
    struct record_intent asked = fold_intent_of(7, BUY, "1");
    asked.request_id = 77;
    ASSERT_OK(fold_apply(&fold, RECORD_INTENT, &asked, sizeof(asked)));
    const struct order *order = fold_order(&fold, 7);
    cr_assert_eq(state_order_by_client(&fold.state, "client-7"), order);
    cr_assert_null(state_order_by_client(&fold.state, "client-"), "a prefix is not a match");
    cr_assert_eq(state_order_by_request(&fold.state, FOLD_MAKER, 77), order);
    cr_assert_null(state_order_by_request(&fold.state, FOLD_TAKER, 77));
    cr_assert_null(state_order_by_request(&fold.state, FOLD_MAKER, 0));
    cr_assert_null(state_order(&fold.state, 8));
}

Test(state, orders_that_are_done_make_room_and_are_forgotten_everywhere)
{
    fold.state.keep = 3;
    for (uint64_t id = 10; id < 20; id++) {
        struct record_intent asked = fold_intent_of(id, BUY, "1");
        asked.request_id = id;
        ASSERT_OK(fold_apply(&fold, RECORD_INTENT, &asked, sizeof(asked)));
        ASSERT_OK(fold_report(&fold, id, SOFIA_STATE_CANCELED, "0"));
    }
    cr_assert_eq(fold.state.done.count, 3);
    cr_assert_null(state_order(&fold.state, 16));
    cr_assert_null(state_order_by_client(&fold.state, "client-16"));
    cr_assert_null(state_order_by_venue(&fold.state, FOLD_ACCOUNT, "venue-16"));
    cr_assert_null(state_order_by_request(&fold.state, FOLD_MAKER, 16));
    cr_assert_not_null(state_order(&fold.state, 17));
    cr_assert_not_null(state_order(&fold.state, 1), "a live order is never forgotten");
}

Test(state, denied_orders_evict_no_order_that_lived)
{
    fold.state.keep = 3;
    ASSERT_OK(fold_report(&fold, 1, SOFIA_STATE_CANCELED, "0"));
    for (uint64_t id = 10; id < 20; id++) {
        struct record_intent asked = fold_intent_of(id, BUY, "1");
        ASSERT_OK(fold_apply(&fold, RECORD_INTENT, &asked, sizeof(asked)));
        ASSERT_OK(fold_verdict(&fold, id % 2 == 0 ? RECORD_VERDICT : RECORD_SHADOW, id));
    }
    cr_assert_eq(fold.state.unsent.count, 3);
    cr_assert_null(state_order(&fold.state, 16));
    cr_assert_not_null(state_order(&fold.state, 17));
    cr_assert_not_null(state_order(&fold.state, 1), "it lived");
}

/* ---- what no journal of ours holds ---- */

Test(state, records_that_contradict_the_state_are_corrupt)
{
    struct record_intent strange = fold_intent_of(2, BUY, "1");
    strange.instrument = 9;
    ASSERT_CORRUPT(fold_intent(&fold, 1, BUY, "10"));
    ASSERT_CORRUPT(fold_apply(&fold, RECORD_INTENT, &strange, sizeof(strange)));
    ASSERT_CORRUPT(fold_send(&fold, 5, SEND_PLACE));
    ASSERT_CORRUPT(fold_report(&fold, 5, SOFIA_STATE_NEW, "0"));
    ASSERT_CORRUPT(fold_doubt(&fold, 5, SOFIA_DOUBT_PLACE, true));
    ASSERT_CORRUPT(fold_verdict(&fold, RECORD_VERDICT, 5));
    ASSERT_CORRUPT(fold_verdict(&fold, RECORD_SHADOW, 5));
    ASSERT_CORRUPT(fold_fill(&fold, 5, BUY, "f1", "1", "100"));
    struct record_fill elsewhere = fold_fill_of(1, BUY, "f2", "1", "100");
    elsewhere.instrument = 9;
    ASSERT_CORRUPT(fold_apply(&fold, RECORD_FILL, &elsewhere, sizeof(elsewhere)));
}

Test(state, kinds_nobody_knows_and_short_records_are_corrupt)
{
    static const uint32_t kinds[] = {0, RECORD_COUNT, 4711, UINT32_MAX};
    char bytes[4096] = {0};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        ASSERT_CORRUPT(fold_apply(&fold, kinds[i], bytes, sizeof(bytes)));
    }
    for (uint32_t kind = 1; kind < RECORD_COUNT; kind++) {
        ASSERT_CORRUPT(fold_apply(&fold, kind, bytes, 7));
    }
    ASSERT_CORRUPT(fold_apply(&fold, RECORD_MODE, bytes, sizeof(struct record_mode) - 1));
    ASSERT_OK(fold_apply(&fold, RECORD_MODE, bytes, sizeof(struct record_mode) + 8));
}

Test(state, a_record_comes_once_and_in_order)
{
    struct record_mode mode = {.branch = SOFIA_BRANCH_LIVE};
    uint64_t seq = fold.state.last_seq;
    ASSERT_CORRUPT(state_apply(&fold.state, seq, 1, RECORD_MODE, &mode, sizeof(mode)));
    ASSERT_CORRUPT(state_apply(&fold.state, seq - 1, 1, RECORD_MODE, &mode, sizeof(mode)));
    ASSERT_OK(state_apply(&fold.state, seq + 5, 1, RECORD_MODE, &mode, sizeof(mode)));
}

Test(state, the_last_mode_boot_and_day_hold)
{
    struct record_mode mode = {.branch = SOFIA_BRANCH_LIVE, .arming = ARMING_ON};
    struct record_boot boot = {.epoch = 7};
    struct record_day day = {.day_start_ns = 9};
    ASSERT_OK(fold_apply(&fold, RECORD_MODE, &mode, sizeof(mode)));
    mode.branch = SOFIA_BRANCH_SHADOW;
    ASSERT_OK(fold_apply(&fold, RECORD_MODE, &mode, sizeof(mode)));
    ASSERT_OK(fold_apply(&fold, RECORD_BOOT, &boot, sizeof(boot)));
    ASSERT_OK(fold_apply(&fold, RECORD_BOOT, &boot, sizeof(boot)));
    ASSERT_OK(fold_apply(&fold, RECORD_DAY, &day, sizeof(day)));
    cr_assert_eq(fold.state.mode.branch, SOFIA_BRANCH_SHADOW);
    cr_assert_eq(fold.state.boots, 2);
    cr_assert_eq(fold.state.boot.epoch, 7);
    cr_assert_eq(fold.state.day.day_start_ns, 9);
}
