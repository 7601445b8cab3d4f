/* executionReport: one event of the private stream as a REPORT and, if it tells of a trade, a FILL.
 */
#ifndef BINANCE_REPORT_H
#define BINANCE_REPORT_H

#include <sofia/kit/text.h>

struct binance;

/* SOFIA_EPARSE if it is not understood; then nothing has been emitted. */
int binance_report_emit(struct binance *b, struct sofia_slice event);

#endif
