#include "cmd/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/cmd.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define PATIENCE_S 15

int client_flag(struct client *client, int argc, char **argv, int *at)
{
    const char *flag = argv[*at];
    const char **value = str_eq(flag, "--state")    ? &client->state_dir
                         : str_eq(flag, "--socket") ? &client->socket
                                                    : NULL;
    if (str_eq(flag, "--json")) {
        client->json = true;
        (*at)++;
        return 1;
    }
    if (value == NULL) {
        return 0;
    }
    if (*at + 1 >= argc) {
        return -1;
    }
    *value = argv[*at + 1];
    *at += 2;
    return 1;
}

int client_usage(const char *command, const char *usage, const char *why)
{
    fprintf(stderr, "sofia %s: %s\nusage: sofia %s %s\n", command, why, command, usage);
    return EXIT_USAGE;
}

/* ---- the socket ---- */

static int unreachable(const char *path, int reason)
{
    const char *hint = reason == ENOENT
                           ? "there is no such socket: is the engine running, and is --state right?"
                       : reason == ECONNREFUSED ? "no engine listens there: it has stopped"
                       : reason == EACCES       ? "it belongs to another user"
                                                : strerror(reason);
    fprintf(stderr, "sofia: no engine at %s: %s\n", path, hint);
    return EXIT_NO_ENGINE;
}

static int open_socket(const struct client *client, int *ret_fd)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const char *dir = client->state_dir != NULL ? client->state_dir : getenv("SOFIA_STATE");
    int rc = client->socket != NULL ? str_copy(to.sun_path, sizeof(to.sun_path), client->socket)
                                    : str_format(to.sun_path, sizeof(to.sun_path),
                                                 "%s/control.sock", dir != NULL ? dir : "state");
    if (rc != 0) {
        fprintf(stderr, "sofia: the path of the socket is longer than %zu bytes\n",
                sizeof(to.sun_path) - 1);
        return EXIT_NO_ENGINE;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return unreachable(to.sun_path, errno);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        int reason = errno;
        (void)close(fd);
        return unreachable(to.sun_path, reason);
    }
    *ret_fd = fd;
    return EXIT_OK;
}

/* The engine closes behind its answer, so the end of the stream is the end of the answer. */
static int read_all(int fd, struct text *answer)
{
    char piece[16384];
    ssize_t n;
    while ((n = recv(fd, piece, sizeof(piece), 0)) > 0 && answer->len <= ANSWER_MAX) {
        text_add_n(answer, piece, (size_t)n);
    }
    return n == 0 && answer->status == 0 ? 0 : -1;
}

static int split(struct client *client, const struct text *answer)
{
    const char *all = text_get(answer);
    const char *body = strstr(all, "\r\n\r\n");
    int64_t status = 0;
    if (!str_starts(all, "HTTP/1.1 ") || body == NULL || str_to_i64(all + 9, 3, &status) != 0) {
        return -1;
    }
    body += 4;
    client->status = (int)status;
    text_add_n(&client->answer, body, answer->len - (size_t)(body - all));
    client->tree = cJSON_Parse(text_get(&client->answer));
    return client->tree == NULL ? -1 : 0;
}

/* ---- request ---- */

static void complain(const struct client *client)
{
    const cJSON *error;
    fprintf(stderr, "sofia: %s (%s)\n", client_text(client->tree, "detail"),
            client_text(client->tree, "code"));
    cJSON_ArrayForEach(error, cJSON_GetObjectItemCaseSensitive(client->tree, "errors"))
    {
        fprintf(stderr, "  %s: %s\n", client_text(error, "pointer"), client_text(error, "detail"));
    }
}

int client_ask(struct client *client, const char *method, const char *path, const struct text *body)
{
    struct text request = {0};
    struct text answer = {0};
    int fd = -1;
    int code = open_socket(client, &fd);
    if (code != EXIT_OK) {
        return code;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* an engine that hangs up early has left its answer */
    text_addf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n", method,
              path, body == NULL ? 0 : body->len);
    if (client->key != NULL) {
        text_addf(&request, "Idempotency-Key: %s\r\n", client->key);
    }
    text_addf(&request, "Content-Type: application/json\r\n\r\n%s",
              body == NULL ? "" : text_get(body));
    bool sent = request.status == 0 && file_write_all(fd, request.data, request.len) == 0;
    if (!sent || read_all(fd, &answer) != 0 || split(client, &answer) != 0) {
        fprintf(stderr,
                "sofia: the engine took the request and gave no answer within %d s; it may be "
                "stalled\n",
                PATIENCE_S);
        code = EXIT_NO_ENGINE;
    } else if (client->status >= 300) {
        complain(client);
        code = EXIT_FAILED;
    }
    (void)close(fd);
    text_release(&request);
    text_release(&answer);
    return code;
}

void client_release(struct client *client)
{
    text_release(&client->answer);
    cJSON_Delete(client->tree);
    client->tree = NULL;
}

/* ---- JSON ---- */

const char *client_text(const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

bool client_bool(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name)) != 0;
}

void client_put(struct text *body, const char *name, const char *value)
{
    text_addf(body, "%s\"%s\": \"", body->len == 0 ? "{" : ", ", name);
    for (const char *at = value; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte == '"' || byte == '\\') {
            text_addf(body, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            text_addf(body, "\\u%04x", byte);
        } else {
            text_add_n(body, at, 1);
        }
    }
    text_add(body, "\"");
}
