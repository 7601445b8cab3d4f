/* Exchange adapters: bytes in, events out; questions in, requests out.
 *
 *        core                          adapter                         host (net)
 *     "submit this order" --encode_submit--> fills a request ---------> checks, sends
 *                          <--emit(events)-- on_answer / on_frame <---- bytes of the venue
 *
 * An adapter owns no socket, no thread, no clock and sends nothing. It translates: an order into the bytes of a request, and
 * the bytes of answers and frames into events. That is why it can be tested with a table of bytes, and why no order can leave
 * without having walked the order path: the only way to the trade class of a request is to be the return of encode_submit or
 * encode_replace, which only the last station of the path calls.
 *
 * Life of an instance:
 *
 *     create [main] -> start [trade] -> (encode_*, on_*) ... -> stop [trade] -> destroy [main]
 *
 *   create   read options, allocate, no requests.
 *   start    ask for what it needs (streams); the core itself asks encode_time, encode_instruments, encode_account ...
 *   stop     streams are closed, outstanding requests complete with NOT_SENT or IN_DOUBT, then nothing is called any more.
 *
 * Requests are described by the endpoint table, so that class, cost and resend safety are declared once, visible to the loader
 * and to `sofia plugin describe`, and enforced by the host:
 *
 *   class       may be asked for by                       kill switch            budget
 *   PUBLIC      adapter (host->request), core             -                      general
 *   READ        adapter, core                             -                      general (recovery may use the reserve)
 *   TRADE       order path only (encode_submit, _replace) checked at the last    never the reserve
 *                                                          byte before sending
 *   CANCEL      order path, kill switch, recovery         never stopped          may use the reserve
 *
 * A request that is not resend-safe must carry its parameters in a non-empty body: HTTP libraries silently repeat requests
 * without one when a kept-alive connection turns out dead, which for an order means two orders.
 *
 * Method LOCAL is for what an adapter answers itself: an exchange for practice, a simulation. The request walks every station a
 * request of the network walks (class, body, budget, journal, the last look at the kill switch); then, instead of leaving, it is
 * answered with outcome OK, http_status 0 and its own body as the body, later and never inside the call that sent it. What the
 * engine's stop overtakes is NOT_SENT. All of such a request is body, without secrets; its origin and the transport's flags mean
 * nothing. An adapter whose orders are LOCAL takes orders while a stream of purpose MARKET is up.
 *
 * Answers. on_answer must say what became of the request; silence means in doubt. For an order request the verdict decides:
 *
 *   ACCEPTED   the venue has it. Emit a REPORT (and FILLs if the answer has them) as well.
 *   REJECTED   the venue refused: it never lived. `reason` and `code` are shown to people.
 *   NOT_SENT   no byte reached the venue, or the venue says so for certain (a request it did not look at).
 *   IN_DOUBT   anything else. Time-outs, 5xx, torn bodies, unknown codes. When you do not know, say this.
 *
 * Owner: request and answer structs belong to the core and are valid during the call. Errors: a negative return of encode_*
 * denies the order with the reason the adapter logged; a negative return of on_* is counted, named and treated as IN_DOUBT.
 */
#ifndef SOFIA_EXCHANGE_H
#define SOFIA_EXCHANGE_H

#include <sofia/abi.h>
#include <sofia/event.h>
#include <sofia/host.h>
#include <sofia/order.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the descriptor ---- */

#define SOFIA_CLASS_PUBLIC 1u
#define SOFIA_CLASS_READ 2u
#define SOFIA_CLASS_TRADE 3u
#define SOFIA_CLASS_CANCEL 4u

#define SOFIA_ENDPOINT_RESEND_SAFE 1u /* may be repeated by the transport without harm */
#define SOFIA_ENDPOINT_STREAMED 2u    /* the body arrives in pieces (on_piece), never whole */
#define SOFIA_ENDPOINT_WARM                                                                        \
    4u /* a cheap PUBLIC GET without parameters: the host may send it, and books it, to keep the
                                         connections on which orders leave open */

/* Scope of a budget: who shares it. */
#define SOFIA_SCOPE_IP 1u
#define SOFIA_SCOPE_KEY 2u
#define SOFIA_SCOPE_ACCOUNT 3u
#define SOFIA_SCOPE_ACCOUNT_SYMBOL                                                                 \
    4u /* one bucket for each (account, budget_symbol of the request); not charged without one */

/* How a budget refills. */
#define SOFIA_BUCKET_WINDOW 1u /* fixed windows aligned to the venue's clock */
#define SOFIA_BUCKET_DECAY 2u  /* refills continuously: limit per window_ns */

struct sofia_bucket {
    uint32_t size;
    uint32_t scope;
    uint32_t kind;
    uint32_t reserve_percent; /* kept for cancels and recovery */
    uint64_t limit;           /* until a USAGE event says otherwise */
    int64_t window_ns;
    const char *name; /* "weight-1m" */
};

#define SOFIA_ENDPOINT_CHARGES 3
struct sofia_charge {
    uint32_t bucket; /* index + 1; 0: none */
    uint32_t amount;
};
struct sofia_endpoint {
    uint32_t size;
    uint32_t class_; /* SOFIA_CLASS_... */
    uint32_t flags;
    uint32_t origin;    /* index in origins */
    const char *method; /* "GET" "POST" "DELETE" "PUT"; "WS" for a message on a stream; "LOCAL" */
    const char *
        path; /* "/api/v3/order"; for WS and LOCAL the operation's name, which the message must contain */
    struct sofia_charge charges[SOFIA_ENDPOINT_CHARGES];
};

/* Where a venue lives, one row per service ("rest", "stream"). The URL of each is told by the callback origin_url, because it
 * usually follows from another option (live or test network) unless the configuration names it outright. */
struct sofia_origin {
    uint32_t size;
    uint32_t reserved;
    const char *name;
};

#define SOFIA_EXCHANGE_AMEND 1u          /* has encode_replace */
#define SOFIA_EXCHANGE_DEAD_MAN 2u       /* the venue can cancel when we fall silent */
#define SOFIA_EXCHANGE_PROVES_ABSENCE 4u /* after accept_window a query's "unknown" is proof */

/* ---- requests ---- */

#define SOFIA_PART_QUERY 1u
#define SOFIA_PART_HEADER 2u /* whole lines "Name: value", separated by '\n' */
#define SOFIA_PART_BODY 3u   /* HTTP body, or the message on a stream */

#define SOFIA_REQUEST_SEGMENTS 12
#define SOFIA_REQUEST_BYTES 2048

/* A piece of the request: bytes [offset, offset + len) of `bytes`, or the text of a secret that only the host can see. */
struct sofia_segment {
    uint32_t part;
    uint32_t offset;
    uint32_t len;
    uint32_t reserved;
    sofia_handle secret; /* not 0: the secret's text instead of bytes */
};

struct sofia_request {
    uint32_t size;
    uint32_t endpoint; /* index in endpoints */
    uint32_t segment_count;
    uint32_t used;       /* of bytes */
    uint32_t lane;       /* requests of one lane (not 0) are sent strictly one after the other */
    uint32_t timeout_ms; /* 0: the host's default */
    uint32_t weight;     /* 0: the endpoint's; else the amount for charges[0] */
    uint32_t reserved;
    sofia_handle stream; /* for method WS */
    uint64_t cookie;     /* returned in the answer */
    int64_t
        accept_until_ns; /* venue's clock: after it the venue will not accept this request any more; 0: never ends */
    char budget_symbol[SOFIA_NAME_SIZE]; /* which bucket of SOFIA_SCOPE_ACCOUNT_SYMBOL; "": none */
    struct sofia_segment segments[SOFIA_REQUEST_SEGMENTS];
    char bytes[SOFIA_REQUEST_BYTES];
};

/* ---- answers ---- */

#define SOFIA_ANSWER_OK 1u       /* an HTTP status and a whole body, or a message on a stream */
#define SOFIA_ANSWER_NOT_SENT 2u /* certain: not one byte left */
#define SOFIA_ANSWER_IN_DOUBT 3u

struct sofia_answer {
    uint32_t size;
    uint32_t endpoint;
    uint32_t outcome; /* SOFIA_ANSWER_... */
    uint32_t http_status;
    uint64_t request_id;
    uint64_t cookie;
    uint64_t order_id; /* order requests: whose. 0 otherwise */
    int64_t sent_ns;
    int64_t recv_ns;
    const char *headers; /* raw lines */
    size_t headers_len;
    const char *body;
    size_t body_len;
    const char *text; /* NOT_SENT, IN_DOUBT: why, in words */
};

#define SOFIA_VERDICT_ACCEPTED 1u
#define SOFIA_VERDICT_REJECTED 2u
#define SOFIA_VERDICT_NOT_SENT 3u
#define SOFIA_VERDICT_IN_DOUBT 4u

/* What should be done besides (one of). */
#define SOFIA_ACTION_NONE 0u
#define SOFIA_ACTION_RETRY                                                                         \
    1u /* the same intent may be tried again after retry_after_ms, only with NOT_SENT or REJECTED */
#define SOFIA_ACTION_RECONCILE 2u /* the account's picture may be wrong: read it again */
#define SOFIA_ACTION_RESYNC_CLOCK                                                                  \
    3u /* refused because of our time stamp: sample the clock, then retry once */
#define SOFIA_ACTION_BACK_OFF 4u /* a limit: nothing new before retry_after_ms */
#define SOFIA_ACTION_FATAL 5u    /* key or permission: stop trading on this account and say so */
#define SOFIA_ACTION_REFRESH 6u  /* instrument rules changed: read them again */
#define SOFIA_ACTION_ADOPT 7u    /* the venue says this client id already lives: query it */
#define SOFIA_ACTION_GONE 8u /* cancel: the venue does not know the order (any more): query it */

struct sofia_result {
    uint32_t size;
    uint32_t verdict;
    uint32_t action;
    uint32_t retry_after_ms;
    int32_t venue_code;
    uint32_t reserved;
    char reason[SOFIA_REASON_SIZE];
};

/* Which trades to list: of one order (venue_order_id set), or of an instrument from an id or time on. */
struct sofia_trades_query {
    uint32_t size;
    uint32_t reserved;
    uint64_t order_id;
    int64_t since_ns; /* 0: not given */
    char venue_symbol[SOFIA_NAME_SIZE];
    char venue_order_id[SOFIA_VENUE_ID_SIZE];
    char from[SOFIA_FILL_ID_SIZE]; /* "" or the `next` of the last page */
};

#define SOFIA_STREAM_UP 1u
#define SOFIA_STREAM_LOST 2u
/* A second connection of a stream with max_age_ms is up beside the one in use, so that nothing is missed when the venue ends the old
 * one by its age. Frames of both arrive, each with its own generation; requests on the stream go to the new one. Subscribe there, and
 * call host->exchange->stream_switch when it tells all the old one tells. LOST with the successor's generation: forget it, another
 * will come. Should the old one die first, LOST and then UP are told as ever. */
#define SOFIA_STREAM_SUCCESSOR 3u

/* ---- the callbacks ---- */

struct sofia_exchange {
    uint32_t size;
    uint32_t features; /* SOFIA_EXCHANGE_... */
    const struct sofia_origin *origins;
    const struct sofia_bucket *buckets;
    const struct sofia_endpoint *endpoints;
    uint32_t origin_count;
    uint32_t bucket_count;
    uint32_t endpoint_count;
    uint32_t reserved;

    /* [main] created */
    int (*create)(const struct sofia_host *host, void **ret_self);
    /* [trade] created -> started */
    int (*start)(void *self);
    /* [trade] started -> stopped */
    void (*stop)(void *self);
    /* [main] stopped; self may be NULL */
    void (*destroy)(void *self);

    /* [trade] started. Class TRADE: fill the request from the order. The order's client_id is the identity at the venue. */
    int (*encode_submit)(void *self, const struct sofia_order *order,
                         struct sofia_request *request);
    /* [trade] started. Class TRADE; NULL: the venue changes no orders. `original` lives at the venue (its venue_id is known) and is what
     * it was last told to be; `order` is the replacement: the same side, type and time in force with another quantity, another price
     * or both, and a client_id of its own, to be used if the venue takes a new one. order->qty is the total the order shall
     * have, order->filled_qty of it is filled already. ENOTSUP: not this change of this order (the reason goes to the log).
     *
     * What the answer means:
     *   ACCEPTED   it took effect. If the venue made a new order of it: emit its REPORT (its own venue_id, the replacement's client_id;
     *              filled_qty counts from 0) and the REPORT of the original's end. If it changed the order that was there, a
     *              REPORT with the original's venue_id may be emitted; without any report the core takes it to be so.
     *   REJECTED, NOT_SENT   the original lives on, unless its own REPORT, emitted with this answer, says otherwise.
     *   IN_DOUBT   as ever. The core asks encode_query of both, by the ids it knows; the answer's qty and price tell which of them lives,
     *              so reports of resting orders must show both. It is never sent again.
     * An answer that only says "taken, the result follows on the stream" is ACCEPTED only if nothing can refuse it any more; else
     * say IN_DOUBT, and the stream or a query settles it. */
    int (*encode_replace)(void *self, const struct sofia_order *original,
                          const struct sofia_order *order, struct sofia_request *request);
    /* [trade] started. Class CANCEL. order->cancel_id is the cancel's own id. */
    int (*encode_cancel)(void *self, const struct sofia_order *order,
                         struct sofia_request *request);
    /* [trade] started. Class CANCEL: everything of this account on the symbol. ENOTSUP: one by one instead. */
    int (*encode_cancel_all)(void *self, const char *venue_symbol, struct sofia_request *request);

    /* [trade] started. Class READ or PUBLIC. An order without venue_id is asked for by client_id. The answers are events, closed by a SYNC event of the matching kind. */
    int (*encode_query)(void *self, const struct sofia_order *order, struct sofia_request *request);
    int (*encode_open_orders)(void *self, const char *venue_symbol,
                              struct sofia_request *request); /* "": all */
    int (*encode_account)(void *self, struct sofia_request *request);
    int (*encode_trades)(void *self, const struct sofia_trades_query *query,
                         struct sofia_request *request);
    int (*encode_time)(void *self, struct sofia_request *request);
    int (*encode_instruments)(void *self, struct sofia_request *request);

    /* [trade] started. Exactly once for every request sent, also after a failure. Must fill ret_result. */
    int (*on_answer)(void *self, const struct sofia_answer *answer,
                     struct sofia_result *ret_result);
    /* [trade] started. Pieces of the body of a STREAMED endpoint, before its on_answer (which then has no body). NULL if none. */
    int (*on_piece)(void *self, const struct sofia_answer *answer, const char *bytes, size_t len);

    /* [trade] started. A stream came up (subscribe now), was lost, or has a successor. */
    void (*on_stream)(void *self, sofia_handle stream, uint64_t cookie, uint32_t state,
                      uint32_t generation);
    /* [trade] started. One whole message. */
    int (*on_frame)(void *self, sofia_handle stream, uint64_t cookie, uint32_t generation,
                    const char *bytes, size_t len);
    /* [trade] started. */
    void (*on_timer)(void *self, uint64_t cookie);

    /* [trade] started. Market data of this instrument is wanted (1) or not any more (0). */
    int (*subscribe)(void *self, uint32_t instrument, const char *venue_symbol, uint32_t wanted);
    /* [trade] started. The core lost events of this book (queue overflow): emit a fresh snapshot. */
    int (*resync)(void *self, uint32_t instrument);

    /* [main] created. The base URL of origins[origin]: "scheme://host[:port][/prefix]" without a slash at the end; endpoint and
     * stream paths are appended to it. Plain configuration decides, so that a loopback venue or a test network needs no code.
     * Asked once per origin after create and the same for the life of the instance. The core refuses anything but https and
     * wss unless the host is a loopback address. ENOENT: no such origin. */
    int (*origin_url)(void *self, uint32_t origin, char *buf, size_t cap);

    /* [trade] started. Class CANCEL; NULL without SOFIA_EXCHANGE_DEAD_MAN. "Cancel everything of this account unless you hear
     * this again within timeout_s seconds"; 0: never mind. The core repeats it well before the time is over, for accounts that
     * it owns exclusively, and takes it back when it stops. */
    int (*encode_dead_man)(void *self, uint32_t timeout_s, struct sofia_request *request);
};

#ifdef __cplusplus
}
#endif
#endif
