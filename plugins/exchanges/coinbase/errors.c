#include "errors.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/adapter.h>
#include <sofia/kit/json.h>

#define EDGE_WAIT_MS 60000u

/* One row: a word of the venue, what became of the request, what to do now. */
struct row {
    const char *word;
    uint32_t verdict;
    uint32_t action;
};

#define NO SOFIA_VERDICT_REJECTED     /* it looked and refused */
#define UNSEEN SOFIA_VERDICT_NOT_SENT /* it turned the request away without looking at it */
#define MAYBE SOFIA_VERDICT_IN_DOUBT

/* Reasons of a refused order. Their preview forms begin with PREVIEW_ and mean the same. */
static const struct row order_reasons[] = {
    {"UNSUPPORTED_ORDER_CONFIGURATION", NO, SOFIA_ACTION_NONE},
    {"INVALID_SIDE", NO, SOFIA_ACTION_NONE},
    {"INVALID_PRODUCT_ID", NO, SOFIA_ACTION_REFRESH},
    {"INVALID_SIZE_PRECISION", NO, SOFIA_ACTION_REFRESH},
    {"INVALID_PRICE_PRECISION", NO, SOFIA_ACTION_REFRESH},
    {"INVALID_LIMIT_PRICE", NO, SOFIA_ACTION_NONE},
    {"INVALID_REQUEST", NO, SOFIA_ACTION_NONE},
    {"INVALID_LEVERAGE", NO, SOFIA_ACTION_NONE},
    {"INVALID_MARGIN_TYPE", NO, SOFIA_ACTION_NONE},
    {"FOK_DISABLED", NO, SOFIA_ACTION_NONE},
    {"FOK_ONLY_ALLOWED_ON_LIMIT_ORDERS", NO, SOFIA_ACTION_NONE},
    {"POST_ONLY_NOT_ALLOWED_WITH_FOK", NO, SOFIA_ACTION_NONE},
    {"END_TIME_IS_IN_THE_PAST", NO, SOFIA_ACTION_NONE},
    {"END_TIME_TOO_FAR_IN_FUTURE", NO, SOFIA_ACTION_NONE},
    {"GTD_ORDERS_MUST_HAVE_END_TIME", NO, SOFIA_ACTION_NONE},
    {"PRICE_NOT_ALLOWED_FOR_MARKET_ORDERS", NO, SOFIA_ACTION_NONE},
    {"QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT", NO, SOFIA_ACTION_NONE},
    {"REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS", NO, SOFIA_ACTION_NONE},
    {"QUOTE_SIZE_NOT_ALLOWED_FOR_BRACKET", NO, SOFIA_ACTION_NONE},
    {"INVALID_BRACKET_PRICES", NO, SOFIA_ACTION_NONE},
    {"INSUFFICIENT_FUND", NO, SOFIA_ACTION_RECONCILE},
    {"INSUFFICIENT_FUNDS", NO, SOFIA_ACTION_RECONCILE},
    {"INVALID_LEDGER_BALANCE", NO, SOFIA_ACTION_RECONCILE},
    {"INVALID_LIMIT_PRICE_POST_ONLY", NO, SOFIA_ACTION_NONE},
    {"INVALID_NO_LIQUIDITY", NO, SOFIA_ACTION_NONE},
    {"LIMIT_PRICE_TOO_FAR_FROM_MARKET", NO, SOFIA_ACTION_NONE},
    {"LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY", NO, SOFIA_ACTION_NONE},
    {"LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL", NO, SOFIA_ACTION_NONE},
    {"STOP_ALREADY_TRIGGERED", NO, SOFIA_ACTION_NONE},
    {"MISSING_MARKET_TRADE_DATA", NO, SOFIA_ACTION_NONE},
    {"BREACHED_RISK_LIMIT", NO, SOFIA_ACTION_NONE},
    {"TOO_MANY_PENDING_REPLACES", NO, SOFIA_ACTION_NONE},
    {"ORDER_ENTRY_DISABLED", NO, SOFIA_ACTION_REFRESH},
    {"UNTRADABLE_PRODUCT", NO, SOFIA_ACTION_REFRESH},
    {"INELIGIBLE_PAIR", NO, SOFIA_ACTION_REFRESH},
    {"PRODUCT_TRADING_HALTED", NO, SOFIA_ACTION_REFRESH},
    {"TRADING_DISABLED", NO, SOFIA_ACTION_REFRESH},
    {"INVALID_FCM_TRADING_SESSION", NO, SOFIA_ACTION_REFRESH},
    {"GEOFENCING_RESTRICTION", NO, SOFIA_ACTION_FATAL},
    {"IN_LIQUIDATION", NO, SOFIA_ACTION_FATAL},
    /* The first copy of this very order lives; refusing the second says nothing about the first. */
    {"DUPLICATE_CLIENT_ORDER_ID", MAYBE, SOFIA_ACTION_ADOPT},
    {"ORDER_IS_PENDING_CANCEL", MAYBE, SOFIA_ACTION_ADOPT},
    {"COMMANDER_REJECTED_NEW_ORDER", MAYBE, SOFIA_ACTION_RECONCILE},
};

/* A cancel is owed until the order has ended: what may yet be done is said again by the core. */
static const struct row cancel_reasons[] = {
    {"UNKNOWN_CANCEL_ORDER", NO, SOFIA_ACTION_GONE},
    {"ORDER_IS_FULLY_FILLED", NO, SOFIA_ACTION_GONE},
    {"COMMANDER_REJECTED_CANCEL_ORDER", NO, SOFIA_ACTION_GONE},
    {"DUPLICATE_CANCEL_REQUEST", SOFIA_VERDICT_ACCEPTED, SOFIA_ACTION_NONE},
    {"ORDER_IS_BEING_REPLACED", MAYBE, SOFIA_ACTION_RECONCILE},
    {"NOT_ALLOWED_TO_CANCEL", NO, SOFIA_ACTION_NONE},
    {"INVALID_CANCEL_REQUEST", NO, SOFIA_ACTION_NONE},
    {"INVALID_CANCEL_PRODUCT_ID", NO, SOFIA_ACTION_NONE},
    {"INVALID_CANCEL_FCM_TRADING_SESSION", NO, SOFIA_ACTION_NONE},
};

static const struct row edit_reasons[] = {
    {"ORDER_NOT_FOUND", NO, SOFIA_ACTION_GONE},
    {"CALLER_ID_MISMATCH", NO, SOFIA_ACTION_NONE},
    {"ONLY_LIMIT_ORDER_EDITS_SUPPORTED", NO, SOFIA_ACTION_NONE},
    {"INVALID_EDITED_SIZE", NO, SOFIA_ACTION_NONE},
    {"INVALID_EDITED_PRICE", NO, SOFIA_ACTION_NONE},
    {"INVALID_ORIGINAL_SIZE", NO, SOFIA_ACTION_NONE},
    {"INVALID_ORIGINAL_PRICE", NO, SOFIA_ACTION_NONE},
    {"EDIT_REQUEST_EQUAL_TO_ORIGINAL_REQUEST", NO, SOFIA_ACTION_NONE},
    {"ONLY_OPEN_ORDERS_CAN_BE_EDITED", NO, SOFIA_ACTION_GONE},
    {"SIZE_IN_QUOTE_EDITS_NOT_ALLOWED", NO, SOFIA_ACTION_NONE},
    {"ORDER_IS_ALREADY_BEING_REPLACED", NO, SOFIA_ACTION_NONE},
    {"CANNOT_EDIT_TO_BELOW_FILLED_SIZE", NO, SOFIA_ACTION_GONE},
    {"CANNOT_EDIT_ORDER_PENDING_CANCEL", NO, SOFIA_ACTION_NONE},
    {"EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT", NO, SOFIA_ACTION_NONE},
    {"COMMANDER_REJECTED_EDIT_ORDER", MAYBE, SOFIA_ACTION_RECONCILE},
};

#define FIND(table, word) find((table), sizeof(table) / sizeof((table)[0]), (word))

static const struct row *find(const struct row *rows, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].word, word) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static void say(struct sofia_result *result, uint32_t verdict, uint32_t action, const char *word,
                const char *text)
{
    result->verdict = verdict;
    result->action = action;
    if (word[0] != '\0' && text[0] != '\0') {
        snprintf(result->reason, sizeof(result->reason), "%.40s: %.76s", word, text);
    } else {
        snprintf(result->reason, sizeof(result->reason), "%.110s", word[0] != '\0' ? word : text);
    }
}

/* ---- bodies ---- */

/* {"id":"rate_limit_exceeded","message":"..."} of an `errors` list: the first one counts. */
static void read_list(struct sofia_json *cur, char *word, char *text)
{
    struct sofia_slice key;

    if (sofia_json_peek(cur) != SOFIA_JSON_ARRAY) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        if (word[0] != '\0' || sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
            continue;
        }
        sofia_json_enter_object(cur);
        while (sofia_json_next_key(cur, &key)) {
            struct sofia_slice value = {0};
            if (sofia_json_peek(cur) != SOFIA_JSON_STRING) {
                continue;
            }
            sofia_json_string(cur, &value);
            if (sofia_json_is(key, "id")) {
                sofia_slice_copy(value, word, COINBASE_WORD_SIZE);
            } else if (sofia_json_is(key, "message")) {
                sofia_slice_copy(value, text, SOFIA_REASON_SIZE);
            }
        }
    }
}

/* error, message and error_details are texts in most bodies and missing in some. */
static int read_json(struct sofia_slice body, struct coinbase_refusal *refusal)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice details = {0};

    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        struct sofia_slice value = {0};
        if (sofia_json_is(key, "errors")) {
            read_list(&cur, refusal->word, refusal->text);
        } else if (sofia_json_peek(&cur) == SOFIA_JSON_STRING) {
            sofia_json_string(&cur, &value);
            if (sofia_json_is(key, "error")) {
                sofia_slice_copy(value, refusal->word, sizeof(refusal->word));
            } else if (sofia_json_is(key, "message")) {
                sofia_slice_copy(value, refusal->text, sizeof(refusal->text));
            } else if (sofia_json_is(key, "error_details")) {
                details = value;
            }
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        refusal->word[0] = refusal->text[0] = '\0';
        return 0;
    }
    if (refusal->text[0] == '\0') {
        sofia_slice_copy(details, refusal->text, sizeof(refusal->text));
    }
    return 1;
}

/* What a person can read of a text that is no JSON: its first line, if it is one. */
static void read_text(struct sofia_slice body, char *text)
{
    size_t len = 0;

    while (len < body.len && len < 60 && body.at[len] >= ' ' && body.at[len] <= '~') {
        len++;
    }
    if (len == 0) {
        snprintf(text, SOFIA_REASON_SIZE, "an empty or unreadable body");
    } else if (body.at[0] == '<') {
        snprintf(text, SOFIA_REASON_SIZE, "an HTML page");
    } else {
        snprintf(text, SOFIA_REASON_SIZE, "%.*s", (int)len, body.at);
    }
}

void coinbase_refusal_read(struct sofia_slice body, struct coinbase_refusal *ret_refusal)
{
    ret_refusal->word[0] = ret_refusal->text[0] = '\0';
    ret_refusal->is_json = (uint32_t)read_json(body, ret_refusal);
    if (!ret_refusal->is_json) {
        read_text(body, ret_refusal->text);
    }
}

/* ---- judgements ---- */

static struct row row_of_status(const struct coinbase_refusal *refusal, uint32_t asked)
{
    switch (refusal->http_status) {
    case 400:
        return (struct row){"", NO, SOFIA_ACTION_NONE};
    case 401:
        return (struct row){"", UNSEEN, SOFIA_ACTION_RESYNC_CLOCK};
    case 403: /* a page of the edge is not the venue's word on the key */
        return (struct row){"", UNSEEN,
                            refusal->is_json ? SOFIA_ACTION_FATAL : SOFIA_ACTION_BACK_OFF};
    case 404:
        if (asked == ASKED_ORDER) {
            return (struct row){"", refusal->is_json ? NO : MAYBE, SOFIA_ACTION_REFRESH};
        }
        return (struct row){"", NO, SOFIA_ACTION_GONE};
    case 429: /* presumed not placed, which is not known */
        return (struct row){"", asked == ASKED_ORDER ? MAYBE : UNSEEN, SOFIA_ACTION_BACK_OFF};
    default:
        return (struct row){"", MAYBE, SOFIA_ACTION_RECONCILE};
    }
}

void coinbase_refusal_judge(const struct coinbase_refusal *refusal, uint32_t asked,
                            struct sofia_result *ret_result)
{
    struct row row = row_of_status(refusal, asked);

    say(ret_result, row.verdict, row.action, refusal->word, refusal->text);
    ret_result->venue_code = (int32_t)refusal->http_status;
    ret_result->retry_after_ms = row.action == SOFIA_ACTION_BACK_OFF ? EDGE_WAIT_MS : 0;
}

void coinbase_reason_judge(const char *word, const char *text, struct sofia_result *ret_result)
{
    int preview = strncmp(word, "PREVIEW_", 8) == 0;
    const struct row *row = FIND(order_reasons, preview ? word + 8 : word);

    if (row != NULL) {
        say(ret_result, row->verdict, row->action, word, text);
    } else if (preview) { /* over a hundred of them exist, and each is a refusal */
        say(ret_result, NO, SOFIA_ACTION_NONE, word, text);
    } else {
        say(ret_result, MAYBE, SOFIA_ACTION_RECONCILE, word,
            text[0] != '\0' ? text : "refused without a reason");
    }
}

void coinbase_cancel_judge(const char *word, struct sofia_result *ret_result)
{
    const struct row *row = FIND(cancel_reasons, word);

    say(ret_result, row != NULL ? row->verdict : MAYBE,
        row != NULL ? row->action : SOFIA_ACTION_RECONCILE, word, "");
}

void coinbase_edit_judge(const char *word, struct sofia_result *ret_result)
{
    const struct row *row = FIND(edit_reasons, word);

    say(ret_result, row != NULL ? row->verdict : MAYBE,
        row != NULL ? row->action : SOFIA_ACTION_RECONCILE, word, "");
}
