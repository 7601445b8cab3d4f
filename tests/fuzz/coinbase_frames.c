/* Any bytes as what a venue may say: frames of both streams, answers of every endpoint, the listing
 * of products in pieces. Whatever comes, each event must be well formed and every order answer must
 * end in a verdict.
 *
 * Input: lines. The first byte of a line says what the rest is: 'm' market frame, 'u' user frame,
 * '0'..'9' the body of that endpoint's answer, 'e' an order's refusal, 'q' the answer to a question
 * by client id, 'l' to a listing of open orders, 'f' of fills, 'a' of the account, 'p' the products
 * in pieces of 7 bytes. 't' fires all timers, 's' brings both streams up anew.
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
    must(book->bid_count + book->ask_count <= SOFIA_BOOK_PART_LEVELS);
    for (uint32_t i = 0; i < book->bid_count + book->ask_count; i++) {
        must(book->levels[i].price.mantissa > 0);
        must(book->levels[i].qty.mantissa >= 0);
    }
}

static void check_events(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->fake.event_count; i++) {
        const struct sofia_event *event = rig->fake.events[i];
        if (event->type == SOFIA_EV_BOOK) {
            check_book((const void *)event);
        } else if (event->type == SOFIA_EV_FILL) {
            const struct sofia_event_fill *fill = (const void *)event;
            must(fill->fill_id[0] != '\0' && fill->venue_id[0] != '\0');
            must(memchr(fill->fill_id, '\0', sizeof(fill->fill_id)) != NULL);
        } else if (event->type == SOFIA_EV_REPORT) {
            const struct sofia_event_report *report = (const void *)event;
            must(report->state < SOFIA_STATE_COUNT);
            must(report->state != SOFIA_STATE_PENDING_CANCEL);
            must(memchr(report->reason, '\0', sizeof(report->reason)) != NULL);
        }
    }
    fake_clear(&rig->fake);
}

static void check_result(const struct rig *rig)
{
    must(rig->result.verdict >= SOFIA_VERDICT_ACCEPTED);
    must(rig->result.verdict <= SOFIA_VERDICT_IN_DOUBT);
    must(memchr(rig->result.reason, '\0', SOFIA_REASON_SIZE) != NULL);
}

static void answer(struct rig *rig, uint32_t endpoint, uint32_t status, const char *body)
{
    must(rig_answer(rig, endpoint, status, body) == SOFIA_OK);
    check_result(rig);
}

/* The answer to a question the core really asks. */
static void answer_question(struct rig *rig, char kind, const char *body)
{
    struct sofia_request request;
    struct sofia_order order = rig_order();
    struct sofia_trades_query query = {
        .size = sizeof(query), .order_id = 42, .venue_symbol = "BTC-USD", .venue_order_id = "A"};
    int status;

    if (kind == 'q') {
        status = coinbase_encode_query(rig->self, &order, &request);
    } else if (kind == 'l') {
        status = coinbase_encode_open_orders(rig->self, "", &request);
    } else if (kind == 'f') {
        status = coinbase_encode_trades(rig->self, &query, &request);
    } else {
        status = coinbase_encode_account(rig->self, &request);
    }
    if (status == SOFIA_OK) {
        rig_answer_to(rig, &request, 200, body);
        check_result(rig);
    }
}

static void one_line(struct rig *rig, const char *line)
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
        rig_products_in(rig, line + 1, 7);
        break;
    case 'q':
    case 'l':
    case 'f':
    case 'a':
        answer_question(rig, line[0], line + 1);
        break;
    case 't':
        for (uint64_t cookie = TIMER_TOKENS; cookie <= TIMER_ACCOUNT; cookie++) {
            rig_fire(rig, cookie);
        }
        break;
    case 's':
        rig_streams_up(rig, rig->c->market.generation + 1);
        break;
    default:
        if (line[0] >= '0' && line[0] <= '9') {
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
    rig_live(&rig);
    for (char *line = text; line < text + size;) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (end == NULL) {
            end = text + size;
        }
        *end = '\0';
        if (end > line) {
            one_line(&rig, line);
        }
        line = end + 1;
    }
    rig_release(&rig);
    free(text);
    return 0;
}
