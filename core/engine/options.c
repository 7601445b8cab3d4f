#include "engine/options.h"

#include <string.h>

#include <sofia/abi.h>

#include "base/error.h"

#define OPTION .size = sizeof(struct sofia_option)

static const struct sofia_option peg_columns[] = {
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "asset", .flags = SOFIA_OPTION_REQUIRED,
     .doc = "asset that is pegged"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "to", .default_text = "USD",
     .doc = "what one unit of it is worth one unit of"},
    {OPTION, .type = SOFIA_OPTION_INT, .name = "band_bps", .unit = "bps", .default_text = "100",
     .min_text = "1", .max_text = "5000",
     .doc = "a live mark farther from 1 than this breaks the peg"},
};

static const struct sofia_option options[] = {
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "environment", .default_text = "development",
     .doc = "name of the environment, shown everywhere"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "deployment", .default_text = "main",
     .doc = "name of this deployment; part of every client order id"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "mode", .default_text = "testnet",
     .choices = "testnet|live", .doc = "test networks and loopback venues, or real money"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "trading_mode", .default_text = "shadow",
     .choices = "shadow|canary|live", .doc = "shadow records orders, live sends them"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "kill_switch", .default_text = "AUTO",
     .choices = "OFF|AUTO|ON", .doc = "arming of the kill switch; never clears a latch"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "state_dir", .default_text = "state",
     .doc = "folder of journal, database and state files"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "log_file", .default_text = "logs/api.log",
     .doc = "second copy of the log; empty for none"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "log_level", .default_text = "info",
     .choices = "debug|info|warn|error", .doc = "least important level that is kept"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "listen", .default_text = "127.0.0.1",
     .doc = "address of the control port"},
    {OPTION, .type = SOFIA_OPTION_INT, .name = "port", .default_text = "8023", .min_text = "0",
     .max_text = "65535", .doc = "control port; 0 takes any free one"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "token_file", .default_text = "control.token",
     .doc = "bearer token of the control port; made 0600 at first start"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "socket", .default_text = "",
     .doc = "Unix socket of the command line; empty for <state_dir>/control.sock"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "ca_file", .default_text = "",
     .doc = "certificate authorities of the venues; empty for the system's"},
    {OPTION, .type = SOFIA_OPTION_TEXT, .name = "ring_dir", .default_text = "",
     .doc = "folder of the journal's ring; empty for /dev/shm"},
    {OPTION, .type = SOFIA_OPTION_INT, .name = "ring_bytes", .unit = "bytes",
     .default_text = "16777216", .min_text = "65536", .max_text = "1073741824",
     .doc = "size of the journal's ring"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "durability", .default_text = "process",
     .choices = "process|disk",
     .doc = "what an intent must survive before it is sent: the process, or the machine"},
    {OPTION, .type = SOFIA_OPTION_BOOL, .name = "exclusive", .default_text = "true",
     .doc = "nobody else trades on these accounts; the kill switch may cancel strange orders"},
    {OPTION, .type = SOFIA_OPTION_LIST, .name = "shared_accounts", .default_text = "",
     .doc = "exchanges, by name, on whose accounts others trade too: exclusive is false for them"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "on_stop", .default_text = "cancel",
     .choices = "cancel|keep", .doc = "what happens to open orders when the engine stops"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "on_restart", .default_text = "cancel",
     .choices = "cancel|keep", .doc = "what happens to recovered orders before strategies start"},
    {OPTION, .type = SOFIA_OPTION_CHOICE, .name = "on_difference", .default_text = "block",
     .choices = "block|accept",
     .doc = "ledger and venue differ at start: stay closed, or book it as an unproven transfer"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "stale", .default_text = "10s",
     .min_text = "10ms", .max_text = "1h", .doc = "a price older than this is no price"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "max_order_age", .default_text = "5s",
     .min_text = "1ms", .max_text = "10m", .doc = "an order that waited longer is denied"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "doubt_first_query", .default_text = "500ms",
     .min_text = "1ms", .max_text = "1m", .doc = "first question about an order in doubt"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "doubt_max_query", .default_text = "4s",
     .min_text = "1ms", .max_text = "10m", .doc = "longest pause between two questions"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "doubt_server_timeout", .default_text = "10s",
     .min_text = "0s", .max_text = "10m", .doc = "how long a venue may work on a request"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "doubt_margin", .default_text = "2s",
     .min_text = "0s", .max_text = "10m", .doc = "added to every acceptance window"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "doubt_gap", .default_text = "1s",
     .min_text = "1ms", .max_text = "10m",
     .doc = "between the two answers 'unknown order' that prove absence"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "kill_interval", .default_text = "1s",
     .min_text = "10ms", .max_text = "1m",
     .doc = "pause between two rounds of the cancel loop while it gets on; without progress it "
            "doubles, up "
            "to five seconds"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "dead_man", .default_text = "60s",
     .min_text = "0s", .max_text = "10m",
     .doc = "a venue that can cancels everything of an exclusive account it did not hear of for so "
            "long; 0s: off"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "reconcile_interval", .default_text = "60s",
     .min_text = "0s", .max_text = "1h",
     .doc = "between two comparisons of balances with the venue's while running; 0s: only at start "
            "and "
            "after a lost stream"},
    {OPTION, .type = SOFIA_OPTION_DURATION, .name = "stall", .default_text = "5s",
     .min_text = "100ms", .max_text = "10m",
     .doc = "a trade thread silent for so long engages the kill switch"},
    {OPTION, .type = SOFIA_OPTION_ROWS, .name = "pegs", .default_text = "", .rows = peg_columns,
     .row_count = sizeof(peg_columns) / sizeof(peg_columns[0]),
     .doc = "assets that are taken for another one while no live mark contradicts"},
};

static const struct config_table table = {.options = options,
                                          .count = sizeof(options) / sizeof(options[0]),
                                          .stride = sizeof(struct sofia_option)};

const struct config_table *engine_option_table(void)
{
    return &table;
}

static const char *text_of(const struct config_bound *bound, const char *name)
{
    const char *text = "";
    (void)config_get_text(bound, name, &text);
    return text;
}

static int64_t number_of(const struct config_bound *bound, const char *name)
{
    int64_t value = 0;
    (void)config_get_int(bound, name, &value);
    return value;
}

static int64_t ns_of(const struct config_bound *bound, const char *name)
{
    int64_t value = 0;
    (void)config_get_duration_ns(bound, name, &value);
    return value;
}

static void read_texts(const struct config_bound *bound, struct engine_options *o)
{
    o->environment = text_of(bound, "environment");
    o->deployment = text_of(bound, "deployment");
    o->mode = text_of(bound, "mode");
    o->trading_mode = text_of(bound, "trading_mode");
    o->arming = text_of(bound, "kill_switch");
    o->state_dir = text_of(bound, "state_dir");
    o->log_file = text_of(bound, "log_file");
    o->log_level = text_of(bound, "log_level");
    o->listen = text_of(bound, "listen");
    o->token_file = text_of(bound, "token_file");
    o->socket = text_of(bound, "socket");
    o->ring_dir = text_of(bound, "ring_dir");
    o->ca_file = text_of(bound, "ca_file");
    o->durable = strcmp(text_of(bound, "durability"), "disk") == 0;
    o->cancel_on_stop = strcmp(text_of(bound, "on_stop"), "cancel") == 0;
    o->cancel_on_restart = strcmp(text_of(bound, "on_restart"), "cancel") == 0;
    o->accept_differences = strcmp(text_of(bound, "on_difference"), "accept") == 0;
    (void)config_get_bool(bound, "exclusive", &o->exclusive);
}

static void read_numbers(const struct config_bound *bound, struct engine_options *o)
{
    o->port = number_of(bound, "port");
    o->ring_bytes = number_of(bound, "ring_bytes");
    o->stale_ns = ns_of(bound, "stale");
    o->max_age_ns = ns_of(bound, "max_order_age");
    o->doubt_first_ns = ns_of(bound, "doubt_first_query");
    o->doubt_max_ns = ns_of(bound, "doubt_max_query");
    o->doubt_server_timeout_ns = ns_of(bound, "doubt_server_timeout");
    o->doubt_margin_ns = ns_of(bound, "doubt_margin");
    o->doubt_gap_ns = ns_of(bound, "doubt_gap");
    o->kill_interval_ns = ns_of(bound, "kill_interval");
    o->dead_man_ns = ns_of(bound, "dead_man");
    o->compare_every_ns = ns_of(bound, "reconcile_interval");
    o->stall_ns = ns_of(bound, "stall");
}

/* What is not built yet is refused in words, so that nobody believes it is on. */
static int refuse_unbuilt(struct config *config, const struct engine_options *o)
{
    const struct config_value *mode = config_find(o->bound, "mode");
    const struct config_value *trading = config_find(o->bound, "trading_mode");
    int rc = 0;
    if (strcmp(o->mode, "live") == 0) {
        rc = config_complain(config, mode->mark,
                             "mode 'live' is refused by this version: its safety system is not "
                             "complete. Use testnet, or a loopback venue (sofia-venue)");
    }
    if (strcmp(o->trading_mode, "canary") == 0) {
        rc = config_complain(config, trading->mark,
                             "trading_mode 'canary' is refused by this version: it can shadow and "
                             "live, on test networks and loopback venues");
    }
    return rc;
}

bool engine_is_exclusive(const struct engine_options *o, const char *exchange)
{
    size_t count = 0;
    (void)config_get_count(o->bound, "shared_accounts", &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = "";
        (void)config_get_item(o->bound, "shared_accounts", i, &name);
        if (strcmp(name, exchange) == 0) {
            return false;
        }
    }
    return o->exclusive;
}

static bool is_exchange(struct config *config, const char *name)
{
    for (size_t i = 0; i < config_instance_count(config); i++) {
        const struct config_instance *instance = config_instance_at(config, i);
        if (instance->kind == CONFIG_EXCHANGE && strcmp(instance->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* A name nobody has would leave the account that was meant exclusive: its owner's own orders would be cancelled. */
static int check_shared(struct config *config, const struct engine_options *o)
{
    size_t count = 0;
    int rc = 0;
    (void)config_get_count(o->bound, "shared_accounts", &count);
    for (size_t i = 0; i < count; i++) {
        const char *name = "";
        (void)config_get_item(o->bound, "shared_accounts", i, &name);
        if (!is_exchange(config, name)) {
            rc = config_complain(config, config_find(o->bound, "shared_accounts")->mark,
                                 "shared_accounts: there is no exchange '%s'", name);
        }
    }
    return rc;
}

int engine_options_bind(struct config *config, struct engine_options *ret_options)
{
    struct engine_options o;
    memset(&o, 0, sizeof(o));
    int rc = config_bind(config, config_engine(config), &table, &o.bound);
    if (rc != 0) {
        return rc;
    }
    read_texts(o.bound, &o);
    read_numbers(o.bound, &o);
    rc = refuse_unbuilt(config, &o);
    rc = check_shared(config, &o) != 0 ? ERR_INVALID : rc;
    *ret_options = o;
    return rc;
}
