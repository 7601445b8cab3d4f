/* One adapter on one fake host, and the short ways to talk to it that all tests here share. */
#ifndef RIG_H
#define RIG_H

#include "binance.h"
#include "fake_host.h"

struct rig {
    struct fake_host fake;
    struct binance *b;
    void *self;
    struct sofia_result result; /* of the last answer */
    uint64_t next_id;
};

/* The two symbols of `rig_info` listed, keys configured; then the adapter is started. */
void rig_init(struct rig *rig);
/* The same with options set by the test before (fake_host_init has been called). */
void rig_start(struct rig *rig);
void rig_release(struct rig *rig);

extern const char rig_info[]; /* exchangeInfo with BTCUSDT and a symbol in Chinese letters */

/* An answer of that endpoint: HTTP status, body. Returns what on_answer returned. */
int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body);
int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body);
/* exchangeInfo in pieces of that size, then its answer. */
void rig_info_in(struct rig *rig, const char *body, size_t len, size_t piece);
/* Both streams up, in generation 1. */
void rig_streams_up(struct rig *rig);
int rig_market(struct rig *rig, const char *frame);
int rig_user(struct rig *rig, const char *frame);
/* Market data of BTC/USDT wanted, subscription confirmed; the snapshot has been asked for. */
void rig_subscribed(struct rig *rig);
int rig_fire(struct rig *rig, uint64_t cookie);

/* A limit buy of 0.002 BTC at 60000, as the core would hand it over. */
struct sofia_order rig_order(void);
#endif
