#include <criterion/criterion.h>
#include <string.h>

#include "base/status.h"
#include "net/draft.h"

#define TEXT(...)                                                                                  \
    {                                                                                              \
        .segments = (struct net_segment[]){__VA_ARGS__},                                           \
        .count = sizeof((struct net_segment[]){__VA_ARGS__}) / sizeof(struct net_segment)          \
    }
#define PIECE(s)                                                                                   \
    {                                                                                              \
        .bytes = (s), .len = sizeof(s) - 1                                                         \
    }

static char *seen_at;

static int read_secret(void *ctx, uint64_t handle, char *buf, size_t cap, size_t *ret_len)
{
    (void)ctx;
    seen_at = buf;
    if (handle != 7 || cap < 8) {
        memcpy(buf, "half", 4);
        return ERR_NOT_FOUND;
    }
    memcpy(buf, "sesame00", 8);
    *ret_len = 6;
    return 0;
}

static const struct net_config config = {.secret_read = read_secret};

static int render(const struct net_text *target, const struct net_text *headers,
                  const struct net_text *body, struct draft *draft, struct wire *wire)
{
    int status = draft_fill(draft, target, headers, body, 4096);

    return status < 0 ? status : draft_render(draft, &config, "/pre", wire);
}

Test(draft, pieces_and_secrets_become_one_text)
{
    struct net_text target = TEXT(PIECE("/a"), PIECE("?b="), PIECE("c"));
    struct net_text headers = TEXT(PIECE("X-One: "), {.secret = 7}, PIECE("\nX-Two: 2"));
    struct net_text body = TEXT(PIECE("k="), {.secret = 7}, PIECE("&z"));
    struct draft draft = {0};
    struct wire wire = {0};

    cr_assert_eq(render(&target, &headers, &body, &draft, &wire), 0);
    cr_assert_str_eq(wire.target, "/pre/a?b=c");
    cr_assert_eq(wire.header_count, 2);
    cr_assert_str_eq(wire.headers[0], "X-One: sesame");
    cr_assert_str_eq(wire.headers[1], "X-Two: 2");
    cr_assert_eq(wire.body_len, 10);
    cr_assert_str_eq(wire.body, "k=sesame&z");
    draft_release(&draft);
    wire_release(&wire);
}

Test(draft, the_secret_is_gone_after_clearing)
{
    struct net_text target = TEXT(PIECE("/a"));
    struct net_text body = TEXT({.secret = 7});
    struct draft draft = {0};
    struct wire wire = {0};

    cr_assert_eq(render(&target, NULL, &body, &draft, &wire), 0);
    cr_assert_eq(memcmp(seen_at, "sesame", 6), 0);
    size_t used = wire.used;
    wire_clear(&wire);
    for (size_t i = 0; i < used; i++) {
        cr_assert_eq(wire.bytes[i], 0);
    }
    /* The draft, which may wait in a queue, never had it. */
    cr_assert_eq(memmem(draft.bytes, draft.cap, "sesame", 6), NULL);
    draft_release(&draft);
    wire_release(&wire);
}

Test(draft, a_secret_that_cannot_be_read_stops_it_and_leaves_nothing)
{
    struct net_text target = TEXT(PIECE("/a"));
    struct net_text body = TEXT({.secret = 8});
    struct draft draft = {0};
    struct wire wire = {0};

    cr_assert_lt(render(&target, NULL, &body, &draft, &wire), 0);
    cr_assert_eq(memcmp(seen_at, "\0\0\0\0", 4), 0);
    draft_release(&draft);
    wire_release(&wire);
}

Test(draft, what_would_break_the_message_apart_is_refused)
{
    static const char *const targets[] = {"",     "a",     "/a b",      "/a\r\nX: y",
                                          "/a#b", "/\x7f", "/\xc3\xa4", "/a\tb"};
    static const char *const headers[] = {"X",
                                          ": y",
                                          "X-A: b\rX-B: c",
                                          "Host: evil",
                                          "X: \x01",
                                          "content-length: 3",
                                          "Transfer-Encoding: chunked",
                                          "expect: 100-continue",
                                          "Connection: close"};
    struct draft draft = {0};
    struct wire wire = {0};

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct net_text target = TEXT({.bytes = targets[i], .len = strlen(targets[i])});
        cr_expect_lt(render(&target, NULL, NULL, &draft, &wire), 0, "%s", targets[i]);
    }
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        struct net_text target = TEXT(PIECE("/"));
        struct net_text text = TEXT({.bytes = headers[i], .len = strlen(headers[i])});
        cr_expect_eq(render(&target, &text, NULL, &draft, &wire), ERR_INVALID, "%s", headers[i]);
    }
    struct net_text zero = TEXT(PIECE("/a\0b"));
    cr_expect_eq(render(&zero, NULL, NULL, &draft, &wire), ERR_INVALID);
    draft_release(&draft);
    wire_release(&wire);
}

Test(draft, too_much_is_refused)
{
    static char big[5000];
    struct net_segment many[DRAFT_PIECES + 1];
    struct draft draft = {0};
    struct net_text target = TEXT({.bytes = big, .len = sizeof(big)});

    memset(big, 'x', sizeof(big));
    cr_assert_eq(draft_fill(&draft, &target, NULL, NULL, 4096), ERR_LIMIT);
    for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
        many[i] = (struct net_segment){.bytes = "x", .len = 1};
    }
    struct net_text pieces = {.segments = many, .count = sizeof(many) / sizeof(many[0])};
    cr_assert_eq(draft_fill(&draft, &pieces, NULL, NULL, 4096), ERR_LIMIT);
    draft_release(&draft);
}
