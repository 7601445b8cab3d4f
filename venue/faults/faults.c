#include "faults.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[VN_FAULT_COUNT] = {
    [VN_FAULT_DELAY] = "delay",
    [VN_FAULT_SLOW] = "slow",
    [VN_FAULT_DROP_BEFORE] = "drop_before",
    [VN_FAULT_DROP_AFTER] = "drop_after",
    [VN_FAULT_NO_REPLY] = "no_reply",
    [VN_FAULT_ERROR] = "error",
    [VN_FAULT_HTML] = "html",
    [VN_FAULT_HALF_BODY] = "half_body",
    [VN_FAULT_TIMEOUT] = "timeout",
    [VN_FAULT_RATE_LIMIT] = "rate_limit",
    [VN_FAULT_STALE] = "stale_snapshot",
    [VN_FAULT_EXTRA_FIELD] = "extra_field",
    [VN_FAULT_UNKNOWN_ENUM] = "unknown_enum",
    [VN_FAULT_MUTE_USER] = "mute_user",
    [VN_FAULT_DUPLICATE] = "duplicate_report",
    [VN_FAULT_REORDER] = "reorder_report",
    [VN_FAULT_MISSING] = "drop_report",
    [VN_FAULT_DROP_MARKET] = "drop_market",
    [VN_FAULT_NO_PING] = "no_ping",
    [VN_FAULT_CLOCK] = "clock",
    [VN_FAULT_BAN] = "ban",
    [VN_FAULT_SHUTDOWN] = "server_shutdown",
    [VN_FAULT_DISCONNECT] = "disconnect",
    [VN_FAULT_SYMBOL] = "symbol",
    [VN_FAULT_KEY] = "key",
    [VN_FAULT_FEES] = "fees",
    [VN_FAULT_CLEAR] = "clear",
};

struct vn_faults {
    struct vn_fault *list;  /* oldest first */
    struct vn_fault *spent; /* last hit of an exhausted one: freed at the next request */
    int pending[VN_FAULT_KINDS];
};

static void fault_free(struct vn_fault *fault)
{
    for (int i = 0; fault->snapshots != NULL && i < VN_DIALECTS * VN_SYMBOLS; i++) {
        free(fault->snapshots[i]);
    }
    free(fault->snapshots);
    free(fault);
}

static void bury(struct vn_faults *f)
{
    while (f->spent != NULL) {
        struct vn_fault *next = f->spent->next;
        fault_free(f->spent);
        f->spent = next;
    }
}

/* ---- matching ---- */

/* A pattern that ends in '*' matches every text with that start. */
static bool fits(const char *pattern, const char *text)
{
    size_t len = strlen(pattern);
    if (len == 0) {
        return true;
    }
    if (pattern[len - 1] == '*') {
        return strncmp(pattern, text, len - 1) == 0;
    }
    return strcmp(pattern, text) == 0;
}

static bool is_due(struct venue *v, struct vn_fault *fault)
{
    fault->seen++;
    if (fault->every > 0 && fault->seen % fault->every != 0) {
        return false;
    }
    if (fault->ppm > 0 && (int64_t)vn_random_below(&v->random, 1000000) >= fault->ppm) {
        return false;
    }
    if (fault->left > 0) {
        fault->left--;
    }
    return true;
}

/* Exhausted faults leave the list but stay readable until bury(). */
static void retire(struct vn_faults *f)
{
    for (struct vn_fault **at = &f->list; *at != NULL;) {
        struct vn_fault *fault = *at;
        if (fault->left != 0) {
            at = &fault->next;
            continue;
        }
        *at = fault->next;
        f->pending[fault->kind]--;
        fault->next = f->spent;
        f->spent = fault;
    }
}

static bool is_on_request(enum vn_fault_kind kind)
{
    return kind >= VN_FAULT_DELAY && kind <= VN_FAULT_UNKNOWN_ENUM && kind != VN_FAULT_STALE;
}

static bool speaks(const struct vn_fault *fault, enum vn_dialect_id dialect)
{
    return fault->dialect < 0 || fault->dialect == (int)dialect;
}

void vn_faults_request(struct venue *v, enum vn_dialect_id dialect, const char *method,
                       const char *path, struct vn_effect *ret_effect)
{
    struct vn_faults *f = v->faults;
    memset(ret_effect, 0, sizeof(*ret_effect));
    ret_effect->execute = true;
    bury(f);
    for (struct vn_fault *fault = f->list; fault != NULL; fault = fault->next) {
        bool event_only = fault->kind >= VN_FAULT_EXTRA_FIELD && fault->path[0] == '\0' &&
                          fault->method[0] == '\0'; /* aims at reports */
        if (!is_on_request(fault->kind) || event_only || !speaks(fault, dialect) ||
            ret_effect->by[fault->kind] != NULL || !fits(fault->method, method) ||
            !fits(fault->path, path) || !is_due(v, fault)) {
            continue;
        }
        ret_effect->by[fault->kind] = fault;
        ret_effect->any = true;
        if (fault->has_execute && !fault->execute) {
            ret_effect->execute = false;
        }
    }
    retire(f);
}

const struct vn_fault *vn_faults_event(struct venue *v, enum vn_dialect_id dialect,
                                       enum vn_fault_kind kind, const char *symbol)
{
    struct vn_faults *f = v->faults;
    if (f->pending[kind] == 0) {
        return NULL;
    }
    for (struct vn_fault *fault = f->list; fault != NULL; fault = fault->next) {
        bool here = fault->kind == kind && speaks(fault, dialect) &&
                    (symbol == NULL || fits(fault->symbol, symbol)) &&
                    (kind == VN_FAULT_STALE || kind > VN_FAULT_COUNT || fault->path[0] == '\0');
        if (here && is_due(v, fault)) {
            retire(f);
            return fault;
        }
    }
    return NULL;
}

bool vn_faults_has(const struct venue *v, enum vn_fault_kind kind)
{
    return v->faults->pending[kind] > 0;
}

/* ---- commands ---- */

static void copy_text(char *to, size_t cap, const char *from)
{
    size_t len = strlen(from);
    len = len < cap ? len : cap - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

static const char *word_of(enum vn_fault_kind kind)
{
    if (kind < VN_FAULT_COUNT) {
        return words[kind];
    }
    int own = (int)kind - VN_FAULT_COUNT;
    return vn_dialect_of((enum vn_dialect_id)(own / VN_FAULT_WORDS))
        ->fault_words[own % VN_FAULT_WORDS];
}

static enum vn_fault_kind kind_of(const char *word)
{
    for (int d = 0; d < VN_DIALECTS; d++) {
        const char *const *own = vn_dialect_of((enum vn_dialect_id)d)->fault_words;
        for (int i = 0; own[i] != NULL; i++) {
            if (strcmp(own[i], word) == 0) {
                return VN_FAULT_OWN(d, i);
            }
        }
    }
    for (int kind = 1; kind < VN_FAULT_COUNT; kind++) {
        if (words[kind] != NULL && strcmp(words[kind], word) == 0) {
            return (enum vn_fault_kind)kind;
        }
    }
    return VN_FAULT_INVALID;
}

static bool is_in(const char *const *known, const char *name)
{
    while (*known != NULL && strcmp(*known, name) != 0) {
        known++;
    }
    return *known != NULL;
}

/* A misspelt word would make a test that proves nothing. kind: one of a dialect's own may have its members. */
static int check_names(struct venue *v, enum vn_fault_kind kind, const struct vn_json *c,
                       const char *const *known)
{
    for (const struct vn_json *m = c == NULL ? NULL : c->child; m != NULL; m = m->next) {
        int own = (int)kind - VN_FAULT_COUNT;
        bool extra = own >= 0 &&
                     is_in(vn_dialect_of((enum vn_dialect_id)(own / VN_FAULT_WORDS))->fault_members,
                           m->name);
        if (!extra && !is_in(known, m->name)) {
            return vn_error(v, VENUE_EINVAL, "a fault has no '%s'", m->name);
        }
    }
    return 0;
}

static int check_command(struct venue *v, enum vn_fault_kind kind, const struct vn_json *c)
{
    static const char *const members[] = {
        "kind",     "match",    "count",   "every",       "probability", "ms",       "status",
        "code",     "msg",      "execute", "retry_after", "offset_ms",   "seconds",  "key",
        "revoked",  "trade",    "account", "maker",       "taker",       "bnb",      "canTrade",
        "tickSize", "stepSize", "minQty",  "maxQty",      "minPrice",    "maxPrice", NULL};
    static const char *const matches[] = {"method", "path", "symbol", "dialect", NULL};
    const struct vn_json *match = vn_json_get(c, "match");
    if (match != NULL && match->kind != VN_JSON_OBJECT) {
        return vn_error(v, VENUE_EINVAL, "match is an object");
    }
    int status = check_names(v, kind, c, members);
    if (status == 0) {
        status = check_names(v, VN_FAULT_INVALID, match, matches);
    }
    const char *dialect = vn_json_text(match, "dialect", NULL);
    if (status == 0 && dialect != NULL && vn_dialect_find(dialect) < 0) {
        return vn_error(v, VENUE_EINVAL, "no dialect '%s'", dialect);
    }
    const char *probability = vn_json_text(c, "probability", "1");
    int64_t ppm = 0;
    if (status == 0 && (vn_fixed_parse(probability, strlen(probability), 6, &ppm) < 0 || ppm < 1 ||
                        ppm > 1000000)) {
        return vn_error(v, VENUE_EINVAL, "a probability is 0.000001 to 1, not '%s'", probability);
    }
    return status;
}

static void set_frequency(struct vn_fault *fault, const struct vn_json *c)
{
    const char *probability = vn_json_text(c, "probability", NULL);
    if (probability != NULL) {
        vn_fixed_parse(probability, strlen(probability), 6, &fault->ppm);
    }
    fault->every = vn_json_int(c, "every", 0);
    int64_t otherwise = fault->every > 0 || fault->ppm > 0 ? -1 : 1;
    fault->left = vn_json_int(c, "count", otherwise);
}

/* What the parameters mean when they are not said. */
static void set_defaults(struct vn_fault *fault, const struct venue *v)
{
    int64_t ms = 1000;
    int64_t status = 0;
    if (fault->kind == VN_FAULT_TIMEOUT) {
        ms = (int64_t)v->config.server_timeout_ms;
    } else if (fault->kind == VN_FAULT_ERROR) {
        status = 503;
        fault->code = fault->code == 0 ? -1008 : fault->code;
    } else if (fault->kind == VN_FAULT_HTML) {
        status = 502;
    } else if (fault->kind == VN_FAULT_RATE_LIMIT) {
        status = 429;
        fault->has_execute = true;
        fault->execute = false;
    } else if (fault->kind == VN_FAULT_REORDER) {
        ms = 50;
    }
    fault->status = fault->status == 0 ? status : fault->status;
    fault->ms = fault->ms < 0 ? ms : fault->ms;
}

static void take_snapshots(struct venue *v, struct vn_fault *fault)
{
    fault->snapshots = vn_alloc(VN_DIALECTS * VN_SYMBOLS * sizeof(char *));
    for (int i = 0; i < VN_DIALECTS * v->engine.symbol_count; i++) {
        int dialect = i / v->engine.symbol_count;
        int symbol = i % v->engine.symbol_count;
        struct vn_text text = {0};
        if (vn_dialect_of((enum vn_dialect_id)dialect)->snapshot != NULL) {
            vn_dialect_of((enum vn_dialect_id)dialect)
                ->snapshot(v, &v->engine.symbols[symbol], &text);
        }
        fault->snapshots[dialect * VN_SYMBOLS + symbol] = vn_text_take(&text);
    }
}

const char *vn_fault_snapshot(const struct vn_fault *fault, enum vn_dialect_id dialect,
                              const struct vn_symbol *symbol)
{
    return fault->snapshots[(int)dialect * VN_SYMBOLS + symbol->index];
}

/* The engine's name of the symbol, whatever spelling was used; a pattern and an unknown name stay as they are. */
static void read_symbol(struct venue *v, struct vn_fault *fault, const char *name)
{
    const struct vn_symbol *symbol = vn_symbol_any(v, name);
    copy_text(fault->symbol, sizeof(fault->symbol), symbol == NULL ? name : symbol->name);
}

static struct vn_fault *fault_read(struct venue *v, enum vn_fault_kind kind,
                                   const struct vn_json *c)
{
    struct vn_fault *fault = vn_alloc(sizeof(*fault));
    const struct vn_json *match = vn_json_get(c, "match");
    fault->kind = kind;
    copy_text(fault->method, sizeof(fault->method), vn_json_text(match, "method", ""));
    copy_text(fault->path, sizeof(fault->path), vn_json_text(match, "path", ""));
    read_symbol(v, fault, vn_json_text(match, "symbol", ""));
    const char *dialect = vn_json_text(match, "dialect", NULL);
    fault->dialect = dialect == NULL ? -1 : vn_dialect_find(dialect);
    fault->ms = vn_json_int(c, "ms", -1);
    fault->status = vn_json_int(c, "status", 0);
    fault->code = vn_json_int(c, "code", 0);
    fault->retry_after_s = vn_json_int(c, "retry_after", 1);
    fault->has_execute = vn_json_get(c, "execute") != NULL;
    fault->execute = vn_json_bool(c, "execute", true);
    copy_text(
        fault->message, sizeof(fault->message),
        vn_json_text(c, "msg", kind == VN_FAULT_HTML ? "Bad Gateway" : "Service unavailable."));
    set_frequency(fault, c);
    set_defaults(fault, v);
    if (kind == VN_FAULT_STALE) {
        take_snapshots(v, fault);
    }
    return fault;
}

static void clear(struct vn_faults *f)
{
    for (struct vn_fault *fault = f->list; fault != NULL; fault = fault->next) {
        fault->left = 0;
    }
    retire(f);
}

static void append(struct vn_faults *f, struct vn_fault *fault)
{
    struct vn_fault **at = &f->list;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = fault;
    f->pending[fault->kind]++;
}

int vn_faults_command(struct venue *v, int64_t now_ns, const char *json, size_t len)
{
    struct vn_json *c = vn_json_parse(json, len);
    const char *word = vn_json_text(c, "kind", "");
    enum vn_fault_kind kind = kind_of(word);
    if (kind == VN_FAULT_INVALID) {
        int status = c == NULL ? vn_error(v, VENUE_EINVAL, "the fault is not JSON")
                               : vn_error(v, VENUE_EINVAL, "unknown fault kind '%s'", word);
        vn_json_free(c);
        return status;
    }
    if (check_command(v, kind, c) < 0) {
        vn_json_free(c);
        return VENUE_EINVAL;
    }
    struct vn_fault *fault = fault_read(v, kind, c);
    int status = 0;
    if (kind < VN_FAULT_CLOCK || (kind >= VN_FAULT_COUNT && !vn_faults_is_now(kind))) {
        append(v->faults, fault);
    } else {
        status = vn_faults_act(v, now_ns, fault, c);
        fault_free(fault);
    }
    if (kind == VN_FAULT_CLEAR) {
        clear(v->faults);
    }
    vn_json_free(c);
    return status;
}

void vn_faults_print(const struct venue *v, struct vn_text *out)
{
    vn_text_add_char(out, '[');
    for (const struct vn_fault *fault = v->faults->list; fault != NULL; fault = fault->next) {
        vn_text_addf(out, "{\"kind\":\"%s\",\"method\":", word_of(fault->kind));
        vn_text_add_json(out, fault->method);
        vn_text_add(out, ",\"path\":");
        vn_text_add_json(out, fault->path);
        vn_text_add(out, ",\"symbol\":");
        vn_text_add_json(out, fault->symbol);
        vn_text_addf(out, ",\"left\":%lld,\"seen\":%lld},", (long long)fault->left,
                     (long long)fault->seen);
    }
    vn_text_trim_comma(out);
    vn_text_add_char(out, ']');
}

void vn_faults_new(struct venue *v)
{
    v->faults = vn_alloc(sizeof(*v->faults));
}

void vn_faults_free(struct venue *v)
{
    if (v->faults == NULL) {
        return;
    }
    clear(v->faults);
    bury(v->faults);
    free(v->faults);
    v->faults = NULL;
}
