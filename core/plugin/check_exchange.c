/* Checks of an exchange's tables: what the host will index and enforce must be in range before it does. */
#include "plugin/check.h"

#include <string.h>

#include "base/banned.h"

/* More than any venue has; a wild count must not become a long walk through memory. */
enum { TABLE_MAX = 256 };

#define ENDPOINT_FLAGS (SOFIA_ENDPOINT_RESEND_SAFE | SOFIA_ENDPOINT_STREAMED | SOFIA_ENDPOINT_WARM)

static bool is_class(uint32_t class_)
{
    return class_ >= SOFIA_CLASS_PUBLIC && class_ <= SOFIA_CLASS_CANCEL;
}

static bool is_method(const char *method)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE", "WS", "LOCAL"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (str_eq(methods[i], method)) {
            return true;
        }
    }
    return false;
}

static bool is_empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

/* What is no HTTP has an operation instead of a path. */
static bool has_operation(const struct sofia_endpoint *endpoint)
{
    return str_eq(endpoint->method, "WS") || str_eq(endpoint->method, "LOCAL");
}

/* Rows are one after another, so a row of another size would shift all behind it. */
static bool check_rows(struct check *check, const char *what, const void *rows, uint32_t count,
                       size_t size)
{
    if (count > TABLE_MAX || (count > 0 && rows == NULL)) {
        check_found(check, "table of %ss is missing or longer (%u) than this core takes (%d)", what,
                    count, TABLE_MAX);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t own;
        memcpy(&own, (const char *)rows + i * size, sizeof(own));
        if (own != size) {
            check_found(check, "%s %u: struct sofia_%s has %u bytes, this core has %zu", what, i,
                        what, own, size);
            return false;
        }
    }
    return true;
}

static void check_origins(struct check *check, const struct sofia_exchange *desc)
{
    if (desc->origin_count == 0) {
        check_found(check, "has no origin: nowhere to send a request to");
    }
    for (uint32_t i = 0; i < desc->origin_count; i++) {
        if (is_empty(desc->origins[i].name)) {
            check_found(check, "origin %u has no name", i);
            continue;
        }
        for (uint32_t k = 0; k < i; k++) {
            if (str_eq(desc->origins[k].name, desc->origins[i].name)) {
                check_found(check, "origin '%s' is there twice", desc->origins[i].name);
            }
        }
    }
}

static void check_bucket(struct check *check, const struct sofia_bucket *bucket, uint32_t index)
{
    if (is_empty(bucket->name)) {
        check_found(check, "bucket %u has no name", index);
        return;
    }
    if (bucket->scope < SOFIA_SCOPE_IP || bucket->scope > SOFIA_SCOPE_ACCOUNT_SYMBOL) {
        check_found(check, "bucket '%s' has scope %u, this core knows 1 to %u", bucket->name,
                    bucket->scope, SOFIA_SCOPE_ACCOUNT_SYMBOL);
    }
    if (bucket->kind < SOFIA_BUCKET_WINDOW || bucket->kind > SOFIA_BUCKET_DECAY) {
        check_found(check, "bucket '%s' is of kind %u, this core knows 1 to %u", bucket->name,
                    bucket->kind, SOFIA_BUCKET_DECAY);
    }
    if (bucket->reserve_percent > 100) {
        check_found(check, "bucket '%s' reserves %u percent, at most 100 are there", bucket->name,
                    bucket->reserve_percent);
    }
    if (bucket->limit == 0 || bucket->window_ns <= 0) {
        check_found(check, "bucket '%s' allows %llu in %lld ns, both must be above 0", bucket->name,
                    (unsigned long long)bucket->limit, (long long)bucket->window_ns);
    }
}

static void check_charges(struct check *check, const struct sofia_exchange *desc,
                          const struct sofia_endpoint *endpoint, const char *what)
{
    for (int i = 0; i < SOFIA_ENDPOINT_CHARGES; i++) {
        const struct sofia_charge *charge = &endpoint->charges[i];
        if (charge->bucket > desc->bucket_count) {
            check_found(check, "%s is charged to bucket %u, the table has %u", what, charge->bucket,
                        desc->bucket_count);
        } else if (charge->bucket == 0 && charge->amount != 0) {
            check_found(check, "%s is charged %u to no bucket", what, charge->amount);
        }
    }
}

/* The transport repeats what is resend-safe, and a GET has no body: for an order either means two orders. */
static void check_repeats(struct check *check, const struct sofia_endpoint *endpoint,
                          const char *what)
{
    bool safe = (endpoint->flags & SOFIA_ENDPOINT_RESEND_SAFE) != 0;
    bool get = str_eq(endpoint->method, "GET");
    bool operation = has_operation(endpoint);
    if (endpoint->class_ <= SOFIA_CLASS_READ && !get && !operation && !safe) {
        check_found(check, "%s is a question and not RESEND_SAFE: only GET, WS and LOCAL may be so",
                    what);
    }
    if (endpoint->class_ == SOFIA_CLASS_TRADE && safe) {
        check_found(
            check, "%s places orders and is RESEND_SAFE: the transport could place it twice", what);
    }
    if (endpoint->class_ == SOFIA_CLASS_TRADE && get) {
        check_found(check, "%s places orders without a body: the transport could place it twice",
                    what);
    }
}

static void check_endpoint(struct check *check, const struct sofia_exchange *desc, uint32_t index)
{
    const struct sofia_endpoint *endpoint = &desc->endpoints[index];
    char what[160];
    (void)str_format(what, sizeof(what), "endpoint %u (%s %s)", index,
                     endpoint->method != NULL ? endpoint->method : "no method",
                     endpoint->path != NULL ? endpoint->path : "no path");
    if (!is_class(endpoint->class_)) {
        check_found(check, "%s has class %u, this core knows 1 to %u", what, endpoint->class_,
                    SOFIA_CLASS_CANCEL);
    }
    if (!is_method(endpoint->method)) {
        check_found(check, "%s has a method that is not GET, POST, PUT, DELETE, WS or LOCAL", what);
    } else if (is_empty(endpoint->path) || (endpoint->path[0] != '/' && !has_operation(endpoint))) {
        check_found(check, "%s: %s", what,
                    has_operation(endpoint) ? "the operation has no name"
                                            : "the path does not begin with '/'");
    }
    if (endpoint->origin >= desc->origin_count) {
        check_found(check, "%s lives at origin %u, the table has %u", what, endpoint->origin,
                    desc->origin_count);
    }
    if ((endpoint->flags & ~ENDPOINT_FLAGS) != 0) {
        check_found(check, "%s has flags %#x, this core knows %#x", what, endpoint->flags,
                    ENDPOINT_FLAGS);
    }
    check_charges(check, desc, endpoint, what);
    if (is_class(endpoint->class_) && is_method(endpoint->method)) {
        check_repeats(check, endpoint, what);
    }
    if (str_eq(endpoint->method, "LOCAL") && endpoint->flags != 0) {
        check_found(check, "%s has flags of the transport, which LOCAL never meets", what);
    }
    if ((endpoint->flags & SOFIA_ENDPOINT_STREAMED) != 0 && desc->on_piece == NULL) {
        check_found(check, "%s is STREAMED, but struct sofia_exchange has no on_piece", what);
    }
}

static bool has_class(const struct sofia_exchange *desc, uint32_t class_)
{
    for (uint32_t i = 0; i < desc->endpoint_count; i++) {
        if (desc->endpoints[i].class_ == class_) {
            return true;
        }
    }
    return false;
}

void check_exchange_tables(struct check *check, const struct sofia_exchange *desc)
{
    bool origins =
        check_rows(check, "origin", desc->origins, desc->origin_count, sizeof(*desc->origins));
    bool buckets =
        check_rows(check, "bucket", desc->buckets, desc->bucket_count, sizeof(*desc->buckets));
    bool endpoints = check_rows(check, "endpoint", desc->endpoints, desc->endpoint_count,
                                sizeof(*desc->endpoints));
    if (origins) {
        check_origins(check, desc);
    }
    for (uint32_t i = 0; buckets && i < desc->bucket_count; i++) {
        check_bucket(check, &desc->buckets[i], i);
    }
    for (uint32_t i = 0; endpoints && i < desc->endpoint_count; i++) {
        check_endpoint(check, desc, i);
    }
    if (endpoints && !has_class(desc, SOFIA_CLASS_TRADE)) {
        check_found(check, "has no endpoint of class TRADE: it could place no order");
    }
    if (endpoints && !has_class(desc, SOFIA_CLASS_CANCEL)) {
        check_found(check, "has no endpoint of class CANCEL: it could stop no order");
    }
    if ((desc->features & SOFIA_EXCHANGE_AMEND) != 0 && desc->encode_replace == NULL) {
        check_found(check, "says AMEND, but struct sofia_exchange has no encode_replace");
    }
    if ((desc->features & SOFIA_EXCHANGE_DEAD_MAN) != 0 &&
        (!SOFIA_HAS(sofia_exchange, desc, encode_dead_man) || desc->encode_dead_man == NULL)) {
        check_found(check, "says DEAD_MAN, but struct sofia_exchange has no encode_dead_man");
    }
}
