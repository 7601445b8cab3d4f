/* What is in the file after events, rotations, failures and restarts; each line is read with a
 * strict JSON reader. */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sofia/kit/json.h>

#include "fake_host.h"

struct desk {
    struct fake_host fake;
    const struct sofia_sink *sink;
    void *self;
    char dir[64];
    char path[128];
};

static void open_desk(struct desk *desk)
{
    const struct sofia_module *module = fake_module_load("sink_jsonl");

    memset(desk, 0, sizeof(*desk));
    (void)snprintf(desk->dir, sizeof(desk->dir), "/tmp/sofia-jsonl-XXXXXX");
    cr_assert_not_null(mkdtemp(desk->dir));
    (void)snprintf(desk->path, sizeof(desk->path), "%s/logs/events.jsonl", desk->dir);
    fake_host_init(&desk->fake, module);
    desk->fake.state_dir = desk->dir;
    fake_instrument(&desk->fake, "BTC/USDT", "0.01", "0.001");
    desk->sink = module->descriptor;
}

static void start(struct desk *desk)
{
    cr_assert_eq(desk->sink->create(&desk->fake.host, &desk->self), SOFIA_OK, "%s",
                 desk->fake.log_text);
    cr_assert_eq(desk->sink->start(desk->self), SOFIA_OK, "%s", desk->fake.log_text);
}

static void stop(struct desk *desk)
{
    desk->sink->stop(desk->self);
    desk->sink->destroy(desk->self);
}

static void forget(struct desk *desk)
{
    char name[160];

    (void)unlink(desk->path);
    for (int i = 1; i < 6; i++) {
        (void)snprintf(name, sizeof(name), "%s.%d", desk->path, i);
        (void)unlink(name);
    }
    (void)snprintf(name, sizeof(name), "%s/logs", desk->dir);
    (void)rmdir(name);
    cr_assert_eq(rmdir(desk->dir), 0, "%s is not empty", desk->dir);
    fake_host_release(&desk->fake);
}

/* The whole file; the caller frees it. NULL: there is none. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    size_t len = 0;

    if (file == NULL) {
        free(text);
        return NULL;
    }
    cr_assert_not_null(text);
    len = fread(text, 1, (1 << 20) - 1, file);
    text[len] = '\0';
    (void)fclose(file);
    return text;
}

/* Counts lines and asserts that each is one strict JSON object. */
static uint32_t assert_lines(const char *text)
{
    uint32_t count = 0;

    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        struct sofia_json cur;

        cr_assert_not_null(end, "torn line: %s", text);
        sofia_json_init(&cur, text, (size_t)(end - text));
        cr_assert_eq(sofia_json_enter_object(&cur), 0);
        cr_assert_eq(sofia_json_finish(&cur), 0, "not JSON: %.*s", (int)(end - text), text);
        text = end + 1;
        count++;
    }
    return count;
}

static uint32_t lines_in(const char *path)
{
    char *text = read_file(path);
    uint32_t count = 0;

    cr_assert_not_null(text, "%s is missing", path);
    count = assert_lines(text);
    free(text);
    return count;
}

static uint32_t lines_in_nth(const struct desk *desk, int n)
{
    char name[160];

    (void)snprintf(name, sizeof(name), "%s.%d", desk->path, n);
    return lines_in(name);
}

/* The raw value of a member of the last line, quotes included. */
static void assert_member(const struct desk *desk, const char *name, const char *value)
{
    char *text = read_file(desk->path);
    char *last = text;
    struct sofia_slice key = {0};
    struct sofia_slice raw = {0};
    struct sofia_json cur;
    bool is_there = false;

    cr_assert_not_null(text);
    for (char *end = strchr(text, '\n'); end != NULL && end[1] != '\0'; end = strchr(last, '\n')) {
        last = end + 1;
    }
    sofia_json_init(&cur, last, strlen(last));
    (void)sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, name)) {
            cr_assert_not(is_there, "%s twice", name);
            is_there = true;
            cr_assert_eq(sofia_json_raw(&cur, &raw), 0);
            cr_assert(sofia_slice_is(raw, value), "%s is %.*s", name, (int)raw.len, raw.at);
        }
    }
    cr_assert_eq(sofia_json_finish(&cur), 0);
    cr_assert(is_there, "no %s in %s", name, last);
    free(text);
}

static int send(struct desk *desk, struct sofia_event *event, size_t size, uint32_t type)
{
    const struct sofia_event *batch[1] = {event};

    event->size = (uint32_t)size;
    event->type = (uint16_t)type;
    event->version = 1;
    return desk->sink->on_events(desk->self, batch, 1);
}

static int send_kill(struct desk *desk, uint64_t seq, const char *reason)
{
    struct sofia_event_kill event = {.level = SOFIA_KILL_HOLD, .epoch = 3};

    event.head.seq = seq;
    event.head.ts_recv_ns = INT64_C(1772366400000000001);
    (void)snprintf(event.reason, sizeof(event.reason), "%s", reason);
    return send(desk, &event.head, sizeof(event), SOFIA_EV_KILL);
}

Test(sink_jsonl, an_order_is_one_line_with_exact_numbers)
{
    struct desk desk;
    struct sofia_event_order event = {
        .head = {.seq = UINT64_MAX,
                 .instrument = 1,
                 .instance = 2,
                 .ts_recv_ns = INT64_C(1772366400123456789),
                 .ts_venue_ns = 0},
        .order = {.side = SOFIA_SIDE_SELL,
                  .type = SOFIA_TYPE_LIMIT,
                  .tif = SOFIA_TIF_GTC,
                  .flags = SOFIA_ORDER_POST_ONLY,
                  .state = SOFIA_STATE_PENDING_CANCEL,
                  .doubt = SOFIA_DOUBT_PLACE | SOFIA_DOUBT_CANCEL,
                  .branch = SOFIA_BRANCH_LIVE,
                  .origin = SOFIA_ORIGIN_STRATEGY,
                  .order_id = UINT64_C(9007199254740993),
                  .client_id = "abc",
                  .strategy = "quoter"},
        .legs_ns = {10, 20},
    };

    open_desk(&desk);
    start(&desk);
    event.order.qty = fake_decimal("0.30000000");
    event.order.price = fake_decimal("60000.10");
    event.order.filled_qty = fake_decimal("");
    cr_assert_eq(send(&desk, &event.head, sizeof(event), SOFIA_EV_ORDER), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 1);
    assert_member(&desk, "schema", "1");
    assert_member(&desk, "type", "\"order\"");
    assert_member(&desk, "seq", "\"18446744073709551615\"");
    assert_member(&desk, "ts", "\"2026-03-01T12:00:00.123456789Z\"");
    assert_member(&desk, "ts_ns", "\"1772366400123456789\"");
    assert_member(&desk, "venue_ts", "null");
    assert_member(&desk, "venue_ts_ns", "null");
    assert_member(&desk, "exchange", "2");
    assert_member(&desk, "instrument", "\"BTC/USDT\"");
    assert_member(&desk, "replayed", "false");
    assert_member(&desk, "order_id", "\"9007199254740993\"");
    assert_member(&desk, "side", "\"SELL\"");
    assert_member(&desk, "tif", "\"GTC\"");
    assert_member(&desk, "post_only", "true");
    assert_member(&desk, "reduce_only", "false");
    assert_member(&desk, "state", "\"PENDING_CANCEL\"");
    assert_member(&desk, "doubt", "[\"PLACE\",\"CANCEL\"]");
    assert_member(&desk, "qty", "\"0.3\"");
    assert_member(&desk, "price", "\"60000.1\"");
    assert_member(&desk, "filled_qty", "null");
    assert_member(&desk, "legs_mono_ns",
                  "{\"intake\":\"10\",\"risk\":\"20\",\"journal\":null,\"sent\":null,\"acked\":"
                  "null,\"filled\":null}");
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, every_kind_of_event_has_its_line)
{
    struct desk desk;
    struct sofia_event_fill fill = {.side = SOFIA_SIDE_BUY,
                                    .liquidity = SOFIA_LIQUIDITY_MAKER,
                                    .source = SOFIA_REPORT_STREAM,
                                    .fill_id = "17",
                                    .fee_asset = "BNB"};
    struct sofia_event_verdict verdict = {.refused = 1, .code = "MAX_ORDER_USD"};
    struct sofia_event_position position = {.strategy = "quoter", .asset = "BTC"};
    struct sofia_event_balance balance = {.asset = "USDT"};
    struct sofia_event_mode mode = {.branch = SOFIA_BRANCH_SHADOW, .arming = 2};
    struct sofia_event_channel channel = {.channel = SOFIA_CHANNEL_PRIVATE,
                                          .state = SOFIA_CHANNEL_RESYNC};

    open_desk(&desk);
    start(&desk);
    fill.qty = fake_decimal("1");
    fill.price = fake_decimal("2");
    fill.quote_qty = fake_wide("");
    fill.fee = fake_wide("0.000000000000000001");
    cr_assert_eq(send(&desk, &fill.head, sizeof(fill), SOFIA_EV_FILL), SOFIA_OK);
    assert_member(&desk, "fee", "\"0.000000000000000001\"");
    assert_member(&desk, "quote_qty", "null");
    assert_member(&desk, "liquidity", "\"MAKER\"");
    assert_member(&desk, "source", "\"STREAM\"");
    verdict.value = fake_decimal("250.01");
    verdict.limit = fake_decimal("250");
    cr_assert_eq(send(&desk, &verdict.head, sizeof(verdict), SOFIA_EV_VERDICT), SOFIA_OK);
    assert_member(&desk, "value", "\"250.01\"");
    assert_member(&desk, "refused", "true");
    position.qty = fake_wide("-12345678901234567890.123");
    cr_assert_eq(send(&desk, &position.head, sizeof(position), SOFIA_EV_POSITION), SOFIA_OK);
    assert_member(&desk, "qty", "\"-12345678901234567890.123\"");
    balance.free = fake_wide("1");
    cr_assert_eq(send(&desk, &balance.head, sizeof(balance), SOFIA_EV_BALANCE), SOFIA_OK);
    assert_member(&desk, "locked", "\"0\"");
    cr_assert_eq(send_kill(&desk, 9, "because"), SOFIA_OK);
    assert_member(&desk, "level", "\"HOLD\"");
    cr_assert_eq(send(&desk, &mode.head, sizeof(mode), SOFIA_EV_MODE), SOFIA_OK);
    assert_member(&desk, "arming", "\"AUTO\"");
    mode.arming = 77;
    mode.head.flags = SOFIA_EVENT_REPLAYED;
    cr_assert_eq(send(&desk, &mode.head, sizeof(mode), SOFIA_EV_MODE), SOFIA_OK);
    assert_member(&desk, "arming", "\"77\"");
    assert_member(&desk, "replayed", "true");
    cr_assert_eq(send(&desk, &channel.head, sizeof(channel), SOFIA_EV_CHANNEL), SOFIA_OK);
    assert_member(&desk, "state", "\"RESYNC\"");
    cr_assert_eq(lines_in(desk.path), 8);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, text_of_strangers_stays_inside_its_string)
{
    struct desk desk;
    struct {
        struct sofia_event_kill event;
        char behind[8];
    } piece = {.event = {.level = SOFIA_KILL_HOLD}, .behind = "behind"};
    char wanted[SOFIA_REASON_SIZE + 3] = "";

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(send_kill(&desk, 1, "a\"b\\c\nd\x01\xc3\xa4"), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 1);
    assert_member(&desk, "reason", "\"a\\\"b\\\\c\\nd\\u0001\xc3\xa4\"");
    cr_assert_eq(send_kill(&desk, 2, "\xff|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xc3"), SOFIA_OK);
    assert_member(&desk, "reason",
                  "\"\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd\\ufffd|"
                  "\\ufffd\"");
    memset(piece.event.reason, 'x', sizeof(piece.event.reason)); /* no NUL */
    memset(wanted, 'x', SOFIA_REASON_SIZE + 1);
    wanted[0] = '"';
    wanted[SOFIA_REASON_SIZE + 1] = '"';
    cr_assert_eq(send(&desk, &piece.event.head, sizeof(piece.event), SOFIA_EV_KILL), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 3);
    assert_member(&desk, "reason", wanted);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, an_unknown_event_is_skipped_unless_it_must_be_understood)
{
    struct desk desk;
    struct sofia_event event = {0};

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(send(&desk, &event, sizeof(event), 999), SOFIA_OK);
    cr_assert_eq(send(&desk, &event, sizeof(event), SOFIA_EV_ORDER), SOFIA_OK, "too short");
    cr_assert_eq(lines_in(desk.path), 0);
    event.flags = SOFIA_EVENT_MUST_UNDERSTAND;
    cr_assert_lt(send(&desk, &event, sizeof(event), 999), 0);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, the_file_rotates_by_size_and_old_ones_go)
{
    struct desk desk;

    open_desk(&desk);
    fake_option(&desk.fake, "rotate_bytes", "1024");
    fake_option(&desk.fake, "keep", "2");
    start(&desk);
    for (uint64_t i = 0; i < 12; i++) {
        cr_assert_eq(send_kill(&desk, i, "a reason that makes the line long enough to count"),
                     SOFIA_OK);
    }
    cr_assert_eq(lines_in(desk.path), 3);
    cr_assert_eq(lines_in_nth(&desk, 1), 3);
    cr_assert_eq(lines_in_nth(&desk, 2), 3);
    assert_member(&desk, "seq", "\"11\"");
    {
        char name[160];

        (void)snprintf(name, sizeof(name), "%s.3", desk.path);
        cr_assert_neq(access(name, F_OK), 0, "more than keep");
    }
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, a_file_moved_away_by_others_is_begun_anew)
{
    struct desk desk;
    char moved[160];

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(send_kill(&desk, 1, "one"), SOFIA_OK);
    (void)snprintf(moved, sizeof(moved), "%s.1", desk.path);
    cr_assert_eq(rename(desk.path, moved), 0);
    cr_assert_eq(send_kill(&desk, 2, "two"), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 1);
    cr_assert_eq(lines_in(moved), 1);
    cr_assert_eq(desk.sink->flush(desk.self), SOFIA_OK);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, a_file_cut_by_others_is_not_taken_for_a_full_one)
{
    struct desk desk;
    char old[160];

    open_desk(&desk);
    fake_option(&desk.fake, "rotate_bytes", "1024");
    start(&desk);
    for (uint64_t i = 0; i < 3; i++) {
        cr_assert_eq(send_kill(&desk, i, "a reason that makes the line long enough to count"),
                     SOFIA_OK);
    }
    cr_assert_eq(truncate(desk.path, 0), 0);
    cr_assert_eq(send_kill(&desk, 3, "a reason that makes the line long enough to count"),
                 SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 1);
    (void)snprintf(old, sizeof(old), "%s.1", desk.path);
    cr_assert_neq(access(old, F_OK), 0);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, a_restart_appends_and_cuts_a_torn_line)
{
    struct desk desk;
    int fd = -1;

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(send_kill(&desk, 1, "one"), SOFIA_OK);
    stop(&desk);
    fd = open(desk.path, O_WRONLY | O_APPEND);
    cr_assert_eq(write(fd, "{\"torn\":", 8), 8);
    (void)close(fd);
    start(&desk);
    cr_assert_eq(lines_in(desk.path), 1);
    cr_assert_eq(send_kill(&desk, 2, "two"), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 2);
    stop(&desk);
    forget(&desk);
}

/* The disk is full in the middle of a batch: a limit on the file's size behaves the same. */
Test(sink_jsonl, a_batch_that_fails_half_way_leaves_no_trace)
{
    struct desk desk;
    struct rlimit limit = {0};
    struct rlimit small = {0};
    struct stat before;
    struct stat after;

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(send_kill(&desk, 1, "one"), SOFIA_OK);
    cr_assert_eq(stat(desk.path, &before), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = (rlim_t)before.st_size + 20;
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    cr_assert_lt(send_kill(&desk, 2, "two"), 0);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq(stat(desk.path, &after), 0);
    cr_assert_eq(after.st_size, before.st_size);
    cr_assert_not_null(strstr(desk.fake.log_text, "write"), "%s", desk.fake.log_text);
    cr_assert_eq(send_kill(&desk, 2, "two"), SOFIA_OK);
    cr_assert_eq(lines_in(desk.path), 2);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, a_link_in_place_of_the_file_is_refused)
{
    struct desk desk;
    char other[160];

    open_desk(&desk);
    cr_assert_eq(desk.sink->create(&desk.fake.host, &desk.self), SOFIA_OK);
    (void)snprintf(other, sizeof(other), "%s.1", desk.path);
    cr_assert_eq(close(open(other, O_CREAT | O_WRONLY, 0600)), 0);
    cr_assert_eq(symlink(other, desk.path), 0);
    cr_assert_lt(desk.sink->start(desk.self), 0);
    stop(&desk);
    forget(&desk);
}

Test(sink_jsonl, the_file_is_for_its_owner_only)
{
    struct desk desk;
    struct stat about;

    open_desk(&desk);
    start(&desk);
    cr_assert_eq(stat(desk.path, &about), 0);
    cr_assert_eq(about.st_mode & 0777, 0600);
    stop(&desk);
    forget(&desk);
}
