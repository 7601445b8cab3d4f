#include "engine/shadow_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "model/order.h"

#define SEQ_KEY "\"journal_seq\":\""

/* The last record whose line is whole; a line that a crash tore is ended, and written again. */
static void find_last(struct shadow_file *shadow)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool torn = false;
    rewind(shadow->file);
    while ((len = getline(&line, &cap, shadow->file)) > 0) {
        const char *at = strstr(line, SEQ_KEY);
        uint64_t seq = at == NULL ? 0 : strtoull(at + strlen(SEQ_KEY), NULL, 10);
        torn = line[len - 1] != '\n';
        shadow->last_seq = !torn && seq > shadow->last_seq ? seq : shadow->last_seq;
    }
    free(line);
    (void)fseek(shadow->file, 0, SEEK_END);
    if (torn) {
        (void)fputc('\n', shadow->file);
    }
}

int shadow_file_open(struct shadow_file *shadow, const char *state_dir)
{
    char path[512];
    memset(shadow, 0, sizeof(*shadow));
    int rc = str_format(path, sizeof(path), "%s/shadow_orders.jsonl", state_dir);
    if (rc != 0) {
        return error_set(rc, "state directory name is too long");
    }
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    shadow->file = fd < 0 ? NULL : fdopen(fd, "a+");
    if (shadow->file == NULL) {
        return error_set_errno("open '%s'", path);
    }
    find_last(shadow);
    return 0;
}

void shadow_file_close(struct shadow_file *shadow)
{
    if (shadow->file != NULL) {
        (void)fclose(shadow->file);
        shadow->file = NULL;
    }
    names_release(&shadow->names);
}

static void field(struct sofia_text *text, const char *name, const char *value)
{
    sofia_text_str(text, ",\"");
    sofia_text_str(text, name);
    sofia_text_str(text, "\":\"");
    sofia_text_json(text, sofia_slice_of(value));
    sofia_text_str(text, "\"");
}

static void decimal_field(struct sofia_text *text, const char *name, struct sofia_decimal value)
{
    char digits[SOFIA_DECIMAL_TEXT];
    if (sofia_decimal_print(value, digits, sizeof(digits)) > 0) {
        field(text, name, digits);
    }
}

static bool write_all(FILE *file, struct sofia_slice line)
{
    return fwrite(line.at, 1, line.len, file) == line.len;
}

static void write_line(struct shadow_file *shadow, const struct record_intent *intent,
                       const struct journal_record *record)
{
    const struct record_verdict *verdict = record->payload;
    char at[CLOCK_UTC_TEXT];
    char buf[1024];
    struct sofia_text text;
    sofia_text_init(&text, buf, sizeof(buf));
    (void)clock_print_utc(record->ts_ns, at, sizeof(at));
    sofia_text_str(&text, "{\"at\":\"");
    sofia_text_str(&text, at);
    sofia_text_str(&text, "\"," SEQ_KEY);
    sofia_text_u64(&text, record->seq);
    sofia_text_str(&text, "\",\"order_id\":\"");
    sofia_text_u64(&text, intent->order_id);
    sofia_text_str(&text, "\"");
    field(&text, "client_id", intent->client_id);
    field(&text, "strategy", names_text(&shadow->names, NAME_STRATEGY, intent->strategy));
    field(&text, "account", names_text(&shadow->names, NAME_ACCOUNT, intent->account));
    field(&text, "symbol", names_text(&shadow->names, NAME_INSTRUMENT, intent->instrument));
    field(&text, "side", order_side_name(intent->side));
    field(&text, "type", order_type_name(intent->type));
    field(&text, "time_in_force", order_tif_name(intent->tif));
    decimal_field(&text, "quantity", intent->qty);
    decimal_field(&text, "price", intent->price);
    field(&text, "reason", verdict->reason);
    sofia_text_str(&text, "}\n");
    if (sofia_text_status(&text) != 0 || !write_all(shadow->file, sofia_text_slice(&text))) {
        log_error("shadow", "shadow_orders.jsonl: order %llu could not be written",
                  (unsigned long long)intent->order_id);
        return;
    }
    shadow->last_seq = record->seq;
    shadow->dirty = true;
}

static void take_shadow(struct shadow_file *shadow, const struct journal_record *record)
{
    const struct record_verdict *verdict = record->payload;
    for (uint32_t i = 0; i < SHADOW_WAITING; i++) {
        if (shadow->waiting[i].order_id == verdict->order_id) {
            if (record->seq > shadow->last_seq) {
                write_line(shadow, &shadow->waiting[i], record);
            }
            return;
        }
    }
}

void shadow_file_take(struct shadow_file *shadow, const struct journal_record *record)
{
    if (shadow->file == NULL) {
        return;
    }
    if (record->kind == RECORD_NAME) {
        (void)names_apply(&shadow->names, record->payload);
    } else if (record->kind == RECORD_INTENT) {
        memcpy(&shadow->waiting[shadow->next++ % SHADOW_WAITING], record->payload,
               sizeof(shadow->waiting[0]));
    } else if (record->kind == RECORD_SHADOW) {
        take_shadow(shadow, record);
    }
}

void shadow_file_flush(struct shadow_file *shadow)
{
    if (shadow->dirty && fflush(shadow->file) == 0) {
        shadow->dirty = false;
    }
}
