/* A rule that returns an error instead of a verdict. */
#include "bad.h"

static int check(const void *self, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict)
{
    (void)self;
    (void)intent;
    (void)view;
    (void)ret_verdict;
    return SOFIA_EFAIL;
}

static const struct sofia_risk descriptor = {
    .size = sizeof(descriptor), .create = bad_create, .destroy = bad_stop, .check = check};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_RISK,   .id = "bad.risk.fails",
    NO_OPTIONS, .descriptor = &descriptor,
};
