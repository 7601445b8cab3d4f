#include "store/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/view_impl.h"

#include "base/banned.h"

static const char *const sql[VIEW_STATEMENT_COUNT] = {
    [VIEW_BEGIN] = "BEGIN IMMEDIATE",
    [VIEW_COMMIT] = "COMMIT",
    [VIEW_SET_APPLIED] = "UPDATE meta SET value = ?1 WHERE key = 'applied_seq'",
    [VIEW_PUT_EVENT] = "INSERT INTO order_events(seq, order_id, ts_ns, kind, station, text, reason)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    [VIEW_PUT_FILL] =
        "INSERT INTO fills(seq, order_id, account, instrument, symbol, strategy, side, qty, price,"
        " quote_qty, fee, fee_asset, liquidity, source, fill_id, venue_id, ts_venue_ns, ts_ns)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    [VIEW_PUT_AUDIT] = "INSERT INTO audit(seq, at_ns, action, author, text, order_id)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [VIEW_PUT_KILL] =
        "INSERT INTO kill_events(seq, at_ns, epoch, scope, level, zero, author, reason)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [VIEW_PUT_ORDER] =
        "INSERT INTO orders(order_id, client_id, venue_id, account, instrument, symbol, strategy,"
        " branch, origin, side, type, tif, flags, qty, price, filled_qty, filled_quote, state, "
        "doubt,"
        " open, reason, tag, replaces, created_ns, updated_ns)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19, ?20, (SELECT reason FROM order_events WHERE order_id = ?1 AND reason IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1), ?21, ?22, ?23, ?24)"
        " ON CONFLICT(order_id) DO UPDATE SET venue_id = excluded.venue_id,"
        " filled_qty = excluded.filled_qty, filled_quote = excluded.filled_quote,"
        " state = excluded.state, doubt = excluded.doubt, open = excluded.open,"
        " reason = excluded.reason, updated_ns = excluded.updated_ns",
    [VIEW_PUT_POSITION] =
        "INSERT OR REPLACE INTO positions(account, strategy, base, quote, qty, cost, realized,"
        " fees_quote, working_buy, working_sell, open_orders, updated_ns)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [VIEW_PUT_BALANCE] =
        "INSERT OR REPLACE INTO balances(account, asset, free, locked, expected, baseline, traded,"
        " fees, transfers, told_ns, updated_ns)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [VIEW_FILLS_OF_ORDER] = "SELECT quote_qty FROM fills WHERE order_id = ?1",
};

static void release(struct view *view)
{
    for (int i = 0; i < VIEW_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(view->statements[i]);
    }
    (void)sqlite3_close(view->db);
    if (view->state != NULL) {
        state_release(view->state);
    }
    free(view->state);
    text_release(&view->line);
    free(view);
}

static int prepare(struct view *view)
{
    for (int i = VIEW_STATEMENT_INVALID + 1; i < VIEW_STATEMENT_COUNT; i++) {
        if (sqlite3_prepare_v3(view->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &view->statements[i], NULL) != SQLITE_OK) {
            return view_sql_error(view->db, "trading.db");
        }
    }
    return 0;
}

int view_open(const struct view_config *config, struct view **ret_view,
              struct view_open_info *ret_info)
{
    struct view_open_info info = {0};
    struct view *view = calloc(1, sizeof(*view));

    if (view == NULL) {
        return error_set(ERR_NOMEM, "no memory for the view");
    }
    view->state = calloc(1, sizeof(*view->state));
    int status = view->state != NULL ? state_init(view->state) : error_set(ERR_NOMEM, "no memory");
    if (status == 0) {
        status = view_file_open(config, &view->db, &info);
    }
    if (status == 0) {
        status = prepare(view);
    }
    if (status != 0) {
        release(view);
        return error_append("view '%s'", config->path);
    }
    view->file_seq = info.applied_seq;
    atomic_init(&view->applied_seq, info.applied_seq);
    *ret_view = view;
    if (ret_info != NULL) {
        *ret_info = info;
    }
    return 0;
}

void view_close(struct view *view)
{
    if (view != NULL) {
        (void)view_commit(view);
        release(view);
    }
}

/* ---- feeding ---- */

void view_mark_row(struct view_dirty *dirty, uint64_t id, int64_t ts_ns)
{
    dirty->marks[dirty->count++] = (struct view_mark){.id = id, .ts_ns = ts_ns};
}

static int commit(struct view *view)
{
    if (view->group == 0) {
        return 0;
    }
    int status = view_write_rows(view);
    if (status == 0) {
        view_bind_u64(view->statements[VIEW_SET_APPLIED], 1, view->state->last_seq);
        status = view_step(view, VIEW_SET_APPLIED);
    }
    if (status == 0) {
        status = view_step(view, VIEW_COMMIT);
    }
    if (status != 0) {
        return status;
    }
    view->group = 0;
    atomic_store_explicit(&view->applied_seq, view->state->last_seq, memory_order_release);
    return 0;
}

/* The fold is ahead of the rows once one of them could not be written: nothing of this group may be
 * committed. */
static int broken(struct view *view, int status)
{
    view->is_broken = view->is_broken || status != 0;
    return status;
}

int view_commit(struct view *view)
{
    if (view->is_broken) {
        return error_set(ERR_WRONG_STATE, "the view failed before; open it again");
    }
    return broken(view, commit(view));
}

static int apply(struct view *view, const struct journal_record *record)
{
    struct state *state = view->state;
    uint64_t repeated = state->repeated_fills;
    int status = 0;

    if (record->seq != state->last_seq + 1) {
        return error_set(ERR_INVALID, "the view holds seq %llu and was given %llu",
                         (unsigned long long)state->last_seq, (unsigned long long)record->seq);
    }
    if (view->group >= VIEW_GROUP) {
        status = commit(view);
    }
    if (status == 0) {
        status = state_apply(state, record->seq, record->ts_ns, record->kind, record->payload,
                             record->len);
    }
    if (status != 0 || record->seq <= view->file_seq) {
        return status;
    }
    if (view->group == 0) {
        status = view_step(view, VIEW_BEGIN);
        if (status != 0) {
            return status;
        }
    }
    view->group++;
    return view_write_record(view, record, state->repeated_fills == repeated);
}

int view_apply(struct view *view, const struct journal_record *record)
{
    if (view->is_broken) {
        return error_set(ERR_WRONG_STATE, "the view failed before; open it again");
    }
    return broken(view, apply(view, record));
}

int view_feed(struct view *view, struct journal_reader *cursor, uint32_t max_records,
              uint32_t *ret_applied)
{
    struct journal_record record;
    uint32_t applied = 0;
    int status = 0;

    while (applied < max_records) {
        status = journal_reader_next(cursor, &record);
        if (status != 1) {
            break;
        }
        status = view_apply(view, &record);
        if (status != 0) {
            return status;
        }
        applied++;
    }
    if (status < 0) {
        return status;
    }
    status = view_commit(view);
    if (status == 0 && ret_applied != NULL) {
        *ret_applied = applied;
    }
    return status;
}

uint64_t view_applied_seq(const struct view *view)
{
    return atomic_load_explicit(&view->applied_seq, memory_order_acquire);
}
