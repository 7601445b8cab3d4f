/* shadow_orders.jsonl: a strategy is given its order id when it posts, and an operator's order may be journaled in between. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sofia/kit/decimal.h>

#include "base/file.h"
#include "base/str.h"
#include "engine/shadow_file.h"

static uint64_t seq;

static void take(struct shadow_file *shadow, uint64_t order_id)
{
    struct record_intent intent = {
        .order_id = order_id, .qty = sofia_decimal_of(1, 0), .price = sofia_decimal_of(2, 0)};
    struct record_verdict verdict = {.order_id = order_id};
    struct journal_record record = {
        .seq = ++seq, .kind = RECORD_INTENT, .payload = &intent, .len = sizeof(intent)};
    shadow_file_take(shadow, &record);
    record = (struct journal_record){
        .seq = ++seq, .kind = RECORD_SHADOW, .payload = &verdict, .len = sizeof(verdict)};
    shadow_file_take(shadow, &record);
}

static int lines(const char *dir, uint64_t order_id)
{
    char path[300];
    char wanted[64];
    char *text = NULL;
    size_t len;
    int count = 0;
    (void)str_format(path, sizeof(path), "%s/shadow_orders.jsonl", dir);
    (void)str_format(wanted, sizeof(wanted), "\"order_id\":\"%llu\"", (unsigned long long)order_id);
    cr_assert_eq(file_read(path, 1 << 20, &text, &len), 0);
    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++) {
        count++;
    }
    free(text);
    return count;
}

Test(shadow_file, an_order_with_a_lower_id_that_comes_later_is_written_too)
{
    static struct shadow_file shadow;
    char dir[] = "/tmp/sofia-shadow-XXXXXX";
    char command[64];
    cr_assert_not_null(mkdtemp(dir));
    for (int life = 0; life < 2;
         life++) { /* the second reads the same journal again, as after a restart */
        seq = 0;
        cr_assert_eq(shadow_file_open(&shadow, dir), 0);
        take(&shadow, 11);
        take(&shadow, 10);
        take(&shadow, 12);
        shadow_file_flush(&shadow);
        shadow_file_close(&shadow);
    }
    for (uint64_t id = 10; id <= 12; id++) {
        cr_assert_eq(lines(dir, id), 1, "order %llu: %d lines", (unsigned long long)id,
                     lines(dir, id));
    }
    (void)str_format(command, sizeof(command), "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}
