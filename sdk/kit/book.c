/* The price-level book: sorted arrays, the best level last. */
#include <string.h>

#include <sofia/kit/book.h>
#include <sofia/kit/decimal.h>

#include "decimal_core.h"

void sofia_book_init(struct sofia_book *book, struct sofia_level *bids, struct sofia_level *asks,
                     uint32_t cap)
{
    struct sofia_book fresh = {
        .sides = {{.levels = bids, .max = cap}, {.levels = asks, .max = cap}},
        .touched_ns = INT64_MIN,
        .cap = cap,
    };
    *book = fresh;
}

/* Lets go of the worst levels, which are at the front. */
static void drop_worst(struct sofia_book_side *side, uint32_t count)
{
    side->count -= count;
    memmove(side->levels, side->levels + count, side->count * sizeof *side->levels);
    side->truncated += count;
}

void sofia_book_limit(struct sofia_book *book, uint32_t max)
{
    for (uint32_t i = 0; i < 2; i++) {
        struct sofia_book_side *side = &book->sides[i];
        side->max = max == 0 || max > book->cap ? book->cap : max;
        if (side->count > side->max) {
            drop_worst(side, side->count - side->max);
        }
    }
}

void sofia_book_clear(struct sofia_book *book)
{
    for (uint32_t i = 0; i < 2; i++) {
        book->sides[i].count = 0;
        book->sides[i].truncated = 0;
    }
    book->touched_ns = INT64_MIN;
}

/* The index into sides, or -1. */
static int side_index(uint32_t side)
{
    if (side == SOFIA_SIDE_BUY) {
        return 0;
    }
    return side == SOFIA_SIDE_SELL ? 1 : -1;
}

/* How a price ranks on a side: greater is nearer to the best. */
static int rank(int index, struct sofia_decimal a, struct sofia_decimal b)
{
    int order = sofia_decimal_cmp(a, b);
    return index == 0 ? order : -order;
}

/* Where the price is (returns 1) or belongs (returns 0): the number of levels worse than it. Steps
 * down from the best in doubling strides, then halves the last one. */
static int locate(const struct sofia_book *book, int index, struct sofia_decimal price,
                  uint32_t *ret_at)
{
    const struct sofia_book_side *side = &book->sides[index];
    uint32_t high = side->count; /* every level from here on is better than the price */
    uint32_t low = 0;            /* every level before is worse */
    for (uint32_t stride = 1; high > low; stride *= 2) {
        uint32_t probe = high - low > stride ? high - stride : low;
        int order = rank(index, side->levels[probe].price, price);
        if (order == 0) {
            *ret_at = probe;
            return 1;
        }
        if (order < 0) {
            low = probe + 1;
            break;
        }
        high = probe;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = rank(index, side->levels[middle].price, price);
        if (order == 0) {
            *ret_at = middle;
            return 1;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *ret_at = low;
    return 0;
}

static void insert(struct sofia_book_side *side, uint32_t at, struct sofia_level level)
{
    if (side->count == side->max) {
        if (at == 0) {
            side->truncated++;
            return;
        }
        /* The worst goes; the levels between it and the new one move down by one. */
        memmove(side->levels, side->levels + 1, (at - 1) * sizeof level);
        side->levels[at - 1] = level;
        side->truncated++;
        return;
    }
    memmove(side->levels + at + 1, side->levels + at, (side->count - at) * sizeof level);
    side->levels[at] = level;
    side->count++;
}

int sofia_book_set(struct sofia_book *book, uint32_t side, struct sofia_decimal price,
                   struct sofia_decimal qty)
{
    int status = sofia_exponent_check2(price.exponent, qty.exponent);
    if (status != 0) {
        return status;
    }
    int index = side_index(side);
    if (index < 0 || sofia_decimal_sign(qty) < 0) {
        return SOFIA_KIT_ERANGE;
    }
    struct sofia_book_side *half = &book->sides[index];
    uint32_t at = 0;
    int found = locate(book, index, price, &at);
    if (sofia_decimal_is_zero(qty)) {
        if (found) {
            half->count--;
            memmove(half->levels + at, half->levels + at + 1,
                    (half->count - at) * sizeof *half->levels);
        }
    } else if (found) {
        half->levels[at].qty = qty;
    } else {
        struct sofia_level level = {.price = price, .qty = qty};
        insert(half, at, level);
    }
    return 0;
}

void sofia_book_touch(struct sofia_book *book, int64_t now_ns)
{
    if (now_ns > book->touched_ns) {
        book->touched_ns = now_ns;
    }
}

int64_t sofia_book_age_ns(const struct sofia_book *book, int64_t now_ns)
{
    int64_t age = 0;
    if (book->touched_ns == INT64_MIN || __builtin_sub_overflow(now_ns, book->touched_ns, &age)) {
        return INT64_MAX;
    }
    return age < 0 ? 0 : age;
}

uint32_t sofia_book_count(const struct sofia_book *book, uint32_t side)
{
    int index = side_index(side);
    return index < 0 ? 0 : book->sides[index].count;
}

uint64_t sofia_book_truncated(const struct sofia_book *book, uint32_t side)
{
    int index = side_index(side);
    return index < 0 ? 0 : book->sides[index].truncated;
}

const struct sofia_level *sofia_book_level(const struct sofia_book *book, uint32_t side, uint32_t n)
{
    int index = side_index(side);
    if (index < 0 || n >= book->sides[index].count) {
        return NULL;
    }
    return &book->sides[index].levels[book->sides[index].count - 1 - n];
}

int sofia_book_top(const struct sofia_book *book, uint32_t side, struct sofia_level *ret_level)
{
    const struct sofia_level *level = sofia_book_level(book, side, 0);
    if (level == NULL) {
        return SOFIA_KIT_EABSENT;
    }
    *ret_level = *level;
    return 0;
}

int sofia_book_crossed(const struct sofia_book *book)
{
    const struct sofia_level *bid = sofia_book_level(book, SOFIA_SIDE_BUY, 0);
    const struct sofia_level *ask = sofia_book_level(book, SOFIA_SIDE_SELL, 0);
    return bid != NULL && ask != NULL && sofia_decimal_cmp(bid->price, ask->price) >= 0;
}

/* Adds part * price to the notional and part to the quantity of the take. */
static int take_level(struct sofia_book_take *take, struct sofia_decimal price,
                      struct sofia_decimal part)
{
    struct sofia_wide value;
    int status = sofia_decimal_mul(price, part, &value);
    if (status == 0) {
        status = sofia_wide_add(take->notional, value, &take->notional);
    }
    if (status == 0) {
        status = sofia_wide_add(take->qty, sofia_wide_of(part), &take->qty);
    }
    take->worst = price;
    take->levels++;
    return status;
}

int sofia_book_take(const struct sofia_book *book, uint32_t side, struct sofia_decimal qty,
                    struct sofia_decimal limit, struct sofia_book_take *ret_take)
{
    if (sofia_decimal_is_absent(qty)) {
        return SOFIA_KIT_EABSENT;
    }
    if (sofia_decimal_sign(qty) < 0) {
        return SOFIA_KIT_ERANGE;
    }
    struct sofia_book_take take = {
        .qty = sofia_wide_zero(),
        .notional = sofia_wide_zero(),
        .worst = sofia_decimal_absent(),
    };
    struct sofia_decimal left = qty;
    const struct sofia_level *level = NULL;
    for (uint32_t i = 0; (level = sofia_book_level(book, side, i)) != NULL; i++) {
        int beyond =
            !sofia_decimal_is_absent(limit) && rank(side_index(side), level->price, limit) < 0;
        if (beyond || sofia_decimal_sign(left) <= 0) {
            break;
        }
        int whole = sofia_decimal_cmp(level->qty, left) <= 0;
        struct sofia_decimal part = whole ? level->qty : left;
        int status = take_level(&take, level->price, part);
        if (status == 0) {
            status = sofia_decimal_sub(left, part, &left);
        }
        if (status != 0) {
            return status;
        }
    }
    *ret_take = take;
    return 0;
}
