#include <string.h>

#include <sofia/kit/decimal.h>

#include "quoter.h"

static int read_decimals(const struct sofia_host *host, struct quoter_settings *settings)
{
    const struct {
        const char *name;
        struct sofia_decimal *value;
    } wanted[] = {
        {"order_qty", &settings->order_qty},
        {"max_inventory", &settings->max_inventory},
        {"min_inventory", &settings->min_inventory},
        {"spread_bps", &settings->spread_bps},
        {"level_step_bps", &settings->level_step_bps},
        {"skew_bps_per_inventory", &settings->skew_bps},
        {"reprice_bps", &settings->reprice_bps},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int status = host->option_decimal(host, wanted[i].name, wanted[i].value);

        if (status != SOFIA_OK) {
            return status;
        }
    }
    return SOFIA_OK;
}

static int read_durations(const struct sofia_host *host, struct quoter_settings *settings)
{
    int status = host->option_duration_ns(host, "refresh", &settings->refresh_ns);

    if (status == SOFIA_OK) {
        status = host->option_duration_ns(host, "backoff", &settings->backoff_ns);
    }
    if (status == SOFIA_OK) {
        status = host->option_duration_ns(host, "backoff_max", &settings->backoff_max_ns);
    }
    return status;
}

static int read_rest(const struct sofia_host *host, struct quoter_settings *settings)
{
    const char *instrument = NULL;
    int64_t levels = 0;
    int64_t take_every = 0;
    int status = host->option_text(host, "instrument", &instrument);

    if (status == SOFIA_OK) {
        status = host->option_int(host, "levels", &levels);
    }
    if (status == SOFIA_OK) {
        status = host->option_int(host, "take_every", &take_every);
    }
    if (status == SOFIA_OK) {
        status = host->option_bool(host, "post_only", &settings->post_only);
    }
    if (status != SOFIA_OK) {
        return status;
    }
    if (instrument[0] == '\0' || strlen(instrument) >= sizeof(settings->instrument)) {
        host->log(host, SOFIA_LOG_ERROR, "option 'instrument' is no name of an instrument");
        return SOFIA_EINVAL;
    }
    memcpy(settings->instrument, instrument, strlen(instrument) + 1);
    settings->levels = (uint32_t)levels; /* both bounded by the table */
    settings->take_every = (uint32_t)take_every;
    return SOFIA_OK;
}

int settings_read(const struct sofia_host *host, struct quoter_settings *ret_settings)
{
    struct quoter_settings settings = {0};
    int status = read_decimals(host, &settings);

    if (status == SOFIA_OK) {
        status = read_durations(host, &settings);
    }
    if (status == SOFIA_OK) {
        status = read_rest(host, &settings);
    }
    if (status != SOFIA_OK) {
        return status;
    }
    if (sofia_decimal_sign(settings.order_qty) <= 0) {
        host->log(host, SOFIA_LOG_ERROR, "option 'order_qty' must be above zero");
        return SOFIA_EINVAL;
    }
    if (sofia_decimal_cmp(settings.min_inventory, settings.max_inventory) >= 0) {
        host->log(host, SOFIA_LOG_ERROR, "option 'min_inventory' must be below 'max_inventory'");
        return SOFIA_EINVAL;
    }
    *ret_settings = settings;
    return SOFIA_OK;
}
