/* Reading trading.db: what REST, the CLI and reports show. A connection of its own, read-only, that
 * never disturbs the writer.
 *
 *     struct view_reader *reader;
 *     view_reader_open(path, &reader);
 *     view_list_orders(reader, &(struct view_order_filter){.open_only = true}, on_order, context);
 *
 * Lists come newest first and are paged: give the smallest order id (or seq) of the last page as
 * `before`. Amounts are decimal texts, "" when absent; names as the configuration and the venue
 * spell them.
 *
 * Owner: the caller. Thread: one at a time per reader. Errors: the error stack; ERR_NOT_FOUND:
 * there is no file or row.
 */
#ifndef STORE_VIEW_READ_H
#define STORE_VIEW_READ_H

#include <stdbool.h>
#include <stdint.h>

struct view_reader;

int view_reader_open(const char *path, struct view_reader **ret_reader);
void view_reader_close(struct view_reader *reader);

/* Last journal record whose effect is visible. */
int view_reader_applied(struct view_reader *reader, uint64_t *ret_seq);

/* SQLite's own check of the whole file: 0, or ERR_CORRUPT with its first complaint. */
int view_reader_check(struct view_reader *reader);

/* Texts in rows are valid during the callback. It returns 0 to go on; another value ends the list
 * and is returned. */
struct view_order {
    uint64_t order_id;
    uint64_t replaces;
    int64_t created_ns;
    int64_t updated_ns;
    uint32_t flags; /* SOFIA_ORDER_... */
    uint32_t doubt; /* SOFIA_DOUBT_... */
    bool is_open;
    const char *client_id;
    const char *venue_id;
    const char *account;
    const char *instrument;
    const char *symbol; /* the venue's */
    const char *strategy;
    const char *branch; /* live, shadow */
    const char *origin; /* strategy, operator, recovery, kill */
    const char *side;
    const char *type;
    const char *tif;
    const char *qty;
    const char *price;
    const char *filled_qty;
    const char *filled_quote;
    const char *state; /* as FIX names it, or UNKNOWN */
    const char *reason;
    const char *tag;
};

/* One row of an order's trace. */
struct view_event {
    uint64_t seq;
    uint64_t order_id;
    int64_t ts_ns;
    const char *kind;
    const char *station;
    const char *text;
};

struct view_fill {
    uint64_t seq;
    uint64_t order_id; /* 0: of an order that is not ours */
    int64_t ts_venue_ns;
    int64_t ts_ns;
    uint32_t liquidity;
    const char *account;
    const char *instrument;
    const char *symbol;
    const char *strategy;
    const char *side;
    const char *qty;
    const char *price;
    const char *quote_qty;
    const char *fee;
    const char *fee_asset;
    const char *source;
    const char *fill_id;
    const char *venue_id;
};

struct view_position {
    int64_t updated_ns;
    uint32_t open_orders;
    const char *account;
    const char *strategy;
    const char *base;
    const char *quote;
    const char *qty;
    const char *cost;
    const char *realized;
    const char *fees_quote;
    const char *working_buy;
    const char *working_sell;
};

struct view_balance {
    int64_t told_ns; /* 0: the venue has not told */
    int64_t updated_ns;
    const char *account;
    const char *asset;
    const char *free;
    const char *locked;
    const char *expected;
    const char *baseline;
    const char *traded;
    const char *fees;
    const char *transfers;
};

struct view_audit {
    uint64_t seq;
    uint64_t order_id;
    int64_t at_ns;
    const char *action;
    const char *author;
    const char *text;
};

struct view_kill {
    uint64_t seq;
    uint64_t epoch;
    int64_t at_ns;
    bool zero;
    const char *scope;
    const char *level; /* clear, hold, cancel, flatten */
    const char *author;
    const char *reason;
};

/* NULL and 0 mean "any". limit 0: 100; at most 1000. symbol matches the instrument's name and the
 * venue's. */
struct view_order_filter {
    bool open_only;
    const char *strategy;
    const char *symbol;
    const char *account;
    const char *branch;
    uint64_t before; /* order ids below this one */
    uint32_t limit;
};

struct view_fill_filter {
    uint64_t order_id;
    const char *strategy;
    const char *symbol;
    uint64_t before; /* seqs below this one */
    uint32_t limit;
};

struct view_page {
    uint64_t before; /* seqs below this one */
    uint32_t limit;
};

typedef int (*view_order_fn)(void *context, const struct view_order *order);
typedef int (*view_event_fn)(void *context, const struct view_event *event);
typedef int (*view_fill_fn)(void *context, const struct view_fill *fill);
typedef int (*view_position_fn)(void *context, const struct view_position *position);
typedef int (*view_balance_fn)(void *context, const struct view_balance *balance);
typedef int (*view_audit_fn)(void *context, const struct view_audit *audit);
typedef int (*view_kill_fn)(void *context, const struct view_kill *kill);

int view_list_orders(struct view_reader *reader, const struct view_order_filter *filter,
                     view_order_fn callback, void *context);
int view_get_order(struct view_reader *reader, uint64_t order_id, view_order_fn callback,
                   void *context);
int view_find_order(struct view_reader *reader, const char *client_id, view_order_fn callback,
                    void *context);
int view_list_events(struct view_reader *reader, uint64_t order_id, view_event_fn callback,
                     void *context); /* oldest first, all of them */
int view_list_fills(struct view_reader *reader, const struct view_fill_filter *filter,
                    view_fill_fn callback, void *context);
int view_list_positions(struct view_reader *reader, view_position_fn callback, void *context);
int view_list_balances(struct view_reader *reader, view_balance_fn callback, void *context);
int view_list_audit(struct view_reader *reader, const struct view_page *page,
                    view_audit_fn callback, void *context);
int view_list_kills(struct view_reader *reader, const struct view_page *page, view_kill_fn callback,
                    void *context);

#endif
