/* The exported data of a file that is not loaded: every pointer the checks will follow is followed here first, so that a torn
 * or strange file is a problem with a name and not a crash. */
#include "plugin/elf_image.h"

#include <string.h>

#include "base/banned.h"

/* More rows than any table has; longer ones are refused by the checks without being read. */
enum { ROWS_MAX = 256 };

struct walk {
    struct check *check;
    const struct elf_image *image;
    bool ok;
};

static bool lost(struct walk *walk, const char *what)
{
    if (walk->ok) {
        check_found(walk->check, "the pointer to %s leads out of the file", what);
    }
    walk->ok = false;
    return false;
}

static bool text(struct walk *walk, const char *what, const char *at)
{
    return at == NULL || elf_image_holds(walk->image, at, 1) || lost(walk, what);
}

/* True: rows are there to be read. */
static bool rows(struct walk *walk, const char *what, const void *at, size_t count, size_t size)
{
    if (at == NULL || count == 0 || count > ROWS_MAX) {
        return false;
    }
    return ((uintptr_t)at % sizeof(void *) == 0 &&
            elf_image_holds(walk->image, at, count * size)) ||
           lost(walk, what);
}

static void options(struct walk *walk, const struct sofia_option *option, uint32_t count,
                    bool is_columns)
{
    if (!rows(walk, "the options", option, count, sizeof(*option))) {
        return;
    }
    for (uint32_t i = 0; i < count; i++, option++) {
        const char *const texts[] = {option->name,     option->unit,     option->default_text,
                                     option->min_text, option->max_text, option->choices,
                                     option->doc};
        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++) {
            (void)text(walk, "a text of an option", texts[k]);
        }
        if (!is_columns) {
            options(walk, option->rows, option->row_count, true);
        }
    }
}

static void exchange(struct walk *walk, const struct sofia_exchange *desc)
{
    if (rows(walk, "the origins", desc->origins, desc->origin_count, sizeof(*desc->origins))) {
        for (uint32_t i = 0; i < desc->origin_count; i++) {
            (void)text(walk, "an origin's name", desc->origins[i].name);
        }
    }
    if (rows(walk, "the buckets", desc->buckets, desc->bucket_count, sizeof(*desc->buckets))) {
        for (uint32_t i = 0; i < desc->bucket_count; i++) {
            (void)text(walk, "a bucket's name", desc->buckets[i].name);
        }
    }
    if (rows(walk, "the endpoints", desc->endpoints, desc->endpoint_count,
             sizeof(*desc->endpoints))) {
        for (uint32_t i = 0; i < desc->endpoint_count; i++) {
            (void)text(walk, "an endpoint's method", desc->endpoints[i].method);
            (void)text(walk, "an endpoint's path", desc->endpoints[i].path);
        }
    }
}

static void descriptor(struct walk *walk, const struct sofia_module *module)
{
    uint32_t size;
    if (!rows(walk, "the descriptor", module->descriptor, 1, sizeof(size))) {
        return;
    }
    memcpy(&size, module->descriptor, sizeof(size));
    if (rows(walk, "the descriptor's end", module->descriptor, 1, size) &&
        module->kind == SOFIA_KIND_EXCHANGE && size == sizeof(struct sofia_exchange)) {
        exchange(walk, module->descriptor);
    }
}

bool elf_image_module(struct check *check, const struct elf_file *elf,
                      const struct elf_image *image, struct sofia_module *ret_module)
{
    struct walk walk = {.check = check, .image = image, .ok = true};
    struct sofia_module module = {0};
    Elf64_Sym symbol;
    if (!elf_find_export(elf, SOFIA_MODULE_SYMBOL, &symbol) || symbol.st_value >= image->size) {
        check_found(check, "exports no data named " SOFIA_MODULE_SYMBOL);
        return false;
    }
    size_t len = symbol.st_size < sizeof(module) ? (size_t)symbol.st_size : sizeof(module);
    if (len < offsetof(struct sofia_module, id) ||
        !elf_image_holds(image, image->base + symbol.st_value, len)) {
        check_found(check, SOFIA_MODULE_SYMBOL " has %llu bytes, this core needs at least %zu",
                    (unsigned long long)symbol.st_size, sizeof(module));
        return false;
    }
    memcpy(&module, image->base + symbol.st_value, len);
    if (module.magic == SOFIA_MAGIC) {
        (void)text(&walk, "the id", module.id);
        (void)text(&walk, "the version", module.version);
        (void)text(&walk, "the doc", module.doc);
        descriptor(&walk, &module);
        if (module.option_size == sizeof(struct sofia_option)) {
            options(&walk, module.options, module.option_count, false);
        }
    }
    *ret_module = module;
    return walk.ok;
}
