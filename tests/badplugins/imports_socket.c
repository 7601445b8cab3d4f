/* A strategy that wants sockets of its own: refused by its dynamic section, before its constructor can run. */
#include <stdlib.h>
#include <sys/socket.h>

#include "bad.h"

/* Runs inside dlopen, if it comes to that. */
__attribute__((constructor)) static void run(void)
{
    (void)setenv("SOFIA_BAD_CONSTRUCTOR_RAN", "1", 1);
}

static int on_event(void *self, const struct sofia_event *event)
{
    (void)self;
    (void)event;
    return socket(AF_INET, SOCK_STREAM, 0);
}

static const struct sofia_strategy descriptor = {
    .size = sizeof(descriptor), GOOD_STRATEGY_LIFE, .on_event = on_event};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.socket",
    NO_OPTIONS, .descriptor = &descriptor,
};
