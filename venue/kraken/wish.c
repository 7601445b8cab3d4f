/* An order as a client writes it, in the words of REST or of the WebSocket, into one struct. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

static const char *const types[][2] = {
    {"market", "market"},
    {"limit", "limit"},
    {"stop-loss", "stop-loss"},
    {"take-profit", "take-profit"},
    {"stop-loss-limit", "stop-loss-limit"},
    {"take-profit-limit", "take-profit-limit"},
};
static const enum vn_type engine_types[] = {
    VN_MARKET, VN_LIMIT, VN_STOP_LOSS, VN_TAKE_PROFIT, VN_STOP_LOSS_LIMIT, VN_TAKE_PROFIT_LIMIT};

/* Digits and a point, no sign, no exponent, no comma, no more decimals than the pair has. */
bool vk_decimal_read(struct vk_call *call, const char *text, int places, const char *name,
                     int64_t *ret_value)
{
    int64_t value = 0;
    text = text == NULL ? "" : text;
    size_t whole = strspn(text, "0123456789");
    size_t part = whole > 0 && text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    bool plain = whole > 0 && (text[whole] == '\0' || (part > 0 && text[whole + 1 + part] == '\0'));
    while (part > (size_t)places && text[whole + part] == '0') {
        part--; /* zeros behind the last decimal say nothing */
    }
    if (!plain || part > (size_t)places ||
        vn_fixed_parse(text, whole + (part > 0) + part, 8, &value) < 0) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", name);
        return false;
    }
    *ret_value = value;
    return true;
}

bool vk_client_id_is_legal(const char *id)
{
    size_t len = strlen(id);
    if (len == 36) {
        for (size_t i = 0; i < len; i++) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            if (dash ? id[i] != '-' : strchr("0123456789abcdefABCDEF", id[i]) == NULL) {
                return false;
            }
        }
        return true;
    }
    if (len == 32) {
        return strspn(id, "0123456789abcdefABCDEF") == len;
    }
    for (size_t i = 0; i < len; i++) {
        if (id[i] <= ' ' || id[i] >= 0x7f) {
            return false;
        }
    }
    return len >= 1 && len <= 18;
}

static bool ids_read(struct vk_call *call, const char *userref_name, struct vk_wish *wish)
{
    const char *id = vk_arg(call, "cl_ord_id");
    const char *userref = vk_arg(call, userref_name);
    if (id != NULL && userref != NULL) {
        vk_fail(call, "EGeneral:Invalid arguments");
        return false;
    }
    if (id != NULL && (!vk_client_id_is_legal(id) || wish->has_close)) {
        vk_fail(call, "EGeneral:Invalid arguments:cl_ord_id");
        return false;
    }
    wish->client_id = id;
    if (userref != NULL) {
        char *end = NULL;
        long long value = strtoll(userref, &end, 10);
        if (end == userref || *end != '\0' || value < INT32_MIN || value > INT32_MAX) {
            vk_fail(call, "EGeneral:Invalid arguments:%s", userref_name);
            return false;
        }
        wish->has_userref = true;
        wish->userref = value;
    }
    return true;
}

static bool side_read(struct vk_call *call, const char *word, const char *name,
                      struct vk_wish *wish)
{
    wish->side = word == NULL                ? (enum vn_side)0
                 : strcmp(word, "buy") == 0  ? VN_BUY
                 : strcmp(word, "sell") == 0 ? VN_SELL
                                             : (enum vn_side)0;
    if (wish->side == 0) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", name);
    }
    return wish->side != 0;
}

static bool type_read(struct vk_call *call, const char *word, const char *name,
                      struct vk_wish *wish)
{
    for (size_t i = 0; word != NULL && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i][0], word) == 0) {
            wish->type = engine_types[i];
            return true;
        }
    }
    vk_fail(call, "EGeneral:Invalid arguments:%s", name);
    return false;
}

/* "gtc", "ioc", "fok", "gtd" in the case of the surface; GTD needs an expiry and the others must not have one. */
static bool tif_read(struct vk_call *call, const char *word, const char *const *words,
                     const char *name, struct vk_wish *wish)
{
    static const enum vn_tif tifs[] = {VN_GTC, VN_IOC, VN_FOK, VN_GTC};
    size_t i = 0;
    while (word != NULL && i < 4 && strcmp(words[i], word) != 0) {
        i++;
    }
    bool good_till_date = word != NULL && i == 3;
    if (i == 4 || good_till_date != (wish->expire_ns != 0)) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", name);
        return false;
    }
    wish->tif = tifs[i];
    return true;
}

static bool stp_read(struct vk_call *call, const char *word, char between, struct vk_wish *wish)
{
    wish->stp = VN_STP_EXPIRE_TAKER;
    if (word == NULL) {
        return true;
    }
    bool known = strncmp(word, "cancel", 6) == 0 && word[6] == between;
    const char *which = known ? word + 7 : "";
    if (strcmp(which, "oldest") == 0) {
        wish->stp = VN_STP_EXPIRE_MAKER;
    } else if (strcmp(which, "both") == 0) {
        wish->stp = VN_STP_EXPIRE_BOTH;
    } else if (strcmp(which, "newest") != 0) {
        vk_fail(call, "EGeneral:Invalid arguments:%s", between == '-' ? "stptype" : "stp_type");
        return false;
    }
    return true;
}

/* ---- REST ---- */

static bool flags_read(struct vk_call *call, struct vk_wish *wish)
{
    const char *at = vk_arg(call, "oflags");
    while (at != NULL && *at != '\0') {
        size_t n = strcspn(at, ",");
        char flag[8] = "";
        memcpy(flag, at, n < sizeof(flag) ? n : sizeof(flag) - 1);
        if (strcmp(flag, "post") == 0) {
            wish->post = true;
        } else if (strcmp(flag, "fcib") == 0) {
            wish->fee_base = true;
        } else if (strcmp(flag, "fciq") == 0) {
            wish->fee_quote = true;
        } else if (strcmp(flag, "viqc") == 0) {
            wish->quote_qty = 1; /* the volume, once it is read */
        } else if (strcmp(flag, "nompp") != 0) {
            vk_fail(call, "EGeneral:Invalid arguments:oflags");
            return false;
        }
        at += n + (at[n] == ',');
    }
    bool odd = (wish->fee_base && wish->fee_quote) || (wish->post && wish->type != VN_LIMIT) ||
               (wish->quote_qty != 0 && (wish->type != VN_MARKET || wish->side != VN_BUY));
    if (odd) {
        vk_fail(call, "EGeneral:Invalid arguments:oflags");
    }
    return !odd;
}

bool vk_deadline_read(struct vk_call *call, const char *text, int64_t *ret_deadline_ns)
{
    if (text == NULL) {
        *ret_deadline_ns = call->ws == NULL ? 0 : call->now_ns + 5 * VN_SECOND;
        return true;
    }
    int64_t at_ns = vk_time_read(text);
    int64_t left_ns = at_ns - vn_server_ns(call->v, call->now_ns);
    int64_t least_ns = call->ws == NULL ? 2 * VN_SECOND : 500 * VN_MS;
    if (at_ns >= 0 && left_ns < 0) {
        vk_fail(call, "EService:Deadline elapsed");
        return false;
    }
    if (at_ns < 0 || left_ns > 60 * VN_SECOND || (left_ns < least_ns && !call->held)) {
        vk_fail(call, "EGeneral:Invalid arguments:deadline");
        return false;
    }
    *ret_deadline_ns = call->now_ns + left_ns;
    return true;
}

/* "0", unix seconds or "+seconds": at least 5 s ahead, at most a month. */
static bool expire_read(struct vk_call *call, const char *text, struct vk_wish *wish)
{
    int64_t seconds = 0;
    bool from_now = text != NULL && text[0] == '+';
    if (text == NULL || strcmp(text, "0") == 0) {
        return true;
    }
    if (vn_fixed_parse(text + from_now, strlen(text) - from_now, 0, &seconds) < 0 ||
        seconds > INT64_MAX / VN_SECOND / 2) {
        vk_fail(call, "EGeneral:Invalid arguments:expiretm");
        return false;
    }
    int64_t at_ns = from_now ? call->now_ns + seconds * VN_SECOND
                             : seconds * VN_SECOND - vn_server_ns(call->v, 0);
    int64_t left_ns = at_ns - call->now_ns;
    if (left_ns < 5 * VN_SECOND || left_ns > 31 * 86400 * VN_SECOND) {
        vk_fail(call, "EGeneral:Invalid arguments:expiretm");
        return false;
    }
    wish->expire_ns = at_ns;
    return true;
}

static bool has_price(enum vn_type type)
{
    return type == VN_LIMIT || type == VN_STOP_LOSS_LIMIT || type == VN_TAKE_PROFIT_LIMIT;
}

static bool has_trigger(enum vn_type type)
{
    return type != VN_LIMIT && type != VN_MARKET;
}

static bool prices_read(struct vk_call *call, struct vk_wish *wish)
{
    int places = vk_price_places(wish->symbol);
    const char *price = vk_arg(call, "price");
    const char *price2 = vk_arg(call, "price2");
    if (has_trigger(wish->type)) {
        return vk_decimal_read(call, price, places, "price", &wish->trigger) &&
               (!has_price(wish->type) ||
                vk_decimal_read(call, price2, places, "price2", &wish->price));
    }
    if (wish->type == VN_LIMIT) {
        return vk_decimal_read(call, price, places, "price", &wish->price);
    }
    return true;
}

static bool volume_read(struct vk_call *call, struct vk_wish *wish)
{
    const char *text = vk_arg(call, "volume");
    if (wish->quote_qty != 0) {
        int64_t quote = 0;
        if (!vk_decimal_read(call, text, wish->symbol->quote->places, "volume", &quote)) {
            return false;
        }
        wish->quote_qty = vn_amount_of(quote, 8);
        return true;
    }
    return vk_decimal_read(call, text, vk_qty_places(wish->symbol), "volume", &wish->qty);
}

static bool has_closing_order(const struct vk_call *call)
{
    const struct vn_params *form = &call->args.form;
    for (int i = 0; i < form->count; i++) {
        if (strncmp(form->items[i].name, "close[", 6) == 0) {
            return true;
        }
    }
    return call->args.json != NULL && vn_json_get(call->args.json, "close") != NULL;
}

bool vk_wish_read_rest(struct vk_call *call, struct vk_wish *ret_wish)
{
    static const char *const tifs[] = {"GTC", "IOC", "FOK", "GTD"};
    struct vk_wish *wish = ret_wish;
    memset(wish, 0, sizeof(*wish));
    wish->tif = VN_GTC;
    wish->has_close = has_closing_order(call);
    if (vk_arg(call, "leverage") != NULL || vk_arg_bool(call, "reduce_only", false)) {
        vk_fail(call, "EOrder:Insufficient margin");
        return false;
    }
    if (wish->has_close && vk_arg(call, "cl_ord_id") == NULL) {
        vk_fail(call, "EGeneral:Invalid arguments:close"); /* templates are not practised here */
        return false;
    }
    if (!type_read(call, vk_arg(call, "ordertype"), "ordertype", wish) ||
        !side_read(call, vk_arg(call, "type"), "type", wish) || !ids_read(call, "userref", wish)) {
        return false;
    }
    wish->symbol = vk_arg_pair(call);
    const char *tif = vk_arg(call, "timeinforce");
    wish->validate = vk_arg_bool(call, "validate", false);
    return wish->symbol != NULL && flags_read(call, wish) && volume_read(call, wish) &&
           prices_read(call, wish) && expire_read(call, vk_arg(call, "expiretm"), wish) &&
           tif_read(call, tif == NULL && wish->expire_ns != 0 ? "GTD" : tif, tifs, "timeinforce",
                    wish) &&
           stp_read(call, vk_arg(call, "stptype"), '-', wish) &&
           vk_deadline_read(call, vk_arg(call, "deadline"), &wish->deadline_ns);
}

/* ---- WebSocket ---- */

#define ORDER_FIELDS                                                                               \
    " order_type side order_qty symbol limit_price limit_price_type triggers time_in_force "       \
    "margin "                                                                                      \
    "post_only reduce_only effective_time expire_time deadline cl_ord_id order_userref "           \
    "conditional display_qty fee_preference no_mpp stp_type cash_order_qty validate "              \
    "sender_sub_id token "

static bool fields_are_known(struct vk_call *call)
{
    for (const struct vn_json *m = call->args.json->child; m != NULL; m = m->next) {
        size_t len = strlen(m->name);
        bool known = false;
        for (const char *at = ORDER_FIELDS; len > 0 && (at = strstr(at, m->name)) != NULL; at++) {
            known = known || (at[-1] == ' ' && at[len] == ' ');
        }
        if (!known) {
            vk_fail(call, "Unsupported field: '%.100s' for the given msg type: add order", m->name);
            return false;
        }
    }
    return true;
}

/* A JSON number; its token, never a double. */
static bool number_read(struct vk_call *call, const struct vn_json *from, const char *name,
                        int places, int64_t *ret_value)
{
    const struct vn_json *member = vn_json_get(from, name);
    bool number = member != NULL && member->kind == VN_JSON_NUMBER;
    return vk_decimal_read(call, number ? member->text : NULL, places, name, ret_value);
}

static bool ws_prices_read(struct vk_call *call, struct vk_wish *wish)
{
    int places = vk_price_places(wish->symbol);
    const struct vn_json *triggers = vn_json_get(call->args.json, "triggers");
    if (has_trigger(wish->type) && !number_read(call, triggers, "price", places, &wish->trigger)) {
        return false;
    }
    return !has_price(wish->type) ||
           number_read(call, call->args.json, "limit_price", places, &wish->price);
}

static bool ws_quantity_read(struct vk_call *call, struct vk_wish *wish)
{
    if (vn_json_get(call->args.json, "cash_order_qty") == NULL) {
        return number_read(call, call->args.json, "order_qty", vk_qty_places(wish->symbol),
                           &wish->qty);
    }
    int64_t quote = 0;
    if (wish->type != VN_MARKET || wish->side != VN_BUY) {
        vk_fail(call, "EGeneral:Invalid arguments:cash_order_qty");
        return false;
    }
    if (!number_read(call, call->args.json, "cash_order_qty", wish->symbol->quote->places,
                     &quote)) {
        return false;
    }
    wish->quote_qty = vn_amount_of(quote, 8);
    return true;
}

static bool ws_flags_read(struct vk_call *call, struct vk_wish *wish)
{
    const char *fee = vk_arg(call, "fee_preference");
    wish->post = vk_arg_bool(call, "post_only", false);
    wish->fee_base = fee != NULL && strcmp(fee, "base") == 0;
    wish->fee_quote = fee != NULL && strcmp(fee, "quote") == 0;
    if (fee != NULL && !wish->fee_base && !wish->fee_quote) {
        vk_fail(call, "EGeneral:Invalid arguments:fee_preference");
        return false;
    }
    if (wish->post && wish->type != VN_LIMIT) {
        vk_fail(call, "EGeneral:Invalid arguments:post_only");
        return false;
    }
    const char *expire = vk_arg(call, "expire_time");
    if (expire != NULL) {
        int64_t at_ns = vk_time_read(expire);
        int64_t left_ns = at_ns - vn_server_ns(call->v, call->now_ns);
        if (at_ns < 0 || left_ns < 5 * VN_SECOND || left_ns > 31 * 86400 * VN_SECOND) {
            vk_fail(call, "EGeneral:Invalid arguments:expire_time");
            return false;
        }
        wish->expire_ns = call->now_ns + left_ns;
    }
    return true;
}

bool vk_wish_read_ws(struct vk_call *call, struct vk_wish *ret_wish)
{
    static const char *const tifs[] = {"gtc", "ioc", "fok", "gtd"};
    struct vk_wish *wish = ret_wish;
    memset(wish, 0, sizeof(*wish));
    wish->tif = VN_GTC;
    const char *name = vk_arg(call, "symbol");
    if (!fields_are_known(call)) {
        return false;
    }
    if (vk_arg_bool(call, "margin", false) || vk_arg_bool(call, "reduce_only", false)) {
        vk_fail(call, "EOrder:Insufficient margin");
        return false;
    }
    wish->symbol = name == NULL ? NULL : vk_pair_read_v2(call->v, name);
    if (wish->symbol == NULL) {
        vk_fail(call, "Currency pair not supported %.100s", name == NULL ? "" : name);
        return false;
    }
    wish->has_close = vn_json_get(call->args.json, "conditional") != NULL;
    wish->validate = vk_arg_bool(call, "validate", false);
    return type_read(call, vk_arg(call, "order_type"), "order_type", wish) &&
           side_read(call, vk_arg(call, "side"), "side", wish) &&
           ids_read(call, "order_userref", wish) && ws_flags_read(call, wish) &&
           ws_quantity_read(call, wish) && ws_prices_read(call, wish) &&
           tif_read(call, vk_arg(call, "time_in_force"), tifs, "time_in_force", wish) &&
           stp_read(call, vk_arg(call, "stp_type"), '_', wish) &&
           vk_deadline_read(call, vk_arg(call, "deadline"), &wish->deadline_ns);
}
