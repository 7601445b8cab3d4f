/* How long the engine takes to decide: intents through the order path of a whole engine in shadow mode.
 *
 *     bench_decision URL CA|- PLUGINS ORDERS
 *
 * Two rows, each with eight risk plugins, kill switch and gate. "walk": the stations alone (a dry run). "admit": the same and
 * the order exists afterwards: intent and outcome in the journal, state and metrics updated, the row in the order table.
 * What the other threads do with it (disk, SQLite) is done between the measurements.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "rig.h"
#include "samples.h"

#define RULES 8
#define TURN_EVERY 128 /* a turn makes room for 256 orders */

static struct admit_request request_of(struct rig *rig)
{
    struct admit_request request = {.origin = SOFIA_ORIGIN_OPERATOR};
    struct command_order order;
    rig_order(&order);
    request.intent = (struct sofia_intent){.size = sizeof(request.intent),
                                           .instrument = rig_instrument(rig),
                                           .side = order.side,
                                           .type = order.type,
                                           .tif = order.tif,
                                           .qty = order.qty,
                                           .price = order.price,
                                           .quote_qty = sofia_decimal_absent(),
                                           .stop_price = sofia_decimal_absent()};
    return request;
}

static void run(struct rig *rig, size_t orders, bool dry_run, struct samples *samples)
{
    struct path *path = engine_path(rig->engine);
    struct admit_request request = request_of(rig);
    struct admit_result result;
    request.dry_run = dry_run;
    for (size_t i = 0; i < orders; i++) {
        int64_t before = bench_now_ns();
        int rc = order_admit(path, &request, &result);
        samples_add(samples, bench_now_ns() - before);
        if (rc != 0 || result.state != SOFIA_STATE_SHADOW) {
            bench_fail("order %zu: %s", i, rc != 0 ? error_message() : result.verdict.reason);
        }
        if (i % TURN_EVERY == TURN_EVERY - 1) {
            rig_turn(rig, 0);
            rig_persist(rig);
        }
    }
}

static void measure(struct rig *rig, size_t orders, bool dry_run, struct samples *samples)
{
    run(rig, orders / 10 + 1, dry_run, samples); /* warm */
    samples->count = 0;
    run(rig, orders, dry_run, samples);
}

int main(int argc, char **argv)
{
    struct rig rig;
    struct samples walk;
    struct samples admit;
    if (argc != 5) {
        bench_fail("usage: bench_decision URL CA|- PLUGINS ORDERS");
    }
    size_t orders = bench_number(argv[4], 1000000);
    struct rig_options options = {.venue_url = argv[1],
                                  .ca_file = strcmp(argv[2], "-") == 0 ? NULL : argv[2],
                                  .trading_mode = "shadow",
                                  .plugins = argv[3],
                                  .rules = RULES};
    samples_init(&walk, orders);
    samples_init(&admit, orders);
    rig_start(&rig, &options);
    measure(&rig, orders, true, &walk);
    int64_t rss_before = bench_rss_kib();
    measure(&rig, orders, false, &admit);
    int64_t rss_after = bench_rss_kib();
    uint64_t shadowed = engine_path(rig.engine)->counts.shadowed;
    if (shadowed < orders) {
        bench_fail("%" PRIu64 " of %zu orders were recorded", shadowed, orders);
    }
    printf("{\"bench\":\"decision\",\"client\":\"sofia\",\"orders\":%zu,\"rules\":%d", orders,
           RULES);
    samples_print(&walk, "walk");
    samples_print(&admit, "admit");
    printf(",\"rss_kib\":%" PRId64 ",\"rss_growth_kib\":%" PRId64 "}\n", rss_after,
           rss_after - rss_before);
    rig_stop(&rig);
    samples_release(&walk);
    samples_release(&admit);
    return 0;
}
