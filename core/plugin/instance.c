#include "plugin/instance.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "config/config.h"
#include "keys/keys.h"
#include "plugin/loader.h"

#define BUDGET_NS (5 * CLOCK_NS_PER_MS)

static struct instance *instance_of(const struct sofia_host *host)
{
    return host->impl;
}

/* ---- the common part of the host ---- */

static void host_log(const struct sofia_host *host, uint32_t level, const char *text)
{
    enum log_level at = level >= LOG_DEBUG && level <= LOG_ERROR ? (enum log_level)level : LOG_INFO;
    log_at(at, "plugin", "%s: %s", instance_of(host)->name, text);
}

static int64_t host_now(const struct sofia_host *host)
{
    return clock_now_ns(instance_of(host)->clock);
}

static int64_t host_mono(const struct sofia_host *host)
{
    return clock_mono_ns(instance_of(host)->clock);
}

static const char *host_name(const struct sofia_host *host)
{
    return instance_of(host)->name;
}

static const void *host_extension(const struct sofia_host *host, const char *id)
{
    (void)host;
    (void)id;
    return NULL; /* ABI 1 has none yet */
}

static int option_status(int rc)
{
    return rc == 0 ? SOFIA_OK : rc == ERR_NOT_FOUND ? SOFIA_ENOENT : SOFIA_EINVAL;
}

static int option_text(const struct sofia_host *host, const char *name, const char **ret)
{
    return option_status(config_get_text(instance_of(host)->options, name, ret));
}

static int option_int(const struct sofia_host *host, const char *name, int64_t *ret)
{
    return option_status(config_get_int(instance_of(host)->options, name, ret));
}

static int option_decimal(const struct sofia_host *host, const char *name,
                          struct sofia_decimal *ret)
{
    return option_status(config_get_decimal(instance_of(host)->options, name, ret));
}

static int option_duration(const struct sofia_host *host, const char *name, int64_t *ret)
{
    return option_status(config_get_duration_ns(instance_of(host)->options, name, ret));
}

static int option_bool(const struct sofia_host *host, const char *name, uint32_t *ret)
{
    bool value;
    int rc = config_get_bool(instance_of(host)->options, name, &value);
    if (rc == 0) {
        *ret = value ? 1 : 0;
    }
    return option_status(rc);
}

static uint32_t option_count(const struct sofia_host *host, const char *name)
{
    size_t count = 0;
    (void)config_get_count(instance_of(host)->options, name, &count);
    return (uint32_t)count;
}

static int option_item(const struct sofia_host *host, const char *name, uint32_t index,
                       const char **ret)
{
    return option_status(config_get_item(instance_of(host)->options, name, index, ret));
}

static int option_cell(const struct sofia_host *host, const char *name, uint32_t row,
                       const char *column, const char **ret)
{
    const struct config_value *cell;
    int rc = config_get_cell(instance_of(host)->options, name, row, column, &cell);
    if (rc == 0) {
        *ret = cell->text;
    }
    return option_status(rc);
}

/* The secret is read once, when the plugin first asks; an empty text means there is none. */
static int option_secret(const struct sofia_host *host, const char *name, sofia_handle *ret)
{
    struct instance *instance = instance_of(host);
    const struct config_value *value = config_find(instance->options, name);
    if (value == NULL || value->option->type != SOFIA_OPTION_SECRET) {
        return value == NULL ? SOFIA_ENOENT : SOFIA_EINVAL;
    }
    if (value->text == NULL || value->text[0] == '\0') {
        *ret = 0;
        return SOFIA_OK;
    }
    if (instance->keys == NULL) {
        return SOFIA_EDENIED;
    }
    for (uint32_t i = 0; i < instance->secret_count; i++) {
        if (instance->secrets[i].value == value) {
            *ret = instance->secrets[i].handle;
            return SOFIA_OK;
        }
    }
    char label[KEYS_LABEL_SIZE];
    (void)str_format(label, sizeof(label), "%s.%s", instance->name, name);
    uint64_t handle;
    if (instance->secret_count == INSTANCE_SECRETS ||
        keys_load(instance->keys, value->text, label, &handle) != 0) {
        log_error("plugin", "%s: secret '%s': %s", instance->name, name, error_message());
        return SOFIA_EFAIL;
    }
    if ((value->option->flags & SOFIA_OPTION_IDENTIFIER) != 0) {
        (void)keys_mark_identifier(instance->keys, handle);
        (void)keys_fingerprint(instance->keys, handle, instance->key_fingerprint);
    }
    instance->secrets[instance->secret_count++] =
        (struct instance_secret){.value = value, .handle = handle};
    *ret = handle;
    return SOFIA_OK;
}

/* Kinds without instruments or timers answer so; the others replace these. */
static int no_find(const struct sofia_host *host, const char *name, uint32_t *ret)
{
    (void)host;
    (void)name;
    (void)ret;
    return SOFIA_ENOTSUP;
}

static int no_instrument(const struct sofia_host *host, uint32_t id, struct sofia_instrument *ret)
{
    (void)host;
    (void)id;
    (void)ret;
    return SOFIA_ENOTSUP;
}

static int no_timer(const struct sofia_host *host, int64_t delay, uint64_t cookie,
                    sofia_handle *ret)
{
    (void)host;
    (void)delay;
    (void)cookie;
    (void)ret;
    return SOFIA_ENOTSUP;
}

static int no_timer_stop(const struct sofia_host *host, sofia_handle timer)
{
    (void)host;
    (void)timer;
    return SOFIA_ENOTSUP;
}

static const struct sofia_host common_host = {
    .size = sizeof(struct sofia_host),
    .abi_minor = SOFIA_ABI_MINOR,
    .log = host_log,
    .now_ns = host_now,
    .mono_ns = host_mono,
    .name = host_name,
    .extension = host_extension,
    .option_text = option_text,
    .option_int = option_int,
    .option_decimal = option_decimal,
    .option_duration_ns = option_duration,
    .option_bool = option_bool,
    .option_secret = option_secret,
    .option_count = option_count,
    .option_item = option_item,
    .option_cell = option_cell,
    .instrument_find = no_find,
    .instrument = no_instrument,
    .timer = no_timer,
    .timer_stop = no_timer_stop,
};

void instance_init(struct instance *instance, uint32_t number, const char *name,
                   const struct module *module, const struct config_bound *options,
                   struct keys *keys, struct clock *clock)
{
    memset(instance, 0, sizeof(*instance));
    instance->number = number;
    instance->module = module;
    instance->desc = module_descriptor(module);
    instance->kind = instance->desc->kind;
    instance->options = options;
    instance->keys = keys;
    instance->clock = clock;
    instance->budget_ns = BUDGET_NS;
    instance->host = common_host;
    instance->host.impl = instance;
    (void)str_copy(instance->name, sizeof(instance->name), name);
}

void instance_quarantine(struct instance *instance, const char *fmt, ...)
{
    va_list args;
    if (atomic_exchange(&instance->condemned, true)) {
        return;
    }
    va_start(args, fmt);
    (void)vsnprintf(instance->why, sizeof(instance->why), fmt, args);
    va_end(args);
    atomic_store(&instance->quarantined, true);
    log_error("plugin", "'%s' (%s) is stopped: %s", instance->name, instance->desc->id,
              instance->why);
}

void guard_enter(struct instance *instance)
{
    atomic_store_explicit(&instance->entered_mono_ns, clock_mono_ns(clock_real()),
                          memory_order_relaxed);
}

void guard_leave(struct instance *instance, const char *callback)
{
    int64_t entered = atomic_load_explicit(&instance->entered_mono_ns, memory_order_relaxed);
    int64_t spent = clock_mono_ns(clock_real()) - entered;
    atomic_store_explicit(&instance->entered_mono_ns, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&instance->callbacks, 1, memory_order_relaxed);
    if (spent > atomic_load_explicit(&instance->worst_ns, memory_order_relaxed)) {
        atomic_store_explicit(&instance->worst_ns, spent, memory_order_relaxed);
    }
    if (spent > instance->budget_ns) {
        atomic_fetch_add_explicit(&instance->over_budget, 1, memory_order_relaxed);
        log_warn("plugin", "'%s' needed %lld us in %s", instance->name,
                 (long long)(spent / CLOCK_NS_PER_US), callback);
    }
}
