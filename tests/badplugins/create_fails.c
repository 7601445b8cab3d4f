/* Says no in create, and why in the log. */
#include "bad.h"

static int create(const struct sofia_host *host, void **ret_self)
{
    (void)ret_self;
    host->log(host, SOFIA_LOG_ERROR, "I do not feel like it");
    return SOFIA_EFAIL;
}

static const struct sofia_strategy descriptor = {.size = sizeof(descriptor),
                                                 .create = create,
                                                 .start = bad_start,
                                                 .on_event = bad_on_event,
                                                 .stop = bad_stop,
                                                 .destroy = bad_stop};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_STRATEGY, .id = "bad.strategy.create",
    NO_OPTIONS, .descriptor = &descriptor,
};
