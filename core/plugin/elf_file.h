/* Reading a shared object without loading it.
 *
 *     bytes --elf_open--> headers checked --> elf_check_loading    how it wants to be loaded
 *                                         --> elf_check_imports    what it asks the system for
 *                                         --> elf_read_symbol      the bytes of exported data
 *
 * Constructors run inside dlopen, so whatever should keep a file from running must be known before. This reads what the dynamic
 * linker itself will use: program headers and the dynamic section; section headers, which a file can do without or fake, are
 * not looked at.
 *
 * Invariants: any bytes may be given; every offset is checked against the length before it is used. Data found missing or out
 * of range is a problem of the file, in one line, never a crash.
 *
 * This keeps honest authors from mistakes and makes the rest visible; it is no sandbox. A plugin runs inside the process: what
 * may be loaded at all is decided by owner, mode and sha256.
 *
 * Owner: the caller; the bytes must outlive the struct. Thread: main.
 */
#ifndef PLUGIN_ELF_FILE_H
#define PLUGIN_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plugin/check.h"

struct elf_file {
    const uint8_t *data;
    size_t len;
    uint64_t segments; /* program headers: file offset and number */
    uint32_t segment_count;
    uint64_t dynamic; /* file offset and number of entries */
    uint64_t dynamic_count;
    uint64_t symbols; /* file offsets */
    uint64_t symbol_count;
    uint64_t strings;
    uint64_t strings_len;
};

/* False: this is no shared object of this machine, or a torn one; the problem is in check. */
bool elf_open(struct check *check, const void *data, size_t len, struct elf_file *ret_elf);

/* Executable stack, text relocations, search paths and auditors of its own. */
void elf_check_loading(struct check *check, const struct elf_file *elf);

/* Libraries and functions by which something other than a sink would reach beyond its interface. */
void elf_check_imports(struct check *check, const struct elf_file *elf);

/* Up to cap bytes of an exported variable as the file has them: integers are right, pointers are not yet. Returns how many. */
size_t elf_read_symbol(const struct elf_file *elf, const char *name, void *buf, size_t cap);

#endif
