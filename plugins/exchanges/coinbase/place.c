#include <stdio.h>
#include <string.h>

#include "coinbase.h"
#include "orders.h"

/* ---- placing ---- */

struct place_fields {
    uint32_t has_success;
    uint32_t success;
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char new_order[COINBASE_WORD_SIZE];
    char error[COINBASE_WORD_SIZE];
    char preview[COINBASE_WORD_SIZE];
    char details[SOFIA_REASON_SIZE];
    char message[SOFIA_REASON_SIZE];
};

static void read_success(struct sofia_json *cur, struct place_fields *f)
{
    struct sofia_slice key;

    if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "order_id")) {
            coinbase_json_id(cur, f->venue_id, sizeof(f->venue_id));
        } else if (sofia_json_is(key, "client_order_id")) {
            coinbase_json_id(cur, f->client_id, sizeof(f->client_id));
        }
    }
}

static void read_reasons(struct sofia_json *cur, struct place_fields *f)
{
    const struct {
        const char *name;
        char *at;
        size_t cap;
    } texts[] = {
        {"new_order_failure_reason", f->new_order, sizeof(f->new_order)},
        {"error", f->error, sizeof(f->error)},
        {"preview_failure_reason", f->preview, sizeof(f->preview)},
        {"error_details", f->details, sizeof(f->details)},
        {"message", f->message, sizeof(f->message)},
    };
    struct sofia_slice key;
    struct sofia_slice text = {0};

    if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            if (sofia_json_is(key, texts[i].name) && sofia_json_peek(cur) == SOFIA_JSON_STRING) {
                sofia_json_string(cur, &text);
                sofia_slice_copy(text, texts[i].at, texts[i].cap);
                break;
            }
        }
    }
}

/* Members beside these came and went without notice; none of them counts. */
static int read_place(struct sofia_slice body, struct place_fields *f)
{
    struct sofia_json cur;
    struct sofia_slice key;

    memset(f, 0, sizeof(*f));
    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "success")) {
            f->has_success = sofia_json_bool(&cur, &f->success) == 0;
        } else if (sofia_json_is(key, "success_response")) {
            read_success(&cur, f);
        } else if (sofia_json_is(key, "error_response")) {
            read_reasons(&cur, f);
        }
    }
    return sofia_json_finish(&cur) == 0 && f->has_success ? SOFIA_OK : SOFIA_EPARSE;
}

/* The first reason that says something. */
static const char *reason_of(const struct place_fields *f)
{
    const char *const words[] = {f->new_order, f->error, f->preview};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i][0] != '\0' && strncmp(words[i], "UNKNOWN_", 8) != 0) {
            return words[i];
        }
    }
    return "";
}

static void on_placed(struct coinbase *c, const struct place_fields *f, const char *client_id,
                      struct sofia_result *ret_result)
{
    struct sofia_event_report report;

    if (f->venue_id[0] == '\0') {
        sofia_result_doubt(ret_result, "accepted, but without an order id");
        return;
    }
    if (f->client_id[0] != '\0' && client_id[0] != '\0' && strcmp(f->client_id, client_id) != 0) {
        sofia_log(c->host, SOFIA_LOG_ERROR, "the venue answered order %s with another one, %s",
                  client_id, f->client_id);
        sofia_result_doubt(ret_result, "the answer is about another order");
        ret_result->action = SOFIA_ACTION_ADOPT;
        return;
    }
    sofia_report_init(&report, SOFIA_REPORT_ANSWER, 0);
    report.state = SOFIA_STATE_PENDING_NEW; /* accepted at the door: it may yet fail */
    snprintf(report.client_id, sizeof(report.client_id), "%s",
             client_id[0] != '\0' ? client_id : f->client_id);
    memcpy(report.venue_id, f->venue_id, sizeof(report.venue_id));
    sofia_result_accept(ret_result);
    sofia_result_emitted(sofia_emit(c->host, &report.head), ret_result);
}

void coinbase_place_answer(struct coinbase *c, const struct sofia_answer *answer,
                           struct sofia_result *ret_result)
{
    const struct coinbase_asked *asked = coinbase_asked_of(c, answer);
    const char *client_id = asked != NULL ? asked->client_id : "";
    struct place_fields f;

    if (read_place(sofia_answer_body(answer), &f) != SOFIA_OK) {
        sofia_result_doubt(ret_result, "the answer is not a whole one");
        return;
    }
    if (f.success) {
        on_placed(c, &f, client_id, ret_result);
        return;
    }
    coinbase_reason_judge(reason_of(&f), f.message[0] != '\0' ? f.message : f.details, ret_result);
    if (ret_result->verdict == SOFIA_VERDICT_IN_DOUBT && ret_result->action != SOFIA_ACTION_ADOPT &&
        client_id[0] != '\0') {
        coinbase_refused_put(c, client_id, ret_result->reason);
    }
}

/* ---- cancelling and editing ---- */

/* {"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"A"}: the reason is a
 * placeholder on successes. */
static int read_cancelled(struct sofia_json *cur, const char *venue_id, uint32_t *ret_success,
                          char *word)
{
    struct sofia_slice key;
    struct sofia_slice text = {0};
    char id[SOFIA_VENUE_ID_SIZE] = "";
    char reason[COINBASE_WORD_SIZE] = "";
    uint32_t success = 0;

    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "success")) {
            sofia_json_bool(cur, &success);
        } else if (sofia_json_is(key, "order_id")) {
            coinbase_json_id(cur, id, sizeof(id));
        } else if (sofia_json_is(key, "failure_reason") && !sofia_json_null(cur)) {
            sofia_json_string(cur, &text);
            sofia_slice_copy(text, reason, sizeof(reason));
        }
    }
    if (cur->status != 0 || strcmp(id, venue_id) != 0) {
        return 0;
    }
    *ret_success = success;
    memcpy(word, reason, sizeof(reason));
    return 1;
}

/* "success" means that the cancel has been handed in: the order's end is told by the order. */
void coinbase_cancel_answer(struct coinbase *c, const struct sofia_answer *answer,
                            struct sofia_result *ret_result)
{
    const struct coinbase_asked *asked = coinbase_asked_of(c, answer);
    struct sofia_json cur;
    struct sofia_slice key;
    char word[COINBASE_WORD_SIZE] = "";
    uint32_t success = 0;
    int found = 0;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (!sofia_json_is(key, "results")) {
            continue;
        }
        sofia_json_enter_array(&cur);
        while (sofia_json_next_element(&cur)) {
            found += read_cancelled(&cur, asked != NULL ? asked->venue_id : "", &success, word);
        }
    }
    int is_all = answer->cookie == COINBASE_COOKIE_ALL; /* the next listing judges it */
    if (sofia_json_finish(&cur) != 0 || (found == 0 && !is_all)) {
        sofia_result_doubt(ret_result, "the answer does not tell of this cancel");
    } else if (success || is_all) {
        sofia_result_accept(ret_result);
    } else {
        coinbase_cancel_judge(word, ret_result);
    }
}

/* One object, or the first of an array of them. */
static void read_edit_error(struct sofia_json *cur, char *word)
{
    struct sofia_slice key;
    struct sofia_slice text = {0};

    if (sofia_json_peek(cur) == SOFIA_JSON_ARRAY) {
        sofia_json_enter_array(cur);
        while (sofia_json_next_element(cur)) {
            if (sofia_json_peek(cur) == SOFIA_JSON_OBJECT) {
                read_edit_error(cur, word);
            }
        }
        return;
    }
    if (sofia_json_peek(cur) != SOFIA_JSON_OBJECT) {
        sofia_json_skip(cur);
        return;
    }
    sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        int is_reason = sofia_json_is(key, "edit_failure_reason") ||
                        sofia_json_is(key, "preview_failure_reason");
        if (is_reason && word[0] == '\0' && sofia_json_peek(cur) == SOFIA_JSON_STRING) {
            sofia_json_string(cur, &text);
            if (!sofia_slice_begins(text, "UNKNOWN_")) {
                sofia_slice_copy(text, word, COINBASE_WORD_SIZE);
            }
        }
    }
}

void coinbase_edit_answer(const struct sofia_answer *answer, struct sofia_result *ret_result)
{
    struct sofia_json cur;
    struct sofia_slice key;
    char word[COINBASE_WORD_SIZE] = "";
    uint32_t success = 0;
    int has_success = 0;

    sofia_json_init(&cur, answer->body, sofia_answer_body(answer).len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "success")) {
            has_success = sofia_json_bool(&cur, &success) == 0;
        } else if (sofia_json_is(key, "errors")) {
            read_edit_error(&cur, word);
        }
    }
    if (sofia_json_finish(&cur) != 0 || !has_success) {
        sofia_result_doubt(ret_result, "the answer is not a whole one");
    } else if (success) {
        sofia_result_accept(ret_result);
    } else {
        coinbase_edit_judge(word, ret_result);
    }
}
