/* Which path means what, and which query parameters it knows. */
#include <string.h>

#include "base/error.h"
#include "control/impl.h"

#include "base/banned.h"

#define PAGED (QUERY_LIMIT | QUERY_CURSOR)

static const struct route routes[] = {
    {"/livez", METHOD_GET, true, 0, page_livez},
    {"/readyz", METHOD_GET, false, 0, page_readyz},
    {"/health", METHOD_GET, false, 0, page_health},
    {"/metrics", METHOD_GET, false, 0, page_metrics},
    {"/risk/status", METHOD_GET, false, 0, page_risk_status},
    {"/risk/audit", METHOD_GET, false, PAGED, list_audit},
    {"/kill-switch/status", METHOD_GET, false, 0, page_kill_status},
    {"/kill-switch/activate", METHOD_POST, false, 0, act_kill},
    {"/kill-switch/deactivate", METHOD_POST, false, 0, act_resume},
    {"/shadow/status", METHOD_GET, false, 0, page_shadow_status},
    {"/shadow/rollback", METHOD_POST, false, 0, act_rollback},
    {"/exchange/balance", METHOD_GET, false, 0, page_balance},
    {"/positions", METHOD_GET, false, 0, page_positions},
    {"/fills", METHOD_GET, false, PAGED | QUERY_STRATEGY | QUERY_SYMBOL | QUERY_ORDER, list_fills},
    {"/ws/restart", METHOD_POST, false, 0, act_ws_restart},
    {"/orders", METHOD_GET, false,
     PAGED | QUERY_OPEN | QUERY_STRATEGY | QUERY_SYMBOL | QUERY_ACCOUNT, list_orders},
    {"/orders", METHOD_POST, false, QUERY_DRY_RUN, act_order_new},
    {"/orders/cancel-all", METHOD_POST, false, 0, act_cancel_all},
    {"/orders/", METHOD_GET, false, 0, list_order},
    {"/orders/", METHOD_PATCH, false, QUERY_DRY_RUN, act_order_amend},
    {"/orders/", METHOD_DELETE, false, 0, act_order_cancel},
};
#define ROUTES (sizeof(routes) / sizeof(routes[0]))

/* Does the path fit? "/orders/" fits "/orders/<one segment>", whose text goes to ret_id. */
static bool fits(const char *pattern, const char *path, char ret_id[64])
{
    size_t len = strlen(pattern);
    ret_id[0] = '\0';
    if (pattern[len - 1] != '/') {
        return str_eq(pattern, path);
    }
    return str_starts(path, pattern) && path[len] != '\0' && strchr(path + len, '/') == NULL &&
           str_copy(ret_id, 64, path + len) == 0;
}

const struct route *route_find(const char *path, enum method method, char ret_id[64],
                               uint32_t *ret_allowed)
{
    const char *plain = str_starts(path, "/v1/") ? path + 3 : path;
    *ret_allowed = 0;
    for (size_t i = 0; i < ROUTES; i++) {
        if (!fits(routes[i].path, plain, ret_id)) {
            continue;
        }
        if (routes[i].method == method) {
            return &routes[i];
        }
        *ret_allowed |= (uint32_t)routes[i].method;
        if (routes[i].path[strlen(routes[i].path) - 1] != '/' && method != METHOD_INVALID &&
            str_eq(plain, "/orders/cancel-all")) {
            break; /* the name of an act is not the id of an order */
        }
    }
    return NULL;
}

/* ---- query ---- */

static const struct {
    const char *name;
    uint32_t bit;
} parameters[] = {{"limit", QUERY_LIMIT},     {"cursor", QUERY_CURSOR},
                  {"open", QUERY_OPEN},       {"strategy", QUERY_STRATEGY},
                  {"symbol", QUERY_SYMBOL},   {"account", QUERY_ACCOUNT},
                  {"dry_run", QUERY_DRY_RUN}, {"order_id", QUERY_ORDER}};
#define PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static void take_bool(const char *pointer, const char *value, bool *ret_flag,
                      struct problem *problem)
{
    if (str_eq(value, "true") || str_eq(value, "1")) {
        *ret_flag = true;
    } else if (str_eq(value, "false") || str_eq(value, "0")) {
        *ret_flag = false;
    } else {
        problem_add(problem, pointer, "must be true or false");
    }
}

static void take_number(const char *pointer, const char *value, int64_t most, uint64_t *ret_number,
                        struct problem *problem)
{
    int64_t number = 0;
    if (str_to_i64(value, strlen(value), &number) != 0 || number < 1 || number > most) {
        problem_add(problem, pointer, "must be a whole number from 1 to %lld", (long long)most);
        return;
    }
    *ret_number = (uint64_t)number;
}

static void take_text(const char *pointer, const char *value, char ret_text[SOFIA_NAME_SIZE],
                      struct problem *problem)
{
    if (str_copy(ret_text, SOFIA_NAME_SIZE, value) != 0 || value[0] == '\0') {
        problem_add(problem, pointer, "must have 1 to %d bytes", SOFIA_NAME_SIZE - 1);
    }
}

static void take(struct request *request, uint32_t bit, const char *pointer, const char *value,
                 struct problem *problem)
{
    uint64_t limit = 0;
    switch (bit) {
    case QUERY_LIMIT:
        take_number(pointer, value, 500, &limit, problem);
        request->limit = (uint32_t)limit;
        return;
    case QUERY_CURSOR:
        take_number(pointer, value, INT64_MAX, &request->cursor, problem);
        return;
    case QUERY_ORDER:
        take_number(pointer, value, INT64_MAX, &request->order_id, problem);
        return;
    case QUERY_OPEN:
        take_bool(pointer, value, &request->open_only, problem);
        return;
    case QUERY_DRY_RUN:
        take_bool(pointer, value, &request->dry_run, problem);
        return;
    case QUERY_STRATEGY:
        take_text(pointer, value, request->strategy, problem);
        return;
    case QUERY_SYMBOL:
        take_text(pointer, value, request->symbol, problem);
        return;
    default:
        take_text(pointer, value, request->account, problem);
        return;
    }
}

void route_take_query(struct request *request, const char *argument, struct problem *problem)
{
    char name[48];
    char pointer[56];
    const char *equals = strchr(argument, '=');
    size_t len = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    if (len == 0 && equals == NULL) {
        return; /* "?" alone, "&&" */
    }
    (void)str_copy_n(name, sizeof(name), argument, len);
    (void)str_format(pointer, sizeof(pointer), "?%s", name);
    struct str_guess guess = str_guess_init(name);
    for (size_t i = 0; i < PARAMETERS; i++) {
        if ((request->route->query & parameters[i].bit) == 0) {
            continue;
        }
        if (str_eq(name, parameters[i].name)) {
            take(request, parameters[i].bit, pointer, equals == NULL ? "" : equals + 1, problem);
            return;
        }
        str_guess_try(&guess, parameters[i].name);
    }
    if (guess.best != NULL) {
        problem_add(problem, pointer, "unknown parameter; did you mean %s?", guess.best);
    } else {
        problem_add(problem, pointer, "this path has no such parameter");
    }
}
