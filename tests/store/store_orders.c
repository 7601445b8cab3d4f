#include "store_orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/event.h>
#include <sofia/kit/decimal.h>

#include "base/str.h"
#include "model/record.h"

static void put(struct journal *journal, uint16_t kind, const void *record, size_t len)
{
    int64_t ts_ns = INT64_C(1700000000000000000) + (int64_t)journal_appended_seq(journal);

    if (journal_append(journal, kind, RECORD_VERSION, ts_ns, record, len, NULL) != 0) {
        fprintf(stderr, "the journal is full\n");
        abort();
    }
}

static struct sofia_decimal dec(const char *text)
{
    struct sofia_decimal value;

    if (sofia_decimal_parse(text, strlen(text), &value) != 0) {
        abort();
    }
    return value;
}

static void set(char *dst, size_t cap, const char *text)
{
    (void)str_copy(dst, cap, text);
}

static void name(struct journal *journal, uint32_t what, const char *text)
{
    struct record_name record = {.what = what, .id = 1};

    set(record.name, sizeof(record.name), text);
    if (what == NAME_INSTRUMENT) {
        record.account = 1;
        set(record.venue_symbol, sizeof(record.venue_symbol), "BTCUSDT");
        set(record.base, sizeof(record.base), "BTC");
        set(record.quote, sizeof(record.quote), "USDT");
    }
    put(journal, RECORD_NAME, &record, sizeof(record));
}

void story_names(struct journal *journal)
{
    name(journal, NAME_ACCOUNT, "binance");
    name(journal, NAME_INSTRUMENT, "BTC/USDT");
    name(journal, NAME_STRATEGY, "quoter");
    name(journal, NAME_RULE, "limits");
}

static void intent(struct journal *journal, uint64_t id, uint32_t side)
{
    struct record_intent record = {
        .order_id = id,
        .request_id = id,
        .created_ns = INT64_C(1700000000000000000),
        .account = 1,
        .instrument = 1,
        .strategy = 1,
        .side = side,
        .type = SOFIA_TYPE_LIMIT,
        .tif = SOFIA_TIF_GTC,
        .flags = SOFIA_ORDER_POST_ONLY,
        .branch = SOFIA_BRANCH_LIVE,
        .origin = SOFIA_ORIGIN_STRATEGY,
        .effect = SOFIA_EFFECT_OPEN,
        .qty = dec("0.5"),
        .price = dec("60000.1"),
        .quote_qty = sofia_decimal_absent(),
        .stop_price = sofia_decimal_absent(),
        .rule_count = 1,
        .rules = {{.rule = 1, .spent_ns = 120}},
    };

    (void)str_format(record.client_id, sizeof(record.client_id), "client-%llu",
                     (unsigned long long)id);
    put(journal, RECORD_INTENT, &record, sizeof(record));
}

static void sent(struct journal *journal, uint64_t id)
{
    struct record_send record = {.order_id = id, .what = SEND_PLACE, .attempt = 1, .sent_ns = 1};

    put(journal, RECORD_SEND, &record, sizeof(record));
}

static void acknowledged(struct journal *journal, uint64_t id)
{
    struct record_report record = {.order_id = id,
                                   .state = SOFIA_STATE_NEW,
                                   .source = KNOWN_BY_ANSWER,
                                   .about = SEND_PLACE,
                                   .filled_qty = sofia_decimal_absent()};

    (void)str_format(record.venue_id, sizeof(record.venue_id), "v%llu", (unsigned long long)id);
    put(journal, RECORD_REPORT, &record, sizeof(record));
}

static void fill(struct journal *journal, uint64_t order_id, uint64_t number, char part,
                 const char *qty)
{
    struct record_fill record = {
        .order_id = order_id,
        .account = 1,
        .instrument = 1,
        .side = SOFIA_SIDE_BUY,
        .source = KNOWN_BY_STREAM,
        .qty = dec(qty),
        .price = dec("60000.1"),
        .fee = sofia_wide_of(dec("0.0002")),
    };

    if (sofia_decimal_mul(record.qty, record.price, &record.quote_qty) != 0) {
        abort();
    }
    set(record.fee_asset, sizeof(record.fee_asset), "BTC");
    (void)str_format(record.fill_id, sizeof(record.fill_id), "f%llu%c", (unsigned long long)number,
                     part);
    (void)str_format(record.venue_id, sizeof(record.venue_id), "v%llu", (unsigned long long)number);
    put(journal, RECORD_FILL, &record, sizeof(record));
}

void story_filled(struct journal *journal, uint64_t id)
{
    intent(journal, id, SOFIA_SIDE_BUY);
    sent(journal, id);
    acknowledged(journal, id);
    fill(journal, id, id, 'a', "0.2");
    fill(journal, id, id, 'b', "0.3");
}

void story_denied(struct journal *journal, uint64_t id)
{
    struct record_verdict record = {.order_id = id,
                                    .station = STATION_RISK,
                                    .rule = 1,
                                    .value = dec("0.5"),
                                    .limit = dec("0.1")};

    intent(journal, id, SOFIA_SIDE_BUY);
    set(record.code, sizeof(record.code), "MAX_ORDER");
    set(record.reason, sizeof(record.reason), "too large");
    put(journal, RECORD_VERDICT, &record, sizeof(record));
}

void story_open(struct journal *journal, uint64_t id)
{
    intent(journal, id, SOFIA_SIDE_SELL);
    sent(journal, id);
    acknowledged(journal, id);
}

void story_doubtful(struct journal *journal, uint64_t id)
{
    struct record_doubt record = {.order_id = id, .bits = SOFIA_DOUBT_PLACE, .set = 1};

    intent(journal, id, SOFIA_SIDE_SELL);
    sent(journal, id);
    set(record.reason, sizeof(record.reason), "time-out");
    put(journal, RECORD_DOUBT, &record, sizeof(record));
}

void story_repeat_fill(struct journal *journal, uint64_t id)
{
    fill(journal, id, id, 'a', "0.2");
}

void story_foreign_fill(struct journal *journal, uint64_t id)
{
    fill(journal, 0, id, 'x', "0.01");
}

static void baseline(struct journal *journal, const char *asset, const char *amount)
{
    struct record_baseline record = {.account = 1, .what = BASELINE_START};

    record.amount = sofia_wide_of(dec(amount));
    set(record.asset, sizeof(record.asset), asset);
    set(record.author, sizeof(record.author), "sofia");
    put(journal, RECORD_BASELINE, &record, sizeof(record));
}

void story_account(struct journal *journal)
{
    struct record_balance balance = {.account = 1,
                                     .free = sofia_wide_of(dec("1.5")),
                                     .locked = sofia_wide_zero(),
                                     .expected = sofia_wide_of(dec("1.5"))};

    baseline(journal, "BTC", "1.5");
    baseline(journal, "USDT", "100000");
    set(balance.asset, sizeof(balance.asset), "BTC");
    put(journal, RECORD_BALANCE, &balance, sizeof(balance));
}

void story_kill(struct journal *journal, uint64_t epoch, uint32_t level, uint32_t zero)
{
    struct record_kill record = {.epoch = epoch, .level = level, .zero = zero, .at_ns = 5};

    set(record.scope, sizeof(record.scope), "all");
    set(record.author, sizeof(record.author), "ops");
    set(record.reason, sizeof(record.reason), "test");
    put(journal, RECORD_KILL, &record, sizeof(record));
}

void story_mode(struct journal *journal)
{
    struct record_mode record = {.branch = SOFIA_BRANCH_SHADOW, .arming = ARMING_AUTO, .at_ns = 6};

    set(record.configured, sizeof(record.configured), "shadow");
    set(record.author, sizeof(record.author), "ops");
    set(record.reason, sizeof(record.reason), "start");
    put(journal, RECORD_MODE, &record, sizeof(record));
}
