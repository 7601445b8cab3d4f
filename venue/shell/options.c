#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: sofia-venue [options]\n"
    "  --port N                 listen on 127.0.0.1:N; 0 (default) takes a free one\n"
    "  --dir PATH               where ca.pem, server.pem and server.key live (default: .)\n"
    "  --plain                  http and ws instead of https and wss\n"
    "  --seed N                 all chance comes from it (default 1)\n"
    "  --account KEY:SECRET:ASSET=AMOUNT,...   an account named KEY; @FILE as secret: Ed25519 "
    "public key (PEM)\n"
    "  --key [DIALECT/]ACCOUNT:KEY:SECRET[:read+trade+stream]   one more key of an account\n"
    "  --dialect NAME           whose keys are those that do not say it, who answers paths nobody "
    "claims (binance)\n"
    "  --symbols A,B,...        some of the built-in symbols (default: all)\n"
    "  --makers on|off          a population that quotes and takes (default on)\n"
    "  --visibility-delay-ms N  queries do not see younger orders\n"
    "  --first-order-id N       ids may start above 2^53\n"
    "  --shuffle on|off         replies and stream events in seeded order (default on)\n"
    "  --orders-per-10s N, --orders-per-day N, --weight-per-minute N   limits\n"
    "  --server-timeout-ms N    the venue's own time-out (-1007), default 10000\n"
    "  --ws-max-age-ms N        age at which a WebSocket is closed, default 24 h\n"
    "  --fault JSON             as POST /_fault (docs/venue.md)\n";

void options_usage(void)
{
    fputs(usage, stdout);
}

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "sofia-venue: %s '%s'\n", what, value);
    return -1;
}

static int read_number(const char *text, unsigned long long max, unsigned long long *ret_value)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || value > max) {
        return complain("not a number that fits:", text);
    }
    *ret_value = value;
    return 0;
}

static int read_switch(const char *text, bool *ret_value)
{
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0) {
        return complain("neither on nor off:", text);
    }
    *ret_value = on;
    return 0;
}

static int read_list(const char *value, const char **list, size_t *count)
{
    if (*count == OPTIONS_LIST) {
        return complain("too many of them:", value);
    }
    list[(*count)++] = value;
    return 0;
}

/* Options that are 32-bit numbers of the venue's configuration. */
static uint32_t *number_of(struct options *o, const char *name)
{
    struct venue_config *c = &o->venue;
    const struct {
        const char *name;
        uint32_t *value;
    } numbers[] = {
        {"--visibility-delay-ms", &c->visibility_delay_ms},
        {"--orders-per-10s", &c->orders_per_10s},
        {"--orders-per-day", &c->orders_per_day},
        {"--weight-per-minute", &c->weight_per_minute},
        {"--server-timeout-ms", &c->server_timeout_ms},
        {"--ws-max-age-ms", &c->ws_max_age_ms},
        {"--ws-ping-ms", &c->ws_ping_ms},
        {"--ws-pong-deadline-ms", &c->ws_pong_deadline_ms},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            return numbers[i].value;
        }
    }
    return NULL;
}

static int read_pair(struct options *o, const char *name, const char *value)
{
    unsigned long long number = 0;
    uint32_t *small = number_of(o, name);
    if (small != NULL) {
        int status = read_number(value, UINT32_MAX, &number);
        *small = (uint32_t)number;
        return status;
    }
    if (strcmp(name, "--port") == 0) {
        int status = read_number(value, 65535, &number);
        o->port = (unsigned)number;
        return status;
    }
    if (strcmp(name, "--seed") == 0) {
        int status = read_number(value, UINT64_MAX, &number);
        o->venue.seed = number;
        return status;
    }
    if (strcmp(name, "--first-order-id") == 0) {
        int status = read_number(value, INT64_MAX / 2, &number);
        o->venue.first_order_id = number;
        return status;
    }
    if (strcmp(name, "--dir") == 0) {
        o->dir = value;
        return 0;
    }
    if (strcmp(name, "--dialect") == 0) {
        o->venue.dialect = value;
        return 0;
    }
    if (strcmp(name, "--symbols") == 0) {
        o->venue.symbols = value;
        return 0;
    }
    if (strcmp(name, "--makers") == 0) {
        return read_switch(value, &o->venue.makers);
    }
    if (strcmp(name, "--shuffle") == 0) {
        return read_switch(value, &o->venue.shuffle);
    }
    if (strcmp(name, "--account") == 0) {
        return read_list(value, o->accounts, &o->account_count);
    }
    if (strcmp(name, "--key") == 0) {
        return read_list(value, o->keys, &o->key_count);
    }
    if (strcmp(name, "--fault") == 0) {
        return read_list(value, o->faults, &o->fault_count);
    }
    return complain("unknown option", name);
}

int options_read(int argc, char **argv, struct options *ret_options)
{
    struct options *o = ret_options;
    memset(o, 0, sizeof(*o));
    venue_config_init(&o->venue);
    o->dir = ".";
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--plain") == 0) {
            o->plain = true;
            continue;
        }
        if (strcmp(argv[i], "--help") == 0) {
            o->help = true;
            continue;
        }
        if (i + 1 == argc) {
            return complain("unknown option, or one without its value:", argv[i]);
        }
        if (read_pair(o, argv[i], argv[i + 1]) < 0) {
            return -1;
        }
        i++;
    }
    return 0;
}

/* ---- into the venue ---- */

/* Cuts text at ':' into at most max parts; the last one keeps its colons. */
static size_t cut(char *text, char **ret_parts, size_t max)
{
    size_t count = 0;
    ret_parts[count++] = text;
    for (char *p = text; *p != '\0' && count < max; p++) {
        if (*p == ':') {
            *p = '\0';
            ret_parts[count++] = p + 1;
        }
    }
    return count;
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    char *text = calloc(1, 8192);
    size_t len = text == NULL ? 0 : fread(text, 1, 8191, file);
    fclose(file);
    if (len == 0) {
        free(text);
        return NULL;
    }
    return text;
}

static int add_key(struct venue *v, const char *dialect, const char *account, const char *key,
                   const char *secret, uint32_t permissions)
{
    char *pem = secret[0] == '@' ? read_file(secret + 1) : NULL;
    if (secret[0] == '@' && pem == NULL) {
        return complain("cannot read the public key", secret + 1);
    }
    struct venue_key wanted = {.account = account,
                               .dialect = dialect,
                               .api_key = key,
                               .secret = pem == NULL ? secret : NULL,
                               .public_pem = pem,
                               .permissions = permissions};
    int status = venue_key_add(v, &wanted);
    free(pem);
    return status < 0 ? complain("key refused:", venue_error(v)) : 0;
}

static uint32_t permissions_of(const char *text)
{
    return (strstr(text, "read") != NULL ? VENUE_MAY_READ : 0) |
           (strstr(text, "trade") != NULL ? VENUE_MAY_TRADE : 0) |
           (strstr(text, "stream") != NULL ? VENUE_MAY_STREAM : 0) |
           (strstr(text, "transfer") != NULL ? VENUE_MAY_TRANSFER : 0);
}

static int apply_account(struct venue *v, const char *text)
{
    char *copy = strdup(text);
    char *parts[3];
    int status = copy == NULL || cut(copy, parts, 3) < 3
                     ? complain("an account is KEY:SECRET:DEPOSITS, not", text)
                     : 0;
    if (status == 0 && venue_account_add(v, parts[0], parts[2]) < 0) {
        status = complain("account refused:", venue_error(v));
    }
    if (status == 0) {
        status = add_key(v, NULL, parts[0], parts[0], parts[1], VENUE_MAY_ALL);
    }
    free(copy);
    return status;
}

static int apply_key(struct venue *v, const char *text)
{
    char *copy = strdup(text);
    char *slash = copy == NULL ? NULL : copy + strcspn(copy, "/:");
    const char *dialect = slash != NULL && *slash == '/' ? copy : NULL;
    char *rest = dialect == NULL ? copy : slash + 1;
    if (dialect != NULL) {
        *slash = '\0';
    }
    char *parts[4] = {NULL};
    size_t count = copy == NULL ? 0 : cut(rest, parts, 4);
    int status =
        count < 3 ? complain("a key is [DIALECT/]ACCOUNT:KEY:SECRET[:read+trade+stream], not", text)
                  : 0;
    if (status == 0) {
        status = add_key(v, dialect, parts[0], parts[1], parts[2],
                         count == 4 ? permissions_of(parts[3]) : VENUE_MAY_ALL);
    }
    free(copy);
    return status;
}

int options_apply(const struct options *options, struct venue *v, long long now_ns)
{
    for (size_t i = 0; i < options->account_count; i++) {
        if (apply_account(v, options->accounts[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < options->key_count; i++) {
        if (apply_key(v, options->keys[i]) < 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < options->fault_count; i++) {
        if (venue_fault(v, now_ns, options->faults[i]) < 0) {
            return complain("fault refused:", venue_error(v));
        }
    }
    return 0;
}
