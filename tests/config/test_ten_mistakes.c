/* A configuration with ten different mistakes: ten messages, each at its place, all at once. */
#include <criterion/criterion.h>

#include "fixture.h"

TestSuite(ten_mistakes, .fini = fixture_remove);

#define OPTION(...)                                                                                \
    {                                                                                              \
        .size = sizeof(struct sofia_option), .doc = "the venue's public key", __VA_ARGS__          \
    }

static const struct sofia_option exchange[] = {
    OPTION(.name = "api_key", .type = SOFIA_OPTION_SECRET, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "api_secret", .type = SOFIA_OPTION_SECRET, .flags = SOFIA_OPTION_REQUIRED),
    OPTION(.name = "mode", .type = SOFIA_OPTION_CHOICE, .choices = "testnet|live",
           .default_text = "testnet"),
    OPTION(.name = "recv_window", .type = SOFIA_OPTION_DURATION, .default_text = "5s"),
    OPTION(.name = "symbols", .type = SOFIA_OPTION_LIST, .default_text = "BTC/USDT"),
};

static const struct sofia_option risk[] = {
    OPTION(.name = "max_order_usd", .type = SOFIA_OPTION_DECIMAL, .unit = "USD",
           .default_text = "100", .min_text = "1"),
    OPTION(.name = "max_position_usd", .type = SOFIA_OPTION_DECIMAL, .unit = "USD",
           .default_text = "1000", .max_text = "100000"),
    OPTION(.name = "orders", .type = SOFIA_OPTION_INT, .default_text = "10"),
};

static void bind(size_t index, const struct sofia_option *options, size_t count)
{
    const struct config_bound *bound = NULL;
    struct config_table table = {.options = options, .count = count};
    struct config_instance *instance = config_instance_at(fixture_config(), index);

    cr_assert_not_null(instance);
    cr_assert_neq(config_bind(fixture_config(), instance, &table, &bound), 0);
    cr_assert_null(bound);
}

Test(ten_mistakes, give_ten_messages)
{
    fixture_file("conf.d/10-exchange.yaml", "kind: exchange\n"
                                            "name: binance\n"
                                            "plugin: exchange_binance.so\n"
                                            "options:\n"
                                            "  api_key: ${API_KEY}\n"
                                            "  mode: tesnet\n"
                                            "  recv_window: 5sec\n"
                                            "  symbols: {BTC: USDT}\n");
    fixture_file("conf.d/30-risk.yaml", "kind: risk\n"
                                        "name: limits\n"
                                        "plugin: risk_limits.so\n"
                                        "options:\n"
                                        "  max_order_usd: 1e400\n"
                                        "  max_positon_usd: 500\n"
                                        "  max_position_usd: 1000000\n"
                                        "  orders: ten\n");
    fixture_file("conf.d/70-sink.yaml", "kind: sink\n"
                                        "name: jsonl\n"
                                        "name: jsonl\n"
                                        "plugin: sink_jsonl.so\n");
    (void)fixture_load();
    bind(0, exchange, 5);
    bind(1, risk, 3);
    expect_problems(
        "conf.d/10-exchange.yaml:5:3: 'api_secret' of exchange binance is missing: the venue's "
        "public key\n"
        "conf.d/10-exchange.yaml:5:12: variable API_KEY is not set and has no default\n"
        "conf.d/10-exchange.yaml:6:9: mode: 'tesnet' is not one of testnet|live (did you mean "
        "'testnet'?)\n"
        "conf.d/10-exchange.yaml:7:16: recv_window: unknown unit 'sec': ns us ms s m h d (did you "
        "mean 's'?)\n"
        "conf.d/10-exchange.yaml:8:12: 'symbols' must be a list\n"
        "conf.d/30-risk.yaml:5:18: max_order_usd: '1e400' is not a decimal number such as 1000 or "
        "0.25\n"
        "conf.d/30-risk.yaml:6:3: unknown option 'max_positon_usd' (did you mean "
        "'max_position_usd'?)\n"
        "conf.d/30-risk.yaml:7:21: max_position_usd: '1000000' is above the maximum 100000 USD\n"
        "conf.d/30-risk.yaml:8:11: orders: 'ten' is not a whole number\n"
        "conf.d/70-sink.yaml:3:1: 'name' is given twice, first in line 2\n");
    cr_assert_eq(config_problem_count(fixture_config()), 10);
}
