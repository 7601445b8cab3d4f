#include <criterion/criterion.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/book.h>
#include <sofia/kit/decimal.h>

#include "draw.h"

#define CAP 16u

struct fixture {
    struct sofia_level bids[CAP];
    struct sofia_level asks[CAP];
    struct sofia_book book;
};

static void open_book(struct fixture *fix, uint32_t cap)
{
    sofia_book_init(&fix->book, fix->bids, fix->asks, cap);
}

static void set(struct fixture *fix, uint32_t side, const char *price, const char *qty)
{
    cr_assert_eq(sofia_book_set(&fix->book, side, dec(price), dec(qty)), 0);
}

/* The prices of a side, best first, with a space behind each. */
static const char *prices(const struct sofia_book *book, uint32_t side)
{
    static char text[512];
    const struct sofia_level *level = NULL;
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; (level = sofia_book_level(book, side, i)) != NULL; i++) {
        const char *price = dec_text(level->price);
        size_t more = strlen(price);
        cr_assert_lt(len + more + 2, sizeof text);
        memcpy(text + len, price, more);
        len += more;
        text[len++] = ' ';
        text[len] = '\0';
    }
    return text;
}

Test(book, both_sides_are_sorted_best_first)
{
    struct fixture fix;
    open_book(&fix, CAP);
    set(&fix, SOFIA_SIDE_BUY, "60000", "2");
    set(&fix, SOFIA_SIDE_BUY, "60000.10", "0.5");
    set(&fix, SOFIA_SIDE_BUY, "59999.8", "0.75");
    set(&fix, SOFIA_SIDE_SELL, "60001", "4");
    set(&fix, SOFIA_SIDE_SELL, "60000.2", "1.1");
    set(&fix, SOFIA_SIDE_SELL, "60000.30", "0.05");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_BUY), "60000.1 60000 59999.8 ");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_SELL), "60000.2 60000.3 60001 ");
    struct sofia_level top;
    cr_assert_eq(sofia_book_top(&fix.book, SOFIA_SIDE_SELL, &top), 0);
    cr_assert_str_eq(dec_text(top.qty), "1.1");
    cr_assert_not(sofia_book_crossed(&fix.book));
}

Test(book, a_price_is_one_level_however_it_is_written)
{
    struct fixture fix;
    open_book(&fix, CAP);
    struct sofia_decimal ten = {.mantissa = 1000, .exponent = -2};
    set(&fix, SOFIA_SIDE_BUY, "10", "1");
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, ten, dec("3")), 0);
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_BUY), 1);
    cr_assert_str_eq(dec_text(sofia_book_level(&fix.book, SOFIA_SIDE_BUY, 0)->qty), "3");
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, ten, dec("0.00")), 0);
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_BUY), 0);
    set(&fix, SOFIA_SIDE_BUY, "10", "0");
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_BUY), 0);
}

Test(book, what_cannot_be_a_level_is_refused_and_changes_nothing)
{
    struct fixture fix;
    struct sofia_decimal bad = {.mantissa = 1, .exponent = 60};
    struct sofia_level top;
    open_book(&fix, CAP);
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, sofia_decimal_absent(), dec("1")),
                 SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, dec("1"), sofia_decimal_absent()),
                 SOFIA_KIT_EABSENT);
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, dec("1"), dec("-1")), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, bad, dec("1")), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_book_set(&fix.book, 0, dec("1"), dec("1")), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_book_set(&fix.book, 3, dec("1"), dec("1")), SOFIA_KIT_ERANGE);
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_BUY), 0);
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_SELL), 0);
    cr_assert_eq(sofia_book_top(&fix.book, SOFIA_SIDE_BUY, &top), SOFIA_KIT_EABSENT);
    cr_assert_null(sofia_book_level(&fix.book, 7, 0));
}

Test(book, crossed_means_bid_at_or_above_ask)
{
    struct fixture fix;
    open_book(&fix, CAP);
    cr_assert_not(sofia_book_crossed(&fix.book));
    set(&fix, SOFIA_SIDE_BUY, "10", "1");
    cr_assert_not(sofia_book_crossed(&fix.book));
    set(&fix, SOFIA_SIDE_SELL, "10.01", "1");
    cr_assert_not(sofia_book_crossed(&fix.book));
    set(&fix, SOFIA_SIDE_SELL, "10.00", "1");
    cr_assert(sofia_book_crossed(&fix.book));
    set(&fix, SOFIA_SIDE_SELL, "10", "0");
    cr_assert_not(sofia_book_crossed(&fix.book));
    set(&fix, SOFIA_SIDE_BUY, "11", "1");
    cr_assert(sofia_book_crossed(&fix.book));
}

Test(book, age_is_since_the_last_touch)
{
    struct fixture fix;
    open_book(&fix, CAP);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 100), INT64_MAX);
    sofia_book_touch(&fix.book, 100);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 150), 50);
    sofia_book_touch(&fix.book, 90);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 150), 50);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 80), 0);
    sofia_book_touch(&fix.book, 150);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 150), 0);
    set(&fix, SOFIA_SIDE_BUY, "10", "1");
    sofia_book_clear(&fix.book);
    cr_assert_eq(sofia_book_age_ns(&fix.book, 150), INT64_MAX);
    cr_assert_eq(sofia_book_count(&fix.book, SOFIA_SIDE_BUY), 0);
}

Test(book, a_full_side_lets_go_of_its_worst_and_counts_it)
{
    struct fixture fix;
    open_book(&fix, 3);
    set(&fix, SOFIA_SIDE_SELL, "3", "1");
    set(&fix, SOFIA_SIDE_SELL, "5", "1");
    set(&fix, SOFIA_SIDE_SELL, "4", "1");
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_SELL), 0);
    set(&fix, SOFIA_SIDE_SELL, "6", "1");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_SELL), "3 4 5 ");
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_SELL), 1);
    set(&fix, SOFIA_SIDE_SELL, "2", "1");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_SELL), "2 3 4 ");
    set(&fix, SOFIA_SIDE_SELL, "3.5", "1");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_SELL), "2 3 3.5 ");
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_SELL), 3);
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_BUY), 0);
    sofia_book_clear(&fix.book);
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_SELL), 0);
}

Test(book, the_limit_cuts_now_and_later)
{
    struct fixture fix;
    open_book(&fix, CAP);
    set(&fix, SOFIA_SIDE_BUY, "1", "1");
    set(&fix, SOFIA_SIDE_BUY, "2", "1");
    set(&fix, SOFIA_SIDE_BUY, "3", "1");
    sofia_book_limit(&fix.book, 2);
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_BUY), "3 2 ");
    cr_assert_eq(sofia_book_truncated(&fix.book, SOFIA_SIDE_BUY), 1);
    sofia_book_clear(&fix.book);
    for (int i = 1; i < 9; i++) {
        cr_assert_eq(sofia_book_set(&fix.book, SOFIA_SIDE_BUY, sofia_decimal_of(i, 0), dec("1")),
                     0);
    }
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_BUY), "8 7 ");
    sofia_book_limit(&fix.book, 0);
    set(&fix, SOFIA_SIDE_BUY, "1", "1");
    cr_assert_str_eq(prices(&fix.book, SOFIA_SIDE_BUY), "8 7 1 ");
}

Test(book, take_says_what_an_order_would_find)
{
    struct fixture fix;
    struct sofia_book_take take;
    open_book(&fix, CAP);
    set(&fix, SOFIA_SIDE_SELL, "100", "1");
    set(&fix, SOFIA_SIDE_SELL, "101", "2");
    set(&fix, SOFIA_SIDE_SELL, "103", "5");
    cr_assert_eq(
        sofia_book_take(&fix.book, SOFIA_SIDE_SELL, dec("2.5"), sofia_decimal_absent(), &take), 0);
    cr_assert_str_eq(wide_text(take.qty), "2.5");
    cr_assert_str_eq(wide_text(take.notional), "251.5");
    cr_assert_str_eq(dec_text(take.worst), "101");
    cr_assert_eq(take.levels, 2);
    cr_assert_eq(sofia_book_take(&fix.book, SOFIA_SIDE_SELL, dec("100"), dec("101"), &take), 0);
    cr_assert_str_eq(wide_text(take.qty), "3");
    cr_assert_str_eq(wide_text(take.notional), "302");
    cr_assert_eq(sofia_book_take(&fix.book, SOFIA_SIDE_SELL, dec("100"), dec("99.99"), &take), 0);
    cr_assert(sofia_wide_is_zero(take.qty));
    cr_assert(sofia_decimal_is_absent(take.worst));
    cr_assert_eq(
        sofia_book_take(&fix.book, SOFIA_SIDE_SELL, dec("3"), sofia_decimal_absent(), &take), 0);
    cr_assert_eq(take.levels, 2);
    set(&fix, SOFIA_SIDE_BUY, "99", "4");
    cr_assert_eq(sofia_book_take(&fix.book, SOFIA_SIDE_BUY, dec("1"), dec("99.5"), &take), 0);
    cr_assert(sofia_wide_is_zero(take.qty));
    cr_assert_eq(sofia_book_take(&fix.book, SOFIA_SIDE_BUY, dec("1"), dec("99"), &take), 0);
    cr_assert_str_eq(wide_text(take.qty), "1");
    cr_assert_eq(sofia_book_take(&fix.book, SOFIA_SIDE_BUY, dec("-1"), dec("99"), &take),
                 SOFIA_KIT_ERANGE);
    cr_assert_eq(
        sofia_book_take(&fix.book, SOFIA_SIDE_BUY, sofia_decimal_absent(), dec("99"), &take),
        SOFIA_KIT_EABSENT);
}

/* The naive model: a quantity for each of 200 prices. */
#define PRICES 200

static struct sofia_decimal price_at(uint32_t index)
{
    return sofia_decimal_of((int64_t)index + 9900, -2);
}

/* The book must be the best `cap` prices of the model that were never let go. Without truncation
 * that is all of them, best first. */
static void expect_model(const struct sofia_book *book, uint32_t side, const int64_t *model)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < PRICES; i++) {
        uint32_t index = side == SOFIA_SIDE_BUY ? PRICES - 1 - i : i;
        if (model[index] == 0) {
            continue;
        }
        const struct sofia_level *level = sofia_book_level(book, side, at++);
        cr_assert_not_null(level);
        cr_assert_eq(sofia_decimal_cmp(level->price, price_at(index)), 0);
        cr_assert_eq(sofia_decimal_cmp(level->qty, sofia_decimal_of(model[index], -3)), 0);
    }
    cr_assert_eq(sofia_book_count(book, side), at);
}

/* What a bounded side does, in the model: the worst price goes when there are too many. */
static int truncate_model(uint32_t side, int64_t *model, uint32_t max)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PRICES; i++) {
        count += model[i] != 0;
    }
    if (count <= max) {
        return 0;
    }
    for (uint32_t i = 0; i < PRICES; i++) {
        uint32_t index = side == SOFIA_SIDE_BUY ? i : PRICES - 1 - i;
        if (model[index] != 0) {
            model[index] = 0;
            break;
        }
    }
    return 1;
}

static void compare_with_model(uint64_t seed, uint32_t max)
{
    /* Exactly as large as told, so that a sanitizer sees one level too far. */
    struct sofia_level *bids = malloc(max * sizeof *bids);
    struct sofia_level *asks = malloc(max * sizeof *asks);
    static int64_t models[2][PRICES];
    struct draw draw = {.state = seed};
    struct sofia_book book;
    uint64_t truncated[2] = {0, 0};
    memset(models, 0, sizeof models);
    sofia_book_init(&book, bids, asks, max);
    for (int i = 0; i < 20000; i++) {
        uint32_t half = draw_below(&draw, 2);
        uint32_t side = half == 0 ? SOFIA_SIDE_BUY : SOFIA_SIDE_SELL;
        uint32_t index = draw_below(&draw, PRICES);
        int64_t qty = draw_below(&draw, 3) == 0 ? 0 : (int64_t)draw_below(&draw, 100000);
        cr_assert_eq(sofia_book_set(&book, side, price_at(index), sofia_decimal_of(qty, -3)), 0);
        models[half][index] = qty;
        truncated[half] += (uint64_t)truncate_model(side, models[half], max);
        if (draw_below(&draw, 3000) == 0) {
            sofia_book_clear(&book);
            memset(models, 0, sizeof models);
            truncated[0] = truncated[1] = 0;
        }
        cr_assert_eq(sofia_book_truncated(&book, side), truncated[half]);
        if (i % 16 == 0) {
            expect_model(&book, SOFIA_SIDE_BUY, models[0]);
            expect_model(&book, SOFIA_SIDE_SELL, models[1]);
        }
    }
    free(bids);
    free(asks);
}

Test(book, agrees_with_a_naive_model)
{
    compare_with_model(21, PRICES);
}

Test(book, agrees_with_a_naive_model_when_it_is_bounded)
{
    compare_with_model(22, 50);
    compare_with_model(23, 1);
}
