/* The inside of struct venue, for the venue's own files.
 *
 *     venue.c      the public calls, time, the tick          core/     matching, accounts, output queue
 *     dialects.c   who speaks here, who answers what path    faults/   what goes wrong on command
 *     conns.c      WebSocket connections                     makers/   who else trades here
 *     keys.c       keys and their verification               admin.c   /_ledger /_transfer /_state /_fault
 *     words.c, params.c, http.c   what several dialects need
 *     binance/, kraken/, …        one dialect each: requests to engine calls, reports to replies and frames
 *
 * All dialects live in one venue at once, over one book per symbol and one ledger per account. How to add one:
 *
 *  1. A folder of its own, a prefix of its own for its symbols (vk_ is Kraken's), globbed in CMakeLists.txt.
 *  2. A VN_<NAME> in enum vn_dialect_id, a `const struct vn_dialect vn_<name>` and its line in the table of dialects.c.
 *  3. paths: what it answers, HTTP and WebSocket upgrades alike; the longest prefix that ends at a '/', '?' or the end
 *     wins, "/" alone means exactly "/". What nobody claims goes to config.dialect.
 *  4. State: init puts a struct into v->own[VN_<NAME>], release frees it. Of a key: key->own. Of an order: a table by id.
 *  5. A connection: struct { struct vn_conn base; … }, vn_conn_add in ws_open, vn_conn_send and vn_conn_close for frames,
 *     vn_conn_remove (then free) in ws_closed. Walk v->conn_list and take those whose dialect is yours.
 *  6. http: vn_faults_request, then `if (vn_faults_before(…)) return;`, the work if effect.execute, a struct vn_item with
 *     the reply (translating ERROR, TIMEOUT, RATE_LIMIT into the dialect's own words), vn_faults_reply to send it.
 *  7. The engine's reports come to every dialect, whoever caused them; order->origin says through whom it was placed.
 *  8. Faults of its own: fault_words, each a kind VN_FAULT_OWN(id, i), asked for with vn_faults_event; the first
 *     fault_now of them act at once through fault_act.
 *  9. docs/venue.md: its routes, its faults, what it does not do.
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
struct vn_fault;
struct vn_faults;
struct vn_makers;
struct vn_deferred;

enum vn_dialect_id { VN_BINANCE = 0, VN_COINBASE, VN_KRAKEN, VN_DIALECTS };

/* What proves that a request comes from the owner of a key. */
#define VN_SIGN_HMAC_SHA256 1u /* the secret as it is written */
#define VN_SIGN_HMAC_SHA512 2u /* the secret is base64 */
#define VN_SIGN_ED25519 4u
#define VN_SIGN_P256 8u

struct vn_key {
    char *api_key;
    enum vn_dialect_id dialect;
    struct evp_mac_ctx_st *mac;     /* HMAC, keyed; copied for each check */
    struct evp_pkey_st *public_key; /* Ed25519 or P-256 */
    uint32_t permissions;
    uint64_t nonce_window;
    bool revoked;
    struct vn_account *account;
    void *own; /* of the dialect; freed with free() */
    struct vn_key *next;
};

/* What every WebSocket connection has; a dialect's own struct begins with it. */
struct vn_conn {
    uint64_t id;
    enum vn_dialect_id dialect;
    int64_t opened_ns;
    bool closing; /* a close has been queued: nothing more is sent, nothing more is read */
    struct vn_conn *next;
    struct vn_conn *prev;
};

/* A venue's way to speak. NULL where a dialect has nothing to do. Calls come with the venue's time already stepped. */
struct vn_dialect {
    const char *name;
    uint32_t signatures;      /* VN_SIGN_* a key of it may have */
    const char *const *paths; /* NULL-terminated */
    void (*init)(struct venue *v);
    void (*release)(struct venue *v);

    void (*http)(struct venue *v, int64_t now_ns, const struct venue_request *request,
                 bool deferred); /* deferred: a fault held it back, faults have had their say */
    int (*ws_open)(struct venue *v, int64_t now_ns, uint64_t conn, const char *target);
    void (*ws_recv)(struct venue *v, int64_t now_ns, struct vn_conn *conn, uint32_t opcode,
                    const void *bytes, size_t len);
    void (*ws_closed)(struct venue *v, struct vn_conn *conn); /* frees it */

    bool (*needs_ticks)(const struct venue *v); /* beside open connections and makers */
    void (*tick)(struct venue *v, int64_t now_ns);

    /* from the engine, in the order in which it happened */
    void (*order)(struct venue *v, const struct vn_report *report);
    void (*trade)(struct venue *v, struct vn_symbol *symbol, const struct vn_trade *trade);
    void (*level)(struct venue *v, struct vn_symbol *symbol, int side, int64_t price);
    void (*done)(struct venue *v, struct vn_symbol *symbol, int64_t now_ns);
    void (*balances)(struct venue *v,
                     int64_t now_ns); /* accounts with touched assets; reset after */
    void (*moved)(struct venue *v, int64_t now_ns, struct vn_account *a,
                  const struct vn_asset *asset, amount_t delta); /* deposit, withdrawal */

    /* a symbol by the dialect's spelling, NULL: not one of its names */
    struct vn_symbol *(*symbol)(struct venue *v, const char *name);

    /* faults: what the common kinds mean here, and kinds of its own */
    const char *const *fault_words;   /* NULL-terminated */
    int fault_now;                    /* how many of them, from the first, act at once */
    const char *const *fault_members; /* of the command's JSON, beside the common ones */
    int (*fault_act)(struct venue *v, int64_t now_ns, int word, const struct vn_fault *fault,
                     const struct vn_json *command);
    void (*snapshot)(struct venue *v, struct vn_symbol *symbol, struct vn_text *out);
    void (*key_changed)(struct venue *v, int64_t now_ns, struct vn_key *key);
    void (*ban)(struct venue *v, int64_t now_ns, int64_t seconds);
    void (*notice)(struct venue *v, int64_t now_ns, struct vn_conn *conn); /* shutdown is near */

    /* /_state: members of the object, each with its comma behind it */
    void (*print_state)(struct venue *v, int64_t now_ns, struct vn_text *out);
    void (*print_conn)(const struct vn_conn *conn, struct vn_text *out);
    const char *(*conn_word)(const struct vn_conn *conn); /* the kind of a connection */
};

extern const struct vn_dialect vn_binance;
extern const struct vn_dialect vn_coinbase;
extern const struct vn_dialect vn_kraken;

/* dialects.c */
const struct vn_dialect *vn_dialect_of(enum vn_dialect_id id);
int vn_dialect_find(const char *name); /* -1: none of that name */
enum vn_dialect_id vn_dialect_route(const struct venue *v, const char *target);
struct vn_symbol *vn_symbol_any(struct venue *v, const char *name); /* in anybody's spelling */

struct venue {
    struct venue_config config;
    struct vn_engine engine;
    struct vn_random random;
    struct vn_outbox outbox;
    enum vn_dialect_id fallback; /* answers what nobody claims */
    void *own[VN_DIALECTS];      /* the dialects' state */
    struct vn_table keys;        /* api key -> struct vn_key */
    struct vn_key *key_list;
    struct vn_table conns; /* id -> struct vn_conn */
    struct vn_conn *conn_list;
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

/* ---- keys.c ---- */

struct vn_key *vn_key_find(struct venue *v, enum vn_dialect_id dialect, const char *api_key);
/* HMAC of the bytes under the key's secret; length of the digest, 0 if the key has no secret. ret_digest holds 64. */
size_t vn_key_hmac(const struct vn_key *key, const void *bytes, size_t len,
                   unsigned char *ret_digest);
void vn_keys_free(struct venue *v);

/* ---- conns.c ---- */

void vn_conn_add(struct venue *v, int64_t now_ns, struct vn_conn *conn, uint64_t id,
                 enum vn_dialect_id dialect);
void vn_conn_remove(struct venue *v, struct vn_conn *conn); /* does not free it */
void vn_conn_frame(struct venue *v, struct vn_conn *conn, int64_t due_ns, uint64_t seq,
                   uint32_t opcode, struct vn_blob *blob); /* takes the reference */
void vn_conn_send(struct venue *v, struct vn_conn *conn, int64_t due_ns, uint64_t seq,
                  struct vn_blob *blob); /* text, unless closing */
void vn_conn_close(struct venue *v, struct vn_conn *conn, int64_t now_ns, uint32_t code,
                   const char *reason);
void vn_conn_drop(struct venue *v, struct vn_conn *conn, int64_t now_ns); /* without a word */

/* ---- http.c ---- */

const char *vn_header(const struct venue_request *request, const char *name); /* NULL: not sent */
/* The path, to be freed; *ret_query points behind its '?' or at its end. */
char *vn_target_split(const char *target, const char **ret_query);
/* An HTTP reply without ceremony. */
void vn_reply(struct venue *v, int64_t now_ns, uint64_t conn, uint32_t status,
              const char *content_type, const char *body);

/* ---- params.c: a query and a form body ---- */

#define VN_PARAMS 64

struct vn_param {
    const char *name;
    const char *value; /* decoded */
    bool in_query;
};

struct vn_params {
    struct vn_param items[VN_PARAMS];
    int count;
    char *storage;
    const char *duplicate; /* name that came twice in one part */
    bool overflow;
    bool broken; /* a percent escape that is none */
};

void vn_params_parse(struct vn_params *p, const char *query, size_t query_len, const char *body,
                     size_t body_len);
void vn_params_release(struct vn_params *p);
const char *vn_params_get(const struct vn_params *p, const char *name);
bool vn_percent_decode(char *text); /* in place; '+' is a space; false on a broken escape */

/* ---- words.c: the ledger's words; Binance uses the same ---- */

const char *vn_side_word(enum vn_side side);
const char *vn_type_word(enum vn_type type);
const char *vn_tif_word(enum vn_tif tif);
const char *vn_state_word(enum vn_state state);
const char *vn_stp_word(enum vn_stp stp);
const char *vn_status_word(enum vn_status status);
const char *vn_expiry_word(enum vn_expiry expiry);
enum vn_side vn_side_read(const char *word); /* 0: unknown */
enum vn_type vn_type_read(const char *word);
enum vn_tif vn_tif_read(const char *word);
enum vn_stp vn_stp_read(const char *word);
enum vn_status vn_status_read(const char *word);

/* Executes a request later, as if it had waited in a queue. Strings are copied. */
void vn_defer(struct venue *v, int64_t due_ns, const struct venue_request *request);

/* symbols.c: fills the engine with the built-in symbols of a comma list (NULL: all, those against dollars only if said).
 * -1: unknown name. */
int vn_symbols_load(struct vn_engine *e, const char *list, bool dollars);

#endif
