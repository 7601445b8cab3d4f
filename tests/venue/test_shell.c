/* The program: real sockets, real TLS, judged by curl. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM SOFIA_BINARY_DIR "/bin/sofia-venue"

static pid_t child;
static char dir[64];
static char url[128];
static char ca[160];
static unsigned port;

static void start(bool plain)
{
    int out[2];
    char line[512] = "";
    snprintf(dir, sizeof(dir), "/tmp/sofia-venue-test-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(pipe(out), 0);
    child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        close(out[0]);
        close(out[1]);
        execl(PROGRAM, PROGRAM, "--port", "0", "--dir", dir, "--account", "k:s:BTC=1,USDT=1000",
              plain ? "--plain" : (char *)NULL, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *lines = fdopen(out[0], "r");
    cr_assert_not_null(fgets(line, sizeof(line), lines));
    fclose(lines);
    cr_assert_eq(sscanf(line, "sofia-venue ready %127s ca=%159s", url, ca), plain ? 1 : 2, "%s",
                 line);
    port = (unsigned)strtoul(strrchr(url, ':') + 1, NULL, 10);
}

static void start_tls(void)
{
    start(false);
}

static void stop(void)
{
    char command[128];
    if (child > 0) {
        kill(child, SIGTERM);
        waitpid(child, NULL, 0);
    }
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

TestSuite(venue_shell, .init = start_tls, .fini = stop, .timeout = 30);

static char body[65536];

/* curl's exit code; what it printed is in body. */
static int curl(const char *arguments, const char *path)
{
    char command[1024];
    snprintf(command, sizeof(command),
             "curl -s -m 10 --capath /nonexistent --cacert %s %s '%s%s' 2>&1", ca, arguments, url,
             path);
    FILE *out = popen(command, "r");
    size_t n = fread(body, 1, sizeof(body) - 1, out);
    body[n] = '\0';
    int status = pclose(out);
    return WEXITSTATUS(status);
}

Test(venue_shell, serves_over_tls_with_its_own_authority)
{
    cr_assert_eq(curl("", "/api/v3/ping"), 0);
    cr_assert_str_eq(body, "{}");
    cr_assert_eq(curl("", "/api/v3/depth?symbol=BTCUSDT&limit=5"), 0);
    cr_assert_not_null(strstr(body, "\"bids\":[[\""));
    char localhost[160];
    snprintf(localhost, sizeof(localhost),
             "--resolve localhost:%u:127.0.0.1 https://localhost:%u/api/v3/time", port, port);
    cr_assert_eq(curl(localhost, "/api/v3/ping"), 0);
    cr_assert_not_null(strstr(body, "serverTime"));
}

Test(venue_shell, is_not_trusted_without_the_authority)
{
    snprintf(ca, sizeof(ca), "/etc/ssl/certs/ca-certificates.crt");
    cr_assert_eq(curl("", "/api/v3/ping"), 60);
}

Test(venue_shell, listens_on_loopback_only)
{
    FILE *table = fopen("/proc/net/tcp", "r");
    char line[256];
    char want[32];
    int found = 0;
    snprintf(want, sizeof(want), ":%04X 00000000:0000 0A", port);
    while (fgets(line, sizeof(line), table) != NULL) {
        char *at = strstr(line, want);
        if (at != NULL) {
            found++;
            cr_assert_eq(strncmp(at - 8, "0100007F", 8), 0, "%s", line);
        }
    }
    fclose(table);
    cr_assert_eq(found, 1);
}

Test(venue_shell, keeps_a_connection_alive)
{
    char arguments[256];
    snprintf(arguments, sizeof(arguments),
             "-w '%%{num_connects}' -o /dev/null %s/api/v3/time -o /dev/null", url);
    cr_assert_eq(curl(arguments, "/api/v3/time"), 0);
    cr_assert_str_eq(body, "10"); /* one for the first, none for the second */
}

Test(venue_shell, half_a_body_and_dropped_connections_look_so_to_a_client)
{
    cr_assert_eq(curl("-d '{\"kind\":\"half_body\",\"match\":{\"path\":\"/api/v3/exchangeInfo\"}}'",
                      "/_fault"),
                 0);
    cr_assert_str_eq(body, "{\"ok\":true}");
    cr_assert_eq(curl("", "/api/v3/exchangeInfo"), 18);
    cr_assert_eq(
        curl("-d '{\"kind\":\"drop_before\",\"match\":{\"path\":\"/api/v3/time\"}}'", "/_fault"),
        0);
    cr_assert_eq(curl("", "/api/v3/time"), 52);
    cr_assert_eq(curl("", "/api/v3/time"), 0);
}

Test(venue_shell, takes_chunked_bodies)
{
    cr_assert_eq(curl("-H 'Transfer-Encoding: chunked' -d '{\"kind\":\"clear\"}'", "/_fault"), 0);
    cr_assert_str_eq(body, "{\"ok\":true}");
}

Test(venue_shell, queries_arrive_as_they_were_sent)
{
    /* escapes must reach the signature check undecoded: the same text encoded differently does not verify */
    char command[1024];
    snprintf(command, sizeof(command),
             "T=$(curl -s --cacert %s %s/api/v3/time | tr -dc 0-9); "
             "Q=\"symbol=BTC%%55SDT&timestamp=$T\"; "
             "S=$(printf %%s \"$Q\" | openssl dgst -sha256 -hmac s | sed 's/.*= //'); "
             "curl -s --cacert %s -H 'X-MBX-APIKEY: k' \"%s/api/v3/openOrders?$Q&signature=$S\"",
             ca, url, ca, url);
    FILE *out = popen(command, "r");
    size_t n = fread(body, 1, sizeof(body) - 1, out);
    body[n] = '\0';
    pclose(out);
    cr_assert_str_eq(body, "[]");
}

Test(venue_shell, restart_keeps_the_authority)
{
    char before[8192];
    char path[160];
    snprintf(path, sizeof(path), "%s/ca.pem", dir);
    FILE *file = fopen(path, "r");
    size_t n = fread(before, 1, sizeof(before) - 1, file);
    fclose(file);
    before[n] = '\0';
    cr_assert_gt(n, 100u);
    char command[256];
    snprintf(command, sizeof(command), "timeout -s TERM 1 %s --dir %s > /dev/null; cat %s/ca.pem",
             PROGRAM, dir, dir);
    FILE *out = popen(command, "r");
    n = fread(body, 1, sizeof(body) - 1, out);
    body[n] = '\0';
    pclose(out);
    cr_assert_str_eq(body, before);
}

Test(venue_shell, stops_when_told)
{
    int status = 0;
    kill(child, SIGTERM);
    cr_assert_eq(waitpid(child, &status, 0), child);
    child = 0;
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0);
}

Test(venue_shell, wrong_options_end_it_with_two)
{
    cr_assert_eq(WEXITSTATUS(system(PROGRAM " --colour red 2>/dev/null")), 2);
    cr_assert_eq(WEXITSTATUS(system(PROGRAM " --symbols NOPE 2>/dev/null")), 2);
    cr_assert_eq(WEXITSTATUS(system(PROGRAM " --account onlykey 2>/dev/null")), 2);
    cr_assert_eq(WEXITSTATUS(system(PROGRAM " --fault '{}' 2>/dev/null")), 2);
}

/* ---- WebSocket, by hand ---- */

static void start_plain(void)
{
    start(true);
}

TestSuite(venue_shell_ws, .init = start_plain, .fini = stop, .timeout = 30);

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval limit = {.tv_sec = 5};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Reads until the text is there. */
static size_t await(int fd, char *buf, size_t cap, const char *text)
{
    size_t n = 0;
    buf[0] = '\0';
    while (memmem(buf, n, text, strlen(text)) == NULL) {
        ssize_t got = read(fd, buf + n, cap - n - 1);
        cr_assert_gt(got, 0, "waited for '%s', have '%s'", text, buf);
        n += (size_t)got;
        buf[n] = '\0';
    }
    return n;
}

static int upgrade(const char *target)
{
    char text[512];
    int fd = dial();
    int n =
        snprintf(text, sizeof(text),
                 "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                 target);
    cr_assert_eq(write(fd, text, (size_t)n), n);
    return fd;
}

static void send_frame(int fd, unsigned opcode, bool last, const char *text)
{
    unsigned char frame[256];
    size_t len = strlen(text);
    static const unsigned char mask[4] = {1, 2, 3, 4};
    frame[0] = (unsigned char)((last ? 0x80u : 0u) | opcode);
    frame[1] = (unsigned char)(0x80u | len);
    memcpy(frame + 2, mask, 4);
    for (size_t i = 0; i < len; i++) {
        frame[6 + i] = (unsigned char)((unsigned char)text[i] ^ mask[i % 4]);
    }
    cr_assert_eq(write(fd, frame, len + 6), (ssize_t)len + 6);
}

Test(venue_shell_ws, upgrade_echoes_the_key_and_pings_are_answered)
{
    char buf[4096];
    int fd = upgrade("/ws-api/v3");
    await(fd, buf, sizeof(buf), "\r\n\r\n");
    cr_assert_not_null(strstr(buf, "101 Switching"));
    cr_assert_not_null(strstr(buf, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    send_frame(fd, 9, true, "hello");
    await(fd, buf, sizeof(buf), "hello");
    cr_assert_eq((unsigned char)buf[0], 0x8Au);
    close(fd);
}

Test(venue_shell_ws, fragments_are_one_message)
{
    char buf[4096];
    int fd = upgrade("/ws-api/v3");
    await(fd, buf, sizeof(buf), "\r\n\r\n");
    send_frame(fd, 1, false, "{\"id\":7,\"met");
    send_frame(fd, 9, true, "p"); /* a control frame may come between */
    send_frame(fd, 0, true, "hod\":\"ping\"}");
    await(fd, buf, sizeof(buf), "{\"id\":7,\"status\":200,\"result\":{}");
    close(fd);
}

Test(venue_shell_ws, a_quiet_connection_stays)
{
    char buf[4096];
    int fd = upgrade("/ws-api/v3");
    await(fd, buf, sizeof(buf), "\r\n\r\n");
    usleep(4500000); /* the library's own time-out is 3 s */
    send_frame(fd, 9, true, "still");
    await(fd, buf, sizeof(buf), "still");
    close(fd);
}

Test(venue_shell_ws, streams_flow)
{
    char buf[65536];
    int fd = upgrade("/stream?streams=btcusdt@bookTicker/btcusdt@depth@100ms");
    await(fd, buf, sizeof(buf), "btcusdt@depth@100ms");
    close(fd);
}

Test(venue_shell_ws, a_path_nobody_serves_is_404)
{
    char buf[4096];
    int fd = upgrade("/nope");
    await(fd, buf, sizeof(buf), "404");
    close(fd);
}

Test(venue_shell_ws, an_unmasked_frame_ends_the_connection)
{
    char buf[4096];
    int fd = upgrade("/ws-api/v3");
    await(fd, buf, sizeof(buf), "\r\n\r\n");
    cr_assert_eq(write(fd, "\x81\x02hi", 4), 4);
    while (read(fd, buf, sizeof(buf)) > 0) {
    }
    cr_assert_eq(read(fd, buf, sizeof(buf)), 0);
    close(fd);
}

Test(venue_shell_ws, garbage_is_a_bad_request)
{
    char buf[4096];
    int fd = dial();
    cr_assert_eq(write(fd, "hello\r\n\r\n", 9), 9);
    await(fd, buf, sizeof(buf), "400");
    close(fd);
}

Test(venue_shell_ws, pipelined_requests_are_answered_in_order)
{
    char buf[8192];
    static const char two[] =
        "GET /api/v3/time HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v3/ping HTTP/1.1\r\nHost: x\r\n"
        "Connection: close\r\n\r\n";
    int fd = dial();
    cr_assert_eq(write(fd, two, sizeof(two) - 1), (ssize_t)sizeof(two) - 1);
    await(fd, buf, sizeof(buf), "connection: close\r\n\r\n{}");
    cr_assert_not_null(strstr(buf, "serverTime"));
    close(fd);
}
