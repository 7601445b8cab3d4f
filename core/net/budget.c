#include "net/budget.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

#include "base/banned.h"

/* Amounts of a refilling bucket are kept times its window, so that the refill of one nanosecond is
 * a whole number (the limit). */
__extension__ typedef unsigned __int128 scaled;

struct scope {
    char name[BUDGET_NAME_SIZE];
    int64_t blocked_until_ns;
};

struct bucket {
    char name[BUDGET_NAME_SIZE];
    uint32_t scope;
    enum budget_kind kind;
    uint32_t reserve_percent;
    uint64_t reserve; /* computed */
    uint64_t limit;
    int64_t window_ns;
    uint64_t used;            /* window */
    scaled used_x_ns;         /* decay */
    int64_t at_ns;            /* start of the window, or time of used_x_ns */
    int64_t limited_until_ns; /* of the last 429 about this bucket */
};

struct budget {
    struct bucket buckets[BUDGET_BUCKETS];
    struct scope scopes[BUDGET_SCOPES];
    uint32_t bucket_count;
    uint32_t scope_count;
};

int budget_new(struct budget **ret_budget)
{
    struct budget *budget = calloc(1, sizeof(*budget));

    if (budget == NULL) {
        return error_set(ERR_NOMEM, "no memory for budgets");
    }
    *ret_budget = budget;
    return 0;
}

struct budget *budget_free(struct budget *budget)
{
    free(budget);
    return NULL;
}

static struct scope *find_scope(struct budget *budget, const char *name)
{
    for (uint32_t i = 0; i < budget->scope_count; i++) {
        if (strcmp(budget->scopes[i].name, name) == 0) {
            return &budget->scopes[i];
        }
    }
    return NULL;
}

static int add_scope(struct budget *budget, const char *name, uint32_t *ret_scope)
{
    struct scope *scope = find_scope(budget, name);

    if (scope == NULL) {
        if (budget->scope_count == BUDGET_SCOPES) {
            return error_set(ERR_FULL, "more than %d budget scopes", BUDGET_SCOPES);
        }
        scope = &budget->scopes[budget->scope_count++];
        (void)str_copy(scope->name, sizeof(scope->name), name);
        scope->blocked_until_ns = INT64_MIN;
    }
    *ret_scope = (uint32_t)(scope - budget->scopes);
    return 0;
}

static bool is_usable(const struct budget_spec *spec)
{
    return spec->scope != NULL && spec->scope[0] != '\0' &&
           strlen(spec->scope) < BUDGET_NAME_SIZE && spec->name != NULL && spec->name[0] != '\0' &&
           strlen(spec->name) < BUDGET_NAME_SIZE && spec->kind > BUDGET_KIND_INVALID &&
           spec->kind < BUDGET_KIND_COUNT && spec->limit > 0 && spec->limit <= UINT32_MAX &&
           spec->window_ns > 0 && spec->reserve_percent < 100;
}

static int join(struct bucket *bucket, const struct budget_spec *spec)
{
    if (bucket->kind != spec->kind || bucket->window_ns != spec->window_ns) {
        return error_set(ERR_EXISTS, "budget '%s' of '%s' is there with another window", spec->name,
                         spec->scope);
    }
    bucket->limit = spec->limit < bucket->limit ? spec->limit : bucket->limit;
    bucket->reserve_percent = spec->reserve_percent > bucket->reserve_percent
                                  ? spec->reserve_percent
                                  : bucket->reserve_percent;
    return 0;
}

int budget_add(struct budget *budget, const struct budget_spec *spec, uint32_t *ret_bucket)
{
    uint32_t scope = 0;

    if (!is_usable(spec)) {
        return error_set(ERR_INVALID, "a budget needs scope, name, kind, limit, window and a "
                                      "reserve below 100 %%");
    }
    int status = add_scope(budget, spec->scope, &scope);
    if (status < 0) {
        return status;
    }
    for (uint32_t i = 0; i < budget->bucket_count; i++) {
        struct bucket *bucket = &budget->buckets[i];
        if (bucket->scope == scope && strcmp(bucket->name, spec->name) == 0) {
            status = join(bucket, spec);
            if (status == 0) {
                *ret_bucket = i;
            }
            return status;
        }
    }
    if (budget->bucket_count == BUDGET_BUCKETS) {
        return error_set(ERR_FULL, "more than %d budgets", BUDGET_BUCKETS);
    }
    struct bucket *bucket = &budget->buckets[budget->bucket_count];
    *bucket = (struct bucket){
        .scope = scope,
        .kind = spec->kind,
        .reserve_percent = spec->reserve_percent,
        .limit = spec->limit,
        .window_ns = spec->window_ns,
        .at_ns = INT64_MIN,
        .limited_until_ns = INT64_MIN,
    };
    (void)str_copy(bucket->name, sizeof(bucket->name), spec->name);
    *ret_bucket = budget->bucket_count++;
    return 0;
}

static int64_t window_start(const struct bucket *bucket, int64_t venue_ns)
{
    int64_t rest = venue_ns % bucket->window_ns;

    return venue_ns - (rest < 0 ? rest + bucket->window_ns : rest);
}

/* Brings the bucket to this time. Time that goes back (a new clock offset) gives nothing back. */
static void advance(struct bucket *bucket, int64_t venue_ns)
{
    if (bucket->kind == BUDGET_WINDOW) {
        int64_t start_ns = window_start(bucket, venue_ns);
        if (start_ns > bucket->at_ns) {
            bucket->at_ns = start_ns;
            bucket->used = 0;
        }
        return;
    }
    if (venue_ns > bucket->at_ns) {
        scaled refill = bucket->at_ns == INT64_MIN
                            ? bucket->used_x_ns
                            : (scaled)bucket->limit * (scaled)(uint64_t)(venue_ns - bucket->at_ns);
        bucket->used_x_ns = refill < bucket->used_x_ns ? bucket->used_x_ns - refill : 0;
        bucket->at_ns = venue_ns;
    }
}

static uint64_t cap_of(const struct bucket *bucket, enum budget_use use)
{
    if (use == BUDGET_RESERVED) {
        return bucket->limit;
    }
    uint64_t reserve = (bucket->limit * bucket->reserve_percent + 99) / 100;
    reserve = bucket->reserve > reserve ? bucket->reserve : reserve;
    reserve = use == BUDGET_RECOVERY ? (reserve + 3) / 4 : reserve;
    return reserve < bucket->limit ? bucket->limit - reserve : 0;
}

/* 0 or the time from which on `amount` fits under the cap. */
static int64_t fits_from(const struct bucket *bucket, uint64_t cap, uint64_t amount)
{
    if (bucket->kind == BUDGET_WINDOW) {
        return bucket->used + amount <= cap ? 0 : bucket->at_ns + bucket->window_ns;
    }
    scaled room = (scaled)(cap - amount) * (scaled)(uint64_t)bucket->window_ns;
    if (bucket->used_x_ns <= room) {
        return 0;
    }
    scaled wait_ns = (bucket->used_x_ns - room + bucket->limit - 1) / bucket->limit;
    return bucket->at_ns + (int64_t)wait_ns;
}

/* 0 or the time until which this use of the bucket is blocked. */
static int64_t blocked_until(const struct scope *scope, const struct bucket *bucket,
                             enum budget_use use, int64_t venue_ns)
{
    if (venue_ns < scope->blocked_until_ns) {
        return scope->blocked_until_ns;
    }
    if (use == BUDGET_ORDINARY && bucket->limited_until_ns != INT64_MIN) {
        int64_t end_ns = window_start(bucket, bucket->limited_until_ns) + bucket->window_ns;
        if (venue_ns < end_ns) {
            return end_ns;
        }
    }
    return 0;
}

int budget_ask(struct budget *budget, const struct budget_charge *charges, size_t count,
               enum budget_use use, int64_t venue_ns, int64_t *ret_until_ns)
{
    int64_t until_ns = 0;

    for (size_t i = 0; i < count; i++) {
        if (charges[i].bucket >= budget->bucket_count) {
            return error_set(ERR_INVALID, "no budget %u", charges[i].bucket);
        }
        struct bucket *bucket = &budget->buckets[charges[i].bucket];
        uint64_t cap = cap_of(bucket, use);
        uint64_t amount = charges[i].amount;
        for (size_t j = 0; j < i; j++) {
            /* The same bucket twice in one request: both must fit. */
            amount += charges[j].bucket == charges[i].bucket ? charges[j].amount : 0;
        }
        advance(bucket, venue_ns);
        if (amount > cap) {
            return ERR_LIMIT;
        }
        int64_t block_ns = blocked_until(&budget->scopes[bucket->scope], bucket, use, venue_ns);
        int64_t room_ns = fits_from(bucket, cap, amount);
        until_ns = block_ns > until_ns ? block_ns : until_ns;
        until_ns = room_ns > until_ns ? room_ns : until_ns;
    }
    if (until_ns == 0) {
        return 0;
    }
    if (ret_until_ns != NULL) {
        *ret_until_ns = until_ns;
    }
    return ERR_AGAIN;
}

int budget_take(struct budget *budget, const struct budget_charge *charges, size_t count,
                enum budget_use use, int64_t venue_ns, int64_t *ret_until_ns)
{
    int status = budget_ask(budget, charges, count, use, venue_ns, ret_until_ns);

    for (size_t i = 0; status == 0 && i < count; i++) {
        struct bucket *bucket = &budget->buckets[charges[i].bucket];
        bucket->used += charges[i].amount;
        bucket->used_x_ns += (scaled)charges[i].amount * (scaled)(uint64_t)bucket->window_ns;
    }
    return status;
}

void budget_give_back(struct budget *budget, const struct budget_charge *charges, size_t count,
                      int64_t venue_ns)
{
    for (size_t i = 0; i < count; i++) {
        if (charges[i].bucket >= budget->bucket_count) {
            continue;
        }
        struct bucket *bucket = &budget->buckets[charges[i].bucket];
        uint64_t amount = charges[i].amount;
        scaled amount_x_ns = (scaled)amount * (scaled)(uint64_t)bucket->window_ns;
        advance(bucket, venue_ns);
        bucket->used -= amount < bucket->used ? amount : bucket->used;
        bucket->used_x_ns -= amount_x_ns < bucket->used_x_ns ? amount_x_ns : bucket->used_x_ns;
    }
}

void budget_report_used(struct budget *budget, uint32_t bucket, uint64_t used, int64_t venue_ns)
{
    if (bucket >= budget->bucket_count) {
        return;
    }
    struct bucket *b = &budget->buckets[bucket];
    uint64_t bounded = used < UINT32_MAX ? used : UINT32_MAX;
    scaled used_x_ns = (scaled)bounded * (scaled)(uint64_t)b->window_ns;

    advance(b, venue_ns);
    b->used = bounded > b->used ? bounded : b->used;
    b->used_x_ns = used_x_ns > b->used_x_ns ? used_x_ns : b->used_x_ns;
}

void budget_limit_set(struct budget *budget, uint32_t bucket, uint64_t limit)
{
    if (bucket < budget->bucket_count && limit > 0 && limit <= UINT32_MAX) {
        budget->buckets[bucket].limit = limit;
    }
}

void budget_window_set(struct budget *budget, uint32_t bucket, int64_t window_ns, int64_t venue_ns)
{
    if (bucket >= budget->bucket_count || window_ns <= 0 ||
        budget->buckets[bucket].kind != BUDGET_DECAY) {
        return;
    }
    struct bucket *b = &budget->buckets[bucket];
    advance(b, venue_ns);
    b->used_x_ns = b->used_x_ns / (scaled)(uint64_t)b->window_ns * (scaled)(uint64_t)window_ns;
    b->window_ns = window_ns;
}

void budget_reserve_change(struct budget *budget, uint32_t bucket, int64_t delta)
{
    if (bucket >= budget->bucket_count) {
        return;
    }
    uint64_t *reserve = &budget->buckets[bucket].reserve;
    uint64_t less = delta < 0 ? (uint64_t)-delta : 0;
    *reserve =
        delta >= 0 ? *reserve + (uint64_t)delta : *reserve - (less < *reserve ? less : *reserve);
}

int budget_blocked_until(struct budget *budget, uint32_t bucket, enum budget_block block,
                         int64_t until_ns)
{
    if (bucket >= budget->bucket_count) {
        return error_set(ERR_INVALID, "no budget %u", bucket);
    }
    struct bucket *b = &budget->buckets[bucket];
    struct scope *s = &budget->scopes[b->scope];

    if (until_ns > s->blocked_until_ns) {
        s->blocked_until_ns = until_ns;
    }
    if (block == BUDGET_BLOCK_LIMITED && until_ns > b->limited_until_ns) {
        b->limited_until_ns = until_ns;
    }
    return 0;
}

uint64_t budget_used(struct budget *budget, uint32_t bucket, int64_t venue_ns)
{
    if (bucket >= budget->bucket_count) {
        return 0;
    }
    struct bucket *b = &budget->buckets[bucket];
    advance(b, venue_ns);
    if (b->kind == BUDGET_WINDOW) {
        return b->used;
    }
    return (uint64_t)((b->used_x_ns + (scaled)(uint64_t)b->window_ns - 1) /
                      (scaled)(uint64_t)b->window_ns);
}

uint64_t budget_limit(const struct budget *budget, uint32_t bucket)
{
    return bucket < budget->bucket_count ? budget->buckets[bucket].limit : 0;
}
