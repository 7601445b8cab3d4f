/* Files that are no whole plugins: whatever the bytes are, the answer is a sentence and never a crash. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "fixture.h"
#include "plugin/elf_image.h"

struct bytes {
    char *data;
    size_t len;
};

static struct bytes read_bytes(const char *path)
{
    struct bytes bytes = {0};
    cr_assert_eq(file_read(path, 64u << 20, &bytes.data, &bytes.len), 0, "%s", error_message());
    return bytes;
}

/* Everything the loader does before dlopen, on a buffer that ends where the bytes end. */
static size_t judge(const char *data, size_t len)
{
    struct text problems = {0};
    struct check check = {.out = &problems};
    struct elf_file elf;
    struct elf_image image;
    struct sofia_module desc;
    char *exact = malloc(len > 0 ? len : 1);
    cr_assert_not_null(exact);
    memcpy(exact, data, len);
    if (elf_open(&check, exact, len, &elf)) {
        elf_check_loading(&check, &elf);
        elf_check_imports(&check, &elf);
        if (elf_image_init(&check, &elf, &image)) {
            if (elf_image_module(&check, &elf, &image, &desc)) {
                check.count += module_check(&desc, 0, &problems);
            }
            elf_image_release(&image);
        }
    }
    free(exact);
    text_release(&problems);
    return check.count;
}

/* Where the last byte that is loaded lies; what follows are section headers, which nobody needs. */
static size_t loaded_end(const struct bytes *bytes)
{
    struct text problems = {0};
    struct check check = {.out = &problems};
    struct elf_file elf;
    size_t end = 0;
    cr_assert(elf_open(&check, bytes->data, bytes->len, &elf) ? 1u : 0u, "%s", text_get(&problems));
    for (uint32_t i = 0; i < elf.segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(&elf, i);
        size_t segment_end = (size_t)(segment.p_offset + segment.p_filesz);
        end = segment.p_type == PT_LOAD && segment_end > end ? segment_end : end;
    }
    return end;
}

Test(loader_torn, the_whole_file_is_fine)
{
    struct bytes bytes = read_bytes(MODULES "/plain.so");
    cr_assert_eq(judge(bytes.data, bytes.len), 0u);
    free(bytes.data);
}

Test(loader_torn, every_prefix_is_refused)
{
    struct bytes bytes = read_bytes(MODULES "/plain.so");
    size_t end = loaded_end(&bytes);
    cr_assert_gt(end, 8192u);
    for (size_t len = 0; len < end; len += len < 2048 ? 1 : 61) {
        cr_assert_gt(judge(bytes.data, len), 0u, "%zu bytes of %zu came in", len, end);
    }
    cr_assert_gt(judge(bytes.data, end - 1), 0u);
    cr_assert_eq(judge(bytes.data, end), 0u);
    free(bytes.data);
}

Test(loader_torn, a_prefix_is_refused_from_a_file)
{
    static const size_t lengths[] = {0, 1, 4, 63, 64, 200, 1000, 4096, 5000, 12000};
    struct bytes bytes = read_bytes(MODULES "/plain.so");
    struct room room;
    room_init(&room);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        room_write(&room, "torn.so", bytes.data, lengths[i]);
        (void)must_refuse(room.path, "torn.so", 0);
        cr_expect_eq(error_code(), ERR_INVALID);
    }
    room_release(&room);
    free(bytes.data);
}

Test(loader_torn, a_text_is_no_shared_object)
{
    struct room room;
    room_init(&room);
    room_write(&room, "text.so", "INPUT(libm.so)\n", 15);
    must_say(must_refuse(room.path, "text.so", 0), "is not a shared object (no ELF header)");
    room_release(&room);
}

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Most of these bytes are headers, tables and relocations: what a reader of ELF can trip over. */
Test(loader_torn, wrong_bytes_are_judged_without_a_crash, .timeout = 60)
{
    static const char *const files[] = {MODULES "/marks_late.so", PLUGINS "/exchange_binance.so"};
    uint64_t state = 7;
    for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
        struct bytes bytes = read_bytes(files[f]);
        size_t end = loaded_end(&bytes);
        for (int round = 0; round < 1500; round++) {
            char kept[4];
            size_t at = (size_t)next(&state) % (round % 2 == 0 ? 4096 : end - sizeof(kept));
            memcpy(kept, bytes.data + at, sizeof(kept));
            for (size_t i = 0; i < 1 + (size_t)next(&state) % sizeof(kept); i++) {
                bytes.data[at + i] = (char)next(&state);
            }
            (void)judge(bytes.data, end);
            memcpy(bytes.data + at, kept, sizeof(kept));
        }
        free(bytes.data);
    }
}

/* The pointers of the module itself, one after another, lead nowhere. */
Test(loader_torn, a_pointer_out_of_the_file_is_named)
{
    struct bytes bytes = read_bytes(MODULES "/plain.so");
    struct text problems = {0};
    struct check check = {.out = &problems};
    struct elf_file elf;
    struct elf_image image;
    struct sofia_module desc;
    Elf64_Sym symbol;
    cr_assert(elf_open(&check, bytes.data, bytes.len, &elf) ? 1u : 0u);
    cr_assert(elf_image_init(&check, &elf, &image) ? 1u : 0u);
    cr_assert(elf_find_export(&elf, "sofia_module", &symbol) ? 1u : 0u);
    uint64_t wild = UINT64_C(0x4141414141414141);
    memcpy(image.base + symbol.st_value + offsetof(struct sofia_module, version), &wild,
           sizeof(wild));
    cr_assert(elf_image_module(&check, &elf, &image, &desc) ? 0u : 1u);
    must_say(text_get(&problems), "the pointer to the version leads out of the file");
    elf_image_release(&image);
    text_release(&problems);
    free(bytes.data);
}

static const char *judge_header(const struct bytes *bytes, size_t offset, uint16_t value)
{
    static char message[256];
    struct text problems = {0};
    struct check check = {.out = &problems};
    struct elf_file elf;
    uint16_t kept;
    memcpy(&kept, bytes->data + offset, sizeof(kept));
    memcpy(bytes->data + offset, &value, sizeof(value));
    (void)elf_open(&check, bytes->data, bytes->len, &elf);
    memcpy(bytes->data + offset, &kept, sizeof(kept));
    (void)str_copy(message, sizeof(message), text_get(&problems));
    text_release(&problems);
    return message;
}

Test(loader_torn, another_machine_and_another_type_are_named)
{
    struct bytes bytes = read_bytes(MODULES "/plain.so");
    must_say(judge_header(&bytes, offsetof(Elf64_Ehdr, e_machine), EM_S390),
             "built for machine 22, this core runs on");
    must_say(judge_header(&bytes, offsetof(Elf64_Ehdr, e_type), ET_EXEC),
             "is an ELF file of type 2");
    must_say(judge_header(&bytes, EI_CLASS, ELFCLASS32 | ELFDATA2LSB << 8),
             "is not a 64-bit little-endian file");
    free(bytes.data);
}
