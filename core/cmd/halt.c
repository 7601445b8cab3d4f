/* sofia halt: engages the kill switch. */
#include <stdio.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

#include "base/banned.h"

#define USAGE                                                                                      \
    "--reason TEXT [--level hold|cancel] [--scope all|account:X|strategy:X|symbol:X] [--state "    \
    "DIR] [--socket PATH]"

int cmd_halt(int argc, char **argv)
{
    struct client client = {0};
    struct text body = {0};
    const char *reason = NULL;
    const char *scope = "all";
    const char *level = "cancel";
    for (int at = 1; at < argc;) {
        const char **value = str_eq(argv[at], "--reason")  ? &reason
                             : str_eq(argv[at], "--scope") ? &scope
                             : str_eq(argv[at], "--level") ? &level
                                                           : NULL;
        if (value != NULL && at + 1 < argc) {
            *value = argv[at + 1];
            at += 2;
        } else if (value != NULL || client_flag(&client, argc, argv, &at) != 1) {
            return client_usage(argv[0], USAGE, "unknown flag, or a flag without its value");
        }
    }
    if (reason == NULL) {
        return client_usage(argv[0], USAGE, "--reason is needed; it is kept in the journal");
    }
    if (!str_eq(level, "hold") && !str_eq(level, "cancel")) {
        return client_usage(argv[0], USAGE, "--level is hold or cancel");
    }
    client_put(&body, "reason", reason);
    client_put(&body, "scope", scope);
    client_put(&body, "level", level);
    text_add(&body, "}");
    int code = client_ask(&client, "POST", "/kill-switch/activate", &body);
    if (code == EXIT_OK) {
        fprintf(stdout, "%s\n",
                client.json ? text_get(&client.answer) : client_text(client.tree, "detail"));
        code = client.status == 200 ? EXIT_OK : EXIT_FAILED; /* raised, and not confirmed */
    }
    client_release(&client);
    text_release(&body);
    return code;
}
