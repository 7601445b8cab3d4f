/* trading.db is the fold of the journal, however often it was interrupted, deleted or damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include <sofia/event.h>
#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "store/view.h"
#include "store/view_read.h"
#include "store_dir.h"
#include "store_orders.h"

static char dir[PATH_MAX];
static char path[PATH_MAX];
static struct journal *journal;

static void set_up(void)
{
    store_dir_make(dir);
    (void)str_format(path, sizeof(path), "%s/trading.db", dir);
    struct journal_config config = store_config(dir);
    config.ring_bytes = 1 << 20;
    cr_assert_eq(journal_open(&config, &journal, NULL), 0, "%s", error_text());
    story_names(journal);
}

static void tear_down(void)
{
    journal_close(journal);
    store_dir_remove(dir);
}

TestSuite(view, .init = set_up, .fini = tear_down);

static struct view *open_view(struct view_open_info *ret_info)
{
    struct view_config config = {.path = path,
                                 .journal_id = journal_id_text(journal),
                                 .journal_last_seq = journal_appended_seq(journal)};
    struct view *view = NULL;

    cr_assert_eq(view_open(&config, &view, ret_info), 0, "%s", error_text());
    return view;
}

/* Pumps and feeds everything into a view opened for this. */
static void feed(uint32_t step)
{
    struct view *view = open_view(NULL);
    struct journal_reader *cursor = NULL;
    uint32_t applied = 1;

    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(journal_cursor_open(journal, 1, &cursor), 0);
    while (applied > 0) {
        cr_assert_eq(view_feed(view, cursor, step, &applied), 0, "%s", error_text());
    }
    cr_assert_eq(view_applied_seq(view), journal_appended_seq(journal));
    journal_reader_close(cursor);
    view_close(view);
}

static struct view_reader *open_reader(void)
{
    struct view_reader *reader = NULL;

    cr_assert_eq(view_reader_open(path, &reader), 0, "%s", error_text());
    return reader;
}

/* Every row of every table as one text; the caller frees it. */
static char *dump(void)
{
    static const char *const tables[] = {"orders",    "order_events", "fills", "balances",
                                         "positions", "kill_events",  "audit", "meta"};
    struct text all = {0};
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        char sql[80];
        sqlite3_stmt *rows = NULL;
        (void)str_format(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2", tables[i]);
        cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
        while (sqlite3_step(rows) == SQLITE_ROW) {
            text_add(&all, tables[i]);
            for (int column = 0; column < sqlite3_column_count(rows); column++) {
                const char *text = (const char *)sqlite3_column_text(rows, column);
                text_addf(&all, "|%s", text != NULL ? text : "NULL");
            }
            text_add(&all, "\n");
        }
        sqlite3_finalize(rows);
    }
    sqlite3_close(db);
    cr_assert_eq(all.status, 0);
    return all.data;
}

struct found {
    uint64_t ids[64];
    uint32_t count;
    struct text text;
};

static int collect_order(void *context, const struct view_order *order)
{
    struct found *found = context;

    found->ids[found->count++] = order->order_id;
    text_addf(&found->text, "%llu %s %s %s %s %s@%s filled %s for %s open %d (%s)\n",
              (unsigned long long)order->order_id, order->symbol, order->side, order->type,
              order->state, order->qty, order->price, order->filled_qty, order->filled_quote,
              order->is_open, order->reason);
    return 0;
}

static void expect_orders(const struct view_order_filter *filter, const char *expected)
{
    struct found found = {0};
    struct view_reader *reader = open_reader();

    cr_assert_eq(view_list_orders(reader, filter, collect_order, &found), 0, "%s", error_text());
    cr_assert_str_eq(text_get(&found.text), expected);
    text_release(&found.text);
    view_reader_close(reader);
}

Test(view, orders_show_where_each_one_stands)
{
    story_filled(journal, 1);
    story_denied(journal, 2);
    story_open(journal, 3);
    story_doubtful(journal, 4);
    feed(1000);
    expect_orders(&(struct view_order_filter){0},
                  "4 BTCUSDT sell limit UNKNOWN 0.5@60000.1 filled 0 for 0 open 1 (time-out)\n"
                  "3 BTCUSDT sell limit NEW 0.5@60000.1 filled 0 for 0 open 1 ()\n"
                  "2 BTCUSDT buy limit DENIED 0.5@60000.1 filled 0 for 0 open 0 (too large)\n"
                  "1 BTCUSDT buy limit FILLED 0.5@60000.1 filled 0.5 for 30000.05 open 0 ()\n");
    expect_orders(&(struct view_order_filter){.open_only = true, .limit = 1},
                  "4 BTCUSDT sell limit UNKNOWN 0.5@60000.1 filled 0 for 0 open 1 (time-out)\n");
    expect_orders(&(struct view_order_filter){.open_only = true, .before = 4},
                  "3 BTCUSDT sell limit NEW 0.5@60000.1 filled 0 for 0 open 1 ()\n");
    expect_orders(&(struct view_order_filter){.strategy = "other"}, "");
    expect_orders(&(struct view_order_filter){.symbol = "' OR 1=1 --"}, "");
    expect_orders(&(struct view_order_filter){.symbol = "BTC/USDT",
                                              .strategy = "quoter",
                                              .account = "binance",
                                              .branch = "live",
                                              .before = 2},
                  "1 BTCUSDT buy limit FILLED 0.5@60000.1 filled 0.5 for 30000.05 open 0 ()\n");
}

static int collect_event(void *context, const struct view_event *event)
{
    struct found *found = context;

    text_addf(&found->text, "%s: %s\n", event->station, event->text);
    return 0;
}

Test(view, trace_tells_the_life_of_an_order_in_order)
{
    struct found found = {0};
    struct view_reader *reader = NULL;

    story_filled(journal, 1);
    story_denied(journal, 2);
    feed(3);
    reader = open_reader();
    cr_assert_eq(view_list_events(reader, 1, collect_event, &found), 0);
    cr_assert_str_eq(
        text_get(&found.text),
        "intake: buy limit 0.5 at 60000.1 gtc post-only BTC/USDT, live, by strategy quoter;"
        " rules: limits 120 ns\n"
        "route: place sent, attempt 1\n"
        "report: place: NEW by answer, venue id v1\n"
        "fill: buy 0.2 at 60000.1, fee 0.0002 BTC, fill id f1a, by stream\n"
        "fill: buy 0.3 at 60000.1, fee 0.0002 BTC, fill id f1b, by stream\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_events(reader, 2, collect_event, &found), 0);
    cr_assert_not_null(
        strstr(text_get(&found.text),
               "risk: denied by limits: MAX_ORDER: too large; value 0.5, limit 0.1\n"));
    cr_assert_eq(view_get_order(reader, 77, collect_order, &found), ERR_NOT_FOUND);
    found.count = 0;
    cr_assert_eq(view_find_order(reader, "client-2", collect_order, &found), 0);
    cr_assert(found.count == 1 && found.ids[0] == 2);
    text_release(&found.text);
    view_reader_close(reader);
}

static int collect_fill(void *context, const struct view_fill *fill)
{
    struct found *found = context;

    text_addf(&found->text, "%llu %s %s %s@%s fee %s %s\n", (unsigned long long)fill->order_id,
              fill->strategy, fill->fill_id, fill->qty, fill->price, fill->fee, fill->fee_asset);
    return 0;
}

static int collect_position(void *context, const struct view_position *position)
{
    struct found *found = context;

    text_addf(&found->text, "%s %s %s cost %s open %u\n", position->strategy, position->qty,
              position->base, position->cost, position->open_orders);
    return 0;
}

static int collect_balance(void *context, const struct view_balance *balance)
{
    struct found *found = context;

    text_addf(&found->text, "%s free %s expected %s\n", balance->asset, balance->free,
              balance->expected);
    return 0;
}

Test(view, fills_positions_and_balances_are_exact)
{
    struct found found = {0};

    story_account(journal);
    story_filled(journal, 1);
    story_repeat_fill(journal, 1);
    story_foreign_fill(journal, 9);
    story_open(journal, 2);
    feed(1000);
    struct view_reader *reader = open_reader();
    cr_assert_eq(view_list_fills(reader, &(struct view_fill_filter){0}, collect_fill, &found), 0);
    cr_assert_str_eq(text_get(&found.text), "0  f9x 0.01@60000.1 fee 0.0002 BTC\n"
                                            "1 quoter f1b 0.3@60000.1 fee 0.0002 BTC\n"
                                            "1 quoter f1a 0.2@60000.1 fee 0.0002 BTC\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_fills(reader, &(struct view_fill_filter){.order_id = 1, .limit = 1},
                                 collect_fill, &found),
                 0);
    cr_assert_str_eq(text_get(&found.text), "1 quoter f1b 0.3@60000.1 fee 0.0002 BTC\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_positions(reader, collect_position, &found), 0);
    cr_assert_str_eq(text_get(&found.text), "quoter 0.4996 BTC cost 30000.05 open 1\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_balances(reader, collect_balance, &found), 0);
    cr_assert_str_eq(text_get(&found.text), "BTC free 1.5 expected 2.0094\n"
                                            "USDT free  expected 69399.949\n");
    text_release(&found.text);
    view_reader_close(reader);
}

static int collect_audit(void *context, const struct view_audit *audit)
{
    struct found *found = context;

    found->ids[found->count++] = audit->seq;
    text_addf(&found->text, "%s by %s: %s\n", audit->action, audit->author, audit->text);
    return 0;
}

static int collect_kill(void *context, const struct view_kill *kill)
{
    struct found *found = context;

    text_addf(&found->text, "%llu %s %s zero %d by %s: %s\n", (unsigned long long)kill->epoch,
              kill->scope, kill->level, kill->zero, kill->author, kill->reason);
    return 0;
}

Test(view, audit_and_kill_events_are_paged_newest_first)
{
    struct found found = {0};

    story_kill(journal, 1, SOFIA_KILL_CANCEL, 0);
    story_kill(journal, 1, SOFIA_KILL_CANCEL, 1);
    story_kill(journal, 1, SOFIA_KILL_CLEAR, 1);
    story_mode(journal);
    feed(1000);
    struct view_reader *reader = open_reader();
    cr_assert_eq(view_list_kills(reader, &(struct view_page){0}, collect_kill, &found), 0);
    cr_assert_str_eq(text_get(&found.text), "1 all clear zero 1 by ops: test\n"
                                            "1 all cancel zero 1 by ops: test\n"
                                            "1 all cancel zero 0 by ops: test\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_audit(reader, &(struct view_page){.limit = 2}, collect_audit, &found),
                 0);
    cr_assert_str_eq(text_get(&found.text),
                     "mode by ops: shadow, arming AUTO, configured shadow: start\n"
                     "kill by ops: all clear, epoch 1, zero proven: test\n");
    text_clear(&found.text);
    cr_assert_eq(view_list_audit(reader, &(struct view_page){.before = found.ids[1], .limit = 1},
                                 collect_audit, &found),
                 0);
    cr_assert_str_eq(text_get(&found.text),
                     "kill by ops: all cancel, epoch 1, zero proven: test\n");
    text_release(&found.text);
    view_reader_close(reader);
}

static void tell_much(uint64_t orders)
{
    story_account(journal);
    for (uint64_t id = 1; id <= orders; id++) {
        switch (id % 4) {
        case 0:
            story_filled(journal, id);
            break;
        case 1:
            story_denied(journal, id);
            break;
        case 2:
            story_open(journal, id);
            break;
        default:
            story_doubtful(journal, id);
            break;
        }
    }
    story_kill(journal, 3, SOFIA_KILL_HOLD, 0);
    story_mode(journal);
}

Test(view, is_the_same_after_every_interruption_and_after_deletion)
{
    tell_much(60);
    feed(100000);
    char *whole = dump();
    struct view_reader *reader = open_reader();
    uint64_t applied = 0;
    cr_assert_eq(view_reader_applied(reader, &applied), 0);
    cr_assert_eq(applied, journal_appended_seq(journal));
    cr_assert_eq(view_reader_check(reader), 0);
    view_reader_close(reader);
    feed(100000);
    char *again = dump();
    cr_assert_str_eq(again, whole, "feeding again changes nothing");
    free(again);

    cr_assert_eq(unlink(path), 0);
    /* Each round gets further, and is left without its last group committed. */
    for (uint32_t stop = 1; stop < applied; stop += 17) {
        struct view *view = open_view(NULL);
        struct journal_reader *cursor = NULL;
        struct journal_record record;
        cr_assert_eq(journal_cursor_open(journal, 1, &cursor), 0);
        for (uint32_t i = 0; i < stop; i++) {
            cr_assert_eq(journal_reader_next(cursor, &record), 1);
            cr_assert_eq(view_apply(view, &record), 0, "%s", error_text());
            if (i % 5 == 4 && i + 10 < stop) {
                cr_assert_eq(view_commit(view), 0);
            }
        }
        /* A record out of order breaks the view, so that closing it commits nothing. */
        record.seq += 5;
        cr_assert_eq(view_apply(view, &record), ERR_INVALID);
        cr_assert_eq(view_commit(view), ERR_WRONG_STATE);
        view_close(view);
        journal_reader_close(cursor);
    }
    feed(7);
    again = dump();
    cr_assert_str_eq(again, whole);
    free(again);
    free(whole);
}

static void expect_rebuilt(const char *why)
{
    struct view_open_info info;
    struct view *view = open_view(&info);

    cr_assert(info.rebuilt);
    cr_assert_not_null(strstr(info.why, why), "%s", info.why);
    cr_assert_eq(info.applied_seq, 0);
    view_close(view);
    feed(100);
}

static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;

    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

Test(view, a_file_that_does_not_fit_is_made_anew)
{
    struct stat st;

    tell_much(8);
    feed(100);
    char *whole = dump();
    run_sql("UPDATE meta SET value = 'deadbeef' WHERE key = 'journal'");
    expect_rebuilt("another journal");
    run_sql("UPDATE meta SET value = '999' WHERE key = 'schema'");
    expect_rebuilt("schema '999'");
    run_sql("UPDATE meta SET value = 100000 WHERE key = 'applied_seq'");
    expect_rebuilt("it holds seq 100000");
    cr_assert_eq(file_write_atomic(path, "not a database, not at all", 26, 0600), 0);
    expect_rebuilt("not a database");
    cr_assert_eq(file_write_atomic(path, "", 0, 0600), 0);
    expect_rebuilt("no such table");
    char *again = dump();
    cr_assert_str_eq(again, whole);
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    free(whole);
    free(again);
}

Test(view, reader_works_beside_the_writer)
{
    struct view *view = open_view(NULL);
    struct journal_reader *cursor = NULL;
    struct view_reader *reader = open_reader();
    uint64_t applied = 1;
    uint32_t count = 0;

    cr_assert_eq(view_reader_applied(reader, &applied), 0, "%s", error_text());
    cr_assert_eq(applied, 0);
    tell_much(5);
    cr_assert_eq(journal_pump(journal), 0);
    cr_assert_eq(journal_cursor_open(journal, 1, &cursor), 0);
    do {
        cr_assert_eq(view_feed(view, cursor, 2, &count), 0);
        cr_assert_eq(view_reader_applied(reader, &applied), 0);
        cr_assert_eq(applied, view_applied_seq(view));
    } while (count > 0);
    cr_assert_eq(applied, journal_appended_seq(journal));
    journal_reader_close(cursor);
    view_reader_close(reader);
    view_close(view);
}

Test(view, missing_file_is_said_so)
{
    struct view_reader *reader = NULL;

    cr_assert_eq(view_reader_open("/nonexistent/trading.db", &reader), ERR_NOT_FOUND);
}
