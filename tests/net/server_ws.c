#include "net/server_ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FRAME_SIZE = 512 * 1024 };

static bool upgrade(struct peer *peer, const char *head)
{
    const char *key = strcasestr(head, "\r\nSec-WebSocket-Key:");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    unsigned char text[64];
    char joined[128];
    char answer[256];

    if (key == NULL) {
        return false;
    }
    key += strlen("\r\nSec-WebSocket-Key:");
    key += strspn(key, " ");
    (void)snprintf(joined, sizeof(joined), "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                   (int)strcspn(key, "\r"), key);
    (void)EVP_Digest(joined, strlen(joined), digest, &digest_len, EVP_sha1(), NULL);
    (void)EVP_EncodeBlock(text, digest, (int)digest_len);
    int len = snprintf(answer, sizeof(answer),
                       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                       (const char *)text);
    return peer_write(peer, answer, (size_t)len);
}

/* cut: only the head and half of the text leave. */
static bool send_frame(struct peer *peer, int opcode, bool final, const void *bytes, size_t len,
                       bool cut)
{
    unsigned char head[10] = {(unsigned char)(opcode | (final ? 0x80 : 0))};
    size_t head_len = 2;

    if (len < 126) {
        head[1] = (unsigned char)len;
    } else if (len < 65536) {
        head[1] = 126;
        head[2] = (unsigned char)(len >> 8);
        head[3] = (unsigned char)len;
        head_len = 4;
    } else {
        head[1] = 127;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (unsigned char)(len >> (56 - 8 * i));
        }
        head_len = 10;
    }
    return peer_write(peer, head, head_len) && peer_write(peer, bytes, cut ? len / 2 : len);
}

static bool read_all(struct peer *peer, void *bytes, size_t len)
{
    char *at = bytes;

    while (len > 0) {
        int n = peer_read(peer, at, len);
        if (n <= 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* One frame of a client, which must be masked; its opcode, or -1. */
static int read_frame(struct peer *peer, unsigned char *bytes, size_t *ret_len)
{
    unsigned char head[2];
    unsigned char more[8];
    unsigned char mask[4];

    if (!read_all(peer, head, 2) || (head[1] & 0x80) == 0) {
        return -1;
    }
    size_t len = head[1] & 0x7f;
    size_t more_len = len == 126 ? 2 : len == 127 ? 8 : 0;
    if (more_len > 0) {
        if (!read_all(peer, more, more_len)) {
            return -1;
        }
        len = 0;
        for (size_t i = 0; i < more_len; i++) {
            len = len << 8 | more[i];
        }
    }
    if (len > FRAME_SIZE || !read_all(peer, mask, 4) || !read_all(peer, bytes, len)) {
        return -1;
    }
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= mask[i % 4];
    }
    *ret_len = len;
    return head[0] & 0x0f;
}

static void echo(struct peer *peer, unsigned char *bytes)
{
    size_t len = 0;
    int opcode = 0;

    while ((opcode = read_frame(peer, bytes, &len)) >= 0) {
        if (opcode == CLOSE) {
            (void)send_frame(peer, CLOSE, true, bytes, len, false);
            return;
        }
        if (opcode == PING) {
            (void)send_frame(peer, PONG, true, bytes, len, false);
        } else if (len == 5 && memcmp(bytes, "close", 5) == 0) {
            (void)send_frame(peer, CLOSE, true, "\x03\xe9going away", 12, false);
            (void)read_frame(peer, bytes, &len);
            return;
        } else if (len == 3 && memcmp(bytes, "cut", 3) == 0) {
            (void)send_frame(peer, TEXT, true, "0123456789", 10, true);
            return;
        } else if (opcode == TEXT || opcode == BINARY) {
            (void)send_frame(peer, opcode, true, bytes, len, false);
        }
    }
}

static void parts(struct peer *peer, unsigned char *bytes)
{
    size_t len = 0;
    int opcode = 0;

    for (int i = 0; i < 3; i++) {
        memset(bytes, 'a' + i, 10000);
        (void)send_frame(peer, i == 0 ? TEXT : 0, i == 2, bytes, 10000, false);
        (void)send_frame(peer, PING, true, "ping", 4, false);
    }
    while ((opcode = read_frame(peer, bytes, &len)) >= 0) {
        if (opcode == PONG && len == 4 && memcmp(bytes, "ping", 4) == 0) {
            (void)send_frame(peer, TEXT, true, "pong seen", 9, false);
            break;
        }
    }
    echo(peer, bytes);
}

void server_ws(struct server *server, struct peer *peer, const char *path, const char *head)
{
    if (strcmp(path, "/ws/refuse") == 0 || !upgrade(peer, head)) {
        static const char refusal[] = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
        (void)peer_write(peer, refusal, sizeof(refusal) - 1);
        return;
    }
    unsigned char *bytes = calloc(1, FRAME_SIZE);
    if (strcmp(path, "/ws/mute") == 0) {
        (void)peer_wait(server, 60000);
    } else if (strcmp(path, "/ws/parts") == 0) {
        parts(peer, bytes);
    } else if (strcmp(path, "/ws/big") == 0) {
        memset(bytes, 'b', 300000);
        (void)send_frame(peer, TEXT, true, bytes, 300000, false);
        echo(peer, bytes);
    } else {
        echo(peer, bytes);
    }
    free(bytes);
}
