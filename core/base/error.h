/* Why something failed: a text stack per thread, with the file and line of each frame.
 *
 *     int journal_open(...)
 *         return error_set(ERR_IO, "open '%s': %s", path, reason);
 *     int engine_start(...)
 *         return error_append("journal");
 *
 *     error_message()   journal: open 'x': Permission denied
 *     error_text()      ERR_IO open 'x': Permission denied (core/store/disk.c:41)
 *                         in: journal (core/engine/start.c:88)
 *
 * error_set begins a new stack and returns the code; each caller on the way up may add what it was
 * doing and returns the same code. At the top somebody logs error_message() or prints error_text(),
 * once. A function either logs or returns an error, never both. Successful calls do not touch the
 * stack, so it is meaningful only after a failure.
 *
 * Invariants: never allocates, never fails; a text that is too long is cut, marked with "...".
 * Owner: the thread. Thread: any, each sees only its own.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/status.h"

/* Both return the code, so that they can stand behind `return`. */
#define error_set(code, ...) error_set_at((code), __FILE__, __LINE__, __VA_ARGS__)
#define error_append(...) error_append_at(__FILE__, __LINE__, __VA_ARGS__)

/* For a failed system call: ERR_IO (ERR_NOT_FOUND for ENOENT) with ": <reason of errno>" behind. */
#define error_set_errno(...) error_set_errno_at(__FILE__, __LINE__, __VA_ARGS__)

int error_code(void);            /* 0 when clear */
const char *error_message(void); /* one line for people, outermost first; "" when clear */
const char *error_text(void);    /* every frame with file:line, one a line; "" when clear */
void error_clear(void);

int error_set_at(int code, const char *file, int line, const char *fmt, ...)
    __attribute__((format(__printf__, 4, 5)));
int error_append_at(const char *file, int line, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));
int error_set_errno_at(const char *file, int line, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

#endif
