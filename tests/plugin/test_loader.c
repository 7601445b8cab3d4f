/* Loading from the folders of this build: what is good comes in, what is wrong is refused with a sentence. */
#include <criterion/criterion.h>

#include "base/error.h"
#include "plugin/loader.h"

static const char *const good_folders[] = {SOFIA_BINARY_DIR "/plugins", NULL};

static const struct module *load_good(const char *name, uint32_t kind)
{
    struct loader_policy policy = {.folders = good_folders, .kind = kind};
    const struct module *module = NULL;
    cr_assert(module_load(name, &policy, &module) == 0, "%s", error_message());
    return module;
}

Test(loader, each_kind_loads)
{
    cr_assert_str_eq(module_descriptor(load_good("exchange_binance.so", SOFIA_KIND_EXCHANGE))->id,
                     "sofia.exchange.binance");
    cr_assert_str_eq(module_descriptor(load_good("risk_limits.so", SOFIA_KIND_RISK))->id,
                     "sofia.risk.limits");
    cr_assert_str_eq(module_descriptor(load_good("strategy_quoter.so", SOFIA_KIND_STRATEGY))->id,
                     "sofia.strategy.quoter");
    cr_assert_str_eq(module_descriptor(load_good("sink_jsonl.so", SOFIA_KIND_SINK))->id,
                     "sofia.sink.jsonl");
}
