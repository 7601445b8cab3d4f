/* Station 1, intake: is it an order at all, whose is it, and on which branch does it live? */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/str.h"
#include "order_path/path.h"

static bool refuse_shape(struct passage *passage, const char *code, const char *why)
{
    return passage_refuse(passage, STATION_INTAKE, code, "%s", why);
}

static bool check_words(struct passage *passage, const struct sofia_intent *asked)
{
    if (asked->side != SOFIA_SIDE_BUY && asked->side != SOFIA_SIDE_SELL) {
        return refuse_shape(passage, "BAD_SIDE", "side must be buy or sell");
    }
    if (asked->type == SOFIA_TYPE_MARKET) {
        if (asked->tif != 0 || (asked->flags & SOFIA_ORDER_POST_ONLY) != 0) {
            return refuse_shape(passage, "BAD_TIF", "a market order takes no time in force");
        }
    } else if (asked->type != SOFIA_TYPE_LIMIT) {
        return refuse_shape(passage, "BAD_TYPE", "type must be market or limit");
    } else if (asked->tif < SOFIA_TIF_GTC || asked->tif > SOFIA_TIF_FOK) {
        return refuse_shape(passage, "BAD_TIF", "time in force must be gtc, ioc or fok");
    }
    if ((asked->flags & SOFIA_ORDER_POST_ONLY) != 0 && asked->tif != SOFIA_TIF_GTC) {
        return refuse_shape(passage, "BAD_TIF", "post-only needs gtc");
    }
    if ((asked->flags & ~(SOFIA_ORDER_POST_ONLY | SOFIA_ORDER_REDUCE_ONLY)) != 0 ||
        asked->position_side != 0 || asked->margin_mode != 0) {
        return refuse_shape(passage, "BAD_FLAGS", "a flag or mode that is not supported");
    }
    return true;
}

static bool check_numbers(struct passage *passage, const struct sofia_intent *asked)
{
    if (sofia_decimal_sign(asked->qty) <= 0) {
        return refuse_shape(passage, "BAD_QTY", "quantity must be greater than zero");
    }
    bool priced = !sofia_decimal_is_absent(asked->price);
    if (asked->type == SOFIA_TYPE_MARKET && priced) {
        return refuse_shape(passage, "BAD_PRICE", "a market order has no price");
    }
    if (asked->type == SOFIA_TYPE_LIMIT && sofia_decimal_sign(asked->price) <= 0) {
        return refuse_shape(passage, "BAD_PRICE", "a limit order needs a price above zero");
    }
    if (!sofia_decimal_is_absent(asked->quote_qty) || !sofia_decimal_is_absent(asked->stop_price)) {
        return refuse_shape(passage, "BAD_FLAGS",
                            "quote quantity and stop price are not supported");
    }
    return true;
}

static bool refuse_amend(struct passage *passage, const char *why)
{
    return passage_refuse(passage, STATION_INTAKE, "NOT_AMENDABLE",
                          "order %llu cannot be changed: %s",
                          (unsigned long long)passage->original->pub.order_id, why);
}

/* A replacement: can its original be changed, and would that be a change? */
static bool check_original(const struct path *path, struct passage *passage,
                           const struct sofia_intent *asked)
{
    const struct order *original = passage->original;
    if (original == NULL) {
        return true;
    }
    const char *why = order_why_not_amendable(original);
    if (why != NULL) {
        return refuse_amend(passage, why);
    }
    if (!exchange_can_replace(passage->exchange)) {
        return refuse_amend(passage, "its venue changes no orders: cancel it and place another");
    }
    if (sofia_decimal_cmp(asked->qty, original->pub.filled_qty) <= 0) {
        return passage_refuse_value(passage, STATION_INTAKE, "BAD_QTY", asked->qty,
                                    original->pub.filled_qty,
                                    "the new quantity must be more than what is filled already");
    }
    if (sofia_decimal_cmp(asked->qty, original->pub.qty) == 0 &&
        sofia_decimal_cmp(asked->price, original->pub.price) == 0) {
        return refuse_shape(passage, "NOTHING_TO_CHANGE", "the order has this quantity and price");
    }
    return path->branch == SOFIA_BRANCH_LIVE || passage_is_reduction(passage) ||
           refuse_amend(passage, "trading mode is shadow, only a reduction passes");
}

/* The journaled image of what was asked. */
static void copy(struct path *path, struct passage *passage, const struct sofia_intent *asked)
{
    struct record_intent *intent = &passage->intent;
    intent->request_id = asked->request_id;
    intent->instrument = asked->instrument;
    intent->side = asked->side;
    intent->type = asked->type;
    intent->tif = asked->tif;
    intent->flags = asked->flags;
    intent->qty = asked->qty;
    intent->price = asked->price;
    intent->quote_qty = asked->quote_qty;
    intent->stop_price = asked->stop_price;
    intent->branch = passage->original == NULL ? path->branch : passage->original->pub.branch;
    (void)str_copy(intent->tag, sizeof(intent->tag), asked->tag);
}

bool station_intake(struct path *path, struct passage *passage)
{
    const struct sofia_intent *asked = &passage->asked;
    passage->item = market_item(path->market, asked->instrument);
    if (passage->item == NULL || !passage->item->declared) {
        return refuse_shape(passage, "UNKNOWN_INSTRUMENT", "no venue has declared this instrument");
    }
    copy(path, passage, asked);
    passage->intent.account = passage->item->account;
    passage->exchange = passage->item->exchange;
    path_client_id(path, passage->intent.client_id);
    if (!path->accepting) {
        return refuse_shape(passage, "NOT_READY", "the engine has not finished recovery");
    }
    return check_words(passage, asked) && check_numbers(passage, asked) &&
           check_original(path, passage, asked);
}
