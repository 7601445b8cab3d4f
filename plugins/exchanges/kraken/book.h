/* One symbol's book, kept in full so that each change can be proven by its checksum before the core
 * hears of it. The stream has no sequence numbers: the checksum is the only proof.
 *
 *     IDLE --subscribed--> WAITING --snapshot, checksum right--> LIVE --mismatch--> PAUSED --timer-->
 *                             ^                                                        |
 *                             `--- unsubscribe and subscribe this symbol only <--------'
 *
 *     change: apply all levels in order -> cut both sides at the subscribed depth (the venue does not
 *     tell of levels that fall off) -> checksum of the best ten -> emit the change and the cuts
 *
 * A crossed book is a lost one, whatever its checksum says. After five failures in a row the log says
 * so as an error; the waits grow to half a minute, and the core does not trade on a book that is not
 * LIVE. Other symbols are not touched.
 *
 * Owner: struct kraken_symbol. Thread: [trade].
 */
#ifndef KRAKEN_BOOK_H
#define KRAKEN_BOOK_H

#include <stdint.h>

#include <sofia/kit/backoff.h>
#include <sofia/kit/book.h>
#include <sofia/kit/json.h>

struct kraken;
struct kraken_symbol;

enum { BOOK_IDLE, BOOK_WAITING, BOOK_LIVE, BOOK_PAUSED };

struct kraken_book {
    uint32_t state; /* BOOK_... */
    uint32_t failures;
    int64_t due_mono_ns;  /* PAUSED: when to subscribe anew */
    int64_t live_mono_ns; /* since when it is LIVE */
    struct sofia_level *memory;
    struct sofia_book book;
    struct sofia_backoff backoff;
};

/* CRC-32 as in IEEE 802.3: "123456789" is 3421780262. Start with 0. */
uint32_t kraken_crc32(uint32_t crc, const char *bytes, size_t len);
/* Best ten asks, then best ten bids, as the venue sums them. SOFIA_EINVAL: a number has more digits
 * than the precision allows, so the precision is out of date. */
int kraken_book_checksum(const struct sofia_book *book, uint32_t price_precision,
                         uint32_t qty_precision, uint32_t *ret_sum);

void kraken_book_release(struct kraken_book *book);
/* Subscribed: a snapshot is to come. */
void kraken_book_begin(struct kraken *k, struct kraken_symbol *symbol);
/* The connection is gone or nobody wants the book any more. */
void kraken_book_end(struct kraken *k, struct kraken_symbol *symbol, const char *reason);
/* The picture is lost: tell the core, subscribe anew after a while. */
void kraken_book_lose(struct kraken *k, struct kraken_symbol *symbol, const char *reason);
/* The waits of all symbols share one timer. */
void kraken_book_timer(struct kraken *k);
/* `data` of the book channel. */
int kraken_book_frame(struct kraken *k, struct sofia_slice data, int is_snapshot);

#endif
