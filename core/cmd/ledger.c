/* sofia ledger: the journal folded into balances by a process that asks no venue; beside a venue's own ledger, if given.
 *
 * The fold is the engine's; the comparison is with a file (the answer of GET /_ledger of sofia-venue): per asset the total, per
 * order the executed quantity, the number of fills, and that the venue knows no order of this account that the journal does not.
 * Exit 0 only when everything is equal and what --require asks for has happened.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "model/state.h"
#include "store/journal_reader.h"

#define MAX_LEDGER_BYTES (256u << 20)
#define LEDGER_ACCOUNTS 256

struct tally {
    uint64_t orders;
    uint64_t sent;
    uint64_t denied;
    uint64_t shadow;
    uint64_t rejected;
    uint64_t canceled;
    uint64_t filled; /* orders with at least one fill */
    uint64_t fills;
    uint64_t doubts;
    uint64_t resolved;
    uint64_t account_fills[LEDGER_ACCOUNTS]; /* by the number of the account */
};

struct ledger_run {
    const char *state_dir;
    const char *against;
    bool require_fill;
    bool require_doubt;
    struct state state;
    struct tally tally;
    struct sofia_decimal *marks; /* by instrument: the price of its last fill */
    uint32_t mark_count;
    uint64_t differences;
};

/* ---- folding ---- */

static int mark(struct ledger_run *run, const struct record_fill *fill)
{
    if (fill->instrument >= run->mark_count) {
        uint32_t count = fill->instrument + 64;
        struct sofia_decimal *marks = realloc(run->marks, count * sizeof(*marks));
        if (marks == NULL) {
            return error_set(ERR_NOMEM, "prices of %u instruments", count);
        }
        for (uint32_t i = run->mark_count; i < count; i++) {
            marks[i] = sofia_decimal_absent();
        }
        run->marks = marks;
        run->mark_count = count;
    }
    run->marks[fill->instrument] = fill->price;
    return 0;
}

static void count_fill(struct tally *t, const struct record_fill *fill)
{
    if (fill->order_id != 0) {
        t->fills++;
        t->account_fills[fill->account < LEDGER_ACCOUNTS ? fill->account : 0]++;
    }
}

static void count(struct ledger_run *run, const struct journal_record *record)
{
    struct tally *t = &run->tally;
    switch (record->kind) {
    case RECORD_INTENT:
        t->orders++;
        return;
    case RECORD_VERDICT:
        t->denied++;
        return;
    case RECORD_SHADOW:
        t->shadow++;
        return;
    case RECORD_SEND:
        t->sent += ((const struct record_send *)record->payload)->what == SEND_PLACE ? 1u : 0u;
        return;
    case RECORD_FILL:
        count_fill(t, record->payload);
        return;
    case RECORD_DOUBT:
        if (((const struct record_doubt *)record->payload)->set != 0) {
            t->doubts++;
        } else {
            t->resolved++;
        }
        return;
    default:
        return;
    }
}

static void count_ends(struct ledger_run *run, const struct order_list *list)
{
    for (const struct order *o = list->head; o != NULL; o = o->next) {
        run->tally.canceled += o->base_state == SOFIA_STATE_CANCELED ? 1u : 0u;
        run->tally.rejected += o->base_state == SOFIA_STATE_REJECTED ? 1u : 0u;
        run->tally.filled += o->fill_count > 0 ? 1u : 0u;
    }
}

static int fold(struct ledger_run *run)
{
    struct journal_reader *reader;
    struct journal_record record;
    int rc = journal_reader_open(run->state_dir, 0, &reader);
    if (rc != 0) {
        return rc;
    }
    while ((rc = journal_reader_next(reader, &record)) == 1) {
        rc = state_apply(&run->state, record.seq, record.ts_ns, record.kind, record.payload,
                         record.len);
        if (rc == 0 && record.kind == RECORD_FILL) {
            rc = mark(run, record.payload);
        }
        if (rc != 0) {
            break;
        }
        count(run, &record);
    }
    journal_reader_close(reader);
    count_ends(run, &run->state.live);
    count_ends(run, &run->state.done);
    return rc;
}

/* ---- printing ---- */

static const char *wide_text(struct sofia_wide value, char *buf, size_t cap)
{
    return sofia_wide_is_absent(value) || sofia_wide_print(value, buf, cap) < 0 ? "-" : buf;
}

static void print_tally(const struct tally *t)
{
    fprintf(stdout,
            "orders     %llu   sent %llu   filled %llu   denied %llu   shadow %llu   rejected %llu "
            "  cancelled %llu\n",
            (unsigned long long)t->orders, (unsigned long long)t->sent,
            (unsigned long long)t->filled, (unsigned long long)t->denied,
            (unsigned long long)t->shadow, (unsigned long long)t->rejected,
            (unsigned long long)t->canceled);
    fprintf(stdout, "fills      %llu   in doubt %llu   resolved %llu\n",
            (unsigned long long)t->fills, (unsigned long long)t->doubts,
            (unsigned long long)t->resolved);
}

/* What a base asset was last worth in a quote asset, by our own fills; absent if we never traded it. */
static struct sofia_decimal mark_of(const struct ledger_run *run, const struct position *p)
{
    for (uint32_t id = 1; id < run->mark_count; id++) {
        const struct record_name *name = names_get(&run->state.names, NAME_INSTRUMENT, id);
        if (name != NULL && name->account == p->account && str_eq(name->base, p->base) &&
            str_eq(name->quote, p->quote) && !sofia_decimal_is_absent(run->marks[id])) {
            return run->marks[id];
        }
    }
    return sofia_decimal_absent();
}

/* realised - fees + held * price - cost */
static int profit(const struct position *p, struct sofia_decimal price, struct sofia_wide *ret_pnl)
{
    struct sofia_wide sum = sofia_wide_absent();
    int rc = sofia_wide_mul(p->qty, sofia_wide_of(price), LEDGER_COST_DIGITS, SOFIA_ROUND_HALF_EVEN,
                            &sum);
    rc = rc != 0 ? rc : sofia_wide_sub(sum, p->cost, &sum);
    rc = rc != 0 ? rc : sofia_wide_add(sum, p->realized, &sum);
    rc = rc != 0 ? rc : sofia_wide_sub(sum, p->fees_quote, &sum);
    return rc != 0 ? rc : sofia_wide_quantize(sum, -8, SOFIA_ROUND_HALF_EVEN, ret_pnl);
}

static void print_position(const struct ledger_run *run, const struct position *p)
{
    char qty[SOFIA_DECIMAL_TEXT];
    char cost[SOFIA_DECIMAL_TEXT];
    char realized[SOFIA_DECIMAL_TEXT];
    char fees[SOFIA_DECIMAL_TEXT];
    char pnl_text[SOFIA_DECIMAL_TEXT];
    char price_text[SOFIA_DECIMAL_TEXT] = "-";
    struct sofia_wide pnl = sofia_wide_absent();
    const char *strategy = names_text(&run->state.names, NAME_STRATEGY, p->strategy);
    const char *owner = strategy[0] == '\0' ? "operator" : strategy;
    struct sofia_decimal price = mark_of(run, p);
    fprintf(stdout, "position   %s %s/%s: %s held, cost %s, realised %s, fees %s %s\n", owner,
            p->base, p->quote, wide_text(p->qty, qty, sizeof(qty)),
            wide_text(p->cost, cost, sizeof(cost)),
            wide_text(p->realized, realized, sizeof(realized)),
            wide_text(p->fees_quote, fees, sizeof(fees)), p->quote);
    if (!sofia_decimal_is_absent(price) && profit(p, price, &pnl) == 0) {
        (void)sofia_decimal_print(price, price_text, sizeof(price_text));
        fprintf(stdout, "P&L        %s %s/%s: %s %s (what is held valued at the last fill, %s)\n",
                owner, p->base, p->quote, wide_text(pnl, pnl_text, sizeof(pnl_text)), p->quote,
                price_text);
    }
}

static void print_positions(const struct ledger_run *run)
{
    for (uint32_t i = 0; i < run->state.ledger.position_count; i++) {
        print_position(run, &run->state.ledger.positions[i]);
    }
}

/* ---- the venue's side ---- */

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static const cJSON *array_of(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* The venue's account with this identity, or with our name for it where the venue tells none; else the only one. */
static const cJSON *find_account(const cJSON *root, const char *identity, const char *name)
{
    const cJSON *accounts = array_of(root, "accounts");
    const cJSON *account;
    cJSON_ArrayForEach(account, accounts)
    {
        const cJSON *uid = cJSON_GetObjectItemCaseSensitive(account, "uid");
        char *text = uid == NULL ? NULL : cJSON_PrintUnformatted(uid);
        const char *account_name = text_of(account, "account");
        bool same =
            str_eq(text, identity) || str_eq(account_name, identity) || str_eq(account_name, name);
        cJSON_free(text);
        if (same) {
            return account;
        }
    }
    return cJSON_GetArraySize(accounts) == 1 ? cJSON_GetArrayItem(accounts, 0) : NULL;
}

static struct sofia_wide venue_total(const cJSON *account, const char *asset)
{
    const cJSON *balance;
    struct sofia_wide total = sofia_wide_zero();
    cJSON_ArrayForEach(balance, array_of(account, "balances"))
    {
        const char *text = text_of(balance, "total");
        if (str_eq(text_of(balance, "asset"), asset)) {
            return sofia_wide_parse(text, strlen(text), &total) == 0 ? total : sofia_wide_absent();
        }
    }
    return total;
}

static void differ(struct ledger_run *run, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));
static void differ(struct ledger_run *run, const char *fmt, ...)
{
    va_list args;
    run->differences++;
    if (run->differences <= 20) {
        va_start(args, fmt);
        (void)vfprintf(stdout, fmt, args);
        va_end(args);
    }
}

static void compare_asset(struct ledger_run *run, const struct asset *asset, const cJSON *account)
{
    char ours_text[SOFIA_DECIMAL_TEXT];
    char theirs_text[SOFIA_DECIMAL_TEXT];
    char fees_text[SOFIA_DECIMAL_TEXT];
    struct sofia_wide ours = sofia_wide_absent();
    (void)asset_expected(asset, &ours);
    struct sofia_wide theirs =
        account == NULL ? sofia_wide_absent() : venue_total(account, asset->name);
    bool equal = account != NULL && sofia_wide_cmp(ours, theirs) == 0;
    fprintf(stdout, "%-10s %24s %24s   fees %-14s %s\n", asset->name,
            wide_text(ours, ours_text, sizeof(ours_text)),
            wide_text(theirs, theirs_text, sizeof(theirs_text)),
            wide_text(asset->fees, fees_text, sizeof(fees_text)),
            account == NULL ? ""
            : equal         ? "equal"
                            : "DIFFERENT");
    run->differences += account != NULL && !equal ? 1u : 0u;
}

/* Every order the venue knows of this account must be in the journal, filled alike. */
static void compare_orders(struct ledger_run *run, const cJSON *account)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array_of(account, "orders"))
    {
        const char *client_id = text_of(item, "clientOrderId");
        const char *executed = text_of(item, "executedQty");
        const struct order *order = state_order_by_client(&run->state, client_id);
        struct sofia_decimal theirs = sofia_decimal_absent();
        char ours_text[SOFIA_DECIMAL_TEXT] = "-";
        (void)sofia_decimal_parse(executed, strlen(executed), &theirs);
        if (order == NULL) {
            differ(run, "order %s is at the venue (%s) and not in the journal\n", client_id,
                   text_of(item, "status"));
            continue;
        }
        if (sofia_decimal_cmp(order->pub.filled_qty, theirs) != 0) {
            (void)sofia_decimal_print(order->pub.filled_qty, ours_text, sizeof(ours_text));
            differ(run, "order %s: the journal has %s filled, the venue %s\n", client_id, ours_text,
                   executed);
        }
    }
}

static void compare_fills(struct ledger_run *run, uint32_t id, const cJSON *account)
{
    int count = cJSON_GetArraySize(array_of(account, "fills"));
    uint64_t ours = run->tally.account_fills[id < LEDGER_ACCOUNTS ? id : 0];
    if (ours != (uint64_t)count) {
        differ(run, "the journal has %llu fills, the venue %d\n", (unsigned long long)ours, count);
    }
}

/* Two orders of the venue with one client id: an intent became two. */
static void compare_ids(struct ledger_run *run, const cJSON *account)
{
    struct index seen = {0};
    const cJSON *orders = array_of(account, "orders");
    const cJSON *item;
    if (index_reserve(&seen, (size_t)cJSON_GetArraySize(orders) + 1) != 0) {
        run->differences++;
        return;
    }
    cJSON_ArrayForEach(item, orders)
    {
        const char *client_id = text_of(item, "clientOrderId");
        size_t cursor = 0;
        if (index_next(&seen, index_hash(0, client_id), &cursor) != INDEX_NONE) {
            differ(run, "client id %s is at the venue twice\n", client_id);
        }
        (void)index_put(&seen, index_hash(0, client_id), 1);
    }
    index_release(&seen);
}

static int compare(struct ledger_run *run)
{
    char *text = NULL;
    size_t len;
    if (file_read(run->against, MAX_LEDGER_BYTES, &text, &len) != 0) {
        return error_append("the venue's ledger");
    }
    cJSON *root = cJSON_ParseWithLength(text, len);
    free(text);
    if (root == NULL) {
        return error_set(ERR_PARSE, "%s is not JSON", run->against);
    }
    for (uint32_t id = 1; id <= run->state.names.count[NAME_ACCOUNT]; id++) {
        const struct record_name *name = names_get(&run->state.names, NAME_ACCOUNT, id);
        const cJSON *account = find_account(root, name->venue_symbol, name->name);
        fprintf(stdout, "%-10s %24s %24s\n", name->name, "journal", "venue");
        if (account == NULL) {
            differ(run, "account %s (%s) is not in the venue's ledger\n", name->name,
                   name->venue_symbol);
            continue;
        }
        for (uint32_t i = 0; i < run->state.ledger.asset_count; i++) {
            if (run->state.ledger.assets[i].account == id) {
                compare_asset(run, &run->state.ledger.assets[i], account);
            }
        }
        compare_orders(run, account);
        compare_fills(run, id, account);
        compare_ids(run, account);
    }
    cJSON_Delete(root);
    return 0;
}

static int verdict(const struct ledger_run *run)
{
    int code = EXIT_OK;
    if (run->differences > 0) {
        fprintf(stdout, "%llu differences\n", (unsigned long long)run->differences);
        code = EXIT_FAILED;
    }
    if (run->state.doubts > 0) {
        fprintf(stdout, "%u orders are still in doubt\n", run->state.doubts);
        code = EXIT_FAILED;
    }
    if (run->require_fill && run->tally.fills == 0) {
        fprintf(stdout, "no fill happened\n");
        code = EXIT_FAILED;
    }
    if (run->require_doubt && run->tally.resolved == 0) {
        fprintf(stdout, "no order in doubt was resolved\n");
        code = EXIT_FAILED;
    }
    if (code == EXIT_OK && run->against != NULL) {
        fprintf(stdout, "journal and venue are equal\n");
    }
    return code;
}

static int parse(struct ledger_run *run, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        if (str_eq(argv[i], "--state") && has_value) {
            run->state_dir = argv[++i];
        } else if (str_eq(argv[i], "--against") && has_value) {
            run->against = argv[++i];
        } else if (str_eq(argv[i], "--require") && has_value) {
            bool fill = str_eq(argv[++i], "fill");
            if (!fill && !str_eq(argv[i], "doubt")) {
                return ERR_INVALID;
            }
            run->require_fill = run->require_fill || fill;
            run->require_doubt = run->require_doubt || !fill;
        } else {
            return ERR_INVALID;
        }
    }
    return run->state_dir == NULL ? ERR_INVALID : 0;
}

int cmd_ledger(int argc, char **argv)
{
    struct ledger_run run = {0};
    if (parse(&run, argc, argv) != 0) {
        fputs(
            "usage: sofia ledger --state DIR [--against FILE] [--require fill] [--require doubt]\n",
            stderr);
        return EXIT_USAGE;
    }
    int rc = state_init(&run.state);
    run.state.keep = UINT32_MAX; /* every order is compared */
    rc = rc != 0 ? rc : fold(&run);
    if (rc == 0) {
        print_tally(&run.tally);
        print_positions(&run);
        if (run.against != NULL) {
            rc = compare(&run);
        } else {
            for (uint32_t i = 0; i < run.state.ledger.asset_count; i++) {
                compare_asset(&run, &run.state.ledger.assets[i], NULL);
            }
        }
    }
    int code = rc == 0 ? verdict(&run) : EXIT_FAILED;
    if (rc != 0) {
        fprintf(stderr, "sofia ledger: %s\n", error_message());
    }
    state_release(&run.state);
    free(run.marks);
    return code;
}
