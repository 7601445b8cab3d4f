#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/index.h"

static int find(const struct index *index, uint64_t key, uint32_t slot)
{
    size_t cursor = 0;
    int found = 0;
    for (uint32_t at; (at = index_next(index, key, &cursor)) != INDEX_NONE;) {
        found += at == slot ? 1 : 0;
    }
    return found;
}

static int put(struct index *index, uint64_t key, uint32_t slot)
{
    int rc = index_reserve(index, 1);
    return rc != 0 ? rc : index_put(index, key, slot);
}

Test(index, several_slots_may_share_a_key)
{
    struct index index = {0};
    for (uint32_t slot = 0; slot < 10; slot++) {
        cr_assert_eq(put(&index, 42, slot), 0);
    }
    index_remove(&index, 42, 4);
    for (uint32_t slot = 0; slot < 10; slot++) {
        cr_assert_eq(find(&index, 42, slot), slot == 4 ? 0 : 1, "slot %u", slot);
    }
    cr_assert_eq(find(&index, 43, 1), 0);
    index_release(&index);
}

Test(index, put_allocates_nothing_and_says_when_it_is_full)
{
    struct index index = {0};
    cr_assert_eq(index_put(&index, 1, 1), ERR_FULL, "nothing was reserved");
    cr_assert_eq(index_reserve(&index, 32), 0);
    const struct index_cell *cells = index.cells;
    int rc = 0;
    uint32_t count = 0;
    for (; rc == 0; count++) {
        rc = index_put(&index, count, count);
    }
    cr_assert_eq(rc, ERR_FULL);
    cr_assert_gt(count, 32, "less room than was reserved");
    cr_assert_eq(index.cells, cells);
    index_release(&index);
}

Test(index, an_empty_one_finds_nothing)
{
    struct index index = {0};
    size_t cursor = 0;
    cr_assert_eq(index_next(&index, 1, &cursor), INDEX_NONE);
    index_remove(&index, 1, 1);
}

/* Against a plain table, with few keys so that they collide, over enough changes to leave many removed cells. */
Test(index, it_holds_what_a_plain_table_holds)
{
    enum { KEYS = 16, SLOTS = 64 };
    static int held[KEYS][SLOTS];
    struct index index = {0};
    uint64_t random = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        uint32_t key = (uint32_t)(random >> 8) % KEYS;
        uint32_t slot = (uint32_t)(random >> 32) % SLOTS;
        if (held[key][slot]) {
            index_remove(&index, key, slot);
        } else {
            cr_assert_eq(put(&index, key, slot), 0);
        }
        held[key][slot] = !held[key][slot];
        cr_assert_eq(find(&index, key, slot), held[key][slot], "after step %d", i);
    }
    size_t live = 0;
    for (uint32_t key = 0; key < KEYS; key++) {
        for (uint32_t slot = 0; slot < SLOTS; slot++) {
            cr_assert_eq(find(&index, key, slot), held[key][slot]);
            live += held[key][slot] ? 1 : 0;
        }
    }
    cr_assert_eq(index.live, live);
    cr_assert_lt(index.cap, 16384, "removed cells are never swept");
    index_release(&index);
}

Test(index, hashes_depend_on_the_seed_and_on_every_letter)
{
    cr_assert_neq(index_hash(1, "abc"), index_hash(2, "abc"));
    cr_assert_neq(index_hash(1, "abc"), index_hash(1, "abd"));
    cr_assert_neq(index_hash(1, "abc"), index_hash(1, "ab"));
    cr_assert_eq(index_hash(1, "abc"), index_hash(1, "abc"));
}
