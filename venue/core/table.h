/* Two hash tables: from a text and from a 64-bit number to a pointer. Open addressing, grow by doubling.
 * Keys of the text table are copied. Owner: the caller. Thread: one at a time. */
#ifndef SOFIA_VENUE_CORE_TABLE_H
#define SOFIA_VENUE_CORE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct vn_slot {
    char *text;   /* text table */
    uint64_t key; /* number table, hash in the text table */
    void *value;  /* NULL: free or deleted */
    int used;     /* 0 free, 1 live, 2 deleted */
};

struct vn_table {
    struct vn_slot *slots;
    size_t cap;
    size_t live;
    size_t filled; /* live + deleted */
};

void vn_table_release(struct vn_table *t);
void *vn_table_get_text(const struct vn_table *t, const char *key);
void vn_table_put_text(struct vn_table *t, const char *key, void *value); /* replaces */
void vn_table_remove_text(struct vn_table *t, const char *key);
void *vn_table_get(const struct vn_table *t, uint64_t key);
void vn_table_put(struct vn_table *t, uint64_t key, void *value);
void vn_table_remove(struct vn_table *t, uint64_t key);

#endif
