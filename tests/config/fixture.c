#include "fixture.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

static char root[64];
static struct config *config;
static struct text problems;
static const char *environment[32];
static size_t variables;

static void make_root(void)
{
    if (root[0] == '\0') {
        memcpy(root, "/tmp/sofia-conf-XXXXXX", 23);
        cr_assert_not_null(mkdtemp(root));
        cr_assert_eq(chdir(root), 0);
        cr_assert_eq(file_make_dirs("conf.d", 0755), 0);
    }
}

const char *fixture_path(const char *name)
{
    static char path[256];

    make_root();
    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

void fixture_bytes(const char *name, const char *data, size_t len)
{
    cr_assert_eq(file_write_atomic(fixture_path(name), data, len, 0644), 0, "%s", error_text());
}

void fixture_file(const char *name, const char *text)
{
    fixture_bytes(name, text, strlen(text));
}

void fixture_variable(const char *assignment)
{
    environment[variables++] = assignment;
}

struct config *fixture_load(void)
{
    struct config_paths paths = {.dir = "conf.d", .environment = environment};

    make_root();
    config = config_free(config);
    cr_assert_eq(config_load(&paths, &config), 0, "%s", error_text());
    return config;
}

const struct config_bound *fixture_bind(const char *options, const struct sofia_option *table,
                                        size_t count)
{
    static char file[8192];
    const struct config_bound *bound = NULL;
    struct config_table described = {.options = table, .count = count};

    snprintf(file, sizeof(file), "kind: strategy\nname: t\nplugin: t.so\n%s", options);
    fixture_file("conf.d/10-t.yaml", file);
    fixture_load();
    struct config_instance *instance = config_instance_at(config, 0);
    cr_assert_not_null(instance, "%s", fixture_problems());
    (void)config_bind(config, instance, &described, &bound);
    return bound;
}

struct config *fixture_config(void)
{
    return config;
}

const char *fixture_problems(void)
{
    text_clear(&problems);
    config_print_problems(config, &problems);
    return text_get(&problems);
}

void fixture_expect(const char *expected, const char *file, int line)
{
    cr_assert_str_eq(fixture_problems(), expected, "%s:%d:\n--- got\n%s--- wanted\n%s", file, line,
                     fixture_problems(), expected);
}

void fixture_remove(void)
{
    char command[128];

    config = config_free(config);
    text_release(&problems);
    if (root[0] != '\0') {
        snprintf(command, sizeof(command), "rm -rf '%s'", root);
        cr_assert_eq(system(command), 0);
    }
}
