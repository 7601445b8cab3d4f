/* Small stories told to a journal: the lives of orders, as records. */
#ifndef TESTS_STORE_ORDERS_H
#define TESTS_STORE_ORDERS_H

#include "store/journal.h"

/* Account 1 "binance", instrument 1 "BTC/USDT" (venue BTCUSDT), strategy 1 "quoter", rule 1
 * "limits". */
void story_names(struct journal *journal);

void story_filled(struct journal *journal,
                  uint64_t id); /* BUY 0.5 at 60000.1, two fills f<id>a, f<id>b */
void story_denied(struct journal *journal, uint64_t id);   /* by limits: MAX_ORDER: too large */
void story_open(struct journal *journal, uint64_t id);     /* SELL, NEW */
void story_doubtful(struct journal *journal, uint64_t id); /* SELL, sent, time-out */

void story_repeat_fill(struct journal *journal, uint64_t id);  /* f<id>a once more */
void story_foreign_fill(struct journal *journal, uint64_t id); /* f<id>x, BUY 0.01 */

void story_account(
    struct journal *journal); /* 1.5 BTC, 100000 USDT before us; the venue then tells 1.5 BTC */
void story_kill(struct journal *journal, uint64_t epoch, uint32_t level,
                uint32_t zero); /* "all" by ops: test */
void story_mode(struct journal *journal);

#endif
