/* sofia check: the merged configuration with the origin of each value; every problem; nothing is started. */
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "cmd/cmd.h"
#include "cmd/setup.h"

int cmd_check(int argc, char **argv)
{
    struct setup setup;
    struct engine_options options;
    struct text text = {0};
    if (setup_parse_all(&setup, argc, argv) != 0) {
        return EXIT_USAGE;
    }
    struct engine_config config = setup_engine_config(&setup);
    if (setup_load(&setup, &config) != 0 || engine_check(&config, &options) != 0) {
        int code = setup_complain(&setup);
        setup_release(&setup);
        return code;
    }
    setup_print_warnings(&setup);
    config_print(setup.config, &text);
    fputs(text_get(&text), stdout);
    text_release(&text);
    setup_release(&setup);
    return EXIT_OK;
}
