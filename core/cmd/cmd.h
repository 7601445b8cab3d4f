/* The subcommands of `sofia`. Each takes argv with its own name first and returns an exit code.
 *
 * Owner: main. Thread: main.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

/* Exit codes, the same for all. */
#define EXIT_OK 0
#define EXIT_FAILED 1    /* it did not work, or was refused */
#define EXIT_USAGE 2     /* wrong usage */
#define EXIT_CONFIG 2    /* the configuration has problems */
#define EXIT_NO_ENGINE 3 /* no engine answers */

struct cmd {
    const char *name;
    const char *usage;
    const char *doc;
    int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_orders(int argc, char **argv);
int cmd_halt(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_ledger(int argc, char **argv);
int cmd_plugin(int argc, char **argv);

#endif
