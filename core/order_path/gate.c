/* Stations 4 and 5: the kill switch, and the gate between what is recorded and what leaves.
 *
 * The gate may only downgrade: an order that was drawn live can be kept in the shadow, never the other way. An account whose
 * state is not known, or that the venue has refused, sends nothing.
 */
#include "order_path/path.h"

bool station_kill(struct path *path, struct passage *passage)
{
    const struct latch *latch;
    uint32_t level = kill_refuses(path->kill, path->state, passage->intent.account,
                                  passage->intent.strategy, passage->intent.instrument,
                                  passage->intent.origin, passage->intent.effect, &latch);
    if (level == 0) {
        return true;
    }
    return passage_refuse(passage, STATION_KILL, "KILL_SWITCH",
                          "kill switch at level %s over %s: %s", kill_level_name(level),
                          latch == NULL ? "all" : latch->scope,
                          latch == NULL ? "just engaged" : latch->reason);
}

bool station_gate(struct path *path, struct passage *passage)
{
    const struct path_account *account = path_account(path, passage->intent.account);
    if (passage->intent.branch == SOFIA_BRANCH_SHADOW) {
        (void)passage_refuse(passage, STATION_GATE, "SHADOW", "trading mode is shadow");
        return true; /* kept by the gate: recorded, never sent */
    }
    if (account == NULL || account->fatal || !account->can_trade) {
        return passage_refuse(passage, STATION_GATE, "ACCOUNT_STOPPED", "%s",
                              account == NULL ? "no such account" : account->why);
    }
    if (!account->reconciled) {
        return passage_refuse(passage, STATION_GATE, "NOT_RECONCILED", "%s", account->why);
    }
    if (account->back_off_until_mono_ns > clock_mono_ns(path->clock)) {
        return passage_refuse(passage, STATION_GATE, "BACK_OFF",
                              "the venue asked for a pause (rate limit)");
    }
    if (!exchange_is_ready(passage->exchange)) {
        return passage_refuse(passage, STATION_GATE, "NO_CONNECTION",
                              "no connection on which the order would leave at once");
    }
    return true;
}
