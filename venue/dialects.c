/* Who speaks here, and who answers what path. */
#include <string.h>

#include "inside.h"

static const struct vn_dialect *const dialects[VN_DIALECTS] = {
    [VN_BINANCE] = &vn_binance,
    [VN_COINBASE] = &vn_coinbase,
    [VN_KRAKEN] = &vn_kraken,
};

const struct vn_dialect *vn_dialect_of(enum vn_dialect_id id)
{
    return dialects[id];
}

int vn_dialect_find(const char *name)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        if (strcmp(dialects[i]->name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* How much of the target the prefix covers; 0: it is another path. "/" covers nothing but itself. */
static size_t covers(const char *prefix, const char *target)
{
    size_t len = strlen(prefix);
    if (strncmp(prefix, target, len) != 0) {
        return 0;
    }
    bool at_end = target[len] == '\0' || target[len] == '?';
    return at_end || (len > 1 && target[len] == '/') ? len : 0;
}

enum vn_dialect_id vn_dialect_route(const struct venue *v, const char *target)
{
    enum vn_dialect_id found = v->fallback;
    size_t longest = 0;
    for (int i = 0; i < VN_DIALECTS; i++) {
        for (const char *const *path = dialects[i]->paths; *path != NULL; path++) {
            size_t len = covers(*path, target);
            if (len > longest) {
                longest = len;
                found = (enum vn_dialect_id)i;
            }
        }
    }
    return found;
}

struct vn_symbol *vn_symbol_any(struct venue *v, const char *name)
{
    struct vn_symbol *symbol = vn_symbol_find(&v->engine, name);
    for (int i = 0; i < VN_DIALECTS && symbol == NULL; i++) {
        if (dialects[i]->symbol != NULL) {
            symbol = dialects[i]->symbol(v, name);
        }
    }
    return symbol;
}
