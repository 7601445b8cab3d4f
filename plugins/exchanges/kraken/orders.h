/* The order and trade objects of REST answers.
 *
 * An order row names the limit price inside `descr` and the average fill price outside of it; the
 * latter is never a price of ours. `closed` means filled even when the executed volume is a hair
 * short, `canceled` keeps whatever was executed.
 *
 * REST lags behind the private stream: a row that knows less than the stream has told is left out.
 */
#ifndef KRAKEN_ORDERS_H
#define KRAKEN_ORDERS_H

#include <sofia/kit/json.h>
#include <sofia/kit/text.h>

struct kraken;

struct kraken_rows {
    uint32_t source;           /* SOFIA_REPORT_... */
    const char *client_id;     /* of the only order asked about, where rows leave it out; or NULL */
    const char *symbol;        /* only orders of this symbol; "" or NULL: all */
    uint32_t found;            /* rows seen */
    uint32_t reported;         /* rows emitted */
    struct sofia_slice trades; /* raw array of the last row that had one */
};

/* The object {txid: order, ...} as REPORT events. EPARSE: not what was promised; else the status of
 * emitting. */
int kraken_orders_emit(struct kraken *k, struct sofia_slice object, struct kraken_rows *rows);
/* The object {trade id: trade, ...} as FILL events. */
int kraken_trades_emit(struct kraken *k, struct sofia_slice object, uint32_t *ret_found);
/* Seconds with a fraction, as a number token. */
int kraken_json_seconds(struct sofia_json *cur, int64_t *ret_ns);

#endif
