/* Sinks: one thread each, fed from the journal by cursor and from a lossy ring of market data.
 *
 *     journal (synced records) --cursor--> own fold --event_from_record--> batch --on_events--> plugin
 *     trade thread --ring (newest kept as long as there is room, drops counted)--------------->
 *
 * A sink thread keeps its own fold of the journal, so that an event carries the order as it was at that record, however far the
 * sink lags. The cursor of the last accepted batch is kept in <state>/sinks/<name>.cursor; after a restart the sink goes on from
 * there: at least once, in order. A batch that fails is offered again, with backoff.
 *
 * Owner: the engine. Thread: new, start, stop, free main; offer trade; the rest the sink's own.
 */
#ifndef PUBLISH_SINK_H
#define PUBLISH_SINK_H

#include <stdint.h>

#include <sofia/sink.h>

#include "plugin/instance.h"

struct sink;
struct journal;
struct metrics;

struct sink_config {
    const struct journal *journal;
    const char *state_dir;
    struct clock *clock;
    /* [sink] Visits every metric; see sofia_host_sink.metrics. */
    int (*metrics)(void *ctx, sofia_metric_visit_fn visit, void *visit_ctx);
    void *ctx;
};

int sink_new(const struct sink_config *config, uint32_t number, const char *name,
             const struct module *module, const struct config_bound *options,
             struct sink **ret_sink);
struct sink *sink_free(struct sink *sink);
int sink_start(struct sink *sink);
void sink_stop(struct sink *sink); /* delivers what is synced, flushes, joins */

struct instance *sink_instance(struct sink *sink);

/* [trade] A market or channel event; dropped and counted when the ring is full. */
void sink_offer(struct sink *sink, const struct sofia_event *event);

/* [any] Records behind the journal, and market events dropped. */
uint64_t sink_cursor(const struct sink *sink);
uint64_t sink_dropped(struct sink *sink);

/* [any] The page this sink published under the name; ERR_NOT_FOUND. The caller frees the bytes. */
int sink_page(struct sink *sink, const char *name, char **ret_bytes, size_t *ret_len,
              char ret_type[128]);

#endif
