#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "net/impl.h"

#include "base/banned.h"

static const struct {
    const char *prefix;
    bool tls;
    bool is_ws;
    uint16_t port;
} schemes[] = {
    {"https://", true, false, 443},
    {"http://", false, false, 80},
    {"wss://", true, true, 443},
    {"ws://", false, true, 80},
};

bool origin_is_loopback(const char *host)
{
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0 ||
           strcmp(host, "::1") == 0;
}

static int parse_port(const char *text, size_t len, uint16_t *ret_port)
{
    uint32_t port = 0;

    if (len == 0 || len > 5) {
        return error_set(ERR_INVALID, "no port");
    }
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return error_set(ERR_INVALID, "a port is a number");
        }
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return error_set(ERR_INVALID, "no port %u", port);
    }
    *ret_port = (uint16_t)port;
    return 0;
}

/* "host", "host:port", "[::1]:port" of len bytes; the port stays as it is when there is none. */
static int parse_authority(const char *text, size_t len, char *host, size_t cap, uint16_t *port)
{
    const char *end = text + len;
    const char *stop = memchr(text, ':', len);

    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (close == NULL) {
            return error_set(ERR_INVALID, "'[' without ']'");
        }
        if (close - text < 2 || str_copy_n(host, cap, text + 1, (size_t)(close - text - 1)) < 0) {
            return error_set(ERR_INVALID, "no host");
        }
        stop = close + 1 < end ? close + 1 : NULL;
        if (stop != NULL && *stop != ':') {
            return error_set(ERR_INVALID, "text behind ']'");
        }
    } else {
        size_t host_len = stop != NULL ? (size_t)(stop - text) : len;
        if (host_len == 0 || str_copy_n(host, cap, text, host_len) < 0) {
            return error_set(ERR_INVALID, "no host, or a very long one");
        }
    }
    for (const char *c = host; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7f || strchr("/@?#\\", *c) != NULL) {
            return error_set(ERR_INVALID, "a host does not have '%c'", *c);
        }
    }
    return stop != NULL ? parse_port(stop + 1, (size_t)(end - stop - 1), port) : 0;
}

static int parse_url(struct origin *origin, const char *url)
{
    const char *rest = NULL;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && rest == NULL; i++) {
        if (strncmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            rest = url + strlen(schemes[i].prefix);
            origin->tls = schemes[i].tls;
            origin->is_ws = schemes[i].is_ws;
            origin->port = schemes[i].port;
        }
    }
    if (rest == NULL) {
        return error_set(ERR_INVALID, "begins with none of https:// http:// wss:// ws://");
    }
    size_t authority_len = strcspn(rest, "/?#");
    int status =
        parse_authority(rest, authority_len, origin->host, sizeof(origin->host), &origin->port);
    if (status < 0) {
        return status;
    }
    const char *path = rest + authority_len;
    size_t path_len = strlen(path);
    while (path_len > 0 && path[path_len - 1] == '/') {
        path_len--;
    }
    if (strpbrk(path, "?# \r\n") != NULL ||
        str_copy_n(origin->prefix, sizeof(origin->prefix), path, path_len) < 0) {
        return error_set(ERR_INVALID, "only a short path may stand behind the host");
    }
    if (!origin->tls && !origin_is_loopback(origin->host)) {
        return error_set(NET_ERR_INSECURE, "without TLS only to this machine");
    }
    return 0;
}

static void fill_connections(struct origin *origin, const struct net_origin_config *config)
{
    static const uint32_t defaults[NET_CLASS_COUNT] = {
        [NET_CLASS_PUBLIC] = 2,
        [NET_CLASS_READ] = 2,
        [NET_CLASS_TRADE] = 4,
        [NET_CLASS_CANCEL] = 2,
    };

    for (int i = NET_CLASS_PUBLIC; i < NET_CLASS_COUNT; i++) {
        origin->connections[i] = config->connections[i] != 0 ? config->connections[i] : defaults[i];
    }
}

int origin_init(struct origin *origin, const struct net_origin_config *config)
{
    *origin = (struct origin){.trust = config->trust};
    if (config->url == NULL) {
        return error_set(ERR_INVALID, "no url");
    }
    int status = parse_url(origin, config->url);
    if (status < 0) {
        return status;
    }
    if (origin->tls && origin->trust == NULL) {
        return error_set(ERR_INVALID, "TLS needs authorities to trust");
    }
    memcpy(origin->to_host, origin->host, sizeof(origin->to_host));
    origin->to_port = origin->port;
    if (config->connect_to != NULL) {
        status = parse_authority(config->connect_to, strlen(config->connect_to), origin->to_host,
                                 sizeof(origin->to_host), &origin->to_port);
        if (status < 0) {
            return error_append("connect_to '%s'", config->connect_to);
        }
    }
    if (!origin->tls && !origin_is_loopback(origin->to_host)) {
        return error_set(NET_ERR_INSECURE, "without TLS only to this machine");
    }
    const char *warm = config->warm_target != NULL ? config->warm_target : "";
    if (str_copy(origin->warm_target, sizeof(origin->warm_target), warm) < 0 ||
        (warm[0] != '\0' && warm[0] != '/')) {
        return error_set(ERR_INVALID, "warm_target is not a short path");
    }
    origin->warm_every_ms = config->warm_every_ms != 0 ? config->warm_every_ms : 20000;
    origin->connect_timeout_ms =
        config->connect_timeout_ms != 0 ? config->connect_timeout_ms : 5000;
    fill_connections(origin, config);
    return 0;
}
