#include "client.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static size_t take(char *data, size_t size, size_t count, void *ctx)
{
    struct client *client = ctx;
    char *body = realloc(client->body, client->len + size * count + 1);
    if (body == NULL) {
        return 0;
    }
    memcpy(body + client->len, data, size * count);
    client->body = body;
    client->len += size * count;
    body[client->len] = '\0';
    return size * count;
}

void client_init(struct client *client, const char *base, const char *token, const char *ca)
{
    memset(client, 0, sizeof(*client));
    client->base = base;
    client->token = token;
    client->ca = ca;
    client->curl = curl_easy_init();
}

void client_release(struct client *client)
{
    curl_easy_cleanup(client->curl);
    free(client->body);
}

static struct curl_slist *add(struct curl_slist *list, const char *name, const char *value)
{
    char line[300];
    (void)str_format(line, sizeof(line), "%s: %s", name, value == NULL ? "" : value);
    return value == NULL ? list : curl_slist_append(list, line);
}

long client_ask(struct client *client, const char *method, const char *path, const char *key,
                const char *json)
{
    char url[512];
    char bearer[200];
    long status = 0;
    struct curl_slist *headers = NULL;
    (void)str_format(url, sizeof(url), "%s%s", client->base, path);
    (void)str_format(bearer, sizeof(bearer), "Bearer %s",
                     client->token == NULL ? "" : client->token);
    headers = add(headers, "Authorization", client->token == NULL ? NULL : bearer);
    headers = add(headers, "Idempotency-Key", key);
    headers = add(headers, "Content-Type", json == NULL ? NULL : "application/json");
    client->len = 0;
    curl_easy_reset(client->curl);
    (void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, 15000L);
    (void)curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(client->curl, CURLOPT_CAINFO, client->ca);
    if (json != NULL) {
        (void)curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, json);
    }
    if (curl_easy_perform(client->curl) == CURLE_OK) {
        (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_slist_free_all(headers);
    return status;
}

int client_says(const struct client *client, const char *text)
{
    return client->len > 0 && strstr(client->body, text) != NULL;
}
