/* The merged configuration as text: for people with the origin of each value, for hashing without.
 */
#include <string.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

enum { COMMENT_COLUMN = 44 };

struct printer {
    struct text *out;
    bool with_origin;
    size_t line_start;
};

/* Characters that YAML takes as they are between double quotes. */
static bool is_printable(uint32_t point)
{
    if (point < 0x20 || point == 0x7f || (point >= 0x80 && point < 0xa0)) {
        return false;
    }
    return point != 0x2028 && point != 0x2029 && point != 0xfeff && point != 0xfffe &&
           point != 0xffff;
}

/* The character that begins here; the text is valid UTF-8. */
static size_t read_char(const char *at, uint32_t *ret_point)
{
    unsigned char first = (unsigned char)at[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t point = len == 1 ? first : first & (0xffu >> (len + 1));

    for (size_t i = 1; i < len; i++) {
        point = point << 6 | ((unsigned char)at[i] & 0x3fu);
    }
    *ret_point = point;
    return len;
}

/* Texts that would be read as something else get quotes; the escapes are those of YAML and JSON. */
static void add_scalar(struct printer *printer, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";

    if (text[0] != '\0' && text[0] != '-' && strspn(text, plain) == strlen(text)) {
        text_add(printer->out, text);
        return;
    }
    text_add(printer->out, "\"");
    while (*text != '\0') {
        uint32_t point = 0;
        size_t len = read_char(text, &point);
        if (point == '"' || point == '\\') {
            text_addf(printer->out, "\\%c", (int)point);
        } else if (is_printable(point)) {
            text_add_n(printer->out, text, len);
        } else {
            text_addf(printer->out, "\\u%04x", point);
        }
        text += len;
    }
    text_add(printer->out, "\"");
}

static void add_origin(struct printer *printer, const struct config_origin *origin,
                       const char *note)
{
    if (printer->with_origin) {
        size_t used = printer->out->len - printer->line_start;
        text_addf(printer->out, "%*s# ", used < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - used) : 1,
                  "");
        switch (origin->kind) {
        case CONFIG_FROM_ENVIRONMENT:
            text_addf(printer->out, "environment %s", origin->variable);
            break;
        case CONFIG_FROM_DOTENV:
            text_addf(printer->out, "%s:%u %s", origin->mark.file, origin->mark.line,
                      origin->variable);
            break;
        case CONFIG_FROM_FILE:
            text_addf(printer->out, "%s:%u", origin->mark.file, origin->mark.line);
            break;
        case CONFIG_FROM_DEFAULT:
        case CONFIG_ORIGIN_INVALID:
        case CONFIG_ORIGIN_COUNT:
            text_add(printer->out, "default");
            break;
        }
        text_add(printer->out, note);
    }
    text_add(printer->out, "\n");
    printer->line_start = printer->out->len;
}

static void add_key(struct printer *printer, const char *indent, const char *key)
{
    text_addf(printer->out, "%s%s: ", indent, key);
}

static void print_value(struct printer *printer, const char *indent,
                        const struct config_value *value);

static void print_list(struct printer *printer, const char *indent,
                       const struct config_value *value)
{
    add_key(printer, indent, value->option->name);
    text_add(printer->out, "[");
    for (size_t i = 0; i < value->count; i++) {
        text_add(printer->out, i > 0 ? ", " : "");
        add_scalar(printer, value->items[i]);
    }
    text_add(printer->out, "]");
    add_origin(printer, &value->origin, "");
}

static void print_rows(struct printer *printer, const struct config_value *value)
{
    size_t columns = value->option->row_count;

    add_key(printer, "  ", value->option->name);
    text_add(printer->out, value->count == 0 ? "[]" : "");
    add_origin(printer, &value->origin, "");
    for (size_t row = 0; row < value->count; row++) {
        for (size_t i = 0; i < columns; i++) {
            print_value(printer, i == 0 ? "    - " : "      ", &value->cells[row * columns + i]);
        }
    }
}

static void print_secret(struct printer *printer, const char *indent,
                         const struct config_value *value)
{
    bool is_path = value->text[0] != '\0' && !config_is_literal_secret(value->text);

    add_key(printer, indent, value->option->name);
    if (value->text[0] == '\0') {
        text_add(printer->out, "\"\"");
    } else if (is_path) {
        add_scalar(printer, value->text); /* where it is, not what it is */
    } else {
        text_add(printer->out, "\"***\"");
    }
    add_origin(printer, &value->origin,
               value->text[0] == '\0' ? ""
               : is_path              ? ", ***"
                                      : ", in clear text");
}

static void print_value(struct printer *printer, const char *indent,
                        const struct config_value *value)
{
    if (value->option->type == SOFIA_OPTION_LIST) {
        print_list(printer, indent, value);
    } else if (value->option->type == SOFIA_OPTION_ROWS) {
        print_rows(printer, value);
    } else if (value->option->type == SOFIA_OPTION_SECRET) {
        print_secret(printer, indent, value);
    } else {
        add_key(printer, indent, value->option->name);
        add_scalar(printer, value->text);
        add_origin(printer, &value->origin, "");
    }
}

static void print_instance(struct printer *printer, const struct config_instance *instance)
{
    struct config_origin file = {.kind = CONFIG_FROM_FILE, .mark = instance->mark};

    add_key(printer, "", "kind");
    text_add(printer->out, config_kind_name(instance->kind));
    if (instance->mark.line == 0) {
        file.kind = CONFIG_FROM_DEFAULT;
    }
    add_origin(printer, &file, "");
    add_key(printer, "", "name");
    add_scalar(printer, instance->name);
    add_origin(printer, &instance->name_origin, "");
    if (instance->plugin != NULL) {
        add_key(printer, "", "plugin");
        add_scalar(printer, instance->plugin);
        add_origin(printer, &instance->plugin_origin, "");
    }
    if (instance->sha256 != NULL) {
        add_key(printer, "", "sha256");
        add_scalar(printer, instance->sha256);
        add_origin(printer, &file, "");
    }
    if (!instance->enabled) {
        text_add(printer->out, "enabled: false");
        add_origin(printer, &instance->enabled_origin, "");
    } else if (instance->bound != NULL) {
        text_add(printer->out, "options:\n");
        printer->line_start = printer->out->len;
        for (size_t i = 0; i < instance->bound->table.count; i++) {
            print_value(printer, "  ", &instance->bound->values[i]);
        }
    }
}

static void print_all(const struct config *config, struct printer *printer)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        text_add(printer->out, i > 0 ? "---\n" : "");
        printer->line_start = printer->out->len;
        print_instance(printer, config->instances[i]);
    }
}

void config_print(const struct config *config, struct text *out)
{
    struct printer printer = {.out = out, .with_origin = true};

    print_all(config, &printer);
}

void config_print_canonical(const struct config *config, struct text *out)
{
    struct printer printer = {.out = out, .with_origin = false};

    print_all(config, &printer);
}

/* ---- forgetting ---- */

static void forget_values(const struct config_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct config_value *value = &values[i];
        if (value->option->type == SOFIA_OPTION_SECRET && value->is_given &&
            config_is_literal_secret(value->text)) {
            /* The text is ours, in the pool; only its declaration is const. It stays a literal, of
             * stars. */
            union {
                const char *shown;
                char *kept;
            } text = {.shown = value->text};
            memset(text.kept, '*', strlen(text.kept));
        }
        if (value->option->type == SOFIA_OPTION_ROWS) {
            forget_values(value->cells, value->count * value->option->row_count);
        }
    }
}

void config_forget_secrets(struct config *config)
{
    for (size_t i = 0; i < config->instance_count; i++) {
        const struct config_bound *bound = config->instances[i]->bound;
        if (bound != NULL) {
            forget_values(bound->values, bound->table.count);
        }
    }
    env_forget(config);
}
