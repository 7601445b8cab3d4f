/* Places orders and has no way to cancel one. */
#include "bad.h"

static const struct sofia_origin origins[] = {BAD_ORIGIN};
static const struct sofia_bucket buckets[] = {BAD_BUCKET};
static const struct sofia_endpoint endpoints[] = {
    BAD_ENDPOINT(SOFIA_CLASS_READ, "GET", "/account"),
    BAD_ENDPOINT(SOFIA_CLASS_TRADE, "POST", "/order")};

static const struct sofia_exchange descriptor = {GOOD_EXCHANGE, GOOD_TABLES, .start = bad_start};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_EXCHANGE, .id = "bad.exchange.uncancelled",
    NO_OPTIONS, .descriptor = &descriptor,
};
