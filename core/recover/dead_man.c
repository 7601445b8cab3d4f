#include "recover/dead_man.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define RETRY_NS CLOCK_NS_PER_S
#define STOP_PATIENCE_NS (3 * CLOCK_NS_PER_S)
#define LOUD_AFTER 3u /* failures in a row */

void dead_man_init(struct dead_man *dead_man, struct path *path, int64_t timeout_ns)
{
    memset(dead_man, 0, sizeof(*dead_man));
    dead_man->path = path;
    dead_man->timeout_s = (uint32_t)(timeout_ns / CLOCK_NS_PER_S);
}

static bool is_wanted(const struct dead_man *dead_man, const struct path_account *account)
{
    if (account->id == 0 || !account->exclusive || dead_man->timeout_s == 0 ||
        dead_man->path->branch != SOFIA_BRANCH_LIVE) {
        return false;
    }
    const struct sofia_exchange *desc = exchange_descriptor(account->exchange);
    return (desc->features & SOFIA_EXCHANGE_DEAD_MAN) != 0 && account->reconciled &&
           !account->fatal;
}

static void send(struct dead_man *dead_man, uint32_t index, uint32_t timeout_s)
{
    struct dead_man_account *mine = &dead_man->accounts[index];
    const struct path_account *account = &dead_man->path->accounts[index];
    int64_t now = clock_mono_ns(dead_man->path->clock);
    int rc = exchange_dead_man(account->exchange, timeout_s, COOKIE_DEAD_MAN | account->id);
    mine->armed = mine->armed || (rc == 0 && timeout_s > 0);
    mine->due_mono_ns =
        rc == 0 ? now + (int64_t)dead_man->timeout_s * CLOCK_NS_PER_S / 3 : now + RETRY_NS;
    if (rc != 0) {
        log_debug("dead_man", "%s", error_message());
    }
}

int64_t dead_man_turn(struct dead_man *dead_man)
{
    int64_t now = clock_mono_ns(dead_man->path->clock);
    int64_t next = INT64_MAX;
    for (uint32_t i = 0; i < PATH_ACCOUNTS && !dead_man->stopping; i++) {
        struct dead_man_account *mine = &dead_man->accounts[i];
        if (!is_wanted(dead_man, &dead_man->path->accounts[i])) {
            continue;
        }
        if (now >= mine->due_mono_ns) {
            send(dead_man, i, dead_man->timeout_s);
        }
        next = mine->due_mono_ns < next ? mine->due_mono_ns : next;
    }
    return next;
}

bool dead_man_stop(struct dead_man *dead_man)
{
    int64_t now = clock_mono_ns(dead_man->path->clock);
    bool over = true;
    if (!dead_man->stopping) {
        dead_man->stopping = true;
        dead_man->give_up_mono_ns = now + STOP_PATIENCE_NS;
        for (uint32_t i = 0; i < PATH_ACCOUNTS; i++) {
            dead_man->accounts[i].due_mono_ns = now;
        }
    }
    for (uint32_t i = 0; i < PATH_ACCOUNTS; i++) {
        struct dead_man_account *mine = &dead_man->accounts[i];
        if (mine->armed && now >= mine->due_mono_ns) {
            send(dead_man, i, 0);
            mine->due_mono_ns = now + RETRY_NS;
        }
        over = over && !mine->armed;
    }
    if (!over && now >= dead_man->give_up_mono_ns) {
        log_error("dead_man", "the venue did not take back its dead man's switch: it will cancel "
                              "what is still open");
        return true;
    }
    return over;
}

void dead_man_on_result(struct dead_man *dead_man, uint32_t account,
                        const struct sofia_result *result)
{
    for (uint32_t i = 0; i < PATH_ACCOUNTS; i++) {
        struct dead_man_account *mine = &dead_man->accounts[i];
        if (dead_man->path->accounts[i].id != account) {
            continue;
        }
        if (result->verdict == SOFIA_VERDICT_ACCEPTED) {
            mine->failures = 0;
            mine->armed = !dead_man->stopping;
            return;
        }
        mine->failures++;
        mine->due_mono_ns = clock_mono_ns(dead_man->path->clock) + RETRY_NS;
        if (mine->failures == LOUD_AFTER) {
            log_error("dead_man", "the venue does not take its dead man's switch: %s",
                      result->reason);
        }
    }
}
