#include "base/crash_point.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

_Atomic int crash_point_armed;
static _Atomic int64_t passes_left;

static const char *const places[CRASH_POINT_COUNT] = {
    [CRASH_AFTER_INTENT] = "after_intent",
    [CRASH_AFTER_SEND] = "after_send",
    [CRASH_BEFORE_REPORT] = "before_report",
    [CRASH_AFTER_PARTIAL_FILL] = "after_partial_fill",
};

int crash_point_arm(const char *spec)
{
    int64_t passes = 0;
    if (spec == NULL || spec[0] == '\0') {
        return 0;
    }
    const char *colon = strchr(spec, ':');
    for (int i = 1; colon != NULL && i < CRASH_POINT_COUNT; i++) {
        if (str_eq_n(places[i], spec, (size_t)(colon - spec)) &&
            str_to_i64(colon + 1, strlen(colon + 1), &passes) == 0 && passes > 0) {
            atomic_store(&passes_left, passes);
            atomic_store(&crash_point_armed, i);
            return 0;
        }
    }
    return error_set(ERR_PARSE, "SOFIA_CRASH_AT is '%s'; it takes %s, %s, %s or %s, then :n", spec,
                     places[CRASH_AFTER_INTENT], places[CRASH_AFTER_SEND],
                     places[CRASH_BEFORE_REPORT], places[CRASH_AFTER_PARTIAL_FILL]);
}

void crash_point_passed(void)
{
    if (atomic_fetch_sub(&passes_left, 1) == 1) {
        (void)raise(SIGKILL);
    }
}
