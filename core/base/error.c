#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { MESSAGE_SIZE = 1024, TEXT_SIZE = 4096 };

struct stack {
    int code;
    char message[MESSAGE_SIZE];
    char text[TEXT_SIZE];
};

static _Thread_local struct stack stack;

const char *status_name(int status)
{
    static const char *const names[] = {
        "OK",         "ERR_INVALID",   "ERR_NOMEM",       "ERR_IO",
        "ERR_FULL",   "ERR_NOT_FOUND", "ERR_EXISTS",      "ERR_WRONG_STATE",
        "ERR_LIMIT",  "ERR_TIMEOUT",   "ERR_UNSUPPORTED", "ERR_DENIED",
        "ERR_PARSE",  "ERR_CORRUPT",   "ERR_STALE",       "ERR_AGAIN",
        "ERR_CLOSED", "ERR_CRYPTO",
    };

    if (status > 0 || status <= -(int)(sizeof(names) / sizeof(names[0]))) {
        return "ERR_OTHER";
    }
    return names[-status];
}

/* Marks a cut text, so that nobody takes half a sentence for a whole one. */
static void mark_cut(char *buf, size_t cap, int wanted)
{
    if (wanted >= 0 && (size_t)wanted >= cap && cap > 4) {
        memcpy(buf + cap - 4, "...", 4);
    }
}

static void add_frame(const char *prefix, const char *message, const char *file, int line)
{
    size_t used = strlen(stack.text);
    size_t left = sizeof(stack.text) - used;
    int n = snprintf(stack.text + used, left, "%s%s (%s:%d)", prefix, message, file, line);

    mark_cut(stack.text + used, left, n);
}

static void begin(int code, const char *file, int line)
{
    char prefix[32];

    stack.code = code;
    stack.text[0] = '\0';
    (void)snprintf(prefix, sizeof(prefix), "%s ", status_name(code));
    add_frame(prefix, stack.message, file, line);
}

int error_set_at(int code, const char *file, int line, const char *fmt, ...)
{
    char message[MESSAGE_SIZE];
    va_list args;

    /* Formatted aside: an argument may be the previous error_message(). */
    va_start(args, fmt);
    int n = vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    mark_cut(message, sizeof(message), n);
    memcpy(stack.message, message, sizeof(message));
    begin(code, file, line);
    return code;
}

int error_set_errno_at(const char *file, int line, const char *fmt, ...)
{
    int saved = errno;
    char what[MESSAGE_SIZE / 2];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    mark_cut(what, sizeof(what), n);

    /* strerror may use a static buffer; this table is constant. */
    const char *reason = strerrordesc_np(saved);
    (void)snprintf(stack.message, sizeof(stack.message), "%s: %s", what,
                   reason != NULL ? reason : "unknown error");
    begin(saved == ENOENT ? ERR_NOT_FOUND : ERR_IO, file, line);
    errno = saved;
    return stack.code;
}

int error_append_at(const char *file, int line, const char *fmt, ...)
{
    char outer[MESSAGE_SIZE / 2];
    char whole[MESSAGE_SIZE];
    va_list args;

    va_start(args, fmt);
    int n = vsnprintf(outer, sizeof(outer), fmt, args);
    va_end(args);
    mark_cut(outer, sizeof(outer), n);

    n = snprintf(whole, sizeof(whole), "%s: %s", outer, stack.message);
    mark_cut(whole, sizeof(whole), n);
    memcpy(stack.message, whole, sizeof(whole));
    add_frame("\n  in: ", outer, file, line);
    return stack.code;
}

int error_code(void)
{
    return stack.code;
}

const char *error_message(void)
{
    return stack.message;
}

const char *error_text(void)
{
    return stack.text;
}

void error_clear(void)
{
    stack.code = 0;
    stack.message[0] = '\0';
    stack.text[0] = '\0';
}
