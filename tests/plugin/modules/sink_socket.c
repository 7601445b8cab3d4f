/* A sink may talk to a server. */
#include <sys/socket.h>

#include "part.h"

static int start(void *self)
{
    (void)self;
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? SOFIA_EFAIL : SOFIA_OK;
}

static int on_events(void *self, const struct sofia_event *const *events, uint32_t count)
{
    (void)self;
    (void)events;
    (void)count;
    return SOFIA_OK;
}

static const struct sofia_sink sink = {.size = sizeof(sink),
                                       .create = part_create,
                                       .start = start,
                                       .on_events = on_events,
                                       .stop = part_destroy,
                                       .destroy = part_destroy};

SOFIA_EXPORT const struct sofia_module sofia_module = {.magic = SOFIA_MAGIC,
                                                       .size = sizeof(struct sofia_module),
                                                       .abi_major = SOFIA_ABI_MAJOR,
                                                       .kind = SOFIA_KIND_SINK,
                                                       .id = "test.sink.socket",
                                                       .version = "1",
                                                       .descriptor = &sink};
