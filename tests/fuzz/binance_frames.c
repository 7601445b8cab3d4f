/* Any bytes as what a venue may say: frames of both streams, answers of every endpoint, exchangeInfo
 * in pieces. Whatever comes, each event must be well formed and every order answer must end in a
 * verdict.
 *
 * Input: lines. The first byte of a line says what the rest is: 'm' market frame, 'u' user frame,
 * '0'..'8' the body of that endpoint's answer, '9' a depth snapshot, 'e' an order's refusal, 'p'
 * exchangeInfo in pieces of 7 bytes. 't' fires all timers, 's' brings both streams up anew.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_book(const struct sofia_event_book *book)
{
    must(book->head.size == SOFIA_EVENT_BOOK_SIZE(book->bid_count + book->ask_count));
    for (uint32_t i = 0; i < book->bid_count + book->ask_count; i++) {
        must(book->levels[i].price.mantissa > 0);
        must(book->levels[i].qty.mantissa >= 0);
    }
}

static void check_fill(const struct sofia_event_fill *fill)
{
    must(fill->qty.mantissa > 0 && fill->price.mantissa > 0);
    must(fill->fill_id[0] != '\0' && fill->venue_id[0] != '\0');
}

static void check_events(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->fake.event_count; i++) {
        const struct sofia_event *event = rig->fake.events[i];
        if (event->type == SOFIA_EV_BOOK) {
            check_book((const void *)event);
        } else if (event->type == SOFIA_EV_FILL) {
            check_fill((const void *)event);
        } else if (event->type == SOFIA_EV_REPORT) {
            must(((const struct sofia_event_report *)(const void *)event)->state <
                 SOFIA_STATE_COUNT);
        }
    }
    fake_clear(&rig->fake);
}

static void answer(struct rig *rig, uint32_t endpoint, uint32_t status, const char *body)
{
    if (endpoint != ENDPOINT_EXCHANGE_INFO) {
        must(rig_answer(rig, endpoint, status, body) == SOFIA_OK);
        must(rig->result.verdict >= SOFIA_VERDICT_ACCEPTED);
        must(rig->result.verdict <= SOFIA_VERDICT_IN_DOUBT);
        must(memchr(rig->result.reason, '\0', SOFIA_REASON_SIZE) != NULL);
    }
}

/* The newest depth request that is still open gets this body. */
static void answer_depth(struct rig *rig, const char *body)
{
    const struct binance_symbol *symbol = &rig->b->symbols.rows[0];
    struct sofia_request request;

    if (binance_encode_depth(rig->b, symbol, &request) == SOFIA_OK) {
        rig_answer_to(rig, &request, 200, body);
    }
}

static void fire_all(struct rig *rig)
{
    for (uint64_t cookie = TIMER_DEPTH; cookie <= TIMER_ACCOUNT; cookie++) {
        rig_fire(rig, cookie);
    }
}

static void one_line(struct rig *rig, const char *line, size_t len)
{
    switch (line[0]) {
    case 'm':
        rig_market(rig, line + 1);
        break;
    case 'u':
        rig_user(rig, line + 1);
        break;
    case 'e':
        answer(rig, ENDPOINT_ORDER_PLACE, 400, line + 1);
        break;
    case 'p':
        rig_info_in(rig, line + 1, len - 1, 7);
        break;
    case 't':
        fire_all(rig);
        break;
    case 's':
        rig_streams_up(rig);
        break;
    case '9':
        answer_depth(rig, line + 1);
        break;
    default:
        if (line[0] >= '0' && line[0] < '9') {
            answer(rig, (uint32_t)(line[0] - '0'), 200, line + 1);
        }
        break;
    }
    check_events(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rig rig;
    char *text = malloc(size + 1);

    must(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    rig_init(&rig);
    rig_streams_up(&rig);
    binance_exchange.subscribe(rig.self, 1, "BTCUSDT", 1);
    for (char *line = text; line < text + size;) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (end == NULL) {
            end = text + size;
        }
        *end = '\0';
        if (end > line) {
            one_line(&rig, line, (size_t)(end - line));
        }
        line = end + 1;
    }
    rig_release(&rig);
    free(text);
    return 0;
}
