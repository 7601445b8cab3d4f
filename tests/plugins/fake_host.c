#include "fake_host.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <sofia/kit/decimal.h>

/* Where the modules are; a test of modules built elsewhere says so. */
#ifndef FAKE_PLUGIN_DIR
#define FAKE_PLUGIN_DIR SOFIA_BINARY_DIR "/plugins"
#endif

#define CELL_SIZE 64

static struct fake_host *fake_of(const struct sofia_host *host)
{
    return host->impl;
}

const struct sofia_module *fake_module_load(const char *name)
{
    char path[4096];
    void *library = NULL;
    const struct sofia_module *module = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s.so", FAKE_PLUGIN_DIR, name);
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(library, "%s", dlerror());
    module = dlsym(library, SOFIA_MODULE_SYMBOL);
    cr_assert_not_null(module);
    cr_assert_eq(module->magic, SOFIA_MAGIC);
    cr_assert_eq(module->size, sizeof(*module));
    cr_assert_eq(module->option_size, sizeof(struct sofia_option));
    return module;
}

/* ---- options ---- */

void fake_option(struct fake_host *fake, const char *name, const char *text)
{
    for (uint32_t i = 0; i < fake->option_count; i++) {
        if (strcmp(fake->options[i].name, name) == 0) {
            fake->options[i].text = text;
            return;
        }
    }
    cr_assert_lt(fake->option_count, FAKE_OPTIONS);
    fake->options[fake->option_count].name = name;
    fake->options[fake->option_count].text = text;
    fake->option_count++;
}

static const struct sofia_option *declared(const struct fake_host *fake, const char *name,
                                           uint32_t type)
{
    for (uint32_t i = 0; i < fake->module->option_count; i++) {
        const struct sofia_option *option = &fake->module->options[i];

        if (strcmp(option->name, name) == 0) {
            cr_assert_eq(option->type, type, "option '%s' read as another type", name);
            return option;
        }
    }
    cr_assert_fail("option '%s' is not in the table", name);
    return NULL;
}

/* The text in force: the test's, else the default. A required option the test forgot fails it. */
static const char *text_of(const struct sofia_host *host, const char *name, uint32_t type)
{
    const struct fake_host *fake = fake_of(host);
    const struct sofia_option *option = declared(fake, name, type);

    for (uint32_t i = 0; i < fake->option_count; i++) {
        if (strcmp(fake->options[i].name, name) == 0) {
            return fake->options[i].text;
        }
    }
    cr_assert_not_null(option->default_text, "required option '%s' is not set", name);
    return option->default_text;
}

static int option_text(const struct sofia_host *host, const char *name, const char **ret_text)
{
    *ret_text = text_of(host, name, SOFIA_OPTION_TEXT);
    return SOFIA_OK;
}

static int option_int(const struct sofia_host *host, const char *name, int64_t *ret_value)
{
    *ret_value = strtoll(text_of(host, name, SOFIA_OPTION_INT), NULL, 10);
    return SOFIA_OK;
}

static int option_decimal(const struct sofia_host *host, const char *name,
                          struct sofia_decimal *ret_value)
{
    *ret_value = fake_decimal(text_of(host, name, SOFIA_OPTION_DECIMAL));
    return SOFIA_OK;
}

static int option_duration_ns(const struct sofia_host *host, const char *name, int64_t *ret_ns)
{
    char *unit = NULL;
    int64_t value = strtoll(text_of(host, name, SOFIA_OPTION_DURATION), &unit, 10);

    cr_assert(strcmp(unit, "ms") == 0 || strcmp(unit, "s") == 0, "the fake reads ms and s only");
    *ret_ns = value * (unit[0] == 'm' ? INT64_C(1000000) : INT64_C(1000000000));
    return SOFIA_OK;
}

static int option_bool(const struct sofia_host *host, const char *name, uint32_t *ret_value)
{
    *ret_value = strcmp(text_of(host, name, SOFIA_OPTION_BOOL), "true") == 0;
    return SOFIA_OK;
}

static uint32_t option_count(const struct sofia_host *host, const char *name)
{
    const char *text = text_of(host, name, SOFIA_OPTION_ROWS);
    uint32_t count = text[0] == '\0' ? 0 : 1;

    for (; *text != '\0'; text++) {
        count += *text == ';' ? 1u : 0u;
    }
    return count;
}

static int option_cell(const struct sofia_host *host, const char *name, uint32_t row,
                       const char *column, const char **ret_text)
{
    static char cells[16][CELL_SIZE]; /* texts must outlive the call; 16 are enough for a test */
    static uint32_t turn;
    const struct sofia_option *option = declared(fake_of(host), name, SOFIA_OPTION_ROWS);
    const char *at = text_of(host, name, SOFIA_OPTION_ROWS);
    char *cell = cells[turn++ % 16];
    size_t len = 0;

    for (; row > 0; row--) {
        at = strchr(at, ';') + 1;
    }
    for (uint32_t i = 0; strcmp(option->rows[i].name, column) != 0; i++) {
        cr_assert_lt(i + 1, option->row_count, "no column '%s' in '%s'", column, name);
        at = strchr(at, ',') + 1;
    }
    len = strcspn(at, ",;");
    cr_assert_lt(len, CELL_SIZE);
    memcpy(cell, at, len);
    cell[len] = '\0';
    *ret_text = cell;
    return SOFIA_OK;
}

/* ---- common ---- */

static void fake_log(const struct sofia_host *host, uint32_t level, const char *text)
{
    struct fake_host *fake = fake_of(host);

    fake->log_count++;
    fake->log_level = level;
    (void)snprintf(fake->log_text, sizeof(fake->log_text), "%s", text);
}

static int64_t now_ns(const struct sofia_host *host)
{
    return fake_of(host)->now_ns;
}

static int64_t mono_ns(const struct sofia_host *host)
{
    return fake_of(host)->mono_ns;
}

static const char *instance_name(const struct sofia_host *host)
{
    (void)host;
    return "fake";
}

static const void *extension(const struct sofia_host *host, const char *id)
{
    (void)host;
    (void)id;
    return NULL;
}

static int instrument_find(const struct sofia_host *host, const char *name,
                           uint32_t *ret_instrument)
{
    const struct fake_host *fake = fake_of(host);

    for (uint32_t i = 0; i < fake->instrument_count; i++) {
        if (strcmp(fake->instruments[i].name, name) == 0) {
            *ret_instrument = i + 1;
            return SOFIA_OK;
        }
    }
    return SOFIA_ENOENT;
}

static int instrument_view(const struct sofia_host *host, uint32_t number,
                           struct sofia_instrument *ret_instrument)
{
    const struct fake_host *fake = fake_of(host);

    if (number == 0 || number > fake->instrument_count) {
        return SOFIA_ENOENT;
    }
    *ret_instrument = fake->instruments[number - 1];
    return SOFIA_OK;
}

static struct fake_post *post(struct fake_host *fake, enum fake_post_kind kind)
{
    struct fake_post *entry = NULL;

    cr_assert_lt(fake->post_count, FAKE_POSTS);
    entry = &fake->posts[fake->post_count++];
    entry->kind = kind;
    return entry;
}

static int timer(const struct sofia_host *host, int64_t delay_ns, uint64_t cookie,
                 sofia_handle *ret_timer)
{
    struct fake_post *entry = post(fake_of(host), FAKE_POST_TIMER);

    entry->delay_ns = delay_ns;
    entry->cookie = cookie;
    *ret_timer = 1;
    return SOFIA_OK;
}

static int timer_stop(const struct sofia_host *host, sofia_handle handle)
{
    (void)host;
    (void)handle;
    return SOFIA_OK;
}

/* ---- strategy ---- */

static int submit(const struct sofia_host *host, const struct sofia_intent *intent,
                  uint64_t *ret_order_id)
{
    struct fake_host *fake = fake_of(host);
    struct fake_post *entry = NULL;

    cr_assert_eq(intent->size, sizeof(*intent));
    if (fake->submit_status != SOFIA_OK) {
        return fake->submit_status;
    }
    entry = post(fake, FAKE_POST_SUBMIT);
    entry->intent = *intent;
    entry->order_id = fake->next_order_id++;
    *ret_order_id = entry->order_id;
    return SOFIA_OK;
}

static int cancel(const struct sofia_host *host, uint64_t order_id)
{
    post(fake_of(host), FAKE_POST_CANCEL)->order_id = order_id;
    return SOFIA_OK;
}

static int cancel_all(const struct sofia_host *host, uint32_t instrument)
{
    post(fake_of(host), FAKE_POST_CANCEL_ALL)->instrument = instrument;
    return SOFIA_OK;
}

static int order_view(const struct sofia_host *host, uint64_t order_id,
                      struct sofia_order *ret_order)
{
    const struct fake_host *fake = fake_of(host);

    for (uint32_t i = 0; i < fake->order_count; i++) {
        if (fake->orders[i].order_id == order_id) {
            *ret_order = fake->orders[i];
            return SOFIA_OK;
        }
    }
    return SOFIA_ENOENT;
}

static uint32_t open_orders(const struct sofia_host *host, uint64_t *ret_order_ids, uint32_t cap)
{
    const struct fake_host *fake = fake_of(host);
    uint32_t count = 0;

    for (uint32_t i = 0; i < fake->order_count && count < cap; i++) {
        if (!SOFIA_STATE_IS_TERMINAL(fake->orders[i].state)) {
            ret_order_ids[count++] = fake->orders[i].order_id;
        }
    }
    return count;
}

static int position_view(const struct sofia_host *host, uint32_t number,
                         struct sofia_position *ret_position)
{
    (void)number;
    *ret_position = fake_of(host)->position;
    return SOFIA_OK;
}

static int top_view(const struct sofia_host *host, uint32_t number, struct sofia_top *ret_top)
{
    (void)number;
    *ret_top = fake_of(host)->top;
    return SOFIA_OK;
}

static int subscribe(const struct sofia_host *host, const char *name)
{
    (void)host;
    cr_assert_neq(name[0], '\0');
    return SOFIA_OK;
}

/* ---- sink ---- */

static int visit_metrics(const struct sofia_host *host, sofia_metric_visit_fn visit, void *ctx)
{
    struct fake_host *fake = fake_of(host);

    if (fake->metrics != NULL) {
        fake->metrics(fake->metrics_source, visit, ctx);
    }
    return SOFIA_OK;
}

static int page_put(const struct sofia_host *host, const char *name, const char *content_type,
                    const void *bytes, size_t len)
{
    struct fake_host *fake = fake_of(host);

    if (fake->page_status != SOFIA_OK) {
        return fake->page_status;
    }
    free(fake->page);
    fake->page = malloc(len + 1);
    cr_assert_not_null(fake->page);
    memcpy(fake->page, bytes, len);
    fake->page[len] = '\0';
    fake->page_len = len;
    (void)snprintf(fake->page_name, sizeof(fake->page_name), "%s", name);
    (void)snprintf(fake->page_type, sizeof(fake->page_type), "%s", content_type);
    return SOFIA_OK;
}

static int state_path(const struct sofia_host *host, const char *name, char *buf, size_t cap)
{
    int len = snprintf(buf, cap, "%s/%s", fake_of(host)->state_dir, name);

    return len > 0 && (size_t)len < cap ? SOFIA_OK : SOFIA_ESPACE;
}

/* ---- the test's side ---- */

void fake_host_init(struct fake_host *fake, const struct sofia_module *module)
{
    memset(fake, 0, sizeof(*fake));
    fake->module = module;
    fake->now_ns = INT64_C(1772366400000000000); /* 2026-03-01 12:00:00 UTC */
    fake->mono_ns = INT64_C(1000000000);
    fake->next_order_id = 1001;
    fake->top.size = sizeof(fake->top);
    fake->position.size = sizeof(fake->position);
    fake->strategy = (struct sofia_host_strategy){
        .size = sizeof(fake->strategy),
        .submit = submit,
        .cancel = cancel,
        .cancel_all = cancel_all,
        .order = order_view,
        .open_orders = open_orders,
        .position = position_view,
        .top = top_view,
        .subscribe = subscribe,
    };
    fake->sink = (struct sofia_host_sink){
        .size = sizeof(fake->sink),
        .metrics = visit_metrics,
        .page_put = page_put,
        .state_path = state_path,
    };
    fake->host = (struct sofia_host){
        .size = sizeof(fake->host),
        .abi_minor = SOFIA_ABI_MINOR,
        .impl = fake,
        .strategy = module->kind == SOFIA_KIND_STRATEGY ? &fake->strategy : NULL,
        .sink = module->kind == SOFIA_KIND_SINK ? &fake->sink : NULL,
        .log = fake_log,
        .now_ns = now_ns,
        .mono_ns = mono_ns,
        .name = instance_name,
        .extension = extension,
        .option_text = option_text,
        .option_int = option_int,
        .option_decimal = option_decimal,
        .option_duration_ns = option_duration_ns,
        .option_bool = option_bool,
        .option_count = option_count,
        .option_cell = option_cell,
        .instrument_find = instrument_find,
        .instrument = instrument_view,
        .timer = timer,
        .timer_stop = timer_stop,
    };
}

void fake_host_release(struct fake_host *fake)
{
    free(fake->page);
    fake->page = NULL;
}

uint32_t fake_instrument(struct fake_host *fake, const char *name, const char *tick,
                         const char *lot)
{
    struct sofia_instrument *instrument = NULL;
    const char *slash = strchr(name, '/');

    cr_assert_lt(fake->instrument_count, FAKE_INSTRUMENTS);
    cr_assert_not_null(slash);
    instrument = &fake->instruments[fake->instrument_count++];
    *instrument = (struct sofia_instrument){
        .size = sizeof(*instrument),
        .kind = SOFIA_INSTRUMENT_SPOT,
        .status = SOFIA_STATUS_TRADING,
        .features = SOFIA_CAN_LIMIT | SOFIA_CAN_MARKET | SOFIA_CAN_POST_ONLY | SOFIA_CAN_IOC,
        .tick = fake_decimal(tick),
        .lot = fake_decimal(lot),
        .min_price = fake_decimal(""),
        .max_price = fake_decimal(""),
        .min_qty = fake_decimal(""),
        .max_qty = fake_decimal(""),
        .min_notional = fake_decimal(""),
    };
    (void)snprintf(instrument->name, sizeof(instrument->name), "%s", name);
    (void)snprintf(instrument->base, sizeof(instrument->base), "%.*s", (int)(slash - name), name);
    (void)snprintf(instrument->quote, sizeof(instrument->quote), "%s", slash + 1);
    return fake->instrument_count;
}

void fake_top(struct fake_host *fake, const char *bid, const char *ask)
{
    fake->top = (struct sofia_top){
        .size = sizeof(fake->top),
        .valid = bid[0] != '\0' && ask[0] != '\0',
        .bid = fake_decimal(bid),
        .bid_qty = fake_decimal("1"),
        .ask = fake_decimal(ask),
        .ask_qty = fake_decimal("1"),
    };
}

void fake_advance(struct fake_host *fake, int64_t delta_ns)
{
    fake->now_ns += delta_ns;
    fake->mono_ns += delta_ns;
}

void fake_forget_posts(struct fake_host *fake)
{
    fake->post_count = 0;
    memset(fake->posts, 0, sizeof(fake->posts));
}

const struct fake_post *fake_post(const struct fake_host *fake, enum fake_post_kind kind,
                                  uint32_t n)
{
    for (uint32_t i = 0; i < fake->post_count; i++) {
        if (fake->posts[i].kind == kind && n-- == 0) {
            return &fake->posts[i];
        }
    }
    return NULL;
}

uint32_t fake_post_total(const struct fake_host *fake, enum fake_post_kind kind)
{
    uint32_t total = 0;

    while (fake_post(fake, kind, total) != NULL) {
        total++;
    }
    return total;
}

struct sofia_decimal fake_decimal(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();

    cr_assert(text[0] == '\0' || sofia_decimal_parse(text, strlen(text), &value) == 0, "'%s'",
              text);
    return value;
}

struct sofia_wide fake_wide(const char *text)
{
    struct sofia_wide value = sofia_wide_absent();

    cr_assert(text[0] == '\0' || sofia_wide_parse(text, strlen(text), &value) == 0, "'%s'", text);
    return value;
}
