#include <string.h>

#include "inside.h"

static const char *const sides[] = {NULL, "BUY", "SELL"};
static const char *const types[] = {
    NULL,        "LIMIT",           "LIMIT_MAKER", "MARKET",
    "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"};
static const char *const tifs[] = {NULL, "GTC", "IOC", "FOK"};
static const char *const states[] = {NULL,       "NEW",     "PARTIALLY_FILLED", "FILLED",
                                     "CANCELED", "EXPIRED", "EXPIRED_IN_MATCH"};
static const char *const stps[] = {NULL,          "NONE",      "EXPIRE_TAKER", "EXPIRE_MAKER",
                                   "EXPIRE_BOTH", "DECREMENT", "TRANSFER"};
static const char *const statuses[] = {NULL,          "TRADING",    "HALT",       "BREAK",
                                       "CANCEL_ONLY", "END_OF_DAY", "LIMIT_ONLY", "POST_ONLY"};
static const char *const expiries[] = {NULL,
                                       "UNFILLED_IOC_QUANTITY_EXPIRED",
                                       "UNFILLED_FOK_ORDER_EXPIRED",
                                       "INSUFFICIENT_LIQUIDITY",
                                       NULL,
                                       NULL};

_Static_assert(sizeof(types) / sizeof(types[0]) == VN_TYPE_COUNT, "one word per type");
_Static_assert(sizeof(states) / sizeof(states[0]) == VN_STATE_COUNT, "one word per state");
_Static_assert(sizeof(stps) / sizeof(stps[0]) == VN_STP_COUNT, "one word per mode");
_Static_assert(sizeof(statuses) / sizeof(statuses[0]) == VN_STATUS_COUNT, "one word per status");

static unsigned read_word(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 1; i < count; i++) {
        if (words[i] != NULL && strcmp(words[i], word) == 0) {
            return (unsigned)i;
        }
    }
    return 0;
}

#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

const char *vn_side_word(enum vn_side side)
{
    return sides[side];
}

const char *vn_type_word(enum vn_type type)
{
    return types[type];
}

const char *vn_tif_word(enum vn_tif tif)
{
    return tif == VN_TIF_INVALID ? "GTC" : tifs[tif];
}

const char *vn_state_word(enum vn_state state)
{
    return states[state];
}

const char *vn_stp_word(enum vn_stp stp)
{
    return stps[stp];
}

const char *vn_status_word(enum vn_status status)
{
    return statuses[status];
}

const char *vn_expiry_word(enum vn_expiry expiry)
{
    return expiries[expiry];
}

enum vn_side vn_side_read(const char *word)
{
    return (enum vn_side)read_word(sides, COUNT(sides), word);
}

enum vn_type vn_type_read(const char *word)
{
    return (enum vn_type)read_word(types, COUNT(types), word);
}

enum vn_tif vn_tif_read(const char *word)
{
    return (enum vn_tif)read_word(tifs, COUNT(tifs), word);
}

enum vn_stp vn_stp_read(const char *word)
{
    return (enum vn_stp)read_word(stps, COUNT(stps), word);
}

enum vn_status vn_status_read(const char *word)
{
    return (enum vn_status)read_word(statuses, COUNT(statuses), word);
}
