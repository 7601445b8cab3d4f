/* The core as the adapter sees it, small enough for a table of bytes: options, a clock that the test
 * moves, real signatures (OpenSSL), and a record of everything the adapter did.
 *
 *     test --on_answer, on_frame--> adapter --emit, request, timer, stream--> record --> test
 *
 * Nothing happens by itself: timers fire and streams come up when the test says so.
 *
 * Owner: the test. Thread: one. Errors: a test that overruns a table aborts.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <sofia/exchange.h>
#include <sofia/options.h>

#define FAKE_TIMERS 64
#define FAKE_REQUESTS 64
#define FAKE_OPTIONS 32
#define FAKE_KEY "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
#define FAKE_SECRET "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
#define FAKE_PKCS8 "MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u"
#define FAKE_VENUE_NOW_NS INT64_C(1767225600000999999) /* the fraction must be cut off */
#define FAKE_VENUE_NOW_MS INT64_C(1767225600000)

struct fake_option {
    const char *name;
    const char *text;
};

struct fake_timer {
    sofia_handle handle; /* 0: free */
    int64_t delay_ns;
    uint64_t cookie;
};

struct fake_host {
    struct sofia_host host;
    struct sofia_host_exchange exchange;
    const char *name; /* of the instance */
    const struct sofia_option *table;
    uint32_t table_count;
    struct fake_option options[FAKE_OPTIONS]; /* what the test set; else the default of the table */
    uint32_t option_count;

    int64_t mono_ns;
    int64_t venue_now_ns; /* 0: not known */
    uint32_t instruments; /* names that instrument_find has been asked for and knows */

    uint64_t nonce; /* the next one */

    struct sofia_event **events;
    uint32_t event_count;
    uint32_t event_cap;
    uint32_t emit_room; /* events that are still taken before EAGAIN */

    struct sofia_request requests[FAKE_REQUESTS];
    uint32_t request_count;
    int request_status;

    struct fake_timer timers[FAKE_TIMERS];
    sofia_handle next_handle;
    struct sofia_stream_open opened[4];
    uint32_t opened_count;
    uint32_t closed_count;
    uint32_t restart_count;
    uint32_t tokens; /* secrets that came from the venue */
    uint32_t tokens_dropped;
    char token[128]; /* text of the last one */
    uint32_t log_count;
    uint32_t log_level; /* of the last line */
    char log[512];
    char restart_reason[SOFIA_REASON_SIZE];
};

void fake_host_init(struct fake_host *fake, const char *name, const struct sofia_option *table,
                    uint32_t count);
void fake_host_release(struct fake_host *fake);
void fake_option(struct fake_host *fake, const char *name, const char *text);

/* Forgets events and requests; clock, timers, streams stay. */
void fake_clear(struct fake_host *fake);
/* The n-th event of a type since the last clear; NULL if there are not so many. */
const void *fake_event(const struct fake_host *fake, uint16_t type, uint32_t n);
uint32_t fake_count(const struct fake_host *fake, uint16_t type);
/* A request as text: the parts of one kind joined, secrets shown as <key>. */
const char *fake_part(const struct sofia_request *request, uint32_t part);
/* The timer with this cookie; NULL if none runs. */
const struct fake_timer *fake_timer_of(const struct fake_host *fake, uint64_t cookie);
/* Moves the clock by the delay of that timer, frees it and returns 1; 0: none runs. */
int fake_timer_fire(struct fake_host *fake, uint64_t cookie);

struct sofia_decimal dec(const char *text);
/* Canonical texts, in turn from a few static buffers. */
const char *text_of_decimal(struct sofia_decimal value);
const char *text_of_wide(struct sofia_wide value);

#endif
