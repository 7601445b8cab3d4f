#include "fold.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/str.h"

#define T0 INT64_C(1767225600000000000)

static void declare(struct fold *fold, uint32_t what, uint32_t id, const char *name,
                    const char *symbol, const char *base, const char *quote)
{
    struct record_name record = {.what = what, .id = id, .account = FOLD_ACCOUNT};
    (void)str_copy(record.name, sizeof(record.name), name);
    (void)str_copy(record.venue_symbol, sizeof(record.venue_symbol), symbol);
    (void)str_copy(record.base, sizeof(record.base), base);
    (void)str_copy(record.quote, sizeof(record.quote), quote);
    ASSERT_OK(fold_apply(fold, RECORD_NAME, &record, sizeof(record)));
}

void fold_init(struct fold *fold)
{
    memset(fold, 0, sizeof(*fold));
    cr_assert_eq(state_init(&fold->state), 0);
    declare(fold, NAME_ACCOUNT, FOLD_ACCOUNT, "main", "uid-1", "", "");
    declare(fold, NAME_INSTRUMENT, FOLD_BTC, "BTC/USDT", "BTCUSDT", "BTC", "USDT");
    declare(fold, NAME_INSTRUMENT, FOLD_ETH, "ETH/USDT", "ETHUSDT", "ETH", "USDT");
    declare(fold, NAME_STRATEGY, FOLD_MAKER, "maker", "", "", "");
    declare(fold, NAME_STRATEGY, FOLD_TAKER, "taker", "", "", "");
}

void fold_release(struct fold *fold)
{
    for (size_t i = 0; i < fold->count; i++) {
        free(fold->records[i].payload);
    }
    free(fold->records);
    state_release(&fold->state);
    memset(fold, 0, sizeof(*fold));
}

int fold_apply(struct fold *fold, uint32_t kind, const void *payload, size_t len)
{
    uint64_t seq = fold->count + 1;
    if (fold->count == fold->cap) {
        fold->cap = fold->cap == 0 ? 64 : fold->cap * 2;
        fold->records = realloc(fold->records, fold->cap * sizeof(fold->records[0]));
        cr_assert_not_null(fold->records);
    }
    struct fold_record *record = &fold->records[fold->count++];
    *record = (struct fold_record){.kind = kind, .len = len, .payload = malloc(len)};
    cr_assert_not_null(record->payload);
    memcpy(record->payload, payload, len);
    return state_apply(&fold->state, seq, T0 + (int64_t)seq, kind, payload, len);
}

void fold_replay(const struct fold *fold, struct state *ret_state)
{
    cr_assert_eq(state_init(ret_state), 0);
    for (size_t i = 0; i < fold->count; i++) {
        const struct fold_record *record = &fold->records[i];
        uint64_t seq = i + 1;
        (void)state_apply(ret_state, seq, T0 + (int64_t)seq, record->kind, record->payload,
                          record->len);
    }
}

static void same_list(const struct order_list *a, const struct order_list *b, const char *what)
{
    const struct order *y = b->head;
    cr_assert_eq(a->count, b->count, "%s orders: %u and %u", what, a->count, b->count);
    for (const struct order *x = a->head; x != NULL; x = x->next, y = y->next) {
        struct order left = *x;
        struct order right = *y;
        left.next = left.prev = right.next = right.prev = NULL;
        cr_assert_eq(memcmp(&left, &right, sizeof(left)), 0, "%s order %llu differs", what,
                     (unsigned long long)x->pub.order_id);
    }
}

void fold_same(const struct state *a, const struct state *b)
{
    const struct ledger *l = &a->ledger;
    const struct ledger *r = &b->ledger;
    same_list(&a->live, &b->live, "live");
    same_list(&a->done, &b->done, "done");
    cr_assert_eq(l->asset_count, r->asset_count);
    cr_assert_eq(l->position_count, r->position_count);
    cr_assert_eq(memcmp(l->assets, r->assets, l->asset_count * sizeof(l->assets[0])), 0);
    cr_assert_eq(memcmp(l->positions, r->positions, l->position_count * sizeof(l->positions[0])),
                 0);
    cr_assert_eq(memcmp(a->latches, b->latches, sizeof(a->latches)), 0);
    cr_assert_eq(memcmp(&a->mode, &b->mode, sizeof(a->mode)), 0);
    cr_assert_eq(memcmp(&a->boot, &b->boot, sizeof(a->boot)), 0);
    cr_assert_eq(memcmp(&a->day, &b->day, sizeof(a->day)), 0);
    cr_assert_eq(a->fill_count, b->fill_count);
    cr_assert_eq(memcmp(a->fill_tails, b->fill_tails, a->fill_count * sizeof(a->fill_tails[0])), 0);
    cr_assert_eq(a->kill_epoch, b->kill_epoch);
    cr_assert_eq(a->last_seq, b->last_seq);
    cr_assert_eq(a->last_order_id, b->last_order_id);
    cr_assert_eq(a->doubts, b->doubts);
    cr_assert_eq(a->illegal_transitions, b->illegal_transitions);
    cr_assert_eq(a->repeated_fills, b->repeated_fills);
}

/* ---- records ---- */

struct record_intent fold_intent_of(uint64_t id, uint32_t side, const char *qty)
{
    struct record_intent intent = {.order_id = id,
                                   .account = FOLD_ACCOUNT,
                                   .instrument = FOLD_BTC,
                                   .strategy = FOLD_MAKER,
                                   .side = side,
                                   .type = SOFIA_TYPE_LIMIT,
                                   .tif = SOFIA_TIF_GTC,
                                   .branch = SOFIA_BRANCH_LIVE,
                                   .origin = SOFIA_ORIGIN_STRATEGY,
                                   .qty = decimal_of(qty),
                                   .price = decimal_of("100"),
                                   .quote_qty = sofia_decimal_absent(),
                                   .stop_price = sofia_decimal_absent()};
    (void)snprintf(intent.client_id, sizeof(intent.client_id), "client-%llu",
                   (unsigned long long)id);
    return intent;
}

int fold_intent(struct fold *fold, uint64_t id, uint32_t side, const char *qty)
{
    struct record_intent intent = fold_intent_of(id, side, qty);
    return fold_apply(fold, RECORD_INTENT, &intent, sizeof(intent));
}

int fold_send(struct fold *fold, uint64_t id, uint32_t what)
{
    struct record_send send = {
        .order_id = id, .what = what, .attempt = 1, .sent_ns = T0, .accept_until_ns = T0 + 5};
    (void)snprintf(send.cancel_id, sizeof(send.cancel_id), "cancel-%llu", (unsigned long long)id);
    return fold_apply(fold, RECORD_SEND, &send, sizeof(send));
}

int fold_report(struct fold *fold, uint64_t id, uint32_t state, const char *filled)
{
    struct record_report report = {.order_id = id,
                                   .state = state,
                                   .source = KNOWN_BY_STREAM,
                                   .about = SEND_PLACE,
                                   .filled_qty = decimal_of(filled)};
    (void)snprintf(report.venue_id, sizeof(report.venue_id), "venue-%llu", (unsigned long long)id);
    return fold_apply(fold, RECORD_REPORT, &report, sizeof(report));
}

int fold_cancel_refused(struct fold *fold, uint64_t id)
{
    struct record_report report = {.order_id = id,
                                   .source = KNOWN_BY_ANSWER,
                                   .about = SEND_CANCEL,
                                   .filled_qty = sofia_decimal_absent()};
    return fold_apply(fold, RECORD_REPORT, &report, sizeof(report));
}

int fold_doubt(struct fold *fold, uint64_t id, uint32_t bits, bool set)
{
    struct record_doubt doubt = {.order_id = id, .bits = bits, .set = set ? 1 : 0};
    return fold_apply(fold, RECORD_DOUBT, &doubt, sizeof(doubt));
}

int fold_verdict(struct fold *fold, uint32_t kind, uint64_t id)
{
    struct record_verdict verdict = {.order_id = id,
                                     .station = STATION_RISK,
                                     .value = sofia_decimal_absent(),
                                     .limit = sofia_decimal_absent()};
    return fold_apply(fold, kind, &verdict, sizeof(verdict));
}

int fold_kill(struct fold *fold, const char *scope, uint32_t level, uint64_t epoch)
{
    struct record_kill kill = {.epoch = epoch, .level = level, .at_ns = T0};
    (void)str_copy(kill.scope, sizeof(kill.scope), scope);
    (void)str_copy(kill.author, sizeof(kill.author), "ops");
    return fold_apply(fold, RECORD_KILL, &kill, sizeof(kill));
}

struct record_fill fold_fill_of(uint64_t id, uint32_t side, const char *fill_id, const char *qty,
                                const char *price)
{
    struct record_fill fill = {.order_id = id,
                               .account = FOLD_ACCOUNT,
                               .instrument = FOLD_BTC,
                               .side = side,
                               .qty = decimal_of(qty),
                               .price = decimal_of(price),
                               .fee = sofia_wide_absent()};
    cr_assert_eq(sofia_decimal_mul(fill.price, fill.qty, &fill.quote_qty), 0);
    (void)str_copy(fill.fill_id, sizeof(fill.fill_id), fill_id);
    (void)snprintf(fill.venue_id, sizeof(fill.venue_id), "venue-%llu", (unsigned long long)id);
    return fill;
}

int fold_fill(struct fold *fold, uint64_t id, uint32_t side, const char *fill_id, const char *qty,
              const char *price)
{
    struct record_fill fill = fold_fill_of(id, side, fill_id, qty, price);
    return fold_apply(fold, RECORD_FILL, &fill, sizeof(fill));
}

int fold_fill_fee(struct fold *fold, uint64_t id, uint32_t side, const char *fill_id,
                  const char *qty, const char *price, const char *fee, const char *fee_asset)
{
    struct record_fill fill = fold_fill_of(id, side, fill_id, qty, price);
    fill.fee = wide_of(fee);
    (void)str_copy(fill.fee_asset, sizeof(fill.fee_asset), fee_asset);
    return fold_apply(fold, RECORD_FILL, &fill, sizeof(fill));
}

/* ---- looking ---- */

const struct order *fold_order(const struct fold *fold, uint64_t id)
{
    const struct order *order = state_order(&fold->state, id);
    cr_assert_not_null(order, "no order %llu", (unsigned long long)id);
    return order;
}

const struct position *fold_position(const struct fold *fold, uint64_t id)
{
    return &fold->state.ledger.positions[fold_order(fold, id)->position];
}

struct sofia_decimal decimal_of(const char *text)
{
    struct sofia_decimal value = sofia_decimal_absent();
    if (text != NULL) {
        cr_assert_eq(sofia_decimal_parse(text, strlen(text), &value), 0, "%s", text);
    }
    return value;
}

struct sofia_wide wide_of(const char *text)
{
    struct sofia_wide value = sofia_wide_absent();
    if (text != NULL) {
        cr_assert_eq(sofia_wide_parse(text, strlen(text), &value), 0, "%s", text);
    }
    return value;
}

void wide_is(struct sofia_wide value, const char *text, const char *what)
{
    char shown[SOFIA_DECIMAL_TEXT] = "?";
    (void)sofia_wide_print(value, shown, sizeof(shown));
    cr_assert_eq(sofia_wide_cmp(value, wide_of(text)), 0, "%s is %s instead of %s", what, shown,
                 text);
}

void decimal_is(struct sofia_decimal value, const char *text, const char *what)
{
    wide_is(sofia_wide_of(value), text, what);
}
