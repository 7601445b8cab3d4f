#include "book.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

struct vn_book_side *vn_book_of(struct vn_symbol *symbol, int side)
{
    return side == VN_BUY ? &symbol->bids : &symbol->asks;
}

/* First index whose price is not before `price` in the side's order. */
static size_t level_index(const struct vn_book_side *side, int64_t price)
{
    size_t low = 0;
    size_t high = side->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int64_t at = side->levels[mid]->price;
        bool before = side->side == VN_BUY ? at < price : at > price;
        if (before) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

static struct vn_level *level_at(const struct vn_book_side *side, int64_t price)
{
    size_t i = level_index(side, price);
    return i < side->count && side->levels[i]->price == price ? side->levels[i] : NULL;
}

static struct vn_level *level_make(struct vn_engine *e, struct vn_book_side *side, int64_t price)
{
    size_t i = level_index(side, price);
    if (i < side->count && side->levels[i]->price == price) {
        return side->levels[i];
    }
    struct vn_level *level = e->free_levels;
    if (level != NULL) {
        e->free_levels = level->next_free;
        memset(level, 0, sizeof(*level));
    } else {
        level = vn_alloc(sizeof(*level));
    }
    level->price = price;
    side->levels = vn_grow(side->levels, side->count, &side->cap, sizeof(struct vn_level *));
    memmove(side->levels + i + 1, side->levels + i, (side->count - i) * sizeof(struct vn_level *));
    side->levels[i] = level;
    side->count++;
    return level;
}

static void level_drop(struct vn_engine *e, struct vn_book_side *side, struct vn_level *level)
{
    size_t i = level_index(side, level->price);
    memmove(side->levels + i, side->levels + i + 1,
            (side->count - i - 1) * sizeof(struct vn_level *));
    side->count--;
    level->next_free = e->free_levels;
    e->free_levels = level;
}

static void changed(struct vn_engine *e, struct vn_symbol *symbol, int side, int64_t price)
{
    symbol->update_id++;
    if (e->listener.level != NULL) {
        e->listener.level(e->listener.ctx, symbol, side, price);
    }
}

void vn_book_add(struct vn_engine *e, struct vn_order *order)
{
    struct vn_book_side *side = vn_book_of(order->symbol, (int)order->side);
    struct vn_level *level = level_make(e, side, order->price);
    order->level = level;
    order->level_prev = level->tail;
    order->level_next = NULL;
    if (level->tail != NULL) {
        level->tail->level_next = order;
    } else {
        level->head = order;
    }
    level->tail = order;
    level->qty += vn_order_left(order);
    changed(e, order->symbol, (int)order->side, order->price);
}

void vn_book_remove(struct vn_engine *e, struct vn_order *order)
{
    struct vn_level *level = order->level;
    if (level == NULL) {
        return;
    }
    if (order->level_prev != NULL) {
        order->level_prev->level_next = order->level_next;
    } else {
        level->head = order->level_next;
    }
    if (order->level_next != NULL) {
        order->level_next->level_prev = order->level_prev;
    } else {
        level->tail = order->level_prev;
    }
    level->qty -= vn_order_left(order);
    order->level = NULL;
    if (level->head == NULL) {
        level_drop(e, vn_book_of(order->symbol, (int)order->side), level);
    }
    changed(e, order->symbol, (int)order->side, order->price);
}

void vn_book_reduce(struct vn_engine *e, struct vn_order *order, int64_t by)
{
    if (order->level == NULL) {
        return;
    }
    order->level->qty -= by;
    if (vn_order_left(order) == 0) {
        vn_book_remove(e, order);
    } else {
        changed(e, order->symbol, (int)order->side, order->price);
    }
}

struct vn_level *vn_book_top(const struct vn_book_side *side)
{
    return side->count == 0 ? NULL : side->levels[side->count - 1];
}

int64_t vn_book_qty(const struct vn_symbol *symbol, int side, int64_t price)
{
    const struct vn_level *level = level_at(side == VN_BUY ? &symbol->bids : &symbol->asks, price);
    return level == NULL ? 0 : level->qty;
}

int64_t vn_book_best(const struct vn_symbol *symbol, int side)
{
    const struct vn_level *level = vn_book_top(side == VN_BUY ? &symbol->bids : &symbol->asks);
    return level == NULL ? 0 : level->price;
}

static void side_release(struct vn_book_side *side)
{
    for (size_t i = 0; i < side->count; i++) {
        free(side->levels[i]);
    }
    free(side->levels);
}

void vn_book_release(struct vn_engine *e)
{
    for (int i = 0; i < e->symbol_count; i++) {
        side_release(&e->symbols[i].bids);
        side_release(&e->symbols[i].asks);
    }
    while (e->free_levels != NULL) {
        struct vn_level *next = e->free_levels->next_free;
        free(e->free_levels);
        e->free_levels = next;
    }
}
