/* Keeping the core's book of one symbol in step with the venue: the venue's documented way.
 *
 *     IDLE --subscribed--> ASKED --snapshot fits--> LIVE --gap--> PAUSED --timer--> ASKED ...
 *                           |  held: diffs that arrive meanwhile
 *                           `--snapshot too old / refused--> PAUSED
 *
 *     snapshot id L; diffs carry U..u.   drop u <= L;  the first kept one must have U <= L+1;
 *     from then on: u <= id is old, U > id+1 is a gap, else apply and id := u.
 *
 * Quantities are absolute, so an overlap is harmless and only a hole is not. When the picture is
 * lost the core is told at once (INVALID), and the next snapshot waits a growing time: each costs
 * up to 250 of 6000 weight a minute.
 *
 * Owner: struct binance_symbol. Thread: [trade].
 */
#ifndef BINANCE_DEPTH_H
#define BINANCE_DEPTH_H

#include <stddef.h>

#include <sofia/event.h>
#include <sofia/kit/backoff.h>
#include <sofia/kit/json.h>

struct binance;
struct binance_symbol;
struct sofia_answer;
struct sofia_result;

enum { DEPTH_IDLE, DEPTH_PAUSED, DEPTH_ASKED, DEPTH_LIVE };

struct binance_depth {
    uint32_t state; /* DEPTH_... */
    uint32_t epoch; /* of the snapshot request: older answers are not ours any more */
    uint64_t last_id;
    int64_t live_mono_ns; /* since when it is LIVE */
    char *held;           /* diffs in the form they will be emitted */
    size_t held_used;
    int64_t due_mono_ns; /* PAUSED: when to ask again */
    struct sofia_backoff backoff;
};

void binance_depth_release(struct binance_depth *depth);

/* The subscription is active (or the first diff has come): ask for the snapshot unless that has
 * been done. */
void binance_depth_begin(struct binance *b, struct binance_symbol *symbol);
/* The connection is gone or nobody wants the book any more. */
void binance_depth_end(struct binance *b, struct binance_symbol *symbol, const char *reason);
/* The picture is lost: tell the core, try again after a while. */
void binance_depth_lose(struct binance *b, struct binance_symbol *symbol, const char *reason);
/* The waits of all symbols share one timer, because the host has few. */
void binance_depth_timer(struct binance *b);

/* The object of a depthUpdate; the cursor stands before it. */
int binance_depth_diff(struct binance *b, struct sofia_json *cur);
void binance_depth_answer(struct binance *b, const struct sofia_answer *answer,
                          struct sofia_result *ret_result);

#endif
