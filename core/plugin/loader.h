/* Loading of plugins: refused before anything in them runs, with one message that names every problem and both sides.
 *
 *     file --where, owner, mode, sha256--> bytes --imports, sofia_module--> dlopen --again--> struct module
 *                                                 (elf_file, elf_image, check)
 *
 * The file must lie under an allowed folder, belong to root or to us, and be writable by nobody else (nor its folders).
 * Constructors run inside dlopen, so everything else is judged before it, on the bytes: what the file asks of the linker, the
 * libraries and functions it imports (sockets, processes and dlopen are for sinks only), and the exported data, read and never
 * called: magic, sizes, ABI, kind, id, callbacks, option table, endpoint table. After dlopen the data is judged once more.
 *
 * A module's structs are copied into structs of this core's size: what an older plugin does not have reads as zero.
 *
 * Modules are never unloaded. The same file loaded twice is the same module; a file that changed since it was loaded is refused.
 *
 * Owner: main. Thread: main. Errors: the error stack; ERR_NOT_FOUND when there is no such file, ERR_INVALID with all problems
 * in one line, separated by "; ".
 */
#ifndef PLUGIN_LOADER_H
#define PLUGIN_LOADER_H

#include <sofia/module.h>

#include "base/str.h"

struct module;

struct loader_policy {
    const char *const
        *folders;       /* that may hold plugins, NULL-terminated; a missing one holds none */
    uint32_t kind;      /* what the configuration expects; 0: any */
    const char *sha256; /* 64 lower-case hex digits; NULL: not pinned */
};

/* name: a file name looked for in the folders in order, or an absolute path below one of them. */
int module_load(const char *name, const struct loader_policy *policy,
                const struct module **ret_module);

const struct sofia_module *module_descriptor(const struct module *module);
const char *module_path(const struct module *module);
const char *module_sha256(const struct module *module);

/* Only the checks of the exported data; for tests and `plugin describe`. Returns the number of problems, one line each. */
size_t module_check(const struct sofia_module *desc, uint32_t kind, struct text *problems);

/* Kind, id, version, options with their doc lines, endpoints of an exchange. */
void module_describe(const struct sofia_module *desc, struct text *out);

#endif
