/* What goes wrong on command. A fault is a kind, a match, a frequency and parameters (docs/venue.md lists them):
 *
 *     {"kind":"timeout","match":{"method":"POST","path":"/api/v3/order"},"count":2,"execute":true,"ms":10000}
 *
 * Frequency: "count":n (the next n matches; the default is 1), "every":n (each n-th match), "probability":"0.01" (of the
 * seed). Some kinds act at once and have no frequency (clock, symbol, disconnect, …).
 *
 * Owner: struct venue. Thread: the caller's.
 */
#ifndef SOFIA_VENUE_FAULTS_FAULTS_H
#define SOFIA_VENUE_FAULTS_FAULTS_H

#include "../inside.h"

enum vn_fault_kind {
    VN_FAULT_INVALID = 0,
    /* on a request */
    VN_FAULT_DELAY,        /* the reply comes ms later */
    VN_FAULT_SLOW,         /* the request is executed ms later */
    VN_FAULT_DROP_BEFORE,  /* connection dropped, nothing executed */
    VN_FAULT_DROP_AFTER,   /* executed, connection dropped */
    VN_FAULT_NO_REPLY,     /* executed, no answer, connection stays */
    VN_FAULT_ERROR,        /* status, code, message as JSON; execute or not */
    VN_FAULT_HTML,         /* status and an HTML page; execute or not */
    VN_FAULT_HALF_BODY,    /* executed, half of the reply, then dropped */
    VN_FAULT_TIMEOUT,      /* -1007 after ms; execute or not */
    VN_FAULT_RATE_LIMIT,   /* 429 or 418 with Retry-After; not executed */
    VN_FAULT_STALE,        /* GET depth answers with the book of the moment of the command */
    VN_FAULT_EXTRA_FIELD,  /* a field nobody knows in the reply or report */
    VN_FAULT_UNKNOWN_ENUM, /* a status, filter, event nobody knows */
    /* on an event */
    VN_FAULT_MUTE_USER,   /* user events vanish, the connection lives */
    VN_FAULT_DUPLICATE,   /* an executionReport comes twice */
    VN_FAULT_REORDER,     /* an executionReport comes ms later, behind younger ones */
    VN_FAULT_MISSING,     /* an executionReport vanishes */
    VN_FAULT_DROP_MARKET, /* a market event vanishes: a depth gap */
    VN_FAULT_NO_PING,     /* no ping frames */
    /* at once */
    VN_FAULT_CLOCK,
    VN_FAULT_BAN,
    VN_FAULT_SHUTDOWN,
    VN_FAULT_DISCONNECT,
    VN_FAULT_SYMBOL,
    VN_FAULT_KEY,
    VN_FAULT_FEES,
    VN_FAULT_CLEAR,
    VN_FAULT_COUNT
};

/* The i-th word of a dialect's own list is a kind too. */
#define VN_FAULT_WORDS 64
#define VN_FAULT_KINDS (VN_FAULT_COUNT + VN_DIALECTS * VN_FAULT_WORDS)
#define VN_FAULT_OWN(dialect, i)                                                                   \
    ((enum vn_fault_kind)(VN_FAULT_COUNT + (dialect)*VN_FAULT_WORDS + (i)))

struct vn_fault {
    enum vn_fault_kind kind;
    char method[16];
    char path[128];
    int dialect; /* -1: all */
    char symbol[VN_NAME];
    int64_t left; /* matches to come, -1: no end */
    int64_t every;
    int64_t seen;
    int64_t ppm; /* probability in millionths, 0: always */
    int64_t ms;
    int64_t status;
    int64_t code;
    int64_t retry_after_s;
    bool execute;
    bool has_execute;
    char message[256];
    char **
        snapshots; /* STALE: per dialect and symbol, the book of that moment as the dialect prints it */
    struct vn_fault *next;
};

/* What the faults do to one request. */
struct vn_effect {
    const struct vn_fault
        *by[VN_FAULT_COUNT]; /* NULL: that kind does not apply; valid until the next request */
    bool any;
    bool execute; /* the request reaches the handler */
};

void vn_faults_request(struct venue *v, enum vn_dialect_id dialect, const char *method,
                       const char *path, struct vn_effect *ret_effect);

/* faults/wire.c. True: the request is held back or dropped, nothing more is to be done. */
bool vn_faults_before(struct venue *v, int64_t now_ns, const struct venue_request *request,
                      const struct vn_effect *effect);
/* Sends the reply as the faults want it; takes the item. */
void vn_faults_reply(struct venue *v, struct vn_item *item, const struct vn_effect *effect);

/* The fault of that kind that applies to this event, or NULL; counts it. symbol or name may be NULL. */
const struct vn_fault *vn_faults_event(struct venue *v, enum vn_dialect_id dialect,
                                       enum vn_fault_kind kind, const char *symbol);
const char *vn_fault_snapshot(const struct vn_fault *fault, enum vn_dialect_id dialect,
                              const struct vn_symbol *symbol);

/* kind is pending at all: lets busy paths skip the question. */
bool vn_faults_has(const struct venue *v, enum vn_fault_kind kind);

int vn_faults_command(struct venue *v, int64_t now_ns, const char *json, size_t len);
void vn_faults_print(const struct venue *v, struct vn_text *out);
void vn_faults_new(struct venue *v);
void vn_faults_free(struct venue *v);

/* faults/sudden.c: the kinds that act at once. */
bool vn_faults_is_now(enum vn_fault_kind kind); /* of the dialects' own kinds */
int vn_faults_act(struct venue *v, int64_t now_ns, const struct vn_fault *fault,
                  const struct vn_json *command);

#endif
