/* The client commands against the rig: exit codes and what they print. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sofia/kit/decimal.h>

#include "areas.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/cmd.h"

static char out[65536];

/* Runs a command with stdout and stderr in one file. */
static int call(struct rig *rig, int (*run)(int, char **), const char *const *args)
{
    char path[PATH_MAX];
    char *argv[12];
    int argc = 0;
    char *data = NULL;
    size_t len = 0;
    (void)str_format(path, sizeof(path), "%.4000s/cli.txt", rig->dir);
    for (; args[argc] != NULL; argc++) {
        argv[argc] = strdup(args[argc]);
    }
    argv[argc] = NULL;
    (void)fflush(NULL);
    int saved_out = dup(STDOUT_FILENO);
    int saved_err = dup(STDERR_FILENO);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    int code = run(argc, argv);
    (void)fflush(NULL);
    (void)dup2(saved_out, STDOUT_FILENO);
    (void)dup2(saved_err, STDERR_FILENO);
    (void)close(saved_out);
    (void)close(saved_err);
    (void)close(fd);
    out[0] = '\0';
    if (file_read(path, sizeof(out), &data, &len) == 0) {
        (void)str_copy(out, sizeof(out), data);
    }
    free(data);
    for (int i = 0; i < argc; i++) {
        free(argv[i]);
    }
    return code;
}

#define CALL(run, ...) call(rig, run, (const char *const[]){__VA_ARGS__, NULL})

static void looking(struct rig *rig)
{
    CHECK(CALL(cmd_status, "status", "--state", rig->dir) == EXIT_OK);
    CHECK(strstr(out, "tradable     ") != NULL && strstr(out, "kill switch  ") != NULL);
    CHECK(CALL(cmd_status, "status", "--socket", rig->socket_path, "--json") == EXIT_OK &&
          out[0] == '{');
    CHECK(CALL(cmd_orders, "orders", "--state", rig->dir) == EXIT_OK);
    CHECK(strstr(out, "FILLED") != NULL && strstr(out, "UNKNOWN") != NULL &&
          strstr(out, "DENIED") != NULL);
    CHECK(CALL(cmd_orders, "orders", "--open", "--limit", "5", "--state", rig->dir) == EXIT_OK);
    CHECK(strstr(out, "FILLED ") == NULL && strstr(out, "NEW") != NULL);
    CHECK(CALL(cmd_orders, "orders", "--limit", "0", "--state", rig->dir) == EXIT_USAGE);
}

static void changing(struct rig *rig)
{
    struct command_reply reply = {.order_id = 3, .seq = 5, .state = SOFIA_STATE_PENDING_NEW};
    struct command last;
    struct sofia_decimal want;
    rig_reply(rig, &reply);
    CHECK(CALL(cmd_orders, "orders", "amend", "client-3", "--price", "51000", "--state",
               rig->dir) == EXIT_OK);
    CHECK(strstr(out, "order 3 replaces client-3") != NULL && rig_taken(rig, &last) > 0);
    CHECK(last.kind == COMMAND_AMEND && last.order.replaces == 3 &&
          sofia_decimal_is_absent(last.order.qty));
    CHECK(sofia_decimal_parse("51000", 5, &want) == 0 &&
          sofia_decimal_cmp(last.order.price, want) == 0);
    uint64_t request_id = last.order.request_id;
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--price", "51000", "--state", rig->dir) ==
          EXIT_OK);
    CHECK(rig_taken(rig, &last) > 0 && last.order.request_id != request_id);
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--qty", "0.5", "--key", "again", "--json",
               "--state", rig->dir) == EXIT_OK &&
          out[0] == '{');
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--qty", "0.6", "--key", "again", "--state",
               rig->dir) == EXIT_FAILED &&
          strstr(out, "key_reused") != NULL);
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--qty", "1", "--dry-run", "--state",
               rig->dir) == EXIT_OK &&
          strstr(out, "would pass") != NULL);
    CHECK(CALL(cmd_orders, "orders", "amend", "nobody", "--qty", "1", "--state", rig->dir) ==
          EXIT_FAILED);
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--state", rig->dir) == EXIT_USAGE);
    CHECK(CALL(cmd_orders, "orders", "amend", "--qty", "1", "--state", rig->dir) == EXIT_USAGE);
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "4", "--qty", "1") == EXIT_USAGE);
    CHECK(CALL(cmd_orders, "orders", "amend", "3/4", "--qty", "1") == EXIT_USAGE);
    CHECK(CALL(cmd_orders, "orders", "amend", "3", "--qty") == EXIT_USAGE);
}

static void acting(struct rig *rig)
{
    struct command_reply reply = {.epoch = 20};
    struct command last;
    (void)str_copy(reply.text, sizeof(reply.text), "done as asked");
    rig_reply(rig, &reply);
    CHECK(CALL(cmd_halt, "halt", "--reason", "say \"stop\"", "--level", "hold", "--scope",
               "symbol:BTC/USDT", "--state", rig->dir) == EXIT_OK);
    CHECK(strstr(out, "done as asked") != NULL && rig_taken(rig, &last) > 0);
    CHECK(last.kind == COMMAND_KILL && str_eq(last.reason, "say \"stop\"") &&
          last.kill.level == SOFIA_KILL_HOLD && str_eq(last.kill.scope, "symbol:BTC/USDT"));
    CHECK(str_starts(last.author, "uid "));
    CHECK(CALL(cmd_resume, "resume", "--reason", "fine again", "--state", rig->dir) == EXIT_OK);
    CHECK(rig_taken(rig, &last) > 0 && last.kind == COMMAND_RESUME);
    reply = (struct command_reply){.status = ERR_WRONG_STATE};
    (void)str_copy(reply.text, sizeof(reply.text), "not proven zero");
    rig_reply(rig, &reply);
    CHECK(CALL(cmd_resume, "resume", "--reason", "x", "--state", rig->dir) == EXIT_FAILED);
    CHECK(strstr(out, "not proven zero") != NULL);
    CHECK(CALL(cmd_halt, "halt", "--reason", "x", "--level", "canc", "--state", rig->dir) ==
          EXIT_USAGE);
    CHECK(strstr(out, "--level is hold or cancel") != NULL);
}

static void wrong_use(struct rig *rig)
{
    CHECK(CALL(cmd_halt, "halt", "--state", rig->dir) == EXIT_USAGE &&
          strstr(out, "--reason is needed") != NULL);
    CHECK(CALL(cmd_halt, "halt", "--reason") == EXIT_USAGE);
    CHECK(CALL(cmd_resume, "resume", "--state", rig->dir) == EXIT_USAGE);
    CHECK(CALL(cmd_status, "status", "--verbose") == EXIT_USAGE &&
          strstr(out, "usage: sofia status") != NULL);
    CHECK(CALL(cmd_status, "status", "--state", "/nonexistent/state") == EXIT_NO_ENGINE);
    CHECK(strstr(out, "/nonexistent/state/control.sock") != NULL &&
          strstr(out, "is the engine running") != NULL);
}

void area_cli(struct rig *rig)
{
    looking(rig);
    changing(rig);
    acting(rig);
    wrong_use(rig);
}
