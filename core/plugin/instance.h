/* One running plugin: a module, its configuration, its name and its standing.
 *
 *     conf.d/30-risk-limits.yaml + risk_limits.so --> struct instance "limits" --> chain, feeds, sinks
 *
 * Standing: an instance runs until it is stopped. It is quarantined, with a reason that is logged and shown, when it breaks the
 * rules of the interface (an exchange that tries to send an order outside the path, a strategy that returns an error). A
 * quarantined instance gets no more callbacks but destroy.
 *
 * The guard measures each callback: one that runs longer than the budget is counted and named.
 *
 * Owner: the engine. Thread: created on main, used on the thread of its kind.
 */
#ifndef PLUGIN_INSTANCE_H
#define PLUGIN_INSTANCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <sofia/module.h>

#include "base/clock.h"
#include "keys/keys.h"

struct config_instance;
struct config_bound;
struct keys;
struct module;

#define INSTANCE_SECRETS 8
struct config_value;
struct instance_secret {
    const struct config_value *value;
    sofia_handle handle;
};

struct instance {
    uint32_t number; /* per kind, from 1 */
    uint32_t kind;
    const struct module *module;
    const struct sofia_module *desc;
    const struct config_bound *options;
    struct keys *keys;
    struct clock *clock; /* stands still during a turn for [trade] kinds */
    void *self;          /* the plugin's */
    struct sofia_host host;
    void *owner;              /* struct exchange, struct strategy ... that embeds this instance */
    _Atomic bool condemned;   /* somebody is writing why */
    _Atomic bool quarantined; /* why is written and never changes again */
    _Atomic uint64_t callbacks;
    _Atomic uint64_t over_budget;
    _Atomic int64_t worst_ns;
    int64_t budget_ns;
    _Atomic int64_t entered_mono_ns; /* 0: not inside a callback; read by the watchdog */
    uint32_t secret_count;
    struct instance_secret secrets[INSTANCE_SECRETS];
    char
        key_fingerprint[KEYS_FINGERPRINT_SIZE]; /* of the option that is the key's identifier; "" */
    char name[SOFIA_NAME_SIZE];
    char why[SOFIA_REASON_SIZE]; /* of the quarantine */
};

/* Fills the common part of the host. keys may be NULL for kinds without secrets. */
void instance_init(struct instance *instance, uint32_t number, const char *name,
                   const struct module *module, const struct config_bound *options,
                   struct keys *keys, struct clock *clock);

/* No more callbacks. Logs once, with the sentence. */
void instance_quarantine(struct instance *instance, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));

/* Around each callback. leave counts and names what took too long. */
void guard_enter(struct instance *instance);
void guard_leave(struct instance *instance, const char *callback);

#endif
