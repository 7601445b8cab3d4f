#include "cmd/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "cmd/cmd.h"

#define ANSWER_MAX ((size_t)8 << 20)
#define PATIENCE_S 15

int client_parse(struct client *client, int argc, char **argv, const char *usage)
{
    memset(client, 0, sizeof(*client));
    (void)str_copy(client->socket, sizeof(client->socket), "state/control.sock");
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        int rc = 0;
        if (str_eq(argv[i], "--json")) {
            client->json = true;
            continue;
        }
        if (str_eq(argv[i], "--open")) {
            client->open_only = true;
            continue;
        }
        if (value == NULL) {
            rc = ERR_INVALID;
        } else if (str_eq(argv[i], "--state")) {
            rc = str_format(client->socket, sizeof(client->socket), "%s/control.sock", value);
        } else if (str_eq(argv[i], "--socket")) {
            rc = str_copy(client->socket, sizeof(client->socket), value);
        } else if (str_eq(argv[i], "--reason")) {
            client->reason = value;
        } else if (str_eq(argv[i], "--scope")) {
            client->scope = value;
        } else if (str_eq(argv[i], "--level")) {
            client->level = value;
        } else {
            rc = ERR_INVALID;
        }
        if (rc != 0) {
            fprintf(stderr, "usage: %s\n", usage);
            return rc;
        }
        i++;
    }
    return 0;
}

static int connect_socket(const struct client *client, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    (void)str_copy(address.sun_path, sizeof(address.sun_path), client->socket);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return error_set_errno("socket");
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)error_set_errno("no engine answers at '%s'", client->socket);
        (void)close(fd);
        return ERR_CLOSED;
    }
    *ret_fd = fd;
    return 0;
}

/* Everything until the other side closes; it was asked to. */
static int read_all(int fd, struct text *answer)
{
    char piece[16384];
    ssize_t got;
    while ((got = read(fd, piece, sizeof(piece))) > 0 && answer->len < ANSWER_MAX) {
        text_add_n(answer, piece, (size_t)got);
    }
    if (got < 0) {
        return error_set_errno("reading the engine's answer");
    }
    return answer->status;
}

static int parse_answer(const struct text *raw, struct client_answer *ret)
{
    const char *head_end = strstr(text_get(raw), "\r\n\r\n");
    int64_t status = 0;
    if (raw->len < 12 || head_end == NULL || str_to_i64(text_get(raw) + 9, 3, &status) != 0) {
        return error_set(ERR_PARSE, "the engine's answer is no HTTP");
    }
    ret->status = (int)status;
    ret->body = strdup(head_end + 4);
    ret->root = ret->body == NULL ? NULL : cJSON_Parse(ret->body);
    return ret->body == NULL ? error_set(ERR_NOMEM, "answer") : 0;
}

int client_call(const struct client *client, const char *method, const char *path, const char *body,
                struct client_answer *ret_answer)
{
    struct text request = {0};
    struct text answer = {0};
    int fd = -1;
    memset(ret_answer, 0, sizeof(*ret_answer));
    int rc = connect_socket(client, &fd);
    if (rc != 0) {
        return rc;
    }
    text_addf(&request, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method, path);
    if (body != NULL) {
        text_addf(&request, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                  strlen(body), body);
    } else {
        text_add(&request, "\r\n");
    }
    rc = file_write_all(fd, text_get(&request), request.len);
    rc = rc != 0 ? rc : read_all(fd, &answer);
    rc = rc != 0 ? rc : parse_answer(&answer, ret_answer);
    (void)close(fd);
    text_release(&request);
    text_release(&answer);
    return rc;
}

void client_answer_release(struct client_answer *answer)
{
    cJSON_Delete(answer->root);
    free(answer->body);
    memset(answer, 0, sizeof(*answer));
}

int client_ask(const struct client *client, const char *method, const char *path, const char *body,
               struct client_answer *ret_answer)
{
    int rc = client_call(client, method, path, body, ret_answer);
    if (rc != 0) {
        fprintf(stderr, "sofia: %s\n", error_message());
        return EXIT_NO_ENGINE;
    }
    if (client->json) {
        fprintf(stdout, "%s\n", ret_answer->body);
    }
    if (ret_answer->status >= 400) {
        if (!client->json) {
            fprintf(stderr, "sofia: refused: %s: %s\n", client_text(ret_answer->root, "title"),
                    client_text(ret_answer->root, "detail"));
        }
        return EXIT_FAILED;
    }
    return client->json ? EXIT_OK : -1;
}

const char *client_text(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : "";
}
