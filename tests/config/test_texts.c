#include <criterion/criterion.h>

#include <string.h>

#include "base/error.h"
#include "config/config.h"

#define TEXT(name, data)                                                                           \
    {                                                                                              \
        (name), (data), sizeof(data) - 1                                                           \
    }

Test(texts, a_configuration_can_come_from_memory)
{
    static const struct config_text files[] = {
        TEXT("first", "kind: exchange\nname: ${NAME}\nplugin: x.so\n"),
        TEXT("second", "kind: sink\nname: s\nplugin: s.so\ncolour: red\n"),
    };
    struct config_texts texts = {
        .files = files, .count = 2, .dotenv = TEXT("env", "NAME=kraken\nUNUSED=1\n")};
    struct config *config = NULL;
    struct text out = {0};

    cr_assert_eq(config_load_texts(&texts, &config), 0, "%s", error_text());
    cr_assert_str_eq(config_instance_at(config, 0)->name, "kraken");
    cr_assert_eq(config_instance_count(config), 3, "with the engine");
    config_print_problems(config, &out);
    cr_assert_str_eq(text_get(&out),
                     "env:2:1: warning: UNUSED is used by no file of configuration\n"
                     "second:4:1: unknown key 'colour'\n");
    text_release(&out);
    config_free(config);
}

Test(texts, the_processs_environment_is_not_seen)
{
    static const struct config_text files[] = {
        TEXT("f", "kind: sink\nname: ${PATH}\nplugin: s.so\n")};
    struct config_texts texts = {.files = files, .count = 1};
    struct config *config = NULL;

    cr_assert_eq(config_load_texts(&texts, &config), 0);
    cr_assert_eq(config_problem_count(config), 1);
    config_free(config);
}

Test(texts, too_many_are_refused)
{
    struct config_texts texts = {.files = NULL, .count = CONFIG_FILES_MAX + 1};
    struct config *config = NULL;

    cr_assert_eq(config_load_texts(&texts, &config), ERR_LIMIT);
    cr_assert_null(config);
}
