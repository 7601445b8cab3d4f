#include "cmd/setup.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/cmd.h"

static int add_folder(struct setup *setup, const char *folder)
{
    if (setup->folder_count == SETUP_FOLDERS) {
        fprintf(stderr, "sofia: more than %d folders of plugins\n", SETUP_FOLDERS);
        return ERR_LIMIT;
    }
    setup->folders[setup->folder_count++] = folder;
    return 0;
}

/* <prefix>/bin/sofia has its plugins in <prefix>/plugins, installed or built. */
static int add_default_folders(struct setup *setup)
{
    char program[SETUP_PATH];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len > 0) {
        program[len] = '\0';
        for (int up = 0; up < 2; up++) {
            char *slash = strrchr(program, '/');
            if (slash != NULL) {
                *slash = '\0';
            }
        }
        if (str_format(setup->beside, sizeof(setup->beside), "%s/plugins", program) == 0 &&
            file_exists(setup->beside) && add_folder(setup, setup->beside) != 0) {
            return ERR_LIMIT;
        }
    }
    return add_folder(setup, setup->conf);
}

static int usage(const char *flag)
{
    fprintf(stderr, "sofia: %s needs a value\n", flag);
    return ERR_INVALID;
}

int setup_parse(struct setup *setup, int argc, char **argv)
{
    memset(setup, 0, sizeof(*setup));
    setup->conf = "conf.d";
    int at = 1;
    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at += 2) {
        bool plugins = str_eq(argv[at], "--plugins");
        if (!plugins && !str_eq(argv[at], "--conf") && !str_eq(argv[at], "--env")) {
            fprintf(stderr, "sofia: unknown flag '%s'; there are --conf, --env, --plugins\n",
                    argv[at]);
            return ERR_INVALID;
        }
        if (at + 1 >= argc) {
            return usage(argv[at]);
        }
        if (plugins && add_folder(setup, argv[at + 1]) != 0) {
            return ERR_LIMIT;
        }
        setup->conf = str_eq(argv[at], "--conf") ? argv[at + 1] : setup->conf;
        setup->dotenv = str_eq(argv[at], "--env") ? argv[at + 1] : setup->dotenv;
    }
    setup->argc = argc - at;
    setup->argv = &argv[at];
    return setup->folder_count > 0 ? add_folder(setup, setup->conf) : add_default_folders(setup);
}

int setup_parse_all(struct setup *setup, int argc, char **argv)
{
    int rc = setup_parse(setup, argc, argv);
    if (rc == 0 && setup->argc > 0) {
        fprintf(stderr, "sofia %s: what is '%s'? There are only flags here\n", argv[0],
                setup->argv[0]);
        rc = ERR_INVALID;
    }
    return rc;
}

struct engine_config setup_engine_config(const struct setup *setup)
{
    return (struct engine_config){.folders = setup->folders};
}

int setup_load(struct setup *setup, struct engine_config *config)
{
    struct config_paths paths = {.dir = setup->conf, .dotenv = setup->dotenv};
    int rc = config_load(&paths, &setup->config);
    if (rc != 0) {
        return rc;
    }
    config->config = setup->config;
    return 0;
}

int setup_complain(const struct setup *setup)
{
    struct text text = {0};
    if (setup->config == NULL) {
        fprintf(stderr, "sofia: %s\n", error_message());
        return EXIT_CONFIG;
    }
    config_print_problems(setup->config, &text);
    fputs(text_get(&text), stderr);
    fprintf(stderr, "sofia: %zu problems in the configuration, nothing was started\n",
            config_problem_count(setup->config));
    text_release(&text);
    return EXIT_CONFIG;
}

void setup_print_warnings(const struct setup *setup)
{
    struct text text = {0};
    if (config_warning_count(setup->config) > 0) {
        config_print_problems(setup->config, &text);
        fputs(text_get(&text), stderr);
        text_release(&text);
    }
}

int setup_parent_dir(const char *path)
{
    char folder[SETUP_PATH];
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return 0;
    }
    if (str_copy_n(folder, sizeof(folder), path, (size_t)(slash - path)) != 0) {
        return error_set(ERR_LIMIT, "path '%s' is too long", path);
    }
    return file_make_dirs(folder, 0700);
}

void setup_release(struct setup *setup)
{
    config_free(setup->config);
}
