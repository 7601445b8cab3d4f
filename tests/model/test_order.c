#include <criterion/criterion.h>
#include <string.h>

#include "base/error.h"
#include "fold.h"

/* Every pair of states, written out by hand: row = from, column = to, in the order of the numbers in <sofia/order.h>. */
static const char *const letters =
    "-nNPFcCrREDS"; /* PENDING_NEW NEW PARTIALLY_FILLED FILLED PENDING_CANCEL ... SHADOW */
static const char *const legal[SOFIA_STATE_COUNT] = {
    [SOFIA_STATE_PENDING_NEW] = "nNPFCREDS",
    [SOFIA_STATE_NEW] = "NPFCRrE",
    [SOFIA_STATE_PARTIALLY_FILLED] = "PFCrE",
    [SOFIA_STATE_FILLED] = "F",
    [SOFIA_STATE_PENDING_CANCEL] = "c",
    [SOFIA_STATE_CANCELED] = "C",
    [SOFIA_STATE_PENDING_REPLACE] = "NPFCrE",
    [SOFIA_STATE_REJECTED] = "R",
    [SOFIA_STATE_EXPIRED] = "E",
    [SOFIA_STATE_DENIED] = "D",
    [SOFIA_STATE_SHADOW] = "S",
};

Test(order, the_table_of_transitions_is_the_one_written_here)
{
    for (uint32_t from = 1; from < SOFIA_STATE_COUNT; from++) {
        for (uint32_t to = 1; to < SOFIA_STATE_COUNT; to++) {
            bool want = strchr(legal[from], letters[to]) != NULL;
            cr_assert_eq(order_transition_is_legal(from, to), want, "%s to %s",
                         order_state_name(from), order_state_name(to));
        }
    }
}

Test(order, a_state_nobody_knows_is_never_legal)
{
    cr_assert_not(order_transition_is_legal(SOFIA_STATE_COUNT, SOFIA_STATE_NEW));
    cr_assert_not(order_transition_is_legal(SOFIA_STATE_NEW, SOFIA_STATE_COUNT));
    cr_assert_not(order_transition_is_legal(UINT32_MAX, UINT32_MAX));
}

Test(order, no_terminal_state_leads_anywhere)
{
    for (uint32_t from = 1; from < SOFIA_STATE_COUNT; from++) {
        for (uint32_t to = 1; to < SOFIA_STATE_COUNT && SOFIA_STATE_IS_TERMINAL(from); to++) {
            cr_assert_eq(order_transition_is_legal(from, to), from == to, "%s to %s",
                         order_state_name(from), order_state_name(to));
        }
    }
}

Test(order, doubt_is_shown_whatever_the_state)
{
    struct order order = {.base_state = SOFIA_STATE_NEW};
    order_show(&order);
    cr_assert_str_eq(order_shown_name(&order.pub), "NEW");
    order.cancel_pending = true;
    order_show(&order);
    cr_assert_str_eq(order_shown_name(&order.pub), "PENDING_CANCEL");
    order.pub.doubt = SOFIA_DOUBT_CANCEL;
    cr_assert_str_eq(order_shown_name(&order.pub), "UNKNOWN");
}

Test(order, a_pending_cancel_is_not_shown_on_an_order_that_ended)
{
    struct order order = {.base_state = SOFIA_STATE_FILLED, .cancel_pending = true};
    order_show(&order);
    cr_assert_eq(order.pub.state, SOFIA_STATE_FILLED);
}

static struct order order_of(uint32_t state, const char *qty, const char *filled, const char *told)
{
    struct order order = {.base_state = state, .told_qty = decimal_of(told)};
    order.pub.branch = SOFIA_BRANCH_LIVE;
    order.pub.qty = decimal_of(qty);
    order.pub.filled_qty = decimal_of(filled);
    return order;
}

Test(order, the_open_quantity_of_a_live_order_is_its_rest)
{
    struct order order = order_of(SOFIA_STATE_PARTIALLY_FILLED, "10", "4", "4");
    decimal_is(order_open_qty(&order), "6", "open");
}

Test(order, an_ended_order_is_open_by_what_was_told_and_not_booked)
{
    struct order order = order_of(SOFIA_STATE_CANCELED, "10", "4", "7");
    decimal_is(order_open_qty(&order), "3", "open");
    cr_assert_not(order_is_done(&order));
    order.pub.filled_qty = decimal_of("7");
    decimal_is(order_open_qty(&order), "0", "open");
    cr_assert(order_is_done(&order));
}

Test(order, an_ended_order_whose_placement_is_in_doubt_is_open_in_full)
{
    struct order order = order_of(SOFIA_STATE_CANCELED, "10", "4", "4");
    order.pub.doubt = SOFIA_DOUBT_PLACE;
    decimal_is(order_open_qty(&order), "6", "open");
    cr_assert_not(order_is_done(&order));
}

Test(order, the_open_quantity_is_never_negative)
{
    struct order order = order_of(SOFIA_STATE_NEW, "10", "11", "11");
    decimal_is(order_open_qty(&order), "0", "open");
}

Test(order, a_shadow_order_opens_nothing)
{
    struct order order = order_of(SOFIA_STATE_NEW, "10", "0", "0");
    order.pub.branch = SOFIA_BRANCH_SHADOW;
    decimal_is(order_open_qty(&order), "0", "open");
}
