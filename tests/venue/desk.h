/* A venue on the test's desk: own clock, own keys, answers and frames collected by connection.
 * Owner: the test. Thread: the test's. */
#ifndef SOFIA_TESTS_VENUE_DESK_H
#define SOFIA_TESTS_VENUE_DESK_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

#include "venue/core/json.h"
#include "venue/core/random.h"
#include "venue/core/text.h"
#include "venue/venue.h"

#define DESK_START_NS 1767225600000000000 /* 2026-01-01 00:00:00 UTC: every window starts here */
#define MS 1000000LL
#define SECOND 1000000000LL

/* The sample key pair of the venue's own documentation. */
#define DOC_KEY "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
#define DOC_SECRET "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"

#define ED_PUBLIC_PEM                                                                              \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEAGUIKv9dSpWXBViXp2m6vAIb8QMFJYBgyFEQsFJlqgA0=\n"                               \
    "-----END PUBLIC KEY-----\n"
#define ED_PRIVATE_PEM                                                                             \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u\n"                           \
    "-----END PRIVATE KEY-----\n"

struct frame {
    uint64_t conn;
    uint32_t kind; /* VENUE_OUT_WS or VENUE_OUT_CLOSE */
    uint32_t opcode;
    uint32_t close_code;
    bool cut; /* the connection broke within it */
    char *text;
    struct frame *next;
};

struct answer {
    uint32_t kind; /* 0: nothing came; VENUE_OUT_HTTP; VENUE_OUT_CLOSE */
    uint32_t status;
    int code; /* of an error body, else 0 */
    char *body;
    size_t body_len;
    size_t send_len;
    char headers[512]; /* "name: value\n" */
    char content_type[64];
    int64_t at_ns;
};

struct desk {
    struct venue *v;
    int64_t now_ns;
    uint64_t next_conn;
    struct frame *frames;      /* oldest first */
    struct answer answers[64]; /* ring by connection */
    uint64_t ticket;           /* for client ids */
};

/* Two rich accounts, "alice" (key alice, secret sa) and "bob" (key bob, secret sb), the documentation's key on "doc",
 * an Ed25519 key "edkey" of alice, a read-only key "reader" of alice. No makers, no shuffling. */
struct venue_config desk_config(void);
void desk_open(struct desk *d, const struct venue_config *config); /* NULL: desk_config() */
void desk_close(struct desk *d);

void desk_pass(struct desk *d, int64_t ns); /* time goes by, outputs are collected */

/* One request; the answer that is there at once (kind 0: none yet). */
struct answer *desk_raw(struct desk *d, const char *method, const char *target, const char *key,
                        const char *body);
struct answer *desk_send(struct desk *d, const char *method, const char *target,
                         const struct venue_header *headers, size_t count, const char *body);
struct answer *desk_get(struct desk *d, const char *target); /* unsigned */
struct answer *desk_signed(struct desk *d, const char *who, const char *method, const char *path,
                           const char *params); /* timestamp and signature are added */
struct answer *desk_post_admin(struct desk *d, const char *target, const char *json);

/* POST /api/v3/order with these parameters; the answer must be 200. Returns the order id. */
uint64_t desk_place(struct desk *d, const char *who, const char *params);

/* The signature of a payload by one of the desk's keys, or by a secret. */
void desk_hmac(const char *secret, const char *payload, char ret_hex[65]);
const char *desk_secret(const char *who);

/* A member of a JSON text by a path such as "fills.0.price"; NULL if it is not there. Lives until the next call. */
const char *json_at(const char *text, const char *path);

uint64_t desk_ws(struct desk *d, const char *target);
void desk_ws_text(struct desk *d, uint64_t conn, const char *text);
/* The oldest text frame of a connection, taken off; NULL: none. The caller frees. */
char *desk_next(struct desk *d, uint64_t conn);
/* The next frame that contains a text; others are dropped. */
char *desk_find(struct desk *d, uint64_t conn, const char *text);
void desk_drop_frames(struct desk *d, uint64_t conn);
bool desk_is_closed(struct desk *d,
                    uint64_t conn); /* a close frame or a drop is among the frames */
/* A signed WebSocket API request {"id":id,"method":…,"params":{params + apiKey, timestamp, signature}}. */
void desk_ws_signed(struct desk *d, uint64_t conn, const char *who, const char *id,
                    const char *method, const char *params);
/* A connection with the user data of that account. */
uint64_t desk_user_stream(struct desk *d, const char *who);

/* One to four changes: a byte replaced, removed, doubled, or the end cut off. Never a NUL: C texts end there. The new
 * length. */
size_t desk_break(struct vn_random *r, char *text, size_t len, size_t cap);

#define REFUSED(got, want_status, want_code)                                                       \
    do {                                                                                           \
        const struct answer *a_ = (got);                                                           \
        cr_assert_eq(a_->status, (want_status), "status %u, body %s", a_->status, a_->body);       \
        cr_assert_eq(a_->code, (want_code), "code %d, body %s", a_->code, a_->body);               \
    } while (0)

#define ACCEPTED(got)                                                                              \
    do {                                                                                           \
        const struct answer *a_ = (got);                                                           \
        cr_assert_eq(a_->status, 200u, "status %u, body %s", a_->status, a_->body);                \
    } while (0)

#define MESSAGE(got, want) cr_assert_str_eq(json_at((got)->body, "msg"), (want))
#define IS(text, path, want)                                                                       \
    do {                                                                                           \
        const char *got_ = json_at((text), (path));                                                \
        cr_assert_not_null(got_, "no %s in %s", (path), (text));                                   \
        cr_assert_str_eq(got_, (want), "%s is %s in %s", (path), got_, (text));                    \
    } while (0)

#endif
