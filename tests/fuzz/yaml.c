/* Any bytes as a file of conf.d and, behind the first line "%%%%", as .env: read, bound, printed.
 * What must hold: nothing crashes; without a problem the canonical print reads back as the same
 * configuration. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "doc", __VA_ARGS__                             \
    }

static const struct sofia_option columns[] = {
    OPTION(.name = "asset", .type = SOFIA_OPTION_TEXT, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "max", .type = SOFIA_OPTION_DECIMAL, .default_text = "1.5"),
};

static const struct sofia_option options[] = {
    OPTION(.name = "text", .type = SOFIA_OPTION_TEXT, .default_text = ""),
    OPTION(.name = "int", .type = SOFIA_OPTION_INT, .default_text = "0", .max_text = "1_000"),
    OPTION(.name = "decimal", .type = SOFIA_OPTION_DECIMAL, .default_text = "", .min_text = "-1"),
    OPTION(.name = "duration", .type = SOFIA_OPTION_DURATION, .default_text = "1s"),
    OPTION(.name = "bool", .type = SOFIA_OPTION_BOOL, .default_text = "false"),
    OPTION(.name = "choice", .type = SOFIA_OPTION_CHOICE, .default_text = "a", .choices = "a|b"),
    OPTION(.name = "secret", .type = SOFIA_OPTION_SECRET, .default_text = ""),
    OPTION(.name = "list", .type = SOFIA_OPTION_LIST, .default_text = ""),
    OPTION(.name = "rows", .type = SOFIA_OPTION_ROWS, .default_text = "", .rows = columns,
           .row_count = 2),
};

static struct config *load(const char *file, size_t file_len, const char *dotenv, size_t dotenv_len)
{
    static const char *const environment[] = {"SET=from the environment", "EMPTY=", NULL};
    struct config_text one = {"fuzz.yaml", file, file_len};
    struct config_texts texts = {.files = &one, .count = 1, .environment = environment};
    struct config_table table = {.options = options, .count = sizeof(options) / sizeof(options[0])};
    struct config *config = NULL;

    if (dotenv != NULL) {
        texts.dotenv = (struct config_text){".env", dotenv, dotenv_len};
    }
    if (config_load_texts(&texts, &config) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < config_instance_count(config); i++) {
        const struct config_bound *bound = NULL;
        (void)config_bind(config, config_instance_at(config, i), &table, &bound);
    }
    return config;
}

/* The first document of the canonical print: the fuzzed file itself. */
static size_t print_first(struct config *config, struct text *out)
{
    config_print_canonical(config, out);
    const char *end = strstr(text_get(out), "\n---\n");

    return end != NULL ? (size_t)(end - text_get(out)) + 1 : out->len;
}

static void check_round_trip(struct config *config)
{
    struct text first = {0};
    struct text second = {0};
    size_t len = print_first(config, &first);
    /* What a secret was is gone from the print, and a value may look like ${...} by accident of
     * quoting. */
    bool plain = strstr(text_get(&first), "${") == NULL && config_instance_at(config, 0)->enabled;
    struct config *again = plain ? load(text_get(&first), len, NULL, 0) : NULL;

    if (again != NULL) {
        size_t again_len = print_first(again, &second);
        if (again_len != len || memcmp(text_get(&first), text_get(&second), len) != 0) {
            fprintf(stderr, "--- first\n%s--- second\n%s", text_get(&first), text_get(&second));
            abort();
        }
    }
    config_free(again);
    text_release(&first);
    text_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n%%%%\n";
    const char *file = (const char *)data;
    const char *split = size > 0 ? memmem(file, size, mark, sizeof(mark) - 1) : NULL;
    size_t file_len = split != NULL ? (size_t)(split - file) + 1 : size;
    const char *dotenv = split != NULL ? split + sizeof(mark) - 1 : NULL;
    struct config *config =
        load(file, file_len, dotenv, dotenv != NULL ? size - (size_t)(dotenv - file) : 0);

    if (config != NULL) {
        struct text out = {0};
        config_print_problems(config, &out);
        config_print(config, &out);
        text_release(&out);
        if (config_problem_count(config) == 0) {
            check_round_trip(config);
        }
        config_forget_secrets(config);
    }
    config_free(config);
    return 0;
}
