#include "plugin/elf_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#if defined(__x86_64__)
#define RELOCATION_OF_BASE R_X86_64_RELATIVE
#define RELOCATION_OF_SYMBOL R_X86_64_64
#elif defined(__aarch64__)
#define RELOCATION_OF_BASE R_AARCH64_RELATIVE
#define RELOCATION_OF_SYMBOL R_AARCH64_ABS64
#endif

/* What a packed relocation is called since glibc 2.36; older headers do not know it. */
#define TAG_RELR 36
#define TAG_RELR_SIZE 35

enum { ZEROS = 4096, SLOT = 8, BITS = 63 };

static const uint64_t image_max = UINT64_C(256) << 20;

static size_t room(const struct elf_image *image)
{
    return image->size - ZEROS;
}

/* ---- segments ---- */

static bool measure(struct check *check, const struct elf_file *elf, size_t *ret_size)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(elf, i);
        if (segment.p_type != PT_LOAD) {
            continue;
        }
        if (segment.p_memsz < segment.p_filesz || segment.p_vaddr > image_max ||
            segment.p_memsz > image_max - segment.p_vaddr) {
            check_found(check, "segment %u wants %llu bytes at %#llx, at most %llu are loaded", i,
                        (unsigned long long)segment.p_memsz, (unsigned long long)segment.p_vaddr,
                        (unsigned long long)image_max);
            return false;
        }
        uint64_t segment_end = segment.p_vaddr + segment.p_memsz;
        end = segment_end > end ? segment_end : end;
    }
    *ret_size = (size_t)end;
    return true;
}

static void copy_segments(const struct elf_file *elf, struct elf_image *image)
{
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(elf, i);
        if (segment.p_type == PT_LOAD) {
            (void)elf_take(elf, segment.p_offset, image->base + segment.p_vaddr,
                           (size_t)segment.p_filesz);
        }
    }
}

/* ---- relocations ---- */

static void point(struct elf_image *image, uint64_t slot, uint64_t target)
{
    uint64_t address =
        (uint64_t)(uintptr_t)image->base + (target < room(image) ? target : room(image));
    if (slot <= room(image) - SLOT) {
        memcpy(image->base + slot, &address, sizeof(address));
    }
}

static void relocate(const struct elf_file *elf, struct elf_image *image,
                     const Elf64_Rela *relocation)
{
    uint64_t addend = (uint64_t)relocation->r_addend;
    if (ELF64_R_TYPE(relocation->r_info) == RELOCATION_OF_BASE) {
        point(image, relocation->r_offset, addend);
    } else if (ELF64_R_TYPE(relocation->r_info) == RELOCATION_OF_SYMBOL) {
        Elf64_Sym symbol = elf_symbol_at(elf, ELF64_R_SYM(relocation->r_info));
        point(image, relocation->r_offset,
              symbol.st_shndx != SHN_UNDEF ? symbol.st_value + addend : UINT64_MAX);
    }
}

static bool table_of(const struct elf_file *elf, int64_t tag, int64_t size_tag,
                     uint64_t *ret_offset, uint64_t *ret_size)
{
    uint64_t address;
    uint64_t size;
    uint64_t left;
    if (!elf_dynamic_find(elf, tag, &address) || !elf_dynamic_find(elf, size_tag, &size) ||
        !elf_locate(elf, address, ret_offset, &left)) {
        return false;
    }
    *ret_size = size < left ? size : left;
    return true;
}

static void relocate_all(const struct elf_file *elf, struct elf_image *image)
{
    uint64_t offset;
    uint64_t size;
    if (!table_of(elf, DT_RELA, DT_RELASZ, &offset, &size)) {
        return;
    }
    for (uint64_t i = 0; i < size / sizeof(Elf64_Rela); i++) {
        Elf64_Rela relocation = {0};
        (void)elf_take(elf, offset + i * sizeof(relocation), &relocation, sizeof(relocation));
        relocate(elf, image, &relocation);
    }
}

static void relocate_packed_slot(struct elf_image *image, uint64_t slot)
{
    uint64_t target = 0;
    if (slot <= room(image) - SLOT) {
        memcpy(&target, image->base + slot, sizeof(target));
        point(image, slot, target);
    }
}

/* An even word is an address; an odd one a bit for each of the 63 slots that follow what came before. */
static void relocate_packed(const struct elf_file *elf, struct elf_image *image)
{
    uint64_t offset;
    uint64_t size;
    uint64_t next = 0;
    if (!table_of(elf, TAG_RELR, TAG_RELR_SIZE, &offset, &size)) {
        return;
    }
    for (uint64_t i = 0; i < size / SLOT; i++) {
        uint64_t word = 0;
        (void)elf_take(elf, offset + i * SLOT, &word, sizeof(word));
        if ((word & 1) == 0) {
            relocate_packed_slot(image, word);
            next = word + SLOT;
            continue;
        }
        for (uint64_t bit = 0; bit < BITS; bit++) {
            if ((word >> (bit + 1) & 1) != 0) {
                relocate_packed_slot(image, next + bit * SLOT);
            }
        }
        next += BITS * SLOT;
    }
}

bool elf_image_init(struct check *check, const struct elf_file *elf, struct elf_image *ret_image)
{
    struct elf_image image = {0};
    if (!measure(check, elf, &image.size)) {
        return false;
    }
    if (image.size < SLOT) {
        check_found(check, "has nothing to load");
        return false;
    }
    image.size += ZEROS;
    image.base = calloc(1, image.size);
    if (image.base == NULL) {
        check_found(check, "needs %zu bytes, there is no memory for them", image.size);
        return false;
    }
    copy_segments(elf, &image);
    relocate_packed(elf, &image);
    relocate_all(elf, &image);
    *ret_image = image;
    return true;
}

void elf_image_release(struct elf_image *image)
{
    free(image->base);
    *image = (struct elf_image){0};
}

/* ---- what can be read ---- */

bool elf_image_holds(const struct elf_image *image, const void *at, size_t len)
{
    uintptr_t address = (uintptr_t)at;
    uintptr_t base = (uintptr_t)image->base;
    return address >= base && address - base <= image->size &&
           len <= image->size - (address - base);
}
