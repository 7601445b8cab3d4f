/* Reading a shared object without loading it.
 *
 *     bytes --elf_open--> headers checked --> elf_check_loading    how it wants to be loaded
 *                                         --> elf_check_imports    what it asks the system for
 *                                         --> elf_image.h          its exported data
 *
 * Constructors run inside dlopen, so whatever should keep a file from running must be known before.
 * This reads what the dynamic linker itself will use: program headers and the dynamic section.
 * Section headers, which a file can do without or fake, are not looked at.
 *
 * Invariants: any bytes may be given; every offset is checked against the length before it is used.
 * What is missing or out of range is a problem of the file, in one line, never a crash.
 *
 * This keeps honest authors from mistakes and makes the rest visible; it is no sandbox. A plugin
 * runs inside the process: what may be loaded at all is decided by owner, mode and sha256.
 *
 * Owner: the caller; the bytes must outlive the struct. Thread: main.
 */
#ifndef PLUGIN_ELF_FILE_H
#define PLUGIN_ELF_FILE_H

#include <elf.h>
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
    uint64_t symbols; /* file offset and number */
    uint64_t symbol_count;
    uint64_t strings;
    uint64_t strings_len;
};

/* False: this is no shared object of this machine, or a torn one; the problem is in check. */
bool elf_open(struct check *check, const void *data, size_t len, struct elf_file *ret_elf);

/* Executable stack, text relocations, search paths and auditors of its own. */
void elf_check_loading(struct check *check, const struct elf_file *elf);

/* Libraries and functions by which a plugin would reach beyond its interface; only a sink may. */
void elf_check_imports(struct check *check, const struct elf_file *elf);

/* ---- for those who read on; what is out of range reads as zero or "" ---- */

bool elf_is_inside(const struct elf_file *elf, uint64_t offset, uint64_t len);
bool elf_take(const struct elf_file *elf, uint64_t offset, void *ret, size_t len);

Elf64_Phdr elf_segment_at(const struct elf_file *elf, uint32_t index);
Elf64_Dyn elf_dynamic_at(const struct elf_file *elf, uint64_t index);
Elf64_Sym elf_symbol_at(const struct elf_file *elf, uint64_t index);
const char *elf_string_at(const struct elf_file *elf, uint64_t offset);

bool elf_dynamic_find(const struct elf_file *elf, int64_t tag, uint64_t *ret_value);
bool elf_find_export(const struct elf_file *elf, const char *name, Elf64_Sym *ret_symbol);

/* Where in the file the byte at this address comes from, and how many follow it. */
bool elf_locate(const struct elf_file *elf, uint64_t address, uint64_t *ret_offset,
                uint64_t *ret_len);

#endif
