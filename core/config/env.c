/* Variables: the environment, then the lines of .env.
 *
 *     MODE=testnet                 # testnet|live      a comment begins at " #"
 *     export API_KEY="a b"         "...": a backslash keeps the next character, \n is a line end
 *     API_SECRET='a b'             '...': taken as it is
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "config/impl.h"

#include "base/banned.h"

enum { DOTENV_BYTES = 1 << 16, DOTENV_VARS = 512 };

static bool is_name_char(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (!first && c >= '0' && c <= '9');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at)) {
        at++;
    }
    return at;
}

struct line {
    struct config *config;
    const char *start;
    const char *end;
    struct config_mark mark;
};

static int complain_at(struct line *line, const char *at, const char *what)
{
    struct config_mark mark = line->mark;

    mark.column = (uint32_t)(at - line->start) + 1;
    return config_complain(line->config, mark, "%s", what);
}

/* A value in double quotes; *at stands behind the first one and ends behind the last one. */
static int read_double(struct line *line, const char **at, struct text *value)
{
    const char *from = *at;

    for (; from < line->end && *from != '"'; from++) {
        if (*from == '\\' && from + 1 < line->end) {
            from++;
            text_add_n(value, *from == 'n' ? "\n" : from, 1);
        } else {
            text_add_n(value, from, 1);
        }
    }
    if (from == line->end) {
        return complain_at(line, *at - 1, "the quote is not closed");
    }
    *at = from + 1;
    return 0;
}

static int read_single(struct line *line, const char **at, struct text *value)
{
    const char *close = memchr(*at, '\'', (size_t)(line->end - *at));

    if (close == NULL) {
        return complain_at(line, *at - 1, "the quote is not closed");
    }
    text_add_n(value, *at, (size_t)(close - *at));
    *at = close + 1;
    return 0;
}

static void read_plain(struct line *line, const char **at, struct text *value)
{
    const char *from = *at;
    const char *stop = from;

    while (stop < line->end && !(*stop == '#' && (stop == from || is_blank(stop[-1])))) {
        stop++;
    }
    *at = stop;
    while (stop > from && is_blank(stop[-1])) {
        stop--;
    }
    text_add_n(value, from, (size_t)(stop - from));
}

static int read_value(struct line *line, const char *at, struct text *value)
{
    int status = 0;

    at = skip_blanks(at, line->end);
    if (at < line->end && (*at == '"' || *at == '\'')) {
        char kind = *at++;
        status = kind == '"' ? read_double(line, &at, value) : read_single(line, &at, value);
    } else {
        read_plain(line, &at, value);
    }
    at = skip_blanks(at, line->end);
    if (status == 0 && at < line->end && *at != '#') {
        return complain_at(line, at, "text behind the closing quote");
    }
    return status;
}

static int keep_variable(struct line *line, const char *name, size_t name_len,
                         const struct text *value)
{
    struct env *env = &line->config->env;
    struct pool *pool = &line->config->pool;

    for (size_t i = 0; i < env->count; i++) {
        if (str_eq_n(env->vars[i].name, name, name_len)) {
            return config_complain(line->config, line->mark, "%s is given twice, first in line %u",
                                   env->vars[i].name, env->vars[i].mark.line);
        }
    }
    if (env->count == DOTENV_VARS) {
        return config_complain(line->config, line->mark, "more than %d variables", DOTENV_VARS);
    }
    struct env_var var = {
        .name = pool_text(pool, name, name_len),
        .value = pool_text(pool, text_get(value), value->len),
        .len = value->len,
        .mark = line->mark,
    };
    if (value->status != 0 || var.name == NULL || var.value == NULL) {
        return config_no_memory();
    }
    env->vars[env->count++] = var;
    return 0;
}

static int read_line(struct line *line)
{
    const char *at = skip_blanks(line->start, line->end);
    struct text value = {0};

    if (at == line->end || *at == '#') {
        return 0;
    }
    if (line->end - at > 7 && memcmp(at, "export ", 7) == 0) {
        at = skip_blanks(at + 7, line->end);
    }
    const char *name = at;
    while (at < line->end && is_name_char(*at, at == name)) {
        at++;
    }
    line->mark.column = (uint32_t)(name - line->start) + 1;
    if (at == name || at == line->end || *at != '=') {
        return complain_at(line, at == name ? name : at, "expected NAME=value");
    }
    int status = read_value(line, at + 1, &value);
    if (status == 0) {
        status = keep_variable(line, name, (size_t)(at - name), &value);
    }
    if (value.data != NULL) {
        explicit_bzero(value.data, value.cap);
    }
    text_release(&value);
    return status;
}

static int read_lines(struct config *config, const char *path, const char *data, size_t len)
{
    struct line line = {.config = config, .mark = {path, 0, 1}};
    const char *stop = data + len;
    size_t bad = 0;

    if (!str_is_utf8(data, len, &bad) || memchr(data, 0, len) != NULL) {
        return config_complain(config, (struct config_mark){path, 0, 0}, "is not UTF-8 text");
    }
    for (const char *at = data; at < stop;) {
        const char *end = memchr(at, '\n', (size_t)(stop - at));
        line.start = at;
        line.end = end != NULL ? end : stop;
        line.mark.line++;
        if (read_line(&line) == ERR_NOMEM) {
            return ERR_NOMEM;
        }
        at = end != NULL ? end + 1 : stop;
    }
    return 0;
}

int env_read_text(struct config *config, const char *name, const char *data, size_t len)
{
    const char *kept = pool_text(&config->pool, name, strlen(name));

    config->env.vars = pool_alloc(&config->pool, DOTENV_VARS * sizeof(config->env.vars[0]));
    if (kept == NULL || config->env.vars == NULL) {
        return config_no_memory();
    }
    return read_lines(config, kept, data, len) == ERR_NOMEM ? ERR_NOMEM : 0;
}

int env_read(struct config *config, const char *path)
{
    char *data = NULL;
    size_t len = 0;
    int status = file_read(path, DOTENV_BYTES, &data, &len);

    if (status == ERR_NOT_FOUND) {
        error_clear();
        return 0;
    }
    if (status != 0) {
        const char *kept = pool_text(&config->pool, path, strlen(path));
        if (kept == NULL) {
            return config_no_memory();
        }
        (void)config_complain(config, (struct config_mark){kept, 0, 0}, "%s", error_message());
        return 0;
    }
    status = env_read_text(config, path, data, len);
    explicit_bzero(data, len);
    free(data);
    return status;
}

const char *env_find(struct config *config, const char *name, struct config_origin *ret_origin)
{
    size_t len = strlen(name);

    for (const char *const *at = config->env.environment; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=') {
            ret_origin->kind = CONFIG_FROM_ENVIRONMENT;
            ret_origin->variable = name;
            return *at + len + 1;
        }
    }
    for (size_t i = 0; i < config->env.count; i++) {
        if (str_eq(config->env.vars[i].name, name)) {
            *ret_origin =
                (struct config_origin){CONFIG_FROM_DOTENV, name, config->env.vars[i].mark};
            return config->env.vars[i].value;
        }
    }
    return NULL;
}

/* ---- which variables the files mention ---- */

static void mention(void *ctx, const char *name, size_t len)
{
    struct config *config = ctx;
    struct env *env = &config->env;

    for (size_t i = 0; i < env->mentioned_count; i++) {
        if (str_eq_n(env->mentioned[i], name, len)) {
            return;
        }
    }
    const char *copy = pool_text(&config->pool, name, len);
    if (copy != NULL && env->mentioned_count < ENV_MENTIONED_MAX) {
        env->mentioned[env->mentioned_count++] = copy;
    }
}

void env_mention(struct config *config, const struct node *node)
{
    if (node->kind == NODE_SCALAR) {
        expand_visit(node->text, mention, config);
    }
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        env_mention(config, child); /* no deeper than CONFIG_DEPTH_MAX */
    }
}

void env_warn_unused(struct config *config)
{
    const struct env *env = &config->env;

    for (size_t i = 0; i < env->count; i++) {
        const struct env_var *var = &env->vars[i];
        struct str_guess best = str_guess_init(var->name);
        char buf[HINT_SIZE];

        for (size_t k = 0; k < env->mentioned_count; k++) {
            str_guess_try(&best, env->mentioned[k]);
        }
        if (!str_eq(best.best, var->name)) {
            config_warn(config, var->mark, "%s is used by no file of %s%s", var->name, config->dir,
                        hint(best.best, buf));
        }
    }
}

void env_forget(struct config *config)
{
    for (size_t i = 0; i < config->env.count; i++) {
        explicit_bzero(config->env.vars[i].value, config->env.vars[i].len);
    }
}
