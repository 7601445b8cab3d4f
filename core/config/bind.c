/* An instance's options against its plugin's table: everything typed, nothing unknown, nothing
 * missing. */
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

/* What is being bound, for the messages: "option 'x' of exchange binance". */
struct binding {
    struct config *config;
    const struct config_instance *instance;
    int status; /* 0, ERR_INVALID once something was complained about, ERR_NOMEM */
};

static void note(struct binding *binding, int status)
{
    if (binding->status != ERR_NOMEM && status != 0) {
        binding->status = status;
    }
}

static void *allocate(struct binding *binding, size_t count, size_t size)
{
    void *piece = pool_alloc(&binding->config->pool, count * size);

    if (piece == NULL) {
        note(binding, config_no_memory());
    }
    return piece;
}

/* "exchange binance", or "the engine". */
static const char *owner(const struct binding *binding, char buf[96])
{
    const struct config_instance *instance = binding->instance;

    if (instance->kind == CONFIG_ENGINE) {
        return "the engine";
    }
    (void)str_format(buf, 96, "%s %.64s", config_kind_name(instance->kind), instance->name);
    return buf;
}

bool config_is_literal_secret(const char *spec)
{
    return spec[0] != '\0' && !str_starts(spec, "file:") && !str_starts(spec, "cred:");
}

static void warn_literal(struct binding *binding, const struct config_value *value)
{
    static const char *const places[CONFIG_ORIGIN_COUNT] = {"", "a default", "this file",
                                                            "the environment", ".env"};

    config_warn(
        binding->config, value->mark,
        "secret '%s' stands in clear text in %s: move it to a file of mode 0600, write file:PATH",
        value->option->name, places[value->origin.kind]);
}

/* ---- scalars ---- */

static void set_default(struct binding *binding, const struct sofia_option *option,
                        struct config_mark mark, struct config_value *value);

static void bind_scalar(struct binding *binding, const struct node *node,
                        struct config_value *value)
{
    const struct sofia_option *option = value->option;
    struct expanded expanded;
    struct fault fault;
    char buf[HINT_SIZE];

    int status = expand(binding->config, node, &expanded);
    if (status != 0) {
        note(binding, status);
        return;
    }
    if (expanded.text[0] == '\0' && expanded.has_variable) {
        set_default(binding, option, node->mark, value);
        return;
    }
    if (expanded.text[0] == '\0' && !node->is_quoted) {
        note(binding, config_complain(
                          binding->config, node->mark,
                          "'%s' has no value; write \"\" for an empty text or leave the line out",
                          option->name));
        return;
    }
    value->is_given = true;
    value->origin = expanded.origin;
    value->mark = node->mark;
    value->text = expanded.text;
    if (value_parse(option, expanded.text, value, &fault) != 0) {
        note(binding, config_complain(binding->config, node->mark, "%s: %s%s", option->name,
                                      fault.why, hint(fault.meant, buf)));
    } else if (option->type == SOFIA_OPTION_SECRET && config_is_literal_secret(value->text) &&
               (option->flags & SOFIA_OPTION_IDENTIFIER) == 0) {
        warn_literal(binding, value);
    }
}

/* ---- lists ---- */

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\n';
}

/* One text with commas, as a variable gives it. */
static void split_list(struct binding *binding, const char *text, struct config_value *value)
{
    size_t most = 1;

    for (const char *at = text; *at != '\0'; at++) {
        most += *at == ',' ? 1 : 0;
    }
    const char **items = allocate(binding, most, sizeof(*items));
    for (const char *at = text; items != NULL && *at != '\0';) {
        const char *stop = strchr(at, ',');
        const char *end = stop != NULL ? stop : at + strlen(at);
        const char *next = stop != NULL ? stop + 1 : end;
        while (at < end && is_separator(*at)) {
            at++;
        }
        while (end > at && is_separator(end[-1])) {
            end--;
        }
        if (end > at) {
            items[value->count++] = pool_text(&binding->config->pool, at, (size_t)(end - at));
        }
        at = next;
    }
    value->items = items;
}

static void bind_list_items(struct binding *binding, const struct node *node,
                            struct config_value *value)
{
    const char **items = allocate(binding, node->count + 1, sizeof(*items));

    value->origin = (struct config_origin){.kind = CONFIG_FROM_FILE, .mark = node->mark};
    for (const struct node *child = node->first; child != NULL && items != NULL;
         child = child->next) {
        struct expanded expanded;
        if (child->kind != NODE_SCALAR) {
            note(binding, config_complain(binding->config, child->mark,
                                          "an entry of '%s' must be a text", value->option->name));
            continue;
        }
        int status = expand(binding->config, child, &expanded);
        if (status != 0) {
            note(binding, status);
        } else if (expanded.text[0] == '\0') {
            note(binding, config_complain(binding->config, child->mark, "an entry of '%s' is empty",
                                          value->option->name));
        } else {
            items[value->count++] = expanded.text;
        }
    }
    value->items = items;
}

static void check_count(struct binding *binding, const struct config_value *value)
{
    struct fault fault;

    if (value_check_count(value->option, value->count, &fault) != 0) {
        note(binding, config_complain(binding->config, value->mark, "%s: %s", value->option->name,
                                      fault.why));
    }
}

static void bind_list(struct binding *binding, const struct node *node, struct config_value *value)
{
    struct expanded expanded;

    if (node->kind == NODE_MAP) {
        note(binding, config_complain(binding->config, node->mark, "'%s' must be a list",
                                      value->option->name));
        return;
    }
    value->is_given = true;
    value->mark = node->mark;
    if (node->kind == NODE_LIST) {
        bind_list_items(binding, node, value);
    } else {
        int status = expand(binding->config, node, &expanded);
        if (status != 0) {
            note(binding, status);
            return;
        }
        if (expanded.text[0] == '\0') {
            value->is_given = false;
            set_default(binding, value->option, node->mark, value);
            return;
        }
        value->origin = expanded.origin;
        split_list(binding, expanded.text, value);
    }
    check_count(binding, value);
}

/* ---- rows ---- */

static void bind_map(struct binding *binding, const struct config_table *table,
                     const struct node *map, const struct node *key, const char *what,
                     struct config_value *values);

/* {BTC: 100} for rows of two columns: the key is the first, the text the second. */
static void bind_short_row(struct binding *binding, const struct config_table *columns,
                           const struct node *node, const struct sofia_option *option,
                           struct config_value *cells)
{
    if (columns->count != 2) {
        note(binding,
             config_complain(binding->config, node->mark,
                             "an entry of '%s' must be a map of its columns", option->name));
        return;
    }
    struct node pair = *node;
    pair.key = table_at(columns, 1)->name;
    pair.key_mark = node->mark;
    pair.next = NULL;
    struct node map = {.kind = NODE_MAP, .mark = node->mark, .first = &pair, .count = 1};
    bind_map(binding, columns, &map, node, option->name, cells);
}

static void bind_rows(struct binding *binding, const struct config_table *table,
                      const struct node *node, struct config_value *value)
{
    struct config_table columns = table_of_rows(table, value->option);
    bool keyed = node->kind == NODE_MAP;

    if (node->kind == NODE_SCALAR) {
        note(binding, config_complain(binding->config, node->mark,
                                      "'%s' must be a list of maps, or a map by %s",
                                      value->option->name, table_at(&columns, 0)->name));
        return;
    }
    value->is_given = true;
    value->mark = node->mark;
    value->origin = (struct config_origin){.kind = CONFIG_FROM_FILE, .mark = node->mark};
    struct config_value *cells = allocate(binding, node->count * columns.count + 1, sizeof(*cells));
    for (const struct node *child = node->first; child != NULL && cells != NULL;
         child = child->next) {
        struct config_value *row = cells + value->count * columns.count;
        if (child->kind == NODE_MAP) {
            bind_map(binding, &columns, child, keyed ? child : NULL, value->option->name, row);
        } else if (keyed && child->kind == NODE_SCALAR) {
            bind_short_row(binding, &columns, child, value->option, row);
        } else {
            note(binding, config_complain(binding->config, child->mark,
                                          "an entry of '%s' must be a map of its columns",
                                          value->option->name));
        }
        value->count++;
    }
    value->cells = cells;
    check_count(binding, value);
}

/* ---- maps: the options of an instance, or the columns of a row ---- */

static void set_default(struct binding *binding, const struct sofia_option *option,
                        struct config_mark mark, struct config_value *value)
{
    struct fault fault;
    char buf[96];

    *value = (struct config_value){
        .option = option,
        .origin = {.kind = CONFIG_FROM_DEFAULT},
        .mark = mark,
        .text = option->default_text != NULL ? option->default_text : "",
        .decimal = sofia_decimal_absent(),
    };
    if ((option->flags & SOFIA_OPTION_REQUIRED) != 0) {
        note(binding, config_complain(binding->config, mark, "'%s' of %s is missing: %s",
                                      option->name, owner(binding, buf), option->doc));
        return;
    }
    if (option->type == SOFIA_OPTION_LIST) {
        split_list(binding, value->text, value);
    } else if (option->type != SOFIA_OPTION_ROWS &&
               value_parse(option, value->text, value, &fault) != 0) {
        note(binding,
             config_complain(binding->config, mark, "the plugin's own default of '%s' is wrong: %s",
                             option->name, fault.why));
    }
}

static void bind_value(struct binding *binding, const struct config_table *table,
                       const struct node *node, struct config_value *value)
{
    if (value->option->type == SOFIA_OPTION_ROWS) {
        bind_rows(binding, table, node, value);
    } else if (value->option->type == SOFIA_OPTION_LIST) {
        bind_list(binding, node, value);
    } else if (node->kind == NODE_SCALAR) {
        bind_scalar(binding, node, value);
    } else {
        note(binding,
             config_complain(binding->config, node->mark, "'%s' must be one value (%s), not a %s",
                             value->option->name, option_type_name(value->option->type),
                             node->kind == NODE_LIST ? "list" : "map"));
    }
}

static const struct node *find_key(const struct node *map, const char *key)
{
    for (const struct node *child = map != NULL ? map->first : NULL; child != NULL;
         child = child->next) {
        if (str_eq(child->key, key)) {
            return child;
        }
    }
    return NULL;
}

static void complain_unknown(struct binding *binding, const struct config_table *table,
                             const struct node *child, const char *what)
{
    struct str_guess best = str_guess_init(child->key);
    char quoted[QUOTE_SIZE];
    char buf[HINT_SIZE];

    for (size_t i = 0; i < table->count; i++) {
        if (str_eq(table_at(table, i)->name, child->key)) {
            return;
        }
        str_guess_try(&best, table_at(table, i)->name);
    }
    note(binding, config_complain(binding->config, child->key_mark, "unknown %s %s%s", what,
                                  quote(child->key, quoted), hint(best.best, buf)));
}

/* key: the node whose key is the first column's value, or NULL. what: of a row, the name of the
 * option it belongs to. */
static void bind_map(struct binding *binding, const struct config_table *table,
                     const struct node *map, const struct node *key, const char *what,
                     struct config_value *values)
{
    char kind[128] = "option";

    if (what != NULL) {
        (void)str_format(kind, sizeof(kind), "column of '%.64s'", what);
    }
    for (const struct node *child = map != NULL ? map->first : NULL; child != NULL;
         child = child->next) {
        complain_unknown(binding, table, child, kind);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct node *node = find_key(map, table_at(table, i)->name);
        struct node from_key = {.kind = NODE_SCALAR};
        if (i == 0 && key != NULL) {
            if (node != NULL) {
                note(binding, config_complain(binding->config, node->key_mark,
                                              "'%s' is given by the key already", node->key));
            }
            from_key.mark = key->key_mark;
            from_key.text = key->key;
            node = &from_key;
        }
        values[i].option = table_at(table, i);
        values[i].decimal = sofia_decimal_absent();
        if (node != NULL) {
            bind_value(binding, table, node, &values[i]);
        } else {
            set_default(binding, values[i].option,
                        map != NULL ? map->mark : binding->instance->mark, &values[i]);
        }
    }
}

int config_bind(struct config *config, struct config_instance *instance,
                const struct config_table *table, const struct config_bound **ret_bound)
{
    struct binding binding = {.config = config, .instance = instance};
    const struct node *options = instance->options;

    if (options != NULL && options->kind == NODE_SCALAR && options->text[0] == '\0' &&
        !options->is_quoted) {
        options = NULL; /* "options:" with nothing below it */
    }
    if (options != NULL && options->kind != NODE_MAP) {
        return config_complain(config, options->mark, "'options' must be a map of option: value");
    }
    struct config_bound *bound = allocate(&binding, 1, sizeof(*bound));
    struct config_value *values = allocate(&binding, table->count + 1, sizeof(*values));
    if (bound == NULL || values == NULL) {
        return ERR_NOMEM;
    }
    bind_map(&binding, table, options, NULL, NULL, values);
    if (binding.status != 0) {
        return binding.status;
    }
    bound->table = *table;
    bound->values = values;
    instance->bound = bound;
    *ret_bound = bound;
    return 0;
}
