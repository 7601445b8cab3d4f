#include "store/view_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "store/view_impl.h"

#include "base/banned.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, ARGUMENTS_MAX = 8 };

struct view_reader {
    sqlite3 *db;
    struct text sql;
};

/* A query under construction: SQL in reader->sql, arguments in order of their question marks. */
struct argument {
    const char *text; /* NULL: number */
    uint64_t number;
};

struct query {
    struct view_reader *reader;
    struct argument arguments[ARGUMENTS_MAX];
    int count;
    bool has_where;
};

int view_reader_open(const char *path, struct view_reader **ret_reader)
{
    if (!file_exists(path)) {
        return error_set(ERR_NOT_FOUND, "there is no '%s'", path);
    }
    struct view_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return error_set(ERR_NOMEM, "no memory for a view reader");
    }
    if (sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        int status = view_sql_error(reader->db, path);
        view_reader_close(reader);
        return status;
    }
    (void)sqlite3_busy_timeout(reader->db, 2000);
    *ret_reader = reader;
    return 0;
}

void view_reader_close(struct view_reader *reader)
{
    if (reader != NULL) {
        (void)sqlite3_close(reader->db);
        text_release(&reader->sql);
        free(reader);
    }
}

/* ---- building ---- */

static struct query query_init(struct view_reader *reader, const char *select)
{
    text_clear(&reader->sql);
    text_add(&reader->sql, select);
    return (struct query){.reader = reader};
}

static void where(struct query *query, const char *condition)
{
    text_add(&query->reader->sql, query->has_where ? " AND " : " WHERE ");
    text_add(&query->reader->sql, condition);
    query->has_where = true;
}

static void where_number(struct query *query, const char *condition, uint64_t number)
{
    if (number != 0) {
        where(query, condition);
        query->arguments[query->count++].number = number;
    }
}

static void where_text(struct query *query, const char *condition, const char *text)
{
    if (text != NULL) {
        where(query, condition);
        query->arguments[query->count++].text = text;
    }
}

static void order_and_limit(struct query *query, const char *order, uint32_t limit)
{
    limit = limit == 0 ? LIMIT_DEFAULT : limit > LIMIT_MAX ? LIMIT_MAX : limit;
    text_addf(&query->reader->sql, " ORDER BY %s LIMIT %u", order, limit);
}

static int query_prepare(const struct query *query, sqlite3_stmt **ret_statement)
{
    struct view_reader *reader = query->reader;

    if (reader->sql.status != 0) {
        return error_set(reader->sql.status, "no memory for a query");
    }
    if (sqlite3_prepare_v2(reader->db, text_get(&reader->sql), -1, ret_statement, NULL) !=
        SQLITE_OK) {
        return view_sql_error(reader->db, "trading.db");
    }
    for (int i = 0; i < query->count; i++) {
        if (query->arguments[i].text != NULL) {
            (void)sqlite3_bind_text(*ret_statement, i + 1, query->arguments[i].text, -1,
                                    SQLITE_STATIC);
        } else {
            view_bind_u64(*ret_statement, i + 1, query->arguments[i].number);
        }
    }
    return 0;
}

/* ---- running ---- */

/* A row is turned into its struct and given to the caller's callback of that kind. */
union row_fn {
    view_order_fn order;
    view_event_fn event;
    view_fill_fn fill;
    view_position_fn position;
    view_balance_fn balance;
    view_audit_fn audit;
    view_kill_fn kill;
};

typedef int (*deliver_fn)(sqlite3_stmt *row, union row_fn callback, void *context);

static int query_run(const struct query *query, deliver_fn deliver, union row_fn callback,
                     void *context, uint32_t *ret_rows)
{
    sqlite3_stmt *statement = NULL;
    uint32_t rows = 0;
    int code = SQLITE_DONE;
    int status = query_prepare(query, &statement);

    while (status == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        status = deliver(statement, callback, context);
        rows++;
    }
    if (status == 0 && code != SQLITE_DONE) {
        status = view_sql_error(query->reader->db, "trading.db");
    }
    (void)sqlite3_finalize(statement);
    if (ret_rows != NULL) {
        *ret_rows = rows;
    }
    return status;
}

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);

    return text != NULL ? text : "";
}

static uint64_t u64_of(sqlite3_stmt *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row, column);
}

static int64_t i64_of(sqlite3_stmt *row, int column)
{
    return sqlite3_column_int64(row, column);
}

static uint32_t u32_of(sqlite3_stmt *row, int column)
{
    return (uint32_t)sqlite3_column_int64(row, column);
}

/* ---- orders ---- */

#define SELECT_ORDER                                                                               \
    "SELECT order_id, replaces, created_ns, updated_ns, flags, doubt, open, client_id, venue_id,"  \
    " account, instrument, symbol, strategy, branch, origin, side, type, tif, qty, price,"         \
    " filled_qty, filled_quote, state, reason, tag FROM orders"

static int deliver_order(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_order order = {
        .order_id = u64_of(row, 0),
        .replaces = u64_of(row, 1),
        .created_ns = i64_of(row, 2),
        .updated_ns = i64_of(row, 3),
        .flags = u32_of(row, 4),
        .doubt = u32_of(row, 5),
        .is_open = u32_of(row, 6) != 0,
        .client_id = text_of(row, 7),
        .venue_id = text_of(row, 8),
        .account = text_of(row, 9),
        .instrument = text_of(row, 10),
        .symbol = text_of(row, 11),
        .strategy = text_of(row, 12),
        .branch = text_of(row, 13),
        .origin = text_of(row, 14),
        .side = text_of(row, 15),
        .type = text_of(row, 16),
        .tif = text_of(row, 17),
        .qty = text_of(row, 18),
        .price = text_of(row, 19),
        .filled_qty = text_of(row, 20),
        .filled_quote = text_of(row, 21),
        .state = text_of(row, 22),
        .reason = text_of(row, 23),
        .tag = text_of(row, 24),
    };
    return callback.order(context, &order);
}

int view_list_orders(struct view_reader *reader, const struct view_order_filter *filter,
                     view_order_fn callback, void *context)
{
    struct query query = query_init(reader, SELECT_ORDER);

    if (filter->open_only) {
        where(&query, "open = 1");
    }
    where_text(&query, "strategy = ?", filter->strategy);
    where_text(&query, "? IN (symbol, instrument)", filter->symbol);
    where_text(&query, "account = ?", filter->account);
    where_text(&query, "branch = ?", filter->branch);
    where_number(&query, "order_id < ?", filter->before);
    order_and_limit(&query, "order_id DESC", filter->limit);
    return query_run(&query, deliver_order, (union row_fn){.order = callback}, context, NULL);
}

static int one_order(const struct query *query, view_order_fn callback, void *context)
{
    uint32_t rows = 0;
    int status = query_run(query, deliver_order, (union row_fn){.order = callback}, context, &rows);

    return status == 0 && rows == 0 ? error_set(ERR_NOT_FOUND, "no such order") : status;
}

int view_get_order(struct view_reader *reader, uint64_t order_id, view_order_fn callback,
                   void *context)
{
    struct query query = query_init(reader, SELECT_ORDER " WHERE order_id = ?");

    query.arguments[query.count++].number = order_id;
    return one_order(&query, callback, context);
}

int view_find_order(struct view_reader *reader, const char *client_id, view_order_fn callback,
                    void *context)
{
    struct query query = query_init(reader, SELECT_ORDER);

    where_text(&query, "client_id = ?", client_id);
    order_and_limit(&query, "order_id DESC", 1);
    return one_order(&query, callback, context);
}

static int deliver_event(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_event event = {
        .seq = u64_of(row, 0),
        .order_id = u64_of(row, 1),
        .ts_ns = i64_of(row, 2),
        .kind = text_of(row, 3),
        .station = text_of(row, 4),
        .text = text_of(row, 5),
    };
    return callback.event(context, &event);
}

int view_list_events(struct view_reader *reader, uint64_t order_id, view_event_fn callback,
                     void *context)
{
    struct query query = query_init(reader, "SELECT seq, order_id, ts_ns, kind, station, text FROM"
                                            " order_events WHERE order_id = ? ORDER BY seq");

    query.arguments[query.count++].number = order_id;
    return query_run(&query, deliver_event, (union row_fn){.event = callback}, context, NULL);
}

/* ---- fills, positions, balances ---- */

static int deliver_fill(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_fill fill = {
        .seq = u64_of(row, 0),
        .order_id = u64_of(row, 1),
        .ts_venue_ns = i64_of(row, 2),
        .ts_ns = i64_of(row, 3),
        .liquidity = u32_of(row, 4),
        .account = text_of(row, 5),
        .instrument = text_of(row, 6),
        .symbol = text_of(row, 7),
        .strategy = text_of(row, 8),
        .side = text_of(row, 9),
        .qty = text_of(row, 10),
        .price = text_of(row, 11),
        .quote_qty = text_of(row, 12),
        .fee = text_of(row, 13),
        .fee_asset = text_of(row, 14),
        .source = text_of(row, 15),
        .fill_id = text_of(row, 16),
        .venue_id = text_of(row, 17),
    };
    return callback.fill(context, &fill);
}

int view_list_fills(struct view_reader *reader, const struct view_fill_filter *filter,
                    view_fill_fn callback, void *context)
{
    struct query query = query_init(
        reader, "SELECT seq, order_id, ts_venue_ns, ts_ns, liquidity, account, instrument, symbol,"
                " strategy, side, qty, price, quote_qty, fee, fee_asset, source, fill_id, venue_id"
                " FROM fills");

    where_number(&query, "order_id = ?", filter->order_id);
    where_text(&query, "strategy = ?", filter->strategy);
    where_text(&query, "? IN (symbol, instrument)", filter->symbol);
    where_number(&query, "seq < ?", filter->before);
    order_and_limit(&query, "seq DESC", filter->limit);
    return query_run(&query, deliver_fill, (union row_fn){.fill = callback}, context, NULL);
}

static int deliver_position(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_position position = {
        .updated_ns = i64_of(row, 0),
        .open_orders = u32_of(row, 1),
        .account = text_of(row, 2),
        .strategy = text_of(row, 3),
        .base = text_of(row, 4),
        .quote = text_of(row, 5),
        .qty = text_of(row, 6),
        .cost = text_of(row, 7),
        .realized = text_of(row, 8),
        .fees_quote = text_of(row, 9),
        .working_buy = text_of(row, 10),
        .working_sell = text_of(row, 11),
    };
    return callback.position(context, &position);
}

int view_list_positions(struct view_reader *reader, view_position_fn callback, void *context)
{
    struct query query = query_init(
        reader,
        "SELECT updated_ns, open_orders, account, strategy, base, quote, qty, cost, realized,"
        " fees_quote, working_buy, working_sell FROM positions"
        " ORDER BY account, strategy, base, quote");

    return query_run(&query, deliver_position, (union row_fn){.position = callback}, context, NULL);
}

static int deliver_balance(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_balance balance = {
        .told_ns = i64_of(row, 0),
        .updated_ns = i64_of(row, 1),
        .account = text_of(row, 2),
        .asset = text_of(row, 3),
        .free = text_of(row, 4),
        .locked = text_of(row, 5),
        .expected = text_of(row, 6),
        .baseline = text_of(row, 7),
        .traded = text_of(row, 8),
        .fees = text_of(row, 9),
        .transfers = text_of(row, 10),
    };
    return callback.balance(context, &balance);
}

int view_list_balances(struct view_reader *reader, view_balance_fn callback, void *context)
{
    struct query query = query_init(
        reader,
        "SELECT told_ns, updated_ns, account, asset, free, locked, expected, baseline, traded,"
        " fees, transfers FROM balances ORDER BY account, asset");

    return query_run(&query, deliver_balance, (union row_fn){.balance = callback}, context, NULL);
}

/* ---- audit, kill events ---- */

static int deliver_audit(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_audit audit = {
        .seq = u64_of(row, 0),
        .order_id = u64_of(row, 1),
        .at_ns = i64_of(row, 2),
        .action = text_of(row, 3),
        .author = text_of(row, 4),
        .text = text_of(row, 5),
    };
    return callback.audit(context, &audit);
}

int view_list_audit(struct view_reader *reader, const struct view_page *page,
                    view_audit_fn callback, void *context)
{
    struct query query =
        query_init(reader, "SELECT seq, order_id, at_ns, action, author, text FROM audit");

    where_number(&query, "seq < ?", page->before);
    order_and_limit(&query, "seq DESC", page->limit);
    return query_run(&query, deliver_audit, (union row_fn){.audit = callback}, context, NULL);
}

static int deliver_kill(sqlite3_stmt *row, union row_fn callback, void *context)
{
    struct view_kill kill = {
        .seq = u64_of(row, 0),
        .epoch = u64_of(row, 1),
        .at_ns = i64_of(row, 2),
        .zero = u32_of(row, 3) != 0,
        .scope = text_of(row, 4),
        .level = text_of(row, 5),
        .author = text_of(row, 6),
        .reason = text_of(row, 7),
    };
    return callback.kill(context, &kill);
}

int view_list_kills(struct view_reader *reader, const struct view_page *page, view_kill_fn callback,
                    void *context)
{
    struct query query = query_init(
        reader, "SELECT seq, epoch, at_ns, zero, scope, level, author, reason FROM kill_events");

    where_number(&query, "seq < ?", page->before);
    order_and_limit(&query, "seq DESC", page->limit);
    return query_run(&query, deliver_kill, (union row_fn){.kill = callback}, context, NULL);
}

/* ---- the file ---- */

int view_reader_applied(struct view_reader *reader, uint64_t *ret_seq)
{
    struct query query = query_init(reader, "SELECT value FROM meta WHERE key = 'applied_seq'");
    sqlite3_stmt *statement = NULL;
    int status = query_prepare(&query, &statement);

    if (status != 0) {
        return status;
    }
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *ret_seq = u64_of(statement, 0);
    } else {
        status = view_sql_error(reader->db, "trading.db");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

int view_reader_check(struct view_reader *reader)
{
    struct query query = query_init(reader, "PRAGMA integrity_check");
    sqlite3_stmt *statement = NULL;
    int status = query_prepare(&query, &statement);

    if (status != 0) {
        return status;
    }
    if (sqlite3_step(statement) != SQLITE_ROW) {
        status = view_sql_error(reader->db, "trading.db");
    } else if (strcmp(text_of(statement, 0), "ok") != 0) {
        status = error_set(ERR_CORRUPT, "trading.db: %s", text_of(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    return status;
}
