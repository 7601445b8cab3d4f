#include <stdio.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/time.h>

static int parse(const char *text, int64_t *ret_ns)
{
    return sofia_time_parse(sofia_slice_of(text), ret_ns);
}

Test(time, a_moment_is_read_to_the_nanosecond)
{
    int64_t ns = 0;

    cr_assert_eq(parse("2026-01-01T00:00:03.123456789Z", &ns), 0);
    cr_assert_eq(ns, INT64_C(1767225603123456789));
    cr_assert_eq(parse("2026-01-01T00:00:00Z", &ns), 0);
    cr_assert_eq(ns, INT64_C(1767225600000000000));
    cr_assert_eq(parse("2026-01-01 00:00:00.5+00:00", &ns), 0);
    cr_assert_eq(ns, INT64_C(1767225600500000000));
    cr_assert_eq(parse("1970-01-01T00:00:00Z", &ns), 0);
    cr_assert_eq(ns, 0);
}

Test(time, what_is_no_moment_is_refused_and_leaves_the_output)
{
    static const char *const bad[] = {"",
                                      "2026-01-01",
                                      "2026-01-01T00:00:00",
                                      "2026-01-01T00:00:00+01:00",
                                      "2026-02-29T00:00:00Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-01-01T24:00:00Z",
                                      "2026-01-01T00:00:00.Z",
                                      "2026-01-01T00:00:00.1234567890Z",
                                      "2026-01-01T00:00:00.5Zx",
                                      "0001-01-01T00:00:00Z",
                                      "2024-10-04 07:04:40.820713045 +0000 UTC m=+66987.628148662"};
    int64_t ns = 42;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(parse(bad[i], &ns), SOFIA_KIT_EPARSE, "'%s'", bad[i]);
        cr_assert_eq(ns, 42);
    }
}

Test(time, print_agrees_with_the_c_library_and_is_read_back)
{
    int64_t seconds = -INT64_C(9000000000);

    for (int i = 0; i < 2000; i++, seconds += 8999977) {
        char want[64];
        char got[SOFIA_TIME_TEXT];
        time_t at = (time_t)seconds;
        struct tm tm;
        int64_t back = 0;
        gmtime_r(&at, &tm);
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.250Z", &tm);
        int64_t ns = seconds * 1000000000 + 250999999;
        cr_assert_gt(sofia_time_print(ns, got, sizeof(got)), 0);
        cr_assert_str_eq(got, want);
        cr_assert_eq(parse(got, &back), 0, "%s", got);
        cr_assert_eq(back, seconds * 1000000000 + 250000000);
    }
}

Test(time, a_room_that_is_too_small_is_said)
{
    char small[8];

    cr_assert_eq(sofia_time_print(0, small, sizeof(small)), SOFIA_KIT_ESPACE);
}
