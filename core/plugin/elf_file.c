#include "plugin/elf_file.h"

#include <string.h>

#include "base/banned.h"

#if defined(__x86_64__)
#define THIS_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE EM_AARCH64
#else
#error "the loader does not know this machine's number"
#endif

enum { SEGMENTS_MAX = 64 };

/* ---- bytes ---- */

bool elf_is_inside(const struct elf_file *elf, uint64_t offset, uint64_t len)
{
    return offset <= elf->len && len <= elf->len - offset;
}

bool elf_take(const struct elf_file *elf, uint64_t offset, void *ret, size_t len)
{
    if (!elf_is_inside(elf, offset, len)) {
        return false;
    }
    memcpy(ret, elf->data + offset, len);
    return true;
}

Elf64_Phdr elf_segment_at(const struct elf_file *elf, uint32_t index)
{
    Elf64_Phdr segment = {0};
    (void)elf_take(elf, elf->segments + index * sizeof(segment), &segment, sizeof(segment));
    return segment;
}

/* Where in the file the byte at this address comes from, and how many follow it. */
bool elf_locate(const struct elf_file *elf, uint64_t address, uint64_t *ret_offset,
                uint64_t *ret_len)
{
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(elf, i);
        if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
            address - segment.p_vaddr < segment.p_filesz) {
            *ret_offset = segment.p_offset + (address - segment.p_vaddr);
            *ret_len = segment.p_filesz - (address - segment.p_vaddr);
            return true;
        }
    }
    return false;
}

Elf64_Dyn elf_dynamic_at(const struct elf_file *elf, uint64_t index)
{
    Elf64_Dyn entry = {0};
    (void)elf_take(elf, elf->dynamic + index * sizeof(entry), &entry, sizeof(entry));
    return entry;
}

bool elf_dynamic_find(const struct elf_file *elf, int64_t tag, uint64_t *ret_value)
{
    for (uint64_t i = 0; i < elf->dynamic_count; i++) {
        Elf64_Dyn entry = elf_dynamic_at(elf, i);
        if (entry.d_tag == tag) {
            *ret_value = entry.d_un.d_val;
            return true;
        }
    }
    return false;
}

/* A string of the dynamic string table; "" when it is out of range. It ends inside the table. */
const char *elf_string_at(const struct elf_file *elf, uint64_t offset)
{
    if (offset >= elf->strings_len) {
        return "";
    }
    const char *text = (const char *)elf->data + elf->strings + offset;
    return memchr(text, '\0', elf->strings_len - offset) != NULL ? text : "";
}

Elf64_Sym elf_symbol_at(const struct elf_file *elf, uint64_t index)
{
    Elf64_Sym symbol = {0};
    (void)elf_take(elf, elf->symbols + index * sizeof(symbol), &symbol, sizeof(symbol));
    return symbol;
}

/* ---- headers ---- */

static bool open_header(struct check *check, struct elf_file *elf)
{
    Elf64_Ehdr header;
    if (elf->len < SELFMAG || memcmp(elf->data, ELFMAG, SELFMAG) != 0) {
        check_found(check, "is not a shared object (no ELF header)");
        return false;
    }
    if (!elf_take(elf, 0, &header, sizeof(header))) {
        check_found(check, "ends inside its ELF header (%zu bytes)", elf->len);
        return false;
    }
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
        check_found(check, "is not a 64-bit little-endian file, this core is");
        return false;
    }
    if (header.e_machine != THIS_MACHINE) {
        check_found(check, "built for machine %u, this core runs on machine %u", header.e_machine,
                    THIS_MACHINE);
        return false;
    }
    if (header.e_type != ET_DYN) {
        check_found(check, "is an ELF file of type %u, a shared object has type %u", header.e_type,
                    ET_DYN);
        return false;
    }
    if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
        header.e_phnum > SEGMENTS_MAX ||
        !elf_is_inside(elf, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr))) {
        check_found(
            check, "has no readable program headers (%u of %u bytes at %llu, the file has %zu)",
            header.e_phnum, header.e_phentsize, (unsigned long long)header.e_phoff, elf->len);
        return false;
    }
    elf->segments = header.e_phoff;
    elf->segment_count = header.e_phnum;
    return true;
}

static bool open_segments(struct check *check, struct elf_file *elf)
{
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(elf, i);
        bool used = segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC;
        if (used && !elf_is_inside(elf, segment.p_offset, segment.p_filesz)) {
            check_found(check, "is torn: segment %u ends at byte %llu, the file has %zu", i,
                        (unsigned long long)(segment.p_offset + segment.p_filesz), elf->len);
            return false;
        }
        if (segment.p_type == PT_DYNAMIC) {
            elf->dynamic = segment.p_offset;
            elf->dynamic_count = segment.p_filesz / sizeof(Elf64_Dyn);
        }
    }
    if (elf->dynamic_count == 0) {
        check_found(check, "has no dynamic section");
        return false;
    }
    for (uint64_t i = 0; i < elf->dynamic_count; i++) {
        if (elf_dynamic_at(elf, i).d_tag == DT_NULL) {
            elf->dynamic_count = i;
        }
    }
    return true;
}

/* The highest symbol a relocation names, plus one: what the file imports is imported by relocations. */
static uint64_t count_by_relocations(const struct elf_file *elf, int64_t tag, int64_t size_tag)
{
    uint64_t address;
    uint64_t size;
    uint64_t offset;
    uint64_t room;
    uint64_t count = 0;
    if (!elf_dynamic_find(elf, tag, &address) || !elf_dynamic_find(elf, size_tag, &size) ||
        !elf_locate(elf, address, &offset, &room)) {
        return 0;
    }
    size = size < room ? size : room;
    for (uint64_t i = 0; i < size / sizeof(Elf64_Rela); i++) {
        Elf64_Rela relocation = {0};
        (void)elf_take(elf, offset + i * sizeof(relocation), &relocation, sizeof(relocation));
        uint64_t index = ELF64_R_SYM(relocation.r_info);
        count = index >= count ? index + 1 : count;
    }
    return count;
}

/* The GNU hash table covers the defined symbols, which come last: the end of its longest chain is the end of the table. */
static uint64_t count_by_gnu_hash(const struct elf_file *elf)
{
    struct {
        uint32_t buckets;
        uint32_t first_symbol;
        uint32_t bloom_words;
        uint32_t bloom_shift;
    } head;
    uint64_t address;
    uint64_t offset;
    uint64_t room;
    if (!elf_dynamic_find(elf, DT_GNU_HASH, &address) ||
        !elf_locate(elf, address, &offset, &room) || !elf_take(elf, offset, &head, sizeof(head))) {
        return 0;
    }
    uint64_t buckets = offset + sizeof(head) + 8ull * head.bloom_words;
    uint64_t chains = buckets + 4ull * head.buckets;
    uint32_t last = 0;
    if (!elf_is_inside(elf, buckets, 4ull * head.buckets)) {
        return 0;
    }
    for (uint32_t i = 0; i < head.buckets; i++) {
        uint32_t bucket = 0;
        (void)elf_take(elf, buckets + 4ull * i, &bucket, sizeof(bucket));
        last = bucket > last ? bucket : last;
    }
    if (last < head.first_symbol) {
        return head.first_symbol;
    }
    for (uint32_t hash;
         elf_take(elf, chains + 4ull * (last - head.first_symbol), &hash, sizeof(hash)); last++) {
        if ((hash & 1u) != 0) {
            return last + 1ull;
        }
    }
    return 0;
}

static uint64_t count_by_hash(const struct elf_file *elf)
{
    uint32_t head[2]; /* buckets, chains: one chain entry for each symbol */
    uint64_t address;
    uint64_t offset;
    uint64_t room;
    if (!elf_dynamic_find(elf, DT_HASH, &address) || !elf_locate(elf, address, &offset, &room) ||
        !elf_take(elf, offset, head, sizeof(head))) {
        return 0;
    }
    return head[1];
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool open_symbols(struct check *check, struct elf_file *elf)
{
    uint64_t address;
    uint64_t size;
    uint64_t room;
    if (!elf_dynamic_find(elf, DT_STRTAB, &address) || !elf_dynamic_find(elf, DT_STRSZ, &size) ||
        !elf_locate(elf, address, &elf->strings, &room)) {
        check_found(check, "has no readable table of symbol names");
        return false;
    }
    elf->strings_len = size < room ? size : room;
    if (!elf_dynamic_find(elf, DT_SYMTAB, &address) ||
        !elf_locate(elf, address, &elf->symbols, &room)) {
        check_found(check, "has no readable table of symbols");
        return false;
    }
    uint64_t count = larger(count_by_gnu_hash(elf), count_by_hash(elf));
    count = larger(count, count_by_relocations(elf, DT_RELA, DT_RELASZ));
    count = larger(count, count_by_relocations(elf, DT_JMPREL, DT_PLTRELSZ));
    if (count > room / sizeof(Elf64_Sym)) {
        check_found(check, "is torn: it names %llu symbols, its table has room for %llu",
                    (unsigned long long)count, (unsigned long long)(room / sizeof(Elf64_Sym)));
        return false;
    }
    elf->symbol_count = count;
    return true;
}

bool elf_open(struct check *check, const void *data, size_t len, struct elf_file *ret_elf)
{
    struct elf_file elf = {.data = data, .len = len};
    if (!open_header(check, &elf) || !open_segments(check, &elf) || !open_symbols(check, &elf)) {
        return false;
    }
    *ret_elf = elf;
    return true;
}

bool elf_find_export(const struct elf_file *elf, const char *name, Elf64_Sym *ret_symbol)
{
    for (uint64_t i = 1; i < elf->symbol_count; i++) {
        Elf64_Sym symbol = elf_symbol_at(elf, i);
        if (symbol.st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT &&
            strcmp(elf_string_at(elf, symbol.st_name), name) == 0) {
            *ret_symbol = symbol;
            return true;
        }
    }
    return false;
}
