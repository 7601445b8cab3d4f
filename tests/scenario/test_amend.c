/* Changing a live order, end to end: what lives at the venue, what counts meanwhile, and what a crash leaves. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "rig.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.02", "55000"
#define SMALLER "/api/v3/order/amend/keepPriority"
#define REPLACE "/api/v3/order/cancelReplace"
#define FAULT(kind, path) "{\"kind\":\"" kind "\",\"match\":{\"path\":\"" path "\"},\"count\":1}"

static struct rig rig;

static void start(void)
{
    rig_start(&rig, &(struct rig_options){.makers = true});
    rig_ready(&rig);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(amend, .init = start, .fini = finish);

static struct sofia_decimal number(const char *text)
{
    struct sofia_decimal value;
    cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    return value;
}

static void must_be(uint64_t order_id, const char *state, const char *qty, const char *price)
{
    const struct order *order = rig_order(&rig, order_id);
    cr_assert_str_eq(rig_state(&rig, order_id), state);
    cr_assert_eq(sofia_decimal_cmp(order->pub.qty, number(qty)), 0, "quantity");
    cr_assert_eq(sofia_decimal_cmp(order->pub.price, number(price)), 0, "price");
}

static void must_count(const char *qty)
{
    char shown[SOFIA_DECIMAL_TEXT] = "?";
    const struct ledger *ledger = &engine_path(rig.engine)->state->ledger;
    (void)sofia_wide_print(ledger->positions[0].working_buy, shown, sizeof(shown));
    cr_assert_eq(sofia_wide_cmp(ledger->positions[0].working_buy, sofia_wide_of(number(qty))), 0,
                 "working: %s, not %s", shown, qty);
}

/* Executed at once; the answer comes late and the stream says nothing meanwhile. */
static void slow(const char *path)
{
    char fault[160];
    (void)snprintf(fault, sizeof(fault),
                   "{\"kind\":\"delay\",\"ms\":300,\"match\":{\"path\":\"%s\"},\"count\":1}", path);
    rig_fault(&rig, fault);
    rig_fault(&rig, "{\"kind\":\"mute_user\",\"ms\":250}");
}

static uint64_t resting(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    return reply.order_id;
}

static uint64_t amend(uint64_t order_id, const char *qty, const char *price)
{
    struct command_reply reply = rig_amend(&rig, order_id, qty, price);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s: %s", reply.code, reply.text);
    return reply.order_id;
}

Test(amend, a_smaller_quantity_changes_the_same_order_at_the_venue)
{
    uint64_t original = resting();
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    must_be(smaller, "NEW", "0.01", "55000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
    cr_assert_str_eq(rig_order(&rig, smaller)->pub.venue_id,
                     rig_order(&rig, original)->pub.venue_id);
    must_count("0.01");
}

Test(amend, a_new_price_is_a_new_order_and_the_old_one_is_gone)
{
    uint64_t original = resting();
    uint64_t moved = amend(original, NULL, "54000");
    rig_run_ms(&rig, 200);
    must_be(moved, "NEW", "0.02", "54000");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_orders_at_venue(&rig), 2);
    cr_assert_eq(rig_open_at_venue(&rig), 1);
    must_count("0.02");
}

Test(amend, price_and_a_larger_quantity_go_together)
{
    uint64_t original = resting();
    uint64_t larger = amend(original, "0.03", "54500");
    must_count("0.03"); /* before the venue has answered: the larger of the two */
    rig_run_ms(&rig, 200);
    must_be(larger, "NEW", "0.03", "54500");
    must_count("0.03");
}

Test(amend, while_it_is_under_way_the_larger_quantity_counts)
{
    uint64_t original = resting();
    slow(SMALLER);
    uint64_t smaller = amend(original, "0.005", NULL);
    rig_run_ms(&rig, 50);
    cr_assert_str_eq(rig_state(&rig, original), "PENDING_REPLACE");
    cr_assert_str_eq(rig_state(&rig, smaller), "PENDING_NEW");
    must_count("0.02");
    rig_run_ms(&rig, 500);
    must_be(smaller, "NEW", "0.005", "55000");
    must_count("0.005");
}

Test(amend, a_refusal_of_the_venue_leaves_the_original_live)
{
    uint64_t original = resting();
    rig_fault(&rig, "{\"kind\":\"error\",\"status\":400,\"code\":-2038,\"execute\":false,\"match\":"
                    "{\"path\":\"" SMALLER "\"},\"count\":1}");
    uint64_t smaller = amend(original, "0.01", NULL);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, smaller), "REJECTED");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
    amend(original, "0.01", NULL); /* and it may be tried again */
    rig_run_ms(&rig, 200);
    must_count("0.01");
}

Test(amend, a_new_price_that_the_venue_refuses_leaves_what_the_venue_says)
{
    uint64_t original = rig_submit(&rig, "buy", "limit", "post", "0.02", "55000").order_id;
    rig_run_ms(&rig, 100);
    struct command_reply reply = rig_amend(&rig, original, NULL, "61000"); /* would take */
    rig_run_ms(&rig, 300);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_str_eq(rig_state(&rig, original), "CANCELED");
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    must_count("0");
}

static void must_refuse(uint64_t order_id, const char *qty, const char *price, const char *code)
{
    uint64_t sent = rig_sent(&rig, SOFIA_CLASS_TRADE);
    struct command_reply reply = rig_amend(&rig, order_id, qty, price);
    cr_assert_eq(reply.status, 0);
    cr_assert_str_eq(reply.code, code, "%s: %s", reply.code, reply.text);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), sent);
}

Test(amend, what_is_no_change_or_breaks_a_rule_is_refused_and_the_original_lives)
{
    uint64_t original = resting();
    must_refuse(original, NULL, NULL, "NOTHING_TO_CHANGE");
    must_refuse(original, "0.02", "55000.00", "NOTHING_TO_CHANGE");
    must_refuse(original, "0", NULL, "BAD_QTY");
    must_refuse(original, "0.0100001", NULL, "QTY_LOT");
    must_refuse(original, NULL, "55000.001", "PRICE_TICK");
    must_refuse(original, "10000", NULL, "QTY_RANGE");
    must_be(original, "NEW", "0.02", "55000");
    must_count("0.02");
    cr_assert_eq(rig_amend(&rig, 4711, "1", NULL).status, ERR_NOT_FOUND);
    rig_cancel(&rig, original);
    rig_run_ms(&rig, 200);
    must_refuse(original, "0.01", NULL, "NOT_AMENDABLE");
}

Test(amend, a_second_change_waits_until_the_first_is_decided)
{
    uint64_t original = resting();
    slow(SMALLER);
    uint64_t first = amend(original, "0.01", NULL);
    must_refuse(original, "0.005", NULL, "NOT_AMENDABLE");
    must_refuse(first, "0.005", NULL, "NOT_AMENDABLE");
    rig_run_ms(&rig, 500);
    uint64_t second = amend(first, "0.005", NULL);
    rig_run_ms(&rig, 200);
    must_be(second, "NEW", "0.005", "55000");
}
