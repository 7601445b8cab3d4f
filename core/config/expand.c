/* ${VAR} and ${VAR:-default}. What comes out is text: it is never read as YAML again and never
 * expanded again. */
#include <string.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

enum { NAME_MAX_LEN = 64 };

/* One ${...}, as offsets into the text. */
struct reference {
    const char *name;
    size_t name_len;
    const char *fallback; /* NULL: none */
    size_t fallback_len;
    const char *end; /* behind the closing brace */
};

static bool is_name(const char *at, size_t len)
{
    if (len == 0 || len > NAME_MAX_LEN || (at[0] >= '0' && at[0] <= '9')) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        char c = at[i];
        if (!(c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return true;
}

/* at stands behind "${". NULL or what is wrong. */
static const char *read_reference(const char *at, struct reference *ret_ref)
{
    const char *close = strchr(at, '}');

    if (close == NULL) {
        return "'${' without '}'";
    }
    size_t len = (size_t)(close - at);
    const char *colon = memchr(at, ':', len);
    *ret_ref = (struct reference){.name = at, .name_len = len, .end = close + 1};
    if (colon != NULL) {
        if (colon[1] != '-') {
            return "expected ${VAR} or ${VAR:-default}";
        }
        ret_ref->name_len = (size_t)(colon - at);
        ret_ref->fallback = colon + 2;
        ret_ref->fallback_len = (size_t)(close - ret_ref->fallback);
        for (size_t i = 0; i + 1 < ret_ref->fallback_len; i++) {
            if (ret_ref->fallback[i] == '$' && ret_ref->fallback[i + 1] == '{') {
                return "a default cannot contain another ${...}";
            }
        }
    }
    return is_name(ret_ref->name, ret_ref->name_len) ? NULL : "expected ${VAR} or ${VAR:-default}";
}

/* The next "${" that is not "$${", or NULL. */
static const char *find_reference(const char *text)
{
    for (const char *at = strstr(text, "${"); at != NULL; at = strstr(at + 2, "${")) {
        if (at == text || at[-1] != '$') {
            return at;
        }
    }
    return NULL;
}

void expand_visit(const char *text, expand_visit_fn visit, void *ctx)
{
    struct reference ref;

    for (const char *at = find_reference(text); at != NULL; at = find_reference(ref.end)) {
        if (read_reference(at + 2, &ref) != NULL) {
            return;
        }
        visit(ctx, ref.name, ref.name_len);
    }
}

/* Plain text between references: "$${" loses one dollar. */
static void add_plain(struct text *out, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (i + 2 < len && from[i] == '$' && from[i + 1] == '$' && from[i + 2] == '{') {
            continue;
        }
        text_add_n(out, from + i, 1);
    }
}

static int add_reference(struct config *config, const struct node *node,
                         const struct reference *ref, struct text *out,
                         struct config_origin *origin)
{
    const char *name = pool_text(&config->pool, ref->name, ref->name_len);
    struct config_origin found = {.mark = node->mark};

    if (name == NULL) {
        return config_no_memory();
    }
    const char *value = env_find(config, name, &found);
    if (value == NULL && ref->fallback == NULL) {
        struct str_guess best = str_guess_init(name);
        char buf[HINT_SIZE];
        for (size_t i = 0; i < config->env.count; i++) {
            str_guess_try(&best, config->env.vars[i].name);
        }
        return config_complain(config, node->mark, "variable %s is not set and has no default%s",
                               name, hint(best.best, buf));
    }
    if (value != NULL && value[0] == '\0' && ref->fallback != NULL) {
        value = NULL; /* as in a shell: set to nothing takes the default too */
    }
    if (value == NULL) {
        text_add_n(out, ref->fallback, ref->fallback_len);
        return 0;
    }
    *origin = found;
    text_add(out, value);
    return 0;
}

static int expand_all(struct config *config, const struct node *node, struct text *out,
                      struct config_origin *origin)
{
    const char *from = node->text;
    const char *at = NULL;
    struct reference ref;

    while ((at = find_reference(from)) != NULL) {
        const char *wrong = read_reference(at + 2, &ref);
        if (wrong != NULL) {
            return config_complain(config, node->mark, "%s", wrong);
        }
        add_plain(out, from, (size_t)(at - from));
        int status = add_reference(config, node, &ref, out, origin);
        if (status != 0) {
            return status;
        }
        from = ref.end;
    }
    add_plain(out, from, strlen(from));
    return out->status != 0 ? config_no_memory() : 0;
}

int expand(struct config *config, const struct node *node, struct expanded *ret_value)
{
    struct expanded value = {
        .text = node->text,
        .origin = {.kind = CONFIG_FROM_FILE, .mark = node->mark},
        .has_variable = find_reference(node->text) != NULL,
    };
    struct text out = {0};

    if (strstr(node->text, "${") == NULL) {
        *ret_value = value;
        return 0;
    }
    int status = expand_all(config, node, &out, &value.origin);
    size_t bad = 0;
    if (status == 0 && (out.len > CONFIG_TEXT_MAX || !str_is_utf8(text_get(&out), out.len, &bad))) {
        status =
            config_complain(config, node->mark, "a variable's value is too long or is not UTF-8");
    }
    if (status == 0) {
        value.text = pool_text(&config->pool, text_get(&out), out.len);
        status = value.text != NULL ? 0 : config_no_memory();
    }
    if (out.data != NULL) {
        explicit_bzero(out.data, out.cap); /* it may have been a secret */
    }
    text_release(&out);
    if (status == 0) {
        *ret_value = value;
    }
    return status;
}
