/* The request builder of the kit. */
#include <criterion/criterion.h>

#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/request.h>

static struct sofia_request request;
static struct sofia_request_writer w;

static void init(void)
{
    memset(&request, 0x5a, sizeof(request));
    sofia_request_open(&w, &request, 7);
}

TestSuite(kit_request, .init = init);

Test(kit_request, opening_forgets_what_was_there)
{
    cr_expect_eq(request.size, sizeof(request));
    cr_expect_eq(request.endpoint, 7);
    cr_expect_eq(request.segment_count, 0);
    cr_expect_eq(request.used, 0);
    cr_expect_eq(request.accept_until_ns, 0);
    cr_expect_eq(request.stream, 0);
    cr_expect_eq(sofia_request_close(&w), 0);
}

Test(kit_request, bytes_of_one_part_in_a_row_share_a_segment)
{
    sofia_request_text(&w, SOFIA_PART_BODY, "a=");
    sofia_request_int(&w, SOFIA_PART_BODY, INT64_MIN);
    sofia_request_text(&w, SOFIA_PART_HEADER, "X: ");
    sofia_request_secret(&w, SOFIA_PART_HEADER, 9);
    sofia_request_text(&w, SOFIA_PART_HEADER, "\n");
    cr_assert_eq(sofia_request_close(&w), 0);
    cr_assert_eq(request.segment_count, 4);
    cr_expect_eq(request.segments[0].part, SOFIA_PART_BODY);
    cr_expect_eq(request.segments[0].len, 22);
    cr_expect_eq(memcmp(request.bytes, "a=-9223372036854775808X: \n", 26), 0);
    cr_expect_eq(request.segments[2].secret, 9);
    cr_expect_eq(request.segments[2].len, 0);
    cr_expect_eq(request.segments[3].offset, 25);
    cr_expect_eq(request.segments[3].reserved, 0);
}

Test(kit_request, encodings)
{
    size_t len = 0;

    sofia_request_percent(&w, SOFIA_PART_QUERY, sofia_slice_of("a~-_.Z9 +/=%测"));
    sofia_request_text(&w, SOFIA_PART_QUERY, "|");
    sofia_request_json(&w, SOFIA_PART_QUERY, sofia_slice_of("q\"b\\n\n测"));
    sofia_request_text(&w, SOFIA_PART_QUERY, "|");
    sofia_request_decimal(&w, SOFIA_PART_QUERY, sofia_decimal_of(1, -8));
    const char *text = sofia_request_since(&w, 0, &len);
    static const char wanted[] = "a~-_.Z9%20%2B%2F%3D%25%E6%B5%8B|q\\\"b\\\\n\\n测|0.00000001";
    cr_assert_not_null(text);
    cr_expect_eq(len, sizeof(wanted) - 1);
    cr_expect_eq(memcmp(text, wanted, sizeof(wanted) - 1), 0, "%.*s", (int)len, text);
}

Test(kit_request, a_mark_gives_what_came_after_it)
{
    size_t len = 0;

    sofia_request_text(&w, SOFIA_PART_HEADER, "H");
    uint32_t mark = sofia_request_mark(&w);
    sofia_request_text(&w, SOFIA_PART_BODY, "body");
    const char *text = sofia_request_since(&w, mark, &len);
    cr_assert_not_null(text);
    cr_expect_eq(len, 4);
    cr_expect_eq(memcmp(text, "body", 4), 0);
}

Test(kit_request, the_first_failure_sticks_and_empties_the_request)
{
    size_t len = 0;

    sofia_request_text(&w, SOFIA_PART_BODY, "a");
    sofia_request_decimal(&w, SOFIA_PART_BODY, sofia_decimal_absent());
    sofia_request_text(&w, SOFIA_PART_BODY, "b");
    sofia_request_fail(&w, SOFIA_ESPACE);
    cr_expect_null(sofia_request_since(&w, 0, &len));
    cr_expect_eq(sofia_request_close(&w), SOFIA_EINVAL);
    cr_expect_eq(request.segment_count, 0);
    cr_expect_eq(request.used, 0);
}

Test(kit_request, more_bytes_than_fit_are_refused)
{
    static char big[SOFIA_REQUEST_BYTES + 1];

    memset(big, 'x', sizeof(big));
    sofia_request_put(&w, SOFIA_PART_BODY, big, SOFIA_REQUEST_BYTES);
    cr_expect_eq(w.status, 0);
    cr_expect_eq(request.used, SOFIA_REQUEST_BYTES);
    sofia_request_int(&w, SOFIA_PART_BODY, 1);
    cr_expect_eq(sofia_request_close(&w), SOFIA_ESPACE);
    sofia_request_open(&w, &request, 1);
    sofia_request_put(&w, SOFIA_PART_BODY, big, sizeof(big));
    cr_expect_eq(sofia_request_close(&w), SOFIA_ESPACE);
}

Test(kit_request, more_segments_than_fit_are_refused)
{
    for (int i = 0; i < SOFIA_REQUEST_SEGMENTS; i++) {
        sofia_request_secret(&w, SOFIA_PART_BODY, 1);
    }
    cr_expect_eq(w.status, 0);
    sofia_request_text(&w, SOFIA_PART_BODY, "x");
    cr_expect_eq(sofia_request_close(&w), SOFIA_ESPACE);
}

Test(kit_request, no_secret_and_no_part_are_refused)
{
    sofia_request_secret(&w, SOFIA_PART_BODY, 0);
    cr_expect_eq(sofia_request_close(&w), SOFIA_EINVAL);
    sofia_request_open(&w, &request, 1);
    sofia_request_text(&w, 4, "x");
    cr_expect_eq(sofia_request_close(&w), SOFIA_EINVAL);
}
