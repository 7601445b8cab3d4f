/* Inside of an exchange instance. Private to plugin/exchange_*.c. */
#ifndef PLUGIN_EXCHANGE_IMPL_H
#define PLUGIN_EXCHANGE_IMPL_H

#include <sofia/kit/backoff.h>

#include "base/ring.h"
#include "keys/nonce.h"
#include "net/budget.h"
#include "net/net.h"
#include "net/offset.h"
#include "plugin/exchange.h"

#define EXCHANGE_ORIGINS 4
#define EXCHANGE_CALLS 128
#define EXCHANGE_STREAMS 8
#define EXCHANGE_TIMERS 32
#define EXCHANGE_BUCKETS 12
#define EXCHANGE_TICKERS 4096
#define EXCHANGE_SYMBOLS 128 /* with budgets of their own */
#define EXCHANGE_NONCES 2

/* One request between send and result. */
struct call_slot {
    struct exchange *exchange;
    bool busy;
    uint32_t generation;
    uint32_t endpoint;
    uint64_t request_id; /* handle: slot and generation */
    uint64_t net_request;
    uint64_t local_timer; /* method LOCAL: under way until it fires */
    uint32_t local_len;   /* of its body */
    struct exchange_call call;
    uint64_t adapter_cookie;
};

struct stream_slot {
    struct exchange *exchange;
    bool wanted;
    bool up;
    uint32_t generation;     /* of the handle */
    uint32_t net_generation; /* of the connection */
    uint64_t socket;         /* 0: none */
    uint64_t retry_timer;
    uint64_t age_timer;   /* the connection gets old */
    uint64_t next_socket; /* its successor; 0: none */
    uint32_t next_generation;
    bool next_up;
    int64_t last_frame_ns;
    struct sofia_stream_open open;
    struct sofia_backoff backoff;
};

struct timer_slot {
    struct exchange *exchange;
    bool busy;
    uint32_t generation;
    uint64_t net_timer;
    uint64_t cookie;
};

/* The buckets of SOFIA_SCOPE_ACCOUNT_SYMBOL of one symbol, in the order of the descriptor. */
struct symbol_buckets {
    char symbol[SOFIA_NAME_SIZE];
    uint32_t at[EXCHANGE_BUCKETS];
};

struct nonce_slot {
    sofia_handle key;
    struct nonce *nonce;
};

struct exchange {
    struct instance instance;
    const struct sofia_exchange *desc;
    struct net *net;
    struct exchange_owner owner;
    struct clock *running_clock;
    struct sofia_host_exchange host;
    bool started;
    uint32_t origins[EXCHANGE_ORIGINS];
    uint32_t buckets[EXCHANGE_BUCKETS]; /* in the shared book; those of a symbol below */
    uint64_t limits[EXCHANGE_BUCKETS];  /* as the venue told; 0: the descriptor's */
    int64_t windows_ns[EXCHANGE_BUCKETS];
    uint64_t reserves[EXCHANGE_BUCKETS];        /* our part of the computed reserve */
    uint32_t listing_amounts[EXCHANGE_BUCKETS]; /* what the last listing of open orders cost */
    struct symbol_buckets symbols[EXCHANGE_SYMBOLS];
    uint32_t symbol_count;
    struct budget *budgets;
    int64_t budget_wait_mono_ns; /* when asking again makes sense, after a refusal */
    struct offset offset;
    int64_t venue_never_before_ns; /* the venue's time as told never goes back */
    const char *nonce_dir;
    struct nonce_slot nonces[EXCHANGE_NONCES];
    struct call_slot calls[EXCHANGE_CALLS];
    char (*local_bodies)[SOFIA_REQUEST_BYTES]; /* by call slot; NULL without a LOCAL endpoint */
    struct stream_slot streams[EXCHANGE_STREAMS];
    struct timer_slot timers[EXCHANGE_TIMERS];
    struct ring urgent; /* reports, fills, balances, syncs, results */
    struct ring market; /* books, trades, channels, tickers that found no place to conflate */
    struct sofia_event_ticker *tickers; /* newest of an instrument, conflated; by instrument */
    uint32_t *fresh;                    /* instruments whose ticker is new */
    uint32_t fresh_count;
    bool lost_books;       /* the market ring overflowed: every book must be read again */
    uint32_t lost_account; /* events the urgent ring had no room for since the last drain */
    uint64_t event_seq;
    uint64_t sent[SOFIA_CLASS_CANCEL + 1];
};

/* What lies in the urgent ring besides plain events: the result of a call, behind the events that came with it. */
#define QUEUED_RESULT 0xffffu
struct queued_result {
    struct sofia_event head; /* type QUEUED_RESULT */
    struct exchange_call call;
    struct sofia_result result;
};

/* exchange_host.c */
void exchange_host_init(struct exchange *x);
void exchange_host_release(struct exchange *x);

/* exchange_check.c: 0, EXCHANGE_ERR_ENCODE (a mistake), ERR_DENIED (an attempt; the adapter is quarantined) */
int exchange_check_request(struct exchange *x, const struct sofia_request *request,
                           uint32_t class_);

/* exchange_send.c */
int exchange_dispatch(struct exchange *x, const struct sofia_request *request,
                      const struct exchange_call *call, uint64_t *ret_id);
void exchange_ws_sent(struct exchange *x, uint64_t token, enum net_outcome outcome);
void exchange_drop_calls(struct exchange *x);
/* Ends the call: the adapter hears the answer, the owner gets the result. */
void exchange_answer(struct call_slot *slot, uint32_t outcome, const char *body, size_t len,
                     const char *text);
/* The last look before an order leaves. ctx is the call slot. */
bool exchange_still_allowed(void *ctx);

/* exchange_local.c: requests that never leave the process */
bool exchange_is_local(const struct sofia_endpoint *endpoint);
int exchange_local_init(struct exchange *x);
void exchange_local_release(struct exchange *x);
int exchange_local_send(struct exchange *x, const struct sofia_request *request,
                        struct call_slot *slot);

/* exchange_budget.c: what a request costs and who pays */
int exchange_add_buckets(struct exchange *x);
/* charge books the request in its budgets, ask only looks; EXCHANGE_ERR_BUDGET. */
int exchange_charge(struct exchange *x, const struct sofia_request *request);
int exchange_ask_budget(struct exchange *x, const struct sofia_request *request);
/* Remembers what a listing of open orders costs. */
void exchange_note_listing(struct exchange *x, const struct sofia_request *request);
void exchange_give_back(struct exchange *x, const struct sofia_request *request);
void exchange_use_usage(struct exchange *x, const struct sofia_event_usage *usage);

/* exchange_stream.c */
int exchange_stream_add(struct exchange *x, const struct sofia_stream_open *open,
                        sofia_handle *ret_stream);
struct stream_slot *exchange_stream_find(struct exchange *x, sofia_handle handle);
void exchange_stream_drop(struct stream_slot *stream, bool wanted, const char *reason);
/* The successor takes over; ERR_NOT_FOUND: there is none. */
int exchange_stream_switch(struct stream_slot *stream);

/* exchange_queue.c */
int exchange_queue_init(struct exchange *x, uint32_t records);
void exchange_queue_release(struct exchange *x);
int exchange_queue_event(struct exchange *x, const struct sofia_event *event);
void exchange_queue_result(struct exchange *x, const struct exchange_call *call,
                           const struct sofia_result *result);

#define HANDLE_OF(slot, generation) (((uint64_t)(generation) << 32) | ((uint64_t)(slot) + 1))
#define HANDLE_SLOT(handle) ((uint32_t)((handle)&0xffffffffu) - 1)
#define HANDLE_GENERATION(handle) ((uint32_t)((handle) >> 32))

#endif
