/* Rows written per record: the trace of an order, fills, audit, kill events. */
#include <string.h>

#include <sofia/event.h>
#include <sofia/kit/decimal.h>

#include "base/error.h"
#include "store/view_impl.h"

#include "base/banned.h"

typedef int (*write_fn)(struct view *view, const struct journal_record *record);

static void add_decimal(struct text *line, const char *before, struct sofia_decimal value)
{
    char text[SOFIA_DECIMAL_TEXT];

    if (sofia_decimal_print(value, text, sizeof(text)) > 0) {
        text_add(line, before);
        text_add(line, text);
    }
}

static void add_wide(struct text *line, const char *before, struct sofia_wide value)
{
    char text[SOFIA_DECIMAL_TEXT];

    if (sofia_wide_print(value, text, sizeof(text)) > 0) {
        text_add(line, before);
        text_add(line, text);
    }
}

static void add_part(struct text *line, const char *before, const char *text)
{
    if (text[0] != '\0') {
        text_add(line, before);
        text_add(line, text);
    }
}

/* The order and its position go into the rows of this group. */
static void mark_order(struct view *view, uint64_t order_id, int64_t ts_ns)
{
    const struct order *order = state_order(view->state, order_id);

    if (order != NULL) {
        view_mark_row(&view->orders, order_id, ts_ns);
        view_mark_row(&view->positions, order->position, ts_ns);
    }
}

static void mark_original(struct view *view, uint64_t order_id, int64_t ts_ns)
{
    const struct order *order = state_order(view->state, order_id);
    if (order != NULL && order->pub.replaces != 0) {
        mark_order(view, order->pub.replaces, ts_ns);
    }
}

static void mark_asset(struct view *view, uint32_t account, const char *name, int64_t ts_ns)
{
    const struct asset *asset = ledger_asset_find(&view->state->ledger, account, name);

    if (asset != NULL) {
        view_mark_row(&view->assets, (uint64_t)(asset - view->state->ledger.assets), ts_ns);
    }
}

/* view->line is the text. */
static int put_event(struct view *view, const struct journal_record *record, uint64_t order_id,
                     const char *station, const char *reason)
{
    sqlite3_stmt *put = view->statements[VIEW_PUT_EVENT];

    mark_order(view, order_id, record->ts_ns);
    mark_original(view, order_id, record->ts_ns);
    view_bind_u64(put, 1, record->seq);
    view_bind_u64(put, 2, order_id);
    view_bind_i64(put, 3, record->ts_ns);
    view_bind_text(put, 4, record_kind_name(record->kind));
    view_bind_text(put, 5, station);
    view_bind_text(put, 6, text_get(&view->line));
    view_bind_text(put, 7, reason);
    return view_step(view, VIEW_PUT_EVENT);
}

static int put_audit(struct view *view, const struct journal_record *record, int64_t at_ns,
                     const char *action, const char *author, uint64_t order_id)
{
    sqlite3_stmt *put = view->statements[VIEW_PUT_AUDIT];

    view_bind_u64(put, 1, record->seq);
    view_bind_i64(put, 2, at_ns);
    view_bind_text(put, 3, action);
    view_bind_text(put, 4, author);
    view_bind_text(put, 5, text_get(&view->line));
    if (order_id != 0) {
        view_bind_u64(put, 6, order_id);
    }
    return view_step(view, VIEW_PUT_AUDIT);
}

/* ---- the life of an order ---- */

static int write_intent(struct view *view, const struct journal_record *record)
{
    const struct record_intent *intent = record->payload;
    const struct names *names = &view->state->names;
    struct text *line = &view->line;

    text_addf(line, "%s %s", order_side_name(intent->side), order_type_name(intent->type));
    add_decimal(line, " ", intent->qty);
    add_decimal(line, " at ", intent->price);
    if (intent->tif != 0) {
        text_addf(line, " %s", order_tif_name(intent->tif));
    }
    text_add(line, (intent->flags & SOFIA_ORDER_POST_ONLY) != 0 ? " post-only" : "");
    text_add(line, (intent->flags & SOFIA_ORDER_REDUCE_ONLY) != 0 ? " reduce-only" : "");
    add_part(line, " ", names_text(names, NAME_INSTRUMENT, intent->instrument));
    if (intent->replaces != 0) {
        text_addf(line, ", to replace order %llu", (unsigned long long)intent->replaces);
    }
    text_addf(line, ", %s, by %s", view_branch_name(intent->branch),
              view_origin_name(intent->origin));
    add_part(line, " ", names_text(names, NAME_STRATEGY, intent->strategy));
    for (uint32_t i = 0; i < intent->rule_count && i < RECORD_RULES_MAX; i++) {
        text_addf(line, "%s%s %u ns", i == 0 ? "; rules: " : ", ",
                  names_text(names, NAME_RULE, intent->rules[i].rule),
                  (unsigned)intent->rules[i].spent_ns);
    }
    return put_event(view, record, intent->order_id, station_name(STATION_INTAKE), NULL);
}

static int write_verdict(struct view *view, const struct journal_record *record)
{
    const struct record_verdict *verdict = record->payload;
    struct text *line = &view->line;

    text_add(line, record->kind == RECORD_SHADOW ? "kept as shadow" : "denied");
    add_part(line, " by ", names_text(&view->state->names, NAME_RULE, verdict->rule));
    add_part(line, ": ", verdict->code);
    add_part(line, ": ", verdict->reason);
    add_decimal(line, "; value ", verdict->value);
    add_decimal(line, ", limit ", verdict->limit);
    return put_event(view, record, verdict->order_id, station_name(verdict->station),
                     verdict->reason[0] != '\0' ? verdict->reason : verdict->code);
}

static const char *request_name(uint32_t what)
{
    return what == SEND_CANCEL ? "cancel" : what == SEND_REPLACE ? "replace" : "place";
}

static int write_send(struct view *view, const struct journal_record *record)
{
    const struct record_send *send = record->payload;

    text_addf(&view->line, "%s sent, attempt %u", request_name(send->what), send->attempt);
    add_part(&view->line, ", id ", send->cancel_id);
    return put_event(view, record, send->order_id, station_name(STATION_ROUTE), NULL);
}

static int write_report(struct view *view, const struct journal_record *record)
{
    const struct record_report *report = record->payload;
    struct text *line = &view->line;

    text_addf(line, "%s: %s by %s", request_name(report->about),
              report->state != 0              ? order_state_name(report->state)
              : report->about == SEND_REPLACE ? "the order itself was changed"
                                              : "no change",
              view_source_name(report->source));
    add_part(line, ", venue id ", report->venue_id);
    add_decimal(line, ", filled ", report->filled_qty);
    if (report->venue_code != 0) {
        text_addf(line, ", code %d", (int)report->venue_code);
    }
    add_part(line, ": ", report->reason);
    return put_event(view, record, report->order_id, "report", report->reason);
}

static int write_doubt(struct view *view, const struct journal_record *record)
{
    const struct record_doubt *doubt = record->payload;
    struct text *line = &view->line;

    text_add(line, doubt->set != 0 ? "outcome not known:" : "outcome known:");
    text_add(line, (doubt->bits & SOFIA_DOUBT_PLACE) != 0 ? " place" : "");
    text_add(line, (doubt->bits & SOFIA_DOUBT_CANCEL) != 0 ? " cancel" : "");
    text_add(line, (doubt->bits & SOFIA_DOUBT_REPLACE) != 0 ? " replace" : "");
    if (doubt->set == 0) {
        text_addf(line, ", by %s", view_source_name(doubt->source));
    }
    add_part(line, "; ", doubt->reason);
    return put_event(view, record, doubt->order_id, "doubt", doubt->reason);
}

static int put_fill(struct view *view, const struct journal_record *record,
                    const struct record_fill *fill, const struct record_name *instrument)
{
    sqlite3_stmt *put = view->statements[VIEW_PUT_FILL];
    const struct names *names = &view->state->names;
    const struct order *order =
        fill->order_id != 0 ? state_order(view->state, fill->order_id) : NULL;

    view_bind_u64(put, 1, record->seq);
    view_bind_u64(put, 2, fill->order_id);
    view_bind_text(put, 3, names_text(names, NAME_ACCOUNT, fill->account));
    view_bind_text(put, 4, instrument->name);
    view_bind_text(put, 5, instrument->venue_symbol);
    view_bind_text(put, 6, order != NULL ? order->pub.strategy : NULL);
    view_bind_text(put, 7, order_side_name(fill->side));
    view_bind_decimal(put, 8, fill->qty);
    view_bind_decimal(put, 9, fill->price);
    view_bind_wide(put, 10, fill->quote_qty);
    view_bind_wide(put, 11, fill->fee);
    view_bind_text(put, 12, fill->fee_asset);
    view_bind_u64(put, 13, fill->liquidity);
    view_bind_text(put, 14, view_source_name(fill->source));
    view_bind_text(put, 15, fill->fill_id);
    view_bind_text(put, 16, fill->venue_id);
    view_bind_i64(put, 17, fill->ts_venue_ns);
    view_bind_i64(put, 18, record->ts_ns);
    return view_step(view, VIEW_PUT_FILL);
}

static int write_fill(struct view *view, const struct journal_record *record)
{
    const struct record_fill *fill = record->payload;
    const struct record_name *instrument =
        names_get(&view->state->names, NAME_INSTRUMENT, fill->instrument);
    struct text *line = &view->line;

    if (instrument == NULL) {
        return error_set(ERR_CORRUPT, "fill '%s' on an undeclared instrument", fill->fill_id);
    }
    mark_asset(view, fill->account, instrument->base, record->ts_ns);
    mark_asset(view, fill->account, instrument->quote, record->ts_ns);
    mark_asset(view, fill->account, fill->fee_asset, record->ts_ns);
    int status = put_fill(view, record, fill, instrument);
    if (status != 0 || fill->order_id == 0) {
        return status;
    }
    text_add(line, order_side_name(fill->side));
    add_decimal(line, " ", fill->qty);
    add_decimal(line, " at ", fill->price);
    add_wide(line, ", fee ", fill->fee);
    add_part(line, " ", fill->fee_asset);
    text_addf(line, ", fill id %s, by %s", fill->fill_id, view_source_name(fill->source));
    return put_event(view, record, fill->order_id, "fill", NULL);
}

/* ---- everything else ---- */

static int write_boot(struct view *view, const struct journal_record *record)
{
    const struct record_boot *boot = record->payload;

    text_addf(&view->line, "version %s, deployment %s, pid %u, fence %llu, binary %s, config %s",
              boot->version, boot->deployment, boot->pid, (unsigned long long)boot->fence,
              boot->binary_hash, boot->config_hash);
    return put_audit(view, record, boot->started_ns, "boot", "sofia", 0);
}

static int write_balance(struct view *view, const struct journal_record *record)
{
    const struct record_balance *balance = record->payload;

    mark_asset(view, balance->account, balance->asset, record->ts_ns);
    if (balance->differs == 0) {
        return 0;
    }
    text_addf(&view->line, "%s %s", names_text(&view->state->names, NAME_ACCOUNT, balance->account),
              balance->asset);
    add_wide(&view->line, ": the venue says free ", balance->free);
    add_wide(&view->line, ", locked ", balance->locked);
    add_wide(&view->line, ", the ledger expects ", balance->expected);
    return put_audit(view, record, record->ts_ns, "balance_differs", "sofia", 0);
}

static int write_baseline(struct view *view, const struct journal_record *record)
{
    const struct record_baseline *baseline = record->payload;
    static const char *const actions[] = {[BASELINE_START] = "baseline",
                                          [BASELINE_TRANSFER] = "transfer",
                                          [BASELINE_ACCEPTED] = "difference_accepted"};
    const char *action = baseline->what <= BASELINE_ACCEPTED ? actions[baseline->what] : NULL;

    mark_asset(view, baseline->account, baseline->asset, record->ts_ns);
    text_add(&view->line, names_text(&view->state->names, NAME_ACCOUNT, baseline->account));
    add_wide(&view->line, " ", baseline->amount);
    add_part(&view->line, " ", baseline->asset);
    add_part(&view->line, ": ", baseline->reason);
    return put_audit(view, record, record->ts_ns, action != NULL ? action : "baseline",
                     baseline->author, 0);
}

static int write_kill(struct view *view, const struct journal_record *record)
{
    const struct record_kill *kill = record->payload;
    sqlite3_stmt *put = view->statements[VIEW_PUT_KILL];

    view_bind_u64(put, 1, record->seq);
    view_bind_i64(put, 2, kill->at_ns);
    view_bind_u64(put, 3, kill->epoch);
    view_bind_text(put, 4, kill->scope);
    view_bind_text(put, 5, view_kill_name(kill->level));
    view_bind_u64(put, 6, kill->zero);
    view_bind_text(put, 7, kill->author);
    view_bind_text(put, 8, kill->reason);
    int status = view_step(view, VIEW_PUT_KILL);
    if (status != 0) {
        return status;
    }
    text_addf(&view->line, "%s %s, epoch %llu%s", kill->scope, view_kill_name(kill->level),
              (unsigned long long)kill->epoch, kill->zero != 0 ? ", zero proven" : "");
    add_part(&view->line, ": ", kill->reason);
    return put_audit(view, record, kill->at_ns, "kill", kill->author, 0);
}

static int write_mode(struct view *view, const struct journal_record *record)
{
    const struct record_mode *mode = record->payload;
    static const char *const arming[] = {
        [0] = "?", [ARMING_OFF] = "OFF", [ARMING_AUTO] = "AUTO", [ARMING_ON] = "ON"};

    text_addf(&view->line, "%s, arming %s", view_branch_name(mode->branch),
              mode->arming <= ARMING_ON ? arming[mode->arming] : "?");
    add_part(&view->line, ", configured ", mode->configured);
    add_part(&view->line, ": ", mode->reason);
    return put_audit(view, record, mode->at_ns, "mode", mode->author, 0);
}

static int write_audit(struct view *view, const struct journal_record *record)
{
    const struct record_audit *audit = record->payload;

    text_add(&view->line, audit->text);
    int status =
        put_audit(view, record, audit->at_ns, audit->action, audit->author, audit->order_id);
    if (status != 0 || audit->order_id == 0) {
        return status;
    }
    text_clear(&view->line);
    text_addf(&view->line, "%s by %s", audit->action, audit->author);
    add_part(&view->line, ": ", audit->text);
    return put_event(view, record, audit->order_id, "audit", NULL);
}

static int write_day(struct view *view, const struct journal_record *record)
{
    const struct record_day *day = record->payload;

    text_add(&view->line, "a trading day begins");
    add_wide(&view->line, ", P&L in USD so far ", day->pnl_usd);
    return put_audit(view, record, day->day_start_ns, "day", "sofia", 0);
}

int view_write_record(struct view *view, const struct journal_record *record, bool is_new_fill)
{
    static const write_fn writers[RECORD_COUNT] = {
        [RECORD_BOOT] = write_boot,         [RECORD_INTENT] = write_intent,
        [RECORD_VERDICT] = write_verdict,   [RECORD_SEND] = write_send,
        [RECORD_REPORT] = write_report,     [RECORD_DOUBT] = write_doubt,
        [RECORD_FILL] = write_fill,         [RECORD_BALANCE] = write_balance,
        [RECORD_BASELINE] = write_baseline, [RECORD_KILL] = write_kill,
        [RECORD_MODE] = write_mode,         [RECORD_AUDIT] = write_audit,
        [RECORD_DAY] = write_day,           [RECORD_SHADOW] = write_verdict,
    };
    write_fn write = record->kind < RECORD_COUNT ? writers[record->kind] : NULL;

    if (write == NULL || (record->kind == RECORD_FILL && !is_new_fill)) {
        return 0;
    }
    text_clear(&view->line);
    int status = write(view, record);
    return status != 0 ? status : view->line.status;
}
