/* An order's entry into and exit from the engine's tables, for the engine's own files. */
#ifndef SOFIA_VENUE_CORE_ORDER_H
#define SOFIA_VENUE_CORE_ORDER_H

#include "engine.h"

struct vn_order *vn_order_new(struct vn_engine *e, int64_t now_ns,
                              const struct vn_order_spec *spec);
void vn_order_rename(struct vn_order *order, const char *client_id);
void vn_order_invent_id(struct vn_engine *e, char *ret_id);

/* Out of the book and the open lists, funds released. The state is set, a report is made. */
void vn_order_end(struct vn_engine *e, int64_t now_ns, struct vn_order *order, enum vn_state state,
                  enum vn_event event);
void vn_order_bury(struct vn_engine *e); /* frees what ended and is not kept */

void vn_report(struct vn_engine *e, struct vn_order *order, enum vn_event event, int64_t now_ns,
               const struct vn_fill *fill);

/* What the order must lock for what is left of it. */
amount_t vn_order_lock_need(const struct vn_order *order);
void vn_order_lock(struct vn_order *order, amount_t target); /* moves between free and locked */
void vn_stop_remove(struct vn_order *order);

/* match.c */
bool vn_is_marketable(const struct vn_order_spec *spec);
void vn_work(struct vn_engine *e, int64_t now_ns,
             struct vn_order *order); /* meets the book, rests or expires */
void vn_expire(struct vn_engine *e, int64_t now_ns, struct vn_order *order, enum vn_expiry why);
void vn_finish(struct vn_engine *e, int64_t now_ns,
               struct vn_symbol *symbol); /* ends an engine call */

/* value x rate (at 10^-8), toward zero at 10^-places. */
amount_t vn_share(amount_t value, int64_t rate, int places);
/* With the commission that a buyer of this order pays on top of a value. */
amount_t vn_with_fee(const struct vn_symbol *symbol, amount_t value, int64_t rate, int fee_places);

#endif
