/* The inside of struct venue, for the venue's own files.
 *
 *     venue.c      the public calls, time, the tick          core/     matching, accounts, output queue
 *     binance/     the dialect: requests to engine calls,    faults/   what goes wrong on command
 *                  engine reports to replies and frames      makers/   who else trades here
 *     admin.c      /_ledger /_transfer /_state /_fault
 *
 * Owner: the caller of venue_new. Thread: one at a time.
 */
#ifndef SOFIA_VENUE_INSIDE_H
#define SOFIA_VENUE_INSIDE_H

#include "core/engine.h"
#include "core/json.h"
#include "core/outbox.h"
#include "core/random.h"
#include "core/text.h"
#include "venue.h"

#define VN_MS 1000000LL
#define VN_SECOND 1000000000LL
#define VN_TICK_NS (100 * VN_MS)

struct evp_pkey_st;
struct evp_mac_ctx_st;
struct vn_conn;
struct vn_feed;
struct vn_faults;
struct vn_makers;
struct vn_depth;
struct vn_deferred;

struct vn_key {
    char *api_key;
    struct evp_mac_ctx_st *mac;     /* HMAC, keyed; copied for each check */
    struct evp_pkey_st *public_key; /* Ed25519 */
    uint32_t permissions;
    bool revoked;
    struct vn_account *account;
    struct vn_key *next;
};

/* Fixed windows aligned to the clock. */
struct vn_window {
    int64_t length_ns;
    int64_t index;
    uint32_t used;
};

struct vn_order_count {
    struct vn_window ten_seconds;
    struct vn_window day;
    uint32_t credit; /* for first fills, not given back yet */
    int64_t credit_ns;
};

struct vn_limits {
    struct vn_window weight;
    struct vn_window raw;
    struct vn_window connects;
    int64_t banned_until_ns;
    int bans;               /* how often; each is longer */
    uint32_t over;          /* requests refused with 429 in this window */
    struct vn_table orders; /* account uid -> struct vn_order_count */
};

struct venue {
    struct venue_config config;
    char *symbols;
    struct vn_engine engine;
    struct vn_random random;
    struct vn_outbox outbox;
    struct vn_limits limits;
    struct vn_table keys; /* api key -> struct vn_key */
    struct vn_key *key_list;
    struct vn_table conns; /* id -> struct vn_conn */
    struct vn_conn *conn_list;
    struct vn_table feeds; /* stream name -> struct vn_feed */
    struct vn_feed *feed_list;
    struct vn_depth *depths; /* one per symbol */
    struct vn_faults *faults;
    struct vn_makers *makers;
    struct vn_deferred *deferred; /* requests that a fault executes later, by due time */
    int64_t now_ns;               /* the youngest time seen */
    int64_t skew_ns;              /* server clock - true clock, by fault */
    int64_t next_tick_ns;
    struct vn_text scratch;
    struct vn_text answer; /* ledger, error sentences */
    char error[256];
};

/* The clock the venue shows and stamps with. */
int64_t vn_server_ns(const struct venue *v, int64_t now_ns);

int vn_error(struct venue *v, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* admin.c: true if the request was one of the /_ routes and has been answered. */
bool vn_admin(struct venue *v, int64_t now_ns, const struct venue_request *request);
void vn_ledger_print(struct venue *v, struct vn_text *out);

/* An HTTP reply without ceremony. */
void vn_reply(struct venue *v, int64_t now_ns, uint64_t conn, uint32_t status,
              const char *content_type, const char *body);

/* Executes a request later, as if it had waited in a queue. Strings are copied. */
void vn_defer(struct venue *v, int64_t due_ns, const struct venue_request *request);

/* symbols.c: fills the engine with the built-in symbols of a comma list (NULL: all). -1: unknown name. */
int vn_symbols_load(struct vn_engine *e, const char *list);

#endif
