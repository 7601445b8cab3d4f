/* The adapter on a fake host: what it sends, what it says when it comes back, and what its feed may not do. */
#include <criterion/criterion.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "fake_host.h"
#include "paper.h"

static struct fake_host fake;
static struct paper *p;
static struct sofia_result result;

/* ---- the rows the fake host does not have ---- */

static uint32_t (*count_of_list)(const struct sofia_host *host, const char *name);

static uint32_t option_count(const struct sofia_host *host, const char *name)
{
    return strcmp(name, "balances") == 0 ? 2 : count_of_list(host, name);
}

static int option_cell(const struct sofia_host *host, const char *name, uint32_t row,
                       const char *column, const char **ret_text)
{
    static const char *const cells[2][2] = {{"USDT", "1000"}, {"BTC", "0.5"}};

    (void)host;
    cr_assert_str_eq(name, "balances");
    *ret_text = cells[row][strcmp(column, "amount") == 0];
    return SOFIA_OK;
}

static int option_decimal(const struct sofia_host *host, const char *name,
                          struct sofia_decimal *ret_value)
{
    (void)host;
    (void)name;
    *ret_value = sofia_decimal_of(10, 0);
    return SOFIA_OK;
}

static const char info[] =
    "{\"symbols\":[{\"symbol\":\"BTCUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"BTC\","
    "\"baseAssetPrecision\":8,\"quoteAsset\":\"USDT\",\"quoteAssetPrecision\":8,"
    "\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\"],\"isSpotTradingAllowed\":true,"
    "\"filters\":[]}]}";

static struct sofia_answer answer_of(uint32_t endpoint, const char *body)
{
    return (struct sofia_answer){.size = sizeof(struct sofia_answer),
                                 .endpoint = endpoint,
                                 .outcome = SOFIA_ANSWER_OK,
                                 .http_status = endpoint >= PAPER_FEED ? 200 : 0,
                                 .request_id = 1,
                                 .order_id = 42,
                                 .body = body,
                                 .body_len = strlen(body)};
}

static void answer(const struct sofia_answer *a)
{
    memset(&result, 0, sizeof(result));
    result.size = sizeof(result);
    cr_assert_eq(paper_exchange.on_answer(p, a, &result), SOFIA_OK);
}

/* The request as it comes back: what the host does with method LOCAL. */
static void come_back(const struct sofia_request *request)
{
    for (uint32_t i = 0; i < request->segment_count; i++) {
        cr_assert_eq(request->segments[i].part, SOFIA_PART_BODY);
        cr_assert_eq(request->segments[i].secret, 0);
    }
    struct sofia_answer a = answer_of(request->endpoint, fake_part(request, SOFIA_PART_BODY));
    answer(&a);
}

static void frame(const char *text)
{
    cr_assert_eq(paper_exchange.on_frame(p, 101, 1, 1, text, strlen(text)), SOFIA_OK);
}

static void start(void)
{
    void *self = NULL;

    fake_host_init(&fake, "paper", paper_options, PAPER_OPTION_COUNT);
    fake_option(&fake, "rest_url", "http://127.0.0.1:1");
    fake_option(&fake, "stream_url", "ws://127.0.0.1:1");
    fake_option(&fake, "stream_max_age", "3600s");
    count_of_list = fake.host.option_count;
    fake.host.option_count = option_count;
    fake.host.option_cell = option_cell;
    fake.host.option_decimal = option_decimal;
    cr_assert_eq(paper_exchange.create(&fake.host, &self), SOFIA_OK, "%s", fake.log);
    p = self;
    cr_assert_eq(paper_exchange.start(self), SOFIA_OK);
    struct sofia_answer listing = answer_of(PAPER_EXCHANGE_INFO, "");
    cr_assert_eq(paper_exchange.on_piece(self, &listing, info, strlen(info)), SOFIA_OK);
    answer(&listing);
    paper_exchange.on_stream(self, 101, 1, SOFIA_STREAM_UP, 1);
    cr_assert_eq(paper_exchange.subscribe(self, 1, "BTCUSDT", 1), SOFIA_OK);
    frame("{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":1,\"s\":\"BTCUSDT\",\"b\":\"100\","
          "\"B\":\"2\",\"a\":\"101\",\"A\":\"3\"}}");
    fake_clear(&fake);
}

static void finish(void)
{
    paper_exchange.stop(p);
    paper_exchange.destroy(p);
    fake_host_release(&fake);
}

TestSuite(paper_adapter, .init = start, .fini = finish);

static struct sofia_order an_order(void)
{
    return (struct sofia_order){.size = sizeof(struct sofia_order),
                                .instrument = 1,
                                .side = SOFIA_SIDE_BUY,
                                .type = SOFIA_TYPE_LIMIT,
                                .tif = SOFIA_TIF_GTC,
                                .order_id = 42,
                                .qty = sofia_decimal_of(5, -1),
                                .price = sofia_decimal_of(102, 0),
                                .client_id = "one",
                                .venue_symbol = "BTCUSDT"};
}

Test(paper_adapter, encoding_an_order_does_nothing_yet)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    cr_assert_eq(paper_exchange.encode_submit(p, &order, &request), SOFIA_OK);
    cr_expect_eq(request.endpoint, PAPER_SUBMIT);
    cr_expect_eq(request.accept_until_ns, FAKE_VENUE_NOW_NS + INT64_C(2000000000));
    cr_expect_eq(fake.event_count, 0);
    cr_expect_eq(p->desk.open_count, 0);
}

Test(paper_adapter, an_order_that_comes_back_is_filled_and_told_fill_first)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    cr_assert_eq(paper_exchange.encode_submit(p, &order, &request), SOFIA_OK);
    come_back(&request);
    cr_expect_eq(result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_assert_eq(fake.event_count, 4);
    const struct sofia_event_fill *fill = (const void *)fake.events[0];
    const struct sofia_event_report *report = (const void *)fake.events[1];
    cr_expect_eq(fill->head.type, SOFIA_EV_FILL);
    cr_expect_eq(sofia_decimal_cmp(fill->price, sofia_decimal_of(101, 0)), 0);
    cr_expect_str_eq(fill->fee_asset, "BTC");
    cr_expect_eq(sofia_wide_cmp(fill->fee, sofia_wide_of(sofia_decimal_of(5, -4))), 0);
    cr_expect_str_eq(fill->venue_id, report->venue_id);
    cr_expect_eq(report->head.type, SOFIA_EV_REPORT);
    cr_expect_eq(report->state, SOFIA_STATE_FILLED);
    cr_expect_eq(report->source, SOFIA_REPORT_ANSWER);
    cr_expect_str_eq(report->client_id, "one");
    cr_expect_eq(fake.events[2]->type, SOFIA_EV_BALANCE);
}

Test(paper_adapter, what_was_stopped_on_its_way_or_comes_late_never_lived)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    cr_assert_eq(paper_exchange.encode_submit(p, &order, &request), SOFIA_OK);
    struct sofia_answer unsent = answer_of(PAPER_SUBMIT, "");
    unsent.outcome = SOFIA_ANSWER_NOT_SENT;
    unsent.text = "stopped";
    answer(&unsent);
    cr_expect_eq(result.verdict, SOFIA_VERDICT_NOT_SENT);
    fake.venue_now_ns = request.accept_until_ns + 1;
    come_back(&request);
    cr_expect_eq(result.verdict, SOFIA_VERDICT_REJECTED);
    cr_expect_eq(p->desk.open_count, 0);
    cr_expect_eq(fake.event_count, 0);
}

Test(paper_adapter, a_print_fills_what_rests)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    order.price = sofia_decimal_of(1005, -1);
    cr_assert_eq(paper_exchange.encode_submit(p, &order, &request), SOFIA_OK);
    come_back(&request);
    fake_clear(&fake);
    frame("{\"stream\":\"btcusdt@trade\",\"data\":{\"e\":\"trade\",\"s\":\"BTCUSDT\",\"t\":9,"
          "\"p\":\"100.5\",\"q\":\"0.2\",\"T\":1767225600000,\"m\":true}}");
    cr_assert_gt(fake.event_count, 2);
    const struct sofia_event_fill *fill = fake_event(&fake, SOFIA_EV_FILL, 0);
    cr_expect_eq(fake.events[0]->type, SOFIA_EV_TRADE, "the market is told first");
    cr_assert_not_null(fill);
    cr_expect_eq(fill->liquidity, SOFIA_LIQUIDITY_MAKER);
    cr_expect_eq(fill->source, SOFIA_REPORT_STREAM);
    const struct sofia_event_report *report = fake_event(&fake, SOFIA_EV_REPORT, 0);
    cr_assert_not_null(report);
    cr_expect_eq(report->state, SOFIA_STATE_PARTIALLY_FILLED);
}

static void query(const char *client_id, const char *venue_id)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    memcpy(order.client_id, client_id, strlen(client_id) + 1);
    memcpy(order.venue_id, venue_id, strlen(venue_id) + 1);
    fake_clear(&fake);
    cr_assert_eq(paper_exchange.encode_query(p, &order, &request), SOFIA_OK);
    come_back(&request);
    cr_assert_eq(result.verdict, SOFIA_VERDICT_ACCEPTED);
}

Test(paper_adapter, an_unknown_order_is_absent_and_one_of_an_older_life_is_gone)
{
    query("nobody", "");
    const struct sofia_event_sync *sync = fake_event(&fake, SOFIA_EV_SYNC, 0);
    cr_assert_not_null(sync);
    cr_expect_eq(sync->absent, 1);
    cr_expect_eq(sync->order_id, 42);
    cr_expect_null(fake_event(&fake, SOFIA_EV_REPORT, 0));

    query("nobody", "Pabc-7");
    const struct sofia_event_report *report = fake_event(&fake, SOFIA_EV_REPORT, 0);
    cr_assert_not_null(report);
    cr_expect_eq(report->state, SOFIA_STATE_CANCELED);
    cr_expect(sofia_decimal_is_absent(report->filled_qty), "a quantity was made up");
    cr_expect_null(fake_event(&fake, SOFIA_EV_FILL, 0));
}

Test(paper_adapter, without_room_for_its_events_an_answer_asks_for_a_reconciliation)
{
    struct sofia_request request = {.size = sizeof(request)};
    struct sofia_order order = an_order();

    cr_assert_eq(paper_exchange.encode_submit(p, &order, &request), SOFIA_OK);
    fake.emit_room = 1;
    come_back(&request);
    cr_expect_eq(result.verdict, SOFIA_VERDICT_ACCEPTED);
    cr_expect_eq(result.action, SOFIA_ACTION_RECONCILE);
}

Test(paper_adapter, the_feed_may_ask_for_public_data_and_nothing_else)
{
    const struct sofia_exchange *feed = p->feed.desc;
    uint32_t public_count = 0;

    for (uint32_t i = 0; i < feed->endpoint_count; i++) {
        struct sofia_request request = {.size = sizeof(request), .endpoint = i};
        uint64_t id = 0;
        int status = p->feed.host.exchange->request(&p->feed.host, &request, &id);
        int is_public = feed->endpoints[i].class_ == SOFIA_CLASS_PUBLIC;
        cr_expect_eq(status, is_public ? SOFIA_OK : SOFIA_EDENIED, "%s", feed->endpoints[i].path);
        public_count += is_public ? 1u : 0u;
    }
    cr_expect_eq(fake.request_count, public_count);
    cr_expect_eq(public_count, PAPER_ENDPOINT_COUNT - PAPER_FEED);
    for (uint32_t i = 0; i < PAPER_ENDPOINT_COUNT; i++) {
        int leaves = strcmp(paper_endpoints[i].method, "LOCAL") != 0;
        cr_expect(!leaves || paper_endpoints[i].class_ == SOFIA_CLASS_PUBLIC, "%s leaves",
                  paper_endpoints[i].path);
    }
}

Test(paper_adapter, the_account_is_there_while_the_market_is)
{
    paper_exchange.on_stream(p, 101, 1, SOFIA_STREAM_LOST, 1);
    const struct sofia_event_channel *channel = NULL;
    for (uint32_t i = 0; (channel = fake_event(&fake, SOFIA_EV_CHANNEL, i)) != NULL; i++) {
        if (channel->channel == SOFIA_CHANNEL_PRIVATE) {
            break;
        }
    }
    cr_assert_not_null(channel);
    cr_expect_eq(channel->state, SOFIA_CHANNEL_DOWN);
    cr_expect_not(p->desk.symbols[0].quoted);
}
