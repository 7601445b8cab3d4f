/* The book channel: what the subscriber holds, what it must be told so that it holds the truth, and the checksum. */
#include <stdlib.h>
#include <string.h>

#include "kraken.h"

/* ---- checksum ---- */

static uint32_t crc_of(const char *text, size_t len)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        }
    }
    return ~crc;
}

/* The digits without point and leading zeros: the number itself. */
static void add_levels(struct vn_text *out, const struct vk_level *levels, int count,
                       int price_places, int qty_places)
{
    for (int i = 0; i < count && i < 10; i++) {
        vn_text_add_i64(out, levels[i].price / vn_pow10(8 - price_places));
        vn_text_add_i64(out, levels[i].qty / vn_pow10(8 - qty_places));
    }
}

uint32_t vk_checksum(const struct vk_level *asks, int ask_count, const struct vk_level *bids,
                     int bid_count, int price_places, int qty_places)
{
    struct vn_text text = {0};
    add_levels(&text, asks, ask_count, price_places, qty_places);
    add_levels(&text, bids, bid_count, price_places, qty_places);
    uint32_t crc = crc_of(text.len == 0 ? "" : text.data, text.len);
    vn_text_release(&text);
    return crc;
}

/* ---- frames ---- */

/* The best levels of a side now; how many. */
static int top_of(const struct vn_book_side *side, int depth, struct vk_level *ret_levels)
{
    int count = 0;
    for (size_t i = side->count; i > 0 && count < depth; i--) {
        ret_levels[count++] =
            (struct vk_level){side->levels[i - 1]->price, side->levels[i - 1]->qty};
    }
    return count;
}

/* Digits as they are, or by fault without the zeros at their end. */
static void add_digits(struct vn_text *out, int64_t value, int places, bool bare)
{
    vk_add_number(out, value, places);
    while (bare && out->data[out->len - 1] == '0' && strchr(out->data, '.') != NULL) {
        out->data[--out->len] = '\0';
    }
    if (bare && out->data[out->len - 1] == '.') {
        vn_text_add_char(out, '0');
    }
}

static void add_level(struct vn_text *out, const struct vn_symbol *s, int64_t price, int64_t qty,
                      bool bare)
{
    vn_text_add(out, "{\"price\":");
    add_digits(out, price, vk_price_places(s), bare);
    vn_text_add(out, ",\"qty\":");
    add_digits(out, qty, vk_qty_places(s), bare);
    vn_text_add(out, "},");
}

static bool happens(struct venue *v, enum vk_fault fault, const struct vn_symbol *s)
{
    return vn_faults_has(v, VK_FAULT(fault)) &&
           vn_faults_event(v, VN_KRAKEN, VK_FAULT(fault), s->name) != NULL;
}

static uint32_t checksum_of(struct venue *v, const struct vk_sub *sub)
{
    uint32_t crc = vk_checksum(sub->sent[1], sub->sent_count[1], sub->sent[0], sub->sent_count[0],
                               vk_price_places(sub->symbol), vk_qty_places(sub->symbol));
    return happens(v, VK_FAULT_BAD_CHECKSUM, sub->symbol) ? crc ^ 1 : crc;
}

static void begin(struct vn_text *out, const char *type, const struct vn_symbol *s)
{
    char pair[VK_PAIR];
    vk_pair_v2(s, pair);
    vn_text_addf(out, "{\"channel\":\"book\",\"type\":\"%s\",\"data\":[{\"symbol\":\"%s\",", type,
                 pair);
}

static void end(struct venue *v, int64_t now_ns, struct vk_conn *conn, const struct vk_sub *sub,
                struct vn_text *out)
{
    vn_text_addf(out, "\"checksum\":%u,\"timestamp\":\"", checksum_of(v, sub));
    vk_add_time(out, v, now_ns);
    vn_text_add(out, "\"}]}");
    bool lost = vn_faults_has(v, VN_FAULT_DROP_MARKET) &&
                vn_faults_event(v, VN_KRAKEN, VN_FAULT_DROP_MARKET, sub->symbol->name) != NULL;
    if (!lost) {
        vk_send(v, conn, now_ns, 0, out);
    }
    vn_text_release(out);
}

void vk_book_snapshot(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub)
{
    static const char *const names[] = {"bids", "asks"};
    struct vn_text out = {0};
    bool bare = happens(v, VK_FAULT_BARE_NUMBERS, sub->symbol);
    begin(&out, "snapshot", sub->symbol);
    for (int i = 0; i < 2; i++) {
        if (sub->sent[i] == NULL) {
            sub->sent[i] = vn_alloc((size_t)sub->depth * sizeof(struct vk_level));
        }
        sub->sent_count[i] =
            top_of(i == 0 ? &sub->symbol->bids : &sub->symbol->asks, sub->depth, sub->sent[i]);
        vn_text_addf(&out, "\"%s\":[", names[i]);
        for (int k = 0; k < sub->sent_count[i]; k++) {
            add_level(&out, sub->symbol, sub->sent[i][k].price, sub->sent[i][k].qty, bare);
        }
        vn_text_trim_comma(&out);
        vn_text_add(&out, "],");
    }
    end(v, now_ns, conn, sub, &out);
}

static const struct vk_level *level_at(const struct vk_level *levels, int count, int64_t price)
{
    for (int i = 0; i < count; i++) {
        if (levels[i].price == price) {
            return &levels[i];
        }
    }
    return NULL;
}

/* What turns the held side into the true one: deletions of what is gone, and what is new or changed. A level that only
 * fell out of the depth is not spoken of: whoever holds the book cuts it off. */
static int add_changes(struct vn_text *out, const struct vk_sub *sub, int i,
                       const struct vk_level *now, int now_count, bool bare)
{
    int engine_side = i == 0 ? VN_BUY : VN_SELL;
    int changes = 0;
    for (int k = 0; k < sub->sent_count[i]; k++) {
        int64_t price = sub->sent[i][k].price;
        if (vn_book_qty(sub->symbol, engine_side, price) == 0) {
            add_level(out, sub->symbol, price, 0, bare);
            changes++;
        }
    }
    for (int k = 0; k < now_count; k++) {
        const struct vk_level *held = level_at(sub->sent[i], sub->sent_count[i], now[k].price);
        if (held == NULL || held->qty != now[k].qty) {
            add_level(out, sub->symbol, now[k].price, now[k].qty, bare);
            changes++;
        }
    }
    return changes;
}

/* A bid above the best ask, which is then the truth nobody traded. */
static void add_crossing(struct vn_text *out, const struct vk_sub *sub)
{
    const struct vn_symbol *s = sub->symbol;
    int64_t ask = vn_book_best(s, VN_SELL);
    if (ask != 0) {
        add_level(out, s, ask + s->rules.tick, s->rules.min_qty, false);
    }
}

/* The last row of the list is left out: the subscriber's book is wrong from now on. */
static void drop_last_row(struct vn_text *out)
{
    size_t at = out->len;
    while (at > 0 && out->data[at - 1] != '{') {
        at--;
    }
    if (at > 0) {
        out->len = at - 1;
        out->data[out->len] = '\0';
    }
}

void vk_book_update(struct venue *v, int64_t now_ns, struct vk_conn *conn, struct vk_sub *sub)
{
    static const char *const names[] = {"bids", "asks"};
    struct vk_level now[VK_DEPTH_MAX];
    struct vn_text out = {0};
    int changes = 0;
    bool bare = happens(v, VK_FAULT_BARE_NUMBERS, sub->symbol);
    begin(&out, "update", sub->symbol);
    for (int i = 0; i < 2; i++) {
        int count = top_of(i == 0 ? &sub->symbol->bids : &sub->symbol->asks, sub->depth, now);
        struct vn_text rows = {0};
        int here = add_changes(&rows, sub, i, now, count, bare);
        if (i == 0 && here > 0 && happens(v, VK_FAULT_CROSSED, sub->symbol)) {
            add_crossing(&rows, sub);
        }
        if (here > 0 && happens(v, VK_FAULT_LOST_LEVEL, sub->symbol)) {
            drop_last_row(&rows);
        }
        vn_text_trim_comma(&rows);
        vn_text_addf(&out, "\"%s\":[%s],", names[i], rows.data == NULL ? "" : rows.data);
        vn_text_release(&rows);
        memcpy(sub->sent[i], now, (size_t)count * sizeof(now[0]));
        sub->sent_count[i] = count;
        changes += here;
    }
    if (changes == 0) {
        vn_text_release(&out);
        return;
    }
    end(v, now_ns, conn, sub, &out);
}
