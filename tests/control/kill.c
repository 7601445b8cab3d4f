/* The kill switch: what 200 promises, and what 202 says when the promise cannot be given. */
#include <string.h>

#include "areas.h"
#include "base/str.h"
#include "store/journal.h"

static struct answer a;

static bool is(int status, const char *text)
{
    bool good = a.status == status && strstr(a.body, text) != NULL;
    if (!good) {
        fprintf(stderr, "wanted %d %s, got %d %s\n", status, text, a.status, a.body);
    }
    return good;
}

static void activate(struct rig *rig, const char *body)
{
    rig_ask(rig, "POST", "/kill-switch/activate", NULL, body, &a);
}

static void bad(struct rig *rig)
{
    uint32_t before = rig_taken(rig, NULL);
    activate(rig, "{}");
    CHECK(is(422, "/reason"));
    activate(rig, "{\"reason\":\"  \"}");
    CHECK(is(422, "/reason"));
    activate(rig, "{\"reason\":\"x\",\"level\":\"canc\"}");
    CHECK(is(422, "did you mean cancel?"));
    activate(rig, "{\"reason\":\"x\",\"scope\":\"everything\"}");
    CHECK(is(422, "/scope"));
    activate(rig, "{\"reason\":\"x\",\"scope\":\"strategy:quotr\"}");
    CHECK(is(422, "did you mean quoter?"));
    rig_ask(rig, "POST", "/kill-switch/deactivate", NULL, "{\"reason\":\"x\",\"level\":\"hold\"}",
            &a);
    CHECK(is(422, "/level"));
    rig_ask(rig, "POST", "/kill-switch/deactivate", NULL, NULL, &a);
    CHECK(is(400, "empty_body"));
    CHECK(rig_taken(rig, NULL) == before && atomic_load(&rig->kill.raised) == 0);
}

static void engaged(struct rig *rig)
{
    struct command_reply reply = {.epoch = 6};
    struct command last;
    rig_reply(rig, &reply);
    activate(rig, "{\"reason\": \"Manual emergency halt\"}");
    CHECK(is(200, "\"engaged\":true") && strstr(a.body, "\"level\":\"cancel\"") != NULL &&
          strstr(a.body, "\"epoch\":7") != NULL);
    CHECK(journal_synced_seq(rig->journal) == journal_appended_seq(rig->journal));
    CHECK(rig_taken(rig, &last) > 0 && last.kind == COMMAND_KILL && str_eq(last.kill.scope, "all"));
    CHECK(str_eq(last.reason, "Manual emergency halt") && rig->raised_first);
    CHECK(atomic_load(&rig->kill.raised) == 0);
    activate(rig, "{\"reason\":\"x\",\"scope\":\"symbol:BTC/USDT\",\"level\":\"hold\"}");
    CHECK(is(200, "\"scope\":\"symbol:BTC/USDT\"") && rig_taken(rig, &last) > 0 &&
          last.kill.level == SOFIA_KILL_HOLD);
}

/* The trade thread hangs: the flag is up all the same. */
static void stalled(struct rig *rig)
{
    struct command_reply reply = {.epoch = 7};
    rig_reply(rig, &reply);
    atomic_store(&rig->silent, true);
    activate(rig, "{\"reason\":\"hang\"}");
    CHECK(is(202, "\"journaled\":false") && strstr(a.body, "/livez") != NULL);
    CHECK(atomic_load(&rig->kill.raised) == SOFIA_KILL_CANCEL);
    rig_ask(rig, "GET", "/health", NULL, NULL, &a);
    CHECK(is(200, "\"tradable\":false") && strstr(a.body, "raised and not journaled") != NULL);
    rig_ask(rig, "GET", "/readyz", NULL, NULL, &a);
    CHECK(is(503, "\"ready\":false"));
    atomic_store(&rig->silent, false);
}

static void not_synced(struct rig *rig)
{
    struct command_reply reply = {.epoch = 8};
    rig_reply(rig, &reply);
    atomic_store(&rig->no_sync, true);
    activate(rig, "{\"reason\":\"frozen disk\"}");
    CHECK(is(202, "the disk has not confirmed"));
    atomic_store(&rig->no_sync, false);
}

static void not_queued(struct rig *rig)
{
    atomic_store(&rig->full, true);
    activate(rig, "{\"reason\":\"full\"}");
    CHECK(is(202, "could not be queued") && atomic_load(&rig->kill.raised) == SOFIA_KILL_CANCEL);
    atomic_store(&rig->full, false);
}

static void not_journaled(struct rig *rig)
{
    struct command_reply reply = {.status = ERR_FULL};
    (void)str_copy(reply.text, sizeof(reply.text), "the journal is full");
    rig_reply(rig, &reply);
    activate(rig, "{\"reason\":\"full\"}");
    CHECK(is(202, "the journal is full") && atomic_load(&rig->kill.raised) == SOFIA_KILL_CANCEL);
}

static void cleared(struct rig *rig)
{
    struct command_reply reply = {.status = ERR_WRONG_STATE};
    struct command last;
    (void)str_copy(reply.text, sizeof(reply.text), "the cancel loop has not proven zero yet");
    rig_reply(rig, &reply);
    rig_ask(rig, "POST", "/kill-switch/deactivate", NULL, "{\"reason\":\"Issue resolved\"}", &a);
    CHECK(is(409, "not proven zero"));
    reply = (struct command_reply){.count = 1, .seq = 3};
    rig_reply(rig, &reply);
    rig_ask(rig, "POST", "/kill-switch/deactivate", NULL, "{\"reason\":\"Issue resolved\"}", &a);
    CHECK(is(200, "\"engaged\":false") && rig_taken(rig, &last) > 0 && last.kind == COMMAND_RESUME);
    rig_ask(rig, "POST", "/shadow/rollback", NULL, NULL, &a);
    CHECK(is(200, "cancels_sent") && rig_taken(rig, &last) > 0 && last.kind == COMMAND_ROLLBACK);
}

void area_kill(struct rig *rig)
{
    bad(rig);
    engaged(rig);
    stalled(rig);
    not_synced(rig);
    not_queued(rig);
    not_journaled(rig);
    cleared(rig);
}
