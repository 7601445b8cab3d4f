/* One order after the other from a whole engine to a venue over the network: intent to booked answer.
 *
 *     bench_order URL CA|- PLUGINS ORDERS
 *
 * The real transport, risk rules, kill switch, gate, journal and the user data stream; the persist thread runs beside, as in
 * `sofia run`. An order is over when the venue's HTTP answer has been booked and the order is done.
 * With bench_count.so preloaded it prints allocations and sends instead of times.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "count.h"
#include "rig.h"
#include "samples.h"

#define WARM 200
#define ANSWER_NS (INT64_C(5) * CLOCK_NS_PER_S)

struct counter {
    count_begin_fn begin; /* NULL: not preloaded */
    count_end_fn end;
    struct counts sum;
};

static void find_counter(struct counter *counter)
{
    void *begin = dlsym(RTLD_DEFAULT, "count_begin");
    void *end = dlsym(RTLD_DEFAULT, "count_end");
    memset(counter, 0, sizeof(*counter));
    if (begin != NULL && end != NULL) { /* the detour, because ISO C knows no such cast */
        memcpy(&counter->begin, &begin, sizeof(begin));
        memcpy(&counter->end, &end, sizeof(end));
    }
}

static void count_begin_if(const struct counter *counter)
{
    if (counter->begin != NULL) {
        counter->begin();
    }
}

static void count_end_if(struct counter *counter)
{
    struct counts one;
    if (counter->end == NULL) {
        return;
    }
    counter->end(&one);
    counter->sum.engine_to_send += one.engine_to_send;
    counter->sum.library_to_send += one.library_to_send;
    counter->sum.engine += one.engine;
    counter->sum.library += one.library;
    counter->sum.sends += one.sends;
    counter->sum.sent_bytes += one.sent_bytes;
}

/* The answer has been booked, and nothing about the order is open. */
static bool is_over(const struct path *path, uint64_t order_id, uint64_t accepted)
{
    const struct order *order = state_order(path->state, order_id);
    return path->counts.accepted == accepted &&
           (order == NULL || SOFIA_STATE_IS_TERMINAL(order->base_state));
}

static void one_order(struct rig *rig, const struct command *command, struct counter *counter,
                      struct samples *handed, struct samples *answered)
{
    const struct path *path = engine_path(rig->engine);
    uint64_t accepted = path->counts.accepted + 1;
    struct command_reply reply;
    memset(&reply, 0, sizeof(reply));
    count_begin_if(counter);
    int64_t before = bench_now_ns();
    engine_command(rig->engine, command, &reply);
    samples_add(handed, bench_now_ns() - before);
    if (reply.status != 0 || reply.code[0] != '\0') {
        bench_fail("order refused: %s %s", reply.code, reply.text);
    }
    while (!is_over(path, reply.order_id, accepted)) {
        rig_turn(rig, 100);
        if (bench_now_ns() - before > ANSWER_NS) {
            bench_fail("no answer about order %" PRIu64, reply.order_id);
        }
    }
    samples_add(answered, bench_now_ns() - before);
    count_end_if(counter);
}

static void print_counts(const struct counter *counter, size_t orders)
{
    const struct counts *sum = &counter->sum;
    uint64_t n = orders;
    /* hundredths, because a mean of 3 may be a mean of 2.96 */
    printf(",\"engine_allocs_to_send_x100\":%" PRIu64 ",\"library_allocs_to_send_x100\":%" PRIu64
           ",\"engine_allocs_x100\":%" PRIu64 ",\"library_allocs_x100\":%" PRIu64
           ",\"sends_x100\":%" PRIu64 ",\"sent_bytes\":%" PRIu64,
           sum->engine_to_send * 100 / n, sum->library_to_send * 100 / n, sum->engine * 100 / n,
           sum->library * 100 / n, sum->sends * 100 / n, sum->sent_bytes / n);
}

int main(int argc, char **argv)
{
    struct rig rig;
    struct samples handed;
    struct samples answered;
    struct counter counter;
    struct command command = {.kind = COMMAND_SUBMIT, .author = "bench"};
    if (argc != 5) {
        bench_fail("usage: bench_order URL CA|- PLUGINS ORDERS");
    }
    size_t orders = bench_number(argv[4], 100000);
    struct rig_options options = {.venue_url = argv[1],
                                  .ca_file = strcmp(argv[2], "-") == 0 ? NULL : argv[2],
                                  .trading_mode = "live",
                                  .plugins = argv[3],
                                  .rules = 1};
    find_counter(&counter);
    samples_init(&handed, orders);
    samples_init(&answered, orders);
    int64_t started = bench_now_ns();
    rig_start(&rig, &options);
    int64_t ready_ns = bench_now_ns() - started;
    rig_persist_start(&rig);
    rig_order(&command.order);
    for (size_t i = 0; i < WARM; i++) {
        one_order(&rig, &command, &counter, &handed, &answered);
    }
    handed.count = 0;
    answered.count = 0;
    memset(&counter.sum, 0, sizeof(counter.sum));
    int64_t cpu_ns = bench_cpu_ns();
    int64_t trade_ns = bench_thread_cpu_ns();
    for (size_t i = 0; i < orders; i++) {
        one_order(&rig, &command, &counter, &handed, &answered);
    }
    trade_ns = bench_thread_cpu_ns() - trade_ns;
    cpu_ns = bench_cpu_ns() - cpu_ns;
    printf("{\"bench\":\"%s\",\"client\":\"sofia\",\"orders\":%zu",
           counter.begin != NULL ? "counts" : "order", orders);
    if (counter.begin != NULL) {
        print_counts(&counter, orders);
    } else {
        samples_print(&answered, "order");
        samples_print(&handed, "handed");
        printf(",\"cpu_ns\":%" PRId64 ",\"trade_cpu_ns\":%" PRId64, cpu_ns / (int64_t)orders,
               trade_ns / (int64_t)orders);
    }
    printf(",\"rss_kib\":%" PRId64 ",\"ready_ns\":%" PRId64 "}\n", bench_rss_kib(), ready_ns);
    rig_stop(&rig);
    samples_release(&handed);
    samples_release(&answered);
    return 0;
}
