#include "render.h"

#include <string.h>

/* What the visits of one page share. */
struct page {
    struct sofia_text *text;
    char family[128]; /* the one whose HELP and TYPE were written last */
};

/* Backslash, line feed and, inside quotes, the quote itself. */
static void add_escaped(struct sofia_text *text, const char *str, int is_quoted)
{
    for (; *str != '\0'; str++) {
        if (*str == '\\') {
            sofia_text_str(text, "\\\\");
        } else if (*str == '\n') {
            sofia_text_str(text, "\\n");
        } else if (*str == '"' && is_quoted) {
            sofia_text_str(text, "\\\"");
        } else {
            sofia_text_char(text, *str);
        }
    }
}

static const char *type_name(uint32_t type)
{
    switch (type) {
    case SOFIA_METRIC_COUNTER:
        return "counter";
    case SOFIA_METRIC_GAUGE:
        return "gauge";
    case SOFIA_METRIC_HISTOGRAM:
        return "histogram";
    default:
        return NULL;
    }
}

static void add_head(struct page *page, const struct sofia_metric *metric, const char *type)
{
    struct sofia_text *text = page->text;
    struct sofia_text family;

    if (strcmp(page->family, metric->name) == 0) {
        return;
    }
    sofia_text_init(&family, page->family, sizeof(page->family));
    sofia_text_str(&family, metric->name);
    sofia_text_str(text, "# HELP ");
    sofia_text_str(text, metric->name);
    sofia_text_char(text, ' ');
    add_escaped(text, metric->help, 0);
    sofia_text_str(text, "\n# TYPE ");
    sofia_text_str(text, metric->name);
    sofia_text_char(text, ' ');
    sofia_text_str(text, type);
    sofia_text_char(text, '\n');
}

/* name[suffix]{labels[,le="bound"]} and the blank before the value. */
static void add_series(struct sofia_text *text, const struct sofia_metric *metric,
                       const char *suffix, const char *bound)
{
    const char *separator = "{";

    sofia_text_str(text, metric->name);
    sofia_text_str(text, suffix);
    for (uint32_t i = 0; i < metric->label_count; i++) {
        sofia_text_str(text, separator);
        sofia_text_str(text, metric->labels[i].name);
        sofia_text_str(text, "=\"");
        add_escaped(text, metric->labels[i].value, 1);
        sofia_text_char(text, '"');
        separator = ",";
    }
    if (bound != NULL) {
        sofia_text_str(text, separator);
        sofia_text_str(text, "le=\"");
        sofia_text_str(text, bound);
        sofia_text_char(text, '"');
        separator = ",";
    }
    sofia_text_str(text, *separator == ',' ? "} " : " ");
}

static void add_histogram(struct sofia_text *text, const struct sofia_metric *metric)
{
    for (uint32_t i = 0; i <= metric->bucket_count; i++) {
        int is_last = i == metric->bucket_count;

        add_series(text, metric, "_bucket", is_last ? "+Inf" : metric->bucket_bounds[i]);
        sofia_text_u64(text, metric->bucket_counts[i]);
        sofia_text_char(text, '\n');
    }
    add_series(text, metric, "_sum", NULL);
    sofia_text_str(text, metric->value);
    sofia_text_char(text, '\n');
    add_series(text, metric, "_count", NULL);
    sofia_text_u64(text, metric->bucket_counts[metric->bucket_count]);
    sofia_text_char(text, '\n');
}

static void visit(void *ctx, const struct sofia_metric *metric)
{
    struct page *page = ctx;
    const char *type = type_name(metric->type);

    if (type == NULL) { /* from a newer core: what is not understood is not shown */
        return;
    }
    add_head(page, metric, type);
    if (metric->type == SOFIA_METRIC_HISTOGRAM) {
        add_histogram(page->text, metric);
        return;
    }
    add_series(page->text, metric, "", NULL);
    sofia_text_str(page->text, metric->value);
    sofia_text_char(page->text, '\n');
}

int render_page(const struct sofia_host *host, struct sofia_text *text)
{
    struct page page = {.text = text};
    int status = 0;

    sofia_text_clear(text);
    status = host->sink->metrics(host, visit, &page);
    if (status != SOFIA_OK) {
        return status;
    }
    return sofia_text_status(text) == 0 ? SOFIA_OK : SOFIA_ESPACE;
}
