/* The exported data of a shared object as it will be after loading, made without loading it.
 *
 *     segments --copied--> image --relocated--> sofia_module can be read through its pointers
 *
 * The segments are copied into ordinary memory that nothing can execute, and the pointers in them are set to
 * point into that copy, as the dynamic linker would. So every check of a module can be made, and every problem named,
 * before the first instruction of the plugin runs.
 *
 * Invariants: a relocated pointer lies inside the image; a text that begins inside it ends inside it; what belongs to another
 * library points to zeros. Pointers a torn file has without a relocation may be anything: elf_image_holds tells.
 *
 * Owner: main. Thread: main.
 */
#ifndef PLUGIN_ELF_IMAGE_H
#define PLUGIN_ELF_IMAGE_H

#include "plugin/elf_file.h"

struct elf_image {
    uint8_t *base;
    size_t size; /* with a page of zeros at the end */
};

/* False: not possible, the problem is in check. */
bool elf_image_init(struct check *check, const struct elf_file *elf, struct elf_image *ret_image);
void elf_image_release(struct elf_image *image);

bool elf_image_holds(const struct elf_image *image, const void *at, size_t len);

/* The exported sofia_module with everything it points at. False: a pointer leads out of the file, or there is none; the
 * problem is in check. ret_module is valid as long as the image. */
bool elf_image_module(struct check *check, const struct elf_file *elf,
                      const struct elf_image *image, struct sofia_module *ret_module);

#endif
