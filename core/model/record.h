/* Journal records: the only way state changes.
 *
 *     decide --> fill a record --> journal_append --> state_apply(record)      the same function at run time and in replay
 *
 * A record is plain data without pointers; integers are little endian (x86-64 and arm64 alike), texts are NUL-terminated in
 * fixed fields, unused bytes are 0 (the structs are cleared before they are filled, so equal records are equal bytes). Names
 * (accounts, instruments, strategies, rules) are declared once by a NAME record and then referred to by a number that is
 * valid for the life of the state directory.
 *
 * Kinds are never renumbered; a payload grows only at its end with its version (the journal header carries both).
 *
 * Owner: the caller. Thread: any. Errors: none here.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stdint.h>

#include <sofia/abi.h>
#include <sofia/decimal.h>
#include <sofia/event.h>
#include <sofia/order.h>

enum record_kind {
    RECORD_INVALID = 0,
    RECORD_BOOT = 1,      /* struct record_boot: a process started */
    RECORD_NAME = 2,      /* struct record_name: number <-> name */
    RECORD_INTENT = 3,    /* struct record_intent: an order enters; not sent yet */
    RECORD_VERDICT = 4,   /* struct record_verdict: a station refused it: DENIED */
    RECORD_SEND = 5,      /* struct record_send: bytes may leave from here on */
    RECORD_REPORT = 6,    /* struct record_report: what the venue says about an order */
    RECORD_DOUBT = 7,     /* struct record_doubt: outcome of a request unknown / known again */
    RECORD_FILL = 8,      /* struct record_fill */
    RECORD_BALANCE = 9,   /* struct record_balance: the venue's own figures, at reconciliation */
    RECORD_BASELINE = 10, /* struct record_baseline: what was there before us, or a transfer */
    RECORD_KILL = 11,     /* struct record_kill */
    RECORD_MODE = 12,     /* struct record_mode */
    RECORD_AUDIT = 13,    /* struct record_audit: somebody did something */
    RECORD_DAY = 14,      /* struct record_day: a trading day begins */
    RECORD_SHADOW =
        15, /* struct record_verdict: the gate kept it: SHADOW (rule, code, reason say why) */
    RECORD_COUNT
};

#define RECORD_VERSION 1
#define RECORD_RULES_MAX 16
#define RECORD_HASH_SIZE 72

struct record_boot {
    uint64_t epoch; /* random, part of every client order id of this run */
    uint64_t fence;
    int64_t started_ns;
    uint32_t pid;
    uint32_t reserved;
    char version[SOFIA_NAME_SIZE];
    char deployment[SOFIA_NAME_SIZE];
    char binary_hash[RECORD_HASH_SIZE];
    char config_hash[RECORD_HASH_SIZE];
};

#define NAME_ACCOUNT 1u
#define NAME_INSTRUMENT 2u
#define NAME_STRATEGY 3u
#define NAME_RULE 4u
struct record_name {
    uint32_t what;
    uint32_t id;      /* from 1, per `what` */
    uint32_t account; /* of an instrument */
    uint32_t reserved;
    char name[SOFIA_NAME_SIZE];
    char venue_symbol[SOFIA_NAME_SIZE]; /* instrument; account: the venue's identity of it */
    char base[SOFIA_ASSET_SIZE];
    char quote[SOFIA_ASSET_SIZE];
};

/* What each rule of the chain cost, in chain order; a refusal is told in full by the VERDICT record that follows. */
struct record_rule_time {
    uint16_t rule;     /* NAME_RULE */
    uint16_t spent_ns; /* capped */
};

struct record_intent {
    uint64_t order_id;
    uint64_t request_id;
    uint64_t replaces;
    int64_t created_ns;
    uint32_t account;
    uint32_t instrument;
    uint32_t strategy; /* 0: operator */
    uint32_t side;
    uint32_t type;
    uint32_t tif;
    uint32_t flags;
    uint32_t branch;
    uint32_t origin;
    uint32_t effect;
    uint32_t position_side;
    uint32_t margin_mode;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_decimal quote_qty;
    struct sofia_decimal stop_price;
    uint32_t rule_count;
    uint32_t reserved;
    struct record_rule_time rules[RECORD_RULES_MAX];
    char client_id[SOFIA_CLIENT_ID_SIZE];
    char tag[SOFIA_NAME_SIZE];
};

/* Stations of the path, in the order an order meets them. */
enum station {
    STATION_INVALID = 0,
    STATION_INTAKE = 1,
    STATION_RULES = 2,
    STATION_RISK = 3,
    STATION_KILL = 4,
    STATION_GATE = 5,
    STATION_JOURNAL = 6,
    STATION_RELEASE = 7,
    STATION_ROUTE = 8,
    STATION_COUNT
};

struct record_verdict {
    uint64_t order_id;
    uint32_t station;
    uint32_t rule; /* NAME_RULE at STATION_RISK */
    struct sofia_decimal value;
    struct sofia_decimal limit;
    char code[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

#define SEND_PLACE 1u
#define SEND_CANCEL 2u
#define SEND_REPLACE 3u
struct record_send {
    uint64_t order_id;
    uint32_t what;
    uint32_t attempt;
    int64_t accept_until_ns; /* venue's clock; 0: no bound */
    int64_t sent_ns;         /* ours */
    char cancel_id[SOFIA_CLIENT_ID_SIZE];
};

/* How we came to know. */
#define KNOWN_BY_ANSWER 1u
#define KNOWN_BY_STREAM 2u
#define KNOWN_BY_QUERY 3u
#define KNOWN_BY_LISTING 4u
#define KNOWN_BY_ABSENCE 5u /* proven: the venue cannot have it */
#define KNOWN_BY_PERSON 6u
#define KNOWN_BY_RESTART 7u /* journaled but never sent before a restart */
#define KNOWN_BY_NOT_SENT                                                                          \
    8u /* certain: no byte of the request has left, although its SEND is journaled */
struct record_report {
    uint64_t order_id;
    uint32_t state;  /* canonical state told; 0: unchanged */
    uint32_t source; /* KNOWN_BY_... */
    uint32_t about;  /* SEND_PLACE: refers to the order; SEND_CANCEL: the answer to a cancel */
    int32_t venue_code;
    uint64_t venue_seq;
    int64_t ts_venue_ns;
    struct sofia_decimal filled_qty; /* cumulative; absent: not told */
    char venue_id[SOFIA_VENUE_ID_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct record_doubt {
    uint64_t order_id;
    uint32_t bits;   /* SOFIA_DOUBT_... */
    uint32_t set;    /* 1: in doubt; 0: resolved */
    uint32_t source; /* resolved: KNOWN_BY_... */
    uint32_t reserved;
    char reason[SOFIA_REASON_SIZE];
};

struct record_fill {
    uint64_t order_id; /* 0: foreign, of an order that is not ours */
    int64_t ts_venue_ns;
    uint32_t account;
    uint32_t instrument;
    uint32_t side;
    uint32_t liquidity;
    uint32_t source;
    uint32_t reserved;
    struct sofia_decimal qty;
    struct sofia_decimal price;
    struct sofia_wide quote_qty;
    struct sofia_wide fee;
    char fee_asset[SOFIA_ASSET_SIZE];
    char fill_id[SOFIA_FILL_ID_SIZE];
    char venue_id[SOFIA_VENUE_ID_SIZE];
};

struct record_balance {
    uint32_t account;
    uint32_t differs; /* 1: not what the ledger expects */
    struct sofia_wide free;
    struct sofia_wide locked;
    struct sofia_wide expected; /* ledger's total; absent: no baseline yet */
    char asset[SOFIA_ASSET_SIZE];
};

#define BASELINE_START 1u    /* first sight of the account */
#define BASELINE_TRANSFER 2u /* deposit or withdrawal; amount is signed */
#define BASELINE_ACCEPTED 3u /* a person accepted a difference; amount is signed */
struct record_baseline {
    uint32_t account;
    uint32_t what;
    struct sofia_wide amount;
    char asset[SOFIA_ASSET_SIZE];
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct record_kill {
    uint64_t epoch;
    uint32_t level; /* SOFIA_KILL_...; 0: cleared */
    uint32_t zero;  /* 1: the cancel loop of this epoch has proven zero */
    int64_t at_ns;
    char scope[SOFIA_NAME_SIZE]; /* "all", "account:x", "strategy:x", "symbol:x" */
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

#define ARMING_OFF 1u
#define ARMING_AUTO 2u
#define ARMING_ON 3u
struct record_mode {
    uint32_t branch; /* SOFIA_BRANCH_... */
    uint32_t arming;
    int64_t at_ns;
    char configured[SOFIA_NAME_SIZE]; /* the configured trading mode this was decided under */
    char author[SOFIA_NAME_SIZE];
    char reason[SOFIA_REASON_SIZE];
};

struct record_audit {
    int64_t at_ns;
    uint64_t order_id; /* 0: not about one */
    char action[SOFIA_NAME_SIZE];
    char author[SOFIA_NAME_SIZE];
    char text[SOFIA_REASON_SIZE];
};

struct record_day {
    int64_t day_start_ns;
    struct sofia_wide pnl_usd; /* total P&L at that moment: the day's is counted from here */
};

/* Name of a kind and of a station, for traces; "?" if unknown. */
const char *record_kind_name(uint32_t kind);
const char *station_name(uint32_t station);

#endif
