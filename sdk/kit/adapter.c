#include <sofia/kit/adapter.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sofia/kit/decimal.h>

/* ---- events ---- */

void sofia_event_init(struct sofia_event *head, uint16_t type, size_t size, uint32_t instrument)
{
    memset(head, 0, size);
    head->size = (uint32_t)size;
    head->type = type;
    head->version = 1;
    head->instrument = instrument;
}

int sofia_emit(const struct sofia_host *host, const struct sofia_event *head)
{
    return host->exchange->emit(host, head);
}

int sofia_emit_balance(const struct sofia_host *host, uint32_t source, const char *asset,
                       struct sofia_wide free_qty, struct sofia_wide locked, int64_t ts_ns)
{
    struct sofia_event_balance balance;

    sofia_event_init(&balance.head, SOFIA_EV_BALANCE, sizeof(balance), 0);
    balance.head.ts_venue_ns = ts_ns;
    balance.source = source;
    balance.free = free_qty;
    balance.locked = locked;
    snprintf(balance.asset, sizeof(balance.asset), "%s", asset);
    return sofia_emit(host, &balance.head);
}

int sofia_emit_channel(const struct sofia_host *host, uint32_t channel, uint32_t instrument,
                       uint32_t generation, uint32_t state, const char *reason)
{
    struct sofia_event_channel event;

    sofia_event_init(&event.head, SOFIA_EV_CHANNEL, sizeof(event), instrument);
    event.head.generation = generation;
    event.channel = channel;
    event.state = state;
    snprintf(event.reason, sizeof(event.reason), "%s", reason);
    return sofia_emit(host, &event.head);
}

int sofia_emit_account(const struct sofia_host *host, uint32_t can_trade, uint32_t can_withdraw,
                       const char *identity)
{
    struct sofia_event_account account;

    sofia_event_init(&account.head, SOFIA_EV_ACCOUNT, sizeof(account), 0);
    account.can_trade = can_trade;
    account.can_withdraw = can_withdraw;
    snprintf(account.identity, sizeof(account.identity), "%s", identity);
    return sofia_emit(host, &account.head);
}

int sofia_emit_time(const struct sofia_host *host, int64_t server_ns)
{
    struct sofia_event_time event;

    sofia_event_init(&event.head, SOFIA_EV_TIME, sizeof(event), 0);
    event.head.ts_venue_ns = server_ns;
    event.server_ns = server_ns;
    return sofia_emit(host, &event.head);
}

int sofia_emit_book_invalid(const struct sofia_host *host, uint32_t instrument, uint32_t generation)
{
    struct sofia_event_book book;

    sofia_event_init(&book.head, SOFIA_EV_BOOK, sizeof(book), instrument);
    book.head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(0);
    book.head.generation = generation;
    book.flags = SOFIA_BOOK_INVALID;
    return sofia_emit(host, &book.head);
}

static uint32_t piece(uint32_t total, uint32_t from)
{
    uint32_t half = SOFIA_BOOK_PART_LEVELS / 2;

    if (from >= total) {
        return 0;
    }
    return total - from < half ? total - from : half;
}

int sofia_emit_book(const struct sofia_host *host, const struct sofia_event_book *book,
                    struct sofia_event_book *part)
{
    uint32_t most = book->bid_count > book->ask_count ? book->bid_count : book->ask_count;
    int status = SOFIA_OK;

    if (book->bid_count + book->ask_count <= SOFIA_BOOK_PART_LEVELS) {
        return sofia_emit(host, &book->head);
    }
    memcpy(part, book, offsetof(struct sofia_event_book, levels));
    for (uint32_t from = 0; status == SOFIA_OK && from < most; from += SOFIA_BOOK_PART_LEVELS / 2) {
        uint32_t bids = piece(book->bid_count, from);
        uint32_t asks = piece(book->ask_count, from);
        memcpy(part->levels, book->levels + from, bids * sizeof(struct sofia_level));
        memcpy(part->levels + bids, book->levels + book->bid_count + from,
               asks * sizeof(struct sofia_level));
        part->bid_count = bids;
        part->ask_count = asks;
        part->head.size = (uint32_t)SOFIA_EVENT_BOOK_SIZE(bids + asks);
        status = sofia_emit(host, &part->head);
        part->flags = 0;
    }
    return status;
}

void sofia_report_init(struct sofia_event_report *report, uint32_t source, uint32_t instrument)
{
    sofia_event_init(&report->head, SOFIA_EV_REPORT, sizeof(*report), instrument);
    report->source = source;
    report->qty = report->price = report->filled_qty = sofia_decimal_absent();
    report->filled_quote = sofia_wide_absent();
}

void sofia_fill_init(struct sofia_event_fill *fill, uint32_t source, uint32_t instrument)
{
    sofia_event_init(&fill->head, SOFIA_EV_FILL, sizeof(*fill), instrument);
    fill->source = source;
    fill->qty = fill->price = sofia_decimal_absent();
    fill->quote_qty = sofia_wide_absent();
    fill->fee = sofia_wide_zero();
}

void sofia_rules_init(struct sofia_instrument *rules)
{
    struct sofia_decimal absent = sofia_decimal_absent();

    memset(rules, 0, sizeof(*rules));
    rules->size = sizeof(*rules);
    rules->kind = SOFIA_INSTRUMENT_SPOT;
    rules->status = SOFIA_STATUS_UNKNOWN;
    rules->tick = rules->lot = absent;
    rules->min_price = rules->max_price = absent;
    rules->min_qty = rules->max_qty = absent;
    rules->market_lot = rules->market_min_qty = rules->market_max_qty = absent;
    rules->min_notional = rules->max_notional = absent;
    rules->bid_mult_up = rules->bid_mult_down = absent;
    rules->ask_mult_up = rules->ask_mult_down = absent;
    rules->multiplier = rules->strike = rules->max_position = absent;
}

uint32_t sofia_instrument_number(const struct sofia_host *host, const char *name)
{
    char full[2 * SOFIA_NAME_SIZE];
    uint32_t instrument = 0;

    snprintf(full, sizeof(full), "%s:%s", host->name(host), name);
    return host->instrument_find(host, full, &instrument) == SOFIA_OK ? instrument : 0;
}

void sofia_log(const struct sofia_host *host, uint32_t level, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    host->log(host, level, text);
}

/* ---- timers, streams, origins ---- */

void sofia_timer_stop(const struct sofia_host *host, sofia_handle *timer)
{
    if (*timer != 0) {
        host->timer_stop(host, *timer);
        *timer = 0;
    }
}

void sofia_stream_end(const struct sofia_host *host, sofia_handle *stream)
{
    if (*stream != 0) {
        host->exchange->stream_close(host, *stream);
        *stream = 0;
    }
}

int sofia_url_copy(const char *url, size_t len, char *buf, size_t cap)
{
    if (len >= cap) {
        return SOFIA_ESPACE;
    }
    memcpy(buf, url, len);
    buf[len] = '\0';
    return SOFIA_OK;
}

/* ---- what became of a request ---- */

void sofia_result_accept(struct sofia_result *ret_result)
{
    ret_result->verdict = SOFIA_VERDICT_ACCEPTED;
    ret_result->action = SOFIA_ACTION_NONE;
}

void sofia_result_doubt(struct sofia_result *ret_result, const char *reason)
{
    ret_result->verdict = SOFIA_VERDICT_IN_DOUBT;
    ret_result->action = SOFIA_ACTION_RECONCILE;
    snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", reason);
}

void sofia_result_transport(const struct sofia_answer *answer, struct sofia_result *ret_result)
{
    int unsent = answer->outcome == SOFIA_ANSWER_NOT_SENT;

    ret_result->verdict = unsent ? SOFIA_VERDICT_NOT_SENT : SOFIA_VERDICT_IN_DOUBT;
    ret_result->action = unsent ? SOFIA_ACTION_RETRY : SOFIA_ACTION_RECONCILE;
    snprintf(ret_result->reason, sizeof(ret_result->reason), "%s",
             answer->text != NULL ? answer->text : (unsent ? "not sent" : "no answer"));
}

void sofia_result_emitted(int status, struct sofia_result *ret_result)
{
    if (status != SOFIA_OK) {
        ret_result->action = SOFIA_ACTION_RECONCILE;
        snprintf(ret_result->reason, sizeof(ret_result->reason), "answer not taken in whole");
    }
}

struct sofia_slice sofia_answer_body(const struct sofia_answer *answer)
{
    return (struct sofia_slice){.at = answer->body,
                                .len = answer->body != NULL ? answer->body_len : 0};
}

/* ---- options ---- */

void sofia_config_report(const struct sofia_host *host, const char *option, const char *what)
{
    sofia_log(host, SOFIA_LOG_ERROR, "option %s: %s", option, what);
}

int sofia_url_is_loopback(const char *url)
{
    const char *host = strstr(url, "://");

    if (host == NULL) {
        return 0;
    }
    host += 3;
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "localhost", 9) == 0 ||
           strncmp(host, "[::1]", 5) == 0;
}

static void trim(char *url, const char *suffix)
{
    size_t len = strlen(url);
    size_t suffix_len = strlen(suffix);

    while (len > 0 && url[len - 1] == '/') {
        url[--len] = '\0';
    }
    if (suffix_len > 0 && len > suffix_len && strcmp(url + len - suffix_len, suffix) == 0) {
        url[len - suffix_len] = '\0';
    }
}

static int has_scheme(const char *url, const char *scheme)
{
    size_t len = strlen(scheme);

    if (strncmp(url, scheme, len) != 0) {
        return 0;
    }
    url += len;
    if (*url == 's') {
        url++;
    }
    return strncmp(url, "://", 3) == 0 && url[3] != '\0';
}

int sofia_config_url(const struct sofia_host *host, const char *option, const char *scheme,
                     const char *suffix, const char *fallback, char ret_url[SOFIA_URL_SIZE])
{
    const char *text = NULL;

    if (host->option_text(host, option, &text) != SOFIA_OK || text == NULL || text[0] == '\0') {
        text = fallback;
    }
    if (strlen(text) >= SOFIA_URL_SIZE) {
        sofia_config_report(host, option, "the URL is too long");
        return SOFIA_EINVAL;
    }
    snprintf(ret_url, SOFIA_URL_SIZE, "%s", text);
    trim(ret_url, suffix);
    if (!has_scheme(ret_url, scheme)) {
        sofia_config_report(host, option,
                            strcmp(scheme, "http") == 0
                                ? "must begin with https:// (http:// on a loopback address)"
                                : "must begin with wss:// (ws:// on a loopback address)");
        return SOFIA_EINVAL;
    }
    return SOFIA_OK;
}

int sofia_config_keys(const struct sofia_host *host, sofia_handle *ret_key,
                      sofia_handle *ret_secret)
{
    if (host->option_secret(host, "api_key", ret_key) != SOFIA_OK) {
        *ret_key = 0;
    }
    if (host->option_secret(host, "api_secret", ret_secret) != SOFIA_OK) {
        *ret_secret = 0;
    }
    if ((*ret_key == 0) != (*ret_secret == 0)) {
        sofia_config_report(host, *ret_key == 0 ? "api_key" : "api_secret",
                            "api_key and api_secret belong together; one of them is missing");
        return SOFIA_EINVAL;
    }
    return SOFIA_OK;
}

int sofia_config_lists(const struct sofia_host *host, const char *option, const char *name)
{
    uint32_t count = host->option_count(host, option);

    for (uint32_t i = 0; i < count; i++) {
        const char *item = NULL;
        if (host->option_item(host, option, i, &item) == SOFIA_OK && item != NULL &&
            strcmp(item, name) == 0) {
            return 1;
        }
    }
    return count == 0;
}

/* ---- words, numbers, texts ---- */

const struct sofia_word *sofia_word_find(const struct sofia_word *words, size_t count,
                                         struct sofia_slice text)
{
    for (size_t i = 0; i < count; i++) {
        if (sofia_slice_is(text, words[i].text)) {
            return &words[i];
        }
    }
    return NULL;
}

struct sofia_decimal sofia_decimal_nonzero(struct sofia_decimal value)
{
    return sofia_decimal_is_zero(value) ? sofia_decimal_absent() : value;
}

void sofia_json_fail(struct sofia_json *cur)
{
    if (cur->status == 0) {
        cur->status = SOFIA_JSON_EVALUE;
        cur->error_at = cur->at;
    }
}

void sofia_json_text(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice raw = {0};
    size_t len = 0;

    buf[0] = '\0';
    if (sofia_json_null(cur) || sofia_json_string(cur, &raw) != 0) {
        return;
    }
    if (sofia_json_unescape(raw, buf, cap, &len) != 0) {
        buf[0] = '\0';
        sofia_json_fail(cur);
    }
}

void sofia_json_id(struct sofia_json *cur, char *buf, size_t cap)
{
    int64_t value = 0;

    buf[0] = '\0';
    if (sofia_json_null(cur) || sofia_json_i64(cur, &value) != 0) {
        return;
    }
    snprintf(buf, cap, "%lld", (long long)value);
}

void sofia_slice_copy(struct sofia_slice slice, char *buf, size_t cap)
{
    size_t keep = slice.len < cap ? slice.len : cap - 1;

    while (keep > 0 && keep < slice.len && ((unsigned char)slice.at[keep] & 0xc0) == 0x80) {
        keep--;
    }
    if (keep > 0) {
        memcpy(buf, slice.at, keep);
    }
    buf[keep] = '\0';
}
