/* The faults that act at once: the clock jumps, a symbol changes, a key dies, everybody is disconnected. */
#include <string.h>

#include "faults.h"

/* match.path limits it to one kind of connection: "stream", "ws-api", … */
static bool is_meant(const struct vn_conn *conn, const struct vn_fault *fault)
{
    const struct vn_dialect *dialect = vn_dialect_of(conn->dialect);
    return (fault->dialect < 0 || fault->dialect == (int)conn->dialect) &&
           (fault->path[0] == '\0' || strcmp(fault->path, dialect->conn_word(conn)) == 0);
}

static void disconnect(struct venue *v, int64_t now_ns, const struct vn_fault *fault)
{
    for (struct vn_conn *conn = v->conn_list; conn != NULL; conn = conn->next) {
        if (is_meant(conn, fault)) {
            vn_conn_drop(v, conn, now_ns);
        }
    }
}

/* ---- symbol ---- */

static int set_rule(struct venue *v, const struct vn_json *c, const char *name, int64_t *ret_value)
{
    const char *text = vn_json_text(c, name, NULL);
    if (text == NULL) {
        return 0;
    }
    if (vn_fixed_parse(text, strlen(text), 8, ret_value) < 0) {
        return vn_error(v, VENUE_EINVAL, "%s is not a number: '%s'", name, text);
    }
    return 0;
}

static int change_symbol(struct venue *v, const struct vn_fault *fault, const struct vn_json *c)
{
    struct vn_symbol *symbol = vn_symbol_find(&v->engine, fault->symbol);
    const char *status = vn_json_text(c, "status", NULL);
    if (symbol == NULL) {
        return vn_error(v, VENUE_ENOENT, "no symbol '%s'", fault->symbol);
    }
    if (status != NULL && vn_status_read(status) == VN_STATUS_INVALID) {
        return vn_error(v, VENUE_EINVAL, "no symbol status '%s'", status);
    }
    struct vn_rules rules = symbol->rules;
    if (set_rule(v, c, "tickSize", &rules.tick) < 0 ||
        set_rule(v, c, "stepSize", &rules.step) < 0 ||
        set_rule(v, c, "minQty", &rules.min_qty) < 0 ||
        set_rule(v, c, "maxQty", &rules.max_qty) < 0 ||
        set_rule(v, c, "minPrice", &rules.min_price) < 0 ||
        set_rule(v, c, "maxPrice", &rules.max_price) < 0) {
        return VENUE_EINVAL;
    }
    symbol->rules = rules;
    symbol->status = status == NULL ? symbol->status : vn_status_read(status);
    return 0;
}

/* ---- keys and accounts ---- */

static int change_key(struct venue *v, int64_t now_ns, const struct vn_json *c)
{
    const char *name = vn_json_text(c, "key", "");
    struct vn_key *key = vn_table_get_text(&v->keys, name);
    if (key == NULL) {
        return vn_error(v, VENUE_ENOENT, "no key '%s'", name);
    }
    key->revoked = vn_json_bool(c, "revoked", true);
    if (vn_json_get(c, "trade") != NULL) {
        key->revoked = false;
        key->permissions = vn_json_bool(c, "trade", true) ? key->permissions | VENUE_MAY_TRADE
                                                          : key->permissions & ~VENUE_MAY_TRADE;
    }
    if (vn_dialect_of(key->dialect)->key_changed != NULL) {
        vn_dialect_of(key->dialect)->key_changed(v, now_ns, key);
    }
    return 0;
}

static int change_fees(struct venue *v, const struct vn_json *c)
{
    const char *name = vn_json_text(c, "account", "");
    struct vn_account *a = vn_account_find(&v->engine, name);
    if (a == NULL) {
        return vn_error(v, VENUE_ENOENT, "no account '%s'", name);
    }
    int64_t maker = a->maker_rate;
    int64_t taker = a->taker_rate;
    if (set_rule(v, c, "maker", &maker) < 0 || set_rule(v, c, "taker", &taker) < 0) {
        return VENUE_EINVAL;
    }
    a->maker_rate = maker;
    a->taker_rate = taker;
    a->fee_in_bnb = vn_json_bool(c, "bnb", a->fee_in_bnb);
    a->can_trade = vn_json_bool(c, "canTrade", a->can_trade);
    return 0;
}

static int notify_all(struct venue *v, int64_t now_ns, const struct vn_fault *fault)
{
    for (struct vn_conn *conn = v->conn_list; conn != NULL; conn = conn->next) {
        if (is_meant(conn, fault) && vn_dialect_of(conn->dialect)->notice != NULL) {
            vn_dialect_of(conn->dialect)->notice(v, now_ns, conn);
        }
    }
    return 0;
}

static void ban(struct venue *v, int64_t now_ns, const struct vn_fault *fault, int64_t seconds)
{
    for (int i = 0; i < VN_DIALECTS; i++) {
        const struct vn_dialect *dialect = vn_dialect_of((enum vn_dialect_id)i);
        if (dialect->ban != NULL && (fault->dialect < 0 || fault->dialect == i)) {
            dialect->ban(v, now_ns, seconds);
        }
    }
}

bool vn_faults_is_now(enum vn_fault_kind kind)
{
    int own = (int)kind - VN_FAULT_COUNT;
    return own >= 0 && own % VN_FAULT_WORDS <
                           vn_dialect_of((enum vn_dialect_id)(own / VN_FAULT_WORDS))->fault_now;
}

int vn_faults_act(struct venue *v, int64_t now_ns, const struct vn_fault *fault,
                  const struct vn_json *command)
{
    enum vn_fault_kind kind = fault->kind;
    if (kind >= VN_FAULT_COUNT) {
        int own = (int)kind - VN_FAULT_COUNT;
        return vn_dialect_of((enum vn_dialect_id)(own / VN_FAULT_WORDS))
            ->fault_act(v, now_ns, own % VN_FAULT_WORDS, fault, command);
    }
    if (kind == VN_FAULT_CLOCK) {
        v->skew_ns = vn_json_int(command, "offset_ms", 0) * VN_MS;
    } else if (kind == VN_FAULT_BAN) {
        ban(v, now_ns, fault, vn_json_int(command, "seconds", 120));
    } else if (kind == VN_FAULT_SHUTDOWN) {
        return notify_all(v, now_ns, fault);
    } else if (kind == VN_FAULT_DISCONNECT) {
        disconnect(v, now_ns, fault);
    } else if (kind == VN_FAULT_SYMBOL) {
        return change_symbol(v, fault, command);
    } else if (kind == VN_FAULT_KEY) {
        return change_key(v, now_ns, command);
    } else if (kind == VN_FAULT_FEES) {
        return change_fees(v, command);
    }
    return 0;
}
