/* Which connection listens to which stream. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "binance.h"

#define STREAMS_MAX 1024

/* ---- names ---- */

static void read_depth(struct vn_feed *feed, const char *what)
{
    char *end = NULL;
    long levels = what[5] == '\0' || what[5] == '@' ? 0 : strtol(what + 5, &end, 10);
    const char *rest = end == NULL ? what + 5 : end;
    bool fast = strcmp(rest, "@100ms") == 0;
    bool legal = fast || *rest == '\0' || strcmp(rest, "@1000ms") == 0;
    if (!legal || (levels != 0 && levels != 5 && levels != 10 && levels != 20)) {
        return;
    }
    feed->kind = levels == 0 ? VN_FEED_DIFF : VN_FEED_PARTIAL;
    feed->levels = (int)levels;
    feed->interval_ms = fast ? 100 : 1000;
}

/* A name the venue does not know stays silent, like an upper-case one. */
static void read_name(struct venue *v, struct vn_feed *feed)
{
    feed->kind = VN_FEED_SILENT;
    const char *what = strchr(feed->name, '@');
    if (what == NULL || what - feed->name >= VN_NAME) {
        return;
    }
    char symbol[VN_NAME] = "";
    for (size_t i = 0; feed->name + i < what; i++) {
        if (isupper((unsigned char)feed->name[i])) {
            return;
        }
        symbol[i] = (char)toupper((unsigned char)feed->name[i]);
    }
    feed->symbol = vn_symbol_find(&v->engine, symbol);
    what++;
    if (feed->symbol == NULL) {
        return;
    }
    if (strncmp(what, "kline_", 6) == 0) {
        feed->interval = vn_interval_find(what + 6);
        feed->kind = feed->interval == NULL ? VN_FEED_SILENT : VN_FEED_KLINE;
        return;
    }
    if (strncmp(what, "depth", 5) == 0) {
        read_depth(feed, what);
        return;
    }
    static const char *const names[] = {"bookTicker", "trade", "aggTrade", "miniTicker", "ticker"};
    static const enum vn_feed_kind kinds[] = {VN_FEED_BOOK_TICKER, VN_FEED_TRADE, VN_FEED_AGG_TRADE,
                                              VN_FEED_MINI_TICKER, VN_FEED_TICKER};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(what, names[i]) == 0) {
            feed->kind = kinds[i];
            feed->interval_ms = 1000;
        }
    }
}

static struct vn_feed *feed_get(struct venue *v, const char *name)
{
    struct vn_feed *feed = vn_table_get_text(&bn_of(v)->feeds, name);
    if (feed != NULL) {
        return feed;
    }
    feed = vn_alloc(sizeof(*feed));
    feed->name = vn_copy(name, strlen(name));
    read_name(v, feed);
    feed->next = bn_of(v)->feed_list;
    bn_of(v)->feed_list = feed;
    vn_table_put_text(&bn_of(v)->feeds, name, feed);
    struct vn_depth *depth = feed->symbol == NULL ? NULL : &bn_of(v)->depths[feed->symbol->index];
    if (feed->kind == VN_FEED_BOOK_TICKER) {
        depth->book_ticker = feed;
    } else if (feed->kind == VN_FEED_TRADE) {
        depth->trade = feed;
    } else if (feed->kind == VN_FEED_AGG_TRADE) {
        depth->agg_trade = feed;
    }
    return feed;
}

/* ---- listening ---- */

/* A diff stream starts between two events: the first one a new listener sees begins after what is true now. */
static void watch(struct venue *v, const struct vn_feed *feed, bool on)
{
    if (feed->kind != VN_FEED_DIFF) {
        return;
    }
    int i = feed->interval_ms == 100 ? 0 : 1;
    struct vn_depth *depth = &bn_of(v)->depths[feed->symbol->index];
    bool other = false; /* "depth" and "depth@1000ms" share the window */
    for (const struct vn_feed *f = bn_of(v)->feed_list; f != NULL; f = f->next) {
        other = other || (f != feed && f->kind == VN_FEED_DIFF && f->symbol == feed->symbol &&
                          f->interval_ms == feed->interval_ms && f->conn_count > 0);
    }
    if (on && !depth->watched[i]) {
        depth->bids[i].count = 0;
        depth->asks[i].count = 0;
        depth->first_id[i] = feed->symbol->update_id + 1;
    }
    depth->watched[i] = on || other;
}

bool vn_feed_subscribe(struct venue *v, struct bn_conn *conn, const char *name)
{
    struct vn_feed *feed = feed_get(v, name);
    for (size_t i = 0; i < conn->feed_count; i++) {
        if (conn->feeds[i] == feed) {
            return true;
        }
    }
    if (conn->feed_count == STREAMS_MAX) {
        return false;
    }
    conn->feeds = vn_grow(conn->feeds, conn->feed_count, &conn->feed_cap, sizeof(struct vn_feed *));
    conn->feeds[conn->feed_count++] = feed;
    feed->conns = vn_grow(feed->conns, feed->conn_count, &feed->conn_cap, sizeof(struct bn_conn *));
    feed->conns[feed->conn_count++] = conn;
    watch(v, feed, true);
    return true;
}

static void feed_drop(struct venue *v, struct vn_feed *feed, const struct bn_conn *conn)
{
    size_t kept = 0;
    for (size_t i = 0; i < feed->conn_count; i++) {
        if (feed->conns[i] != conn) {
            feed->conns[kept++] = feed->conns[i];
        }
    }
    feed->conn_count = kept;
    if (kept == 0) {
        watch(v, feed, false);
    }
}

void vn_feed_unsubscribe(struct venue *v, struct bn_conn *conn, const char *name)
{
    struct vn_feed *feed = vn_table_get_text(&bn_of(v)->feeds, name);
    size_t kept = 0;
    for (size_t i = 0; i < conn->feed_count; i++) {
        if (conn->feeds[i] != feed) {
            conn->feeds[kept++] = conn->feeds[i];
        }
    }
    if (kept < conn->feed_count) {
        conn->feed_count = kept;
        feed_drop(v, feed, conn);
    }
}

void vn_feed_leave_all(struct venue *v, struct bn_conn *conn)
{
    for (size_t i = 0; i < conn->feed_count; i++) {
        feed_drop(v, conn->feeds[i], conn);
    }
    conn->feed_count = 0;
}

int vn_feeds_open(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *names,
                  char separator)
{
    char end[2] = {separator, '\0'};
    while (*names != '\0') {
        size_t len = strcspn(names, end);
        char *name = vn_copy(names, len);
        bool fits = len == 0 || vn_feed_subscribe(v, conn, name);
        free(name);
        if (!fits) {
            vn_conn_close(v, &conn->base, now_ns, 1008, "Too many streams");
            return 0;
        }
        names += len + (names[len] == separator);
    }
    return 0;
}

void vn_feeds_release(struct venue *v)
{
    while (bn_of(v)->feed_list != NULL) {
        struct vn_feed *next = bn_of(v)->feed_list->next;
        free(bn_of(v)->feed_list->name);
        free(bn_of(v)->feed_list->conns);
        free(bn_of(v)->feed_list);
        bn_of(v)->feed_list = next;
    }
    vn_table_release(&bn_of(v)->feeds);
    for (int i = 0; bn_of(v)->depths != NULL && i < VN_SYMBOLS; i++) {
        for (int k = 0; k < 2; k++) {
            free(bn_of(v)->depths[i].bids[k].prices);
            free(bn_of(v)->depths[i].asks[k].prices);
        }
    }
    free(bn_of(v)->depths);
}

/* ---- SUBSCRIBE and its kin ---- */

static void answer(struct venue *v, int64_t now_ns, struct bn_conn *conn, struct vn_text *text)
{
    vn_conn_send(v, &conn->base, now_ns, 0, vn_blob_from(text));
    vn_text_release(text);
}

static void refuse(struct venue *v, int64_t now_ns, struct bn_conn *conn, int code,
                   const char *message)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"error\":{\"code\":%d,\"msg\":", code);
    vn_text_add_json(&text, message);
    vn_text_add(&text, "}}");
    answer(v, now_ns, conn, &text);
}

static void add_result(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *result,
                       const struct vn_json *id)
{
    struct vn_text text = {0};
    vn_text_addf(&text, "{\"result\":%s,\"id\":", result);
    vn_text_add_n(&text, id == NULL ? "null" : id->raw, id == NULL ? 4 : id->raw_len);
    vn_text_add_char(&text, '}');
    answer(v, now_ns, conn, &text);
}

static bool legal_id(const struct vn_json *id)
{
    if (id == NULL || id->kind == VN_JSON_NULL) {
        return true;
    }
    if (id->kind == VN_JSON_NUMBER) {
        return strpbrk(id->text, ".eE") == NULL;
    }
    size_t len = id->kind == VN_JSON_STRING ? strlen(id->text) : 0;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)id->text[i]) && id->text[i] != '-' && id->text[i] != '_') {
            return false;
        }
    }
    return len >= 1 && len <= 36;
}

/* False: answered with an error. */
static bool change_feeds(struct venue *v, int64_t now_ns, struct bn_conn *conn,
                         const struct vn_json *params, bool on)
{
    if (params == NULL || params->kind != VN_JSON_ARRAY) {
        refuse(v, now_ns, conn, 2, "Invalid request: params must be an array of stream names");
        return false;
    }
    for (const struct vn_json *name = params->child; name != NULL; name = name->next) {
        if (name->kind != VN_JSON_STRING || name->text[0] == '\0') {
            refuse(v, now_ns, conn, 2, "Invalid request: a stream name must be a string");
            return false;
        }
        if (!on) {
            vn_feed_unsubscribe(v, conn, name->text);
        } else if (!vn_feed_subscribe(v, conn, name->text)) {
            vn_conn_close(v, &conn->base, now_ns, 1008, "Too many streams");
            return false;
        }
    }
    return true;
}

static void list_feeds(struct venue *v, int64_t now_ns, struct bn_conn *conn,
                       const struct vn_json *id)
{
    struct vn_text names = {0};
    vn_text_add_char(&names, '[');
    for (size_t i = 0; i < conn->feed_count; i++) {
        vn_text_add_json(&names, conn->feeds[i]->name);
        vn_text_add_char(&names, ',');
    }
    vn_text_trim_comma(&names);
    vn_text_add_char(&names, ']');
    add_result(v, now_ns, conn, names.data, id);
    vn_text_release(&names);
}

static void property(struct venue *v, int64_t now_ns, struct bn_conn *conn,
                     const struct vn_json *root, bool set)
{
    const struct vn_json *params = vn_json_get(root, "params");
    const struct vn_json *name = params == NULL ? NULL : params->child;
    const struct vn_json *value = name == NULL ? NULL : name->next;
    if (name == NULL || name->kind != VN_JSON_STRING || strcmp(name->text, "combined") != 0) {
        refuse(v, now_ns, conn, 0, "Unknown property");
        return;
    }
    if (set && (value == NULL || value->kind != VN_JSON_BOOL)) {
        refuse(v, now_ns, conn, 1, "Invalid value type: expected Boolean");
        return;
    }
    if (set) {
        conn->combined = strcmp(value->text, "true") == 0;
    }
    add_result(v, now_ns, conn,
               set              ? "null"
               : conn->combined ? "true"
                                : "false",
               vn_json_get(root, "id"));
}

void vn_streams_recv(struct venue *v, int64_t now_ns, struct bn_conn *conn, const char *text,
                     size_t len)
{
    struct vn_json *root = vn_json_parse(text, len);
    const struct vn_json *id = vn_json_get(root, "id");
    const char *method = vn_json_text(root, "method", "");
    const struct vn_json *params = vn_json_get(root, "params");
    if (root == NULL || root->kind != VN_JSON_OBJECT) {
        refuse(v, now_ns, conn, 3, "Invalid JSON: expected value at line 1 column 1");
    } else if (!legal_id(id)) {
        refuse(v, now_ns, conn, 2,
               "Invalid request: request ID must be an integer, a short string or null");
    } else if (strcmp(method, "SUBSCRIBE") == 0) {
        if (change_feeds(v, now_ns, conn, params, true)) {
            add_result(v, now_ns, conn, "null", id);
        }
    } else if (strcmp(method, "UNSUBSCRIBE") == 0) {
        if (change_feeds(v, now_ns, conn, params, false)) {
            add_result(v, now_ns, conn, "null", id);
        }
    } else if (strcmp(method, "LIST_SUBSCRIPTIONS") == 0) {
        list_feeds(v, now_ns, conn, id);
    } else if (strcmp(method, "SET_PROPERTY") == 0 || strcmp(method, "GET_PROPERTY") == 0) {
        property(v, now_ns, conn, root, method[0] == 'S');
    } else {
        refuse(v, now_ns, conn, 2,
               "Invalid request: unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, "
               "`LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`");
    }
    vn_json_free(root);
}
