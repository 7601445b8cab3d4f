/* A state and the records that made it, for tests: each helper fills one record, applies it and keeps it for a replay.
 *
 * fold_init declares one account (1), two instruments (1 BTC/USDT, 2 ETH/USDT) and two strategies (1 maker, 2 taker).
 * Numbers are texts; NULL is absent. The int each helper returns is the status of state_apply.
 */
#ifndef TESTS_MODEL_FOLD_H
#define TESTS_MODEL_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/state.h"

#define FOLD_ACCOUNT 1u
#define FOLD_BTC 1u
#define FOLD_ETH 2u
#define FOLD_MAKER 1u
#define FOLD_TAKER 2u

struct fold_record {
    uint32_t kind;
    size_t len;
    void *payload;
};

struct fold {
    struct state state;
    struct fold_record *records;
    size_t count;
    size_t cap;
};

void fold_init(struct fold *fold);
void fold_release(struct fold *fold);

int fold_apply(struct fold *fold, uint32_t kind, const void *payload, size_t len);

/* The same records in a fresh state. */
void fold_replay(const struct fold *fold, struct state *ret_state);
/* Fails the test with the first thing that differs. */
void fold_same(const struct state *a, const struct state *b);

struct record_intent fold_intent_of(uint64_t id, uint32_t side, const char *qty);
int fold_intent(struct fold *fold, uint64_t id, uint32_t side, const char *qty);
int fold_send(struct fold *fold, uint64_t id, uint32_t what);
int fold_report(struct fold *fold, uint64_t id, uint32_t state, const char *filled);
int fold_cancel_refused(struct fold *fold, uint64_t id);
int fold_doubt(struct fold *fold, uint64_t id, uint32_t bits, bool set);
int fold_verdict(struct fold *fold, uint32_t kind, uint64_t id);
int fold_kill(struct fold *fold, const char *scope, uint32_t level, uint64_t epoch);
struct record_fill fold_fill_of(uint64_t id, uint32_t side, const char *fill_id, const char *qty,
                                const char *price);
int fold_fill(struct fold *fold, uint64_t id, uint32_t side, const char *fill_id, const char *qty,
              const char *price);
int fold_fill_fee(struct fold *fold, uint64_t id, uint32_t side, const char *fill_id,
                  const char *qty, const char *price, const char *fee, const char *fee_asset);

const struct order *fold_order(const struct fold *fold, uint64_t id);
const struct position *fold_position(const struct fold *fold, uint64_t id);

struct sofia_decimal decimal_of(const char *text);
struct sofia_wide wide_of(const char *text);
/* By value; prints both sides on failure. */
void wide_is(struct sofia_wide value, const char *text, const char *what);
void decimal_is(struct sofia_decimal value, const char *text, const char *what);

/* The statement in question refused the record as corrupt. */
#define ASSERT_CORRUPT(call) cr_assert_eq((call), ERR_CORRUPT, "%s", #call)
#define ASSERT_OK(call) cr_assert_eq((call), 0, "%s: %s", #call, error_text())

#endif
