/* Idempotency keys seen, so that a repeated POST is the same order and a reused key is an error.
 *
 *     key --hash--> request_id, which the engine journals with the order: it finds repeats across restarts
 *     key --table-> the order it came with: the same key with another body is refused
 *
 * The table holds the newest KEYS_SEEN keys of this run; of older ones only the first half of the promise is left.
 *
 * Owner: the control thread. Thread: control.
 */
#ifndef CONTROL_KEYS_SEEN_H
#define CONTROL_KEYS_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "control/command.h"

#define KEYS_SEEN 1024

struct key_seen {
    uint64_t request_id; /* 0: free */
    struct command_order order;
};

struct keys_seen {
    struct key_seen rows[KEYS_SEEN];
    uint32_t next;
};

/* Never 0. */
uint64_t key_request_id(const char *key);

/* Remembers order under its request_id, or compares with what is remembered: false if it is another one. */
bool keys_seen_check(struct keys_seen *keys, const struct command_order *order);

/* The request made no order: the key may be used again with a corrected body. */
void keys_seen_forget(struct keys_seen *keys, uint64_t request_id);

#endif
