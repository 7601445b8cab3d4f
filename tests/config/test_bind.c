#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "fixture.h"

TestSuite(bind, .fini = fixture_remove);

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "doc", __VA_ARGS__                             \
    }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct sofia_option peg_columns[] = {
    OPTION(.name = "asset", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "to", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "band_bps", .type = SOFIA_OPTION_INT, .default_text = "100", .max_text = "1000"),
};

static const struct sofia_option cap_columns[] = {
    OPTION(.name = "asset", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "max", .type = SOFIA_OPTION_DECIMAL, .flags = SOFIA_OPTION_REQUIRED),
};

static const struct sofia_option table[] = {
    OPTION(.name = "symbol", .type = SOFIA_OPTION_TEXT, .default_text = "BTC/USDT"),
    OPTION(.name = "levels", .type = SOFIA_OPTION_INT, .default_text = "3", .min_text = "1",
           .max_text = "1_000"),
    OPTION(.name = "size", .type = SOFIA_OPTION_DECIMAL, .unit = "BTC", .default_text = "0.001",
           .min_text = "0.0001", .max_text = "2.5"),
    OPTION(.name = "cap", .type = SOFIA_OPTION_DECIMAL, .default_text = ""),
    OPTION(.name = "refresh", .type = SOFIA_OPTION_DURATION, .default_text = "250ms",
           .min_text = "10ms", .max_text = "1h"),
    OPTION(.name = "post_only", .type = SOFIA_OPTION_BOOL, .default_text = "true"),
    OPTION(.name = "on_stop", .type = SOFIA_OPTION_CHOICE, .default_text = "cancel",
           .choices = "cancel|keep|OFF"),
    OPTION(.name = "token", .type = SOFIA_OPTION_SECRET, .default_text = ""),
    OPTION(.name = "assets", .type = SOFIA_OPTION_LIST, .default_text = "BTC, USDT",
           .max_text = "3"),
    OPTION(.name = "pegs", .type = SOFIA_OPTION_ROWS, .rows = peg_columns, .row_count = 3),
    OPTION(.name = "caps", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = cap_columns,
           .row_count = 2, .max_text = "2"),
};

static const struct config_bound *bind(const char *options)
{
    return fixture_bind(options, table, COUNT(table));
}

static const struct config_bound *bind_good(const char *options)
{
    const struct config_bound *bound = bind(options);

    expect_problems("");
    cr_assert_not_null(bound);
    return bound;
}

/* Options in one line: its first character is column 11. */
static void expect_bad(const char *options, const char *problem)
{
    char file[512];
    char expected[1024];

    snprintf(file, sizeof(file), "options: {%s}\n", options);
    snprintf(expected, sizeof(expected), "conf.d/10-t.yaml:4:%s\n", problem);
    cr_assert_null(bind(file));
    expect_problems(expected);
}

static void check_decimal(const struct config_bound *bound, const char *name, const char *expected)
{
    struct sofia_decimal value;
    char text[SOFIA_DECIMAL_TEXT];

    cr_assert_eq(config_get_decimal(bound, name, &value), 0);
    cr_assert_gt(sofia_decimal_print(value, text, sizeof(text)), 0);
    cr_assert_str_eq(text, expected);
}

static int64_t int_of(const struct config_bound *bound, const char *name)
{
    int64_t value = 0;

    cr_assert_eq(config_get_int(bound, name, &value), 0);
    return value;
}

static int64_t ns_of(const struct config_bound *bound, const char *name)
{
    int64_t value = 0;

    cr_assert_eq(config_get_duration_ns(bound, name, &value), 0);
    return value;
}

static const char *text_of(const struct config_bound *bound, const char *name)
{
    const char *value = NULL;

    cr_assert_eq(config_get_text(bound, name, &value), 0);
    return value;
}

Test(bind, without_options_everything_is_default)
{
    static const char *const nothing[] = {"", "options:\n", "options: {}\n"};

    for (size_t i = 0; i < COUNT(nothing); i++) {
        const struct config_bound *bound = bind_good(nothing[i]);
        bool flag = false;
        size_t count = 9;
        struct sofia_decimal cap;

        cr_assert_str_eq(text_of(bound, "symbol"), "BTC/USDT");
        cr_assert_eq(int_of(bound, "levels"), 3);
        check_decimal(bound, "size", "0.001");
        cr_assert_eq(config_get_decimal(bound, "cap", &cap), 0);
        cr_assert(sofia_decimal_is_absent(cap));
        cr_assert_eq(ns_of(bound, "refresh"), 250000000);
        cr_assert_eq(config_get_bool(bound, "post_only", &flag), 0);
        cr_assert(flag);
        cr_assert_str_eq(text_of(bound, "on_stop"), "cancel");
        cr_assert_eq(config_get_count(bound, "assets", &count), 0);
        cr_assert_eq(count, 2);
        cr_assert_eq(config_get_count(bound, "pegs", &count), 0);
        cr_assert_eq(count, 0);
        cr_assert_eq(config_find(bound, "levels")->origin.kind, CONFIG_FROM_DEFAULT);
        cr_assert_not(config_find(bound, "levels")->is_given);
    }
}

Test(bind, every_type_is_read_exactly)
{
    const struct config_bound *bound = bind_good("options:\n"
                                                 "  symbol: \"\"\n"
                                                 "  levels: 1_000\n"
                                                 "  size: 2.500\n"
                                                 "  cap: 12345678901.12345678\n"
                                                 "  refresh: 2m\n"
                                                 "  post_only: false\n"
                                                 "  on_stop: OFF\n"
                                                 "  token: file:/etc/sofia/token\n");
    bool flag = true;
    size_t index = 9;

    cr_assert_str_eq(text_of(bound, "symbol"), "");
    cr_assert_eq(int_of(bound, "levels"), 1000);
    check_decimal(bound, "size", "2.5");
    check_decimal(bound, "cap", "12345678901.12345678");
    cr_assert_eq(ns_of(bound, "refresh"), INT64_C(120000000000));
    cr_assert_eq(config_get_bool(bound, "post_only", &flag), 0);
    cr_assert_not(flag);
    cr_assert_eq(config_get_choice(bound, "on_stop", &index), 0);
    cr_assert_eq(index, 2);
    cr_assert_str_eq(text_of(bound, "token"), "file:/etc/sofia/token");
    cr_assert_eq(config_find(bound, "levels")->origin.kind, CONFIG_FROM_FILE);
    cr_assert_eq(config_find(bound, "levels")->origin.mark.line, 6);
    cr_assert_eq(config_find(bound, "levels")->mark.column, 11);
}

Test(bind, durations_of_every_unit)
{
    static const struct sofia_option free_table[] = {
        OPTION(.name = "d", .type = SOFIA_OPTION_DURATION, .default_text = "0"),
    };
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {{"7ns", 7},
                {"7us", 7000},
                {"7ms", 7000000},
                {"7s", INT64_C(7000000000)},
                {"7m", INT64_C(420000000000)},
                {"7h", INT64_C(25200000000000)},
                {"7d", INT64_C(604800000000000)},
                {"0", 0}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        char options[64];
        snprintf(options, sizeof(options), "options: {d: %s}\n", rows[i].text);
        const struct config_bound *bound = fixture_bind(options, free_table, 1);
        cr_assert_not_null(bound, "%s", fixture_problems());
        cr_assert_eq(ns_of(bound, "d"), rows[i].ns, "%s", rows[i].text);
    }
}

Test(bind, bad_numbers_are_named)
{
    expect_bad("levels: many", "19: levels: 'many' is not a whole number");
    expect_bad("levels: 1.5", "19: levels: '1.5' is not a whole number");
    expect_bad("levels: _1", "19: levels: '_1' is not a whole number");
    expect_bad("levels: 1__0", "19: levels: '1__0' is not a whole number");
    expect_bad("levels: 0x10", "19: levels: '0x10' is not a whole number");
    expect_bad("levels: 99999999999999999999",
               "19: levels: '99999999999999999999' is too large for a number");
    expect_bad("levels: 0", "19: levels: '0' is below the minimum 1");
    expect_bad("levels: 1001", "19: levels: '1001' is above the maximum 1_000");
    expect_bad("size: 1e-3", "17: size: '1e-3' is not a decimal number such as 1000 or 0.25");
    expect_bad("size: '1,5'", "17: size: '1,5' is not a decimal number such as 1000 or 0.25");
    expect_bad("size: NaN", "17: size: 'NaN' is not a decimal number such as 1000 or 0.25");
    expect_bad("size: 0.00009", "17: size: '0.00009' is below the minimum 0.0001 BTC");
    expect_bad("size: 2.50001", "17: size: '2.50001' is above the maximum 2.5 BTC");
    expect_bad("size: -1", "17: size: '-1' is below the minimum 0.0001 BTC");
    expect_bad("cap: 1234567890123456789012345678901234567890",
               "16: cap: '1234567890123456789012345678901234567890' has too many digits");
}

Test(bind, bad_durations_are_named_with_the_unit_that_was_meant)
{
    expect_bad("refresh: 250", "20: refresh: '250' has no unit: ns us ms s m h d");
    expect_bad("refresh: 5sec",
               "20: refresh: unknown unit 'sec': ns us ms s m h d (did you mean 's'?)");
    expect_bad("refresh: 5 minutes", "20: refresh: unknown unit ' minutes': ns us ms s m h d");
    expect_bad("refresh: 5H",
               "20: refresh: unknown unit 'H': ns us ms s m h d (did you mean 'h'?)");
    expect_bad("refresh: 1.5s", "20: refresh: unknown unit '.5s': ns us ms s m h d");
    expect_bad("refresh: soon",
               "20: refresh: 'soon' is not a duration such as 250ms, 5s, 10m, 1h or 2d");
    expect_bad("refresh: -5s",
               "20: refresh: '-5s' is not a duration such as 250ms, 5s, 10m, 1h or 2d");
    expect_bad("refresh: 999999999d", "20: refresh: '999999999d' is too long for a duration");
    expect_bad("refresh: 9ms", "20: refresh: '9ms' is below the minimum 10ms");
    expect_bad("refresh: 61m", "20: refresh: '61m' is above the maximum 1h");
}

Test(bind, bad_words_are_named_with_the_one_that_was_meant)
{
    expect_bad("post_only: yes",
               "22: post_only: 'yes' is neither true nor false (did you mean 'true'?)");
    expect_bad("post_only: 0",
               "22: post_only: '0' is neither true nor false (did you mean 'false'?)");
    expect_bad("post_only: maybe", "22: post_only: 'maybe' is neither true nor false");
    expect_bad("on_stop: off",
               "20: on_stop: 'off' is not one of cancel|keep|OFF (did you mean 'OFF'?)");
    expect_bad("on_stop: cancle",
               "20: on_stop: 'cancle' is not one of cancel|keep|OFF (did you mean 'cancel'?)");
    expect_bad("on_stop: liquidate", "20: on_stop: 'liquidate' is not one of cancel|keep|OFF");
    expect_bad("symbol: \"a\\nb\"", "19: symbol: a line end or control character in the text");
}

Test(bind, unknown_options_are_named_with_the_one_that_was_meant)
{
    expect_bad("lvels: 3", "11: unknown option 'lvels' (did you mean 'levels'?)");
    expect_bad("leverage_factor: 3", "11: unknown option 'leverage_factor'");
}

Test(bind, wrong_shapes_are_named)
{
    expect_bad("levels: [1]", "19: 'levels' must be one value (int), not a list");
    expect_bad("symbol: {a: 1}", "19: 'symbol' must be one value (text), not a map");
    expect_bad("assets: {a: 1}", "19: 'assets' must be a list");
    expect_bad("assets: [[a]]", "20: an entry of 'assets' must be a text");
    expect_bad("assets: [a, '']", "23: an entry of 'assets' is empty");
    expect_bad("pegs: USDT", "17: 'pegs' must be a list of maps, or a map by asset");
    expect_bad("pegs: [USDT]", "18: an entry of 'pegs' must be a map of its columns");
    expect_bad("pegs: {USDT: USD}", "24: an entry of 'pegs' must be a map of its columns");
    expect_bad("levels: ",
               "19: 'levels' has no value; write \"\" for an empty text or leave the line out");
    cr_assert_null(bind("options: [a]\n"));
    expect_problems("conf.d/10-t.yaml:4:10: 'options' must be a map of option: value\n");
}

Test(bind, lists_from_yaml_and_from_one_text)
{
    static const char *const spellings[] = {
        "options: {assets: [BTC, \"ETH\", USDT]}\n", "options: {assets: 'BTC,ETH , USDT'}\n",
        "options:\n  assets:\n    - BTC\n    - ETH\n    - USDT\n"};
    static const char *const expected[] = {"BTC", "ETH", "USDT"};

    for (size_t i = 0; i < COUNT(spellings); i++) {
        const struct config_bound *bound = bind_good(spellings[i]);
        size_t count = 0;
        cr_assert_eq(config_get_count(bound, "assets", &count), 0);
        cr_assert_eq(count, 3);
        for (size_t k = 0; k < count; k++) {
            const char *item = NULL;
            cr_assert_eq(config_get_item(bound, "assets", k, &item), 0);
            cr_assert_str_eq(item, expected[k]);
        }
        const char *beyond = NULL;
        cr_assert_eq(config_get_item(bound, "assets", 3, &beyond), ERR_NOT_FOUND);
    }
    expect_bad("assets: [a, b, c, d]", "19: assets: 4 entries, at most 3 are possible");
}

static void check_peg(const struct config_bound *bound, size_t row, const char *asset,
                      const char *to, int64_t band_bps)
{
    const struct config_value *cell = NULL;

    cr_assert_eq(config_get_cell(bound, "pegs", row, "asset", &cell), 0);
    cr_assert_str_eq(cell->text, asset);
    cr_assert_eq(config_get_cell(bound, "pegs", row, "to", &cell), 0);
    cr_assert_str_eq(cell->text, to);
    cr_assert_eq(config_get_cell(bound, "pegs", row, "band_bps", &cell), 0);
    cr_assert_eq(cell->number, band_bps);
}

Test(bind, rows_as_a_list_and_as_a_map)
{
    static const char *const spellings[] = {
        "options:\n  pegs:\n    - {asset: USDT, to: USD, band_bps: 50}\n    - asset: EURC\n      "
        "to: EUR\n",
        "options:\n  pegs:\n    USDT: {to: USD, band_bps: 50}\n    EURC: {to: EUR}\n"};

    for (size_t i = 0; i < COUNT(spellings); i++) {
        const struct config_bound *bound = bind_good(spellings[i]);
        const struct config_value *cell = NULL;
        size_t count = 0;
        cr_assert_eq(config_get_count(bound, "pegs", &count), 0);
        cr_assert_eq(count, 2);
        check_peg(bound, 0, "USDT", "USD", 50);
        check_peg(bound, 1, "EURC", "EUR", 100);
        cr_assert_eq(config_get_cell(bound, "pegs", 2, "to", &cell), ERR_NOT_FOUND);
        cr_assert_eq(config_get_cell(bound, "pegs", 0, "from", &cell), ERR_NOT_FOUND);
    }
}

Test(bind, rows_of_two_columns_may_be_key_and_value)
{
    const struct config_bound *bound = bind_good("options: {caps: {BTC: 0.5, ETH: {max: 4}}}\n");
    const struct config_value *cell = NULL;
    struct sofia_decimal half = sofia_decimal_of(5, -1);

    cr_assert_eq(config_get_cell(bound, "caps", 0, "max", &cell), 0);
    cr_assert_eq(sofia_decimal_cmp(cell->decimal, half), 0);
    cr_assert_eq(config_get_cell(bound, "caps", 1, "asset", &cell), 0);
    cr_assert_str_eq(cell->text, "ETH");
}

Test(bind, mistakes_in_rows_are_named)
{
    expect_bad("pegs: {USDT: {too: USD}}",
               "24: 'to' of strategy t is missing: doc\n"
               "conf.d/10-t.yaml:4:25: unknown column of 'pegs' 'too' (did you mean 'to'?)");
    expect_bad("pegs: {USDT: {to: USD, band_bps: 1001}}",
               "44: band_bps: '1001' is above the maximum 1000");
    expect_bad("pegs: {USDT: {asset: X, to: USD}}", "25: 'asset' is given by the key already");
    expect_bad("caps: {BTC: lots}", "23: max: 'lots' is not a decimal number such as 1000 or 0.25");
    expect_bad("caps: {A: 1, B: 2, C: 3}", "17: caps: 3 entries, at most 2 are possible");
}

Test(bind, a_missing_required_option_is_named_with_its_doc)
{
    static const struct sofia_option required[] = {
        OPTION(.name = "api_key", .type = SOFIA_OPTION_SECRET, .flags = SOFIA_OPTION_REQUIRED),
    };

    cr_assert_null(fixture_bind("", required, 1));
    expect_problems("conf.d/10-t.yaml:1:1: 'api_key' of strategy t is missing: doc\n");
    cr_assert_null(fixture_bind("options: {api_kye: x}\n", required, 1));
    expect_problems("conf.d/10-t.yaml:4:10: 'api_key' of strategy t is missing: doc\n"
                    "conf.d/10-t.yaml:4:11: unknown option 'api_kye' (did you mean 'api_key'?)\n");
}

Test(bind, all_mistakes_are_named_at_once)
{
    cr_assert_null(bind("options:\n  levels: x\n  refresh: 5\n  nothing: 1\n  on_stop: y\n"));
    cr_assert_eq(config_problem_count(fixture_config()), 4);
}

Test(bind, a_getter_of_another_type_or_name_is_an_error_of_the_program)
{
    const struct config_bound *bound = bind_good("");
    int64_t number = 5;
    const char *text = NULL;

    cr_assert_eq(config_get_int(bound, "symbol", &number), ERR_INVALID);
    cr_assert_eq(config_get_int(bound, "symbols", &number), ERR_NOT_FOUND);
    cr_assert_eq(config_get_text(bound, "levels", &text), ERR_INVALID);
    cr_assert_eq(config_get_text(bound, "x", &text), ERR_NOT_FOUND);
    cr_assert_eq(number, 5);
}

Test(bind, a_long_or_dirty_value_is_cut_in_the_message)
{
    cr_assert_null(bind("options:\n  levels: \"a\\x01"
                        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                        "aaaaaaaaaaaaaaaaa\"\n"));
    cr_assert_not_null(strstr(fixture_problems(), "levels: 'a?aaaa"));
    cr_assert_not_null(strstr(fixture_problems(), "aaa...' is"));
}
