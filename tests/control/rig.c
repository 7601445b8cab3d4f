#include "rig.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "../store/store_dir.h"
#include "../store/store_orders.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"

static void die(const char *what)
{
    fprintf(stderr, "rig: %s: %s\n", what, error_message());
    abort();
}

static void pause_ms(int ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* ---- the engine's side ---- */

static int post(void *ctx, const struct command *command)
{
    struct rig *rig = ctx;
    int rc = ERR_FULL;
    (void)pthread_mutex_lock(&rig->lock);
    if (!atomic_load(&rig->full) && rig->queued < RIG_TAKEN) {
        rig->queue[rig->queued++] = *command;
        rc = 0;
    }
    (void)pthread_mutex_unlock(&rig->lock);
    return rc;
}

static int page(void *ctx, const char *name, char **ret_bytes, size_t *ret_len, char ret_type[128])
{
    (void)ctx;
    if (!str_eq(name, "metrics")) {
        return ERR_NOT_FOUND;
    }
    *ret_bytes = strdup("trading_pnl_usd 1.5\n");
    *ret_len = strlen(*ret_bytes);
    (void)str_copy(ret_type, 128, "text/plain; version=0.0.4; charset=utf-8");
    return 0;
}

static int64_t stalled_ns(void *ctx)
{
    struct rig *rig = ctx;
    return atomic_load(&rig->stalled_ns);
}

static uint64_t view_seq(void *ctx)
{
    struct rig *rig = ctx;
    return atomic_load(&rig->view_seq);
}

/* Executes one command the way the engine does: a record for what must be durable, then the reply. */
static void execute(struct rig *rig, const struct command *command)
{
    struct command_reply reply = rig->next;
    reply.id = command->id;
    reply.kind = command->kind;
    if (command->kind == COMMAND_KILL) {
        rig->raised_first = atomic_load(&rig->kill.raised) != 0;
        if (reply.status == 0) {
            uint64_t epoch = ++reply.epoch;
            story_kill(rig->journal, epoch, command->kill.level, 0);
            reply.seq = journal_appended_seq(rig->journal);
            kill_settled(&rig->kill, command->kill.raise);
        }
    }
    rig->taken[rig->taken_count++ % RIG_TAKEN] = *command;
    control_reply(rig->control, &reply);
}

static void *trade(void *ctx)
{
    struct rig *rig = ctx;
    while (!atomic_load(&rig->stop)) {
        (void)pthread_mutex_lock(&rig->lock);
        if (!atomic_load(&rig->silent) && rig->control != NULL) {
            for (uint32_t i = 0; i < rig->queued; i++) {
                execute(rig, &rig->queue[i]);
            }
            rig->queued = 0;
        }
        (void)pthread_mutex_unlock(&rig->lock);
        if (!atomic_load(&rig->no_sync)) {
            (void)journal_pump(rig->journal);
        }
        pause_ms(1);
    }
    return NULL;
}

static void fill_snapshot(struct rig *rig)
{
    struct snapshot *s = snapshot_edit(&rig->snapshots);
    s->seq = 1;
    s->at_ns = clock_now_ns(clock_real());
    s->started_ns = s->at_ns;
    s->accepting = true;
    s->tradable = true;
    s->branch = SOFIA_BRANCH_LIVE;
    s->arming = ARMING_AUTO;
    (void)str_copy(s->mode, sizeof(s->mode), "live");
    (void)str_copy(s->max_position_usd, SNAPSHOT_NUMBER, "1000");
    s->account_count = 1;
    (void)str_copy(s->accounts[0].name, SOFIA_NAME_SIZE, "binance");
    s->plugin_count = 1;
    s->plugins[0].kind = SOFIA_KIND_STRATEGY;
    (void)str_copy(s->plugins[0].name, SOFIA_NAME_SIZE, "quoter");
    s->market_count = 1;
    (void)str_copy(s->markets[0].name, SOFIA_NAME_SIZE, "BTC/USDT");
    s->balance_count = 1;
    (void)str_copy(s->balances[0].asset, SOFIA_ASSET_SIZE, "USDT");
    (void)str_copy(s->balances[0].free, SNAPSHOT_NUMBER, "99999.12345678");
    s->position_count = 1;
    (void)str_copy(s->positions[0].asset, SOFIA_ASSET_SIZE, "BTC");
    (void)str_copy(s->positions[0].qty, SNAPSHOT_NUMBER, "0.5");
    snapshot_publish(&rig->snapshots);
}

/* Order 1 filled, 2 denied, 3 open, 4 in doubt. */
static void fill_view(struct rig *rig)
{
    const struct journal_config config = store_config(rig->dir);
    struct journal_open_info info;
    uint32_t applied;
    if (journal_open(&config, &rig->journal, &info) != 0) {
        die("journal");
    }
    story_names(rig->journal);
    story_filled(rig->journal, 1);
    story_denied(rig->journal, 2);
    story_open(rig->journal, 3);
    story_doubtful(rig->journal, 4);
    story_account(rig->journal);
    story_kill(rig->journal, 1, 1, 0);
    story_kill(rig->journal, 1, 0, 0);
    (void)journal_pump(rig->journal);
    (void)str_format(rig->view_path, sizeof(rig->view_path), "%.4000s/trading.db", rig->dir);
    struct view_config view = {
        .path = rig->view_path, .journal_id = journal_id_text(rig->journal), .journal_last_seq = 0};
    if (view_open(&view, &rig->view, NULL) != 0 ||
        journal_cursor_open(rig->journal, 1, &rig->cursor) != 0 ||
        view_feed(rig->view, rig->cursor, 1000, &applied) != 0) {
        die("view");
    }
    atomic_store(&rig->view_seq, view_applied_seq(rig->view));
}

void rig_start(struct rig *rig)
{
    char *token = NULL;
    size_t len = 0;
    memset(rig, 0, sizeof(*rig));
    store_dir_make(rig->dir);
    (void)str_format(rig->token_path, sizeof(rig->token_path), "%.4000s/control.token", rig->dir);
    (void)str_format(rig->socket_path, sizeof(rig->socket_path), "%.4000s/control.sock", rig->dir);
    (void)pthread_mutex_init(&rig->lock, NULL);
    snapshots_init(&rig->snapshots);
    fill_snapshot(rig);
    fill_view(rig);
    struct control_config config = {.listen = "127.0.0.1",
                                    .port = 0,
                                    .token_path = rig->token_path,
                                    .socket_path = rig->socket_path,
                                    .view_path = rig->view_path,
                                    .state_dir = rig->dir,
                                    .version = "test",
                                    .kill_wait_ms = 400,
                                    .snapshots = &rig->snapshots,
                                    .kill = &rig->kill,
                                    .journal = rig->journal,
                                    .owner = {.ctx = rig,
                                              .post = post,
                                              .page = page,
                                              .stalled_ns = stalled_ns,
                                              .view_seq = view_seq}};
    if (control_new(&config, &rig->control) != 0 ||
        file_read(rig->token_path, 100, &token, &len) != 0) {
        die("control");
    }
    (void)str_copy_n(rig->token, sizeof(rig->token), token, len - 1);
    free(token);
    rig->port = control_port(rig->control);
    if (pthread_create(&rig->trade, NULL, trade, rig) != 0) {
        die("thread");
    }
}

void rig_stop(struct rig *rig)
{
    atomic_store(&rig->stop, true);
    (void)pthread_join(rig->trade, NULL);
    rig->control = control_free(rig->control);
    view_close(rig->view);
    journal_reader_close(rig->cursor);
    (void)journal_close(rig->journal);
    (void)pthread_mutex_destroy(&rig->lock);
    store_dir_remove(rig->dir);
}

void rig_reply(struct rig *rig, const struct command_reply *reply)
{
    (void)pthread_mutex_lock(&rig->lock);
    rig->next = *reply;
    (void)pthread_mutex_unlock(&rig->lock);
}

uint32_t rig_taken(struct rig *rig, struct command *ret_last)
{
    (void)pthread_mutex_lock(&rig->lock);
    uint32_t count = rig->taken_count;
    if (count > 0 && ret_last != NULL) {
        *ret_last = rig->taken[(count - 1) % RIG_TAKEN];
    }
    (void)pthread_mutex_unlock(&rig->lock);
    return count;
}

/* ---- client ---- */

int rig_connect(const struct rig *rig)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(rig->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die("connect");
    }
    return fd;
}

int rig_connect_local(const struct rig *rig)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)str_copy(to.sun_path, sizeof(to.sun_path), rig->socket_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        die("connect to the socket");
    }
    return fd;
}

void rig_send(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        bytes += n;
        len -= (size_t)n;
    }
}

/* 1: a byte; 0: closed; -1: nothing came in time. */
static int byte(int fd, char *ret_byte, int64_t until_mono_ns)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int64_t left =
        (until_mono_ns - clock_mono_ns(clock_real()) + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
    if (poll(&poll_fd, 1, left < 0 ? 0 : (int)left) != 1) {
        return -1;
    }
    return recv(fd, ret_byte, 1, 0) == 1 ? 1 : 0;
}

bool rig_read(int fd, struct answer *a, int timeout_ms, bool no_body)
{
    int64_t until = clock_mono_ns(clock_real()) + (int64_t)timeout_ms * CLOCK_NS_PER_MS;
    size_t len = 0;
    memset(a, 0, sizeof(*a));
    while (len < 4 || memcmp(a->head + len - 4, "\r\n\r\n", 4) != 0) {
        if (len + 1 >= sizeof(a->head) || byte(fd, &a->head[len], until) != 1) {
            return false;
        }
        len++;
    }
    const char *length = strstr(a->head, "Content-Length: ");
    size_t want = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
    while (!no_body && a->body_len < want) {
        if (a->body_len + 1 >= sizeof(a->body) || byte(fd, &a->body[a->body_len], until) != 1) {
            return false;
        }
        a->body_len++;
    }
    a->status = (int)strtol(a->head + 9, NULL, 10);
    return true;
}

bool rig_closes(int fd, int timeout_ms)
{
    int64_t until = clock_mono_ns(clock_real()) + (int64_t)timeout_ms * CLOCK_NS_PER_MS;
    char c;
    int rc;
    while ((rc = byte(fd, &c, until)) == 1) {
    }
    return rc == 0;
}

static void ask(int fd, const char *auth, const char *method, const char *path, const char *extra,
                const char *body, struct answer *ret_answer)
{
    static char request[8192];
    char length[160] = "";
    if (body != NULL) {
        (void)str_format(length, sizeof(length), "Content-Length: %zu\r\n%s", strlen(body),
                         extra != NULL && strstr(extra, "Content-Type") != NULL
                             ? ""
                             : "Content-Type: application/json\r\n");
    }
    (void)str_format(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s\r\n%s",
                     method, path, auth, extra == NULL ? "" : extra, length,
                     body == NULL ? "" : body);
    rig_send(fd, request, strlen(request));
    (void)rig_read(fd, ret_answer, 8000, str_eq(method, "HEAD"));
    (void)close(fd);
}

void rig_ask(const struct rig *rig, const char *method, const char *path, const char *extra,
             const char *body, struct answer *ret_answer)
{
    char auth[160];
    (void)str_format(auth, sizeof(auth), "Authorization: Bearer %s\r\n", rig->token);
    ask(rig_connect(rig), auth, method, path, extra, body, ret_answer);
}

void rig_ask_local(const struct rig *rig, const char *method, const char *path, const char *body,
                   struct answer *ret_answer)
{
    ask(rig_connect_local(rig), "", method, path, NULL, body, ret_answer);
}
