/* sofia-venue as a library: a strict loopback venue. Bytes and time in, bytes out.
 *
 *                      venue_http / venue_ws_recv                      venue_poll
 *     caller's         ──────────────────────────►  ┌───────────────┐  ─────────────►  HTTP reply
 *     transport        venue_step (makers, timers)  │ struct venue  │                  WebSocket frame
 *     and clock        ──────────────────────────►  └───────────────┘                  close
 *
 * It owns no socket, no thread and no clock. Every call is handed the time; time must never go backwards. Two venues made
 * from equal configurations and fed equal calls give equal outputs, to the byte: all chance comes from config.seed.
 *
 * Calls that make output only queue it. An output becomes visible to venue_poll when its due_ns is reached, because a
 * fault may delay it; venue_next_due_ns says when to come back. The usual loop of a caller:
 *
 *     venue_http(v, now, &request);                         what arrived
 *     venue_step(v, now);                                   what time did
 *     while (venue_poll(v, now, &out)) { send out; }        what leaves
 *     sleep until venue_next_due_ns(v) or the next arrival
 *
 * Connections are numbered by the caller (never 0, never reused). A plain HTTP connection needs no opening: its number
 * comes with the request and at most one request of a connection may be unanswered. A WebSocket is opened, fed and, when
 * the connection is gone for whatever reason (a close output included), reported with venue_ws_closed.
 *
 * Owner: the caller. Thread: one at a time, any. Errors: wrong API use is refused with VENUE_EINVAL; what the client on
 * the wire did wrong is answered on the wire.
 */
#ifndef SOFIA_VENUE_VENUE_H
#define SOFIA_VENUE_VENUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VENUE_EINVAL (-1) /* a name, amount or number that makes no sense; venue_error says which */
#define VENUE_EEXIST (-2) /* the account, key or connection is already there */
#define VENUE_ENOENT (-3) /* no such account, symbol, connection */
#define VENUE_EREFUSED (-4) /* a WebSocket path nobody serves, too many connections */

/* What a key may do. */
#define VENUE_MAY_READ 1u
#define VENUE_MAY_TRADE 2u
#define VENUE_MAY_STREAM 4u
#define VENUE_MAY_ALL 7u
#define VENUE_MAY_TRANSFER 8u /* nothing here asks for it; careful clients refuse such a key */

struct venue;

/* Fill with venue_config_init, then change what matters. Strings are copied by venue_new. */
struct venue_config {
    uint64_t seed;
    int64_t start_ns;    /* time of the first call; makers start here */
    const char *symbols; /* comma list of built-in symbols, NULL = all */
    const char *dialect; /* keys without one, and paths nobody claims, are of it; NULL = binance */
    uint64_t first_order_id; /* may lie above 2^53 */
    uint64_t first_trade_id;
    uint32_t visibility_delay_ms; /* queries do not see younger orders (-2013) */
    bool makers;                  /* a seeded population that quotes and takes */
    bool shuffle; /* reply and stream events of one order in seeded order, else reply last */
    uint32_t weight_per_minute;
    uint32_t raw_per_5min;
    uint32_t orders_per_10s;
    uint32_t orders_per_day;
    uint32_t ws_connects_per_5min;
    uint32_t ws_ping_ms;          /* server ping interval of a WebSocket */
    uint32_t ws_pong_deadline_ms; /* no pong for so long: closed */
    uint32_t ws_max_age_ms;       /* 24 h on the real venue */
    uint32_t ws_frames_per_s;     /* client frames per second on a market stream */
    uint32_t server_timeout_ms;   /* -1007 after this much work */
};

void venue_config_init(struct venue_config *config);

/* NULL if a symbol of the list or the dialect is unknown. */
struct venue *venue_new(const struct venue_config *config);
struct venue *venue_free(struct venue *v);

/* The sentence that belongs to the last status < 0. Valid until the next call. */
const char *venue_error(const struct venue *v);

/* ---- accounts ---- */

/* deposits: "BTC=1,USDT=100000". Recorded as the account's initial deposits. */
int venue_account_add(struct venue *v, const char *name, const char *deposits);

/* A key belongs to one account and one dialect. Exactly one of secret and public_pem is given: binance takes an HMAC
 * secret or an Ed25519 public key, kraken a base64 secret. An api_key is unique in the venue. Strings are copied. */
struct venue_key {
    const char *account;
    const char *dialect; /* NULL: that of the configuration */
    const char *api_key;
    const char *secret;
    const char *public_pem;
    uint32_t permissions; /* VENUE_MAY_* */
    uint64_t
        nonce_window; /* how far behind the highest nonce a younger one may be; 0: not at all */
};

int venue_key_add(struct venue *v, const struct venue_key *key);

/* Positive: deposit, negative: withdrawal of free balance. amount is decimal text. */
int venue_transfer(struct venue *v, int64_t now_ns, const char *account, const char *asset,
                   const char *amount);

/* ---- HTTP ---- */

struct venue_header {
    const char *name; /* any case */
    const char *value;
};

struct venue_request {
    uint64_t conn;
    const char *method; /* "GET" */
    const char
        *target; /* path and query exactly as on the request line: signatures cover these bytes */
    const struct venue_header *headers;
    size_t header_count;
    const char *body;
    size_t body_len;
};

int venue_http(struct venue *v, int64_t now_ns, const struct venue_request *request);

/* ---- WebSocket (RFC 6455 frames without their framing) ---- */

#define VENUE_WS_TEXT 1u
#define VENUE_WS_BINARY 2u
#define VENUE_WS_CLOSE 8u
#define VENUE_WS_PING 9u
#define VENUE_WS_PONG 10u

/* target: "/ws/btcusdt@depth", "/stream?streams=a/b", "/ws-api/v3?…". EREFUSED: answer the upgrade with 404. */
int venue_ws_open(struct venue *v, int64_t now_ns, uint64_t conn, const char *target);
int venue_ws_recv(struct venue *v, int64_t now_ns, uint64_t conn, uint32_t opcode,
                  const void *bytes, size_t len);
void venue_ws_closed(struct venue *v, int64_t now_ns, uint64_t conn);

/* ---- time and output ---- */

/* Makers, periodic streams, pings, deadlines, delayed work: everything due up to now_ns, in order of its time. */
void venue_step(struct venue *v, int64_t now_ns);

/* When the next step or output is due; INT64_MAX: never. May lie in the past (then poll). */
int64_t venue_next_due_ns(const struct venue *v);

#define VENUE_OUT_HTTP 1u /* status, headers, body */
#define VENUE_OUT_WS                                                                               \
    2u /* opcode, body; a CLOSE frame has close_code, and the connection is over after it */
#define VENUE_OUT_CLOSE 3u /* drop the connection now, without a word */

#define VENUE_OUT_HEADERS 8

struct venue_output {
    uint64_t conn;
    uint32_t kind;
    int64_t due_ns;
    uint32_t status;
    const char *content_type;
    struct venue_header headers[VENUE_OUT_HEADERS]; /* beside content-type and content-length */
    size_t header_count;
    const char *body; /* NUL behind its end */
    size_t body_len;  /* what Content-Length announces */
    size_t send_len;  /* what really leaves; < body_len: then the connection is dropped */
    uint32_t opcode;
    uint32_t close_code;
};

/* True and the oldest output due at now_ns; its pointers live until the next call into the venue. */
bool venue_poll(struct venue *v, int64_t now_ns, struct venue_output *ret_output);

/* ---- practising a bad day ---- */

/* The JSON of POST /_fault. docs/venue.md lists the kinds. */
int venue_fault(struct venue *v, int64_t now_ns, const char *json);

/* GET /_ledger: what the venue holds to be true. The text lives until the next call into the venue. */
const char *venue_ledger(struct venue *v);

#endif
