/* The collection itself: README.md names each module, each named module is there, and what is not
 * wrong with it is right. What the loader says of them is tested with the loader. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <sofia/module.h>

#define NAMES 64
#define NAME_SIZE 64

struct names {
    char list[NAMES][NAME_SIZE];
    size_t count;
};

static void add(struct names *names, const char *text, size_t len)
{
    cr_assert_lt(names->count, NAMES);
    cr_assert_lt(len, NAME_SIZE);
    memcpy(names->list[names->count], text, len);
    names->list[names->count++][len] = '\0';
}

static int has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* First column of the tables. */
static void documented(struct names *ret_names)
{
    FILE *file = fopen(SOFIA_SOURCE_DIR "/tests/badplugins/README.md", "r");
    char line[512];

    cr_assert_not_null(file);
    memset(ret_names, 0, sizeof(*ret_names));
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "| `", 3) == 0) {
            add(ret_names, line + 3, strcspn(line + 3, "`"));
        }
    }
    (void)fclose(file);
}

static void files_in(const char *path, const char *suffix, struct names *ret_names)
{
    DIR *folder = opendir(path);
    const struct dirent *entry = NULL;

    cr_assert_not_null(folder);
    memset(ret_names, 0, sizeof(*ret_names));
    while ((entry = readdir(folder)) != NULL) {
        size_t len = strlen(entry->d_name);
        size_t end = strlen(suffix);

        if (len > end && strcmp(entry->d_name + len - end, suffix) == 0) {
            add(ret_names, entry->d_name, len - end);
        }
    }
    (void)closedir(folder);
}

Test(badplugins, every_documented_module_is_built)
{
    struct names names;
    struct names files;

    documented(&names);
    files_in(SOFIA_BINARY_DIR "/badplugins", ".so", &files);
    cr_assert_gt(names.count, 30);
    for (size_t i = 0; i < names.count; i++) {
        cr_assert(has(&files, names.list[i]), "%s is in README.md and not built", names.list[i]);
    }
}

Test(badplugins, every_module_is_documented)
{
    struct names names;
    struct names files;

    documented(&names);
    files_in(SOFIA_SOURCE_DIR "/tests/badplugins", ".c", &files);
    cr_assert_eq(files.count, names.count);
    for (size_t i = 0; i < files.count; i++) {
        cr_assert(has(&names, files.list[i]), "%s is not in README.md", files.list[i]);
    }
}

Test(badplugins, each_loads_by_itself_and_has_the_symbol_unless_that_is_its_fault)
{
    struct names names;

    documented(&names);
    for (size_t i = 0; i < names.count; i++) {
        char path[4096];
        void *library = NULL;
        const struct sofia_module *module = NULL;

        (void)snprintf(path, sizeof(path), "%s/badplugins/%s.so", SOFIA_BINARY_DIR, names.list[i]);
        library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        cr_assert_not_null(library, "%s", dlerror());
        module = dlsym(library, SOFIA_MODULE_SYMBOL);
        cr_assert_eq(module == NULL, strcmp(names.list[i], "no_symbol") == 0, "%s", names.list[i]);
        if (module != NULL) {
            cr_assert_eq(module->magic != SOFIA_MAGIC, strcmp(names.list[i], "wrong_magic") == 0);
            cr_assert_eq(module->descriptor == NULL, strcmp(names.list[i], "null_descriptor") == 0);
        }
    }
}
