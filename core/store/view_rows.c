/* Rows written once per group, from the fold: orders, positions, balances. */
#include <stdlib.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "store/view_impl.h"

#include "base/banned.h"

typedef int (*write_row_fn)(struct view *view, const struct view_mark *mark);

static int compare_marks(const void *a, const void *b)
{
    const struct view_mark *x = a;
    const struct view_mark *y = b;

    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

/* Each row once, with its newest time. */
static int write_marked(struct view *view, struct view_dirty *dirty, write_row_fn write_row)
{
    const struct view_mark *marks = dirty->marks;
    int status = 0;

    qsort(dirty->marks, dirty->count, sizeof(dirty->marks[0]), compare_marks);
    for (uint32_t i = 0; i < dirty->count && status == 0; i++) {
        if (i + 1 == dirty->count || marks[i].id != marks[i + 1].id) {
            status = write_row(view, &marks[i]);
        }
    }
    dirty->count = 0;
    return status;
}

/* The fold keeps no sum of quote amounts; the fills of the order are in the file already. */
static int sum_quote(struct view *view, const struct order *order, struct sofia_wide *ret_sum)
{
    sqlite3_stmt *statement = view->statements[VIEW_FILLS_OF_ORDER];
    struct sofia_wide sum = sofia_wide_zero();
    int status = 0;
    int code = SQLITE_DONE;

    view_bind_u64(statement, 1, order->pub.order_id);
    while (status == 0 && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        struct sofia_wide one;
        if (text != NULL &&
            (sofia_wide_parse(text, (size_t)sqlite3_column_bytes(statement, 0), &one) != 0 ||
             sofia_wide_add(sum, one, &sum) != 0)) {
            status = error_set(ERR_LIMIT, "quote amount of order %llu leaves its range",
                               (unsigned long long)order->pub.order_id);
        }
    }
    if (status == 0 && code != SQLITE_DONE) {
        status = view_sql_error(view->db, "trading.db");
    }
    (void)sqlite3_reset(statement);
    *ret_sum = sum;
    return status;
}

static int write_order(struct view *view, const struct view_mark *mark)
{
    const struct order *order = state_order(view->state, mark->id);
    const struct names *names = &view->state->names;
    sqlite3_stmt *put = view->statements[VIEW_PUT_ORDER];
    struct sofia_wide quote = sofia_wide_zero();

    if (order == NULL) {
        return error_set(ERR_CORRUPT, "order %llu left the fold before it was written",
                         (unsigned long long)mark->id);
    }
    const struct sofia_order *pub = &order->pub;
    int status = order->fill_count > 0 ? sum_quote(view, order, &quote) : 0;
    if (status != 0) {
        return status;
    }
    view_bind_u64(put, 1, pub->order_id);
    view_bind_text(put, 2, pub->client_id);
    view_bind_text(put, 3, pub->venue_id);
    view_bind_text(put, 4, names_text(names, NAME_ACCOUNT, order->account));
    view_bind_text(put, 5, names_text(names, NAME_INSTRUMENT, pub->instrument));
    view_bind_text(put, 6, pub->venue_symbol);
    view_bind_text(put, 7, pub->strategy);
    view_bind_text(put, 8, view_branch_name(pub->branch));
    view_bind_text(put, 9, view_origin_name(pub->origin));
    view_bind_text(put, 10, order_side_name(pub->side));
    view_bind_text(put, 11, order_type_name(pub->type));
    view_bind_text(put, 12, pub->tif != 0 ? order_tif_name(pub->tif) : NULL);
    view_bind_u64(put, 13, pub->flags);
    view_bind_decimal(put, 14, pub->qty);
    view_bind_decimal(put, 15, pub->price);
    view_bind_decimal(put, 16, pub->filled_qty);
    view_bind_wide(put, 17, quote);
    view_bind_text(put, 18, order_shown_name(pub));
    view_bind_u64(put, 19, pub->doubt);
    view_bind_u64(put, 20, order_is_done(order) ? 0 : 1);
    view_bind_text(put, 21, pub->tag);
    view_bind_u64(put, 22, pub->replaces);
    view_bind_i64(put, 23, pub->created_ns);
    view_bind_i64(put, 24, pub->updated_ns);
    return view_step(view, VIEW_PUT_ORDER);
}

static int write_position(struct view *view, const struct view_mark *mark)
{
    const struct position *position = &view->state->ledger.positions[mark->id];
    const struct names *names = &view->state->names;
    sqlite3_stmt *put = view->statements[VIEW_PUT_POSITION];

    view_bind_text(put, 1, names_text(names, NAME_ACCOUNT, position->account));
    /* Part of the key, which is never NULL: operator orders have the strategy "". */
    (void)sqlite3_bind_text(put, 2, names_text(names, NAME_STRATEGY, position->strategy), -1,
                            SQLITE_TRANSIENT);
    view_bind_text(put, 3, position->base);
    view_bind_text(put, 4, position->quote);
    view_bind_wide(put, 5, position->qty);
    view_bind_wide(put, 6, position->cost);
    view_bind_wide(put, 7, position->realized);
    view_bind_wide(put, 8, position->fees_quote);
    view_bind_wide(put, 9, position->working_buy);
    view_bind_wide(put, 10, position->working_sell);
    view_bind_u64(put, 11, position->open_orders);
    view_bind_i64(put, 12, mark->ts_ns);
    return view_step(view, VIEW_PUT_POSITION);
}

static int write_balance(struct view *view, const struct view_mark *mark)
{
    const struct asset *asset = &view->state->ledger.assets[mark->id];
    sqlite3_stmt *put = view->statements[VIEW_PUT_BALANCE];
    struct sofia_wide expected;

    if (asset_expected(asset, &expected) != 0) {
        expected = sofia_wide_absent();
    }
    view_bind_text(put, 1, names_text(&view->state->names, NAME_ACCOUNT, asset->account));
    view_bind_text(put, 2, asset->name);
    view_bind_wide(put, 3, asset->told_ns != 0 ? asset->free : sofia_wide_absent());
    view_bind_wide(put, 4, asset->told_ns != 0 ? asset->locked : sofia_wide_absent());
    view_bind_wide(put, 5, expected);
    view_bind_wide(put, 6, asset->has_baseline != 0 ? asset->baseline : sofia_wide_absent());
    view_bind_wide(put, 7, asset->traded);
    view_bind_wide(put, 8, asset->fees);
    view_bind_wide(put, 9, asset->transfers);
    view_bind_i64(put, 10, asset->told_ns);
    view_bind_i64(put, 11, mark->ts_ns);
    return view_step(view, VIEW_PUT_BALANCE);
}

int view_write_rows(struct view *view)
{
    int status = write_marked(view, &view->orders, write_order);

    if (status == 0) {
        status = write_marked(view, &view->positions, write_position);
    }
    if (status == 0) {
        status = write_marked(view, &view->assets, write_balance);
    }
    return status;
}
