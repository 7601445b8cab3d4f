/* Names with numbers that last as long as the state directory: accounts, instruments, strategies, rules.
 *
 * A number is given once by a NAME record and never means something else, so records stay small and a renamed or removed
 * configuration file cannot make old records ambiguous.
 *
 * Owner: struct state. Thread: trade (or the one that replays). Errors: the error stack.
 */
#ifndef MODEL_NAMES_H
#define MODEL_NAMES_H

#include "model/record.h"

#define NAMES_KINDS 5

struct names {
    struct record_name *items[NAMES_KINDS]; /* by what; id is the index + 1 */
    uint32_t count[NAMES_KINDS];
    uint32_t cap[NAMES_KINDS];
};

void names_release(struct names *names);

/* From a NAME record. A second record of the same id updates it (an account's identity became known). */
int names_apply(struct names *names, const struct record_name *record);

/* NULL if unknown. The pointer lives until the next names_apply. */
const struct record_name *names_get(const struct names *names, uint32_t what, uint32_t id);

/* Text of a name, "" if unknown. */
const char *names_text(const struct names *names, uint32_t what, uint32_t id);

/* 0 if unknown. account is compared for instruments only; 0 there: of any account. */
uint32_t names_find(const struct names *names, uint32_t what, uint32_t account, const char *name);

/* Fills the record that would declare a new name: the next free id. */
void names_next(const struct names *names, uint32_t what, uint32_t account, const char *name,
                struct record_name *ret_record);

#endif
