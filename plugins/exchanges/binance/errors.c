#include "errors.h"

#include <stdio.h>
#include <string.h>

#define SECOND_MS 1000u
#define MINUTE_MS 60000u

/* One row: codes from .. to (towards zero), optionally only if the text contains `text`. The first
 * match counts. */
struct row {
    int32_t from;
    int32_t to;
    const char *text;
    uint32_t verdict;
    uint32_t action;
    uint32_t wait_ms; /* when the venue does not say how long */
};

#define NO SOFIA_VERDICT_REJECTED /* it looked and refused */
#define UNSEEN                                                                                     \
    SOFIA_VERDICT_NOT_SENT /* it turned the request away without looking at the order              \
                            */
#define MAYBE SOFIA_VERDICT_IN_DOUBT

static const struct row rows[] = {
    {-1000, -1001, NULL, MAYBE, SOFIA_ACTION_RECONCILE, 0},
    {-1002, -1002, NULL, NO, SOFIA_ACTION_FATAL, 0},
    {-1003, -1003, NULL, UNSEEN, SOFIA_ACTION_BACK_OFF, MINUTE_MS},
    {-1006, -1007, NULL, MAYBE, SOFIA_ACTION_RECONCILE, 0},
    {-1008, -1008, NULL, MAYBE, SOFIA_ACTION_BACK_OFF, 2 * MINUTE_MS},
    {-1013, -1013, NULL, NO, SOFIA_ACTION_REFRESH, 0},
    {-1014, -1014, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1015, -1015, NULL, NO, SOFIA_ACTION_BACK_OFF, 10 * SECOND_MS},
    {-1016, -1016, NULL, MAYBE, SOFIA_ACTION_RECONCILE, 0},
    {-1020, -1020, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1021, -1021, NULL, UNSEEN, SOFIA_ACTION_RESYNC_CLOCK, 0},
    {-1022, -1022, NULL, NO, SOFIA_ACTION_FATAL, 0},
    {-1034, -1034, NULL, UNSEEN, SOFIA_ACTION_BACK_OFF, MINUTE_MS},
    {-1111, -1111, NULL, NO, SOFIA_ACTION_REFRESH, 0},
    {-1121, -1121, NULL, NO, SOFIA_ACTION_REFRESH, 0},
    {-1100, -1130, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1131, -1131, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1135, -1135, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1145, -1145, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1151, -1151, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-1200, -1299, NULL, NO, SOFIA_ACTION_NONE, 0},
    /* The first copy of this very order lives; refusing the second says nothing about the first. */
    {-2010, -2010, "Duplicate order", MAYBE, SOFIA_ACTION_ADOPT, 0},
    {-2010, -2010, "insufficient balance", NO, SOFIA_ACTION_RECONCILE, 0},
    {-2010, -2010, "Market is closed", NO, SOFIA_ACTION_REFRESH, 0},
    {-2010, -2010, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-2011, -2011, NULL, NO, SOFIA_ACTION_GONE, 0},
    {-2013, -2013, NULL, NO, SOFIA_ACTION_GONE, 0},
    {-2014, -2015, NULL, NO, SOFIA_ACTION_FATAL, 0},
    {-2021, -2022, NULL, MAYBE, SOFIA_ACTION_RECONCILE, 0},
    {-2026, -2026, NULL, NO, SOFIA_ACTION_GONE, 0},
    {-2035, -2036, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-2038, -2038, NULL, NO, SOFIA_ACTION_NONE, 0},
    {-2039, -2039, NULL, NO, SOFIA_ACTION_RECONCILE, 0},
    {-2042, -2042, NULL, NO, SOFIA_ACTION_NONE, 0},
};

static const struct row *find_row(const struct binance_refusal *refusal)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (refusal->code > row->from || refusal->code < row->to) {
            continue;
        }
        if (row->text == NULL || strstr(refusal->msg, row->text) != NULL) {
            return row;
        }
    }
    return NULL;
}

/* No code in the body: what the HTTP status alone proves, which is little. */
static struct row row_of_status(uint32_t http_status)
{
    switch (http_status) {
    case 403: /* the firewall in front of the venue */
        return (struct row){0, 0, NULL, UNSEEN, SOFIA_ACTION_BACK_OFF, 5 * MINUTE_MS};
    case 418:
        return (struct row){0, 0, NULL, UNSEEN, SOFIA_ACTION_BACK_OFF, 2 * MINUTE_MS};
    case 429:
        return (struct row){0, 0, NULL, UNSEEN, SOFIA_ACTION_BACK_OFF, MINUTE_MS};
    default:
        return (struct row){0, 0, NULL, MAYBE, SOFIA_ACTION_RECONCILE, 0};
    }
}

static struct row choose(const struct binance_refusal *refusal)
{
    const struct row *found = refusal->code != BINANCE_OK ? find_row(refusal) : NULL;
    struct row row = found != NULL ? *found : row_of_status(refusal->http_status);

    if (refusal->http_status == 418 && row.wait_ms < 2 * MINUTE_MS) {
        row.wait_ms = 2 * MINUTE_MS; /* the shortest ban there is */
    }
    /* A gateway that fails may have passed the order on, whatever it prints. */
    if (refusal->http_status >= 500 || refusal->http_status < 400) {
        row.verdict = MAYBE;
        if (row.action != SOFIA_ACTION_BACK_OFF && row.action != SOFIA_ACTION_ADOPT) {
            row.action = SOFIA_ACTION_RECONCILE;
        }
    }
    return row;
}

void binance_refusal_judge(const struct binance_refusal *refusal, struct sofia_result *ret_result)
{
    struct row row = choose(refusal);

    ret_result->verdict = row.verdict;
    ret_result->action = row.action;
    ret_result->venue_code = refusal->code;
    ret_result->retry_after_ms = 0;
    if (row.action == SOFIA_ACTION_BACK_OFF) {
        ret_result->retry_after_ms =
            refusal->retry_after_ms != 0 ? refusal->retry_after_ms : row.wait_ms;
    }
    if (refusal->code != BINANCE_OK) {
        snprintf(ret_result->reason, sizeof(ret_result->reason), "%.*s", SOFIA_REASON_SIZE - 1,
                 refusal->msg);
    } else {
        snprintf(ret_result->reason, sizeof(ret_result->reason), "HTTP %u without a readable error",
                 (unsigned)refusal->http_status);
    }
}

int binance_code_is_fatal(int32_t code)
{
    struct binance_refusal refusal = {.http_status = 401, .code = code};

    return choose(&refusal).action == SOFIA_ACTION_FATAL;
}
