#include "draw.h"

#include <criterion/criterion.h>

#include <string.h>

uint64_t draw_u64(struct draw *draw)
{
    draw->state += 0x9e3779b97f4a7c15u;
    uint64_t z = draw->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t draw_below(struct draw *draw, uint32_t below)
{
    return (uint32_t)(draw_u64(draw) % below);
}

static int draw_exponent(struct draw *draw, int min, int max)
{
    return min + (int)draw_below(draw, (uint32_t)(max - min + 1));
}

struct sofia_decimal draw_decimal(struct draw *draw, int exponent_min, int exponent_max)
{
    static const int64_t corners[] = {0, 1, -1, 5, -5, 10, INT64_MAX, INT64_MIN, INT64_MAX - 1};
    struct sofia_decimal value = sofia_decimal_absent();
    while (sofia_decimal_is_absent(value)) {
        int64_t mantissa = (int64_t)draw_u64(draw) >> draw_below(draw, 64);
        if (draw_below(draw, 10) == 0) {
            mantissa = corners[draw_below(draw, sizeof corners / sizeof corners[0])];
        }
        value = sofia_decimal_of(mantissa, draw_exponent(draw, exponent_min, exponent_max));
    }
    return value;
}

struct sofia_wide draw_wide(struct draw *draw, int exponent_min, int exponent_max)
{
    struct sofia_wide value;
    struct sofia_wide raw;
    do {
        uint32_t shift = draw_below(draw, 64);
        int64_t high = draw_below(draw, 3) == 0 ? 0 : (int64_t)draw_u64(draw) >> shift;
        uint64_t low = draw_u64(draw) >> (high == 0 ? shift : 0);
        raw = (struct sofia_wide){.lo = low, .hi = high};
        if (draw_below(draw, 10) == 0) {
            raw.hi = draw_below(draw, 2) == 0 ? INT64_MAX : INT64_MIN;
            raw.lo = draw_below(draw, 2) == 0 ? 0 : UINT64_MAX;
        }
        raw.exponent = (int8_t)draw_exponent(draw, exponent_min, exponent_max);
    } while (sofia_wide_add(raw, sofia_wide_zero(), &value) != 0);
    return value;
}

struct sofia_decimal dec(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();
    cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    return value;
}

struct sofia_wide wide(const char *text)
{
    struct sofia_wide value = sofia_wide_absent();
    cr_assert_eq(sofia_wide_parse(text, strlen(text), &value), 0, "%s", text);
    return value;
}

static char *next_buffer(void)
{
    static char buffers[8][SOFIA_DECIMAL_TEXT];
    static unsigned next;
    return buffers[next++ % 8u];
}

const char *dec_text(struct sofia_decimal value)
{
    char *text = next_buffer();
    cr_assert_gt(sofia_decimal_print(value, text, SOFIA_DECIMAL_TEXT), 0);
    return text;
}

const char *wide_text(struct sofia_wide value)
{
    char *text = next_buffer();
    cr_assert_gt(sofia_wide_print(value, text, SOFIA_DECIMAL_TEXT), 0);
    return text;
}
