/* The checks, in the order in which they are tried: what is known of the order itself first, what
 * needs the state of the account after it. */
#include "limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

/* Digits shown behind the point in a verdict. Rounded away from zero, so that a value just over a
 * limit never reads as the limit. */
#define SHOWN_EXPONENT (-8)

struct subject {
    const struct limits *limits;
    const struct sofia_intent *intent;
    const struct sofia_risk_view *view;
};

/* 1 when refused. */
typedef int (*limit_check_fn)(const struct subject *subject, struct sofia_verdict *verdict);

static struct sofia_decimal shown(struct sofia_wide value)
{
    struct sofia_decimal narrow = sofia_decimal_absent();
    struct sofia_wide rounded = sofia_wide_absent();

    if (sofia_wide_narrow(value, &narrow) != 0 &&
        sofia_wide_quantize(value, SHOWN_EXPONENT, SOFIA_ROUND_AWAY, &rounded) == 0) {
        (void)sofia_wide_narrow(rounded, &narrow);
    }
    return narrow;
}

__attribute__((format(__printf__, 3, 4))) static int refuse(struct sofia_verdict *verdict,
                                                            const char *code, const char *fmt, ...)
{
    va_list args;

    verdict->refuse = 1;
    (void)snprintf(verdict->code, sizeof(verdict->code), "%s", code);
    va_start(args, fmt);
    (void)vsnprintf(verdict->reason, sizeof(verdict->reason), fmt, args);
    va_end(args);
    return 1;
}

/* The common sentence: "<what> of <value> <unit> is over <option> <limit>". */
static int refuse_over(struct sofia_verdict *verdict, const char *code, const char *what,
                       struct sofia_wide value, struct sofia_wide limit, const char *unit,
                       const char *option)
{
    char value_text[SOFIA_DECIMAL_TEXT] = "?";
    char limit_text[SOFIA_DECIMAL_TEXT] = "?";

    verdict->value = shown(value);
    verdict->limit = shown(limit);
    (void)sofia_decimal_print(verdict->value, value_text, sizeof(value_text));
    (void)sofia_decimal_print(verdict->limit, limit_text, sizeof(limit_text));
    return refuse(verdict, code, "%s of %s %s is over %s %s", what, value_text, unit, option,
                  limit_text);
}

static int is_reducing(const struct subject *subject)
{
    return subject->view->effect == SOFIA_EFFECT_REDUCE;
}

static int check_qty(const struct subject *subject, struct sofia_verdict *verdict)
{
    const struct limits *limits = subject->limits;
    struct sofia_decimal qty = subject->intent->qty;

    if (sofia_decimal_sign(qty) <= 0) {
        return refuse(verdict, "NO_QTY", "the order has no quantity above zero");
    }
    for (uint32_t i = 0; i < limits->row_count; i++) {
        const struct qty_limit *row = &limits->rows[i];

        if (strcmp(row->instrument, subject->view->instrument.name) == 0 &&
            sofia_decimal_cmp(qty, row->qty) > 0) {
            return refuse_over(verdict, "MAX_ORDER_QTY", "order quantity", sofia_wide_of(qty),
                               sofia_wide_of(row->qty), subject->view->instrument.base,
                               "max_order_qty");
        }
    }
    return 0;
}

/* A limit order has a price of its own and lacks at most the dollar; a market order needs both. */
static int check_order_usd(const struct subject *subject, struct sofia_verdict *verdict)
{
    const struct sofia_risk_view *view = subject->view;
    struct sofia_wide limit = subject->limits->order_usd;

    if (sofia_wide_is_absent(view->order_value_usd)) {
        if (is_reducing(subject)) {
            return 0;
        }
        if (sofia_wide_is_absent(view->quote_usd)) {
            return refuse(verdict, "NO_USD_RATE", "the order's value is not known: %s has no rate",
                          view->instrument.quote);
        }
        return refuse(verdict, "NO_MARK", "the order's value is not known: %s has no fresh mark",
                      view->instrument.name);
    }
    if (sofia_wide_cmp(view->order_value_usd, limit) > 0) {
        return refuse_over(verdict, "MAX_ORDER_USD", "order value", view->order_value_usd, limit,
                           "USD", "max_order_usd");
    }
    return 0;
}

static int refuse_count(struct sofia_verdict *verdict, const char *what, uint32_t open,
                        uint32_t limit, const char *option)
{
    verdict->value = sofia_decimal_of((int64_t)open + 1, 0);
    verdict->limit = sofia_decimal_of((int64_t)limit, 0);
    return refuse(verdict, "MAX_OPEN_ORDERS", "%s would be %llu open orders, %s is %u", what,
                  (unsigned long long)open + 1, option, (unsigned)limit);
}

static int check_open_orders(const struct subject *subject, struct sofia_verdict *verdict)
{
    const struct sofia_risk_view *view = subject->view;
    const struct limits *limits = subject->limits;

    if (view->open_orders_instrument >= limits->open_orders) {
        return refuse_count(verdict, view->instrument.name, view->open_orders_instrument,
                            limits->open_orders, "max_open_orders");
    }
    if (view->open_orders_total >= limits->open_orders_total) {
        return refuse_count(verdict, "this", view->open_orders_total, limits->open_orders_total,
                            "max_open_orders_total");
    }
    return 0;
}

static int check_daily_loss(const struct subject *subject, struct sofia_verdict *verdict)
{
    struct sofia_wide limit = subject->limits->daily_loss_usd;
    struct sofia_wide loss = sofia_wide_absent();
    char text[SOFIA_DECIMAL_TEXT] = "?";
    char limit_text[SOFIA_DECIMAL_TEXT] = "?";

    if (is_reducing(subject)) {
        return 0;
    }
    if (sofia_wide_neg(subject->view->day_pnl_usd, &loss) != 0) {
        return refuse(verdict, "NO_DAY_PNL", "the day's profit and loss is not known");
    }
    if (sofia_wide_cmp(loss, limit) < 0) {
        return 0;
    }
    verdict->value = shown(loss);
    verdict->limit = shown(limit);
    (void)sofia_decimal_print(verdict->value, text, sizeof(text));
    (void)sofia_decimal_print(verdict->limit, limit_text, sizeof(limit_text));
    return refuse(verdict, "MAX_DAILY_LOSS",
                  "the day's loss of %s USD has reached max_daily_loss_usd %s", text, limit_text);
}

static int check_exposure_base(const struct subject *subject, struct sofia_verdict *verdict)
{
    const struct sofia_risk_view *view = subject->view;
    struct sofia_wide limit = subject->limits->base_usd;

    if (is_reducing(subject)) {
        return 0;
    }
    if (sofia_wide_is_absent(view->exposure_base_after_usd)) {
        return refuse(verdict, "NO_EXPOSURE", "the exposure in %s cannot be computed",
                      view->instrument.base);
    }
    if (sofia_wide_cmp(view->exposure_base_after_usd, limit) > 0) {
        char what[SOFIA_ASSET_SIZE + 16];

        (void)snprintf(what, sizeof(what), "%s exposure", view->instrument.base);
        return refuse_over(verdict, "MAX_EXPOSURE_BASE", what, view->exposure_base_after_usd, limit,
                           "USD", "max_symbol_exposure_usd");
    }
    return 0;
}

static int check_exposure_total(const struct subject *subject, struct sofia_verdict *verdict)
{
    const struct sofia_risk_view *view = subject->view;
    struct sofia_wide limit = subject->limits->total_usd;

    if (is_reducing(subject)) {
        return 0;
    }
    if (sofia_wide_is_absent(view->exposure_total_after_usd)) {
        return refuse(verdict, "NO_EXPOSURE", "the total exposure cannot be computed");
    }
    if (sofia_wide_cmp(view->exposure_total_after_usd, limit) > 0) {
        return refuse_over(verdict, "MAX_EXPOSURE_TOTAL", "total exposure",
                           view->exposure_total_after_usd, limit, "USD", "max_position_usd");
    }
    return 0;
}

int limits_check(const struct limits *limits, const struct sofia_intent *intent,
                 const struct sofia_risk_view *view, struct sofia_verdict *ret_verdict)
{
    static const limit_check_fn checks[] = {
        check_qty,        check_order_usd,     check_open_orders,
        check_daily_loss, check_exposure_base, check_exposure_total,
    };
    const struct subject subject = {.limits = limits, .intent = intent, .view = view};

    if (!SOFIA_HAS(sofia_risk_view, view, instrument)) {
        return SOFIA_EINVAL;
    }
    ret_verdict->value = sofia_decimal_absent();
    ret_verdict->limit = sofia_decimal_absent();
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (checks[i](&subject, ret_verdict)) {
            break;
        }
    }
    return SOFIA_OK;
}
