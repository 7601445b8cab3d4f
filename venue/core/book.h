/* The inside of the book, for the engine's own files. */
#ifndef SOFIA_VENUE_CORE_BOOK_H
#define SOFIA_VENUE_CORE_BOOK_H

#include "engine.h"

void vn_book_add(struct vn_engine *e, struct vn_order *order);
void vn_book_remove(struct vn_engine *e, struct vn_order *order);
/* After the order itself was reduced by that much: keeps its place in the queue, leaves the book at zero. */
void vn_book_reduce(struct vn_engine *e, struct vn_order *order, int64_t by);
struct vn_level *vn_book_top(const struct vn_book_side *side);
void vn_book_release(struct vn_engine *e);

#endif
