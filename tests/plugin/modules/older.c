/* Built when struct sofia_risk ended behind check: the callbacks that came later are not there. What follows it in the file must
 * not be taken for them. */
#include "part.h"

struct older_risk {
    uint32_t size;
    uint32_t reserved;
    int (*create)(const struct sofia_host *host, void **ret_self);
    void (*destroy)(void *self);
    int (*check)(const void *self, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict);
};

static const struct {
    struct older_risk risk;
    void (*behind[3])(void *self);
} all = {.risk = {.size = sizeof(struct older_risk), PART_RISK},
         .behind = {part_destroy, part_destroy, part_destroy}};

SOFIA_EXPORT const struct sofia_module sofia_module = {PART_MODULE("older", &all.risk)};
