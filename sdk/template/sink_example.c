/* A sink to start from: says once a minute how many fills there were.
 *
 * It shows what every sink has: interests, batches, ticks. A sink has a thread of its own and may
 * block. OK moves its cursor behind the batch; an error brings the same batch again. Batches come at
 * least once: what must not count twice is told apart by event->seq. */
#include <stdlib.h>

#include <sofia/kit/text.h>
#include <sofia/module.h>

struct example {
    const struct sofia_host *host;
    uint64_t last_seq;
    uint64_t fills;
};

static int create(const struct sofia_host *host, void **ret_self)
{
    struct example *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        return SOFIA_ENOMEM;
    }
    self->host = host;
    *ret_self = self;
    return SOFIA_OK;
}

static void destroy(void *self)
{
    free(self);
}

static int start(void *self)
{
    (void)self;
    return SOFIA_OK;
}

static void stop(void *self)
{
    (void)self;
}

static int on_events(void *self, const struct sofia_event *const *events, uint32_t count)
{
    struct example *example = self;

    for (uint32_t i = 0; i < count; i++) {
        if (events[i]->seq <= example->last_seq) {
            continue;
        }
        example->last_seq = events[i]->seq;
        if (events[i]->type == SOFIA_EV_FILL) {
            example->fills++;
        }
    }
    return SOFIA_OK;
}

static int on_tick(void *self)
{
    struct example *example = self;
    struct sofia_text text;
    char room[64];

    sofia_text_init(&text, room, sizeof(room));
    sofia_text_u64(&text, example->fills);
    sofia_text_str(&text, " fills in the last minute");
    example->host->log(example->host, SOFIA_LOG_INFO, room);
    example->fills = 0;
    return SOFIA_OK;
}

static const struct sofia_sink descriptor = {
    .size = sizeof(descriptor),
    .interests = SOFIA_WANT_ORDERS,
    .create = create,
    .start = start,
    .on_events = on_events,
    .on_tick = on_tick,
    .stop = stop,
    .destroy = destroy,
    .interval_ms = 60000,
};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    .magic = SOFIA_MAGIC,
    .size = sizeof(struct sofia_module),
    .abi_major = SOFIA_ABI_MAJOR,
    .abi_minor = SOFIA_ABI_MINOR,
    .kind = SOFIA_KIND_SINK,
    .option_size = sizeof(struct sofia_option),
    .id = "example.sink.example",
    .version = "0.1.0",
    .doc = "counts fills",
    .descriptor = &descriptor,
};
