/* One adapter on one fake host, and the short ways to talk to it that all tests here share. */
#ifndef RIG_H
#define RIG_H

#include "fake_host.h"
#include "kraken.h"
#include "report.h"

/* The secret of the venue's published example. */
#define KRAKEN_SECRET                                                                              \
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
#define CLIENT_ID "0198f3b2-6c11-4a40-8d52-3e1f8a7c5b10"
#define TXID "OQ7X2K-3FJHD-LW5TRA"

struct rig {
    struct fake_host fake;
    struct kraken *k;
    void *self;
    struct sofia_result result; /* of the last answer */
    uint64_t next_id;
    uint32_t generation;
};

/* BTC/USD and DOGE/USD listed, keys configured; started. */
void rig_init(struct rig *rig);
/* fake_host_init with the adapter's table and loopback URLs; options may be set afterwards. */
void rig_prepare(struct rig *rig);
void rig_start(struct rig *rig);
void rig_release(struct rig *rig);

extern const char rig_pairs[]; /* result of AssetPairs */

/* An answer: HTTP status and body as they are. */
int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body);
int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body);
/* {"error":[],"result":<result>} */
int rig_result(struct rig *rig, const struct sofia_request *request, const char *result);
/* {"error":["<text>"]} with HTTP 200 */
int rig_error(struct rig *rig, const struct sofia_request *request, const char *text);
/* What encode_* wrote, which must have succeeded. */
struct sofia_request rig_submit(struct rig *rig, const struct sofia_order *order);
struct sofia_request rig_query(struct rig *rig, const struct sofia_order *order);
/* The n-th request the adapter sent by itself. */
const struct sofia_request *rig_sent(const struct rig *rig, uint32_t n);

int rig_market(struct rig *rig, const char *frame);
int rig_user(struct rig *rig, const char *frame);
int rig_fire(struct rig *rig, uint64_t cookie);
void rig_market_up(struct rig *rig);
/* Market data of BTC/USD wanted and confirmed; the snapshot has not come. */
void rig_subscribed(struct rig *rig);
/* Connected, token, both subscriptions confirmed. */
void rig_user_up(struct rig *rig);

/* A limit buy of 0.01 BTC at 83744.3, as the core would hand it over. */
struct sofia_order rig_order(void);

#endif
