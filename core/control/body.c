#include "control/body.h"

#include <string.h>

#include <sofia/event.h>
#include <sofia/kit/decimal.h>
#include <sofia/kit/json.h>

#include "base/status.h"
#include "safety/kill.h"

#include "base/banned.h"

enum kind { KIND_INVALID = 0, KIND_TEXT = 1, KIND_BOOL = 2, KIND_AMOUNT = 3, KIND_COUNT };

struct field {
    const char *name;
    enum kind kind;
    bool required;
    const char *example; /* as it stands in JSON */
};

/* What was read, by index of the field. */
struct value {
    bool present;
    bool wrong; /* said already */
    bool flag;
    struct sofia_decimal amount;
    char text[256];
};

#define FIELDS_MAX 12
#define TEXT_MAX 200

struct shape {
    const struct field *fields;
    uint32_t count;
    bool may_be_empty;
};

/* ---- one member ---- */

/* A key as it stands in the text becomes a JSON pointer. */
static void point_to(struct sofia_slice key, char *ret_pointer, size_t cap)
{
    size_t at = 0;
    ret_pointer[at++] = '/';
    for (size_t i = 0; i < key.len && i < 48 && at + 3 < cap; i++) {
        if (key.at[i] == '~' || key.at[i] == '/') {
            ret_pointer[at++] = '~';
            ret_pointer[at++] = key.at[i] == '~' ? '0' : '1';
        } else {
            ret_pointer[at++] = key.at[i];
        }
    }
    ret_pointer[at] = '\0';
}

static void unknown(const struct shape *shape, struct sofia_slice key, struct problem *problem)
{
    char pointer[80];
    char list[200] = "";
    point_to(key, pointer, sizeof(pointer));
    struct str_guess guess = str_guess_init(pointer + 1);
    size_t at = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        str_guess_try(&guess, shape->fields[i].name);
        (void)str_format(list + at, sizeof(list) - at, "%s%s", i == 0 ? "" : ", ",
                         shape->fields[i].name);
        at = strlen(list);
    }
    if (guess.best != NULL) {
        problem_add(problem, pointer, "unknown field; did you mean %s?", guess.best);
    } else {
        problem_add(problem, pointer, "unknown field; known are %s", list);
    }
}

/* The inside of a JSON string, without anything that could break a line of a log or end a C text early. */
static bool read_text(struct sofia_slice raw, const char *pointer, char *ret_text, size_t cap,
                      struct problem *problem)
{
    struct sofia_slice inside = {.at = raw.at + 1, .len = raw.len - 2};
    size_t len = 0;
    if (sofia_json_unescape(inside, ret_text, cap, &len) != 0) {
        problem_add(problem, pointer, "longer than %zu bytes", cap - 1);
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)ret_text[i] < 0x20 || ret_text[i] == 0x7f) {
            problem_add(problem, pointer, "control characters are not accepted");
            return false;
        }
    }
    return true;
}

static void read_amount(struct sofia_slice raw, const char *pointer, struct value *ret_value,
                        struct problem *problem)
{
    if (!read_text(raw, pointer, ret_value->text, TEXT_MAX, problem)) {
        return;
    }
    int rc = sofia_decimal_parse(ret_value->text, strlen(ret_value->text), &ret_value->amount);
    if (rc == SOFIA_KIT_ERANGE) {
        problem_add(problem, pointer, "has more digits than can be held exactly (18)");
    } else if (rc != 0) {
        problem_add(problem, pointer, "must be a plain decimal number, e.g. \"0.01\"");
    } else if (sofia_decimal_sign(ret_value->amount) <= 0) {
        problem_add(problem, pointer, "must be greater than zero");
    }
}

static void read_value(const struct field *field, uint32_t kind, struct sofia_slice raw,
                       struct value *ret_value, struct problem *problem)
{
    static const char *const wants[] = {"", "a string", "true or false", "a string"};
    char pointer[80];
    (void)str_format(pointer, sizeof(pointer), "/%s", field->name);
    if (kind == SOFIA_JSON_NULL) {
        return; /* the same as not given */
    }
    uint32_t before = problem->error_count;
    ret_value->present = true;
    if (kind != (field->kind == KIND_BOOL ? SOFIA_JSON_BOOL : SOFIA_JSON_STRING)) {
        problem_add(problem, pointer, "must be %s, e.g. %s", wants[field->kind], field->example);
    } else if (field->kind == KIND_BOOL) {
        ret_value->flag = raw.len == 4;
    } else if (field->kind == KIND_AMOUNT) {
        read_amount(raw, pointer, ret_value, problem);
    } else {
        (void)read_text(raw, pointer, ret_value->text, TEXT_MAX, problem);
    }
    ret_value->wrong = problem->error_count != before;
}

/* ---- the object ---- */

static void walk(const struct shape *shape, struct sofia_json *cur, struct value *values,
                 struct problem *problem)
{
    struct sofia_slice key;
    uint32_t seen = 0;
    while (sofia_json_next_key(cur, &key)) {
        struct sofia_slice raw = {0};
        uint32_t kind = sofia_json_peek(cur);
        uint32_t at = 0;
        if (sofia_json_raw(cur, &raw) != 0) {
            return;
        }
        while (at < shape->count && !sofia_json_is(key, shape->fields[at].name)) {
            at++;
        }
        if (at == shape->count) {
            unknown(shape, key, problem);
        } else if ((seen & (1u << at)) != 0) {
            char pointer[80];
            point_to(key, pointer, sizeof(pointer));
            problem_add(problem, pointer, "given twice");
        } else {
            seen |= 1u << at;
            read_value(&shape->fields[at], kind, raw, &values[at], problem);
        }
    }
}

static int not_json(const struct sofia_json *cur, struct problem *problem)
{
    static const struct {
        int32_t status;
        const char *text;
    } reasons[] = {{SOFIA_JSON_ESYNTAX, "not JSON"},
                   {SOFIA_JSON_EEND, "JSON that ends in the middle"},
                   {SOFIA_JSON_ETRAIL, "JSON with something behind it"},
                   {SOFIA_JSON_EDEPTH, "nested too deeply"}};
    const char *text = "not a JSON object";
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].status == cur->status) {
            text = reasons[i].text;
        }
    }
    problem->error_count = 0;
    problem_set(problem, 400, "bad_json", "the body is %s (at byte %zu)", text, cur->error_at);
    return ERR_INVALID;
}

static int read_object(const struct shape *shape, const char *bytes, size_t len,
                       struct value *values, struct problem *problem)
{
    struct sofia_json cur;
    memset(values, 0, FIELDS_MAX * sizeof(*values));
    if (len > 0) {
        sofia_json_init(&cur, bytes, len);
        (void)sofia_json_enter_object(&cur);
        walk(shape, &cur, values, problem);
        if (sofia_json_finish(&cur) != 0) {
            return not_json(&cur, problem);
        }
    } else if (!shape->may_be_empty) {
        problem_set(problem, 400, "empty_body", "a JSON object is expected, e.g. {\"%s\": %s}",
                    shape->fields[0].name, shape->fields[0].example);
        return ERR_INVALID;
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        if (shape->fields[i].required && !values[i].present) {
            char pointer[80];
            (void)str_format(pointer, sizeof(pointer), "/%s", shape->fields[i].name);
            problem_add(problem, pointer, "missing, e.g. \"%s\": %s", shape->fields[i].name,
                        shape->fields[i].example);
        }
    }
    return 0;
}

/* ---- words ---- */

struct word {
    const char *word;
    uint32_t number;
};

static uint32_t number_of(const struct value *value, const char *pointer, const struct word *words,
                          uint32_t count, struct problem *problem)
{
    char list[80] = "";
    size_t at = 0;
    struct str_guess guess = str_guess_init(value->text);
    if (!value->present || value->wrong || value->text[0] == '\0') {
        if (value->present && !value->wrong) {
            problem_add(problem, pointer, "is empty");
        }
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(value->text, words[i].word)) {
            return words[i].number;
        }
        str_guess_try(&guess, words[i].word);
        (void)str_format(list + at, sizeof(list) - at, "%s%s", i == 0 ? "" : ", ", words[i].word);
        at = strlen(list);
    }
    problem_add(problem, pointer, "must be one of %s%s%s%s", list,
                guess.best == NULL ? "" : "; did you mean ", guess.best == NULL ? "" : guess.best,
                guess.best == NULL ? "" : "?");
    return 0;
}

static void name_of(const struct value *value, const char *pointer, char *ret_name, size_t cap,
                    struct problem *problem)
{
    if (str_copy(ret_name, cap, value->text) != 0) {
        problem_add(problem, pointer, "longer than %zu bytes", cap - 1);
    }
}

static int finish(struct problem *problem)
{
    if (problem->error_count == 0) {
        return 0;
    }
    problem_set(problem, 422, "bad_field", "%u mistake%s in the body; nothing was done",
                problem->error_count, problem->error_count == 1 ? "" : "s");
    return ERR_INVALID;
}

/* ---- POST /orders ---- */

enum order_field {
    SYMBOL,
    SIDE,
    TYPE,
    QUANTITY,
    PRICE,
    TIF,
    POST_ONLY,
    REDUCE_ONLY,
    ACCOUNT,
    TAG,
    ORDER_FIELDS
};

static const struct field order_fields[ORDER_FIELDS] = {
    [SYMBOL] = {"symbol", KIND_TEXT, true, "\"BTC/USDT\""},
    [SIDE] = {"side", KIND_TEXT, true, "\"buy\""},
    [TYPE] = {"type", KIND_TEXT, true, "\"limit\""},
    [QUANTITY] = {"quantity", KIND_AMOUNT, true, "\"0.01\""},
    [PRICE] = {"price", KIND_AMOUNT, false, "\"50000\""},
    [TIF] = {"time_in_force", KIND_TEXT, false, "\"gtc\""},
    [POST_ONLY] = {"post_only", KIND_BOOL, false, "false"},
    [REDUCE_ONLY] = {"reduce_only", KIND_BOOL, false, "false"},
    [ACCOUNT] = {"account", KIND_TEXT, false, "\"binance\""},
    [TAG] = {"tag", KIND_TEXT, false, "\"hedge\""},
};

static const struct word sides[] = {{"buy", SOFIA_SIDE_BUY}, {"sell", SOFIA_SIDE_SELL}};
static const struct word types[] = {{"market", SOFIA_TYPE_MARKET}, {"limit", SOFIA_TYPE_LIMIT}};
static const struct word tifs[] = {
    {"gtc", SOFIA_TIF_GTC}, {"ioc", SOFIA_TIF_IOC}, {"fok", SOFIA_TIF_FOK}};
#define COUNT_OF(words) ((uint32_t)(sizeof(words) / sizeof((words)[0])))

/* Members that are right by themselves and wrong together. */
static void check_together(const struct value *values, struct command_order *order,
                           struct problem *problem)
{
    if (order->type == SOFIA_TYPE_MARKET) {
        if (values[PRICE].present) {
            problem_add(problem, "/price", "a market order has no price");
        }
        if (values[TIF].present) {
            problem_add(problem, "/time_in_force", "a market order has no time in force");
        }
        if (values[POST_ONLY].flag) {
            problem_add(problem, "/post_only", "a market order cannot be post-only");
        }
    } else if (order->type == SOFIA_TYPE_LIMIT) {
        if (!values[PRICE].present) {
            problem_add(problem, "/price",
                        "missing: a limit order needs one, e.g. \"price\": \"50000\"");
        }
        if (values[POST_ONLY].flag && values[TIF].present && order->tif != SOFIA_TIF_GTC) {
            problem_add(problem, "/post_only", "needs \"time_in_force\": \"gtc\"");
        }
    }
}

int body_order(const char *bytes, size_t len, struct command_order *ret_order,
               struct problem *problem)
{
    static const struct shape shape = {order_fields, ORDER_FIELDS, false};
    struct value v[FIELDS_MAX];
    memset(ret_order, 0, sizeof(*ret_order));
    int rc = read_object(&shape, bytes, len, v, problem);
    if (rc != 0) {
        return rc;
    }
    name_of(&v[SYMBOL], "/symbol", ret_order->instrument, sizeof(ret_order->instrument), problem);
    name_of(&v[ACCOUNT], "/account", ret_order->account, sizeof(ret_order->account), problem);
    name_of(&v[TAG], "/tag", ret_order->tag, sizeof(ret_order->tag), problem);
    ret_order->side = number_of(&v[SIDE], "/side", sides, COUNT_OF(sides), problem);
    ret_order->type = number_of(&v[TYPE], "/type", types, COUNT_OF(types), problem);
    ret_order->tif = number_of(&v[TIF], "/time_in_force", tifs, COUNT_OF(tifs), problem);
    ret_order->qty = v[QUANTITY].amount;
    ret_order->price = v[PRICE].present ? v[PRICE].amount : sofia_decimal_absent();
    ret_order->flags = (v[POST_ONLY].flag ? SOFIA_ORDER_POST_ONLY : 0) |
                       (v[REDUCE_ONLY].flag ? SOFIA_ORDER_REDUCE_ONLY : 0);
    if (v[SYMBOL].present && !v[SYMBOL].wrong && v[SYMBOL].text[0] == '\0') {
        problem_add(problem, "/symbol", "is empty");
    }
    check_together(v, ret_order, problem);
    if (ret_order->type == SOFIA_TYPE_LIMIT && !v[TIF].present) {
        ret_order->tif = SOFIA_TIF_GTC;
    }
    return finish(problem);
}

int body_amend(const char *bytes, size_t len, struct command_order *ret_order,
               struct problem *problem)
{
    static const struct field fields[] = {{"quantity", KIND_AMOUNT, false, "\"0.01\""},
                                          {"price", KIND_AMOUNT, false, "\"50000\""},
                                          {"tag", KIND_TEXT, false, "\"hedge\""}};
    static const struct shape shape = {fields, COUNT_OF(fields), false};
    struct value v[FIELDS_MAX];
    memset(ret_order, 0, sizeof(*ret_order));
    int rc = read_object(&shape, bytes, len, v, problem);
    if (rc != 0) {
        return rc;
    }
    ret_order->qty = v[0].present ? v[0].amount : sofia_decimal_absent();
    ret_order->price = v[1].present ? v[1].amount : sofia_decimal_absent();
    name_of(&v[2], "/tag", ret_order->tag, sizeof(ret_order->tag), problem);
    if (!v[0].present && !v[1].present) {
        problem_add(problem, "", "nothing to change: give a quantity, a price or both");
    }
    return finish(problem);
}

/* ---- kill switch and the rest ---- */

enum act_field { REASON, SCOPE, LEVEL, ACT_FIELDS };

static const struct field act_fields[ACT_FIELDS] = {
    [REASON] = {"reason", KIND_TEXT, true, "\"manual halt\""},
    [SCOPE] = {"scope", KIND_TEXT, false, "\"all\""},
    [LEVEL] = {"level", KIND_TEXT, false, "\"cancel\""},
};

static const struct word levels[] = {{"hold", SOFIA_KILL_HOLD}, {"cancel", SOFIA_KILL_CANCEL}};

static void read_reason(const struct value *value, struct command *command, struct problem *problem)
{
    name_of(value, "/reason", command->reason, sizeof(command->reason), problem);
    if (value->present && !value->wrong && strspn(value->text, " ") == strlen(value->text)) {
        problem_add(problem, "/reason", "is empty; it is kept in the journal and read later");
    }
}

static int read_act(const struct shape *shape, const char *bytes, size_t len,
                    struct command *ret_command, struct problem *problem)
{
    struct value v[FIELDS_MAX];
    memset(ret_command, 0, sizeof(*ret_command));
    int rc = read_object(shape, bytes, len, v, problem);
    if (rc != 0) {
        return rc;
    }
    read_reason(&v[REASON], ret_command, problem);
    if (v[SCOPE].present) {
        name_of(&v[SCOPE], "/scope", ret_command->kill.scope, sizeof(ret_command->kill.scope),
                problem);
    } else {
        (void)str_copy(ret_command->kill.scope, sizeof(ret_command->kill.scope), "all");
    }
    if (!kill_scope_is_valid(ret_command->kill.scope)) {
        problem_add(problem, "/scope", "must be all, account:NAME, strategy:NAME or symbol:NAME");
    }
    ret_command->kill.level =
        v[LEVEL].present ? number_of(&v[LEVEL], "/level", levels, COUNT_OF(levels), problem)
                         : SOFIA_KILL_CANCEL;
    return finish(problem);
}

int body_kill(const char *bytes, size_t len, struct command *ret_command, struct problem *problem)
{
    static const struct shape shape = {act_fields, ACT_FIELDS, false};
    return read_act(&shape, bytes, len, ret_command, problem);
}

int body_resume(const char *bytes, size_t len, struct command *ret_command, struct problem *problem)
{
    static const struct shape shape = {act_fields, LEVEL, false};
    return read_act(&shape, bytes, len, ret_command, problem);
}

int body_optional(const char *bytes, size_t len, struct command *ret_command,
                  struct problem *problem)
{
    static const struct field fields[] = {{"reason", KIND_TEXT, false, "\"cleaning up\""},
                                          {"symbol", KIND_TEXT, false, "\"BTC/USDT\""},
                                          {"account", KIND_TEXT, false, "\"binance\""}};
    static const struct shape shape = {fields, 3, true};
    struct value v[FIELDS_MAX];
    memset(ret_command, 0, sizeof(*ret_command));
    int rc = read_object(&shape, bytes, len, v, problem);
    if (rc != 0) {
        return rc;
    }
    read_reason(&v[0], ret_command, problem);
    name_of(&v[1], "/symbol", ret_command->order.instrument, sizeof(ret_command->order.instrument),
            problem);
    name_of(&v[2], "/account", ret_command->order.account, sizeof(ret_command->order.account),
            problem);
    return finish(problem);
}
