#include "codec.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- request ---- */

static char *find(char *bytes, size_t len, const char *what)
{
    return memmem(bytes, len, what, strlen(what));
}

static const char *header_of(const struct codec_request *r, const char *name)
{
    for (size_t i = 0; i < r->request.header_count; i++) {
        if (strcasecmp(r->headers[i].name, name) == 0) {
            return r->headers[i].value;
        }
    }
    return NULL;
}

/* Length of the body: >= 0, -1 broken, -2 chunked. Looks at the head without changing it. */
static int64_t body_length(const char *head, size_t len)
{
    int64_t length = 0;
    const char *end = head + len;
    for (const char *line = head; line < end;) {
        const char *stop = memmem(line, (size_t)(end - line), "\r\n", 2);
        stop = stop == NULL ? end : stop;
        if (strncasecmp(line, "content-length:", 15) == 0) {
            char *after = NULL;
            length = strtoll(line + 15, &after, 10);
            if (after == line + 15 || length < 0 || length > (int64_t)CODEC_BODY_MAX) {
                return -1;
            }
        }
        if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
            return memmem(line, (size_t)(stop - line), "chunked", 7) != NULL ? -2 : -1;
        }
        line = stop + 2;
    }
    return length;
}

static bool read_line(char *line, struct codec_request *r)
{
    char *target = strchr(line, ' ');
    char *version = target == NULL ? NULL : strchr(target + 1, ' ');
    if (version == NULL || strncmp(version + 1, "HTTP/1.", 7) != 0 || target[1] != '/') {
        return false;
    }
    *target = '\0';
    *version = '\0';
    r->request.method = line;
    r->request.target = target + 1;
    r->keep_alive = version[8] == '1';
    return true;
}

static bool read_headers(char *line, struct codec_request *r)
{
    while (*line != '\0') {
        char *stop = strstr(line, "\r\n");
        char *next = stop == NULL ? line + strlen(line) : stop + 2;
        if (stop != NULL) {
            *stop = '\0';
        }
        char *colon = strchr(line, ':');
        if (colon == NULL || colon == line || r->request.header_count == CODEC_HEADERS) {
            return false;
        }
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t");
        size_t n = strlen(value);
        while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t')) {
            value[--n] = '\0';
        }
        r->headers[r->request.header_count++] = (struct venue_header){line, value};
        line = next;
    }
    return true;
}

/* Decodes chunks into r->body; returns the bytes used, 0: not whole, -1: broken. */
static int64_t read_chunks(const char *bytes, size_t len, struct vn_text *ret_body)
{
    size_t at = 0;
    for (;;) {
        const char *stop = memmem(bytes + at, len - at, "\r\n", 2);
        if (stop == NULL) {
            return 0;
        }
        char *after = NULL;
        unsigned long size = strtoul(bytes + at, &after, 16);
        if (after == bytes + at || size > CODEC_BODY_MAX || ret_body->len + size > CODEC_BODY_MAX) {
            return -1;
        }
        at = (size_t)(stop - bytes) + 2;
        if (len - at < size + 2) {
            return 0;
        }
        vn_text_add_n(ret_body, bytes + at, size);
        if (memcmp(bytes + at + size, "\r\n", 2) != 0) {
            return -1;
        }
        at += size + 2;
        if (size == 0) {
            return (int64_t)at;
        }
    }
}

static void read_options(struct codec_request *r)
{
    const char *connection = header_of(r, "connection");
    if (connection != NULL && strcasestr(connection, "close") != NULL) {
        r->keep_alive = false;
    }
    const char *upgrade = header_of(r, "upgrade");
    const char *version = header_of(r, "sec-websocket-version");
    r->ws_key = header_of(r, "sec-websocket-key");
    r->upgrade = upgrade != NULL && strcasecmp(upgrade, "websocket") == 0 && r->ws_key != NULL &&
                 version != NULL && strcmp(version, "13") == 0;
}

int codec_request_read(char *bytes, size_t len, struct codec_request *ret_request)
{
    bytes[len] = '\0';
    char *blank = find(bytes, len, "\r\n\r\n");
    if (blank == NULL) {
        return len > CODEC_HEAD_MAX ? CODEC_BROKEN : CODEC_MORE;
    }
    size_t head = (size_t)(blank - bytes) + 4;
    if (head > CODEC_HEAD_MAX || strlen(bytes) < head) {
        return CODEC_BROKEN;
    }
    struct codec_request r = {.keep_alive = true};
    int64_t body = body_length(bytes, head);
    int64_t used = body;
    if (body == -2) {
        used = read_chunks(bytes + head, len - head, &r.body);
        if (used <= 0) {
            vn_text_release(&r.body);
            return used == 0 && len < 2 * (size_t)CODEC_BODY_MAX ? CODEC_MORE : CODEC_BROKEN;
        }
    } else if (body < 0) {
        return CODEC_BROKEN;
    } else if (len - head < (size_t)body) {
        return CODEC_MORE;
    }
    blank[2] = '\0';
    char *line_end = find(bytes, head, "\r\n");
    char *headers = line_end + 2;
    *line_end = '\0';
    if (!read_line(bytes, &r) || (headers < blank + 2 && !read_headers(headers, &r))) {
        vn_text_release(&r.body);
        return CODEC_BROKEN;
    }
    r.request.body = body == -2 ? (r.body.data == NULL ? "" : r.body.data) : bytes + head;
    r.request.body_len = body == -2 ? r.body.len : (size_t)body;
    r.used = head + (size_t)used;
    read_options(&r);
    *ret_request = r;
    return CODEC_READY;
}

void codec_request_release(struct codec_request *request)
{
    vn_text_release(&request->body);
}

/* ---- reply ---- */

static const char *reason_of(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 418:
        return "I'm a teapot";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    default:
        return "Status";
    }
}

void codec_reply(struct vn_text *out, const struct venue_output *reply, bool keep_alive)
{
    vn_text_addf(out, "HTTP/1.1 %u %s\r\n", reply->status, reason_of(reply->status));
    if (reply->content_type[0] != '\0') {
        vn_text_addf(out, "content-type: %s\r\n", reply->content_type);
    }
    for (size_t i = 0; i < reply->header_count; i++) {
        vn_text_addf(out, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
    }
    vn_text_addf(out, "content-length: %zu\r\nconnection: %s\r\n\r\n", reply->body_len,
                 keep_alive ? "keep-alive" : "close");
    vn_text_add_n(out, reply->body, reply->send_len);
}

void codec_reply_plain(struct vn_text *out, unsigned status, const char *text)
{
    struct venue_output reply = {.status = status,
                                 .content_type = "text/plain",
                                 .body = text,
                                 .body_len = strlen(text),
                                 .send_len = strlen(text)};
    codec_reply(out, &reply, false);
}

void codec_upgrade(struct vn_text *out, const char *ws_key)
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned char accept[2 * SHA_DIGEST_LENGTH];
    struct vn_text joined = {0};
    vn_text_addf(&joined, "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", ws_key);
    SHA1((const unsigned char *)joined.data, joined.len, digest);
    EVP_EncodeBlock(accept, digest, sizeof(digest));
    vn_text_release(&joined);
    vn_text_addf(out,
                 "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                 "sec-websocket-accept: %s\r\n\r\n",
                 (const char *)accept);
}

/* ---- frames ---- */

int codec_frame_read(char *bytes, size_t len, struct codec_frame *ret_frame)
{
    if (len < 2) {
        return CODEC_MORE;
    }
    const unsigned char *b = (const unsigned char *)bytes;
    size_t at = 2;
    uint64_t size = b[1] & 0x7Fu;
    size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    if ((b[0] & 0x70u) != 0 || (b[1] & 0x80u) == 0) {
        return CODEC_BROKEN; /* extensions were not agreed; a client must mask */
    }
    if (len < at + extra + 4) {
        return CODEC_MORE;
    }
    if (extra > 0) {
        size = 0;
        for (size_t i = 0; i < extra; i++) {
            size = size << 8 | b[at++];
        }
    }
    uint32_t opcode = b[0] & 0x0Fu;
    if (size > CODEC_BODY_MAX || (opcode >= 8 && (size > 125 || (b[0] & 0x80u) == 0))) {
        return CODEC_BROKEN;
    }
    unsigned char mask[4];
    memcpy(mask, b + at, 4);
    at += 4;
    if (len - at < size) {
        return CODEC_MORE;
    }
    for (size_t i = 0; i < size; i++) {
        bytes[at + i] = (char)((unsigned char)bytes[at + i] ^ mask[i % 4]);
    }
    *ret_frame = (struct codec_frame){.opcode = opcode,
                                      .last = (b[0] & 0x80u) != 0,
                                      .payload = bytes + at,
                                      .len = (size_t)size,
                                      .used = at + (size_t)size};
    return CODEC_READY;
}

void codec_frame_write(struct vn_text *out, uint32_t opcode, const char *payload, size_t len)
{
    char head[10];
    size_t n = 2;
    head[0] = (char)(0x80u | opcode);
    if (len < 126) {
        head[1] = (char)len;
    } else if (len < 65536) {
        head[1] = 126;
        head[n++] = (char)(len >> 8);
        head[n++] = (char)len;
    } else {
        head[1] = 127;
        for (int shift = 56; shift >= 0; shift -= 8) {
            head[n++] = (char)((uint64_t)len >> shift);
        }
    }
    vn_text_add_n(out, head, n);
    vn_text_add_n(out, payload, len);
}

void codec_close_write(struct vn_text *out, uint32_t code, const char *reason, size_t len)
{
    char payload[125];
    len = len < sizeof(payload) - 2 ? len : sizeof(payload) - 2;
    payload[0] = (char)(code >> 8);
    payload[1] = (char)code;
    memcpy(payload + 2, reason, len);
    codec_frame_write(out, VENUE_WS_CLOSE, payload, len + 2);
}
