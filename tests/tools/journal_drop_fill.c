/* journal_drop_fill FROM TO [N]: writes the journal of state directory FROM into the new one TO, all of it but the N-th fill
 * (default 1). Numbers, checksums and hash chain of TO are right, so what misses the fill is the ledger and nothing before it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "model/record.h"
#include "store/journal.h"

static int copy(struct journal_reader *reader, struct journal *journal, long drop, long *ret_fills)
{
    struct journal_record record;
    int rc = 0;
    long fills = 0;
    while (rc == 0 && (rc = journal_reader_next(reader, &record)) == 1) {
        fills += record.kind == RECORD_FILL ? 1 : 0;
        rc = 0;
        if (record.kind != RECORD_FILL || fills != drop) {
            rc = journal_append(journal, record.kind, record.version, record.ts_ns, record.payload,
                                record.len, NULL);
            rc = rc != 0 ? rc : journal_pump(journal);
        }
    }
    *ret_fills = fills;
    return rc;
}

int main(int argc, char **argv)
{
    struct journal_reader *reader = NULL;
    struct journal *journal = NULL;
    long fills = 0;
    if (argc < 3) {
        fputs("usage: journal_drop_fill FROM TO [N]\n", stderr);
        return 2;
    }
    long drop = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
    struct journal_config config = {.state_dir = argv[2], .ring_dir = argv[2], .ring_bytes = 65536};
    int rc = journal_reader_open(argv[1], 0, &reader);
    rc = rc != 0 ? rc : journal_open(&config, &journal, NULL);
    rc = rc != 0 ? rc : copy(reader, journal, drop, &fills);
    journal_reader_close(reader);
    int closed = journal_close(journal);
    if (rc != 0 || closed != 0) {
        fprintf(stderr, "journal_drop_fill: %s\n", error_message());
        return 1;
    }
    if (fills < drop) {
        fprintf(stderr, "journal_drop_fill: there is no fill %ld, only %ld\n", drop, fills);
        return 1;
    }
    return 0;
}
