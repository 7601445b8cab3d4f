/* sofia plugin describe FILE: what a plugin is and what it can be told, from its own tables. */
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/setup.h"
#include "plugin/loader.h"

int cmd_plugin(int argc, char **argv)
{
    struct setup setup;
    struct text text = {0};
    const struct module *module;
    if (setup_parse(&setup, argc, argv) != 0 || setup.argc != 2 ||
        !str_eq(setup.argv[0], "describe")) {
        fputs("usage: sofia plugin [--plugins DIR] describe FILE.so\n", stderr);
        return EXIT_USAGE;
    }
    struct loader_policy policy = {.folders = setup.folders};
    if (module_load(setup.argv[1], &policy, &module) != 0) {
        fprintf(stderr, "sofia plugin: %s\n", error_message());
        return EXIT_CONFIG;
    }
    module_describe(module_descriptor(module), &text);
    fputs(text_get(&text), stdout);
    text_release(&text);
    return EXIT_OK;
}
