/* Any bytes as what a venue may say: frames of both streams and answers of every endpoint. Whatever comes, each event must be well
 * formed and every answer must end in a verdict.
 *
 * Input: lines. The first byte of a line says what the rest is: 'm' market frame, 'u' private frame, 'A'..'N' the body of that
 * endpoint's answer, 'o' the answer to a placement, 'q' to a query. 't' fires all timers, 's'
 * brings both streams up anew.
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
    must(fill->qty.mantissa > 0 && fill->price.mantissa > 0 && fill->side != 0);
    must(fill->fill_id[0] != '\0' && fill->venue_id[0] != '\0');
}

static void check_report(const struct sofia_event_report *report)
{
    must(report->state < SOFIA_STATE_COUNT);
    must(report->client_id[0] != '\0' || report->venue_id[0] != '\0');
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
            check_report((const void *)event);
        }
    }
    fake_clear(&rig->fake);
}

static void answered(const struct rig *rig, int status)
{
    must(status == SOFIA_OK);
    must(rig->result.verdict >= SOFIA_VERDICT_ACCEPTED);
    must(rig->result.verdict <= SOFIA_VERDICT_IN_DOUBT);
    must(memchr(rig->result.reason, '\0', SOFIA_REASON_SIZE) != NULL);
}

static void placement(struct rig *rig, const char *body)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_submit(rig, &order);

    answered(rig, rig_answer_to(rig, &request, 200, body));
}

/* By client id, and what the adapter asks then gets the same bytes. */
static void query(struct rig *rig, const char *body)
{
    struct sofia_order order = rig_order();
    struct sofia_request request = rig_query(rig, &order);

    answered(rig, rig_answer_to(rig, &request, 200, body));
    if (rig->fake.request_count > 0) {
        request = *rig_sent(rig, rig->fake.request_count - 1);
        answered(rig, rig_answer_to(rig, &request, 200, body));
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
    case 'o':
        placement(rig, line + 1);
        break;
    case 'q':
        query(rig, line + 1);
        break;
    case 't':
        for (uint64_t cookie = TIMER_SUBSCRIBE; cookie <= TIMER_ACCOUNT; cookie++) {
            rig_fire(rig, cookie);
        }
        break;
    case 's':
        rig_market_up(rig);
        rig_user_up(rig);
        break;
    default:
        if (line[0] >= 'A' && (uint32_t)(line[0] - 'A') <= ENDPOINT_ASSETS) {
            answered(rig, rig_answer(rig, (uint32_t)(line[0] - 'A'), 200, line + 1));
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
    rig_subscribed(&rig);
    rig_user_up(&rig);
    check_events(&rig);
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
