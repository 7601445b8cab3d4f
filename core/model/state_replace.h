/* What records do to an order and its replacement together. Private to model/state.c.
 *
 *     INTENT   the two are linked, what is filled is carried over       SEND     the original is PENDING_REPLACE
 *     REPORT   refused: the link ends. Alive: the replacement is the successor; if it is the same order at the venue,
 *              everything that belongs to that goes over
 *
 * The original's row is changed outside rows_before and rows_after where its open quantity stays what it was.
 */
#ifndef MODEL_STATE_REPLACE_H
#define MODEL_STATE_REPLACE_H

#include "model/state.h"

void replace_join(const struct state *state, struct order *replacement);
void replace_sent(const struct state *state, struct order *replacement, uint64_t seq,
                  int64_t ts_ns);
/* Whoever cancels an order that is being replaced wants neither of the two. */
void replace_want_cancel(const struct state *state, const struct order *original);

/* The first word about a replacement decides it: refused, the original is as it was; alive, it is the original's successor. */
void replace_decide(const struct state *state, const struct order *replacement, uint64_t seq,
                    int64_t ts_ns);

/* Does this report say that the original itself was changed? The original, or NULL. */
struct order *replace_taken_over_by(const struct state *state, const struct order *replacement,
                                    const struct record_report *report);
/* The venue changed the order itself: all that belongs to it goes over to the replacement. */
int replace_take_over(struct state *state, struct order *original, struct order *replacement,
                      uint64_t seq, int64_t ts_ns);

#endif
