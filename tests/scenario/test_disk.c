/* The disk fails in every way it can: new risk ends, cancels go on, nothing is lost. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "engine/impl.h"
#include "rig.h"
#include "store/journal_io.h"

#define LIMIT_BUY "buy", "limit", "gtc", "0.001", "55000"

/* The real calls, with an errno of choice in their way. */
struct faulty {
    struct journal_io io;
    int write_error;
    int sync_error;
};

static struct rig rig;
static struct faulty disk;

static int disk_open(struct journal_io *io, const char *path, int flags, mode_t mode)
{
    (void)io;
    return journal_io_real()->open(journal_io_real(), path, flags, mode);
}

static ssize_t disk_pwrite(struct journal_io *io, int fd, const void *data, size_t len,
                           off_t offset)
{
    const struct faulty *faulty = (const struct faulty *)(const void *)io;
    if (faulty->write_error != 0) {
        errno = faulty->write_error;
        return -1;
    }
    return journal_io_real()->pwrite(journal_io_real(), fd, data, len, offset);
}

static int disk_fdatasync(struct journal_io *io, int fd)
{
    const struct faulty *faulty = (const struct faulty *)(const void *)io;
    if (faulty->sync_error != 0) {
        errno = faulty->sync_error;
        return -1;
    }
    return journal_io_real()->fdatasync(journal_io_real(), fd);
}

static int disk_ftruncate(struct journal_io *io, int fd, off_t len)
{
    (void)io;
    return journal_io_real()->ftruncate(journal_io_real(), fd, len);
}

static void start_with(const char *extra_engine, uint32_t ring_bytes)
{
    disk = (struct faulty){.io = {disk_open, disk_pwrite, disk_fdatasync, disk_ftruncate}};
    rig_start(&rig,
              &(struct rig_options){
                  .makers = true,
                  .io = &disk.io,
                  .extra_engine = extra_engine,
                  .extra_limits = "  max_open_orders: 10000\n  max_open_orders_total: 10000\n",
                  .ring_bytes = ring_bytes});
    rig_ready(&rig);
}

static void start(void)
{
    start_with(NULL, 0);
}

static void finish(void)
{
    rig_compare(&rig);
    rig_free(&rig);
}

TestSuite(disk, .init = start, .fini = finish);
TestSuite(durable, .fini = finish);

static uint64_t open_one(void)
{
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    cr_assert_str_eq(reply.code, "", "%s", reply.text);
    rig_run_ms(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    return reply.order_id;
}

static void expect_no_new_order(const char *why)
{
    int before = rig_orders_at_venue(&rig);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_lt(reply.status, 0, "an order passed (%s)", reply.code);
    cr_assert_not_null(strstr(reply.text, why), "the reason does not say '%s': %s", why,
                       reply.text);
    cr_assert_eq(rig_orders_at_venue(&rig), before);
}

static void expect_cancel_passes(uint64_t order_id, void (*run)(struct rig *rig, int64_t ms))
{
    struct command_reply reply = rig_cancel(&rig, order_id);
    cr_assert_eq(reply.status, 0, "%s", reply.text);
    run(&rig, 200);
    cr_assert_str_eq(rig_state(&rig, order_id), "CANCELED");
}

static void expect_nothing_lost(void)
{
    uint64_t last_seq = engine_path(rig.engine)->state->last_seq;
    uint32_t fills = engine_path(rig.engine)->state->fill_count;
    disk.write_error = 0;
    disk.sync_error = 0;
    rig_kill(&rig);
    rig_restart(&rig);
    cr_assert_geq(engine_path(rig.engine)->state->last_seq, last_seq, "records are gone");
    cr_assert_eq(engine_path(rig.engine)->state->fill_count, fills);
    rig_ready(&rig);
}

/* ---- no space ---- */

Test(disk, when_it_is_full_new_orders_are_refused_and_cancels_pass)
{
    uint64_t order = open_one();
    disk.write_error = ENOSPC;
    (void)rig_command(&rig, COMMAND_REFRESH, "", 0);
    (void)rig_cancel(&rig, open_one());
    rig_run_ms(&rig, 50);
    expect_no_new_order("no space left");
    expect_cancel_passes(order, rig_run_ms);
    disk.write_error = 0;
}

Test(disk, when_space_comes_back_everything_is_written_and_orders_pass_again)
{
    uint64_t order = open_one();
    disk.write_error = ENOSPC;
    expect_cancel_passes(order, rig_run_ms);
    expect_no_new_order("no space left");
    disk.write_error = 0;
    rig_run_ms(&rig, 50);
    (void)open_one();
    cr_assert_eq(journal_synced_seq(rig.engine->journal),
                 journal_appended_seq(rig.engine->journal));
    expect_nothing_lost();
}

Test(disk, what_happened_while_it_was_full_survives_a_kill_9)
{
    uint64_t order = open_one();
    disk.write_error = ENOSPC;
    expect_cancel_passes(order, rig_run_ms);
    expect_nothing_lost();
    cr_assert_str_eq(rig_state(&rig, order), "CANCELED");
}

Test(disk, a_fill_is_booked_although_the_disk_is_full)
{
    (void)rig_submit(&rig, "buy", "market", "", "0.01", NULL);
    disk.write_error = ENOSPC;
    rig_run_ms(&rig, 200);
    cr_assert_gt(engine_path(rig.engine)->state->fill_count, 0);
    expect_nothing_lost();
}

/* ---- errors that are final ---- */

Test(disk, after_a_failed_sync_only_cancels_pass_for_good)
{
    uint64_t order = open_one();
    disk.sync_error = EIO;
    expect_cancel_passes(order, rig_run_ms);
    disk.sync_error = 0;
    rig_run_ms(&rig, 1000);
    expect_no_new_order("Input/output error");
    expect_nothing_lost();
    (void)open_one();
}

Test(disk, after_a_failed_write_only_cancels_pass_for_good)
{
    uint64_t order = open_one();
    disk.write_error = EIO;
    expect_cancel_passes(order, rig_run_ms);
    disk.write_error = 0;
    rig_run_ms(&rig, 1000);
    expect_no_new_order("Input/output error");
    expect_nothing_lost();
    (void)open_one();
}

Test(disk, the_kill_switch_reaches_zero_without_a_disk)
{
    (void)open_one();
    (void)open_one();
    disk.sync_error = EIO;
    rig_run_ms(&rig, 100);
    cr_assert_eq(rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL).status, 0);
    rig_run_ms(&rig, 4000);
    cr_assert_eq(rig_open_at_venue(&rig), 0);
    cr_assert_eq(state_latch(engine_path(rig.engine)->state, "all")->zero, 1);
}

/* ---- a disk that does not answer ---- */

Test(disk, when_it_is_frozen_new_orders_end_after_two_seconds_and_cancels_pass)
{
    uint64_t order = open_one();
    cr_assert_eq(rig_submit(&rig, LIMIT_BUY).status, 0);
    rig_run_frozen_ms(&rig, 1500);
    cr_assert_eq(rig_submit(&rig, LIMIT_BUY).status, 0, "refused early");
    rig_run_frozen_ms(&rig, 700);
    expect_no_new_order("is not on the disk since");
    expect_cancel_passes(order, rig_run_frozen_ms);
    rig_run_ms(&rig, 100);
    (void)open_one();
}

Test(disk, a_frozen_disk_is_noticed_although_nobody_sent_an_order)
{
    uint64_t order = open_one();
    rig_run_frozen_ms(&rig, 10);
    (void)rig_cancel(&rig, order);
    rig_run_frozen_ms(&rig, 10000);
    expect_no_new_order("is not on the disk since");
    rig_run_ms(&rig, 100);
}

/* ---- the ring ---- */

Test(durable, a_full_ring_keeps_its_reserve_for_cancels)
{
    struct command_reply reply = {0};
    uint64_t first;
    int count = 0;
    start_with("  stale: 1h\n", 65536);
    first = open_one();
    while (count < 1000 && reply.status == 0) {
        reply = rig_submit(&rig, LIMIT_BUY);
        rig_run_frozen_ms(&rig, 5);
        count++;
    }
    cr_assert_not_null(strstr(reply.text, "ring"), "after %d orders: %s", count, reply.text);
    expect_cancel_passes(first, rig_run_frozen_ms);
    rig_run_ms(&rig, 100);
    (void)open_one();
    expect_nothing_lost();
}

/* ---- durability: disk ---- */

Test(durable, an_order_waits_for_the_disk_before_a_byte_leaves)
{
    start_with("  durability: disk\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    cr_assert_eq(reply.status, 0);
    rig_run_frozen_ms(&rig, 500);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
    cr_assert_eq(rig_sent(&rig, SOFIA_CLASS_TRADE), 0);
    rig_run_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "NEW");
    cr_assert_eq(rig_orders_at_venue(&rig), 1);
}

Test(durable, an_order_that_waited_too_long_for_the_disk_is_denied)
{
    start_with("  durability: disk\n  max_order_age: 300ms\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_frozen_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    rig_run_ms(&rig, 100);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(durable, an_order_that_waits_for_the_disk_can_be_cancelled)
{
    start_with("  durability: disk\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_frozen_ms(&rig, 50);
    cr_assert_eq(rig_cancel(&rig, reply.order_id).status, 0);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(durable, the_kill_switch_ends_what_waits_for_the_disk)
{
    start_with("  durability: disk\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    (void)rig_command(&rig, COMMAND_KILL, "all", SOFIA_KILL_CANCEL);
    rig_run_ms(&rig, 500);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(durable, an_order_that_waits_when_the_account_loses_its_stream_is_denied)
{
    start_with("  durability: disk\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_fault(&rig, "{\"kind\":\"disconnect\",\"match\":{\"path\":\"ws-api\"}}");
    rig_run_frozen_ms(&rig, 100);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "DENIED", "is %s",
                     rig_state(&rig, reply.order_id));
    rig_run_ms(&rig, 3000);
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}

Test(durable, killed_while_it_waits_an_order_was_never_sent)
{
    start_with("  durability: disk\n", 0);
    struct command_reply reply = rig_submit(&rig, LIMIT_BUY);
    rig_run_frozen_ms(&rig, 50);
    rig_kill(&rig);
    rig_restart(&rig);
    rig_ready(&rig);
    cr_assert_str_eq(rig_state(&rig, reply.order_id), "REJECTED");
    cr_assert_eq(rig_orders_at_venue(&rig), 0);
}
