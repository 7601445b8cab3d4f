/* Fills by REST: pages of the history, and the trades of one order, which the venue cannot be asked for
 * in one question: the order names its trades, and those are asked for by id. */
#include <stdio.h>
#include <string.h>

#include "kraken.h"
#include "orders.h"

#define ORDER_TRADES_MAX 500u /* in one question */

/* Asks for the trades an order named, twenty at a time. */
static int ask_trades(struct kraken *k, const struct kraken_asked *asked, struct sofia_slice ids,
                      uint32_t *ret_count)
{
    struct sofia_json cur;
    struct sofia_slice trade;
    struct sofia_text list;
    struct sofia_request request;
    char room[KRAKEN_QUERY_TRADES * 24 + 1];
    uint64_t id = 0;
    int status = SOFIA_OK;

    sofia_json_init(&cur, ids.at, ids.len);
    sofia_json_enter_array(&cur);
    sofia_text_init(&list, room, sizeof(room));
    while (status == SOFIA_OK && sofia_json_next_element(&cur)) {
        if (sofia_json_string(&cur, &trade) != 0) {
            break;
        }
        if (*ret_count == ORDER_TRADES_MAX) {
            sofia_log(k->host, SOFIA_LOG_ERROR,
                      "order %s has more than %u trades: the rest is not "
                      "asked for",
                      asked->venue_id, ORDER_TRADES_MAX);
            sofia_json_leave(&cur);
            break;
        }
        sofia_text_str(&list, list.len > 0 ? "," : "");
        sofia_text_add(&list, trade);
        if (++*ret_count % KRAKEN_QUERY_TRADES == 0) {
            status = kraken_encode_query_trades(k, asked, list.at,
                                                *ret_count == KRAKEN_QUERY_TRADES, &request);
            status =
                status == SOFIA_OK ? k->host->exchange->request(k->host, &request, &id) : status;
            sofia_text_clear(&list);
        }
    }
    if (sofia_json_finish(&cur) != 0 || sofia_text_status(&list) != 0) {
        return SOFIA_EPARSE;
    }
    if (status == SOFIA_OK && list.len > 0) {
        status = kraken_encode_query_trades(k, asked, list.at, *ret_count < KRAKEN_QUERY_TRADES,
                                            &request);
        status = status == SOFIA_OK ? k->host->exchange->request(k->host, &request, &id) : status;
    }
    return status;
}

void kraken_order_trades_answer(struct kraken *k, const struct kraken_asked *asked,
                                struct sofia_slice result, struct sofia_result *ret_result)
{
    struct kraken_rows rows = {.source = SOFIA_REPORT_QUERY};
    struct kraken_asked about = *asked;
    uint32_t count = 0;
    int status = kraken_orders_emit(k, result, &rows);

    if (status == SOFIA_OK && rows.trades.len > 0) {
        status = ask_trades(k, &about, rows.trades, &count);
    }
    if (status != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the trades of the order could not be asked for");
        return;
    }
    sofia_result_accept(ret_result);
    if (count == 0) {
        sofia_result_emitted(kraken_sync_emit(k, &about, SOFIA_SYNC_TRADES, 0, 0), ret_result);
    }
}

/* A page of the history or the trades of an order. The next page is found by its offset; the venue
 * lists the newest first, so what is traded meanwhile can repeat rows and never hide them. */
void kraken_trades_answer(struct kraken *k, const struct sofia_answer *answer,
                          struct sofia_slice object, int64_t count, struct sofia_result *ret_result)
{
    const struct kraken_asked *asked = kraken_asked_of(k, answer->cookie);
    struct sofia_event_sync sync;
    uint32_t found = 0;
    int status = kraken_trades_emit(k, object, &found);

    if (status == SOFIA_EPARSE || asked == NULL) {
        sofia_result_doubt(ret_result, "the answer is not a whole list of trades");
        return;
    }
    sofia_event_init(
        &sync.head, SOFIA_EV_SYNC, sizeof(sync),
        kraken_instrument(k, kraken_symbol_find(&k->symbols, sofia_slice_of(asked->symbol))));
    sync.what = SOFIA_SYNC_TRADES;
    sync.found = found;
    sync.order_id = asked->order_id;
    if (answer->endpoint == ENDPOINT_TRADES_HISTORY) {
        uint64_t next = (uint64_t)asked->offset + found;
        sync.more = found > 0 && count > 0 && next < (uint64_t)count;
        snprintf(sync.next, sizeof(sync.next), "%llu", (unsigned long long)next);
    }
    sofia_result_accept(ret_result);
    if (status == SOFIA_OK) {
        status = sofia_emit(k->host, &sync.head);
    }
    sofia_result_emitted(status, ret_result);
}

void kraken_history_answer(struct kraken *k, const struct sofia_answer *answer,
                           struct sofia_slice result, struct sofia_result *ret_result)
{
    struct sofia_slice trades;
    int64_t count = 0;

    if (kraken_member_of(result, "trades", &trades, &count) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a list of trades");
        return;
    }
    kraken_trades_answer(k, answer, trades, count, ret_result);
}
