/* The limits of this rule set, as read from the options, and the checks against them.
 *
 *     options --limits_read--> struct limits --limits_check(intent, view)--> verdict
 *
 * A struct limits is never changed by a check: the same intent and view give the same verdict. It
 * is replaced as a whole when an operator changes an option.
 *
 * Owner: the instance. Thread: [main] and [trade], never at the same time.
 */
#ifndef RISK_LIMITS_H
#define RISK_LIMITS_H

#include <sofia/risk.h>

#define LIMITS_ROWS 64

struct qty_limit {
    char instrument[SOFIA_NAME_SIZE];
    struct sofia_decimal qty;
};

struct limits {
    struct sofia_wide order_usd;
    struct sofia_wide total_usd;
    struct sofia_wide base_usd;
    struct sofia_wide daily_loss_usd;
    uint32_t open_orders;
    uint32_t open_orders_total;
    uint32_t row_count;
    struct qty_limit rows[LIMITS_ROWS];
};

/* SOFIA_OK, or SOFIA_EINVAL with the reason in the log and ret_limits untouched. */
int limits_read(const struct sofia_host *host, struct limits *ret_limits);

/* As sofia_risk.check. */
int limits_check(const struct limits *limits, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict);

#endif
