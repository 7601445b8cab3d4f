/* The numbers a function of the core returns: 0, or a negative status.
 *
 *      0           it worked
 *     -1 .. -99    general, below; enough for almost every function
 *     -100 ...     results of one station that callers must tell apart; its own header defines them
 *
 * A status says what kind of failure it is, so that code can decide; the text for people is in the
 * error stack (base/error.h). Numbers once given are never used for something else.
 *
 * Owner: nobody, constants. Thread: any.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_OK = 0,
    ERR_INVALID = -1,      /* an argument or input is wrong */
    ERR_NOMEM = -2,        /* no memory */
    ERR_IO = -3,           /* the operating system refused; the text has its reason */
    ERR_FULL = -4,         /* a bounded queue or table has no room now */
    ERR_NOT_FOUND = -5,    /* no such thing */
    ERR_EXISTS = -6,       /* it is there already */
    ERR_WRONG_STATE = -7,  /* not possible now (ERR_STATE is a type of OpenSSL) */
    ERR_LIMIT = -8,        /* larger, longer or deeper than allowed */
    ERR_TIMEOUT = -9,      /* did not happen in time */
    ERR_UNSUPPORTED = -10, /* known, and not done here */
    ERR_DENIED = -11,      /* not allowed */
    ERR_PARSE = -12,       /* the bytes are not what the format promises */
    ERR_CORRUPT = -13,     /* checksum or invariant of stored data broken */
    ERR_STALE = -14,       /* a handle or snapshot whose time has passed */
    ERR_AGAIN = -15,       /* nothing wrong; try later */
    ERR_CLOSED = -16,      /* the other side is gone */
    ERR_CRYPTO = -17       /* the cryptographic library refused */
};

/* First number of each station's own group (the group is 100 numbers, counted down). */
enum status_group {
    STATUS_GROUP_CONFIG = -100,
    STATUS_GROUP_KEYS = -200,
    STATUS_GROUP_STORE = -300,
    STATUS_GROUP_NET = -400,
    STATUS_GROUP_PLUGIN = -500,
    STATUS_GROUP_MARKET = -600,
    STATUS_GROUP_SAFETY = -700,
    STATUS_GROUP_ORDER = -800,
    STATUS_GROUP_CONTROL = -900
};

/* "ERR_IO" for -3; "ERR_OTHER" for a number that is not in the general group. */
const char *status_name(int status);

#endif
