#include "control/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "control/out.h"

#include "base/banned.h"

#define TYPE_BASE "docs/control.md#"

void problem_set(struct problem *problem, int status, const char *code, const char *fmt, ...)
{
    va_list args;
    if (problem->status != 0) {
        return;
    }
    problem->status = status;
    (void)str_copy(problem->code, sizeof(problem->code), code);
    va_start(args, fmt);
    (void)vsnprintf(problem->detail, sizeof(problem->detail), fmt, args);
    va_end(args);
}

void problem_add(struct problem *problem, const char *pointer, const char *fmt, ...)
{
    va_list args;
    if (problem->error_count == PROBLEM_ERRORS) {
        return;
    }
    struct problem_error *error = &problem->errors[problem->error_count++];
    (void)str_copy(error->pointer, sizeof(error->pointer), pointer);
    va_start(args, fmt);
    (void)vsnprintf(error->detail, sizeof(error->detail), fmt, args);
    va_end(args);
}

const char *problem_title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {{200, "OK"},
                  {201, "Created"},
                  {202, "Accepted"},
                  {400, "Bad Request"},
                  {401, "Unauthorized"},
                  {403, "Forbidden"},
                  {404, "Not Found"},
                  {405, "Method Not Allowed"},
                  {409, "Conflict"},
                  {411, "Length Required"},
                  {413, "Content Too Large"},
                  {415, "Unsupported Media Type"},
                  {421, "Misdirected Request"},
                  {422, "Unprocessable Content"},
                  {500, "Internal Server Error"},
                  {501, "Not Implemented"},
                  {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (titles[i].status == status) {
            return titles[i].title;
        }
    }
    return "?";
}

void problem_print(const struct problem *problem, const char *instance, const char *request_id,
                   struct text *text)
{
    char type[160];
    (void)str_format(type, sizeof(type), TYPE_BASE "%s", problem->code);
    out_open(text, NULL, '{');
    out_str(text, "type", type);
    out_str(text, "title", problem_title(problem->status));
    out_i64(text, "status", problem->status);
    out_str(text, "code", problem->code);
    out_str(text, "detail", problem->detail);
    out_str(text, "instance", instance);
    out_str(text, "request_id", request_id);
    if (problem->order_id != 0) {
        out_id(text, "order_id", problem->order_id);
    }
    if (problem->state != NULL) {
        out_str(text, "state", problem->state);
    }
    if (problem->station != NULL) {
        out_str(text, "station", problem->station);
    }
    if (problem->error_count > 0) {
        out_open(text, "errors", '[');
        for (uint32_t i = 0; i < problem->error_count; i++) {
            out_open(text, NULL, '{');
            out_str(text, "pointer", problem->errors[i].pointer);
            out_str(text, "detail", problem->errors[i].detail);
            out_close(text, '}');
        }
        out_close(text, ']');
    }
    out_close(text, '}');
}
