/* What a request costs and who pays: the adapter's charges in the budgets all instances share. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "plugin/exchange_impl.h"

#define LISTINGS_TO_ZERO 2u /* zero is believed after two empty ones */

/* Who shares a budget: all instances of one adapter at one address (IP), of one key, of one account. Which account a key belongs to is known
 * only after the venue was asked, so until then, and for budgets for ever, a key stands for its account. */
static void name_scope(const struct exchange *x, const struct sofia_bucket *bucket,
                       const char *symbol, char ret_name[BUDGET_NAME_SIZE])
{
    char url[256] = "?";
    const char *key = x->instance.key_fingerprint;
    key = key[0] != '\0' ? key : x->instance.name;
    switch (bucket->scope) {
    case SOFIA_SCOPE_IP:
        (void)x->desc->origin_url(x->instance.self, 0, url, sizeof(url));
        (void)str_format(ret_name, BUDGET_NAME_SIZE, "ip %.24s %.32s", x->instance.desc->id, url);
        break;
    case SOFIA_SCOPE_KEY:
        (void)str_format(ret_name, BUDGET_NAME_SIZE, "key %s", key);
        break;
    case SOFIA_SCOPE_ACCOUNT:
        (void)str_format(ret_name, BUDGET_NAME_SIZE, "account %s", key);
        break;
    default:
        (void)str_format(ret_name, BUDGET_NAME_SIZE, "account %.16s %.36s", key, symbol);
        break;
    }
}

static int64_t budget_now_ns(const struct exchange *x)
{
    int64_t now_ns;
    return exchange_venue_now_ns(x, &now_ns) == 0 ? now_ns : clock_now_ns(x->instance.clock);
}

static int add_bucket(struct exchange *x, uint32_t index, const char *symbol, uint32_t *ret_bucket)
{
    const struct sofia_bucket *bucket = &x->desc->buckets[index];
    char scope[BUDGET_NAME_SIZE];
    name_scope(x, bucket, symbol, scope);
    struct budget_spec spec = {.scope = scope,
                               .name = bucket->name,
                               .kind = bucket->kind == SOFIA_BUCKET_DECAY ? BUDGET_DECAY
                                                                          : BUDGET_WINDOW,
                               .limit = x->limits[index] != 0 ? x->limits[index] : bucket->limit,
                               .window_ns = bucket->window_ns,
                               .reserve_percent = bucket->reserve_percent};
    int rc = budget_add(x->budgets, &spec, ret_bucket);
    if (rc == 0) {
        budget_window_set(x->budgets, *ret_bucket, x->windows_ns[index], budget_now_ns(x));
    }
    return rc == 0 ? 0 : error_append("%s: budget '%s'", x->instance.name, bucket->name);
}

static bool is_of_symbol(const struct exchange *x, uint32_t index)
{
    return x->desc->buckets[index].scope == SOFIA_SCOPE_ACCOUNT_SYMBOL;
}

int exchange_add_buckets(struct exchange *x)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < x->desc->bucket_count; i++) {
        rc = is_of_symbol(x, i) ? 0 : add_bucket(x, i, "", &x->buckets[i]);
    }
    return rc;
}

static struct symbol_buckets *buckets_of(struct exchange *x, const char *symbol)
{
    for (uint32_t i = 0; i < x->symbol_count; i++) {
        if (strcmp(x->symbols[i].symbol, symbol) == 0) {
            return &x->symbols[i];
        }
    }
    if (x->symbol_count == EXCHANGE_SYMBOLS) {
        return NULL;
    }
    struct symbol_buckets *made = &x->symbols[x->symbol_count];
    (void)str_copy(made->symbol, sizeof(made->symbol), symbol);
    for (uint32_t i = 0; i < x->desc->bucket_count; i++) {
        if (is_of_symbol(x, i) && add_bucket(x, i, symbol, &made->at[i]) != 0) {
            return NULL;
        }
    }
    x->symbol_count++;
    return made;
}

static uint32_t amount_of(const struct sofia_request *request,
                          const struct sofia_endpoint *endpoint, int charge)
{
    return charge == 0 && request->weight != 0 ? request->weight : endpoint->charges[charge].amount;
}

/* Cancels may use the reserve, and most of it the questions that tell what lives; new risk may not. */
static enum budget_use use_of(uint32_t endpoint_class)
{
    if (endpoint_class == SOFIA_CLASS_CANCEL) {
        return BUDGET_RESERVED;
    }
    return endpoint_class == SOFIA_CLASS_READ ? BUDGET_RECOVERY : BUDGET_ORDINARY;
}

static int charges_of(struct exchange *x, const struct sofia_request *request,
                      struct budget_charge *charges, size_t *ret_count)
{
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[request->endpoint];
    *ret_count = 0;
    for (int i = 0; i < SOFIA_ENDPOINT_CHARGES; i++) {
        uint32_t index = endpoint->charges[i].bucket - 1;
        const struct symbol_buckets *symbol = NULL;
        if (endpoint->charges[i].bucket == 0 ||
            (is_of_symbol(x, index) && request->budget_symbol[0] == '\0')) {
            continue;
        }
        if (is_of_symbol(x, index)) {
            symbol = buckets_of(x, request->budget_symbol);
            if (symbol == NULL) {
                return error_set(EXCHANGE_ERR_BUDGET, "%s: no place for a budget of %s",
                                 x->instance.name, request->budget_symbol);
            }
        }
        charges[(*ret_count)++] =
            (struct budget_charge){.bucket = symbol == NULL ? x->buckets[index] : symbol->at[index],
                                   .amount = amount_of(request, endpoint, i)};
    }
    return 0;
}

typedef int (*budget_fn)(struct budget *budget, const struct budget_charge *charges, size_t count,
                         enum budget_use use, int64_t venue_ns, int64_t *ret_until_ns);

static int charge(struct exchange *x, const struct sofia_request *request, budget_fn take)
{
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[request->endpoint];
    struct budget_charge charges[SOFIA_ENDPOINT_CHARGES];
    size_t count = 0;
    int64_t until_ns = 0;
    int64_t now_ns = budget_now_ns(x);
    int rc = charges_of(x, request, charges, &count);
    if (rc != 0 ||
        take(x->budgets, charges, count, use_of(endpoint->class_), now_ns, &until_ns) == 0) {
        return rc;
    }
    x->budget_wait_mono_ns =
        until_ns == 0 ? 0 : clock_mono_ns(x->instance.clock) + (until_ns - now_ns);
    return error_set(EXCHANGE_ERR_BUDGET, "%s: no request budget for %s %s now", x->instance.name,
                     endpoint->method, endpoint->path);
}

int exchange_charge(struct exchange *x, const struct sofia_request *request)
{
    return charge(x, request, budget_take);
}

int exchange_ask_budget(struct exchange *x, const struct sofia_request *request)
{
    return charge(x, request, budget_ask);
}

void exchange_give_back(struct exchange *x, const struct sofia_request *request)
{
    struct budget_charge charges[SOFIA_ENDPOINT_CHARGES];
    size_t count;
    if (charges_of(x, request, charges, &count) == 0) {
        budget_give_back(x->budgets, charges, count, budget_now_ns(x));
    }
}

/* ---- what stopping would cost ---- */

/* The dearest way to cancel one order, in this bucket. */
static uint64_t cancel_amount(const struct exchange *x, uint32_t index)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < x->desc->endpoint_count; i++) {
        const struct sofia_endpoint *endpoint = &x->desc->endpoints[i];
        uint64_t amount = 0;
        for (int k = 0; k < SOFIA_ENDPOINT_CHARGES; k++) {
            bool here = endpoint->charges[k].bucket == index + 1;
            amount += here ? endpoint->charges[k].amount : 0;
        }
        most = endpoint->class_ == SOFIA_CLASS_CANCEL && amount > most ? amount : most;
    }
    return most;
}

/* A bucket that is full again so soon keeps its percentage only: waiting a moment costs less than never having more live orders
 * than such a bucket has room for. */
#define FULL_AGAIN_NS (2 * CLOCK_NS_PER_S)

void exchange_reserve_for(struct exchange *x, uint32_t live_orders)
{
    for (uint32_t i = 0; i < x->desc->bucket_count; i++) {
        if (x->desc->buckets[i].window_ns <= FULL_AGAIN_NS) {
            continue;
        }
        if (is_of_symbol(x, i)) {
            continue; /* which order is of which symbol decides there: the percentage has to do */
        }
        uint64_t listings = LISTINGS_TO_ZERO * (uint64_t)x->listing_amounts[i];
        uint64_t wanted = live_orders * cancel_amount(x, i) + (live_orders > 0 ? listings : 0);
        if (wanted != x->reserves[i]) {
            budget_reserve_change(x->budgets, x->buckets[i],
                                  (int64_t)wanted - (int64_t)x->reserves[i]);
            x->reserves[i] = wanted;
        }
    }
}

void exchange_note_listing(struct exchange *x, const struct sofia_request *request)
{
    const struct sofia_endpoint *endpoint = &x->desc->endpoints[request->endpoint];
    memset(x->listing_amounts, 0, sizeof(x->listing_amounts));
    for (int i = 0; i < SOFIA_ENDPOINT_CHARGES; i++) {
        if (endpoint->charges[i].bucket != 0) {
            x->listing_amounts[endpoint->charges[i].bucket - 1] += amount_of(request, endpoint, i);
        }
    }
}

bool exchange_budget_is_low(const struct exchange *x)
{
    for (uint32_t i = 0; i < x->desc->bucket_count; i++) {
        uint64_t limit = is_of_symbol(x, i) ? 0 : budget_limit(x->budgets, x->buckets[i]);
        if (limit != 0 &&
            budget_used(x->budgets, x->buckets[i], budget_now_ns(x)) > limit - limit / 4) {
            return true;
        }
    }
    return false;
}

int64_t exchange_wait_ns(const struct exchange *x)
{
    return x->budget_wait_mono_ns > clock_mono_ns(x->instance.clock) ? x->budget_wait_mono_ns : 0;
}

/* ---- what the venue says about them ---- */

static void set_one(struct exchange *x, uint32_t index, uint32_t bucket)
{
    budget_limit_set(x->budgets, bucket, x->limits[index]);
    budget_window_set(x->budgets, bucket, x->windows_ns[index], budget_now_ns(x));
}

static void set_limit(struct exchange *x, uint32_t index, const struct sofia_event_usage *usage)
{
    x->limits[index] = usage->limit;
    if (usage->head.size >= sizeof(*usage) && usage->window_ns > 0) {
        x->windows_ns[index] = usage->window_ns;
    }
    if (!is_of_symbol(x, index)) {
        set_one(x, index, x->buckets[index]);
        return;
    }
    for (uint32_t i = 0; i < x->symbol_count; i++) {
        set_one(x, index, x->symbols[i].at[index]);
    }
}

void exchange_use_usage(struct exchange *x, const struct sofia_event_usage *usage)
{
    if (usage->bucket >= x->desc->bucket_count) {
        return;
    }
    if (usage->limit != 0) {
        set_limit(x, usage->bucket, usage);
    }
    if (is_of_symbol(x, usage->bucket)) {
        return; /* the event names no symbol */
    }
    uint32_t bucket = x->buckets[usage->bucket];
    if (usage->used != 0) {
        budget_report_used(x->budgets, bucket, usage->used, budget_now_ns(x));
    }
    if (usage->blocked != 0) {
        (void)budget_blocked_until(x->budgets, bucket,
                                   usage->blocked == 2 ? BUDGET_BLOCK_BANNED : BUDGET_BLOCK_LIMITED,
                                   usage->until_ns);
        log_warn("exchange", "%s: the venue demands silence (bucket %s, level %u)",
                 x->instance.name, x->desc->buckets[usage->bucket].name, usage->blocked);
    }
}
