/* `sofia plugin describe`: what a module says of itself, for people. */
#include <string.h>

#include "config/config.h"
#include "plugin/check.h"
#include "plugin/loader.h"

#include "base/banned.h"

static const char *class_word(uint32_t class_)
{
    static const char *const words[] = {[SOFIA_CLASS_PUBLIC] = "public",
                                        [SOFIA_CLASS_READ] = "read",
                                        [SOFIA_CLASS_TRADE] = "trade",
                                        [SOFIA_CLASS_CANCEL] = "cancel"};
    return class_ >= SOFIA_CLASS_PUBLIC && class_ <= SOFIA_CLASS_CANCEL ? words[class_] : "?";
}

static const char *scope_word(uint32_t scope)
{
    static const char *const words[] = {[SOFIA_SCOPE_IP] = "address",
                                        [SOFIA_SCOPE_KEY] = "key",
                                        [SOFIA_SCOPE_ACCOUNT] = "account",
                                        [SOFIA_SCOPE_ACCOUNT_SYMBOL] = "account and symbol"};
    return scope >= SOFIA_SCOPE_IP && scope <= SOFIA_SCOPE_ACCOUNT_SYMBOL ? words[scope] : "?";
}

static void describe_buckets(const struct sofia_exchange *desc, struct text *out)
{
    for (uint32_t i = 0; i < desc->bucket_count; i++) {
        const struct sofia_bucket *bucket = &desc->buckets[i];
        text_addf(out, "    %s: %llu in %lld ms per %s, %u%% kept for cancels and recovery\n",
                  bucket->name, (unsigned long long)bucket->limit,
                  (long long)(bucket->window_ns / 1000000), scope_word(bucket->scope),
                  bucket->reserve_percent);
    }
}

static void describe_endpoint(const struct sofia_exchange *desc,
                              const struct sofia_endpoint *endpoint, struct text *out)
{
    text_addf(out, "    %-6s %-6s %s %s", class_word(endpoint->class_), endpoint->method,
              desc->origins[endpoint->origin].name, endpoint->path);
    for (int i = 0; i < SOFIA_ENDPOINT_CHARGES; i++) {
        const struct sofia_charge *charge = &endpoint->charges[i];
        if (charge->bucket != 0) {
            text_addf(out, ", %u of %s", charge->amount, desc->buckets[charge->bucket - 1].name);
        }
    }
    text_add(out, (endpoint->flags & SOFIA_ENDPOINT_RESEND_SAFE) != 0 ? ", resend-safe" : "");
    text_add(out, (endpoint->flags & SOFIA_ENDPOINT_STREAMED) != 0 ? ", streamed" : "");
    text_add(out, "\n");
}

static void describe_exchange(const struct sofia_exchange *desc, struct text *out)
{
    text_addf(out, "amends in place: %s\n",
              (desc->features & SOFIA_EXCHANGE_AMEND) != 0 ? "yes" : "no");
    text_addf(out, "dead man's switch at the venue: %s\n",
              (desc->features & SOFIA_EXCHANGE_DEAD_MAN) != 0 ? "yes" : "no");
    text_addf(out, "venue can prove that an order never lived: %s\n",
              (desc->features & SOFIA_EXCHANGE_PROVES_ABSENCE) != 0 ? "yes" : "no");
    text_add(out, "budgets:\n");
    describe_buckets(desc, out);
    text_add(out, "endpoints:\n");
    for (uint32_t i = 0; i < desc->endpoint_count; i++) {
        describe_endpoint(desc, &desc->endpoints[i], out);
    }
}

static void describe_sink(const struct sofia_sink *desc, struct text *out)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } wants[] = {{SOFIA_WANT_ORDERS, " orders"},
                 {SOFIA_WANT_CONTROL, " control"},
                 {SOFIA_WANT_MARKET, " market"},
                 {SOFIA_WANT_CHANNELS, " channels"}};
    text_add(out, "wants:");
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        text_add(out, (desc->interests & wants[i].bit) != 0 ? wants[i].word : "");
    }
    text_add(out, desc->interests == 0 ? " nothing\n" : "\n");
}

void module_describe(const struct sofia_module *desc, struct text *out)
{
    struct config_table table = {
        .options = desc->options, .count = desc->option_count, .stride = desc->option_size};
    text_addf(out, "%s %s, kind %s, ABI %u.%u\n", desc->id, desc->version, kind_word(desc->kind),
              desc->abi_major, desc->abi_minor);
    if (desc->doc != NULL && desc->doc[0] != '\0') {
        text_addf(out, "%s\n", desc->doc);
    }
    if ((desc->capabilities & SOFIA_CAP_RAW_SECRET) != 0) {
        text_add(out, "wants to see secrets themselves\n");
    }
    text_add(out, desc->option_count > 0 ? "\noptions:\n" : "\nno options\n");
    config_table_describe(&table, out);
    if (desc->kind == SOFIA_KIND_EXCHANGE) {
        text_add(out, "\n");
        describe_exchange(desc->descriptor, out);
    } else if (desc->kind == SOFIA_KIND_SINK) {
        text_add(out, "\n");
        describe_sink(desc->descriptor, out);
    }
}
