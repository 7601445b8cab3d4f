/* From configuration to instances: modules loaded, options bound, plugins created. All problems are collected. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "engine/impl.h"

struct loaded {
    struct config_instance *instance;
    const struct module *module;
};

#define LOADED_MAX 64

/* ---- checking: nothing is created ---- */

static int load_one(const struct engine_config *config, struct config_instance *instance,
                    struct config_table *table, struct loaded *ret_loaded)
{
    struct loader_policy policy = {
        .folders = config->folders, .kind = instance->kind, .sha256 = instance->sha256};
    const struct module *module;
    const struct config_bound *bound;
    if (module_load(instance->plugin, &policy, &module) != 0) {
        return config_complain(config->config, instance->plugin_mark, "%s", error_message());
    }
    const struct sofia_module *desc = module_descriptor(module);
    *table = (struct config_table){
        .options = desc->options, .count = desc->option_count, .stride = desc->option_size};
    int rc = config_bind(config->config, instance, table, &bound);
    *ret_loaded = (struct loaded){.instance = instance, .module = module};
    return rc;
}

static size_t load_all(const struct engine_config *config, struct loaded *loaded)
{
    static struct config_table
        tables[CONFIG_FILES_MAX]; /* a binding points at its table for good */
    size_t count = 0;
    for (size_t i = 0; i < config_instance_count(config->config); i++) {
        struct config_instance *instance = config_instance_at(config->config, i);
        if (!instance->enabled || instance->kind == CONFIG_ENGINE) {
            continue;
        }
        if (count == LOADED_MAX) {
            (void)config_complain(config->config, instance->mark, "more than %d plugins",
                                  LOADED_MAX);
            return count;
        }
        if (load_one(config, instance, &tables[i], &loaded[count]) == 0) {
            count++;
        }
    }
    return count;
}

static void check_counts(const struct engine_config *config)
{
    uint32_t counts[CONFIG_KIND_COUNT] = {0};
    for (size_t i = 0; i < config_instance_count(config->config); i++) {
        const struct config_instance *instance = config_instance_at(config->config, i);
        counts[instance->kind] += instance->enabled ? 1u : 0u;
    }
    struct config_mark mark = config_engine(config->config)->mark;
    if (counts[CONFIG_EXCHANGE] == 0) {
        (void)config_complain(config->config, mark,
                              "no exchange is enabled: there is nothing to trade on");
    }
    if (counts[CONFIG_EXCHANGE] > ENGINE_EXCHANGES || counts[CONFIG_STRATEGY] > ENGINE_STRATEGIES ||
        counts[CONFIG_RISK] > PATH_RULES || counts[CONFIG_SINK] > ENGINE_SINKS) {
        (void)config_complain(
            config->config, mark,
            "too many instances: at most %d exchanges, %d strategies, %d risk rules, %d sinks",
            ENGINE_EXCHANGES, ENGINE_STRATEGIES, PATH_RULES, ENGINE_SINKS);
    }
    if (counts[CONFIG_RISK] == 0) {
        (void)config_complain(config->config, mark,
                              "no risk rule is enabled: absent limits refuse every order");
    }
}

int engine_check(const struct engine_config *config, struct engine_options *ret_options)
{
    struct loaded loaded[LOADED_MAX];
    (void)engine_options_bind(config->config, ret_options);
    (void)load_all(config, loaded);
    check_counts(config);
    return config_problem_count(config->config) == 0
               ? 0
               : error_set(ERR_INVALID, "the configuration has %zu problems",
                           config_problem_count(config->config));
}

/* ---- creating ---- */

static int create_exchange(struct engine *e, const struct loaded *loaded)
{
    struct exchange_config config = {.net = e->net,
                                     .trust = e->trust,
                                     .running_clock = e->real,
                                     .budgets = e->budgets,
                                     .nonce_dir = e->nonce_dir,
                                     .owner = engine_exchange_owner(e)};
    struct engine_exchange *x = &e->exchanges[e->exchange_count];
    int rc = exchange_new(&config, e->exchange_count + 1, loaded->instance->name, loaded->module,
                          loaded->instance->bound, e->keys, &e->clock.clock, &x->exchange);
    e->exchange_count += rc == 0 ? 1u : 0u;
    return rc;
}

static int create_strategy(struct engine *e, const struct loaded *loaded)
{
    struct strategy_owner owner = engine_strategy_owner(e);
    int rc =
        strategy_new(&owner, e->net, e->strategy_count + 1, loaded->instance->name, loaded->module,
                     loaded->instance->bound, &e->clock.clock, &e->strategies[e->strategy_count]);
    e->strategy_count += rc == 0 ? 1u : 0u;
    return rc;
}

static int create_rule(struct engine *e, const struct loaded *loaded)
{
    struct instance *rule = &e->rules[e->rule_count];
    instance_init(rule, e->rule_count + 1, loaded->instance->name, loaded->module,
                  loaded->instance->bound, NULL, &e->clock.clock);
    const struct sofia_risk *desc = rule->desc->descriptor;
    int rc = desc->create(&rule->host, &rule->self);
    if (rc != 0) {
        return error_set(ERR_INVALID, "risk rule '%s' refused its options (status %d)", rule->name,
                         rc);
    }
    e->rule_count++;
    return 0;
}

static int visit_metrics(void *ctx, sofia_metric_visit_fn visit, void *visit_ctx)
{
    struct engine *e = ctx;
    metrics_visit(e->metrics, visit, visit_ctx);
    return SOFIA_OK;
}

static int create_sink(struct engine *e, const struct loaded *loaded)
{
    struct sink_config config = {.journal = e->journal,
                                 .state_dir = e->options.state_dir,
                                 .clock = e->real,
                                 .metrics = visit_metrics,
                                 .ctx = e};
    int rc = sink_new(&config, e->sink_count + 1, loaded->instance->name, loaded->module,
                      loaded->instance->bound, &e->sinks[e->sink_count]);
    e->sink_count += rc == 0 ? 1u : 0u;
    return rc;
}

static int create(struct engine *e, const struct loaded *loaded)
{
    switch ((int)loaded->instance->kind) {
    case CONFIG_EXCHANGE:
        return create_exchange(e, loaded);
    case CONFIG_STRATEGY:
        return create_strategy(e, loaded);
    case CONFIG_RISK:
        return create_rule(e, loaded);
    default:
        return create_sink(e, loaded);
    }
}

int engine_load(struct engine *e)
{
    struct loaded loaded[LOADED_MAX];
    size_t count = load_all(&e->config, loaded);
    if (config_problem_count(e->config.config) > 0) {
        return error_set(ERR_INVALID, "the configuration has %zu problems",
                         config_problem_count(e->config.config));
    }
    for (size_t i = 0; i < count; i++) {
        int rc = create(e, &loaded[i]);
        if (rc != 0) {
            return error_append("%s '%s'", config_kind_name(loaded[i].instance->kind),
                                loaded[i].instance->name);
        }
    }
    return 0;
}

void engine_unload(struct engine *e)
{
    for (uint32_t i = 0; i < e->strategy_count; i++) {
        strategy_free(e->strategies[i]);
    }
    for (uint32_t i = 0; i < e->rule_count; i++) {
        const struct sofia_risk *desc = e->rules[i].desc->descriptor;
        desc->destroy(e->rules[i].self);
    }
    for (uint32_t i = 0; i < e->exchange_count; i++) {
        exchange_free(e->exchanges[i].exchange);
    }
    for (uint32_t i = 0; i < e->sink_count; i++) {
        sink_free(e->sinks[i]);
    }
}
