/* An endpoint lives at an origin that is not in the table. */
#include "bad.h"

static const struct sofia_origin origins[] = {BAD_ORIGIN};
static const struct sofia_bucket buckets[] = {BAD_BUCKET};
static const struct sofia_endpoint endpoints[] = {{.size = sizeof(struct sofia_endpoint),
                                                   .class_ = SOFIA_CLASS_READ,
                                                   .method = "GET",
                                                   .path = "/account",
                                                   .origin = 7}};

static const struct sofia_exchange descriptor = {GOOD_EXCHANGE, GOOD_TABLES, .start = bad_start};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_EXCHANGE, .id = "bad.exchange.origin",
    NO_OPTIONS, .descriptor = &descriptor,
};
