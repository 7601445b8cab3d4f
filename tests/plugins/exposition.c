#include "exposition.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct exposition *page;
    char family[128];
    char type[16];
    char done[256][128]; /* families that are over */
    size_t done_count;
    /* of the histogram series being read */
    char bucket_key[512];
    double last_bound;
    unsigned long long last_count;
    bool has_inf;
};

__attribute__((format(__printf__, 2, 3))) static int fail(struct reader *reader, const char *fmt,
                                                          ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(reader->page->error, sizeof(reader->page->error), fmt, args);
    va_end(args);
    return -1;
}

/* Length of the metric name (or label name: without ':') at the start of text; 0: none. */
static size_t name_len(const char *text, bool is_label)
{
    size_t len = 0;

    while (isalnum((unsigned char)text[len]) || text[len] == '_' ||
           (text[len] == ':' && !is_label)) {
        len++;
    }
    return isdigit((unsigned char)text[0]) ? 0 : len;
}

static bool is_number(const char *text)
{
    size_t digits = 0;

    if (strcmp(text, "+Inf") == 0 || strcmp(text, "-Inf") == 0 || strcmp(text, "NaN") == 0) {
        return true;
    }
    text += text[0] == '-' ? 1 : 0;
    for (; isdigit((unsigned char)*text); text++) {
        digits++;
    }
    if (*text == '.') {
        for (text++; isdigit((unsigned char)*text); text++) {
            digits++;
        }
    }
    return digits > 0 && *text == '\0';
}

/* Walks name{a="b",c="d"}; the value of the label `wanted` goes to ret_value when it is there.
 * NULL: not a series. */
static const char *skip_series(const char *text, const char *wanted, char *ret_value, size_t cap)
{
    size_t len = name_len(text, false);
    const char *at = text + len;

    if (len == 0 || *at != '{') {
        return len == 0 ? NULL : at;
    }
    do {
        const char *label = ++at;
        size_t label_len = name_len(label, true);
        size_t value_len = 0;
        bool is_wanted =
            wanted != NULL && label_len == strlen(wanted) && strncmp(label, wanted, label_len) == 0;

        at += label_len;
        if (label_len == 0 || at[0] != '=' || at[1] != '"') {
            return NULL;
        }
        for (at += 2; *at != '"'; at++) {
            if (*at == '\0' || *at == '\n' || (*at == '\\' && strchr("\\\"n", at[1]) == NULL)) {
                return NULL;
            }
            at += *at == '\\' ? 1 : 0;
            if (is_wanted && value_len + 1 < cap) {
                ret_value[value_len++] = *at;
            }
        }
        if (is_wanted) {
            ret_value[value_len] = '\0';
        }
        at++;
    } while (*at == ',');
    return *at == '}' ? at + 1 : NULL;
}

static int end_family(struct reader *reader)
{
    if (reader->family[0] == '\0') {
        return 0;
    }
    if (strcmp(reader->type, "histogram") == 0 && reader->bucket_key[0] != '\0') {
        return fail(reader, "%s ends without _count", reader->family);
    }
    if (reader->done_count == 256) {
        return fail(reader, "more families than this reader holds");
    }
    memcpy(reader->done[reader->done_count++], reader->family, sizeof(reader->family));
    return 0;
}

static int read_help(struct reader *reader, const char *rest)
{
    size_t len = name_len(rest, false);

    if (len == 0 || rest[len] != ' ' || rest[len + 1] == '\0' || len >= sizeof(reader->family)) {
        return fail(reader, "HELP: '%s'", rest);
    }
    if (end_family(reader) != 0) {
        return -1;
    }
    memcpy(reader->family, rest, len);
    reader->family[len] = '\0';
    reader->type[0] = '\0';
    for (size_t i = 0; i < reader->done_count; i++) {
        if (strcmp(reader->done[i], reader->family) == 0) {
            return fail(reader, "family %s comes twice", reader->family);
        }
    }
    for (const char *at = rest + len; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\\' && at[1] != 'n') {
            return fail(reader, "HELP of %s: bad escape", reader->family);
        }
        at += *at == '\\' ? 1 : 0;
    }
    reader->page->families++;
    return 0;
}

static int read_type(struct reader *reader, const char *rest)
{
    size_t len = strlen(reader->family);
    bool ends_in_total = len > 6 && strcmp(reader->family + len - 6, "_total") == 0;

    if (reader->type[0] != '\0' || strncmp(rest, reader->family, len) != 0 || rest[len] != ' ') {
        return fail(reader, "TYPE is not behind its HELP: '%s'", rest);
    }
    (void)snprintf(reader->type, sizeof(reader->type), "%s", rest + len + 1);
    if (strcmp(reader->type, "counter") != 0 && strcmp(reader->type, "gauge") != 0 &&
        strcmp(reader->type, "histogram") != 0) {
        return fail(reader, "type '%s' of %s", reader->type, reader->family);
    }
    if (ends_in_total != (strcmp(reader->type, "counter") == 0)) {
        return fail(reader, "%s is a %s", reader->family, reader->type);
    }
    return 0;
}

/* The series without its suffix and its le label: what the lines of one histogram have in common.
 */
static void histogram_key(const char *series, size_t len, size_t name, char *key, size_t cap)
{
    const char *le = strstr(series, "le=\"");
    const char *labels = series + name;
    size_t kept = le == NULL || le > series + len ? len - name : (size_t)(le - labels);

    (void)snprintf(key, cap, "%.*s", (int)kept, labels);
    for (size_t end = strlen(key); end > 0 && strchr("{,}", key[end - 1]) != NULL; end--) {
        key[end - 1] = '\0';
    }
    if (key[0] == '\0') {
        (void)snprintf(key, cap, "-");
    }
}

static int read_bucket(struct reader *reader, const char *series, const char *key,
                       const char *value)
{
    char bound[64] = "";
    unsigned long long count = strtoull(value, NULL, 10);
    double at = 0;

    if (skip_series(series, "le", bound, sizeof(bound)) == NULL || bound[0] == '\0') {
        return fail(reader, "bucket without le: %s", series);
    }
    if (strcmp(bound, "+Inf") != 0 && (strchr(bound, '.') == NULL || !is_number(bound))) {
        return fail(reader, "le=\"%s\" is not canonical", bound);
    }
    at = strtod(bound, NULL);
    if (strcmp(reader->bucket_key, key) == 0) {
        if (reader->has_inf || at <= reader->last_bound || count < reader->last_count) {
            return fail(reader, "bucket %s: not ascending", series);
        }
    } else if (reader->bucket_key[0] != '\0') {
        return fail(reader, "buckets of two series mixed: %s", series);
    }
    (void)snprintf(reader->bucket_key, sizeof(reader->bucket_key), "%s", key);
    reader->has_inf = strcmp(bound, "+Inf") == 0;
    reader->last_bound = at;
    reader->last_count = count;
    return 0;
}

static int read_histogram(struct reader *reader, const char *series, size_t len, const char *value)
{
    size_t name = strlen(reader->family);
    const char *suffix = series + name;
    char key[512];

    if (strncmp(suffix, "_bucket", 7) == 0) {
        histogram_key(series, len, name + 7, key, sizeof(key));
        return read_bucket(reader, series, key, value);
    }
    if (strncmp(suffix, "_sum", 4) == 0) {
        histogram_key(series, len, name + 4, key, sizeof(key));
        return strcmp(key, reader->bucket_key) == 0
                   ? 0
                   : fail(reader, "_sum of another series: %s", series);
    }
    if (strncmp(suffix, "_count", 6) != 0) {
        return fail(reader, "not part of a histogram: %s", series);
    }
    histogram_key(series, len, name + 6, key, sizeof(key));
    if (strcmp(key, reader->bucket_key) != 0 || !reader->has_inf ||
        strtoull(value, NULL, 10) != reader->last_count) {
        return fail(reader, "_count is not the +Inf bucket: %s", series);
    }
    reader->bucket_key[0] = '\0';
    return 0;
}

static int keep(struct reader *reader, const char *line, size_t series_len, const char *value)
{
    struct exposition *page = reader->page;
    char *series = strndup(line, series_len);

    if (series == NULL || page->count == EXPOSITION_SAMPLES) {
        free(series);
        return fail(reader, "more samples than this reader holds");
    }
    if (exposition_value(page, series) != NULL) {
        (void)fail(reader, "series twice: %s", series);
        free(series);
        return -1;
    }
    page->samples[page->count].series = series;
    page->samples[page->count].value = strdup(value);
    page->count++;
    return 0;
}

static int read_sample(struct reader *reader, const char *line)
{
    const char *end = skip_series(line, NULL, NULL, 0);
    size_t family = strlen(reader->family);
    size_t name = name_len(line, false);

    if (end == NULL || *end != ' ' || !is_number(end + 1)) {
        return fail(reader, "not a sample: '%s'", line);
    }
    if (reader->type[0] == '\0' || strncmp(line, reader->family, family) != 0) {
        return fail(reader, "sample outside its family %s: '%s'", reader->family, line);
    }
    if (strcmp(reader->type, "histogram") == 0) {
        if (read_histogram(reader, line, (size_t)(end - line), end + 1) != 0) {
            return -1;
        }
    } else if (name != family) {
        return fail(reader, "sample outside its family %s: '%s'", reader->family, line);
    }
    return keep(reader, line, (size_t)(end - line), end + 1);
}

static int read_line(struct reader *reader, const char *line)
{
    if (strncmp(line, "# HELP ", 7) == 0) {
        return read_help(reader, line + 7);
    }
    if (strncmp(line, "# TYPE ", 7) == 0) {
        return read_type(reader, line + 7);
    }
    return read_sample(reader, line);
}

int exposition_read(struct exposition *page, const char *text)
{
    static struct reader reader;

    memset(page, 0, sizeof(*page));
    memset(&reader, 0, sizeof(reader));
    reader.page = page;
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        char line[4096];

        if (end == NULL || (size_t)(end - text) >= sizeof(line)) {
            return fail(&reader, "the last line does not end, or a line is too long");
        }
        memcpy(line, text, (size_t)(end - text));
        line[end - text] = '\0';
        if (read_line(&reader, line) != 0) {
            return -1;
        }
        text = end + 1;
    }
    return end_family(&reader);
}

void exposition_release(struct exposition *page)
{
    for (size_t i = 0; i < page->count; i++) {
        free(page->samples[i].series);
        free(page->samples[i].value);
    }
    page->count = 0;
}

const char *exposition_value(const struct exposition *page, const char *series)
{
    for (size_t i = 0; i < page->count; i++) {
        if (strcmp(page->samples[i].series, series) == 0) {
            return page->samples[i].value;
        }
    }
    return NULL;
}
