#include <string.h>

#include <sofia/kit/decimal.h>

#include "coinbase.h"

/* ---- the envelope ---- */

int coinbase_frame_read(const char *bytes, size_t len, struct coinbase_frame *ret_frame)
{
    struct sofia_json cur;
    struct sofia_slice key;

    memset(ret_frame, 0, sizeof(*ret_frame));
    sofia_json_init(&cur, bytes, len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "channel") && sofia_json_peek(&cur) == SOFIA_JSON_STRING) {
            sofia_json_string(&cur, &ret_frame->channel);
        } else if (sofia_json_is(key, "events") && sofia_json_peek(&cur) == SOFIA_JSON_ARRAY) {
            sofia_json_raw(&cur, &ret_frame->events);
        } else if (sofia_json_is(key, "sequence_num") &&
                   sofia_json_peek(&cur) == SOFIA_JSON_NUMBER) {
            ret_frame->has_number = sofia_json_u64(&cur, &ret_frame->number) == 0;
        } else if (sofia_json_is(key, "timestamp")) {
            coinbase_json_time(&cur, &ret_frame->ts_ns);
        } else if (sofia_json_is(key, "type") && sofia_json_peek(&cur) == SOFIA_JSON_STRING) {
            sofia_json_string(&cur, &ret_frame->type);
        } else if (sofia_json_is(key, "message") && sofia_json_peek(&cur) == SOFIA_JSON_STRING) {
            sofia_json_string(&cur, &ret_frame->message);
        }
    }
    return sofia_json_finish(&cur) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

int coinbase_sequence_take(struct coinbase_sequence *sequence, const struct coinbase_frame *frame)
{
    if (!frame->has_number) {
        return SEQUENCE_NEXT;
    }
    if (!sequence->known || frame->number == sequence->next) {
        sequence->known = 1;
        sequence->next = frame->number + 1;
        return SEQUENCE_NEXT;
    }
    if (frame->number < sequence->next) {
        sequence->late++;
        return SEQUENCE_LATE;
    }
    return SEQUENCE_GAP;
}

/* ---- public trades ---- */

/* {"trade_id":"900001","product_id":"BTC-USD","price":"68900.00","size":"0.3","side":"BUY","time":".."}
 * The side is the maker's. */
static void read_trade(struct sofia_json *cur, struct coinbase_trade *ret_trade)
{
    struct sofia_slice key;
    struct sofia_slice side = {0};

    memset(ret_trade, 0, sizeof(*ret_trade));
    ret_trade->price = ret_trade->qty = sofia_decimal_absent();
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "trade_id")) {
            sofia_json_string(cur, &ret_trade->id_text);
        } else if (sofia_json_is(key, "product_id")) {
            sofia_json_string(cur, &ret_trade->product);
        } else if (sofia_json_is(key, "price")) {
            coinbase_json_decimal(cur, &ret_trade->price);
        } else if (sofia_json_is(key, "size")) {
            coinbase_json_decimal(cur, &ret_trade->qty);
        } else if (sofia_json_is(key, "side")) {
            sofia_json_string(cur, &side);
        } else if (sofia_json_is(key, "time")) {
            coinbase_json_time(cur, &ret_trade->time_ns);
        }
    }
    uint32_t maker = coinbase_side_of(side);
    ret_trade->aggressor = maker == SOFIA_SIDE_BUY    ? SOFIA_SIDE_SELL
                           : maker == SOFIA_SIDE_SELL ? SOFIA_SIDE_BUY
                                                      : 0;
    if (sofia_slice_u64(ret_trade->id_text, &ret_trade->id) != 0) {
        ret_trade->id = 0;
    }
}

static void emit_trade(struct coinbase *c, struct coinbase_symbol *symbol,
                       const struct coinbase_trade *t)
{
    struct sofia_event_trade event;

    if (t->id != 0 && t->id <= symbol->last_trade) {
        return;
    }
    symbol->last_trade = t->id != 0 ? t->id : symbol->last_trade;
    if (sofia_decimal_sign(t->price) <= 0 || sofia_decimal_sign(t->qty) <= 0) {
        return;
    }
    sofia_event_init(&event.head, SOFIA_EV_TRADE, sizeof(event), symbol->instrument);
    event.head.generation = c->market.generation;
    event.head.ts_venue_ns = t->time_ns;
    event.aggressor = t->aggressor;
    event.price = t->price;
    event.qty = t->qty;
    sofia_slice_copy(t->id_text, event.trade_id, sizeof(event.trade_id));
    sofia_emit(c->host, &event.head);
}

static void hand_on(struct coinbase *c, uint32_t count, int is_history)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct coinbase_trade *t = &c->trades[i];
        for (uint32_t row = 0; row < c->symbols.count; row++) {
            struct coinbase_symbol *symbol = &c->symbols.rows[row];
            if (!symbol->wanted || !coinbase_symbol_takes(symbol, t->product)) {
                continue;
            }
            if (!is_history) {
                emit_trade(c, symbol, t);
            } else if (t->id > symbol->last_trade) {
                symbol->last_trade = t->id;
            }
        }
    }
}

/* Newest first is how they come; oldest first is how they happened. */
static uint32_t insert_trade(struct coinbase *c, uint32_t count, const struct coinbase_trade *trade)
{
    uint32_t at = count;

    while (at > 0 && c->trades[at - 1].id > trade->id) {
        c->trades[at] = c->trades[at - 1];
        at--;
    }
    c->trades[at] = *trade;
    return count + 1;
}

/* {"type":"update","trades":[...]}: a snapshot is history, and tells no more than where it ends. */
static int read_trades(struct coinbase *c, struct sofia_json *cur)
{
    struct sofia_json list;
    struct sofia_slice key;
    struct sofia_slice type = {0};
    struct sofia_slice trades = {0};
    struct coinbase_trade trade;
    uint32_t count = 0;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "type")) {
            sofia_json_string(cur, &type);
        } else if (sofia_json_is(key, "trades") && sofia_json_peek(cur) == SOFIA_JSON_ARRAY) {
            sofia_json_raw(cur, &trades);
        }
    }
    if (cur->status != 0 || trades.len == 0) {
        return cur->status == 0 ? SOFIA_OK : SOFIA_EPARSE;
    }
    int is_history = !sofia_slice_is(type, "update");
    sofia_json_init(&list, trades.at, trades.len);
    sofia_json_enter_array(&list);
    while (sofia_json_next_element(&list)) {
        read_trade(&list, &trade);
        if (list.status == 0) {
            count = insert_trade(c, count, &trade);
        }
        if (count == COINBASE_TRADES) {
            hand_on(c, count, is_history);
            count = 0;
        }
    }
    hand_on(c, count, is_history);
    return sofia_json_finish(&list) == 0 ? SOFIA_OK : SOFIA_EPARSE;
}

int coinbase_trade_events(struct coinbase *c, struct sofia_slice events)
{
    struct sofia_json cur;
    int status = SOFIA_OK;

    sofia_json_init(&cur, events.at, events.len);
    sofia_json_enter_array(&cur);
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        status = read_trades(c, &cur);
    }
    return status == SOFIA_OK && sofia_json_finish(&cur) != 0 ? SOFIA_EPARSE : status;
}
