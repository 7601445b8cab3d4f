#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"

TestSuite(env, .fini = fixture_remove);

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "doc", __VA_ARGS__                             \
    }

static const struct sofia_option table[] = {
    OPTION(.name = "text", .type = SOFIA_OPTION_TEXT, .default_text = "fallback"),
    OPTION(.name = "secret", .type = SOFIA_OPTION_SECRET, .default_text = ""),
    OPTION(.name = "list", .type = SOFIA_OPTION_LIST, .default_text = "x"),
    OPTION(.name = "number", .type = SOFIA_OPTION_INT, .default_text = "1"),
};

static const struct config_value *value_of(const char *options, const char *name)
{
    const struct config_bound *bound = fixture_bind(options, table, 4);

    cr_assert_not_null(bound, "%s", fixture_problems());
    return config_find(bound, name);
}

static void check_text(const char *written, const char *expected)
{
    char options[512];

    snprintf(options, sizeof(options), "options:\n  text: %s\n", written);
    const struct config_value *value = value_of(options, "text");
    cr_assert_str_eq(value->text, expected, "%s gives '%s'", written, value->text);
}

static void expect_bad(const char *written, const char *problem)
{
    char options[512];
    char expected[512];

    snprintf(options, sizeof(options), "options:\n  text: %s\n", written);
    snprintf(expected, sizeof(expected), "conf.d/10-t.yaml:5:9: %s\n", problem);
    cr_assert_null(fixture_bind(options, table, 4));
    expect_problems(expected);
}

Test(env, variables_and_defaults)
{
    fixture_variable("A=one");
    fixture_variable("EMPTY=");
    check_text("${A}", "one");
    check_text("\"${A}\"", "one");
    check_text("x-${A}-${A}-y", "x-one-one-y");
    check_text("${A:-two}", "one");
    check_text("${B:-two}", "two");
    check_text("${EMPTY:-two}", "two");
    check_text("${B:-a:b-c}", "a:b-c");
    check_text("$A", "$A");
    check_text("100$", "100$");
    check_text("$${A}", "${A}");
    check_text("\"$$\"", "$$");
    check_text("${B:-}", "fallback"); /* nothing given: the option's default */
    check_text("${EMPTY}", "fallback");
}

Test(env, what_a_variable_holds_is_text_and_not_expanded_again)
{
    fixture_variable("A=${B}");
    fixture_variable("B=b");
    fixture_variable("YAML=[1, 2]");
    check_text("${A}", "${B}");
    check_text("${YAML}", "[1, 2]");
}

Test(env, mistakes_are_named)
{
    fixture_variable("API_KEY=x");
    expect_bad("${MISSING}", "variable MISSING is not set and has no default");
    expect_bad("${A", "'${' without '}'");
    expect_bad("${}", "expected ${VAR} or ${VAR:-default}");
    expect_bad("${A-b}", "expected ${VAR} or ${VAR:-default}");
    expect_bad("${A:b}", "expected ${VAR} or ${VAR:-default}");
    expect_bad("${1A}", "expected ${VAR} or ${VAR:-default}");
    expect_bad("\"${A:-${B}}\"", "a default cannot contain another ${...}");
    expect_bad("${ A }", "expected ${VAR} or ${VAR:-default}");
}

Test(env, the_environment_comes_before_dotenv)
{
    fixture_variable("A=environment");
    fixture_file(".env", "A=dotenv\nB=dotenv\n");
    const struct config_value *value = value_of("options: {text: '${A} ${B:-x}'}\n", "text");
    cr_assert_str_eq(value->text, "environment dotenv");
    value = value_of("options: {text: '${A}', secret: '${B:-}'}\n", "text");
    cr_assert_eq(value->origin.kind, CONFIG_FROM_ENVIRONMENT);
    cr_assert_str_eq(value->origin.variable, "A");
    value = value_of("options: {text: '${B}', secret: '${A:-}'}\n", "text");
    cr_assert_eq(value->origin.kind, CONFIG_FROM_DOTENV);
    cr_assert_str_eq(value->origin.mark.file, ".env");
    cr_assert_eq(value->origin.mark.line, 2);
}

Test(env, the_runbooks_lines_are_understood)
{
    fixture_file(".env", "# runbook\n"
                         "\n"
                         "MODE=testnet                    # testnet|live\n"
                         "export EXCHANGE=binance\n"
                         "  SPACED = not this\n");
    const struct config_bound *bound =
        fixture_bind("options: {text: '${MODE}${EXCHANGE}'}\n", table, 4);
    cr_assert_str_eq(config_find(bound, "text")->text, "testnetbinance");
    expect_problems(".env:5:9: expected NAME=value\n");
}

Test(env, values_of_dotenv)
{
    static const struct {
        const char *line;
        const char *expected;
    } rows[] = {
        {"V=plain", "plain"},
        {"V=a b  ", "a b"},
        {"V=a#b", "a#b"},
        {"V=a #b", "a"},
        {"V=\"a # b\"  # comment", "a # b"},
        {"V='it''s'", NULL},
        {"V='$HOME \\n'", "$HOME \\n"},
        {"V=\"q\\\"q\\\\\"", "q\"q\\"},
        {"V=a\r", "a"},
        {"V=a=b", "a=b"},
        {"V=\xc3\xa9", "\xc3\xa9"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fixture_file(".env", rows[i].line);
        if (rows[i].expected != NULL) {
            check_text("${V}", rows[i].expected);
        } else {
            (void)fixture_load();
            cr_assert_neq(config_problem_count(fixture_config()), 0, "%s", rows[i].line);
        }
    }
}

Test(env, mistakes_of_dotenv_are_named_all_at_once)
{
    fixture_file(".env", "A=1\nnonsense\n=x\nB=\"open\nC='open\nD=\"x\" y\nA=2\n9=x\n");
    (void)fixture_bind("options: {text: '${A}${B:-}${C:-}${D:-}'}\n", table, 4);
    expect_problems(".env:2:9: expected NAME=value\n"
                    ".env:3:1: expected NAME=value\n"
                    ".env:4:3: the quote is not closed\n"
                    ".env:5:3: the quote is not closed\n"
                    ".env:6:7: text behind the closing quote\n"
                    ".env:7:1: A is given twice, first in line 1\n"
                    ".env:8:1: expected NAME=value\n");
}

Test(env, dotenv_that_is_no_text_is_refused)
{
    fixture_bytes(".env", "A=\xff\n", 5);
    fixture_file("conf.d/10-e.yaml", "kind: engine\n");
    (void)fixture_load();
    expect_problems(".env: is not UTF-8 text\n");
}

Test(env, a_variable_nobody_uses_is_warned_about_with_the_one_that_was_meant)
{
    fixture_file(".env", "MAX_DAILY_LOS=200\nUNRELATED=1\nMAX_DAILY_LOSS=1\n");
    fixture_file("conf.d/20-off.yaml", "kind: risk\nname: l\nplugin: l.so\nenabled: "
                                       "false\noptions: {x: '${MAX_DAILY_LOSS:-5}'}\n");
    (void)fixture_load();
    expect_problems(".env:1:1: warning: MAX_DAILY_LOS is used by no file of conf.d (did you mean "
                    "'MAX_DAILY_LOSS'?)\n"
                    ".env:2:1: warning: UNRELATED is used by no file of conf.d\n");
}

Test(env, an_unset_variable_is_told_which_line_of_dotenv_is_near)
{
    fixture_file(".env", "API_KYE=x\n");
    cr_assert_null(fixture_bind("options: {secret: '${API_KEY}'}\n", table, 4));
    expect_problems(
        ".env:1:1: warning: API_KYE is used by no file of conf.d (did you mean 'API_KEY'?)\n"
        "conf.d/10-t.yaml:4:19: variable API_KEY is not set and has no default (did you mean "
        "'API_KYE'?)\n");
}

Test(env, a_disabled_instance_may_name_variables_that_are_not_set)
{
    fixture_file("conf.d/20-off.yaml",
                 "kind: risk\nname: l\nplugin: l.so\nenabled: false\noptions: {x: '${NOT_SET}'}\n");
    (void)fixture_load();
    expect_problems("");
}

Test(env, a_literal_secret_is_accepted_with_a_warning_and_never_shown)
{
    fixture_file(".env", "API_SECRET=hunter2\n");
    const struct config_bound *bound =
        fixture_bind("options: {secret: '${API_SECRET}'}\n", table, 4);
    const char *text = NULL;

    cr_assert_not_null(bound);
    cr_assert_eq(config_get_text(bound, "secret", &text), 0);
    cr_assert_str_eq(text, "hunter2");
    expect_problems("conf.d/10-t.yaml:4:19: warning: secret 'secret' stands in clear text in .env: "
                    "move it to a file of mode"
                    " 0600, write file:PATH\n");
    cr_assert_not_null(fixture_bind("options: {secret: hunter2}\n", table, 4));
    cr_assert_not_null(strstr(fixture_problems(), "stands in clear text in this file"));
    cr_assert_null(strstr(fixture_problems(), "hunter2"));
}

Test(env, forgetting_wipes_literal_secrets_only)
{
    fixture_file(".env", "API_SECRET=hunter2\n");
    const struct config_bound *bound =
        fixture_bind("options: {secret: '${API_SECRET}', text: keep}\n", table, 4);
    const char *text = NULL;

    config_forget_secrets(fixture_config());
    cr_assert_eq(config_get_text(bound, "secret", &text), 0);
    cr_assert_str_eq(text, "*******");
    cr_assert_eq(config_get_text(bound, "text", &text), 0);
    cr_assert_str_eq(text, "keep");
    bound = fixture_bind("options: {secret: 'file:/a/b'}\n", table, 4);
    config_forget_secrets(fixture_config());
    cr_assert_eq(config_get_text(bound, "secret", &text), 0);
    cr_assert_str_eq(text, "file:/a/b");
}

Test(env, a_list_may_come_from_a_variable)
{
    fixture_variable("SYMBOLS=BTC/USDT, ETH/USDT");
    const struct config_value *value = value_of("options: {list: '${SYMBOLS}'}\n", "list");
    cr_assert_eq(value->count, 2);
    cr_assert_str_eq(value->items[1], "ETH/USDT");
    cr_assert_eq(value->origin.kind, CONFIG_FROM_ENVIRONMENT);
    value = value_of("options: {list: '${UNSET:-}'}\n", "list");
    cr_assert_eq(value->count, 1);
    cr_assert_str_eq(value->items[0], "x");
    cr_assert_eq(value->origin.kind, CONFIG_FROM_DEFAULT);
}

Test(env, a_bad_value_of_a_variable_is_reported_where_it_is_used)
{
    fixture_variable("N=lots");
    cr_assert_null(fixture_bind("options: {number: '${N}'}\n", table, 4));
    expect_problems("conf.d/10-t.yaml:4:19: number: 'lots' is not a whole number\n");
    fixture_variable("BIN=\xff");
    cr_assert_null(fixture_bind("options: {text: '${BIN}'}\n", table, 4));
    expect_problems("conf.d/10-t.yaml:4:17: a variable's value is too long or is not UTF-8\n");
}

Test(env, the_public_half_of_a_key_may_stand_in_clear_text)
{
    static const struct sofia_option identifier[] = {
        OPTION(.name = "api_key", .type = SOFIA_OPTION_SECRET, .flags = SOFIA_OPTION_IDENTIFIER,
               .default_text = ""),
    };

    cr_assert_not_null(fixture_bind("options: {api_key: public}\n", identifier, 1));
    expect_problems("");
}
