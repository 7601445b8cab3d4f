#include "errors.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/text.h>

#define SECOND_MS 1000u
#define MINUTE_MS 60000u
#define LOCKOUT_MS (15u * MINUTE_MS)      /* the longest that has been reported */
#define THROTTLED_MAX_MS (5u * MINUTE_MS) /* whatever moment the text names */

#define UNSEEN SOFIA_VERDICT_NOT_SENT /* turned away without looking at it */
#define NO SOFIA_VERDICT_REJECTED     /* looked at and refused */
#define MAYBE SOFIA_VERDICT_IN_DOUBT

struct row {
    const char *prefix;
    uint32_t verdict;
    uint32_t action;
    uint32_t wait_ms;
    int32_t code;
};

/* The first match counts, so the longer prefix stands before the shorter. */
static const struct row rows[] = {
    {"EService:Deadline elapsed", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EService:Throttled", UNSEEN, SOFIA_ACTION_BACK_OFF, 10 * SECOND_MS, KRAKEN_ERROR_THROTTLED},
    {"EService: Throttled", UNSEEN, SOFIA_ACTION_BACK_OFF, 10 * SECOND_MS, KRAKEN_ERROR_THROTTLED},
    {"EService:Market in ", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EService:Unavailable", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EService:Busy", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EService:Timeout", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EGeneral:Internal error", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EGeneral:Temporary lockout", UNSEEN, SOFIA_ACTION_BACK_OFF, LOCKOUT_MS, KRAKEN_ERROR_LOCKOUT},
    {"EGeneral:Too many requests", UNSEEN, SOFIA_ACTION_BACK_OFF, 15 * SECOND_MS,
     KRAKEN_ERROR_REST_RATE},
    {"EGeneral:Permission denied", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EGeneral:Invalid arguments", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EGeneral:Unknown method", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EAPI:Rate limit exceeded", UNSEEN, SOFIA_ACTION_BACK_OFF, 15 * SECOND_MS,
     KRAKEN_ERROR_REST_RATE},
    {"EAPI:Invalid nonce", UNSEEN, SOFIA_ACTION_RETRY, 0, KRAKEN_ERROR_NONCE},
    {"EAPI:Invalid token", UNSEEN, SOFIA_ACTION_RETRY, 0, KRAKEN_ERROR_SESSION},
    {"EAPI:Invalid key", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EAPI:Invalid signature", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EAPI:Permission denied", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EAccount:Invalid permissions", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EAuth:Account", NO, SOFIA_ACTION_FATAL, 0, KRAKEN_ERROR_OTHER},
    {"EAuth:Rate limit exceeded", UNSEEN, SOFIA_ACTION_BACK_OFF, 15 * SECOND_MS,
     KRAKEN_ERROR_REST_RATE},
    {"EAuth:Too many requests", UNSEEN, SOFIA_ACTION_BACK_OFF, 2 * MINUTE_MS,
     KRAKEN_ERROR_REST_RATE},
    {"ESession:Invalid session", UNSEEN, SOFIA_ACTION_RETRY, 0, KRAKEN_ERROR_SESSION},
    {"EQuery:Unknown asset pair", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Rate limit exceeded", NO, SOFIA_ACTION_BACK_OFF, 5 * SECOND_MS,
     KRAKEN_ERROR_ENGINE_RATE},
    {"EOrder:Domain rate limit exceeded", NO, SOFIA_ACTION_BACK_OFF, 5 * SECOND_MS,
     KRAKEN_ERROR_ENGINE_RATE},
    {"EOrder:Unknown order", NO, SOFIA_ACTION_GONE, 0, KRAKEN_ERROR_NO_ORDER},
    {"EOrder:Invalid order", NO, SOFIA_ACTION_GONE, 0, KRAKEN_ERROR_NO_ORDER},
    {"EOrder:Insufficient funds", NO, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Order minimum not met", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Cost minimum not met", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Tick size check failed", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Invalid price", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Post only order", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Orders limit exceeded", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Scheduled orders limit exceeded", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Insufficient margin", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Margin ", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Positions limit exceeded", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Reduce only", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"EOrder:Cannot open position", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    /* Refusals of the sockets, before anything reached the engine. */
    {"Exceeded msg rate", UNSEEN, SOFIA_ACTION_BACK_OFF, 10 * SECOND_MS, KRAKEN_ERROR_THROTTLED},
    {"Unsupported field", NO, SOFIA_ACTION_NONE, 0, KRAKEN_ERROR_OTHER},
    {"Currency pair not", NO, SOFIA_ACTION_REFRESH, 0, KRAKEN_ERROR_OTHER},
};

static const struct row unknown = {"", MAYBE, SOFIA_ACTION_RECONCILE, 0, KRAKEN_ERROR_UNKNOWN};

static const struct row *find_row(const char *text)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strncmp(text, rows[i].prefix, strlen(rows[i].prefix)) == 0) {
            return &rows[i];
        }
    }
    return &unknown;
}

/* No readable error: what the HTTP status alone proves, which is little. */
static struct row row_of_status(uint32_t http_status)
{
    if (http_status == 429 || http_status == 403) {
        return (struct row){"", MAYBE, SOFIA_ACTION_BACK_OFF, MINUTE_MS, KRAKEN_ERROR_UNKNOWN};
    }
    return unknown;
}

/* "EService:Throttled: 1767225660": silence until that second, but not for ever. */
static uint32_t throttled_ms(const struct kraken_refusal *refusal, uint32_t fallback_ms)
{
    const char *digits = strrchr(refusal->text, ':');
    int64_t until_s = 0;

    if (digits == NULL || refusal->now_ns == 0) {
        return fallback_ms;
    }
    digits += 1 + strspn(digits + 1, " ");
    if (sofia_slice_i64(sofia_slice_of(digits), &until_s) != 0 || until_s <= 0 ||
        until_s > INT64_C(9000000000)) {
        return fallback_ms;
    }
    int64_t wait_ms = until_s * 1000 - refusal->now_ns / 1000000;
    if (wait_ms < 0) {
        return SECOND_MS;
    }
    return wait_ms > THROTTLED_MAX_MS ? THROTTLED_MAX_MS : (uint32_t)wait_ms;
}

void kraken_refusal_judge(const struct kraken_refusal *refusal, struct sofia_result *ret_result)
{
    struct row row =
        refusal->text[0] != '\0' ? *find_row(refusal->text) : row_of_status(refusal->http_status);

    ret_result->verdict = row.verdict;
    ret_result->action = row.action;
    ret_result->venue_code = row.code;
    ret_result->retry_after_ms = row.action == SOFIA_ACTION_BACK_OFF ? row.wait_ms : 0;
    if (row.code == KRAKEN_ERROR_THROTTLED) {
        ret_result->retry_after_ms = throttled_ms(refusal, row.wait_ms);
    }
    if (refusal->text[0] != '\0') {
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", refusal->text);
    } else {
        snprintf(ret_result->reason, sizeof(ret_result->reason), "HTTP %u without a readable error",
                 (unsigned)refusal->http_status);
    }
}
