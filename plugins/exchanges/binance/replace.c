/* Answers to changes of an order.
 *
 *     amend/keepPriority   the same order, smaller                 --> one report under its new client id
 *     cancelReplace        two legs, each with an end of its own   --> a report of each that took effect
 *
 * A cancel-replace that failed says in its body what became of either leg. Only what both legs say for certain is a refusal.
 */
#include <stdio.h>
#include <string.h>

#include "binance.h"
#include "orders.h"

/* ---- amend ---- */

void binance_amend_answer(struct binance *b, const struct sofia_answer *answer,
                          struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct binance_order_fields fields = {0};
    int64_t time_ms = 0;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "transactTime")) {
            sofia_json_i64(&cur, &time_ms);
        } else if (sofia_json_is(key, "amendedOrder")) {
            binance_order_read(&cur, &fields);
        }
    }
    if (sofia_json_finish(&cur) != 0 || fields.new_id[0] == '\0') {
        sofia_result_doubt(ret_result, "the answer is not a whole order");
        return;
    }
    fields.time_ms = time_ms;
    sofia_result_accept(ret_result);
    sofia_result_emitted(binance_order_emit(b, &fields, SOFIA_REPORT_ANSWER, fields.new_id),
                         ret_result);
}

/* ---- cancel-replace ---- */

struct legs {
    struct sofia_slice cancel_result; /* SUCCESS, FAILURE */
    struct sofia_slice order_result;  /* ... NOT_ATTEMPTED */
    struct sofia_slice cancel;        /* raw: an order or an error */
    struct sofia_slice order;
};

/* The legs stand in the answer itself, or in the data of a refusal. */
static void read_legs(struct sofia_json *cur, struct legs *ret_legs)
{
    struct sofia_slice key;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "data")) {
            read_legs(cur, ret_legs);
        } else if (sofia_json_is(key, "cancelResult")) {
            sofia_json_string(cur, &ret_legs->cancel_result);
        } else if (sofia_json_is(key, "newOrderResult")) {
            sofia_json_string(cur, &ret_legs->order_result);
        } else if (sofia_json_is(key, "cancelResponse")) {
            sofia_json_raw(cur, &ret_legs->cancel);
        } else if (sofia_json_is(key, "newOrderResponse")) {
            sofia_json_raw(cur, &ret_legs->order);
        }
    }
}

/* An order that a leg shows; its reports follow. */
static int emit_leg(struct binance *b, struct sofia_slice leg)
{
    struct sofia_json cur;
    struct binance_order_fields fields;

    sofia_json_init(&cur, leg.at, leg.len);
    binance_order_read(&cur, &fields);
    if (sofia_json_finish(&cur) != 0 || fields.client_id[0] == '\0') {
        return SOFIA_EPARSE;
    }
    return binance_order_emit(b, &fields, SOFIA_REPORT_ANSWER, NULL);
}

static void refuse_leg(struct binance *b, const struct sofia_answer *answer, struct sofia_slice leg,
                       int cancelled, struct sofia_result *ret_result)
{
    struct binance_refusal refusal = {.http_status = answer->http_status};
    static const char gone[] = "cancelled, not replaced: ";
    char why[SOFIA_REASON_SIZE - sizeof(gone)];

    binance_parse_error(b, leg, &refusal);
    binance_refuse(b, &refusal, ret_result);
    if (cancelled) {
        snprintf(why, sizeof(why), "%.*s", (int)sizeof(why) - 1, ret_result->reason);
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%s%s", gone, why);
    }
}

void binance_replace_answer(struct binance *b, const struct sofia_answer *answer,
                            struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct legs legs = {0};

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    read_legs(&cur, &legs);
    int cancelled = sofia_slice_is(legs.cancel_result, "SUCCESS");
    int placed = sofia_slice_is(legs.order_result, "SUCCESS");
    if (sofia_json_finish(&cur) != 0 || legs.cancel_result.len == 0 || legs.order_result.len == 0 ||
        (placed && !cancelled)) {
        sofia_result_doubt(ret_result, "the answer does not say what became of both orders");
        return;
    }
    int status = cancelled ? emit_leg(b, legs.cancel) : SOFIA_OK;
    if (placed) {
        int order = emit_leg(b, legs.order);
        status = status != SOFIA_OK ? status : order;
    }
    if (status == SOFIA_EPARSE) {
        sofia_result_doubt(ret_result, "the answer does not show whole orders");
        return;
    }
    if (placed) {
        sofia_result_accept(ret_result);
    } else {
        refuse_leg(b, answer, cancelled ? legs.order : legs.cancel, cancelled, ret_result);
    }
    sofia_result_emitted(status, ret_result);
}
