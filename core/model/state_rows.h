/* Rows of the order table: taking, indexing, counting. Private to model/state.c.
 *
 * Every change of an order is framed by rows_before and rows_after: before takes its open quantity out of the position's
 * working sums, after puts the new one in and moves the order between the lists. So the sums cannot drift.
 */
#ifndef MODEL_STATE_ROWS_H
#define MODEL_STATE_ROWS_H

#include "model/state.h"

void rows_release(struct state *state);

/* A cleared row, NULL when state_reserve was not called in time and memory is out. */
struct order *rows_take(struct state *state);
int rows_index(struct state *state, struct order *order);
int rows_index_venue(struct state *state, struct order *order);
/* The venue's order is `to` from now on. */
int rows_move_venue(struct state *state, struct order *from, struct order *to);
int rows_index_fill(struct state *state, const struct record_fill *fill);
void rows_before(struct state *state, struct order *order);
int rows_after(struct state *state, struct order *order);

#endif
