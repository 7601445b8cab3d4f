/* The least an order can cost over the network: signed POSTs on one kept connection, blocking, nothing around them.
 *
 *     bench_floor PORT CA|- ORDERS
 *
 * HTTP/1.1 over OpenSSL (or plain TCP), a request head made beforehand, a keyed HMAC context, the answer read to its end and
 * searched for two fields. No risk, no journal, no state, no time-outs: a bound to divide by, not a program to imitate.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "samples.h"

#define WARM 200
#define SECRET "floor-secret"
#define MAC_BYTES 32
#define ANSWER_BYTES 16384

struct line {
    int fd;
    SSL *tls; /* NULL: plain */
    EVP_MAC_CTX *mac;
    char head[256];
    size_t head_len;
    char answer[ANSWER_BYTES];
};

/* ---- connecting ---- */

static int dial(unsigned port)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in peer = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || connect(fd, (const struct sockaddr *)&peer, sizeof(peer)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
        bench_fail("no connection to 127.0.0.1:%u", port);
    }
    return fd;
}

static SSL *handshake(int fd, const char *ca_file)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1) {
        bench_fail("%s cannot be read", ca_file);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL *tls = SSL_new(context);
    SSL_CTX_free(context); /* tls holds it */
    if (tls == NULL || SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) {
        bench_fail("TLS handshake failed");
    }
    return tls;
}

static EVP_MAC_CTX *keyed(void)
{
    static char digest[] = "SHA256";
    static const unsigned char secret[] = SECRET;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_END};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (ctx == NULL || EVP_MAC_init(ctx, secret, sizeof(secret) - 1, params) != 1) {
        bench_fail("no HMAC");
    }
    return ctx;
}

static void line_open(struct line *line, unsigned port, const char *ca_file)
{
    memset(line, 0, sizeof(*line));
    line->fd = dial(port);
    line->tls = ca_file == NULL ? NULL : handshake(line->fd, ca_file);
    line->mac = keyed();
    line->head_len =
        (size_t)snprintf(line->head, sizeof(line->head),
                         "POST /api/v3/order HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
                         "X-MBX-APIKEY: floor\r\n"
                         "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ",
                         port);
}

static void line_close(struct line *line)
{
    SSL_free(line->tls);
    EVP_MAC_CTX_free(line->mac);
    (void)close(line->fd);
}

/* ---- one order ---- */

static char *append(char *at, const char *text)
{
    size_t len = strlen(text);
    memcpy(at, text, len);
    return at + len;
}

static char *append_number(char *at, uint64_t value)
{
    char digits[24];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

static char *append_signature(struct line *line, char *at, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char mac[MAC_BYTES];
    size_t mac_len = 0;
    if (EVP_MAC_init(line->mac, NULL, 0, NULL) != 1 ||
        EVP_MAC_update(line->mac, (const unsigned char *)text, len) != 1 ||
        EVP_MAC_final(line->mac, mac, &mac_len, sizeof(mac)) != 1) {
        bench_fail("HMAC failed");
    }
    at = append(at, "&signature=");
    for (size_t i = 0; i < mac_len; i++) {
        *at++ = hex[mac[i] >> 4];
        *at++ = hex[mac[i] & 15];
    }
    return at;
}

static size_t make_request(struct line *line, uint64_t number, char ret_request[1024])
{
    struct timespec now;
    char body[512];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    char *at = append(body, "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity=0.001"
                            "&price=30000&newOrderRespType=FULL&recvWindow=5000"
                            "&newClientOrderId=floor-");
    at = append_number(at, number);
    at = append(at, "&timestamp=");
    at = append_number(at, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
    at = append_signature(line, at, body, (size_t)(at - body));
    memcpy(ret_request, line->head, line->head_len);
    char *out = append_number(ret_request + line->head_len, (uint64_t)(at - body));
    out = append(out, "\r\n\r\n");
    memcpy(out, body, (size_t)(at - body));
    return (size_t)(out + (at - body) - ret_request);
}

static size_t receive(struct line *line, size_t have)
{
    size_t room = sizeof(line->answer) - 1 - have;
    char *to = line->answer + have;
    ssize_t got =
        line->tls != NULL ? SSL_read(line->tls, to, (int)room) : recv(line->fd, to, room, 0);
    if (room == 0 || got <= 0) {
        bench_fail("the venue closed the connection");
    }
    line->answer[have + (size_t)got] = '\0';
    return have + (size_t)got;
}

/* Reads one answer to its end and looks for what an order's sender must know. */
static void read_answer(struct line *line)
{
    size_t have = receive(line, 0);
    const char *end = strstr(line->answer, "\r\n\r\n");
    while (end == NULL) {
        have = receive(line, have);
        end = strstr(line->answer, "\r\n\r\n");
    }
    const char *length = strcasestr(line->answer, "\r\ncontent-length:");
    if (length == NULL || length > end) {
        bench_fail("an answer without Content-Length");
    }
    size_t all = (size_t)(end + 4 - line->answer) + strtoull(length + 17, NULL, 10);
    while (have < all) {
        have = receive(line, have);
    }
    const char *id = strstr(end, "\"orderId\":");
    if (id == NULL || strtoull(id + 10, NULL, 10) == 0 ||
        strstr(end, "\"status\":\"EXPIRED\"") == NULL) {
        bench_fail("unexpected answer: %s", line->answer);
    }
}

static void one_order(struct line *line, uint64_t number, struct samples *handed,
                      struct samples *answered)
{
    char request[1024];
    int64_t before = bench_now_ns();
    size_t len = make_request(line, number, request);
    ssize_t sent = line->tls != NULL ? SSL_write(line->tls, request, (int)len)
                                     : send(line->fd, request, len, MSG_NOSIGNAL);
    if (sent != (ssize_t)len) {
        bench_fail("the request could not be sent whole");
    }
    samples_add(handed, bench_now_ns() - before);
    read_answer(line);
    samples_add(answered, bench_now_ns() - before);
}

int main(int argc, char **argv)
{
    static struct line line;
    struct samples handed;
    struct samples answered;
    if (argc != 4) {
        bench_fail("usage: bench_floor PORT CA|- ORDERS");
    }
    size_t orders = bench_number(argv[3], 100000);
    samples_init(&handed, orders);
    samples_init(&answered, orders);
    int64_t started = bench_now_ns();
    line_open(&line, (unsigned)bench_number(argv[1], 65535),
              strcmp(argv[2], "-") == 0 ? NULL : argv[2]);
    int64_t ready_ns = bench_now_ns() - started;
    for (size_t i = 0; i < WARM; i++) {
        one_order(&line, i, &handed, &answered);
    }
    handed.count = 0;
    answered.count = 0;
    int64_t cpu_ns = bench_cpu_ns();
    for (size_t i = 0; i < orders; i++) {
        one_order(&line, WARM + i, &handed, &answered);
    }
    cpu_ns = bench_cpu_ns() - cpu_ns;
    printf("{\"bench\":\"order\",\"client\":\"floor\",\"orders\":%zu", orders);
    samples_print(&answered, "order");
    samples_print(&handed, "handed");
    printf(",\"cpu_ns\":%" PRId64 ",\"rss_kib\":%" PRId64 ",\"ready_ns\":%" PRId64 "}\n",
           cpu_ns / (int64_t)orders, bench_rss_kib(), ready_ns);
    line_close(&line);
    samples_release(&handed);
    samples_release(&answered);
    return 0;
}
