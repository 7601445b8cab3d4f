/* Option tables: what a plugin says it can be told, checked before it is believed, and printed for
 * people. */
#include <string.h>

#include <sofia/abi.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

enum { OPTIONS_MAX = 256 };

const struct sofia_option *table_at(const struct config_table *table, size_t index)
{
    size_t stride = table->stride != 0 ? table->stride : sizeof(struct sofia_option);

    return (const struct sofia_option *)(const void *)((const char *)table->options +
                                                       index * stride);
}

struct config_table table_of_rows(const struct config_table *table,
                                  const struct sofia_option *option)
{
    return (struct config_table){
        .options = option->rows, .count = option->row_count, .stride = table->stride};
}

static bool is_option_name(const char *name)
{
    if (name == NULL || name[0] < 'a' || name[0] > 'z' || strlen(name) >= SOFIA_NAME_SIZE) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name);
}

struct check {
    struct text *out;
    const char *name;
    size_t found;
};

static void found(struct check *check, const char *what, const char *detail)
{
    text_addf(check->out, "option '%s' %s%s\n", check->name, what, detail);
    check->found++;
}

/* A default or bound must be a value itself. */
static void check_notation(struct check *check, const struct sofia_option *option, const char *what,
                           const char *text)
{
    struct sofia_option unbounded = *option;
    struct config_value value = {0};
    struct fault fault;

    if (text == NULL || text[0] == '\0') {
        return;
    }
    unbounded.min_text = NULL;
    unbounded.max_text = NULL;
    if (value_parse(&unbounded, text, &value, &fault) != 0) {
        found(check, what, fault.why);
    }
}

static bool has_range(uint32_t type)
{
    return type == SOFIA_OPTION_INT || type == SOFIA_OPTION_DECIMAL ||
           type == SOFIA_OPTION_DURATION;
}

static void check_values(struct check *check, const struct sofia_option *option)
{
    struct config_value value = {0};
    struct fault fault;
    bool scalar = option->type != SOFIA_OPTION_LIST && option->type != SOFIA_OPTION_ROWS;

    if (option->type == SOFIA_OPTION_CHOICE &&
        (option->choices == NULL || option->choices[0] == '\0')) {
        found(check, "is a choice without choices", "");
        return;
    }
    if ((option->flags & SOFIA_OPTION_REQUIRED) != 0 && option->default_text != NULL) {
        found(check, "is required and has a default", "");
    }
    if ((option->flags & SOFIA_OPTION_REQUIRED) == 0 && option->default_text == NULL && scalar) {
        found(check, "is not required and has no default", "");
    }
    if (has_range(option->type)) {
        check_notation(check, option, "has a bad minimum: ", option->min_text);
        check_notation(check, option, "has a bad maximum: ", option->max_text);
    }
    if (scalar && option->default_text != NULL && option->type != SOFIA_OPTION_SECRET &&
        (option->default_text[0] != '\0' || option->type == SOFIA_OPTION_INT ||
         option->type == SOFIA_OPTION_BOOL || option->type == SOFIA_OPTION_DURATION ||
         option->type == SOFIA_OPTION_CHOICE) &&
        value_parse(option, option->default_text, &value, &fault) != 0) {
        found(check, "has a bad default: ", fault.why);
    }
}

static size_t check_table(const struct config_table *table, bool is_rows, struct text *out);

static void check_option(struct check *check, const struct config_table *table,
                         const struct sofia_option *option, bool is_rows)
{
    if (option->type < SOFIA_OPTION_TEXT || option->type > SOFIA_OPTION_ROWS) {
        found(check, "has an unknown type", "");
        return;
    }
    if (option->doc == NULL || option->doc[0] == '\0') {
        found(check, "has no doc", "");
    }
    check_values(check, option);
    if (option->type != SOFIA_OPTION_ROWS) {
        return;
    }
    if (is_rows || option->rows == NULL || option->row_count == 0) {
        found(check, is_rows ? "is rows inside rows" : "has no columns", "");
        return;
    }
    struct config_table columns = table_of_rows(table, option);
    check->found += check_table(&columns, true, check->out);
}

static size_t check_table(const struct config_table *table, bool is_rows, struct text *out)
{
    struct check check = {.out = out, .name = "?"};

    if (table->count > OPTIONS_MAX || (table->count > 0 && table->options == NULL)) {
        found(&check, "table is missing or too long", "");
        return check.found;
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct sofia_option *option = table_at(table, i);
        check.name = "?";
        if (option->size < sizeof(struct sofia_option)) {
            found(&check, "is smaller than the struct of ABI 1", "");
            return check.found; /* the rest cannot be trusted to be where we read it */
        }
        if (!is_option_name(option->name)) {
            found(&check, "has a bad name (lower case letters, digits, underscores)", "");
            continue;
        }
        check.name = option->name;
        for (size_t k = 0; k < i; k++) {
            if (str_eq(table_at(table, k)->name, option->name)) {
                found(&check, "is there twice", "");
            }
        }
        check_option(&check, table, option, is_rows);
    }
    return check.found;
}

size_t config_table_check(const struct config_table *table, struct text *out)
{
    return check_table(table, false, out);
}

static void describe(const struct config_table *table, const char *indent, struct text *out)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct sofia_option *option = table_at(table, i);

        text_addf(out, "%s%s: %s", indent, option->name, option_type_name(option->type));
        if (option->choices != NULL) {
            text_addf(out, " %s", option->choices);
        }
        text_addf(out, "%s%s", option->unit != NULL ? " in " : "",
                  option->unit != NULL ? option->unit : "");
        if (option->min_text != NULL) {
            text_addf(out, ", at least %s", option->min_text);
        }
        if (option->max_text != NULL) {
            text_addf(out, ", at most %s", option->max_text);
        }
        if ((option->flags & SOFIA_OPTION_REQUIRED) != 0) {
            text_add(out, ", required");
        } else if (option->default_text != NULL && option->default_text[0] != '\0') {
            text_addf(out, ", default %s", option->default_text);
        }
        text_add(out, (option->flags & SOFIA_OPTION_LIVE) != 0 ? ", changeable while running" : "");
        text_add(out, (option->flags & SOFIA_OPTION_LIMIT) != 0 ? ", a safety limit" : "");
        text_addf(out, "\n%s    %s\n", indent, option->doc);
        if (option->type == SOFIA_OPTION_ROWS) {
            struct config_table columns = table_of_rows(table, option);
            describe(&columns, "    ", out);
        }
    }
}

void config_table_describe(const struct config_table *table, struct text *out)
{
    describe(table, "", out);
}
