/* Hex and base64 to bytes, strictly. */
#include <sofia/kit/decimal.h>
#include <sofia/kit/text.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int sofia_hex_decode(struct sofia_slice text, uint8_t *buf, size_t cap, size_t *ret_len)
{
    if (text.len % 2 != 0) {
        return SOFIA_KIT_EPARSE;
    }
    if (text.len / 2 > cap) {
        return SOFIA_KIT_ESPACE;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.at[i]);
        int low = hex_digit(text.at[i + 1]);
        if (high < 0 || low < 0) {
            return SOFIA_KIT_EPARSE;
        }
        buf[i / 2] = (uint8_t)(high * 16 + low);
    }
    *ret_len = text.len / 2;
    return 0;
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four; `count` of its characters carry data. Writes count - 1 bytes. */
static int decode_group(const char *in, size_t count, uint8_t *out)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? sextet(in[i]) : 0;
        if (value < 0 || (i >= count && in[i] != '=')) {
            return SOFIA_KIT_EPARSE;
        }
        bits = bits << 6 | (uint32_t)value;
    }
    uint32_t unused = count == 4 ? 0 : count == 3 ? bits & 0xffu : bits & 0xffffu;
    if (unused != 0) {
        return SOFIA_KIT_EPARSE;
    }
    for (size_t i = 0; i + 1 < count; i++) {
        out[i] = (uint8_t)(bits >> (16 - 8 * i));
    }
    return 0;
}

int sofia_base64_decode(struct sofia_slice text, uint8_t *buf, size_t cap, size_t *ret_len)
{
    if (text.len % 4 != 0) {
        return SOFIA_KIT_EPARSE;
    }
    size_t pads = 0;
    while (pads < 2 && pads < text.len && text.at[text.len - 1 - pads] == '=') {
        pads++;
    }
    size_t len = text.len / 4 * 3 - pads;
    if (len > cap) {
        return SOFIA_KIT_ESPACE;
    }
    for (size_t i = 0; i < text.len; i += 4) {
        size_t count = i + 4 == text.len ? 4 - pads : 4;
        if (decode_group(text.at + i, count, buf + i / 4 * 3) != 0) {
            return SOFIA_KIT_EPARSE;
        }
    }
    *ret_len = len;
    return 0;
}
