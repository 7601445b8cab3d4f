/* An endpoint of a class that does not exist. */
#include "bad.h"

static const struct sofia_origin origins[] = {BAD_ORIGIN};
static const struct sofia_bucket buckets[] = {BAD_BUCKET};
static const struct sofia_endpoint endpoints[] = {BAD_ENDPOINT(9, "GET", "/account")};

static const struct sofia_exchange descriptor = {GOOD_EXCHANGE, GOOD_TABLES, .start = bad_start};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_EXCHANGE, .id = "bad.exchange.classless",
    NO_OPTIONS, .descriptor = &descriptor,
};
