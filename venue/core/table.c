#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

static uint64_t hash_text(const char *text)
{
    uint64_t h = 0xcbf29ce484222325ULL;
    for (const char *p = text; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
    }
    return h;
}

void vn_table_release(struct vn_table *t)
{
    for (size_t i = 0; i < t->cap; i++) {
        free(t->slots[i].text);
    }
    free(t->slots);
    memset(t, 0, sizeof(*t));
}

static int slot_is(const struct vn_slot *slot, const char *text, uint64_t key)
{
    return slot->used == 1 && slot->key == key && (text == NULL || strcmp(slot->text, text) == 0);
}

static struct vn_slot *find(const struct vn_table *t, const char *text, uint64_t key)
{
    if (t->cap == 0) {
        return NULL;
    }
    for (size_t i = mix(key) & (t->cap - 1);; i = (i + 1) & (t->cap - 1)) {
        struct vn_slot *slot = &t->slots[i];
        if (slot->used == 0) {
            return NULL;
        }
        if (slot_is(slot, text, key)) {
            return slot;
        }
    }
}

static void rehash(struct vn_table *t)
{
    struct vn_table old = *t;
    t->cap = old.live * 2 < 16 ? 32 : old.cap * (old.live * 3 >= old.cap ? 2 : 1);
    t->slots = vn_alloc(t->cap * sizeof(*t->slots));
    t->filled = old.live;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].used != 1) {
            continue;
        }
        size_t j = mix(old.slots[i].key) & (t->cap - 1);
        while (t->slots[j].used != 0) {
            j = (j + 1) & (t->cap - 1);
        }
        t->slots[j] = old.slots[i];
    }
    free(old.slots);
}

static void put(struct vn_table *t, const char *text, uint64_t key, void *value)
{
    struct vn_slot *slot = find(t, text, key);
    if (slot != NULL) {
        slot->value = value;
        return;
    }
    if ((t->filled + 1) * 3 >= t->cap * 2) {
        rehash(t);
    }
    size_t i = mix(key) & (t->cap - 1);
    while (t->slots[i].used == 1) {
        i = (i + 1) & (t->cap - 1);
    }
    slot = &t->slots[i];
    t->filled += slot->used == 0;
    t->live++;
    slot->text = text == NULL ? NULL : vn_copy(text, strlen(text));
    slot->key = key;
    slot->value = value;
    slot->used = 1;
}

static void drop(struct vn_table *t, struct vn_slot *slot)
{
    if (slot == NULL) {
        return;
    }
    free(slot->text);
    slot->text = NULL;
    slot->value = NULL;
    slot->used = 2;
    t->live--;
}

void *vn_table_get_text(const struct vn_table *t, const char *key)
{
    struct vn_slot *slot = find(t, key, hash_text(key));
    return slot == NULL ? NULL : slot->value;
}

void vn_table_put_text(struct vn_table *t, const char *key, void *value)
{
    put(t, key, hash_text(key), value);
}

void vn_table_remove_text(struct vn_table *t, const char *key)
{
    drop(t, find(t, key, hash_text(key)));
}

void *vn_table_get(const struct vn_table *t, uint64_t key)
{
    struct vn_slot *slot = find(t, NULL, key);
    return slot == NULL ? NULL : slot->value;
}

void vn_table_put(struct vn_table *t, uint64_t key, void *value)
{
    put(t, NULL, key, value);
}

void vn_table_remove(struct vn_table *t, uint64_t key)
{
    drop(t, find(t, NULL, key));
}
