/* Loading, in the order in which a file earns trust: place, owner, hash, what it asks for, what it says, and only then dlopen. */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "plugin/check.h"
#include "plugin/elf_image.h"
#include "plugin/loader_file.h"

#include "base/banned.h"

/* What the plugin's structs become here: of our size, what an older plugin does not have is zero. */
union descriptor {
    uint32_t size;
    struct sofia_exchange exchange;
    struct sofia_strategy strategy;
    struct sofia_risk risk;
    struct sofia_sink sink;
};

struct module {
    struct module *next;
    struct sofia_module desc; /* valid once is_good */
    union descriptor descriptor;
    bool is_good;
    void *handle;
    char *path;
    dev_t device;
    ino_t inode;
    char sha256[SHA256_TEXT_SIZE];
};

/* Everything ever mapped, refused modules too: never unloaded, because unloading runs code of theirs. */
static struct module *modules;

/* ---- messages ---- */

/* The lines of problems as one sentence: error messages are one line. */
static int refuse(const char *path, const struct text *problems)
{
    struct text line = {0};
    const char *at = text_get(problems);
    while (*at != '\0') {
        size_t len = strcspn(at, "\n");
        text_add(&line, line.len > 0 ? "; " : "");
        text_add_n(&line, at, len);
        at += len + (at[len] == '\n');
    }
    int rc = error_set(ERR_INVALID, "plugin '%s': %s", path, text_get(&line));
    text_release(&line);
    return rc;
}

/* ---- before anything in it runs ---- */

static void check_pin(struct check *check, const char *pinned, const char *sha256)
{
    if (pinned != NULL && !str_eq(pinned, sha256)) {
        check_found(check, "sha256 is %s, the configuration pins %s", sha256, pinned);
    }
}

/* The whole module is judged on a copy of its data that cannot run. */
static void check_data(struct check *check, const struct elf_file *elf, uint32_t kind)
{
    struct elf_image image;
    struct sofia_module desc;
    if (!elf_image_init(check, elf, &image)) {
        return;
    }
    bool readable = elf_image_module(check, elf, &image, &desc);
    if (readable) {
        check->count += module_check(&desc, kind, check->out);
    }
    if (!readable || desc.kind != SOFIA_KIND_SINK) {
        elf_check_imports(check, elf);
    }
    elf_image_release(&image);
}

static void check_bytes(struct check *check, const struct plugin_file *file, uint32_t kind)
{
    struct elf_file elf;
    if (elf_open(check, file->data, file->len, &elf)) {
        elf_check_loading(check, &elf);
        check_data(check, &elf, kind);
    }
}

/* ---- the registry ---- */

static struct module *find(const struct plugin_file *file)
{
    for (struct module *module = modules; module != NULL; module = module->next) {
        if ((module->device == file->device && module->inode == file->inode) ||
            str_eq(module->path, file->path)) {
            return module;
        }
    }
    return NULL;
}

static int add(const struct plugin_file *file, struct module **ret_module)
{
    struct module *module = calloc(1, sizeof(*module));
    char *path = strdup(file->path);
    if (module == NULL || path == NULL) {
        free(module);
        free(path);
        return error_set(ERR_NOMEM, "plugin '%s'", file->path);
    }
    module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module->handle == NULL) {
        free(module);
        free(path);
        return error_set(ERR_INVALID, "plugin '%s': %s", file->path, dlerror());
    }
    module->path = path;
    module->device = file->device;
    module->inode = file->inode;
    memcpy(module->sha256, file->sha256, sizeof(module->sha256));
    module->next = modules;
    modules = module;
    *ret_module = module;
    return 0;
}

/* ---- loading ---- */

static void keep(struct module *module, const struct sofia_module *desc)
{
    uint32_t size;
    memcpy(&size, desc->descriptor, sizeof(size));
    memcpy(&module->descriptor, desc->descriptor,
           size < sizeof(module->descriptor) ? size : sizeof(module->descriptor));
    module->desc = *desc;
    module->desc.descriptor = &module->descriptor;
    module->is_good = true;
}

static int judge(struct module *module, uint32_t kind)
{
    struct text problems = {0};
    const struct sofia_module *desc = dlsym(module->handle, SOFIA_MODULE_SYMBOL);
    int rc = 0;
    if (desc == NULL) {
        rc = error_set(ERR_INVALID, "plugin '%s': %s", module->path, dlerror());
    } else if (module_check(desc, kind, &problems) > 0) {
        rc = refuse(module->path, &problems);
    } else if (!module->is_good) {
        keep(module, desc);
    }
    text_release(&problems);
    return rc;
}

static int load(const struct plugin_file *file, const struct loader_policy *policy,
                const struct module **ret_module)
{
    struct module *module = find(file);
    if (module != NULL && !str_eq(module->sha256, file->sha256)) {
        return error_set(
            ERR_INVALID,
            "plugin '%s' has changed since this process loaded it (sha256 was %s, is %s): restart",
            file->path, module->sha256, file->sha256);
    }
    int rc = module != NULL ? 0 : add(file, &module);
    rc = rc != 0 ? rc : judge(module, policy->kind);
    if (rc == 0) {
        *ret_module = module;
    }
    return rc;
}

int module_load(const char *name, const struct loader_policy *policy,
                const struct module **ret_module)
{
    struct text problems = {0};
    struct check check = {.out = &problems};
    struct plugin_file file;
    int rc = plugin_file_open(name, policy->folders, &check, &file);
    if (rc == 0) {
        check_pin(&check, policy->sha256, file.sha256);
        check_bytes(&check, &file, policy->kind);
        rc = check.count > 0 ? refuse(file.path, &problems) : load(&file, policy, ret_module);
        plugin_file_release(&file);
    }
    text_release(&problems);
    return rc;
}

const struct sofia_module *module_descriptor(const struct module *module)
{
    return &module->desc;
}

const char *module_path(const struct module *module)
{
    return module->path;
}

const char *module_sha256(const struct module *module)
{
    return module->sha256;
}
