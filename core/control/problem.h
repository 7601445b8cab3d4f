/* Why a request was refused, as RFC 9457 has it: application/problem+json.
 *
 *     {"type": "docs/control.md#bad_field", "title": "Unprocessable Content", "status": 422, "code": "bad_field",
 *      "detail": "...", "instance": "/orders", "request_id": "...", "errors": [{"pointer": "/quantity", "detail": "..."}]}
 *
 * code is stable and for programs; detail is one sentence for a person. All mistakes of a body are told at once.
 *
 * Owner: the caller. Thread: any, one at a time.
 */
#ifndef CONTROL_PROBLEM_H
#define CONTROL_PROBLEM_H

#include <stdint.h>

#include <sofia/abi.h>

#include "base/str.h"

#define PROBLEM_ERRORS 12

struct problem_error {
    char pointer[80]; /* JSON pointer into the body, or "?name" for a query parameter */
    char detail[240];
};

struct problem {
    int status; /* HTTP; 0: no problem */
    char code[SOFIA_NAME_SIZE];
    char detail[400];
    uint32_t error_count;
    struct problem_error errors[PROBLEM_ERRORS];
    /* of an order that was refused inside */
    uint64_t order_id;
    const char *state;
    const char *station;
};

/* The first one stays: later calls change nothing. */
void problem_set(struct problem *problem, int status, const char *code, const char *fmt, ...)
    __attribute__((format(__printf__, 4, 5)));

/* One more mistake of the same request. */
void problem_add(struct problem *problem, const char *pointer, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

void problem_print(const struct problem *problem, const char *instance, const char *request_id,
                   struct text *text);

/* "Not Found" for 404; "?" for a number that is not used here. */
const char *problem_title(int status);

#endif
