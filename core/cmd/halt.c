/* sofia halt: engages the kill switch. It says what the engine has promised, not what it hopes. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/client.h"
#include "cmd/cmd.h"

static char *body_of(const struct client *client)
{
    cJSON *root = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(root, "reason", client->reason);
    if (client->scope != NULL) {
        (void)cJSON_AddStringToObject(root, "scope", client->scope);
    }
    if (client->level != NULL) {
        (void)cJSON_AddStringToObject(root, "level", client->level);
    }
    char *text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

static int act(int argc, char **argv, const char *path, const char *usage)
{
    struct client client;
    struct client_answer answer;
    if (client_parse(&client, argc, argv, usage) != 0) {
        return EXIT_USAGE;
    }
    if (client.reason == NULL) {
        fprintf(stderr, "usage: %s\nA reason is required; it is journaled with your name.\n", usage);
        return EXIT_USAGE;
    }
    char *body = body_of(&client);
    int code = client_ask(&client, "POST", path, body, &answer);
    if (code < 0) {
        const char *text = client_text(answer.root, "detail");
        fprintf(stdout, "%s\n", text[0] != '\0' ? text : answer.body);
        code = answer.status == 202 ? EXIT_FAILED : EXIT_OK; /* 202: the flag is up, the core has not answered */
    }
    client_answer_release(&answer);
    free(body);
    return code;
}

int cmd_halt(int argc, char **argv)
{
    return act(argc, argv, "/kill-switch/activate",
               "sofia halt --reason TEXT [--scope all|account:X|strategy:X|symbol:X] [--level hold|cancel] "
               "[--state DIR] [--json]");
}

int cmd_resume(int argc, char **argv)
{
    return act(argc, argv, "/kill-switch/deactivate",
               "sofia resume --reason TEXT [--scope all|account:X|strategy:X|symbol:X] [--state DIR] [--json]");
}
