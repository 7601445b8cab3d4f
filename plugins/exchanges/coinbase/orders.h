/* The order and fill objects of REST answers. */
#ifndef COINBASE_ORDERS_H
#define COINBASE_ORDERS_H

#include <sofia/event.h>
#include <sofia/kit/json.h>

struct coinbase;
struct coinbase_asked;

struct coinbase_order_fields {
    struct sofia_slice product;
    struct sofia_slice status;
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t edited; /* the terms are not the ones it was placed with */
    int64_t created_ns;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal filled_qty;
    struct sofia_wide filled_quote;
    char client_id[SOFIA_CLIENT_ID_SIZE]; /* "": longer than ours ever are */
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

/* An id as text; "" if it is null or longer than the room, which no id of ours is. */
void coinbase_json_id(struct sofia_json *cur, char *buf, size_t cap);
/* Walks one object. The cursor's status tells of failure; an object without id or status is one. */
void coinbase_order_read(struct sofia_json *cur, struct coinbase_order_fields *ret_fields);
void coinbase_order_report(struct coinbase *c, const struct coinbase_order_fields *fields,
                           uint32_t source, struct sofia_event_report *ret_report);
/* One element of `fills` as a FILL event. */
int coinbase_fill_emit(struct coinbase *c, struct sofia_json *cur,
                       const struct coinbase_asked *asked);
/* The venue's entry id as a fill id: as it is, or its bytes in a shorter alphabet. */
int coinbase_fill_id(const struct coinbase *c, struct sofia_slice entry_id,
                     char ret_id[SOFIA_FILL_ID_SIZE]);

#endif
