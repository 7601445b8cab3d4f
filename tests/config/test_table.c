#include <criterion/criterion.h>

#include <string.h>

#include "fixture.h"

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "doc", __VA_ARGS__                             \
    }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void check(const struct sofia_option *options, size_t count, size_t problems,
                  const char *expected)
{
    struct config_table table = {.options = options, .count = count};
    struct text out = {0};

    cr_assert_eq(config_table_check(&table, &out), problems, "%s", text_get(&out));
    cr_assert_str_eq(text_get(&out), expected);
    text_release(&out);
}

static const struct sofia_option columns[] = {
    OPTION(.name = "asset", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "max", .type = SOFIA_OPTION_DECIMAL, .unit = "USD", .default_text = ""),
};

static const struct sofia_option good[] = {
    OPTION(.name = "size", .type = SOFIA_OPTION_DECIMAL, .unit = "BTC", .default_text = "1",
           .min_text = "0", .max_text = "2", .flags = SOFIA_OPTION_LIVE | SOFIA_OPTION_LIMIT),
    OPTION(.name = "side", .type = SOFIA_OPTION_CHOICE, .default_text = "a", .choices = "a|b"),
    OPTION(.name = "key", .type = SOFIA_OPTION_SECRET, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "caps", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = columns,
           .row_count = 2),
};

Test(table, a_good_one_has_no_problem)
{
    check(good, COUNT(good), 0, "");
    check(NULL, 0, 0, "");
}

Test(table, every_mistake_of_a_plugin_is_named)
{
    static const struct sofia_option deeper[] = {
        OPTION(.name = "inner", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = columns,
               .row_count = 2),
    };
    static const struct sofia_option bad[] = {
        OPTION(.name = "Upper", .type = SOFIA_OPTION_TEXT, .default_text = ""),
        OPTION(.name = "typeless", .type = 99, .default_text = ""),
        OPTION(.name = "both", .type = SOFIA_OPTION_TEXT, .default_text = "",
               .flags = SOFIA_OPTION_REQUIRED),
        OPTION(.name = "neither", .type = SOFIA_OPTION_TEXT),
        OPTION(.name = "number", .type = SOFIA_OPTION_INT, .default_text = "x", .min_text = "y"),
        OPTION(.name = "range", .type = SOFIA_OPTION_INT, .default_text = "5", .max_text = "4"),
        OPTION(.name = "span", .type = SOFIA_OPTION_DURATION, .default_text = ""),
        OPTION(.name = "choice", .type = SOFIA_OPTION_CHOICE, .default_text = "a"),
        OPTION(.name = "pick", .type = SOFIA_OPTION_CHOICE, .default_text = "c", .choices = "a|b"),
        OPTION(.name = "rows", .type = SOFIA_OPTION_ROWS, .default_text = ""),
        OPTION(.name = "deep", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = deeper,
               .row_count = 1),
        OPTION(.name = "twice", .type = SOFIA_OPTION_TEXT, .default_text = ""),
        OPTION(.name = "twice", .type = SOFIA_OPTION_TEXT, .default_text = ""),
        {.size = sizeof(struct sofia_option),
         .name = "undocumented",
         .type = SOFIA_OPTION_TEXT,
         .default_text = ""},
    };

    check(bad, COUNT(bad), 14,
          "option '?' has a bad name (lower case letters, digits, underscores)\n"
          "option 'typeless' has an unknown type\n"
          "option 'both' is required and has a default\n"
          "option 'neither' is not required and has no default\n"
          "option 'number' has a bad minimum: 'y' is not a whole number\n"
          "option 'number' has a bad default: 'x' is not a whole number\n"
          "option 'range' has a bad default: '5' is above the maximum 4\n"
          "option 'span' has a bad default: '' is not a duration such as 250ms, 5s, 10m, 1h or 2d\n"
          "option 'choice' is a choice without choices\n"
          "option 'pick' has a bad default: 'c' is not one of a|b\n"
          "option 'rows' has no columns\n"
          "option 'inner' is rows inside rows\n"
          "option 'twice' is there twice\n"
          "option 'undocumented' has no doc\n");
}

Test(table, a_smaller_struct_is_refused)
{
    static const struct sofia_option small[] = {
        {.size = 8, .name = "x", .type = SOFIA_OPTION_TEXT}};

    check(small, 1, 1, "option '?' is smaller than the struct of ABI 1\n");
}

Test(table, a_larger_stride_is_followed)
{
    struct wide {
        struct sofia_option option;
        uint64_t newer;
    };
    static const struct wide wide[] = {
        {.option = {.size = sizeof(struct wide),
                    .name = "a",
                    .type = SOFIA_OPTION_INT,
                    .default_text = "1",
                    .doc = "doc"}},
        {.option = {.size = sizeof(struct wide),
                    .name = "b",
                    .type = SOFIA_OPTION_INT,
                    .default_text = "2",
                    .doc = "doc"}},
    };
    struct config_table table = {
        .options = &wide[0].option, .count = 2, .stride = sizeof(struct wide)};
    struct text out = {0};

    cr_assert_eq(config_table_check(&table, &out), 0);
    config_table_describe(&table, &out);
    cr_assert_not_null(strstr(text_get(&out), "b: int, default 2\n"));
    text_release(&out);
}

Test(table, describes_itself)
{
    struct config_table table = {.options = good, .count = COUNT(good)};
    struct text out = {0};

    config_table_describe(&table, &out);
    cr_assert_str_eq(text_get(&out), "size: decimal in BTC, at least 0, at most 2, default 1, "
                                     "changeable while running, a safety limit\n"
                                     "    doc\n"
                                     "side: choice a|b, default a\n"
                                     "    doc\n"
                                     "key: secret, required\n"
                                     "    doc\n"
                                     "caps: rows\n"
                                     "    doc\n"
                                     "    asset: text, required\n"
                                     "        doc\n"
                                     "    max: decimal in USD\n"
                                     "        doc\n");
    text_release(&out);
}
