/* A question to itself that names its order operation too. */
#include "bad.h"

static const struct sofia_origin origins[] = {BAD_ORIGIN};
static const struct sofia_bucket buckets[] = {BAD_BUCKET};
static const struct sofia_endpoint endpoints[] = {
    BAD_ENDPOINT(SOFIA_CLASS_READ, "LOCAL", "account.status"),
    BAD_ENDPOINT(SOFIA_CLASS_TRADE, "LOCAL", "order.place"),
    BAD_ENDPOINT(SOFIA_CLASS_CANCEL, "LOCAL", "order.cancel")};

/* self is the host. */
static int start(void *self)
{
    const struct sofia_host *host = self;
    struct sofia_request request;
    uint64_t id = 0;

    bad_request(&request, 0, SOFIA_PART_BODY,
                "{\"op\":\"account.status\",\"then\":\"order.place\"}");
    return host->exchange->request(host, &request, &id);
}

static const struct sofia_exchange descriptor = {GOOD_EXCHANGE, GOOD_TABLES, .start = start};

SOFIA_EXPORT const struct sofia_module sofia_module = {
    GOOD_HEAD,  .kind = SOFIA_KIND_EXCHANGE, .id = "bad.exchange.question",
    NO_OPTIONS, .descriptor = &descriptor,
};
