/* Bounded texts: copy, compare, numbers, "did you mean", and a growing buffer for output that has
 * no natural bound.
 *
 * Invariants: destinations are always terminated when cap > 0; nothing here reads the locale.
 * Owner: the caller. Thread: any.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0, or ERR_LIMIT when src did not fit (what fits is there). Sets no error text. */
int str_copy(char *dst, size_t cap, const char *src);
int str_copy_n(char *dst, size_t cap, const char *src, size_t len);
int str_format(char *dst, size_t cap, const char *fmt, ...)
    __attribute__((format(__printf__, 3, 4)));

bool str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool str_eq_n(const char *a, const char *b, size_t b_len);
bool str_starts(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);

/* [-] digits, the whole text; no sign '+', no blanks. ERR_PARSE, ERR_LIMIT. Sets no error text. */
int str_to_i64(const char *text, size_t len, int64_t *ret_value);

/* Valid UTF-8 without overlong forms and surrogates. On false *ret_at (may be NULL) is the offset
 * of the first bad byte. */
bool str_is_utf8(const char *text, size_t len, size_t *ret_at);

/* Number of insertions, deletions, replacements and swaps of neighbours between two words; words
 * longer than 64 bytes are cut. */
unsigned str_distance(const char *a, const char *b);

/* The candidate a person probably meant, or NULL when none is near. Feed candidates one by one:
 *     struct str_guess guess = str_guess_init(word);  str_guess_try(&guess, "..."); ...  guess.best
 */
struct str_guess {
    const char *word;
    const char *best; /* NULL: none near enough */
    unsigned distance;
};
struct str_guess str_guess_init(const char *word);
void str_guess_try(struct str_guess *guess, const char *candidate);

/* A growing text. Zero-initialised is empty. On lack of memory it stays valid and says ERR_NOMEM
 * from then on. */
struct text {
    char *data; /* terminated; NULL while empty */
    size_t len;
    size_t cap;
    int status; /* 0, or the first failure; checked once at the end */
};
void text_add(struct text *text, const char *str);
void text_add_n(struct text *text, const char *data, size_t len);
void text_addf(struct text *text, const char *fmt, ...) __attribute__((format(__printf__, 2, 3)));
const char *text_get(const struct text *text); /* never NULL */
void text_clear(struct text *text);
void text_release(struct text *text);

#endif
