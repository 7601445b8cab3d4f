#include "control/keys_seen.h"

#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/str.h"

uint64_t key_request_id(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a, then the finish of MurmurHash3 */
    for (const char *at = key; *at != '\0'; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    }
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    hash ^= hash >> 33;
    return hash == 0 ? 1 : hash;
}

static bool is_same(const struct command_order *a, const struct command_order *b)
{
    return a->replaces == b->replaces && str_eq(a->account, b->account) &&
           str_eq(a->instrument, b->instrument) && str_eq(a->tag, b->tag) && a->side == b->side &&
           a->type == b->type && a->tif == b->tif && a->flags == b->flags &&
           sofia_decimal_cmp(a->qty, b->qty) == 0 && sofia_decimal_cmp(a->price, b->price) == 0;
}

bool keys_seen_check(struct keys_seen *keys, const struct command_order *order)
{
    for (uint32_t i = 0; i < KEYS_SEEN; i++) {
        if (keys->rows[i].request_id == order->request_id) {
            return is_same(&keys->rows[i].order, order);
        }
    }
    struct key_seen *row = &keys->rows[keys->next];
    keys->next = (keys->next + 1) % KEYS_SEEN;
    row->request_id = order->request_id;
    row->order = *order;
    return true;
}

void keys_seen_forget(struct keys_seen *keys, uint64_t request_id)
{
    for (uint32_t i = 0; i < KEYS_SEEN; i++) {
        if (keys->rows[i].request_id == request_id) {
            memset(&keys->rows[i], 0, sizeof(keys->rows[i]));
        }
    }
}
