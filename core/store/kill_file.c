#include "store/kill_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sofia/event.h>
#include <sofia/kit/json.h>
#include <sofia/kit/text.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

#include "base/banned.h"

/* An entry with every byte of its texts escaped, times their number. */
enum { ENTRY_MAX = 2048, FILE_MAX = ENTRY_MAX * (KILL_FILE_LATCHES + KILL_FILE_EVENTS + 1) };

static const char *const arming_names[] = {
    [ARMING_OFF] = "OFF", [ARMING_AUTO] = "AUTO", [ARMING_ON] = "ON"};
static const char *const level_names[] = {[SOFIA_KILL_CLEAR] = "clear",
                                          [SOFIA_KILL_HOLD] = "hold",
                                          [SOFIA_KILL_CANCEL] = "cancel",
                                          [SOFIA_KILL_FLATTEN] = "flatten"};

enum { ARMING_NAMES = ARMING_ON + 1, LEVEL_NAMES = SOFIA_KILL_FLATTEN + 1 };

/* ---- fold ---- */

static struct record_kill *latch_of(struct kill_file *file, const char *scope)
{
    for (uint32_t i = 0; i < file->latch_count; i++) {
        if (strcmp(file->latches[i].scope, scope) == 0) {
            return &file->latches[i];
        }
    }
    return NULL;
}

static void add_event(struct kill_file *file, const struct record_kill *event)
{
    if (file->event_count == KILL_FILE_EVENTS) {
        file->event_count--;
        memmove(file->events, file->events + 1, file->event_count * sizeof(file->events[0]));
    }
    file->events[file->event_count++] = *event;
}

int kill_file_apply(struct kill_file *file, const struct record_kill *event)
{
    struct record_kill *latch = latch_of(file, event->scope);

    add_event(file, event);
    file->epoch = event->epoch > file->epoch ? event->epoch : file->epoch;
    if (event->level == SOFIA_KILL_CLEAR) {
        if (latch != NULL) {
            *latch = file->latches[--file->latch_count];
        }
        return 0;
    }
    if (latch == NULL) {
        if (file->latch_count == KILL_FILE_LATCHES) {
            return error_set(ERR_FULL, "more than %d kill scopes", KILL_FILE_LATCHES);
        }
        latch = &file->latches[file->latch_count++];
    }
    *latch = *event;
    return 0;
}

/* ---- writing ---- */

/* A text of fixed size may have been cut inside a character; a file that is not UTF-8 could not be
 * read again. */
static void put_text(struct sofia_text *out, const char *key, const char *text)
{
    char clean[SOFIA_REASON_SIZE];
    size_t bad = 0;

    (void)str_copy(clean, sizeof(clean), text);
    while (!str_is_utf8(clean, strlen(clean), &bad)) {
        clean[bad] = '?';
    }
    sofia_text_str(out, ", \"");
    sofia_text_str(out, key);
    sofia_text_str(out, "\": ");
    sofia_text_json_str(out, sofia_slice_of(clean));
}

static void put_entry(struct sofia_text *out, const struct record_kill *entry)
{
    char utc[CLOCK_UTC_TEXT] = "";

    (void)clock_print_utc(entry->at_ns, utc, sizeof(utc));
    sofia_text_str(out, "{\"at\": \"");
    sofia_text_str(out, utc);
    sofia_text_str(out, "\", \"at_ns\": ");
    sofia_text_i64(out, entry->at_ns);
    put_text(out, "scope", entry->scope);
    put_text(out, "level", level_names[entry->level]);
    sofia_text_str(out, ", \"epoch\": ");
    sofia_text_u64(out, entry->epoch);
    sofia_text_str(out, entry->zero != 0 ? ", \"zero\": true" : ", \"zero\": false");
    put_text(out, "author", entry->author);
    put_text(out, "reason", entry->reason);
    sofia_text_char(out, '}');
}

static void put_entries(struct sofia_text *out, const char *key, const struct record_kill *entries,
                        uint32_t count)
{
    sofia_text_str(out, ",\n \"");
    sofia_text_str(out, key);
    sofia_text_str(out, "\": [");
    for (uint32_t i = 0; i < count; i++) {
        sofia_text_str(out, i == 0 ? "\n  " : ",\n  ");
        put_entry(out, &entries[i]);
    }
    sofia_text_str(out, "]");
}

static int check(const struct kill_file *file)
{
    bool ok = file->arming >= ARMING_OFF && file->arming <= ARMING_ON &&
              file->latch_count <= KILL_FILE_LATCHES && file->event_count <= KILL_FILE_EVENTS;

    for (uint32_t i = 0; ok && i < file->latch_count; i++) {
        ok = file->latches[i].level > SOFIA_KILL_CLEAR && file->latches[i].level < LEVEL_NAMES;
    }
    for (uint32_t i = 0; ok && i < file->event_count; i++) {
        ok = file->events[i].level < LEVEL_NAMES;
    }
    return ok ? 0 : error_set(ERR_INVALID, "the kill switch state makes no sense");
}

int kill_file_write(const char *path, const struct kill_file *file)
{
    struct sofia_text out;
    int status = check(file);
    char *room = malloc(FILE_MAX);

    if (status == 0 && room == NULL) {
        status = error_set(ERR_NOMEM, "no memory for '%s'", path);
    }
    if (status != 0) {
        free(room);
        return status;
    }
    sofia_text_init(&out, room, FILE_MAX);
    sofia_text_str(&out, "{\"state\": \"");
    sofia_text_str(&out, file->latch_count > 0 ? "ENGAGED" : arming_names[file->arming]);
    sofia_text_str(&out, "\",\n \"arming\": \"");
    sofia_text_str(&out, arming_names[file->arming]);
    sofia_text_str(&out, "\",\n \"epoch\": ");
    sofia_text_u64(&out, file->epoch);
    put_entries(&out, "latches", file->latches, file->latch_count);
    put_entries(&out, "events", file->events, file->event_count);
    sofia_text_str(&out, "}\n");
    if (sofia_text_status(&out) != 0) {
        status = error_set(ERR_LIMIT, "'%s' would be too long", path);
    } else {
        status = file_write_atomic(path, room, out.len, 0600);
    }
    free(room);
    return status;
}

/* ---- reading ---- */

/* The value is JSON and not what it must be: ends the walk like any other error. */
static void refuse(struct sofia_json *cur)
{
    if (cur->status == 0) {
        cur->status = SOFIA_JSON_EVALUE;
        cur->error_at = cur->at;
    }
}

/* The number of a name; names[0] may be missing. */
static void read_name(struct sofia_json *cur, const char *const *names, uint32_t count,
                      uint32_t *ret_number)
{
    struct sofia_slice raw;

    if (sofia_json_string(cur, &raw) != 0) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (names[i] != NULL && sofia_json_is(raw, names[i])) {
            *ret_number = i;
            return;
        }
    }
    refuse(cur);
}

static void read_text(struct sofia_json *cur, char *buf, size_t cap)
{
    struct sofia_slice raw;
    size_t len = 0;

    if (sofia_json_string(cur, &raw) != 0) {
        return;
    }
    int status = sofia_json_unescape(raw, buf, cap, &len);
    if (status != 0 || strlen(buf) != len) {
        refuse(cur);
    }
}

enum { HAS_SCOPE = 1, HAS_LEVEL = 2, HAS_EPOCH = 4, HAS_AT = 8, HAS_ENTRY = 15 };

static void read_entry(struct sofia_json *cur, struct record_kill *ret_entry)
{
    struct record_kill entry = {0};
    struct sofia_slice key;
    unsigned has = 0;

    (void)sofia_json_enter_object(cur);
    while (sofia_json_next_key(cur, &key)) {
        if (sofia_json_is(key, "scope")) {
            read_text(cur, entry.scope, sizeof(entry.scope));
            has |= entry.scope[0] != '\0' ? HAS_SCOPE : 0u;
        } else if (sofia_json_is(key, "level")) {
            read_name(cur, level_names, LEVEL_NAMES, &entry.level);
            has |= HAS_LEVEL;
        } else if (sofia_json_is(key, "epoch")) {
            (void)sofia_json_u64(cur, &entry.epoch);
            has |= HAS_EPOCH;
        } else if (sofia_json_is(key, "at_ns")) {
            (void)sofia_json_i64(cur, &entry.at_ns);
            has |= HAS_AT;
        } else if (sofia_json_is(key, "zero")) {
            (void)sofia_json_bool(cur, &entry.zero);
        } else if (sofia_json_is(key, "author")) {
            read_text(cur, entry.author, sizeof(entry.author));
        } else if (sofia_json_is(key, "reason")) {
            read_text(cur, entry.reason, sizeof(entry.reason));
        }
    }
    if (has != HAS_ENTRY) {
        refuse(cur);
    }
    *ret_entry = entry;
}

static void read_entries(struct sofia_json *cur, struct record_kill *entries, uint32_t max,
                         uint32_t *ret_count)
{
    struct record_kill entry;
    uint32_t count = 0;

    (void)sofia_json_enter_array(cur);
    while (sofia_json_next_element(cur)) {
        read_entry(cur, &entry);
        if (count == max) {
            refuse(cur);
            return;
        }
        entries[count++] = entry;
    }
    *ret_count = count;
}

enum { HAS_STATE = 1, HAS_ARMING = 2, HAS_LATCHES = 4, HAS_EVENTS = 8, HAS_FILE = 15 };

static int parse(const char *text, size_t len, struct kill_file *file)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice state = {0};
    unsigned has = 0;

    sofia_json_init(&cur, text, len);
    (void)sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, "state")) {
            (void)sofia_json_string(&cur, &state);
            has |= HAS_STATE;
        } else if (sofia_json_is(key, "arming")) {
            read_name(&cur, arming_names, ARMING_NAMES, &file->arming);
            has |= HAS_ARMING;
        } else if (sofia_json_is(key, "epoch")) {
            (void)sofia_json_u64(&cur, &file->epoch);
        } else if (sofia_json_is(key, "latches")) {
            read_entries(&cur, file->latches, KILL_FILE_LATCHES, &file->latch_count);
            has |= HAS_LATCHES;
        } else if (sofia_json_is(key, "events")) {
            read_entries(&cur, file->events, KILL_FILE_EVENTS, &file->event_count);
            has |= HAS_EVENTS;
        }
    }
    if (sofia_json_finish(&cur) != 0) {
        return error_set(ERR_PARSE, "not a kill switch state: wrong at byte %zu", cur.error_at);
    }
    if (has != HAS_FILE || check(file) != 0) {
        return error_set(ERR_PARSE, "not a kill switch state: incomplete");
    }
    /* Somebody edited one of the two: which one is meant cannot be known. */
    bool engaged = sofia_json_is(state, "ENGAGED") != 0;
    if (engaged != (file->latch_count > 0) ||
        (!engaged && !sofia_json_is(state, arming_names[file->arming]))) {
        return error_set(ERR_PARSE, "the state says '%.*s', the rest says otherwise",
                         (int)state.len, state.at);
    }
    return 0;
}

int kill_file_read(const char *path, struct kill_file *ret_file)
{
    char *text = NULL;
    size_t len = 0;
    int status = file_read(path, FILE_MAX, &text, &len);

    if (status != 0) {
        return status;
    }
    struct kill_file *file = calloc(1, sizeof(*file));
    status = file != NULL ? parse(text, len, file) : error_set(ERR_NOMEM, "no memory");
    if (status == 0) {
        *ret_file = *file;
    } else {
        (void)error_append("'%s'", path);
    }
    free(file);
    free(text);
    return status;
}
