/* journal_tail STATE LEDGER: how the orders stand that a killed engine left behind, one line each, "<class> <client id>":
 *
 *     unsent       an intent passed all stations; its send is not journaled
 *     unanswered   the send is journaled, nothing came back, and the venue does not know the order
 *     unjournaled  the send is journaled, nothing came back to the journal, and the venue has the order
 *     partial      live and filled in part
 *
 * STATE is the state directory with the ring in it: opening it takes the ring over into the log, as the next start does. LEDGER is
 * the venue's ledger, fetched after the kill. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>
#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "model/state.h"
#include "store/journal.h"

#define MAX_LEDGER_BYTES (256u << 20)

static bool venue_has(const cJSON *ledger, const char *client_id)
{
    const cJSON *account;
    const cJSON *order;
    cJSON_ArrayForEach(account, cJSON_GetObjectItemCaseSensitive(ledger, "accounts"))
    {
        cJSON_ArrayForEach(order, cJSON_GetObjectItemCaseSensitive(account, "orders"))
        {
            const cJSON *id = cJSON_GetObjectItemCaseSensitive(order, "clientOrderId");
            if (cJSON_IsString(id) && str_eq(id->valuestring, client_id)) {
                return true;
            }
        }
    }
    return false;
}

static const char *class_of(const struct order *order, const cJSON *ledger)
{
    bool silent = order->base_state == SOFIA_STATE_PENDING_NEW && order->pub.doubt == 0 &&
                  order->pub.venue_id[0] == '\0' && order->fill_count == 0;
    if (silent && order->send_count == 0) {
        return "unsent";
    }
    if (silent) {
        return venue_has(ledger, order->pub.client_id) ? "unjournaled" : "unanswered";
    }
    bool partial = !SOFIA_STATE_IS_TERMINAL(order->base_state) && order->fill_count > 0 &&
                   sofia_decimal_cmp(order->pub.filled_qty, order->pub.qty) < 0;
    return partial ? "partial" : NULL;
}

static int fold(const char *state_dir, struct state *state)
{
    struct journal_config config = {.state_dir = state_dir, .ring_dir = state_dir};
    struct journal *journal = NULL;
    struct journal_reader *reader = NULL;
    struct journal_record record;
    int rc = journal_open(&config, &journal, NULL);
    rc = rc != 0 ? rc : journal_reader_open(state_dir, 0, &reader);
    while (rc == 0 && (rc = journal_reader_next(reader, &record)) == 1) {
        rc = state_apply(state, record.seq, record.ts_ns, record.kind, record.payload, record.len);
    }
    journal_reader_close(reader);
    (void)journal_close(journal);
    return rc;
}

int main(int argc, char **argv)
{
    struct state state;
    char *text = NULL;
    size_t len = 0;
    if (argc != 3) {
        fputs("usage: journal_tail STATE LEDGER\n", stderr);
        return 2;
    }
    int rc = file_read(argv[2], MAX_LEDGER_BYTES, &text, &len);
    cJSON *ledger = rc == 0 ? cJSON_ParseWithLength(text, len) : NULL;
    free(text);
    if (rc == 0 && ledger == NULL) {
        rc = error_set(ERR_PARSE, "%s is not JSON", argv[2]);
    }
    int made = state_init(&state);
    rc = rc != 0 ? rc : made;
    rc = rc != 0 ? rc : fold(argv[1], &state);
    for (const struct order *o = state.live.head; rc == 0 && o != NULL; o = o->next) {
        const char *class_name = class_of(o, ledger);
        if (class_name != NULL) {
            fprintf(stdout, "%s %s\n", class_name, o->pub.client_id);
        }
    }
    if (rc != 0) {
        fprintf(stderr, "journal_tail: %s\n", error_message());
    }
    state_release(&state);
    cJSON_Delete(ledger);
    return rc == 0 ? 0 : 1;
}
