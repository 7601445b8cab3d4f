/* The journal station and what all stations share. */
#include "order_path/path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "store/journal.h"

void path_init(struct path *path)
{
    memset(path, 0, sizeof(*path));
    path->branch = SOFIA_BRANCH_SHADOW;
    path->max_age_ns = 5 * CLOCK_NS_PER_S;
}

static bool is_new_risk(uint32_t kind)
{
    return kind == RECORD_INTENT;
}

static int no_room(const struct path *path, uint32_t kind)
{
    struct journal_health health;
    journal_get_health(path->journal, &health);
    if (health.reason[0] == '\0') {
        return error_set(
            ERR_FULL, "the journal takes no %s now: %zu of %zu bytes of its ring wait for the disk",
            record_kind_name(kind), health.ring_used, health.ring_bytes);
    }
    return error_set(ERR_FULL, "the journal takes no %s now: %s", record_kind_name(kind),
                     health.reason);
}

/* The record is in the journal but the state did not take it: the fold is broken, so nothing new may be built on it. */
static int fold_failed(struct path *path)
{
    path->failed = true;
    (void)str_copy(path->failure, sizeof(path->failure), error_message());
    log_error("path", "state and journal disagree, no new orders: %s", error_text());
    return error_code();
}

int path_record(struct path *path, uint32_t kind, const void *payload, size_t len,
                uint64_t *ret_seq)
{
    uint64_t seq;
    int64_t ts_ns = clock_now_ns(path->clock);
    enum journal_purpose purpose = is_new_risk(kind) ? JOURNAL_FOR_NEW_RISK : JOURNAL_FOR_CANCEL;
    if (!journal_has_room(path->journal, purpose, clock_mono_ns(path->clock))) {
        return no_room(path, kind);
    }
    int rc =
        journal_append(path->journal, (uint16_t)kind, RECORD_VERSION, ts_ns, payload, len, &seq);
    if (rc != 0) {
        return error_set(rc, "the journal is full (%s)", record_kind_name(kind));
    }
    if (state_apply(path->state, seq, ts_ns, kind, payload, len) != 0) {
        return fold_failed(path);
    }
    if (ret_seq != NULL) {
        *ret_seq = seq;
    }
    path->owner.on_record(path->owner.ctx, seq, ts_ns, kind, payload);
    return 0;
}

uint32_t path_name(struct path *path, uint32_t what, uint32_t account, const char *name)
{
    struct record_name record;
    uint32_t id = names_find(&path->state->names, what, account, name);
    if (id != 0) {
        return id;
    }
    names_next(&path->state->names, what, account, name, &record);
    return path_record(path, RECORD_NAME, &record, sizeof(record), NULL) == 0 ? record.id : 0;
}

void path_audit(struct path *path, uint64_t order_id, const char *action, const char *author,
                const char *fmt, ...)
{
    struct record_audit audit = {.at_ns = clock_now_ns(path->clock), .order_id = order_id};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(audit.text, sizeof(audit.text), fmt, args);
    va_end(args);
    (void)str_copy(audit.action, sizeof(audit.action), action);
    (void)str_copy(audit.author, sizeof(audit.author), author);
    if (path_record(path, RECORD_AUDIT, &audit, sizeof(audit), NULL) != 0) {
        log_warn("path", "audit line not journaled: action=%s author=%s %s", action, author,
                 audit.text);
    }
}

struct path_account *path_account(struct path *path, uint32_t id)
{
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        if (id != 0 && path->accounts[i].id == id) {
            return &path->accounts[i];
        }
    }
    return NULL;
}

struct path_account *path_account_of(struct path *path, const struct exchange *exchange)
{
    for (int i = 0; i < PATH_ACCOUNTS; i++) {
        if (path->accounts[i].id != 0 && path->accounts[i].exchange == exchange) {
            return &path->accounts[i];
        }
    }
    return NULL;
}

static void refuse(struct passage *passage, uint32_t station, const char *code, const char *fmt,
                   va_list args) __attribute__((format(__printf__, 4, 0)));
static void refuse(struct passage *passage, uint32_t station, const char *code, const char *fmt,
                   va_list args)
{
    passage->verdict.station = station;
    (void)str_copy(passage->verdict.code, sizeof(passage->verdict.code), code);
    (void)vsnprintf(passage->verdict.reason, sizeof(passage->verdict.reason), fmt, args);
}

bool passage_refuse(struct passage *passage, uint32_t station, const char *code, const char *fmt,
                    ...)
{
    va_list args;
    va_start(args, fmt);
    refuse(passage, station, code, fmt, args);
    va_end(args);
    return false;
}

bool passage_refuse_value(struct passage *passage, uint32_t station, const char *code,
                          struct sofia_decimal value, struct sofia_decimal limit, const char *fmt,
                          ...)
{
    va_list args;
    passage->verdict.value = value;
    passage->verdict.limit = limit;
    va_start(args, fmt);
    refuse(passage, station, code, fmt, args);
    va_end(args);
    return false;
}

/* Shaped like a version 4 UUID, which every venue takes: tag(8)-fence(4)-4 epoch(3)-8 epoch(3)-epoch(4) sequence(8). */
void path_client_id(struct path *path, char ret_id[SOFIA_CLIENT_ID_SIZE])
{
    uint64_t epoch = path->epoch;
    path->id_sequence++;
    (void)snprintf(ret_id, SOFIA_CLIENT_ID_SIZE, "%.8s-%04x-4%03x-8%03x-%04x%08x", path->tag,
                   path->fence & 0xffffu, (unsigned)(epoch >> 28) & 0xfffu,
                   (unsigned)(epoch >> 16) & 0xfffu, (unsigned)epoch & 0xffffu, path->id_sequence);
}

bool path_is_our_tag(const struct path *path, const char *client_id)
{
    return strncmp(client_id, path->tag, 8) == 0 && client_id[8] == '-' && strlen(client_id) == 36;
}

bool path_may_send(const struct path *path, uint64_t order_id)
{
    const struct latch *latch;
    const struct order *order = state_order(path->state, order_id);
    return order != NULL &&
           kill_refuses(path->kill, path->state, order->account, order->strategy,
                        order->pub.instrument, order->pub.origin, order->effect, &latch) == 0;
}
