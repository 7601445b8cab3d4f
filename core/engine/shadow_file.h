/* shadow_orders.jsonl: one line for each order the gate kept, in the order of the journal.
 *
 *     {"at":"2026-03-01T12:00:00.123456789Z","journal_seq":"40","order_id":"17","client_id":"...","strategy":"quoter",
 *      "symbol":"BTC/USDT","side":"buy","type":"limit","quantity":"0.01","price":"50000","reason":"trading mode is shadow"}
 *
 * The file is appended to; after a restart the records whose lines are already in it are not written again; order ids would not
 * do, for a strategy gets its id when it posts and an operator's order may be journaled first. It is made for people and `tail -f`; the journal is the truth.
 *
 * Owner: the engine. Thread: persist.
 */
#ifndef ENGINE_SHADOW_FILE_H
#define ENGINE_SHADOW_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "model/names.h"
#include "store/journal_reader.h"

#define SHADOW_WAITING 64

struct shadow_file {
    FILE *file;
    uint64_t last_seq; /* of the last record whose line is in the file */
    bool dirty;
    struct names names;
    struct record_intent waiting[SHADOW_WAITING]; /* intents whose verdict has not been read yet */
    uint32_t next;
};

int shadow_file_open(struct shadow_file *shadow, const char *state_dir);
void shadow_file_close(struct shadow_file *shadow);

/* Any record; uses NAME, INTENT and SHADOW. */
void shadow_file_take(struct shadow_file *shadow, const struct journal_record *record);
void shadow_file_flush(struct shadow_file *shadow);

#endif
