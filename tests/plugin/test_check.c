/* module_check on data made here: one thing wrong at a time, and the sentence that must follow. */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

/* ---- a whole exchange, right in everything ---- */

static int create(const struct sofia_host *host, void **ret_self)
{
    (void)host;
    *ret_self = NULL;
    return SOFIA_OK;
}

static int start(void *self)
{
    (void)self;
    return SOFIA_OK;
}

static void stop(void *self)
{
    (void)self;
}

static int on_event(void *self, const struct sofia_event *event)
{
    (void)self;
    (void)event;
    return SOFIA_OK;
}

static int config_check(void *self, const struct sofia_host *proposed)
{
    (void)self;
    (void)proposed;
    return SOFIA_OK;
}

static void config_commit(void *self, const struct sofia_host *proposed)
{
    (void)self;
    (void)proposed;
}

static struct sofia_strategy strategy;
static struct sofia_option option;
static struct sofia_module module;
static struct sofia_exchange exchange;
static struct sofia_origin origins[2];
static struct sofia_bucket bucket;
static struct sofia_endpoint endpoints[4];

static void make_strategy(void)
{
    strategy = (struct sofia_strategy){.size = sizeof(strategy),
                                       .create = create,
                                       .start = start,
                                       .on_event = on_event,
                                       .stop = stop,
                                       .destroy = stop};
    option = (struct sofia_option){.size = sizeof(option),
                                   .type = SOFIA_OPTION_INT,
                                   .name = "levels",
                                   .default_text = "1",
                                   .doc = "levels"};
    module = (struct sofia_module){.magic = SOFIA_MAGIC,
                                   .size = sizeof(module),
                                   .abi_major = SOFIA_ABI_MAJOR,
                                   .kind = SOFIA_KIND_STRATEGY,
                                   .option_count = 1,
                                   .option_size = sizeof(option),
                                   .id = "test.strategy.made",
                                   .version = "1",
                                   .descriptor = &strategy,
                                   .options = &option};
}

static void make_exchange(void)
{
    make_strategy();
    module.kind = SOFIA_KIND_EXCHANGE;
    module.id = "test.exchange.made";
    module.descriptor = &exchange;
    origins[0] = (struct sofia_origin){.size = sizeof(origins[0]), .name = "rest"};
    origins[1] = (struct sofia_origin){.size = sizeof(origins[0]), .name = "stream"};
    bucket = (struct sofia_bucket){.size = sizeof(bucket),
                                   .scope = SOFIA_SCOPE_IP,
                                   .kind = SOFIA_BUCKET_DECAY,
                                   .limit = 10,
                                   .window_ns = 1000,
                                   .name = "weight"};
    endpoints[0] = (struct sofia_endpoint){.size = sizeof(endpoints[0]),
                                           .class_ = SOFIA_CLASS_TRADE,
                                           .method = "POST",
                                           .path = "/order",
                                           .charges = {{1, 1}}};
    endpoints[1] = (struct sofia_endpoint){.size = sizeof(endpoints[0]),
                                           .class_ = SOFIA_CLASS_READ,
                                           .flags = SOFIA_ENDPOINT_RESEND_SAFE,
                                           .method = "POST",
                                           .path = "/balance"};
    endpoints[2] = (struct sofia_endpoint){.size = sizeof(endpoints[0]),
                                           .class_ = SOFIA_CLASS_PUBLIC,
                                           .origin = 1,
                                           .method = "WS",
                                           .path = "SUBSCRIBE"};
    endpoints[3] = (struct sofia_endpoint){.size = sizeof(endpoints[0]),
                                           .class_ = SOFIA_CLASS_CANCEL,
                                           .method = "DELETE",
                                           .path = "/order"};
    /* The callbacks are never called here; that none of the required ones is NULL is all that is asked. */
    memset(&exchange, 0x55, sizeof(exchange));
    exchange.size = sizeof(exchange);
    exchange.features = 0;
    exchange.origins = origins;
    exchange.origin_count = 2;
    exchange.buckets = &bucket;
    exchange.bucket_count = 1;
    exchange.endpoints = endpoints;
    exchange.endpoint_count = 4;
}

static const char *problems(void)
{
    static struct text out;
    text_clear(&out);
    size_t count = module_check(&module, 0, &out);
    size_t lines = 0;
    for (const char *at = text_get(&out); *at != '\0'; at++) {
        lines += *at == '\n' ? 1u : 0u;
    }
    cr_expect_eq(count, lines, "%zu problems in %zu lines: %s", count, lines, text_get(&out));
    return text_get(&out);
}

TestSuite(module_check_strategy, .init = make_strategy);
TestSuite(module_check_exchange, .init = make_exchange);

Test(module_check_strategy, right_is_right)
{
    cr_assert_str_eq(problems(), "");
}

Test(module_check_strategy, each_required_callback_is_asked_for)
{
    strategy.create = NULL;
    strategy.start = NULL;
    strategy.stop = NULL;
    strategy.destroy = NULL;
    cr_expect_str_eq(problems(),
                     "struct sofia_strategy has no create\nstruct sofia_strategy has no start\n"
                     "struct sofia_strategy has no stop\nstruct sofia_strategy has no destroy\n");
}

Test(module_check_strategy, ids)
{
    static const char *const wrong[] = {"",
                                        "made",
                                        "test.strategy",
                                        "test.strategy.",
                                        ".strategy.x",
                                        "test..x",
                                        "test.strategy.a.b",
                                        "Test.strategy.x",
                                        "test.strategy.a b"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        module.id = wrong[i];
        must_say(problems(), i == 0 ? "has no id" : "is not vendor.kind.name in lower case");
    }
    module.id = NULL;
    must_say(problems(), "has no id");
    module.id = "test.risk.made";
    must_say(problems(), "id 'test.risk.made' says 'risk', the module is of kind strategy");
    module.id = "a-b.strategy.c_9";
    cr_expect_str_eq(problems(), "");
}

Test(module_check_strategy, a_name_cannot_break_the_line)
{
    module.id = "a\nb\033[31m";
    must_say(problems(), "id 'a?b?[31m' is not");
}

Test(module_check_strategy, a_version_is_needed)
{
    module.version = "";
    cr_expect_str_eq(problems(), "has no version\n");
    module.version = NULL;
    cr_expect_str_eq(problems(), "has no version\n");
}

Test(module_check_strategy, what_changes_live_has_two_phases)
{
    option.flags = SOFIA_OPTION_LIVE;
    strategy.config_check = config_check;
    must_say(problems(), "option 'levels' may change while running, but struct sofia_strategy has "
                         "no config_check and config_commit");
    strategy.config_commit = config_commit;
    cr_expect_str_eq(problems(), "");
}

Test(module_check_strategy, a_small_module_struct)
{
    module.size = 40;
    must_say(problems(), "struct sofia_module has 40 bytes, this core needs at least 80");
}

Test(module_check_exchange, right_is_right)
{
    cr_assert_str_eq(problems(), "");
}

Test(module_check_exchange, rows_of_another_size_are_not_read)
{
    endpoints[1].size = 8;
    must_say(problems(), "endpoint 1: struct sofia_endpoint has 8 bytes, this core has");
    exchange.endpoint_count = 100000;
    must_say(problems(),
             "table of endpoints is missing or longer (100000) than this core takes (256)");
    exchange.origins = NULL;
    must_say(problems(), "table of origins is missing");
}

Test(module_check_exchange, origins)
{
    origins[1].name = "rest";
    must_say(problems(), "origin 'rest' is there twice");
    origins[1].name = "";
    must_say(problems(), "origin 1 has no name");
    exchange.origin_count = 0;
    must_say(problems(), "has no origin");
}

Test(module_check_exchange, buckets)
{
    bucket.scope = 5;
    bucket.kind = 0;
    bucket.reserve_percent = 101;
    bucket.window_ns = 0;
    cr_expect_str_eq(problems(), "bucket 'weight' has scope 5, this core knows 1 to 4\n"
                                 "bucket 'weight' is of kind 0, this core knows 1 to 2\n"
                                 "bucket 'weight' reserves 101 percent, at most 100 are there\n"
                                 "bucket 'weight' allows 10 in 0 ns, both must be above 0\n");
    bucket.name = NULL;
    cr_expect_str_eq(problems(), "bucket 0 has no name\n");
}

Test(module_check_exchange, charges)
{
    endpoints[0].charges[0].bucket = 2;
    must_say(problems(), "endpoint 0 (POST /order) is charged to bucket 2, the table has 1");
    endpoints[0].charges[0].bucket = 0;
    must_say(problems(), "endpoint 0 (POST /order) is charged 1 to no bucket");
}

Test(module_check_exchange, paths)
{
    endpoints[0].path = "order";
    must_say(problems(), "endpoint 0 (POST order): the path does not begin with '/'");
    endpoints[2].path = "";
    must_say(problems(), "endpoint 2 (WS ): the operation has no name");
    endpoints[2].method = NULL;
    must_say(problems(), "endpoint 2 (no method ) has a method that is not");
}

Test(module_check_exchange, an_order_must_not_be_repeated)
{
    endpoints[0].flags = SOFIA_ENDPOINT_RESEND_SAFE;
    must_say(problems(), "endpoint 0 (POST /order) places orders and is RESEND_SAFE");
    endpoints[0].flags = 0;
    endpoints[0].method = "GET";
    must_say(problems(), "endpoint 0 (GET /order) places orders without a body");
}

Test(module_check_exchange, a_question_that_writes_must_be_repeatable)
{
    endpoints[1].flags = 0;
    must_say(problems(), "endpoint 1 (POST /balance) is a question and not RESEND_SAFE");
    endpoints[1].method = "GET";
    cr_expect_str_eq(problems(), "");
}

Test(module_check_exchange, every_class_may_stay_in_the_process)
{
    for (uint32_t i = 0; i < 3; i++) {
        endpoints[i].method = "LOCAL";
        endpoints[i].path = "practice.order";
        endpoints[i].flags = 0;
    }
    cr_expect_str_eq(problems(), "");
    endpoints[0].class_ = SOFIA_CLASS_CANCEL;
    endpoints[1].class_ = SOFIA_CLASS_TRADE;
    cr_expect_str_eq(problems(), "");
    endpoints[2].path = "";
    must_say(problems(), "endpoint 2 (LOCAL ): the operation has no name");
}

Test(module_check_exchange, what_stays_in_the_process_meets_no_transport)
{
    endpoints[1].method = "LOCAL";
    must_say(problems(), "endpoint 1 (LOCAL /balance) has flags of the transport");
    endpoints[1].flags = SOFIA_ENDPOINT_STREAMED;
    must_say(problems(), "endpoint 1 (LOCAL /balance) has flags of the transport");
}

Test(module_check_exchange, flags_of_a_newer_sdk)
{
    endpoints[2].flags = 0x80;
    must_say(problems(), "endpoint 2 (WS SUBSCRIBE) has flags 0x80, this core knows 0x7");
}

Test(module_check_exchange, promises_need_their_callback)
{
    exchange.on_piece = NULL;
    endpoints[1].flags |= SOFIA_ENDPOINT_STREAMED;
    must_say(problems(),
             "endpoint 1 (POST /balance) is STREAMED, but struct sofia_exchange has no on_piece");
    exchange.encode_replace = NULL;
    exchange.features = SOFIA_EXCHANGE_AMEND;
    must_say(problems(), "says AMEND, but struct sofia_exchange has no encode_replace");
    exchange.encode_dead_man = NULL;
    exchange.features = SOFIA_EXCHANGE_DEAD_MAN;
    must_say(problems(), "says DEAD_MAN, but struct sofia_exchange has no encode_dead_man");
}

Test(module_check_exchange, without_a_trade_endpoint)
{
    endpoints[0].class_ = SOFIA_CLASS_CANCEL;
    must_say(problems(), "has no endpoint of class TRADE: it could place no order");
}

Test(module_check_exchange, without_a_cancel_endpoint)
{
    cr_expect_str_eq(problems(), "");
    endpoints[3].class_ = SOFIA_CLASS_READ;
    endpoints[3].method = "GET";
    must_say(problems(), "has no endpoint of class CANCEL: it could stop no order");
    exchange.endpoint_count = 3;
    must_say(problems(), "has no endpoint of class CANCEL: it could stop no order");
}

Test(module_check_exchange, nothing_changes_live)
{
    option.flags = SOFIA_OPTION_LIVE;
    must_say(
        problems(),
        "option 'levels' may change while running, but struct sofia_exchange has no config_check");
}
