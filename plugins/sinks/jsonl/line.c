/* One event, one object. README.md documents the members. */
#include <sofia/instrument.h>
#include <sofia/kit/decimal.h>

#include "jsonl.h"

#define WORDS(table) (table), sizeof(table) / sizeof((table)[0])

static const char *const sides[] = {"NONE", "BUY", "SELL"};
static const char *const order_types[] = {"NONE", "MARKET", "LIMIT"};
static const char *const tifs[] = {"NONE", "GTC", "IOC", "FOK"};
static const char *const states[] = {"NONE",     "PENDING_NEW",    "NEW",      "PARTIALLY_FILLED",
                                     "FILLED",   "PENDING_CANCEL", "CANCELED", "PENDING_REPLACE",
                                     "REJECTED", "EXPIRED",        "DENIED",   "SHADOW"};
static const char *const branches[] = {"NONE", "LIVE", "SHADOW"};
static const char *const origins[] = {"NONE", "STRATEGY", "OPERATOR", "RECOVERY", "KILL"};
static const char *const sources[] = {"NONE", "ANSWER", "STREAM", "QUERY", "LISTING"};
static const char *const liquidities[] = {"NONE", "MAKER", "TAKER"};
static const char *const levels[] = {"CLEAR", "HOLD", "CANCEL", "FLATTEN"};
static const char *const armings[] = {"NONE", "OFF", "AUTO", "ON"};
static const char *const channels[] = {"NONE", "MARKET", "PRIVATE"};
static const char *const channel_states[] = {"NONE", "UP", "DOWN", "RESYNC"};

static void add_doubt(struct sofia_text *text, uint32_t doubt)
{
    static const char *const words[] = {"PLACE", "CANCEL", "REPLACE"};
    const char *separator = "";

    sofia_text_str(text, ",\"doubt\":[");
    for (uint32_t bit = 0; bit < 3; bit++) {
        if (doubt & (1u << bit)) {
            sofia_text_str(text, separator);
            sofia_text_json_str(text, sofia_slice_of(words[bit]));
            separator = ",";
        }
    }
    sofia_text_char(text, ']');
}

/* Monotonic stamps of the stations; null: not reached. */
static void add_legs(struct sofia_text *text, const int64_t *legs_ns)
{
    static const char *const names[] = {"intake", "risk", "journal", "sent", "acked", "filled"};

    sofia_text_str(text, ",\"legs_mono_ns\":{");
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sofia_text_str(text, i == 0 ? "\"" : ",\"");
        sofia_text_str(text, names[i]);
        sofia_text_str(text, "\":");
        if (legs_ns[i] == 0) {
            sofia_text_str(text, "null");
        } else {
            sofia_text_char(text, '"');
            sofia_text_i64(text, legs_ns[i]);
            sofia_text_char(text, '"');
        }
    }
    sofia_text_char(text, '}');
}

static void add_order(struct sofia_text *text, const struct sofia_event_order *event)
{
    const struct sofia_order *order = &event->order;

    field_u64(text, "order_id", order->order_id);
    field_u64(text, "request_id", event->request_id);
    FIELD_CHARS(text, "client_id", order->client_id);
    FIELD_CHARS(text, "venue_id", order->venue_id);
    FIELD_CHARS(text, "venue_symbol", order->venue_symbol);
    FIELD_CHARS(text, "strategy", order->strategy);
    FIELD_CHARS(text, "tag", order->tag);
    field_word(text, "side", order->side, WORDS(sides));
    field_word(text, "order_type", order->type, WORDS(order_types));
    field_word(text, "tif", order->tif, WORDS(tifs));
    field_bool(text, "post_only", order->flags & SOFIA_ORDER_POST_ONLY);
    field_bool(text, "reduce_only", order->flags & SOFIA_ORDER_REDUCE_ONLY);
    field_word(text, "state", order->state, WORDS(states));
    add_doubt(text, order->doubt);
    field_word(text, "branch", order->branch, WORDS(branches));
    field_word(text, "origin", order->origin, WORDS(origins));
    field_u64(text, "replaces", order->replaces);
    field_decimal(text, "qty", order->qty);
    field_decimal(text, "price", order->price);
    field_decimal(text, "filled_qty", order->filled_qty);
    field_time(text, "created", order->created_ns);
    field_time(text, "updated", order->updated_ns);
    add_legs(text, event->legs_ns);
    FIELD_CHARS(text, "rule", event->rule);
    FIELD_CHARS(text, "code", event->code);
    FIELD_CHARS(text, "reason", event->reason);
}

static void add_fill(struct sofia_text *text, const struct sofia_event_fill *event)
{
    field_u64(text, "order_id", event->order_id);
    FIELD_CHARS(text, "fill_id", event->fill_id);
    FIELD_CHARS(text, "venue_id", event->venue_id);
    FIELD_CHARS(text, "client_id", event->client_id);
    field_word(text, "source", event->source, WORDS(sources));
    field_word(text, "side", event->side, WORDS(sides));
    field_word(text, "liquidity", event->liquidity, WORDS(liquidities));
    field_decimal(text, "qty", event->qty);
    field_decimal(text, "price", event->price);
    field_wide(text, "quote_qty", event->quote_qty);
    field_wide(text, "fee", event->fee);
    FIELD_CHARS(text, "fee_asset", event->fee_asset);
}

static void add_verdict(struct sofia_text *text, const struct sofia_event_verdict *event)
{
    field_u64(text, "order_id", event->order_id);
    field_bool(text, "refused", event->refused);
    FIELD_CHARS(text, "rule", event->rule);
    FIELD_CHARS(text, "code", event->code);
    field_decimal(text, "value", event->value);
    field_decimal(text, "limit", event->limit);
    field_u64(text, "spent_ns", event->spent_ns);
}

static void add_position(struct sofia_text *text, const struct sofia_event_position *event)
{
    FIELD_CHARS(text, "strategy", event->strategy);
    FIELD_CHARS(text, "asset", event->asset);
    field_wide(text, "qty", event->qty);
    FIELD_CHARS(text, "quote", event->quote);
    field_wide(text, "cost", event->cost);
    field_wide(text, "realized", event->realized);
}

static void add_balance(struct sofia_text *text, const struct sofia_event_balance *event)
{
    FIELD_CHARS(text, "asset", event->asset);
    field_wide(text, "free", event->free);
    field_wide(text, "locked", event->locked);
    field_word(text, "source", event->source, WORDS(sources));
}

static void add_kill(struct sofia_text *text, const struct sofia_event_kill *event)
{
    field_word(text, "level", event->level, WORDS(levels));
    field_bool(text, "zero", event->zero);
    field_u64(text, "epoch", event->epoch);
    FIELD_CHARS(text, "scope", event->scope);
    FIELD_CHARS(text, "author", event->author);
    FIELD_CHARS(text, "reason", event->reason);
}

static void add_mode(struct sofia_text *text, const struct sofia_event_mode *event)
{
    field_word(text, "branch", event->branch, WORDS(branches));
    field_word(text, "arming", event->arming, WORDS(armings));
    FIELD_CHARS(text, "author", event->author);
    FIELD_CHARS(text, "reason", event->reason);
}

static void add_channel(struct sofia_text *text, const struct sofia_event_channel *event)
{
    field_word(text, "channel", event->channel, WORDS(channels));
    field_word(text, "state", event->state, WORDS(channel_states));
    FIELD_CHARS(text, "reason", event->reason);
}

struct kind {
    uint16_t type;
    const char *name;
    size_t size; /* of version 1 */
};

static const struct kind *kind_of(const struct sofia_event *event)
{
    static const struct kind kinds[] = {
        {SOFIA_EV_ORDER, "order", sizeof(struct sofia_event_order)},
        {SOFIA_EV_FILL, "fill", sizeof(struct sofia_event_fill)},
        {SOFIA_EV_VERDICT, "verdict", sizeof(struct sofia_event_verdict)},
        {SOFIA_EV_POSITION, "position", sizeof(struct sofia_event_position)},
        {SOFIA_EV_BALANCE, "balance", sizeof(struct sofia_event_balance)},
        {SOFIA_EV_KILL, "kill", sizeof(struct sofia_event_kill)},
        {SOFIA_EV_MODE, "mode", sizeof(struct sofia_event_mode)},
        {SOFIA_EV_CHANNEL, "channel", sizeof(struct sofia_event_channel)},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type == event->type && event->size >= kinds[i].size) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* What every line begins with. */
static void add_head(const struct sofia_host *host, const struct sofia_event *event,
                     const char *type, struct sofia_text *text)
{
    struct sofia_instrument instrument = {.size = sizeof(instrument)};

    sofia_text_str(text, "{\"schema\":");
    sofia_text_u64(text, JSONL_SCHEMA);
    field_text(text, "type", type);
    field_u64(text, "seq", event->seq);
    field_time(text, "ts", event->ts_recv_ns);
    field_time(text, "venue_ts", event->ts_venue_ns);
    field_number(text, "exchange", event->instance);
    if (event->instrument != 0 &&
        host->instrument(host, event->instrument, &instrument) == SOFIA_OK) {
        FIELD_CHARS(text, "instrument", instrument.name);
    }
    field_bool(text, "replayed", event->flags & SOFIA_EVENT_REPLAYED);
}

static void add_body(const struct sofia_event *event, struct sofia_text *text)
{
    const void *body = event;

    switch (event->type) {
    case SOFIA_EV_ORDER:
        add_order(text, body);
        break;
    case SOFIA_EV_FILL:
        add_fill(text, body);
        break;
    case SOFIA_EV_VERDICT:
        add_verdict(text, body);
        break;
    case SOFIA_EV_POSITION:
        add_position(text, body);
        break;
    case SOFIA_EV_BALANCE:
        add_balance(text, body);
        break;
    case SOFIA_EV_KILL:
        add_kill(text, body);
        break;
    case SOFIA_EV_MODE:
        add_mode(text, body);
        break;
    default:
        add_channel(text, body);
        break;
    }
}

int line_write(const struct sofia_host *host, const struct sofia_event *event,
               struct sofia_text *text)
{
    const struct kind *kind = kind_of(event);

    if (kind == NULL) {
        return event->flags & SOFIA_EVENT_MUST_UNDERSTAND ? SOFIA_ENOTSUP : SOFIA_OK;
    }
    add_head(host, event, kind->name, text);
    add_body(event, text);
    sofia_text_str(text, "}\n");
    return SOFIA_OK;
}
