/* What is wrong with a module: problems, one line each, collected and never stopped at the first.
 *
 * Every line names both sides ("built for ABI 2, this core has ABI 1"), so that it can be understood without the source of
 * either. The checks read data only; nothing of the plugin is called.
 *
 * Owner: the caller. Thread: main.
 */
#ifndef PLUGIN_CHECK_H
#define PLUGIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sofia/module.h>

#include "base/str.h"

struct check {
    struct text *out;
    size_t count;
};

void check_found(struct check *check, const char *fmt, ...)
    __attribute__((format(__printf__, 2, 3)));

/* "exchange" for SOFIA_KIND_EXCHANGE; NULL: no such kind. */
const char *kind_word(uint32_t kind);

/* The integers of a module: magic, size, ABI, kind. False: the rest of the struct is not where this core would read it. */
bool check_head(struct check *check, const struct sofia_module *head, uint32_t kind);

/* Origins, buckets and endpoints of an exchange. The struct is known to be large enough. */
void check_exchange_tables(struct check *check, const struct sofia_exchange *desc);

#endif
