/* The one symbol a plugin exports.
 *
 *     SOFIA_EXPORT const struct sofia_module sofia_module = {
 *         .magic = SOFIA_MAGIC, .size = sizeof(struct sofia_module),
 *         .abi_major = SOFIA_ABI_MAJOR, .abi_minor = SOFIA_ABI_MINOR,
 *         .kind = SOFIA_KIND_RISK, .id = "example.risk.nothing", .version = "1.0.0",
 *         .descriptor = &nothing, .options = options, .option_count = 1, .option_size = sizeof(struct sofia_option),
 *     };
 *
 * It is data. The core finds it by name, reads it and refuses the file before anything in it has been called, with one message
 * that names every problem and both sides ("built for ABI 2, this core has ABI 1"). Checked: magic, sizes, major, kind, id,
 * required callbacks, option table (names, types, defaults that parse), endpoint table of an exchange (class, method, origin,
 * buckets in range), owner and mode of the file, optional sha256 of the configuration. A file whose dynamic section asks for
 * socket calls is refused for all kinds but sink.
 *
 * The id is vendor.kind.name in lower case; the file is called <kind>_<name>.so.
 *
 * Threads: the struct is read on [main] only. It must be constant and live as long as the process: plugins are never unloaded.
 */
#ifndef SOFIA_MODULE_H
#define SOFIA_MODULE_H

#include <sofia/abi.h>
#include <sofia/exchange.h>
#include <sofia/options.h>
#include <sofia/risk.h>
#include <sofia/sink.h>
#include <sofia/strategy.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Capabilities a plugin declares; `sofia check` and preflight name them. */
#define SOFIA_CAP_RAW_SECRET                                                                       \
    1u /* wants to see secrets themselves; none of Sofia's own plugins does */

struct sofia_module {
    uint64_t magic; /* SOFIA_MAGIC */
    uint32_t size;  /* sizeof(struct sofia_module) */
    uint32_t abi_major;
    uint32_t abi_minor;        /* of the SDK it was built with */
    uint32_t abi_minor_needed; /* lowest minor of the core it can live with */
    uint32_t kind;             /* SOFIA_KIND_... */
    uint32_t capabilities;
    uint32_t option_count;
    uint32_t option_size;   /* sizeof(struct sofia_option): the stride of the table */
    const char *id;         /* "sofia.exchange.binance" */
    const char *version;    /* "1.2.3" */
    const char *doc;        /* one line */
    const void *descriptor; /* struct sofia_exchange, _strategy, _risk or _sink, by kind */
    const struct sofia_option *options;
};

#define SOFIA_MODULE_SYMBOL "sofia_module"
extern SOFIA_EXPORT const struct sofia_module sofia_module;

#ifdef __cplusplus
}
#endif
#endif
