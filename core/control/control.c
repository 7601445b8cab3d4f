#include "control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "control/impl.h"

#include "base/banned.h"

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = http_callback, .per_session_data_size = sizeof(struct session)},
    {0}};

static void on_lws_log(int level, const char *line)
{
    (void)level;
    log_debug("control", "http: %.*s", (int)strcspn(line, "\n"), line);
}

/* ---- ports ---- */

/* Plain HTTP leaves the machine in the clear, token and all; so only this machine is served. */
static int check_listen(const char *listen, const char **ret_address)
{
    unsigned part = 0;
    int dots = 0;
    if (str_eq(listen, "localhost")) {
        *ret_address = "127.0.0.1";
        return 0;
    }
    for (const char *at = listen; *at != '\0'; at++) {
        if (*at == '.') {
            dots++;
            part = 0;
        } else if (*at >= '0' && *at <= '9' && part <= 255) {
            part = part * 10 + (unsigned)(*at - '0');
        } else {
            dots = -8;
        }
    }
    if (dots != 3 || !str_starts(listen, "127.") || part > 255) {
        return error_set(
            ERR_UNSUPPORTED,
            "listen: '%s' is not a loopback address (127.x.y.z or localhost); the control "
            "port has no TLS. From another machine: ssh -L %d:127.0.0.1:%d host",
            listen, 8023, 8023);
    }
    *ret_address = listen;
    return 0;
}

static struct lws_context_creation_info basics(struct control *control)
{
    struct lws_context_creation_info info = {0};
    info.user = control;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
    info.gid = -1;
    info.uid = -1;
    info.timeout_secs = 3;
    info.max_http_header_pool = 256;
    info.max_http_header_data = 8192;
    info.pt_serv_buf_size = 16384;
    return info;
}

static int open_tcp(struct control *control)
{
    struct lws_context_creation_info info = basics(control);
    int rc = check_listen(control->config.listen, &info.iface);
    if (rc != 0) {
        return rc;
    }
    info.vhost_name = "tcp";
    info.port = control->config.port;
    errno = 0;
    control->tcp = lws_create_vhost(control->lws, &info);
    if (control->tcp == NULL) {
        return error_set(ERR_IO, "control port %s:%u cannot be opened%s%s", control->config.listen,
                         control->config.port, errno == 0 ? "" : ": ",
                         errno == EADDRINUSE
                             ? "another program has it; set port in the configuration"
                         : errno == 0 ? ""
                                      : "the system refuses");
    }
    control->port = (uint16_t)lws_get_vhost_listen_port(control->tcp);
    return 0;
}

static int open_local(struct control *control)
{
    struct lws_context_creation_info info = basics(control);
    if (control->config.socket_path == NULL || control->config.socket_path[0] == '\0') {
        return 0;
    }
    if (str_copy(control->socket_path, sizeof(control->socket_path), control->config.socket_path) !=
        0) {
        return error_set(ERR_LIMIT, "socket: '%s' is longer than %zu bytes; set a shorter path",
                         control->config.socket_path, sizeof(control->socket_path) - 1);
    }
    info.vhost_name = "local";
    info.iface = control->socket_path;
    info.options |= LWS_SERVER_OPTION_UNIX_SOCK;
    /* Made with no rights for others from the first moment; nothing else runs yet that makes files. */
    mode_t before = umask(0177);
    control->local = lws_create_vhost(control->lws, &info);
    (void)umask(before);
    if (control->local == NULL) {
        return error_set(ERR_IO, "socket '%s' cannot be opened", control->socket_path);
    }
    return chmod(control->socket_path, 0600) == 0
               ? 0
               : error_set_errno("protect '%s'", control->socket_path);
}

static int open_ports(struct control *control)
{
    struct lws_context_creation_info info = basics(control);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    control->lws = lws_create_context(&info);
    if (control->lws == NULL) {
        return error_set(ERR_NOMEM, "the HTTP library does not start");
    }
    int rc = open_tcp(control);
    return rc != 0 ? rc : open_local(control);
}

/* ---- life ---- */

static void *serve(void *ctx)
{
    struct control *control = ctx;
    (void)pthread_setname_np(pthread_self(), "control");
    while (!atomic_load(&control->stop)) {
        if (lws_service(control->lws, 0) < 0) {
            break;
        }
    }
    return NULL;
}

int control_new(const struct control_config *config, struct control **ret_control)
{
    struct control *control = calloc(1, sizeof(*control));
    if (control == NULL) {
        return error_set(ERR_NOMEM, "control");
    }
    control->config = *config;
    if (control->config.kill_wait_ms == 0) {
        control->config.kill_wait_ms = 2000;
    }
    (void)str_copy(control->view_path, sizeof(control->view_path), config->view_path);
    int rc =
        ring_init(&control->replies, RING_ONE_PRODUCER, sizeof(struct command_reply), REPLY_SLOTS);
    rc = rc != 0 ? rc : token_load(config->token_path, &control->token);
    rc = rc != 0 ? rc : open_ports(control);
    if (rc == 0 && pthread_create(&control->thread, NULL, serve, control) != 0) {
        rc = error_set(ERR_NOMEM, "thread 'control' cannot be started");
    }
    if (rc != 0) {
        control_free(control);
        return error_append("control");
    }
    control->started = true;
    log_info("control", "listening on %s:%u, token in %s", config->listen, control->port,
             config->token_path);
    *ret_control = control;
    return 0;
}

struct control *control_free(struct control *control)
{
    if (control == NULL) {
        return NULL;
    }
    if (control->started) {
        atomic_store(&control->stop, true);
        lws_cancel_service(control->lws);
        (void)pthread_join(control->thread, NULL);
    }
    if (control->lws != NULL) {
        lws_context_destroy(control->lws);
    }
    view_reader_close(control->view);
    ring_release(&control->replies);
    explicit_bzero(&control->token, sizeof(control->token));
    free(control);
    return NULL;
}

uint16_t control_port(const struct control *control)
{
    return control->port;
}

void control_reply(struct control *control, const struct command_reply *reply)
{
    if (control != NULL) {
        (void)ring_push(&control->replies, reply, sizeof(*reply));
    }
}
