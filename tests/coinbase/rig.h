/* One adapter on one fake host, and the short ways to talk to it that all tests here share. */
#ifndef RIG_H
#define RIG_H

#include "coinbase.h"
#include "fake_host.h"

#define RIG_KEY                                                                                    \
    "organizations/11111111-2222-4333-8444-555555555555/apiKeys/"                                  \
    "66666666-7777-4888-8999-aaaaaaaaaaaa"
#define RIG_PEM                                                                                    \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEIGC4ZKZZd5B2nZht5qffNTUmrOTfLtsDsRUThSPJLav7oAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7GrpbNygpDUtcaPB8dGKilM3dREe\n"                           \
    "W9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"
#define RIG_PUBLIC_PEM                                                                             \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvVdP/NC5dLEy/ZCGJq1Dylne7Grp\n"                           \
    "bNygpDUtcaPB8dGKilM3dREeW9t/KlISt3wW1+MDcYvrvdG3O4i4Cj6paA==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define RIG_SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define RIG_EDWARDS_KEY "66666666-7777-4888-8999-aaaaaaaaaaaa"
#define RIG_PORTFOLIO "b87a0000-0000-4000-8000-000000000001"

struct rig {
    struct fake_host fake;
    struct coinbase *c;
    void *self;
    struct sofia_result result; /* of the last answer */
    uint64_t next_id;
};

/* Options for a start on loopback addresses, without keys. */
void rig_prepare(struct rig *rig);
/* ... then the adapter is made and started; rig->self is NULL if it refused. */
void rig_start(struct rig *rig);
/* With the P-256 key, the products of rig_products listed and the key's rights known. */
void rig_init(struct rig *rig);
void rig_release(struct rig *rig);

extern const char rig_products[];
extern const char rig_rights[];

int rig_answer(struct rig *rig, uint32_t endpoint, uint32_t http_status, const char *body);
/* The answer to that very request. */
int rig_answer_to(struct rig *rig, const struct sofia_request *request, uint32_t http_status,
                  const char *body);
/* No answer: NOT_SENT or IN_DOUBT. */
int rig_lose(struct rig *rig, uint32_t endpoint, uint32_t outcome);
/* The listing of products in pieces of that size, then its answer. */
void rig_products_in(struct rig *rig, const char *body, size_t piece);
/* Both streams up, in that generation. */
void rig_streams_up(struct rig *rig, uint32_t generation);
int rig_market(struct rig *rig, const char *frame);
int rig_user(struct rig *rig, const char *frame);
int rig_fire(struct rig *rig, uint64_t cookie);
/* Fires the market's send timer until nothing is left to say. */
void rig_say_all(struct rig *rig);
/* BTC/USD wanted, confirmed and live: bid 68900.00 x 0.5, ask 68900.01 x 0.25; next number: 3. */
void rig_live(struct rig *rig);

/* A limit buy of 0.002 BTC at 60000, as the core would hand it over. */
struct sofia_order rig_order(void);
/* The last message or request the adapter made by itself; NULL if none. */
const struct sofia_request *rig_last(const struct rig *rig);
const struct sofia_event_report *rig_report(const struct rig *rig, uint32_t n);

#endif
