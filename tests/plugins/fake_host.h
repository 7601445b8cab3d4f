/* A host small enough to hold in one hand, for the unit tests of plugins: it loads the real .so,
 * gives it options, a clock, a book and instruments, and writes down everything the plugin asks
 * for.
 *
 *     test --fake_option, book, clock--> fake_host <--host calls-- plugin.so
 *          <------- posts, logs, pages -----'
 *
 * It judges nothing and calls back nothing: what an order becomes is told to the plugin by the
 * test, event by event.
 *
 * Owner: the test. Thread: one.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <stdarg.h>

#include <sofia/host.h>
#include <sofia/module.h>

#define FAKE_OPTIONS 32
#define FAKE_INSTRUMENTS 4
#define FAKE_POSTS 256
#define FAKE_ORDERS 256

enum fake_post_kind {
    FAKE_POST_INVALID = 0,
    FAKE_POST_SUBMIT,
    FAKE_POST_CANCEL,
    FAKE_POST_CANCEL_ALL,
    FAKE_POST_TIMER
};

struct fake_post {
    enum fake_post_kind kind;
    uint64_t order_id;          /* SUBMIT, CANCEL */
    struct sofia_intent intent; /* SUBMIT */
    uint32_t instrument;        /* CANCEL_ALL */
    int64_t delay_ns;           /* TIMER */
    uint64_t cookie;            /* TIMER */
};

struct fake_host {
    struct sofia_host host; /* first: impl points back here */
    struct sofia_host_strategy strategy;
    struct sofia_host_sink sink;
    const struct sofia_module *module;
    struct {
        const char *name;
        const char *text;
    } options[FAKE_OPTIONS];
    uint32_t option_count;
    int64_t now_ns;
    int64_t mono_ns;

    struct sofia_instrument instruments[FAKE_INSTRUMENTS]; /* number = index + 1 */
    uint32_t instrument_count;
    struct sofia_top top;
    struct sofia_position position;
    struct sofia_order orders[FAKE_ORDERS]; /* what the views order and open_orders show */
    uint32_t order_count;

    struct fake_post posts[FAKE_POSTS];
    uint32_t post_count;
    uint64_t next_order_id;
    int submit_status; /* what the next submits answer */

    const char *state_dir;
    void (*metrics)(void *source, sofia_metric_visit_fn visit, void *ctx);
    void *metrics_source;
    char *page; /* last page_put; the fake's */
    size_t page_len;
    char page_name[32];
    char page_type[96];
    int page_status; /* what page_put answers */

    uint32_t log_count;
    uint32_t log_level; /* of the last */
    char log_text[512];
};

/* Loads <name>.so from <build>/plugins; the test fails when that does not work. */
const struct sofia_module *fake_module_load(const char *name);

void fake_host_init(struct fake_host *fake, const struct sofia_module *module);
void fake_host_release(struct fake_host *fake);

/* Texts as in YAML; lists and rows: items separated by ';', cells of a row by ',' in the order of
 * its columns. */
void fake_option(struct fake_host *fake, const char *name, const char *text);
uint32_t fake_instrument(struct fake_host *fake, const char *name, const char *tick,
                         const char *lot);
void fake_top(struct fake_host *fake, const char *bid, const char *ask); /* "" for an empty side */
void fake_advance(struct fake_host *fake, int64_t delta_ns);
void fake_forget_posts(struct fake_host *fake);

/* The n-th post of a kind, counted from 0; NULL: there are fewer. */
const struct fake_post *fake_post(const struct fake_host *fake, enum fake_post_kind kind,
                                  uint32_t n);
uint32_t fake_post_total(const struct fake_host *fake, enum fake_post_kind kind);

struct sofia_decimal fake_decimal(const char *text); /* "" is absent */
struct sofia_wide fake_wide(const char *text);

#endif
