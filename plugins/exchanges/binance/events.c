#include "binance.h"

int binance_emit_channel(struct binance *b, uint32_t channel, uint32_t instrument, uint32_t state,
                         const char *reason)
{
    uint32_t generation =
        channel == SOFIA_CHANNEL_PRIVATE ? b->user.generation : b->market.generation;

    return sofia_emit_channel(b->host, channel, instrument, generation, state, reason);
}

int binance_emit_account(struct binance *b, uint32_t can_trade, uint32_t can_withdraw)
{
    return sofia_emit_account(b->host, can_trade, can_withdraw, b->identity);
}

/* The number is known once the core has taken the instrument in, which is after our event, so it is
 * asked for late. */
uint32_t binance_instrument(struct binance *b, struct sofia_slice venue_symbol)
{
    struct binance_symbol *symbol =
        binance_symbol_find(&b->symbols, venue_symbol.at, venue_symbol.len);

    if (symbol == NULL) {
        return 0;
    }
    if (symbol->instrument == 0) {
        symbol->instrument = sofia_instrument_number(b->host, symbol->rules.name);
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
