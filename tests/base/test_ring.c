#include <criterion/criterion.h>

#include <string.h>

#include "base/ring.h"
#include "base/status.h"

static const enum ring_producers both[] = {RING_ONE_PRODUCER, RING_MANY_PRODUCERS};

static int pop_int(struct ring *ring)
{
    size_t len = 0;
    const void *record = ring_peek(ring, &len);
    int value = -1;

    if (record != NULL) {
        cr_assert_eq(len, sizeof(value));
        memcpy(&value, record, sizeof(value));
        ring_pop(ring);
    }
    return value;
}

Test(ring, gives_back_in_order_over_many_laps)
{
    for (size_t k = 0; k < 2; k++) {
        struct ring ring;
        int expected = 0;

        cr_assert_eq(ring_init(&ring, both[k], sizeof(int), 4), 0);
        for (int i = 0; i < 1000; i++) {
            cr_assert_eq(ring_push(&ring, &i, sizeof(i)), 0);
            if (i % 3 == 2) {
                while (expected <= i) {
                    cr_assert_eq(pop_int(&ring), expected++);
                }
            }
        }
        cr_assert_eq(pop_int(&ring), 999);
        cr_assert_eq(pop_int(&ring), -1);
        cr_assert_eq(ring_dropped(&ring), 0);
        ring_release(&ring);
    }
}

Test(ring, full_is_refused_and_counted_and_loses_nothing_inside)
{
    for (size_t k = 0; k < 2; k++) {
        struct ring ring;

        cr_assert_eq(ring_init(&ring, both[k], sizeof(int), 4), 0);
        for (int i = 0; i < 4; i++) {
            cr_assert_eq(ring_push(&ring, &i, sizeof(i)), 0);
        }
        int extra = 99;
        cr_assert_eq(ring_push(&ring, &extra, sizeof(extra)), ERR_FULL);
        cr_assert_eq(ring_push(&ring, &extra, sizeof(extra)), ERR_FULL);
        cr_assert_eq(ring_dropped(&ring), 2);
        cr_assert_eq(ring_count(&ring), 4);
        for (int i = 0; i < 4; i++) {
            cr_assert_eq(pop_int(&ring), i);
        }
        cr_assert_eq(pop_int(&ring), -1);
        cr_assert_eq(ring_push(&ring, &extra, sizeof(extra)), 0);
        ring_release(&ring);
    }
}

Test(ring, a_claimed_record_is_not_seen_before_it_is_published)
{
    struct ring ring;
    size_t len = 0;

    cr_assert_eq(ring_init(&ring, RING_MANY_PRODUCERS, 16, 4), 0);
    char *first = ring_claim(&ring);
    char *second = ring_claim(&ring);
    memcpy(second, "second", 7);
    ring_publish(&ring, second, 7);
    cr_assert_null(ring_peek(&ring, &len));
    memcpy(first, "first", 6);
    ring_publish(&ring, first, 6);
    const char *seen = ring_peek(&ring, &len);
    cr_assert_str_eq(seen, "first");
    cr_assert_eq(len, 6);
    ring_pop(&ring);
    seen = ring_peek(&ring, &len);
    cr_assert_str_eq(seen, "second");
    ring_release(&ring);
}

Test(ring, a_record_longer_than_a_slot_is_refused_and_counted)
{
    struct ring ring;
    char big[17] = {0};

    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, 16, 2), 0);
    cr_assert_eq(ring_push(&ring, big, sizeof(big)), ERR_LIMIT);
    cr_assert_eq(ring_dropped(&ring), 1);
    cr_assert_eq(ring_push(&ring, NULL, 0), 0);
    ring_release(&ring);
}

Test(ring, pop_without_a_record_changes_nothing)
{
    struct ring ring;
    int value = 5;

    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, sizeof(int), 2), 0);
    ring_pop(&ring);
    cr_assert_eq(ring_push(&ring, &value, sizeof(value)), 0);
    cr_assert_eq(pop_int(&ring), 5);
    ring_release(&ring);
}

Test(ring, nonsense_sizes_are_refused)
{
    struct ring ring;

    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, 0, 4), ERR_INVALID);
    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, 8, 0), ERR_INVALID);
    cr_assert_eq(ring_init(&ring, RING_PRODUCERS_INVALID, 8, 4), ERR_INVALID);
    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, SIZE_MAX, 4), ERR_INVALID);
    ring_release(NULL);
}

Test(ring, records_are_aligned_and_counts_rounded_up)
{
    struct ring ring;

    cr_assert_eq(ring_init(&ring, RING_ONE_PRODUCER, 24, 5), 0);
    cr_assert_eq(ring_capacity(&ring), 8);
    for (int i = 0; i < 8; i++) {
        void *record = ring_claim(&ring);
        cr_assert_eq((uintptr_t)record % 16, 0);
        ring_publish(&ring, record, 1);
    }
    cr_assert_null(ring_claim(&ring));
    ring_release(&ring);
}
