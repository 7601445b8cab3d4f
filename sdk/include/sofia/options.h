/* Option tables: what a plugin can be told in its YAML file.
 *
 *     options:                       { .name = "max_order_usd", .type = SOFIA_OPTION_DECIMAL, .unit = "USD",
 *       max_order_usd: 250     <---    .default_text = "100", .min_text = "0", .flags = SOFIA_OPTION_LIVE,
 *                                      .doc = "largest value of one order" }
 *
 * One table feeds everything: parsing with file:line:column messages, defaults, "did you mean", `sofia plugin describe`,
 * the documentation and live changes. An option that is not in the table is an error, so a misspelt limit can never be
 * silently absent. The core has checked type, range and presence of every value before `create` is called; a plugin reads
 * values through the host's option calls (host.h), which cannot fail for an option in its own table.
 *
 * Invariants: names are lower case with underscores, unique in the table; default, min and max are texts in the option's
 * own notation, so that no number passes through binary floating point; an option is either required or has a default
 * (the empty text is a default for TEXT, ABSENT decimals are written as "").
 *
 * Live changes are two-phase: the core calls config_check on a copy, journals the change with author and reason, then calls
 * config_commit, which cannot fail. Only options with SOFIA_OPTION_LIVE can change so.
 *
 * Owner: the plugin; the table must live as long as the module. Thread: read on [main] and [trade].
 */
#ifndef SOFIA_OPTIONS_H
#define SOFIA_OPTIONS_H

#include <sofia/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SOFIA_OPTION_TEXT 1u
#define SOFIA_OPTION_INT 2u      /* signed 64-bit, decimal digits, '_' between digits allowed */
#define SOFIA_OPTION_DECIMAL 3u  /* exact, see decimal.h */
#define SOFIA_OPTION_DURATION 4u /* "250ms", "5s", "10m", "1h", "2d"; read as nanoseconds */
#define SOFIA_OPTION_BOOL 5u     /* true | false */
#define SOFIA_OPTION_CHOICE 6u   /* one of `choices`, which are separated by '|' */
#define SOFIA_OPTION_SECRET                                                                        \
    7u /* file:PATH, cred:NAME or (with a warning) the text itself; read as a handle */
#define SOFIA_OPTION_LIST 8u /* list of texts */
#define SOFIA_OPTION_ROWS                                                                          \
    9u /* list of maps with the columns of `rows`; or a map keyed by the first column */

#define SOFIA_OPTION_REQUIRED 1u /* no default: a missing value is an error */
#define SOFIA_OPTION_LIVE 2u     /* may change while running */
#define SOFIA_OPTION_LIMIT 4u    /* a safety limit: raising or removing it counts as loosening */
#define SOFIA_OPTION_IDENTIFIER                                                                    \
    8u /* a SECRET that is the public name of a key: its adapter may read it (key_text) */

struct sofia_option {
    uint32_t size; /* sizeof(struct sofia_option) */
    uint32_t type;
    uint32_t flags;
    uint32_t row_count; /* columns in `rows`, for SOFIA_OPTION_ROWS */
    const char *name;
    const char *unit;                /* "USD", "bps", NULL */
    const char *default_text;        /* NULL together with SOFIA_OPTION_REQUIRED */
    const char *min_text;            /* inclusive; NULL: no bound */
    const char *max_text;            /* inclusive; NULL: no bound */
    const char *choices;             /* "a|b|c" for CHOICE */
    const char *doc;                 /* one line, no full stop */
    const struct sofia_option *rows; /* the columns; no ROWS inside ROWS */
};

#ifdef __cplusplus
}
#endif
#endif
