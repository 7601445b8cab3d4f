/* Answers from trading.db: orders, fills, audit. A read-only connection of this thread, opened when first needed. */
#include <string.h>

#include <sofia/order.h>

#include "base/error.h"
#include "base/log.h"
#include "control/impl.h"
#include "control/out.h"

#include "base/banned.h"

static int reader(struct control *control, struct view_reader **ret_reader)
{
    if (control->view == NULL) {
        int rc = view_reader_open(control->view_path, &control->view);
        if (rc != 0) {
            return rc;
        }
    }
    *ret_reader = control->view;
    return 0;
}

/* After a failure the connection is made anew: the file may have been replaced. */
static void fail(struct session *s)
{
    log_warn("control", "trading.db: %s", error_message());
    view_reader_close(s->control->view);
    s->control->view = NULL;
    text_clear(&s->page);
    problem_set(&s->problem, 503, "view_unavailable",
                "trading.db cannot be read now; trading does not depend on it");
}

/* One page of a list: a row more than asked for is not shown, it tells that there is a next page. */
struct page {
    struct text *text;
    uint32_t left;
    bool more;
    uint64_t last;
};

static bool has_room(struct page *page, uint64_t id)
{
    if (page->left == 0) {
        page->more = true;
        return false;
    }
    page->left--;
    page->last = id;
    return true;
}

static void begin(struct session *s, const char *key, struct page *ret_page)
{
    if (s->request.limit == 0) {
        s->request.limit = 100;
    }
    *ret_page = (struct page){.text = &s->page, .left = s->request.limit};
    out_open(&s->page, NULL, '{');
    out_open(&s->page, key, '[');
}

static void end(struct session *s, const struct page *page)
{
    char cursor[24] = "";
    out_close(&s->page, ']');
    if (page->more) {
        (void)str_format(cursor, sizeof(cursor), "%llu", (unsigned long long)page->last);
    }
    out_amount(&s->page, "next_cursor", cursor);
    out_close(&s->page, '}');
}

/* ---- orders ---- */

/* Left open: a single order has more behind it. */
static void put_order(struct text *text, const struct view_order *o)
{
    out_open(text, NULL, '{');
    out_id(text, "order_id", o->order_id);
    out_str(text, "client_id", o->client_id);
    out_str(text, "venue_id", o->venue_id);
    out_str(text, "account", o->account);
    out_str(text, "symbol", o->instrument);
    out_str(text, "venue_symbol", o->symbol);
    out_str(text, "strategy", o->strategy);
    out_str(text, "branch", o->branch);
    out_str(text, "origin", o->origin);
    out_str(text, "side", o->side);
    out_str(text, "type", o->type);
    out_str(text, "time_in_force", o->tif);
    out_bool(text, "post_only", (o->flags & SOFIA_ORDER_POST_ONLY) != 0);
    out_bool(text, "reduce_only", (o->flags & SOFIA_ORDER_REDUCE_ONLY) != 0);
    out_amount(text, "quantity", o->qty);
    out_amount(text, "price", o->price);
    out_amount(text, "filled_quantity", o->filled_qty);
    out_amount(text, "filled_quote", o->filled_quote);
    out_str(text, "state", o->state);
    out_bool(text, "open", o->is_open);
    out_bool(text, "in_doubt", o->doubt != 0);
    out_str(text, "reason", o->reason);
    out_str(text, "tag", o->tag);
    if (o->replaces != 0) {
        out_id(text, "replaces", o->replaces);
    } else {
        out_amount(text, "replaces", NULL);
    }
    out_time(text, "created", o->created_ns);
    out_time(text, "updated", o->updated_ns);
}

static int on_order(void *context, const struct view_order *order)
{
    struct page *page = context;
    if (!has_room(page, order->order_id)) {
        return 0;
    }
    put_order(page->text, order);
    out_close(page->text, '}');
    return 0;
}

static const char *given(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void list_orders(struct session *s)
{
    struct view_reader *view;
    struct page page;
    begin(s, "orders", &page);
    struct view_order_filter filter = {.open_only = s->request.open_only,
                                       .strategy = given(s->request.strategy),
                                       .symbol = given(s->request.symbol),
                                       .account = given(s->request.account),
                                       .before = s->request.cursor,
                                       .limit = s->request.limit + 1};
    int rc = reader(s->control, &view);
    rc = rc != 0 ? rc : view_list_orders(view, &filter, on_order, &page);
    if (rc != 0) {
        fail(s);
        return;
    }
    end(s, &page);
}

struct one {
    struct text *text;
    uint64_t order_id;
};

static int on_one(void *context, const struct view_order *order)
{
    struct one *one = context;
    one->order_id = order->order_id;
    if (one->text != NULL) {
        put_order(one->text, order);
    }
    return 0;
}

int list_put_order(struct control *control, uint64_t order_id, struct text *text)
{
    struct view_reader *view;
    struct one one = {.text = text};
    int rc = reader(control, &view);
    rc = rc != 0 ? rc : view_get_order(view, order_id, on_one, &one);
    if (rc == 0) {
        out_close(text, '}');
    }
    return rc;
}

int list_find_id(struct control *control, const char *id, uint64_t *ret_order_id)
{
    struct view_reader *view;
    struct one one = {0};
    int64_t number = 0;
    size_t len = strlen(id);
    if (len <= 19 && str_to_i64(id, len, &number) == 0 && number > 0) {
        *ret_order_id = (uint64_t)number;
        return 0;
    }
    int rc = reader(control, &view);
    rc = rc != 0 ? rc : view_find_order(view, id, on_one, &one);
    if (rc == 0) {
        *ret_order_id = one.order_id;
    }
    return rc;
}

static int on_event(void *context, const struct view_event *event)
{
    struct text *text = context;
    out_open(text, NULL, '{');
    out_u64(text, "seq", event->seq);
    out_time(text, "at", event->ts_ns);
    out_str(text, "kind", event->kind);
    out_str(text, "station", event->station);
    out_str(text, "text", event->text);
    out_close(text, '}');
    return 0;
}

static void put_fill(struct text *text, const struct view_fill *f)
{
    out_open(text, NULL, '{');
    out_u64(text, "seq", f->seq);
    out_id(text, "order_id", f->order_id);
    out_str(text, "fill_id", f->fill_id);
    out_str(text, "venue_id", f->venue_id);
    out_str(text, "account", f->account);
    out_str(text, "symbol", f->instrument);
    out_str(text, "strategy", f->strategy);
    out_str(text, "side", f->side);
    out_amount(text, "quantity", f->qty);
    out_amount(text, "price", f->price);
    out_amount(text, "quote_quantity", f->quote_qty);
    out_amount(text, "fee", f->fee);
    out_str(text, "fee_asset", f->fee_asset);
    out_str(text, "known_by", f->source);
    out_time(text, "at", f->ts_venue_ns);
    out_close(text, '}');
}

static int on_fill(void *context, const struct view_fill *fill)
{
    struct page *page = context;
    if (has_room(page, fill->seq)) {
        put_fill(page->text, fill);
    }
    return 0;
}

static int put_trace(struct session *s, struct view_reader *view, uint64_t order_id)
{
    struct one one = {.text = &s->page};
    struct page page = {.text = &s->page, .left = 1000};
    struct view_fill_filter filter = {.order_id = order_id, .limit = 1000};
    int rc = view_get_order(view, order_id, on_one, &one);
    if (rc != 0) {
        return rc;
    }
    out_open(&s->page, "fills", '[');
    rc = view_list_fills(view, &filter, on_fill, &page);
    out_close(&s->page, ']');
    out_open(&s->page, "trace", '[');
    rc = rc != 0 ? rc : view_list_events(view, order_id, on_event, &s->page);
    out_close(&s->page, ']');
    out_close(&s->page, '}');
    return rc;
}

void list_order(struct session *s)
{
    struct view_reader *view;
    uint64_t order_id = 0;
    int rc = reader(s->control, &view);
    rc = rc != 0 ? rc : list_find_id(s->control, s->request.id, &order_id);
    rc = rc != 0 ? rc : put_trace(s, view, order_id);
    if (rc == ERR_NOT_FOUND && s->control->view != NULL) {
        text_clear(&s->page);
        problem_set(&s->problem, 404, "order_unknown", "no order has this id");
    } else if (rc != 0) {
        fail(s);
    }
}

/* ---- fills, audit ---- */

void list_fills(struct session *s)
{
    struct view_reader *view;
    struct page page;
    begin(s, "fills", &page);
    struct view_fill_filter filter = {.order_id = s->request.order_id,
                                      .strategy = given(s->request.strategy),
                                      .symbol = given(s->request.symbol),
                                      .before = s->request.cursor,
                                      .limit = s->request.limit + 1};
    int rc = reader(s->control, &view);
    rc = rc != 0 ? rc : view_list_fills(view, &filter, on_fill, &page);
    if (rc != 0) {
        fail(s);
        return;
    }
    end(s, &page);
}

static int on_audit(void *context, const struct view_audit *audit)
{
    struct page *page = context;
    if (!has_room(page, audit->seq)) {
        return 0;
    }
    out_open(page->text, NULL, '{');
    out_u64(page->text, "seq", audit->seq);
    out_time(page->text, "at", audit->at_ns);
    out_str(page->text, "action", audit->action);
    out_str(page->text, "author", audit->author);
    out_str(page->text, "text", audit->text);
    if (audit->order_id != 0) {
        out_id(page->text, "order_id", audit->order_id);
    }
    out_close(page->text, '}');
    return 0;
}

void list_audit(struct session *s)
{
    struct view_reader *view;
    struct page page;
    begin(s, "audit", &page);
    struct view_page asked = {.before = s->request.cursor, .limit = s->request.limit + 1};
    int rc = reader(s->control, &view);
    rc = rc != 0 ? rc : view_list_audit(view, &asked, on_audit, &page);
    if (rc != 0) {
        fail(s);
        return;
    }
    end(s, &page);
}
