/* trading.db: the queryable view of the journal, for people, REST and reports.
 *
 *     journal --cursor--> view_feed --fold (model/state.h)--> rows that changed
 *     persist thread                                               |  one transaction
 *                                                                  v
 *     control thread, CLI, sqlite3 <--read-only (view_read.h)-- trading.db
 *
 * The view decides nothing: it folds the records with the same code as the engine and writes down
 * what came out. The last seq that was applied stands in the same transaction as its effect, so a
 * crash between two groups costs nothing and no record is applied twice. The file may be deleted at
 * any time the engine is not running; the next start makes it again.
 *
 * Because its memory is the fold, a view is fed from the first record of the journal; what the file
 * already holds is folded and not written again.
 *
 * Owner: the engine. Thread: [persist], one; view_applied_seq any. Errors: the error stack. After
 * an error the view is of no more use: close it, open it again, feed it from the start.
 */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "store/journal_reader.h"

#define VIEW_SCHEMA 1

struct view;

struct view_config {
    const char *path;          /* <state>/trading.db */
    const char *journal_id;    /* journal_id_text: a file made from another journal is made anew */
    uint64_t journal_last_seq; /* as recovered; a file that knows more is made anew */
};

struct view_open_info {
    uint64_t applied_seq; /* what the file holds */
    bool rebuilt;         /* there was a file, and it did not fit */
    char why[160];        /* then: the reason */
};

/* ret_info may be NULL. A file that is damaged, of another journal or another schema is deleted and
 * made anew; one that cannot be opened (permissions, disk) is ERR_IO. */
int view_open(const struct view_config *config, struct view **ret_view,
              struct view_open_info *ret_info);
void view_close(struct view *view); /* commits */

/* One record, in order from seq 1. Written at the next commit; groups are committed by themselves
 * when they grow. */
int view_apply(struct view *view, const struct journal_record *record);
int view_commit(struct view *view);

/* Applies what the cursor has, at most max_records, and commits. The cursor was opened at 1
 * together with the view. */
int view_feed(struct view *view, struct journal_reader *cursor, uint32_t max_records,
              uint32_t *ret_applied);

/* Last seq whose effect is committed. */
uint64_t view_applied_seq(const struct view *view);

#endif
