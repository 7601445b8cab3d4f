/* Station 3, risk: the chain of rule plugins in configured order; the first refusal ends it. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/log.h"
#include "base/str.h"
#include "order_path/path.h"

static uint16_t capped(int64_t ns)
{
    return ns < 0 ? 0 : ns > UINT16_MAX ? UINT16_MAX : (uint16_t)ns;
}

/* True if the rule refuses; an error or a quarantined rule refuses too: absent means no. */
static bool rule_refuses(struct passage *passage, const struct path_rule *rule)
{
    struct instance *instance = rule->instance;
    struct sofia_verdict verdict = {
        .size = sizeof(verdict), .value = sofia_decimal_absent(), .limit = sofia_decimal_absent()};
    const struct sofia_risk *desc = instance->desc->descriptor;
    int rc = SOFIA_EFAIL;
    if (!instance->quarantined) {
        guard_enter(instance);
        rc = desc->check(instance->self, &passage->asked, &passage->view, &verdict);
        guard_leave(instance, "check");
    }
    if (rc == 0 && verdict.refuse == 0) {
        return false;
    }
    verdict.code[sizeof(verdict.code) - 1] = '\0';
    verdict.reason[sizeof(verdict.reason) - 1] = '\0';
    passage->verdict.rule = rule->id;
    if (rc != 0) {
        (void)passage_refuse(passage, STATION_RISK, "RULE_FAILED",
                             "risk rule '%s' failed with status %d", instance->name, rc);
    } else {
        (void)passage_refuse_value(
            passage, STATION_RISK, verdict.code[0] != '\0' ? verdict.code : "REFUSED",
            verdict.value, verdict.limit, "%s: %s", instance->name, verdict.reason);
    }
    return true;
}

bool station_risk(struct path *path, struct passage *passage)
{
    passage_view(path, passage);
    if ((passage->asked.flags & SOFIA_ORDER_REDUCE_ONLY) != 0 &&
        passage->intent.effect != SOFIA_EFFECT_REDUCE) {
        return passage_refuse(passage, STATION_RISK, "REDUCE_ONLY",
                              "reduce-only, and it would not only reduce");
    }
    if (path->rule_count == 0) {
        return passage_refuse(passage, STATION_RISK, "NO_RULES",
                              "no risk rule is configured: absent limits refuse");
    }
    int64_t before = clock_mono_ns(path->timer);
    for (uint32_t i = 0; i < path->rule_count; i++) {
        bool refused = rule_refuses(passage, &path->rules[i]);
        int64_t after = clock_mono_ns(path->timer);
        passage->intent.rules[i] = (struct record_rule_time){.rule = (uint16_t)path->rules[i].id,
                                                             .spent_ns = capped(after - before)};
        passage->intent.rule_count = i + 1;
        before = after;
        if (refused) {
            return false;
        }
    }
    passage->legs_mono_ns[LEG_RISK] = before;
    return true;
}
