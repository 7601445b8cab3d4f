/* The files this repository ships: what a new user starts from has no problem of its own. */
#include <criterion/criterion.h>

#include "base/error.h"
#include "config/config.h"

static struct config *load(const char *dotenv)
{
    static const char *const nothing[] = {NULL};
    struct config_paths paths = {
        .dir = SOFIA_SOURCE_DIR "/conf.d", .dotenv = dotenv, .environment = nothing};
    struct config *config = NULL;
    struct text out = {0};

    cr_assert_eq(config_load(&paths, &config), 0, "%s", error_text());
    config_print_problems(config, &out);
    cr_assert_eq(config_problem_count(config), 0, "%s", text_get(&out));
    text_release(&out);
    return config;
}

static const struct config_instance *find(struct config *config, const char *name)
{
    for (size_t i = 0; i < config_instance_count(config); i++) {
        if (str_eq(config_instance_at(config, i)->name, name)) {
            return config_instance_at(config, i);
        }
    }
    return NULL;
}

Test(shipped, loads_without_any_variable_and_trades_nothing_by_itself)
{
    struct config *config = load("/nonexistent/.env");

    cr_assert_str_eq(find(config, "binance")->plugin, "exchange_binance.so");
    cr_assert_not(find(config, "quoter")->enabled);
    cr_assert(find(config, "limits")->enabled);
    config_free(config);
}

Test(shipped, loads_with_the_example_of_the_runbook)
{
    struct config *config = load(SOFIA_SOURCE_DIR "/.env.testnet");

    cr_assert_not_null(find(config, "binance"));
    config_free(config);
}
