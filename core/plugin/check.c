/* Checks of the exported data: module, descriptor, callbacks, options. */
#include "plugin/check.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "plugin/loader.h"

#include "base/banned.h"

enum { LINE_SIZE = 512, KIND_COUNT = SOFIA_KIND_SINK + 1 };

void check_found(struct check *check, const char *fmt, ...)
{
    char line[LINE_SIZE];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    for (char *at = line; *at != '\0'; at++) {
        *at = (unsigned char)*at < ' ' || *at == 0x7f
                  ? '?'
                  : *at; /* names are the plugin's: a problem stays one line */
    }
    text_addf(check->out, "%s\n", line);
    check->count++;
}

/* ---- what each kind must bring ---- */

struct callback {
    const char *name;
    size_t offset;
};

#define CALLBACK(kind, field)                                                                      \
    {                                                                                              \
#field, offsetof(struct sofia_##kind, field)                                               \
    }

static const struct callback exchange_callbacks[] = {
    CALLBACK(exchange, create),
    CALLBACK(exchange, start),
    CALLBACK(exchange, stop),
    CALLBACK(exchange, destroy),
    CALLBACK(exchange, encode_submit),
    CALLBACK(exchange, encode_cancel),
    CALLBACK(exchange, encode_cancel_all),
    CALLBACK(exchange, encode_query),
    CALLBACK(exchange, encode_open_orders),
    CALLBACK(exchange, encode_account),
    CALLBACK(exchange, encode_trades),
    CALLBACK(exchange, encode_time),
    CALLBACK(exchange, encode_instruments),
    CALLBACK(exchange, on_answer),
    CALLBACK(exchange, on_stream),
    CALLBACK(exchange, on_frame),
    CALLBACK(exchange, on_timer),
    CALLBACK(exchange, subscribe),
    CALLBACK(exchange, resync),
    CALLBACK(exchange, origin_url),
};

static const struct callback strategy_callbacks[] = {
    CALLBACK(strategy, create), CALLBACK(strategy, start),   CALLBACK(strategy, on_event),
    CALLBACK(strategy, stop),   CALLBACK(strategy, destroy),
};

static const struct callback risk_callbacks[] = {
    CALLBACK(risk, create),
    CALLBACK(risk, destroy),
    CALLBACK(risk, check),
};

static const struct callback sink_callbacks[] = {
    CALLBACK(sink, create), CALLBACK(sink, start),   CALLBACK(sink, on_events),
    CALLBACK(sink, stop),   CALLBACK(sink, destroy),
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct kind {
    const char *word;
    const char *struct_name;
    size_t size;
    const struct callback *callbacks;
    size_t callback_count;
} kinds[KIND_COUNT] = {
    [SOFIA_KIND_EXCHANGE] = {"exchange", "struct sofia_exchange", sizeof(struct sofia_exchange),
                             exchange_callbacks, LENGTH(exchange_callbacks)},
    [SOFIA_KIND_STRATEGY] = {"strategy", "struct sofia_strategy", sizeof(struct sofia_strategy),
                             strategy_callbacks, LENGTH(strategy_callbacks)},
    [SOFIA_KIND_RISK] = {"risk", "struct sofia_risk", sizeof(struct sofia_risk), risk_callbacks,
                         LENGTH(risk_callbacks)},
    [SOFIA_KIND_SINK] = {"sink", "struct sofia_sink", sizeof(struct sofia_sink), sink_callbacks,
                         LENGTH(sink_callbacks)},
};

const char *kind_word(uint32_t kind)
{
    return kind < KIND_COUNT ? kinds[kind].word : NULL;
}

/* ---- the integers of the module ---- */

static void check_abi(struct check *check, const struct sofia_module *head)
{
    if (head->abi_major != SOFIA_ABI_MAJOR) {
        check_found(check, "built for ABI %u, this core has ABI %u", head->abi_major,
                    SOFIA_ABI_MAJOR);
    } else if (head->abi_minor_needed > SOFIA_ABI_MINOR) {
        check_found(check, "needs ABI %u.%u, this core has ABI %u.%u", head->abi_major,
                    head->abi_minor_needed, SOFIA_ABI_MAJOR, SOFIA_ABI_MINOR);
    }
}

static void check_kind(struct check *check, uint32_t kind, uint32_t expected)
{
    if (kind_word(kind) == NULL) {
        check_found(check, "kind %u is none of exchange, strategy, risk, sink", kind);
    } else if (expected != 0 && kind != expected) {
        const char *wanted = kind_word(expected);
        check_found(check, "is of kind %s, the configuration expects %s", kind_word(kind),
                    wanted != NULL ? wanted : "something else");
    }
}

/* A struct of the plugin may be smaller than ours (older), but not without what we need, and not larger (newer). */
static bool check_size(struct check *check, const char *what, size_t size, size_t known)
{
    if (size > known) {
        check_found(check, "%s is larger (%zu) than this core knows (%zu): built with a newer SDK",
                    what, size, known);
        return false;
    }
    return true;
}

bool check_head(struct check *check, const struct sofia_module *head, uint32_t kind)
{
    if (head->magic != SOFIA_MAGIC) {
        check_found(check,
                    "sofia_module begins with %#llx, this core expects %#llx: not a Sofia plugin",
                    (unsigned long long)head->magic, (unsigned long long)SOFIA_MAGIC);
        return false;
    }
    check_abi(check, head);
    check_kind(check, head->kind, kind);
    if (head->size < sizeof(struct sofia_module)) {
        check_found(check, "struct sofia_module has %u bytes, this core needs at least %zu",
                    head->size, sizeof(struct sofia_module));
        return false;
    }
    return check_size(check, "struct sofia_module", head->size, sizeof(struct sofia_module));
}

/* ---- names ---- */

static size_t word_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
}

static void check_id(struct check *check, const char *id, uint32_t kind)
{
    if (id == NULL || id[0] == '\0') {
        check_found(check, "has no id");
        return;
    }
    const char *word = kind_word(kind);
    size_t vendor = word_length(id);
    const char *middle = vendor > 0 && id[vendor] == '.' ? id + vendor + 1 : "";
    size_t middle_len = word_length(middle);
    const char *name = middle_len > 0 && middle[middle_len] == '.' ? middle + middle_len + 1 : "";
    size_t name_len = word_length(name);
    if (name_len == 0 || name[name_len] != '\0' || strlen(id) >= SOFIA_NAME_SIZE) {
        check_found(check, "id '%.100s' is not vendor.kind.name in lower case", id);
    } else if (word != NULL && !str_eq_n(word, middle, middle_len)) {
        check_found(check, "id '%s' says '%.*s', the module is of kind %s", id, (int)middle_len,
                    middle, word);
    }
}

/* ---- descriptor ---- */

static bool has_callback(const void *desc, const struct callback *callback)
{
    void (*function)(void);
    memcpy(&function, (const char *)desc + callback->offset, sizeof(function));
    return function != NULL;
}

/* True if every required field is inside the struct. */
static bool check_room(struct check *check, const struct kind *kind, uint32_t size)
{
    struct text missing = {0};
    size_t needed = 0;
    for (size_t i = 0; i < kind->callback_count; i++) {
        size_t end = kind->callbacks[i].offset + sizeof(void (*)(void));
        needed = end > needed ? end : needed;
        if (end > size) {
            text_addf(&missing, "%s%s", missing.len > 0 ? ", " : "", kind->callbacks[i].name);
        }
    }
    bool complete = missing.len == 0 && size >= needed;
    if (!complete) {
        check_found(check, "%s has %u bytes, this core needs at least %zu (%s %s missing)",
                    kind->struct_name, size, needed, text_get(&missing),
                    strchr(text_get(&missing), ',') != NULL ? "are" : "is");
    }
    text_release(&missing);
    return complete;
}

static bool check_descriptor(struct check *check, const struct sofia_module *desc)
{
    const struct kind *kind = &kinds[desc->kind];
    uint32_t size;
    if (desc->descriptor == NULL) {
        check_found(check, "has no descriptor (%s)", kind->struct_name);
        return false;
    }
    memcpy(&size, desc->descriptor, sizeof(size));
    bool known = check_size(check, kind->struct_name, size, kind->size);
    bool complete = check_room(check, kind, size);
    for (size_t i = 0; i < kind->callback_count && complete; i++) {
        if (!has_callback(desc->descriptor, &kind->callbacks[i])) {
            check_found(check, "%s has no %s", kind->struct_name, kind->callbacks[i].name);
        }
    }
    return known && complete;
}

/* ---- options ---- */

static bool can_change_live(const struct sofia_module *desc)
{
    const struct sofia_strategy *strategy = desc->descriptor;
    const struct sofia_risk *risk = desc->descriptor;
    if (desc->kind == SOFIA_KIND_STRATEGY) {
        return SOFIA_HAS(sofia_strategy, strategy, config_commit) &&
               strategy->config_check != NULL && strategy->config_commit != NULL;
    }
    return desc->kind == SOFIA_KIND_RISK && SOFIA_HAS(sofia_risk, risk, config_commit) &&
           risk->config_check != NULL && risk->config_commit != NULL;
}

static void check_live(struct check *check, const struct sofia_module *desc)
{
    for (uint32_t i = 0; i < desc->option_count; i++) {
        const struct sofia_option *option = &desc->options[i];
        if ((option->flags & SOFIA_OPTION_LIVE) != 0) {
            check_found(check,
                        "option '%s' may change while running, but %s has no config_check and "
                        "config_commit",
                        option->name, kinds[desc->kind].struct_name);
        }
    }
}

static void check_options(struct check *check, const struct sofia_module *desc, bool descriptor_ok)
{
    if (desc->option_count == 0) {
        return;
    }
    if (!check_size(check, "struct sofia_option", desc->option_size, sizeof(struct sofia_option))) {
        return;
    }
    if (desc->option_size < sizeof(struct sofia_option)) {
        check_found(check, "struct sofia_option has %u bytes, this core needs at least %zu",
                    desc->option_size, sizeof(struct sofia_option));
        return;
    }
    struct config_table table = {
        .options = desc->options, .count = desc->option_count, .stride = desc->option_size};
    size_t found = config_table_check(&table, check->out);
    check->count += found;
    if (found == 0 && descriptor_ok && !can_change_live(desc)) {
        check_live(check, desc);
    }
}

size_t module_check(const struct sofia_module *desc, uint32_t kind, struct text *problems)
{
    struct check check = {.out = problems};
    if (!check_head(&check, desc, kind)) {
        return check.count;
    }
    check_id(&check, desc->id, desc->kind);
    if (desc->version == NULL || desc->version[0] == '\0') {
        check_found(&check, "has no version");
    }
    if (kind_word(desc->kind) == NULL) {
        return check.count;
    }
    bool whole = check_descriptor(&check, desc);
    if (whole && desc->kind == SOFIA_KIND_EXCHANGE) {
        check_exchange_tables(&check, desc->descriptor);
    }
    check_options(&check, desc, whole);
    return check.count;
}
