/* What run, check and plugin share: flags, folders, configuration, and how problems are told.
 *
 *     --conf DIR      folder of configuration files (default conf.d)
 *     --env FILE      variables (default .env beside the folder)
 *     --plugins DIR   folder of plugins; may be given more than once (default: beside the program, and the conf folder)
 *
 * Owner: main. Thread: main.
 */
#ifndef CMD_SETUP_H
#define CMD_SETUP_H

#include "config/config.h"
#include "engine/engine.h"

#define SETUP_FOLDERS 8
#define SETUP_PATH 512

struct setup {
    const char *conf;
    const char *dotenv;
    const char *folders[SETUP_FOLDERS + 1];
    int folder_count;
    char beside[SETUP_PATH];
    char conf_real[SETUP_PATH];
    struct config *config;
    int argc; /* what is left behind the flags */
    char **argv;
};

int setup_parse(struct setup *setup, int argc, char **argv);
/* The same where nothing may be left behind the flags. */
int setup_parse_all(struct setup *setup, int argc, char **argv);
struct engine_config setup_engine_config(const struct setup *setup);

/* Loads; ERR_INVALID when there are problems already. Fills config->config. */
int setup_load(struct setup *setup, struct engine_config *config);

/* Prints every problem, returns the exit code 2. */
int setup_complain(const struct setup *setup);
void setup_print_warnings(const struct setup *setup);
int setup_parent_dir(const char *path);
void setup_release(struct setup *setup);

#endif
