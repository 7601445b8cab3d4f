#include "limits.h"

#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

static int refuse_rows(const struct sofia_host *host, const char *instrument, const char *what)
{
    char text[SOFIA_REASON_SIZE];

    (void)snprintf(text, sizeof(text), "max_order_qty: '%.40s' %s", instrument, what);
    host->log(host, SOFIA_LOG_ERROR, text);
    return SOFIA_EINVAL;
}

static int read_row(const struct sofia_host *host, uint32_t row, struct limits *limits)
{
    struct qty_limit *entry = &limits->rows[row];
    const char *name = NULL;
    const char *qty = NULL;
    int status = host->option_cell(host, "max_order_qty", row, "instrument", &name);

    if (status == SOFIA_OK) {
        status = host->option_cell(host, "max_order_qty", row, "qty", &qty);
    }
    if (status != SOFIA_OK) {
        return status;
    }
    if (name[0] == '\0' || strlen(name) >= sizeof(entry->instrument)) {
        return refuse_rows(host, name, "is no name of an instrument");
    }
    for (uint32_t i = 0; i < row; i++) {
        if (strcmp(limits->rows[i].instrument, name) == 0) {
            return refuse_rows(host, name, "is named twice");
        }
    }
    if (sofia_decimal_parse(qty, strlen(qty), &entry->qty) != 0 ||
        sofia_decimal_sign(entry->qty) <= 0) {
        return refuse_rows(host, name, "needs a quantity above zero");
    }
    memcpy(entry->instrument, name, strlen(name) + 1);
    return SOFIA_OK;
}

static int read_rows(const struct sofia_host *host, struct limits *limits)
{
    uint32_t count = host->option_count(host, "max_order_qty");

    if (count > LIMITS_ROWS) {
        return refuse_rows(host, "", "has more than 64 rows");
    }
    for (uint32_t row = 0; row < count; row++) {
        int status = read_row(host, row, limits);

        if (status != SOFIA_OK) {
            return status;
        }
    }
    limits->row_count = count;
    return SOFIA_OK;
}

static int read_usd(const struct sofia_host *host, const char *name, struct sofia_wide *ret_value)
{
    struct sofia_decimal value = sofia_decimal_absent();
    int status = host->option_decimal(host, name, &value);

    if (status == SOFIA_OK) {
        *ret_value = sofia_wide_of(value);
    }
    return status;
}

static int read_count(const struct sofia_host *host, const char *name, uint32_t *ret_value)
{
    int64_t value = 0;
    int status = host->option_int(host, name, &value);

    if (status == SOFIA_OK) {
        *ret_value = (uint32_t)value; /* the table bounds it */
    }
    return status;
}

int limits_read(const struct sofia_host *host, struct limits *ret_limits)
{
    struct limits limits = {0};

    if (read_usd(host, "max_order_usd", &limits.order_usd) != SOFIA_OK ||
        read_usd(host, "max_position_usd", &limits.total_usd) != SOFIA_OK ||
        read_usd(host, "max_symbol_exposure_usd", &limits.base_usd) != SOFIA_OK ||
        read_usd(host, "max_daily_loss_usd", &limits.daily_loss_usd) != SOFIA_OK ||
        read_count(host, "max_open_orders", &limits.open_orders) != SOFIA_OK ||
        read_count(host, "max_open_orders_total", &limits.open_orders_total) != SOFIA_OK) {
        host->log(host, SOFIA_LOG_ERROR, "an option of the table cannot be read");
        return SOFIA_EINVAL;
    }
    if (sofia_wide_is_absent(limits.base_usd)) {
        limits.base_usd = limits.total_usd;
    }
    if (read_rows(host, &limits) != SOFIA_OK) {
        return SOFIA_EINVAL;
    }
    *ret_limits = limits;
    return SOFIA_OK;
}
