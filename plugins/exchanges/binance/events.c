#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "binance.h"

void binance_event_init(struct sofia_event *head, uint16_t type, size_t size, uint32_t instrument)
{
    memset(head, 0, size);
    head->size = (uint32_t)size;
    head->type = type;
    head->version = 1;
    head->instrument = instrument;
}

int binance_emit(struct binance *b, const struct sofia_event *head)
{
    return b->host->exchange->emit(b->host, head);
}

int binance_emit_balance(struct binance *b, uint32_t source, const char *asset,
                         struct sofia_wide free_qty, struct sofia_wide locked, int64_t ts_ns)
{
    struct sofia_event_balance balance;

    binance_event_init(&balance.head, SOFIA_EV_BALANCE, sizeof(balance), 0);
    balance.head.ts_venue_ns = ts_ns;
    balance.source = source;
    balance.free = free_qty;
    balance.locked = locked;
    snprintf(balance.asset, sizeof(balance.asset), "%s", asset);
    return binance_emit(b, &balance.head);
}

int binance_emit_channel(struct binance *b, uint32_t channel, uint32_t instrument, uint32_t state,
                         const char *reason)
{
    struct sofia_event_channel event;

    binance_event_init(&event.head, SOFIA_EV_CHANNEL, sizeof(event), instrument);
    event.head.generation =
        channel == SOFIA_CHANNEL_PRIVATE ? b->user.generation : b->market.generation;
    event.channel = channel;
    event.state = state;
    snprintf(event.reason, sizeof(event.reason), "%s", reason);
    return binance_emit(b, &event.head);
}

int binance_emit_account(struct binance *b, uint32_t can_trade, uint32_t can_withdraw)
{
    struct sofia_event_account account;

    binance_event_init(&account.head, SOFIA_EV_ACCOUNT, sizeof(account), 0);
    account.can_trade = can_trade;
    account.can_withdraw = can_withdraw;
    snprintf(account.identity, sizeof(account.identity), "%s", b->identity);
    return binance_emit(b, &account.head);
}

void binance_log(const struct binance *b, uint32_t level, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    b->host->log(b->host, level, text);
}

/* The number is known once the core has taken the instrument in, which is after our event, so it is
 * asked for late. */
uint32_t binance_instrument(struct binance *b, struct sofia_slice venue_symbol)
{
    char name[2 * SOFIA_NAME_SIZE];
    struct binance_symbol *symbol =
        binance_symbol_find(&b->symbols, venue_symbol.at, venue_symbol.len);

    if (symbol == NULL) {
        return 0;
    }
    if (symbol->instrument == 0) {
        snprintf(name, sizeof(name), "%s:%s", b->host->name(b->host), symbol->rules.name);
        uint32_t instrument = 0;
        if (b->host->instrument_find(b->host, name, &instrument) == SOFIA_OK) {
            symbol->instrument = instrument;
        }
    }
    return symbol->instrument;
}

int64_t binance_ms_to_ns(int64_t ms)
{
    if (ms < 0 || ms > INT64_MAX / BINANCE_NS_PER_MS) {
        return 0;
    }
    return ms * BINANCE_NS_PER_MS;
}

void binance_json_fail(struct sofia_json *cur)
{
    if (cur->status == 0) {
        cur->status = SOFIA_JSON_EVALUE;
        cur->error_at = cur->at;
    }
}

void binance_json_text(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice raw = {0};
    size_t len = 0;

    buf[0] = '\0';
    if (sofia_json_null(cur) || sofia_json_string(cur, &raw) != 0) {
        return;
    }
    if (sofia_json_unescape(raw, buf, cap, &len) != 0) {
        buf[0] = '\0';
        binance_json_fail(cur);
    }
}

void binance_json_id(struct sofia_json *cur, char *buf, size_t cap)
{
    int64_t value = 0;

    buf[0] = '\0';
    if (sofia_json_null(cur) || sofia_json_i64(cur, &value) != 0) {
        return;
    }
    snprintf(buf, cap, "%lld", (long long)value);
}
