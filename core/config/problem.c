#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

int config_no_memory(void)
{
    return error_set(ERR_NOMEM, "no memory for the configuration");
}

const char *hint(const char *best, char buf[HINT_SIZE])
{
    buf[0] = '\0';
    if (best != NULL && best[0] != '\0') {
        (void)str_format(buf, HINT_SIZE, " (did you mean '%.64s'?)", best);
    }
    return buf;
}

const char *quote(const char *text, char buf[QUOTE_SIZE])
{
    size_t room = QUOTE_SIZE - 8;
    size_t n = 0;

    buf[n++] = '\'';
    for (; *text != '\0' && n < room; text++) {
        unsigned char c = (unsigned char)*text;
        buf[n++] = (c < 0x20 || c == 0x7f) ? '?' : *text;
    }
    if (*text != '\0') {
        while (n > 1 && ((unsigned char)buf[n - 1] & 0x80) != 0) {
            n--; /* half a character */
        }
        memcpy(buf + n, "...", 3);
        n += 3;
    }
    buf[n++] = '\'';
    buf[n] = '\0';
    return buf;
}

__attribute__((format(__printf__, 4, 0))) static void
keep(struct config *config, struct config_mark mark, bool is_warning, const char *fmt, va_list args)
{
    char text[1024];

    if (is_warning) {
        config->warning_count++;
    } else {
        config->problem_count++;
    }
    if (config->kept == CONFIG_PROBLEMS_MAX) {
        return;
    }
    (void)vsnprintf(text, sizeof(text), fmt, args);
    const char *copy = pool_text(&config->pool, text, strlen(text));
    config->problems[config->kept++] = (struct problem){
        .mark = mark, .text = copy != NULL ? copy : "no memory", .is_warning = is_warning};
}

int config_complain(struct config *config, struct config_mark mark, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    keep(config, mark, false, fmt, args);
    va_end(args);
    return ERR_INVALID;
}

void config_warn(struct config *config, struct config_mark mark, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    keep(config, mark, true, fmt, args);
    va_end(args);
}

size_t config_problem_count(const struct config *config)
{
    return config->problem_count;
}

size_t config_warning_count(const struct config *config)
{
    return config->warning_count;
}

static int by_place(const void *left, const void *right)
{
    const struct problem *a = *(const struct problem *const *)left;
    const struct problem *b = *(const struct problem *const *)right;
    int order = strcmp(a->mark.file, b->mark.file);

    if (order == 0) {
        order = (a->mark.line > b->mark.line) - (a->mark.line < b->mark.line);
    }
    if (order == 0) {
        order = (a->mark.column > b->mark.column) - (a->mark.column < b->mark.column);
    }
    /* As they were found: qsort alone would not keep that order. */
    return order != 0 ? order : (a > b) - (a < b);
}

void config_print_problems(const struct config *config, struct text *out)
{
    const struct problem *sorted[CONFIG_PROBLEMS_MAX];

    for (size_t i = 0; i < config->kept; i++) {
        sorted[i] = &config->problems[i];
    }
    qsort(sorted, config->kept, sizeof(sorted[0]), by_place);
    for (size_t i = 0; i < config->kept; i++) {
        const struct problem *problem = sorted[i];
        text_add(out, problem->mark.file);
        if (problem->mark.line > 0) {
            text_addf(out, ":%u:%u", problem->mark.line, problem->mark.column);
        }
        text_addf(out, ": %s%s\n", problem->is_warning ? "warning: " : "", problem->text);
    }
    size_t all = config->problem_count + config->warning_count;
    if (all > config->kept) {
        text_addf(out, "%s: %zu more, not shown\n", config->dir, all - config->kept);
    }
}
