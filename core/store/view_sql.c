#include "store/view_impl.h"

#include <sofia/event.h>
#include <sofia/kit/decimal.h>

#include "base/error.h"

#include "base/banned.h"

int view_sql_error(sqlite3 *db, const char *what)
{
    int code = sqlite3_errcode(db);
    int status = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? ERR_CORRUPT
                 : code == SQLITE_NOMEM                          ? ERR_NOMEM
                 : code == SQLITE_FULL                           ? ERR_FULL
                                                                 : ERR_IO;

    return error_set(status, "%s: %s", what, sqlite3_errmsg(db));
}

void view_bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    if (text == NULL || text[0] == '\0') {
        (void)sqlite3_bind_null(statement, at);
    } else {
        (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
    }
}

void view_bind_u64(sqlite3_stmt *statement, int at, uint64_t value)
{
    (void)sqlite3_bind_int64(statement, at, (sqlite3_int64)value);
}

void view_bind_i64(sqlite3_stmt *statement, int at, int64_t value)
{
    (void)sqlite3_bind_int64(statement, at, value);
}

void view_bind_decimal(sqlite3_stmt *statement, int at, struct sofia_decimal value)
{
    char text[SOFIA_DECIMAL_TEXT] = {0};

    if (!sofia_decimal_is_absent(value)) {
        (void)sofia_decimal_print(value, text, sizeof(text));
    }
    view_bind_text(statement, at, text);
}

void view_bind_wide(sqlite3_stmt *statement, int at, struct sofia_wide value)
{
    char text[SOFIA_DECIMAL_TEXT] = {0};

    if (!sofia_wide_is_absent(value)) {
        (void)sofia_wide_print(value, text, sizeof(text));
    }
    view_bind_text(statement, at, text);
}

int view_step(struct view *view, enum view_statement which)
{
    sqlite3_stmt *statement = view->statements[which];
    int code = sqlite3_step(statement);
    int status =
        code == SQLITE_DONE || code == SQLITE_ROW ? 0 : view_sql_error(view->db, "trading.db");

    (void)sqlite3_reset(statement);
    (void)sqlite3_clear_bindings(statement);
    return status;
}

static const char *name_of(const char *const *names, uint32_t count, uint32_t number)
{
    return number < count && names[number] != NULL ? names[number] : "?";
}

const char *view_branch_name(uint32_t branch)
{
    static const char *const names[] = {
        [SOFIA_BRANCH_LIVE] = "live", [SOFIA_BRANCH_SHADOW] = "shadow"};

    return name_of(names, sizeof(names) / sizeof(names[0]), branch);
}

const char *view_origin_name(uint32_t origin)
{
    static const char *const names[] = {[SOFIA_ORIGIN_STRATEGY] = "strategy",
                                        [SOFIA_ORIGIN_OPERATOR] = "operator",
                                        [SOFIA_ORIGIN_RECOVERY] = "recovery",
                                        [SOFIA_ORIGIN_KILL] = "kill"};

    return name_of(names, sizeof(names) / sizeof(names[0]), origin);
}

const char *view_kill_name(uint32_t level)
{
    static const char *const names[] = {[SOFIA_KILL_CLEAR] = "clear",
                                        [SOFIA_KILL_HOLD] = "hold",
                                        [SOFIA_KILL_CANCEL] = "cancel",
                                        [SOFIA_KILL_FLATTEN] = "flatten"};

    return name_of(names, sizeof(names) / sizeof(names[0]), level);
}

const char *view_source_name(uint32_t source)
{
    static const char *const names[] = {
        [KNOWN_BY_ANSWER] = "answer",   [KNOWN_BY_STREAM] = "stream",
        [KNOWN_BY_QUERY] = "query",     [KNOWN_BY_LISTING] = "listing",
        [KNOWN_BY_ABSENCE] = "absence", [KNOWN_BY_PERSON] = "person",
        [KNOWN_BY_RESTART] = "restart", [KNOWN_BY_NOT_SENT] = "not_sent"};

    return name_of(names, sizeof(names) / sizeof(names[0]), source);
}
