#include "model/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

void names_release(struct names *names)
{
    for (size_t what = 0; what < NAMES_KINDS; what++) {
        free(names->items[what]);
    }
    memset(names, 0, sizeof(*names));
}

static int grow(struct names *names, uint32_t what)
{
    if (names->count[what] < names->cap[what]) {
        return 0;
    }
    uint32_t cap = names->cap[what] == 0 ? 32 : names->cap[what] * 2;
    struct record_name *items = realloc(names->items[what], cap * sizeof(*items));
    if (items == NULL) {
        return error_set(ERR_NOMEM, "table of %u names", cap);
    }
    names->items[what] = items;
    names->cap[what] = cap;
    return 0;
}

int names_apply(struct names *names, const struct record_name *record)
{
    if (record->what == 0 || record->what >= NAMES_KINDS || record->id == 0) {
        return error_set(ERR_CORRUPT, "name record of kind %u, id %u", record->what, record->id);
    }
    uint32_t count = names->count[record->what];
    if (record->id <= count) {
        names->items[record->what][record->id - 1] = *record;
        return 0;
    }
    if (record->id != count + 1) {
        return error_set(ERR_CORRUPT, "name '%s' has id %u, expected %u", record->name, record->id,
                         count + 1);
    }
    int rc = grow(names, record->what);
    if (rc != 0) {
        return rc;
    }
    names->items[record->what][count] = *record;
    names->count[record->what] = count + 1;
    return 0;
}

const struct record_name *names_get(const struct names *names, uint32_t what, uint32_t id)
{
    if (what >= NAMES_KINDS || id == 0 || id > names->count[what]) {
        return NULL;
    }
    return &names->items[what][id - 1];
}

const char *names_text(const struct names *names, uint32_t what, uint32_t id)
{
    const struct record_name *found = names_get(names, what, id);
    return found == NULL ? "" : found->name;
}

uint32_t names_find(const struct names *names, uint32_t what, uint32_t account, const char *name)
{
    for (uint32_t i = 0; what < NAMES_KINDS && i < names->count[what]; i++) {
        const struct record_name *item = &names->items[what][i];
        bool same_account = what != NAME_INSTRUMENT || account == 0 || item->account == account;
        if (same_account && strcmp(item->name, name) == 0) {
            return item->id;
        }
    }
    return 0;
}

void names_next(const struct names *names, uint32_t what, uint32_t account, const char *name,
                struct record_name *ret_record)
{
    memset(ret_record, 0, sizeof(*ret_record));
    ret_record->what = what;
    ret_record->id = names->count[what] + 1;
    ret_record->account = account;
    (void)str_copy(ret_record->name, sizeof(ret_record->name), name);
}
