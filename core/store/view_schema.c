/* The tables of trading.db, and whether a file that is there is the one that fits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "store/view_impl.h"

#include "base/banned.h"

/* Amounts are decimal texts: exact, and sqlite3 on a terminal shows what the venue said. Times are
 * nanoseconds since 1970 UTC. */
static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE orders("
    " order_id INTEGER PRIMARY KEY, client_id TEXT, venue_id TEXT, account TEXT, instrument TEXT,"
    " symbol TEXT, strategy TEXT, branch TEXT, origin TEXT, side TEXT, type TEXT, tif TEXT,"
    " flags INTEGER, qty TEXT, price TEXT, filled_qty TEXT, filled_quote TEXT, state TEXT,"
    " doubt INTEGER, open INTEGER, reason TEXT, tag TEXT, replaces INTEGER, created_ns INTEGER,"
    " updated_ns INTEGER);"
    "CREATE INDEX orders_open ON orders(order_id) WHERE open = 1;"
    "CREATE INDEX orders_client ON orders(client_id);"
    "CREATE INDEX orders_strategy ON orders(strategy, order_id);"
    "CREATE INDEX orders_symbol ON orders(symbol, order_id);"
    "CREATE TABLE order_events("
    " seq INTEGER PRIMARY KEY, order_id INTEGER, ts_ns INTEGER, kind TEXT, station TEXT, text TEXT,"
    " reason TEXT);"
    "CREATE INDEX order_events_order ON order_events(order_id, seq);"
    "CREATE TABLE fills("
    " seq INTEGER PRIMARY KEY, order_id INTEGER, account TEXT, instrument TEXT, symbol TEXT,"
    " strategy TEXT, side TEXT, qty TEXT, price TEXT, quote_qty TEXT, fee TEXT, fee_asset TEXT,"
    " liquidity INTEGER, source TEXT, fill_id TEXT, venue_id TEXT, ts_venue_ns INTEGER,"
    " ts_ns INTEGER);"
    "CREATE INDEX fills_order ON fills(order_id, seq);"
    "CREATE TABLE balances("
    " account TEXT, asset TEXT, free TEXT, locked TEXT, expected TEXT, baseline TEXT, traded TEXT,"
    " fees TEXT, transfers TEXT, told_ns INTEGER, updated_ns INTEGER,"
    " PRIMARY KEY(account, asset)) WITHOUT ROWID;"
    "CREATE TABLE positions("
    " account TEXT, strategy TEXT, base TEXT, quote TEXT, qty TEXT, cost TEXT, realized TEXT,"
    " fees_quote TEXT, working_buy TEXT, working_sell TEXT, open_orders INTEGER,"
    " updated_ns INTEGER, PRIMARY KEY(account, strategy, base, quote)) WITHOUT ROWID;"
    "CREATE TABLE kill_events("
    " seq INTEGER PRIMARY KEY, at_ns INTEGER, epoch INTEGER, scope TEXT, level TEXT, zero INTEGER,"
    " author TEXT, reason TEXT);"
    "CREATE TABLE audit("
    " seq INTEGER PRIMARY KEY, at_ns INTEGER, action TEXT, author TEXT, text TEXT, order_id "
    "INTEGER);";

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                : view_sql_error(db, "trading.db");
}

static int set_meta(sqlite3 *db, const char *key, const char *text)
{
    sqlite3_stmt *statement = NULL;
    int status = 0;

    if (sqlite3_prepare_v2(db, "INSERT INTO meta VALUES(?1, ?2)", -1, &statement, NULL) !=
        SQLITE_OK) {
        return view_sql_error(db, "trading.db");
    }
    view_bind_text(statement, 1, key);
    view_bind_text(statement, 2, text);
    if (sqlite3_step(statement) != SQLITE_DONE) {
        status = view_sql_error(db, "trading.db");
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* "" when there is no such key. */
static int get_meta(sqlite3 *db, const char *key, char *ret_text, size_t cap)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = ?1", -1, &statement, NULL) !=
        SQLITE_OK) {
        return view_sql_error(db, "trading.db");
    }
    view_bind_text(statement, 1, key);
    int code = sqlite3_step(statement);
    int status = code == SQLITE_ROW || code == SQLITE_DONE ? 0 : view_sql_error(db, "trading.db");
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    (void)str_copy(ret_text, cap, text != NULL ? text : "");
    (void)sqlite3_finalize(statement);
    return status;
}

static int make_tables(sqlite3 *db, const char *journal_id)
{
    char number[16];

    (void)str_format(number, sizeof(number), "%d", VIEW_SCHEMA);
    int status = run(db, "BEGIN IMMEDIATE");
    if (status == 0) {
        status = run(db, schema);
    }
    if (status == 0) {
        status = set_meta(db, "schema", number);
    }
    if (status == 0) {
        status = set_meta(db, "journal", journal_id);
    }
    if (status == 0) {
        status = set_meta(db, "applied_seq", "0");
    }
    return status == 0 ? run(db, "COMMIT") : status;
}

/* 0 and why "": it fits. */
static int check_file(sqlite3 *db, const struct view_config *config, struct view_open_info *info)
{
    char number[16];
    char found_schema[32];
    char found_journal[80];
    char found_seq[32];
    int64_t seq = -1;
    int status = get_meta(db, "schema", found_schema, sizeof(found_schema));

    if (status == 0) {
        status = get_meta(db, "journal", found_journal, sizeof(found_journal));
    }
    if (status == 0) {
        status = get_meta(db, "applied_seq", found_seq, sizeof(found_seq));
    }
    if (status != 0) {
        (void)str_format(info->why, sizeof(info->why), "%.150s", error_message());
        return 0;
    }
    (void)str_format(number, sizeof(number), "%d", VIEW_SCHEMA);
    if (!str_eq(found_schema, number)) {
        (void)str_format(info->why, sizeof(info->why), "it has schema '%s', this program uses %d",
                         found_schema, VIEW_SCHEMA);
    } else if (!str_eq(found_journal, config->journal_id)) {
        (void)str_copy(info->why, sizeof(info->why), "it was made from another journal");
    } else if (str_to_i64(found_seq, strlen(found_seq), &seq) != 0 || seq < 0 ||
               (uint64_t)seq > config->journal_last_seq) {
        (void)str_format(info->why, sizeof(info->why),
                         "it holds seq %s, the journal ends with %llu", found_seq,
                         (unsigned long long)config->journal_last_seq);
    }
    info->applied_seq = info->why[0] == '\0' ? (uint64_t)seq : 0;
    return 0;
}

static int remove_files(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[4096];

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (str_format(name, sizeof(name), "%s%s", path, ends[i]) != 0) {
            return error_set(ERR_LIMIT, "path too long: '%s'", path);
        }
        if (unlink(name) != 0 && errno != ENOENT) {
            return error_set_errno("delete '%s'", name);
        }
    }
    return 0;
}

/* The file is made here and not by SQLite, which would let others read it; its -wal and -shm copy
 * the mode. */
static int open_db(const char *path, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        return error_set_errno("open '%s'", path);
    }
    close(fd);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        int status = view_sql_error(db, path);
        (void)sqlite3_close(db);
        return status;
    }
    (void)sqlite3_busy_timeout(db, 2000);
    int status = run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (status != 0) {
        (void)sqlite3_close(db);
        return status;
    }
    *ret_db = db;
    return 0;
}

/* Opens what is there, or makes it. why is set if it does not fit. */
static int try_file(const struct view_config *config, sqlite3 **ret_db, struct view_open_info *info)
{
    sqlite3 *db = NULL;
    bool existed = file_exists(config->path);
    int status = open_db(config->path, &db);

    if (status == ERR_CORRUPT) {
        (void)str_format(info->why, sizeof(info->why), "%.150s", error_message());
        return 0;
    }
    if (status != 0) {
        return status;
    }
    status = existed ? check_file(db, config, info) : make_tables(db, config->journal_id);
    if (status != 0 || info->why[0] != '\0') {
        (void)sqlite3_close(db);
        return status;
    }
    *ret_db = db;
    return 0;
}

int view_file_open(const struct view_config *config, sqlite3 **ret_db,
                   struct view_open_info *ret_info)
{
    struct view_open_info info = {0};
    int status = try_file(config, ret_db, &info);

    if (status == 0 && info.why[0] != '\0') {
        struct view_open_info again = {0};
        status = remove_files(config->path);
        if (status == 0) {
            status = try_file(config, ret_db, &again);
        }
        if (status == 0 && again.why[0] != '\0') {
            status = error_set(ERR_IO, "'%s' cannot be made: %s", config->path, again.why);
        }
        info.rebuilt = true;
    }
    *ret_info = info;
    return status;
}
