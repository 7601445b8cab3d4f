/* A growing text, for everything the venue prints. Out of memory ends the program: this is a tool for desks and tests.
 * Owner: the caller. Thread: one at a time. */
#ifndef SOFIA_VENUE_CORE_TEXT_H
#define SOFIA_VENUE_CORE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "amount.h"

struct vn_text {
    char *data; /* NUL behind len when not NULL */
    size_t len;
    size_t cap;
};

void *vn_alloc(size_t size);                                      /* zeroed, never NULL */
void *vn_grow(void *old, size_t count, size_t *cap, size_t item); /* room for count + 1 items */
char *vn_copy(const char *text, size_t len);

void vn_text_release(struct vn_text *t);
void vn_text_clear(struct vn_text *t);
char *vn_text_take(struct vn_text *t); /* the caller frees; t is empty after it */
void vn_text_add_n(struct vn_text *t, const char *bytes, size_t len);
void vn_text_add(struct vn_text *t, const char *text);
void vn_text_addf(struct vn_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void vn_text_add_char(struct vn_text *t, char c);
void vn_text_add_u64(struct vn_text *t, uint64_t value);
void vn_text_add_i64(struct vn_text *t, int64_t value);
void vn_text_add_json(struct vn_text *t, const char *text);             /* quoted and escaped */
void vn_text_add_fixed(struct vn_text *t, int64_t value, int places);   /* quoted */
void vn_text_add_amount(struct vn_text *t, amount_t value, int places); /* quoted */
void vn_text_add_plain(struct vn_text *t, amount_t value); /* quoted, no trailing zeros */

/* Puts a text behind the first place where another one stands; nothing if it stands nowhere. */
void vn_text_insert(struct vn_text *t, const char *behind, const char *what);

/* Removes one trailing comma, if there is one: lists are printed as "item," and closed with this. */
void vn_text_trim_comma(struct vn_text *t);

#endif
