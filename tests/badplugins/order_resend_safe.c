/* An order that claims to be harmless to repeat. */
#include "bad.h"

static const struct sofia_origin origins[] = {BAD_ORIGIN};
static const struct sofia_bucket buckets[] = {BAD_BUCKET};
static const struct sofia_endpoint endpoints[] = {{.size = sizeof(struct sofia_endpoint),
                                                   .class_ = SOFIA_CLASS_TRADE,
                                                   .flags = SOFIA_ENDPOINT_RESEND_SAFE,
                                                   .method = "POST",
                                                   .path = "/order",
                                                   .charges = {{.bucket = 1, .amount = 1}}}};

static const struct sofia_exchange descriptor = {GOOD_EXCHANGE, GOOD_TABLES, .start = bad_start};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_EXCHANGE, .id = "bad.exchange.resend",
    NO_OPTIONS, .descriptor = &descriptor,
};
