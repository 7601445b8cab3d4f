#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/adapter.h>
#include <sofia/kit/json.h>
#include <sofia/kit/text.h>

#include "map.h"

#define STALE_NS INT64_C(30000000000) /* the first page says nothing about now any more */

int coinbase_walk_init(struct coinbase_walk *walk, uint32_t with_reports)
{
    memset(walk, 0, sizeof(*walk));
    walk->serial = 1;
    if (with_reports) {
        walk->reports = calloc(COINBASE_WALK_REPORTS, sizeof(*walk->reports));
    }
    return !with_reports || walk->reports != NULL ? SOFIA_OK : SOFIA_ENOMEM;
}

void coinbase_walk_release(struct coinbase_walk *walk)
{
    free(walk->reports);
    memset(walk, 0, sizeof(*walk));
}

void coinbase_walk_restart(struct coinbase_walk *walk)
{
    walk->pages = walk->count = 0;
    walk->serial++;
    walk->cursor[0] = '\0';
}

void coinbase_walk_ask(struct coinbase_walk *walk, const char *symbol, int64_t mono_ns)
{
    if (walk->pages > 0 &&
        (strcmp(walk->symbol, symbol) != 0 || mono_ns - walk->page_mono_ns > STALE_NS)) {
        coinbase_walk_restart(walk);
    }
    sofia_slice_copy(sofia_slice_of(symbol), walk->symbol, sizeof(walk->symbol));
}

int coinbase_walk_page(struct coinbase_walk *walk, const char *cursor, int64_t mono_ns)
{
    walk->pages++;
    walk->serial++;
    walk->page_mono_ns = mono_ns;
    if (cursor[0] == '\0' || strcmp(cursor, walk->cursor) == 0) {
        return 1;
    }
    sofia_slice_copy(sofia_slice_of(cursor), walk->cursor, sizeof(walk->cursor));
    return 0;
}

int coinbase_walk_keep(struct coinbase_walk *walk, const struct sofia_event_report *report)
{
    if (walk->count == COINBASE_WALK_REPORTS) {
        return SOFIA_ESPACE;
    }
    walk->reports[walk->count++] = *report;
    return SOFIA_OK;
}

int coinbase_page_read(struct sofia_slice body, const char *name, struct coinbase_page *ret_page)
{
    struct sofia_json cur;
    struct sofia_slice key;
    struct sofia_slice cursor = {0};

    memset(ret_page, 0, sizeof(*ret_page));
    sofia_json_init(&cur, body.at, body.len);
    sofia_json_enter_object(&cur);
    while (sofia_json_next_key(&cur, &key)) {
        if (sofia_json_is(key, name) && sofia_json_peek(&cur) == SOFIA_JSON_ARRAY) {
            sofia_json_raw(&cur, &ret_page->elements);
        } else if (sofia_json_is(key, "has_next")) {
            coinbase_json_flag(&cur, &ret_page->has_next);
        } else if (sofia_json_is(key, "cursor") && !sofia_json_null(&cur)) {
            sofia_json_string(&cur, &cursor);
        }
    }
    sofia_slice_copy(cursor, ret_page->cursor, sizeof(ret_page->cursor));
    return sofia_json_finish(&cur) == 0 && ret_page->elements.len != 0 &&
                   cursor.len < sizeof(ret_page->cursor)
               ? SOFIA_OK
               : SOFIA_EPARSE;
}
