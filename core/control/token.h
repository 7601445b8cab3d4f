/* The bearer token of the control port: a file only its owner can read.
 *
 * Made at the first start: 256 random bits as 64 hex digits, mode 0600, never over an existing file. Read back with the
 * checks of a secret: a plain file, owned by us or root, no rights for anybody else.
 *
 * Owner: the control thread. Thread: main, then control. Errors: the error stack.
 */
#ifndef CONTROL_TOKEN_H
#define CONTROL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#define TOKEN_MIN 32
#define TOKEN_MAX 128

struct token {
    char text[TOKEN_MAX + 1];
    size_t len;
};

int token_load(const char *path, struct token *ret_token);

/* Takes the same time wherever the difference is. */
bool token_is(const struct token *token, const char *given, size_t len);

#endif
