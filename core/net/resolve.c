#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "net/real.h"

#include "base/banned.h"

enum { RETRY_FIRST_MS = 500, RETRY_LONGEST_MS = 30000 };

static void set_address(struct route *route, const char *address)
{
    bool is_v6 = strchr(address, ':') != NULL;

    (void)str_copy(route->address, sizeof(route->address), address);
    /* "::address:port" in libcurl's words: whatever the url says, go there. The URL keeps its name,
     * so the certificate is checked against that. */
    (void)str_format(route->connect_to_text, sizeof(route->connect_to_text), "::%s%s%s:%u",
                     is_v6 ? "[" : "", address, is_v6 ? "]" : "", route->origin->to_port);
    route->connect_to.data = route->connect_to_text;
    route->resolved = true;
    route->resolved_mono_ns = net_mono_ns(&route->real->base);
    route->resolve_failures = 0;
}

static bool is_numeric(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void on_retry(uv_timer_t *timer)
{
    route_resolve(timer->data);
}

static void retry_later(struct route *route)
{
    uint32_t shift = route->resolve_failures < 6 ? route->resolve_failures : 6;
    uint64_t delay_ms = (uint64_t)RETRY_FIRST_MS << shift;

    route->resolve_failures++;
    if (delay_ms > RETRY_LONGEST_MS) {
        delay_ms = RETRY_LONGEST_MS;
    }
    (void)uv_timer_start(&route->retry, on_retry, delay_ms, 0);
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct route *route = lookup->data;
    char address[INET6_ADDRSTRLEN] = "";

    route->resolving = false;
    if (route->real->base.closing) {
        uv_freeaddrinfo(found);
        return;
    }
    if (status == 0 && found != NULL && found->ai_family == AF_INET) {
        (void)uv_ip4_name((const struct sockaddr_in *)(const void *)found->ai_addr, address,
                          sizeof(address));
    } else if (status == 0 && found != NULL && found->ai_family == AF_INET6) {
        (void)uv_ip6_name((const struct sockaddr_in6 *)(const void *)found->ai_addr, address,
                          sizeof(address));
    }
    uv_freeaddrinfo(found);
    if (address[0] == '\0') {
        log_warn("net", "cannot resolve host=%s: %s", route->origin->to_host,
                 status != 0 ? uv_strerror(status) : "no address");
        retry_later(route);
        return;
    }
    bool was_resolved = route->resolved;
    set_address(route, address);
    if (!was_resolved) {
        http_route_up(route);
        real_drain(route->real);
    }
}

void route_resolve(struct route *route)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    if (route->resolving || is_numeric(route->origin->to_host) ||
        strcmp(route->origin->to_host, "localhost") == 0) {
        return;
    }
    (void)uv_timer_stop(&route->retry);
    route->lookup.data = route;
    if (uv_getaddrinfo(&route->real->loop, &route->lookup, on_found, route->origin->to_host, NULL,
                       &hints) == 0) {
        route->resolving = true;
    } else {
        retry_later(route);
    }
}

static void init_group(struct route *route, uint32_t index)
{
    struct group *group = &route->groups[index];
    const uint32_t *connections = route->origin->connections;

    group->route = route;
    if (index >= NET_CLASS_COUNT) {
        group->max = 1;
        return;
    }
    group->class_ = (enum net_class)index;
    group->max = connections[index] < GROUP_LANES ? connections[index] : GROUP_LANES;
    bool is_warm = route->origin->warm_target[0] != '\0';
    if (is_warm && (group->class_ == NET_CLASS_TRADE || group->class_ == NET_CLASS_CANCEL)) {
        group->kept = group->max;
    }
    if (group->class_ == NET_CLASS_CANCEL) {
        group->max = GROUP_LANES;
    }
}

int route_new(struct real *real, uint32_t number)
{
    struct route *route = calloc(1, sizeof(*route));

    if (route == NULL) {
        return error_set(ERR_NOMEM, "no memory for an origin");
    }
    route->real = real;
    route->number = number;
    route->origin = &real->base.origins[number];
    const struct origin *origin = route->origin;
    bool is_v6 = strchr(origin->host, ':') != NULL;
    (void)str_format(route->url, sizeof(route->url), "%s://%s%s%s:%u/",
                     origin->tls ? "https" : "http", is_v6 ? "[" : "", origin->host,
                     is_v6 ? "]" : "", origin->port);
    for (uint32_t i = 0; i < ROUTE_GROUPS; i++) {
        init_group(route, i);
    }
    (void)uv_timer_init(&real->loop, &route->retry);
    route->retry.data = route;
    real->routes[number] = route;
    if (is_numeric(origin->to_host)) {
        set_address(route, origin->to_host);
        http_route_up(route);
    } else if (strcmp(origin->to_host, "localhost") == 0) {
        /* Not looked up: plain text is allowed to it, so it must be this machine. */
        set_address(route, "127.0.0.1");
        http_route_up(route);
    } else {
        route_resolve(route);
    }
    return 0;
}

void route_stop(struct route *route)
{
    if (route->resolving) {
        (void)uv_cancel((uv_req_t *)&route->lookup);
    }
    real_close_handle((uv_handle_t *)&route->retry);
}

struct route *route_free(struct route *route)
{
    if (route != NULL) {
        for (uint32_t g = 0; g < ROUTE_GROUPS; g++) {
            for (uint32_t i = 0; i < route->groups[g].count; i++) {
                route->groups[g].lanes[i] = lane_free(route->groups[g].lanes[i]);
            }
        }
        free(route);
    }
    return NULL;
}
