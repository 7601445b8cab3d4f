/* The order objects of REST answers: placing (ACK, RESULT, FULL), query, listing, cancel and
 * cancel-all all show the same members under the same names, each a different subset. */
#ifndef BINANCE_ORDERS_H
#define BINANCE_ORDERS_H

#include <sofia/event.h>
#include <sofia/kit/json.h>

struct binance;

struct binance_order_fields {
    struct sofia_slice symbol;
    struct sofia_slice fills; /* raw array; empty if there is none */
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t has_status;
    uint32_t state;  /* 0: a word nobody knows */
    int64_t time_ms; /* of the last change */
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_wide filled_quote;
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char client_id[SOFIA_CLIENT_ID_SIZE]; /* the order's own, also in the answer to a cancel */
    char new_id[SOFIA_CLIENT_ID_SIZE];    /* after a cancel or a change: what it is called now */
    char reason[SOFIA_REASON_SIZE];
};

/* Walks one object. The cursor's status tells of failure; an object without an order id is one. */
void binance_order_read(struct sofia_json *cur, struct binance_order_fields *ret_fields);
/* Emits the fills that came with it, then the report. client_id, if not NULL, replaces the one in
 * the object. */
int binance_order_emit(struct binance *b, const struct binance_order_fields *fields,
                       uint32_t source, const char *client_id);
/* One element of myTrades as a FILL event. */
int binance_trade_emit(struct binance *b, struct sofia_json *cur, uint64_t *ret_id);
/* "700001@BTCUSDT": trade ids are unique per symbol only. */
void binance_fill_id(char *buf, size_t cap, int64_t trade_id, struct sofia_slice symbol);

#endif
