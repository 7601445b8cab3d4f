/* kill_switch_state.json: the kill switch as people and scripts see it, and one of the three places
 * that can keep it engaged.
 *
 *     {"state": "ENGAGED", "arming": "AUTO", "epoch": 7,
 *      "latches": [{"at": ..., "at_ns": ..., "scope": "all", "level": "hold", "epoch": 7,
 *                   "zero": false, "author": ..., "reason": ...}],
 *      "events": [...]}      the same shape, oldest first, the newest 256
 *
 * state is ENGAGED while there is a latch, else the arming (OFF, AUTO, ON). The file is written
 * whole or not at all.
 *
 * Reading has three answers, and a caller must tell them apart: valid; absent, which is fine only
 * beside an empty journal; unreadable, which means engaged.
 *
 * Owner: the caller. Thread: any but trade. Errors: the error stack.
 */
#ifndef STORE_KILL_FILE_H
#define STORE_KILL_FILE_H

#include <stdint.h>

#include "model/record.h"

enum { KILL_FILE_LATCHES = 32, KILL_FILE_EVENTS = 256 };

struct kill_file {
    uint64_t epoch;  /* highest seen */
    uint32_t arming; /* ARMING_... */
    uint32_t latch_count;
    uint32_t event_count;
    struct record_kill latches[KILL_FILE_LATCHES]; /* level is never clear */
    struct record_kill events[KILL_FILE_EVENTS];   /* oldest first */
};

/* A KILL record: becomes an event, and engages, changes or clears the latch of its scope. ERR_FULL:
 * too many scopes. */
int kill_file_apply(struct kill_file *file, const struct record_kill *event);

int kill_file_write(const char *path, const struct kill_file *file);

/* 0; ERR_NOT_FOUND: absent; anything else: unreadable. */
int kill_file_read(const char *path, struct kill_file *ret_file);

#endif
