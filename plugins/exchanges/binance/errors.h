/* What the venue's refusals mean for an order, a cancel or a question: one table, read by code
 * first and by text only where one code means several things.
 *
 *     transport outcome, HTTP status, code, msg  --->  verdict (did it take effect?) + action (what now?)
 *
 * The rule behind the table: only a certain "no" is REJECTED or NOT_SENT. Every 5xx, every unknown
 * code, everything unreadable is IN_DOUBT.
 */
#ifndef BINANCE_ERRORS_H
#define BINANCE_ERRORS_H

#include <sofia/exchange.h>

#define BINANCE_OK 0
#define BINANCE_NEW_ORDER_REJECTED (-2010)
#define BINANCE_CANCEL_REJECTED (-2011)
#define BINANCE_NO_SUCH_ORDER (-2013)
#define BINANCE_BAD_API_KEY (-2014)
#define BINANCE_REJECTED_KEY (-2015)
#define BINANCE_REPLACE_HALF (-2021)
#define BINANCE_REPLACE_FAILED (-2022)
#define BINANCE_ORDER_ARCHIVED (-2026)
#define BINANCE_SUBSCRIPTION_ACTIVE (-2035)
#define BINANCE_TOO_MANY_SUBSCRIPTIONS (-2042)
#define BINANCE_TOO_MANY_REQUESTS (-1003)
#define BINANCE_TOO_MANY_ORDERS (-1015)

/* What the venue said when it did not say yes. */
struct binance_refusal {
    uint32_t http_status;
    int32_t code;            /* BINANCE_OK: the body had none (HTML, empty, torn) */
    uint32_t retry_after_ms; /* the venue's wish; 0: none told */
    char msg[SOFIA_REASON_SIZE];
};

/* Fills verdict, action, retry_after_ms, venue_code and reason. */
void binance_refusal_judge(const struct binance_refusal *refusal, struct sofia_result *ret_result);

/* True for the codes that mean that key or permission is gone. */
int binance_code_is_fatal(int32_t code);

#endif
