/* The inside of the view. Private to store/view*.c.
 *
 *     view.c         life, fold, groups
 *     view_schema.c  the tables; is this file ours
 *     view_rows.c    rows written at the end of a group: orders, positions, balances
 *     view_trace.c   rows written per record: trace, fills, audit, kill events
 *     view_sql.c     binding and stepping
 *
 * Owner: the view. Thread: persist.
 */
#ifndef STORE_VIEW_IMPL_H
#define STORE_VIEW_IMPL_H

#include <stdatomic.h>

#include <sqlite3.h>

#include "base/str.h"
#include "model/state.h"
#include "store/view.h"

enum view_statement {
    VIEW_STATEMENT_INVALID = 0,
    VIEW_BEGIN,
    VIEW_COMMIT,
    VIEW_SET_APPLIED,
    VIEW_PUT_EVENT,
    VIEW_PUT_FILL,
    VIEW_PUT_AUDIT,
    VIEW_PUT_KILL,
    VIEW_PUT_ORDER,
    VIEW_PUT_POSITION,
    VIEW_PUT_BALANCE,
    VIEW_FILLS_OF_ORDER,
    VIEW_STATEMENT_COUNT
};

enum { VIEW_GROUP = 512, VIEW_DIRTY = 3 * VIEW_GROUP };

/* Rows that changed in this group, and by a record of when; the same one may stand there twice. */
struct view_mark {
    uint64_t id;
    int64_t ts_ns;
};

struct view_dirty {
    struct view_mark marks[VIEW_DIRTY];
    uint32_t count;
};

struct view {
    sqlite3 *db;
    sqlite3_stmt *statements[VIEW_STATEMENT_COUNT];
    struct state *state;
    uint64_t file_seq; /* what the file held at open: up to here only the fold is done */
    uint32_t group;    /* records in the open transaction */
    bool is_broken;
    _Atomic uint64_t applied_seq;
    struct view_dirty orders;    /* order ids */
    struct view_dirty positions; /* indexes in the ledger */
    struct view_dirty assets;    /* indexes in the ledger */
    struct text line;            /* a text being composed */
};

void view_mark_row(struct view_dirty *dirty, uint64_t id, int64_t ts_ns);

/* view_schema.c */
int view_file_open(const struct view_config *config, sqlite3 **ret_db,
                   struct view_open_info *ret_info);

/* view_rows.c: writes what is marked, and forgets the marks */
int view_write_rows(struct view *view);

/* view_trace.c: called after the fold took the record. is_new_fill: a FILL record that was not a
 * repetition. */
int view_write_record(struct view *view, const struct journal_record *record, bool is_new_fill);

/* view_sql.c: parameters are numbered from 1. Absent numbers and empty texts become NULL. */
int view_sql_error(sqlite3 *db, const char *what);
void view_bind_text(sqlite3_stmt *statement, int at, const char *text);
void view_bind_u64(sqlite3_stmt *statement, int at, uint64_t value);
void view_bind_i64(sqlite3_stmt *statement, int at, int64_t value);
void view_bind_decimal(sqlite3_stmt *statement, int at, struct sofia_decimal value);
void view_bind_wide(sqlite3_stmt *statement, int at, struct sofia_wide value);
int view_step(struct view *view, enum view_statement which); /* runs, resets, clears */

/* Names that only the view prints. */
const char *view_branch_name(uint32_t branch);
const char *view_origin_name(uint32_t origin);
const char *view_kill_name(uint32_t level);
const char *view_source_name(uint32_t source);

#endif
