#include <criterion/criterion.h>

#include <string.h>

#include "fixture.h"

TestSuite(print, .fini = fixture_remove);

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "doc", __VA_ARGS__                             \
    }

static const struct sofia_option columns[] = {
    OPTION(.name = "asset", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "band_bps", .type = SOFIA_OPTION_INT, .default_text = "100"),
};

static const struct sofia_option table[] = {
    OPTION(.name = "mode", .type = SOFIA_OPTION_CHOICE, .default_text = "testnet",
           .choices = "testnet|live"),
    OPTION(.name = "api_key", .type = SOFIA_OPTION_SECRET, .default_text = ""),
    OPTION(.name = "api_secret", .type = SOFIA_OPTION_SECRET, .default_text = ""),
    OPTION(.name = "note", .type = SOFIA_OPTION_TEXT, .default_text = ""),
    OPTION(.name = "symbols", .type = SOFIA_OPTION_LIST, .default_text = "BTC/USDT"),
    OPTION(.name = "pegs", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = columns,
           .row_count = 2),
};

static void bind(const char *options)
{
    cr_assert_not_null(fixture_bind(options, table, 6), "%s", fixture_problems());
}

static void check(void (*print)(const struct config *, struct text *), const char *expected)
{
    struct text out = {0};

    print(fixture_config(), &out);
    cr_assert_str_eq(text_get(&out), expected, "--- got\n%s--- wanted\n%s", text_get(&out),
                     expected);
    text_release(&out);
}

Test(print, each_value_has_its_origin_and_secrets_are_stars)
{
    fixture_variable("MODE=live");
    fixture_file(".env", "\nAPI_SECRET=hunter2\n");
    fixture_file("conf.d/20-off.yaml",
                 "kind: risk\nname: l\nplugin: l.so\nenabled: false\noptions: {secret: hunter3}\n");
    bind("options:\n  mode: ${MODE}\n  api_key: file:/etc/sofia/key\n  api_secret: ${API_SECRET}\n"
         "  note: \"a \\\"b\\\"\"\n  pegs: {USDT: 50, EURC: {}}\n");
    check(config_print,
          "kind: strategy                              # conf.d/10-t.yaml:1\n"
          "name: t                                     # conf.d/10-t.yaml:2\n"
          "plugin: t.so                                # conf.d/10-t.yaml:3\n"
          "options:\n"
          "  mode: live                                # environment MODE\n"
          "  api_key: \"file:/etc/sofia/key\"            # conf.d/10-t.yaml:6, ***\n"
          "  api_secret: \"***\"                         # .env:2 API_SECRET, in clear text\n"
          "  note: \"a \\\"b\\\"\"                           # conf.d/10-t.yaml:8\n"
          "  symbols: [BTC/USDT]                       # default\n"
          "  pegs:                                     # conf.d/10-t.yaml:9\n"
          "    - asset: USDT                           # conf.d/10-t.yaml:9\n"
          "      band_bps: 50                          # conf.d/10-t.yaml:9\n"
          "    - asset: EURC                           # conf.d/10-t.yaml:9\n"
          "      band_bps: 100                         # default\n"
          "---\n"
          "kind: risk                                  # conf.d/20-off.yaml:1\n"
          "name: l                                     # conf.d/20-off.yaml:2\n"
          "plugin: l.so                                # conf.d/20-off.yaml:3\n"
          "enabled: false                              # conf.d/20-off.yaml:4\n"
          "---\n"
          "kind: engine                                # default\n"
          "name: engine                                # default\n");
}

Test(print, canonical_text_depends_on_values_and_not_on_where_they_are_from)
{
    static const char expected[] =
        "kind: strategy\nname: t\nplugin: t.so\noptions:\n  mode: live\n  api_key: \"\"\n"
        "  api_secret: \"***\"\n  note: \"\"\n  symbols: [BTC/USDT]\n  pegs: []\n"
        "---\nkind: engine\nname: engine\n";

    fixture_variable("MODE=live");
    fixture_variable("S=one");
    bind("options: {mode: '${MODE}', api_secret: '${S}'}\n");
    check(config_print_canonical, expected);
    bind("# comment\noptions:\n  api_secret: two\n  mode: live\n");
    check(config_print_canonical, expected);
    bind("options: {api_secret: two}\n");
    struct text out = {0};
    config_print_canonical(fixture_config(), &out);
    cr_assert_not_null(strstr(text_get(&out), "mode: testnet"));
    text_release(&out);
}

Test(print, the_print_is_yaml_that_reads_back_the_same)
{
    struct text first = {0};
    struct text second = {0};

    bind("options:\n  mode: live\n  note: \"- # \\\\ \\\" \\u00e9: {\"\n  symbols: ['a b', '-c', "
         "'!d', 'yes']\n");
    config_print_canonical(fixture_config(), &first);
    char *end = strstr(first.data, "---");
    *end = '\0';
    fixture_file("conf.d/10-t.yaml", first.data);
    struct config *config = fixture_load();
    struct config_table described = {.options = table, .count = 6};
    const struct config_bound *bound = NULL;
    cr_assert_eq(config_bind(config, config_instance_at(config, 0), &described, &bound), 0, "%s",
                 fixture_problems());
    config_print_canonical(config, &second);
    end = strstr(second.data, "---");
    *end = '\0';
    cr_assert_str_eq(second.data, first.data);
    text_release(&first);
    text_release(&second);
}
