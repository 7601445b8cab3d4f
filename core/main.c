/* sofia: one program, one name to remember; what it does is in cmd/. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct cmd commands[] = {
    {"run", "[--conf DIR] [--env FILE] [--plugins DIR]", "start the engine", cmd_run},
    {"check", "[--conf DIR] [--env FILE] [--plugins DIR]",
     "print the merged configuration and every problem", cmd_check},
    {"status", "[--state DIR] [--json]", "what the running engine does and why", cmd_status},
    {"orders", "[--state DIR] [--open] [--json] | amend ID [--qty Q] [--price P]",
     "orders of the running engine; changes one", cmd_orders},
    {"halt", "--reason TEXT [--scope S] [--level hold|cancel] [--state DIR]",
     "engage the kill switch", cmd_halt},
    {"resume", "--reason TEXT [--scope S] [--state DIR]", "clear the kill switch", cmd_resume},
    {"ledger", "--state DIR [--against FILE] [--require fill|doubt]",
     "fold the journal into balances, compare with a venue's ledger", cmd_ledger},
    {"plugin", "[--plugins DIR] describe FILE.so", "what a plugin is and what it can be told",
     cmd_plugin},
};

static int help(FILE *out, int code)
{
    fputs("usage: sofia COMMAND [flags]\n\n", out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        fprintf(out, "  %-8s %s\n           %s\n", commands[i].name, commands[i].doc,
                commands[i].usage);
    }
    fputs("\n  version  print the version\n", out);
    fputs("\nexit codes: 0 done, 1 failed or refused, 2 wrong usage or configuration, 3 engine not "
          "reachable\n",
          out);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return help(stderr, EXIT_USAGE);
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        fputs("sofia " SOFIA_VERSION "\n", stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        return help(stdout, EXIT_OK);
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, &argv[1]);
        }
    }
    fprintf(stderr, "sofia: no command '%s'\n", argv[1]);
    return help(stderr, EXIT_USAGE);
}
