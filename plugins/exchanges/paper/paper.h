/* An exchange for practice: the market is a real venue's public data, the account and its orders are
 * the desk's (desk.h). No key, and no way to place an order anywhere: the only requests that leave are
 * the public ones of the feed.
 *
 *     venue --public streams--> feed (the venue's own adapter) --events--> paper --> core
 *                                                                |  quotes, prints
 *                                                                v
 *     core --LOCAL requests (paper.submit ...)--> answers --> desk --> fills, reports, balances --> core
 *
 *     plugin.c   tables, life cycle                   feed.c     the adapter inside, and the host it sees
 *     config.c   options                              encode.c   orders and questions -> LOCAL requests
 *     answers.c  LOCAL requests coming back -> desk   events.c   what the desk says -> events
 *     desk.c money.c match.c   the desk
 *
 * The feed is the adapter of a venue without a key, on a host of its own (struct sofia_host, copied)
 * which differs in three ways: events pass through paper, requests are looked up among the public
 * endpoints paper declares, and options paper does not have are answered with constants.
 *
 * Invariants: what happens to an order happens in on_answer or when the market moves, never in encode_*;
 * everything the desk holds ends with the process, and is never guessed again.
 *
 * Owner: the core, through the handle that create returned. Thread: [trade] after create.
 */
#ifndef PAPER_H
#define PAPER_H

#include <sofia/exchange.h>
#include <sofia/kit/adapter.h>
#include <sofia/options.h>

#include "desk.h"

#define PAPER_OPTION_COUNT 11

enum { PAPER_ORIGIN_REST, PAPER_ORIGIN_STREAM, PAPER_ORIGIN_COUNT };

enum { PAPER_WEIGHT_1M, PAPER_RAW_5M, PAPER_ORDERS_10S, PAPER_ORDERS_1D, PAPER_BUCKET_COUNT };

enum {
    PAPER_SUBMIT,
    PAPER_CANCEL,
    PAPER_CANCEL_ALL,
    PAPER_QUERY,
    PAPER_OPEN_ORDERS,
    PAPER_ACCOUNT,
    PAPER_TRADES,
    PAPER_FEED, /* from here on: the feed's */
    PAPER_TIME = PAPER_FEED,
    PAPER_EXCHANGE_INFO,
    PAPER_DEPTH,
    PAPER_SUBSCRIBE,
    PAPER_UNSUBSCRIBE,
    PAPER_ENDPOINT_COUNT
};

/* The adapter inside. */
struct paper_feed {
    const struct sofia_exchange *desc;
    void *self;
    struct sofia_host host;
    struct sofia_host_exchange exchange;
};

struct paper {
    const struct sofia_host *host;
    struct paper_feed feed;
    struct desk desk;
    uint32_t
        successor;   /* generation of the connection that is about to replace the feed's; 0: none */
    uint32_t source; /* SOFIA_REPORT_...: on whose account the desk speaks now */
    uint32_t lost;   /* an event about the account found no room since the answer began */
};

extern const struct sofia_option paper_options[PAPER_OPTION_COUNT];
extern const struct sofia_bucket paper_buckets[PAPER_BUCKET_COUNT];
extern const struct sofia_endpoint paper_endpoints[PAPER_ENDPOINT_COUNT];
extern const struct sofia_exchange paper_exchange;

/* ---- config.c ---- */
/* Balances and fees into the desk; says in the log what is wrong with them. */
int paper_config_read(struct paper *p);

/* ---- feed.c ---- */
int paper_feed_create(struct paper *p);
/* A request the feed has encoded, as one of paper's. */
int paper_feed_adopt(const struct paper *p, struct sofia_request *request);
int paper_feed_answer(struct paper *p, const struct sofia_answer *answer,
                      struct sofia_result *ret_result);
int paper_feed_piece(struct paper *p, const struct sofia_answer *answer, const char *bytes,
                     size_t len);

/* ---- encode.c ---- */
int paper_encode_submit(void *self, const struct sofia_order *order, struct sofia_request *request);
int paper_encode_cancel(void *self, const struct sofia_order *order, struct sofia_request *request);
int paper_encode_cancel_all(void *self, const char *symbol, struct sofia_request *request);
int paper_encode_query(void *self, const struct sofia_order *order, struct sofia_request *request);
int paper_encode_open_orders(void *self, const char *symbol, struct sofia_request *request);
int paper_encode_account(void *self, struct sofia_request *request);
int paper_encode_trades(void *self, const struct sofia_trades_query *query,
                        struct sofia_request *request);

/* ---- answers.c ---- */
int paper_answer(struct paper *p, const struct sofia_answer *answer,
                 struct sofia_result *ret_result);

/* ---- events.c ---- */
struct desk_owner paper_desk_owner(struct paper *p);
int64_t paper_now_ns(const struct paper *p);
int paper_emit_order(struct paper *p, const struct desk_order *order, uint32_t source);
int paper_emit_fill(struct paper *p, const struct desk_order *order, const struct desk_fill *fill,
                    uint32_t source);
int paper_emit_asset(struct paper *p, const struct desk_asset *asset, uint32_t source);

#endif
