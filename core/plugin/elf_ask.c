/* What a shared object asks of the system, as far as its dynamic section says. */
#include "plugin/elf_file.h"

#include <string.h>

#include "base/banned.h"

enum { NAME_CAP = 128 };

void elf_check_loading(struct check *check, const struct elf_file *elf)
{
    static const struct {
        int64_t tag;
        const char *what;
    } refused[] = {
        {DT_RPATH, "has a search path of its own for libraries (RPATH)"},
        {DT_RUNPATH, "has a search path of its own for libraries (RUNPATH)"},
        {DT_TEXTREL, "has text relocations: build it with -fPIC"},
        {DT_AUDIT, "asks for an auditing library (AUDIT)"},
        {DT_DEPAUDIT, "asks for an auditing library (DEPAUDIT)"},
        {DT_FILTER, "is a filter of another library (FILTER)"},
        {DT_AUXILIARY, "is a filter of another library (AUXILIARY)"},
    };
    uint64_t value;
    bool stack_is_safe = false;
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        Elf64_Phdr segment = elf_segment_at(elf, i);
        stack_is_safe =
            stack_is_safe || (segment.p_type == PT_GNU_STACK && (segment.p_flags & PF_X) == 0);
    }
    if (!stack_is_safe) {
        check_found(check, "needs an executable stack: link it with -z noexecstack");
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (elf_dynamic_find(elf, refused[i].tag, &value)) {
            check_found(check, "%s", refused[i].what);
        }
    }
    if (elf_dynamic_find(elf, DT_FLAGS, &value) && (value & DF_TEXTREL) != 0 &&
        !elf_dynamic_find(elf, DT_TEXTREL, &value)) {
        check_found(check, "has text relocations: build it with -fPIC");
    }
}

static bool is_refused_import(const char *name)
{
    static const char *const words[] = {
        "socket",  "socketpair", "connect",       "bind",        "listen",           "accept",
        "accept4", "send",       "sendto",        "sendmsg",     "sendmmsg",         "getaddrinfo",
        "fork",    "_Fork",      "vfork",         "clone",       "execve",           "execveat",
        "execv",   "execvp",     "execvpe",       "execl",       "execlp",           "execle",
        "fexecve", "system",     "popen",         "posix_spawn", "posix_spawnp",     "dlopen",
        "dlmopen", "ptrace",     "getaddrinfo_a", "syscall",     "process_vm_writev"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* What a plugin may link: the language's own run-time. Another library could do for it what it may not do itself. */
static bool is_allowed_library(const char *name)
{
    static const char *const prefixes[] = {
        "libc.so.",     "libm.so.",      "libpthread.so.", "librt.so.",     "ld-linux",
        "libgcc_s.so.", "libstdc++.so.", "libc++.so.",     "libc++abi.so.", "libatomic.so.",
#ifdef SOFIA_SANITIZED
        "libasan.so.",  "libubsan.so.",  "libtsan.so.",    "liblsan.so.",   "libclang_rt.",
#endif
    };
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (str_starts(name, prefixes[i])) {
            return true;
        }
    }
    return false;
}

void elf_check_imports(struct check *check, const struct elf_file *elf)
{
    for (uint64_t i = 1; i < elf->symbol_count; i++) {
        Elf64_Sym symbol = elf_symbol_at(elf, i);
        const char *name = elf_string_at(elf, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF && is_refused_import(name)) {
            check_found(check, "imports %s, which only a sink may", name);
        }
    }
    for (uint64_t i = 0; i < elf->dynamic_count; i++) {
        Elf64_Dyn entry = elf_dynamic_at(elf, i);
        const char *name = entry.d_tag == DT_NEEDED ? elf_string_at(elf, entry.d_un.d_val) : NULL;
        if (name != NULL && !is_allowed_library(name)) {
            check_found(check, "needs the library %.*s, which only a sink may", NAME_CAP, name);
        }
    }
}
