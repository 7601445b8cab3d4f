#include "model/state_rows.h"

#include <stdlib.h>
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/error.h"

#define CHUNK 256u
#define TAIL_SEED UINT64_C(0x9e3779b97f4a7c15)

void rows_release(struct state *state)
{
    for (uint32_t i = 0; i < state->chunk_count; i++) {
        free(state->chunks[i]);
    }
    free(state->chunks);
    free(state->fill_tails);
    index_release(&state->by_id);
    index_release(&state->by_client);
    index_release(&state->by_venue);
    index_release(&state->by_request);
    index_release(&state->fills);
}

static int add_chunk(struct state *state)
{
    struct order **chunks =
        realloc(state->chunks, (state->chunk_count + 1) * sizeof(struct order *));
    if (chunks == NULL) {
        return error_set(ERR_NOMEM, "order table");
    }
    state->chunks = chunks;
    struct order *rows = calloc(CHUNK, sizeof(struct order));
    if (rows == NULL) {
        return error_set(ERR_NOMEM, "order table");
    }
    for (uint32_t i = CHUNK; i-- > 0;) {
        rows[i].slot = state->chunk_count * CHUNK + i;
        rows[i].next = state->free_orders;
        state->free_orders = &rows[i];
    }
    chunks[state->chunk_count++] = rows;
    state->free_count += CHUNK;
    return 0;
}

static int reserve_fills(struct state *state, uint32_t more)
{
    int rc = index_reserve(&state->fills, more);
    if (rc != 0 || state->fill_count + more <= state->fill_cap) {
        return rc;
    }
    uint32_t cap = (state->fill_count + more) * 2;
    uint64_t *tails = realloc(state->fill_tails, cap * sizeof(uint64_t));
    if (tails == NULL) {
        return error_set(ERR_NOMEM, "table of %u fills", cap);
    }
    state->fill_tails = tails;
    state->fill_cap = cap;
    return 0;
}

int state_reserve(struct state *state, uint32_t orders)
{
    int rc = 0;
    while (rc == 0 && state->free_count < orders) {
        rc = add_chunk(state);
    }
    rc = rc != 0 ? rc : index_reserve(&state->by_id, orders);
    rc = rc != 0 ? rc : index_reserve(&state->by_client, orders);
    rc = rc != 0 ? rc : index_reserve(&state->by_venue, orders);
    rc = rc != 0 ? rc : index_reserve(&state->by_request, orders);
    return rc != 0 ? rc : reserve_fills(state, orders * 4);
}

static struct order *row(const struct state *state, uint32_t slot)
{
    return &state->chunks[slot / CHUNK][slot % CHUNK];
}

static uint64_t venue_key(uint32_t account, const char *venue_id)
{
    return index_hash(account, venue_id);
}

static uint64_t request_key(uint32_t strategy, uint64_t request_id)
{
    return index_mix(request_id ^ ((uint64_t)strategy << 48));
}

/* ---- lists ---- */

static void list_remove(struct order_list *list, struct order *order)
{
    if (order->prev != NULL) {
        order->prev->next = order->next;
    } else {
        list->head = order->next;
    }
    if (order->next != NULL) {
        order->next->prev = order->prev;
    } else {
        list->tail = order->prev;
    }
    order->next = NULL;
    order->prev = NULL;
    list->count--;
}

static void list_append(struct order_list *list, struct order *order)
{
    order->prev = list->tail;
    order->next = NULL;
    if (list->tail != NULL) {
        list->tail->next = order;
    } else {
        list->head = order;
    }
    list->tail = order;
    list->count++;
}

/* Terminal orders are kept for late reports; the oldest make room. */
static void evict(struct state *state, struct order_list *list)
{
    struct order *order = list->head;
    list_remove(list, order);
    index_remove(&state->by_id, index_mix(order->pub.order_id), order->slot);
    index_remove(&state->by_client, index_hash(0, order->pub.client_id), order->slot);
    if (order->pub.venue_id[0] != '\0') {
        index_remove(&state->by_venue, venue_key(order->account, order->pub.venue_id), order->slot);
    }
    if (order->request_id != 0) {
        index_remove(&state->by_request, request_key(order->strategy, order->request_id),
                     order->slot);
    }
    uint32_t slot = order->slot;
    memset(order, 0, sizeof(*order));
    order->slot = slot;
    order->next = state->free_orders;
    state->free_orders = order;
    state->free_count++;
}

struct order *rows_take(struct state *state)
{
    if (state->free_orders == NULL && add_chunk(state) != 0) {
        return NULL;
    }
    struct order *order = state->free_orders;
    state->free_orders = order->next;
    state->free_count--;
    order->next = NULL;
    list_append(&state->live, order);
    return order;
}

int rows_index(struct state *state, struct order *order)
{
    int rc = state_reserve(state, 1);
    rc = rc != 0 ? rc : index_put(&state->by_id, index_mix(order->pub.order_id), order->slot);
    rc = rc != 0 ? rc
                 : index_put(&state->by_client, index_hash(0, order->pub.client_id), order->slot);
    if (rc == 0 && order->request_id != 0) {
        rc = index_put(&state->by_request, request_key(order->strategy, order->request_id),
                       order->slot);
    }
    return rc;
}

int rows_index_venue(struct state *state, struct order *order)
{
    int rc = index_reserve(&state->by_venue, 1);
    return rc != 0 ? rc
                   : index_put(&state->by_venue, venue_key(order->account, order->pub.venue_id),
                               order->slot);
}

int rows_move_venue(struct state *state, struct order *from, struct order *to)
{
    index_remove(&state->by_venue, venue_key(from->account, from->pub.venue_id), from->slot);
    memcpy(to->pub.venue_id, from->pub.venue_id, sizeof(to->pub.venue_id));
    return rows_index_venue(state, to);
}

/* ---- fills: each key is kept as 2 x 64 bits of two different hashes ---- */

static void fill_key(uint32_t account, const char *venue_id, const char *fill_id,
                     uint64_t *ret_head, uint64_t *ret_tail)
{
    *ret_head = index_hash(index_hash(account, venue_id), fill_id);
    *ret_tail = index_hash(index_hash(account ^ TAIL_SEED, fill_id), venue_id);
}

bool state_has_fill(const struct state *state, uint32_t account, const char *venue_id,
                    const char *fill_id)
{
    uint64_t head;
    uint64_t tail;
    size_t cursor = 0;
    fill_key(account, venue_id, fill_id, &head, &tail);
    for (uint32_t at; (at = index_next(&state->fills, head, &cursor)) != INDEX_NONE;) {
        if (state->fill_tails[at] == tail) {
            return true;
        }
    }
    return false;
}

int rows_index_fill(struct state *state, const struct record_fill *fill)
{
    uint64_t head;
    uint64_t tail;
    int rc = reserve_fills(state, 1);
    if (rc != 0) {
        return rc;
    }
    fill_key(fill->account, fill->venue_id, fill->fill_id, &head, &tail);
    state->fill_tails[state->fill_count] = tail;
    return index_put(&state->fills, head, state->fill_count++);
}

/* ---- counting ---- */

/* A replacement under way and its original count as one order of the larger quantity. */
static struct sofia_decimal qty_that_counts(const struct state *state, const struct order *order)
{
    const struct order *original =
        order_is_pending_replacement(order) ? state_order(state, order->pub.replaces) : NULL;
    return original != NULL && !SOFIA_STATE_IS_TERMINAL(original->base_state)
               ? order_excess_qty(order, original)
               : order_open_qty(order);
}

static void count(struct state *state, struct order *order, bool in)
{
    struct position *position = state_position_of(state, order);
    struct sofia_wide *sum =
        order->pub.side == SOFIA_SIDE_BUY ? &position->working_buy : &position->working_sell;
    if (in) {
        order->counted_qty = qty_that_counts(state, order);
    }
    struct sofia_wide open = sofia_wide_of(order->counted_qty);
    (void)(in ? sofia_wide_add(*sum, open, sum) : sofia_wide_sub(*sum, open, sum));
    position->open_orders += in ? 1u : UINT32_MAX;
    order->counted = in;
}

/* The end of the original changes what its replacement counts. */
static void recount_replacement(struct state *state, const struct order *original)
{
    struct order *replacement =
        original->replaced_by == 0 ? NULL : state_order(state, original->replaced_by);
    if (replacement != NULL && replacement->counted) {
        count(state, replacement, false);
        count(state, replacement, true);
    }
}

void rows_before(struct state *state, struct order *order)
{
    if (order->counted) {
        count(state, order, false);
    }
}

static struct order_list *list_of(struct state *state, const struct order *order)
{
    return !order->listed_done ? &state->live : order->unsent ? &state->unsent : &state->done;
}

int rows_after(struct state *state, struct order *order)
{
    bool done = order_is_done(order);
    order_show(order);
    if (!done && order->pub.branch == SOFIA_BRANCH_LIVE) {
        count(state, order, true);
    }
    recount_replacement(state, order);
    if (done != order->listed_done) {
        list_remove(list_of(state, order), order);
        order->listed_done = done;
        order->unsent =
            order->base_state == SOFIA_STATE_DENIED || order->base_state == SOFIA_STATE_SHADOW;
        list_append(list_of(state, order), order);
    }
    if (state->done.count > state->keep) {
        evict(state, &state->done);
    }
    if (state->unsent.count > state->keep) {
        evict(state, &state->unsent);
    }
    return 0;
}

/* ---- look-up ---- */

struct order *state_order(const struct state *state, uint64_t order_id)
{
    size_t cursor = 0;
    uint64_t key = index_mix(order_id);
    for (uint32_t at; (at = index_next(&state->by_id, key, &cursor)) != INDEX_NONE;) {
        if (row(state, at)->pub.order_id == order_id) {
            return row(state, at);
        }
    }
    return NULL;
}

struct order *state_order_by_client(const struct state *state, const char *client_id)
{
    size_t cursor = 0;
    uint64_t key = index_hash(0, client_id);
    for (uint32_t at; (at = index_next(&state->by_client, key, &cursor)) != INDEX_NONE;) {
        if (strcmp(row(state, at)->pub.client_id, client_id) == 0) {
            return row(state, at);
        }
    }
    return NULL;
}

struct order *state_order_by_venue(const struct state *state, uint32_t account,
                                   const char *venue_id)
{
    size_t cursor = 0;
    uint64_t key = venue_key(account, venue_id);
    for (uint32_t at; (at = index_next(&state->by_venue, key, &cursor)) != INDEX_NONE;) {
        struct order *order = row(state, at);
        if (order->account == account && strcmp(order->pub.venue_id, venue_id) == 0) {
            return order;
        }
    }
    return NULL;
}

struct order *state_order_by_request(const struct state *state, uint32_t strategy,
                                     uint64_t request_id)
{
    size_t cursor = 0;
    uint64_t key = request_key(strategy, request_id);
    if (request_id == 0) {
        return NULL;
    }
    for (uint32_t at; (at = index_next(&state->by_request, key, &cursor)) != INDEX_NONE;) {
        struct order *order = row(state, at);
        if (order->strategy == strategy && order->request_id == request_id) {
            return order;
        }
    }
    return NULL;
}

struct position *state_position_of(struct state *state, const struct order *order)
{
    return &state->ledger.positions[order->position];
}
