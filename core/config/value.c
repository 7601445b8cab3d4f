/* Texts into values of an option's type. Sentences about what is wrong are written for whoever
 * wrote the text. */
#include <string.h>

#include <sofia/kit/decimal.h>

#include "base/clock.h"
#include "base/error.h"
#include "config/impl.h"

#include "base/banned.h"

const char *option_type_name(uint32_t type)
{
    static const char *const names[] = {"invalid", "text",   "int",    "decimal", "duration",
                                        "bool",    "choice", "secret", "list",    "rows"};

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : names[0];
}

static int parse_int(const char *text, int64_t *ret_number, struct fault *fault)
{
    char digits[32];
    char buf[QUOTE_SIZE];
    size_t n = 0;
    bool good = true;

    for (size_t i = 0; text[i] != '\0' && good; i++) {
        bool between = i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9' && text[i + 1] >= '0' &&
                       text[i + 1] <= '9';
        if (text[i] == '_' && between) {
            continue;
        }
        good = n < sizeof(digits);
        if (good) {
            digits[n++] = text[i];
        }
    }
    int status = good ? str_to_i64(digits, n, ret_number) : ERR_LIMIT;
    if (status == ERR_LIMIT) {
        (void)str_format(fault->why, WHY_SIZE, "%s is too large for a number", quote(text, buf));
    } else if (status != 0) {
        (void)str_format(fault->why, WHY_SIZE, "%s is not a whole number", quote(text, buf));
    }
    return status;
}

static int parse_decimal(const char *text, struct sofia_decimal *ret_decimal, struct fault *fault)
{
    char buf[QUOTE_SIZE];

    if (text[0] == '\0') {
        *ret_decimal = sofia_decimal_absent();
        return 0;
    }
    int status = sofia_decimal_parse(text, strlen(text), ret_decimal);
    if (status == SOFIA_KIT_ERANGE) {
        (void)str_format(fault->why, WHY_SIZE, "%s has too many digits", quote(text, buf));
    } else if (status != 0) {
        (void)str_format(fault->why, WHY_SIZE, "%s is not a decimal number such as 1000 or 0.25",
                         quote(text, buf));
    }
    return status != 0 ? ERR_PARSE : 0;
}

struct unit {
    const char *name;
    int64_t ns;
};

static const struct unit units[] = {
    {"ns", 1},
    {"us", CLOCK_NS_PER_US},
    {"ms", CLOCK_NS_PER_MS},
    {"s", CLOCK_NS_PER_S},
    {"m", 60 * CLOCK_NS_PER_S},
    {"h", 3600 * CLOCK_NS_PER_S},
    {"d", CLOCK_NS_PER_DAY},
};

/* The unit somebody means who writes "sec" or "minutes". */
static const char *unit_meant(const char *word)
{
    static const struct {
        const char *start;
        const char *unit;
    } words[] = {{"msec", "ms"}, {"mil", "ms"}, {"usec", "us"}, {"mic", "us"}, {"nan", "ns"},
                 {"S", "s"},     {"sec", "s"},  {"min", "m"},   {"M", "m"},    {"hour", "h"},
                 {"hr", "h"},    {"H", "h"},    {"day", "d"},   {"D", "d"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_starts(word, words[i].start)) {
            return words[i].unit;
        }
    }
    return "";
}

static int parse_duration(const char *text, int64_t *ret_ns, struct fault *fault)
{
    char buf[QUOTE_SIZE];
    size_t digits = strspn(text, "0123456789");
    const char *word = text + digits;
    int64_t number = 0;

    if (digits == 0) {
        (void)str_format(fault->why, WHY_SIZE,
                         "%s is not a duration such as 250ms, 5s, 10m, 1h or 2d", quote(text, buf));
        return ERR_PARSE;
    }
    if (word[0] == '\0' && !str_eq(text, "0")) {
        (void)str_format(fault->why, WHY_SIZE, "%s has no unit: ns us ms s m h d",
                         quote(text, buf));
        return ERR_PARSE;
    }
    int64_t factor = word[0] == '\0' ? 1 : 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        factor = str_eq(word, units[i].name) ? units[i].ns : factor;
    }
    if (factor == 0) {
        (void)str_copy(fault->meant, sizeof(fault->meant), unit_meant(word));
        (void)str_format(fault->why, WHY_SIZE, "unknown unit %s: ns us ms s m h d",
                         quote(word, buf));
        return ERR_PARSE;
    }
    if (str_to_i64(text, digits, &number) != 0 || __builtin_mul_overflow(number, factor, ret_ns)) {
        (void)str_format(fault->why, WHY_SIZE, "%s is too long for a duration", quote(text, buf));
        return ERR_LIMIT;
    }
    return 0;
}

static int parse_bool(const char *text, int64_t *ret_number, struct fault *fault)
{
    static const char *const yes[] = {"yes", "on", "True", "TRUE", "Yes", "ON", "1"};
    static const char *const no[] = {"no", "off", "False", "FALSE", "No", "OFF", "0"};
    char buf[QUOTE_SIZE];

    if (str_eq(text, "true") || str_eq(text, "false")) {
        *ret_number = text[0] == 't';
        return 0;
    }
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (str_eq(text, yes[i]) || str_eq(text, no[i])) {
            (void)str_copy(fault->meant, sizeof(fault->meant),
                           str_eq(text, yes[i]) ? "true" : "false");
        }
    }
    (void)str_format(fault->why, WHY_SIZE, "%s is neither true nor false", quote(text, buf));
    return ERR_PARSE;
}

static int parse_choice(const struct sofia_option *option, const char *text, int64_t *ret_number,
                        struct fault *fault)
{
    struct str_guess best = str_guess_init(text);
    char buf[QUOTE_SIZE];
    const char *at = option->choices;

    for (int64_t index = 0; at != NULL; index++) {
        const char *stop = strchr(at, '|');
        char choice[64];
        (void)str_copy_n(choice, sizeof(choice), at,
                         stop != NULL ? (size_t)(stop - at) : strlen(at));
        if (str_eq(text, choice)) {
            *ret_number = index;
            return 0;
        }
        unsigned before = best.distance;
        str_guess_try(&best, choice);
        if (strcasecmp(text, choice) == 0) {
            best.distance = 0;
        }
        if (best.distance < before) {
            (void)str_copy(fault->meant, sizeof(fault->meant), choice);
        }
        at = stop != NULL ? stop + 1 : NULL;
    }
    (void)str_format(fault->why, WHY_SIZE, "%s is not one of %.160s", quote(text, buf),
                     option->choices);
    return ERR_PARSE;
}

static int check_text(const struct sofia_option *option, const char *text, struct fault *fault)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        if (option->type == SOFIA_OPTION_TEXT && (c < 0x20 || c == 0x7f)) {
            (void)str_format(fault->why, WHY_SIZE, "a line end or control character in the text");
            return ERR_PARSE;
        }
    }
    return 0;
}

/* -1, 0, 1 as the value stands to a bound in the option's own notation. */
static int compare(const struct sofia_option *option, const struct config_value *value,
                   const char *bound)
{
    struct fault unused;
    struct config_value limit = {0};

    if (option->type == SOFIA_OPTION_DECIMAL) {
        return parse_decimal(bound, &limit.decimal, &unused) == 0
                   ? sofia_decimal_cmp(value->decimal, limit.decimal)
                   : 0;
    }
    int status = option->type == SOFIA_OPTION_DURATION
                     ? parse_duration(bound, &limit.number, &unused)
                     : parse_int(bound, &limit.number, &unused);
    if (status != 0) {
        return 0; /* the table check has refused such a table */
    }
    return (value->number > limit.number) - (value->number < limit.number);
}

static int check_range(const struct sofia_option *option, const struct config_value *value,
                       const char *text, struct fault *fault)
{
    const char *unit = option->unit != NULL ? option->unit : "";
    const char *gap = unit[0] != '\0' ? " " : "";
    char buf[QUOTE_SIZE];

    if (option->type == SOFIA_OPTION_DECIMAL && sofia_decimal_is_absent(value->decimal)) {
        return 0;
    }
    if (option->min_text != NULL && compare(option, value, option->min_text) < 0) {
        (void)str_format(fault->why, WHY_SIZE, "%s is below the minimum %.40s%s%.16s",
                         quote(text, buf), option->min_text, gap, unit);
        return ERR_LIMIT;
    }
    if (option->max_text != NULL && compare(option, value, option->max_text) > 0) {
        (void)str_format(fault->why, WHY_SIZE, "%s is above the maximum %.40s%s%.16s",
                         quote(text, buf), option->max_text, gap, unit);
        return ERR_LIMIT;
    }
    return 0;
}

int value_check_count(const struct sofia_option *option, size_t count, struct fault *fault)
{
    int64_t bound = 0;

    if (option->min_text != NULL && parse_int(option->min_text, &bound, fault) == 0 &&
        (int64_t)count < bound) {
        (void)str_format(fault->why, WHY_SIZE, "%zu entries, at least %s are needed", count,
                         option->min_text);
        return ERR_LIMIT;
    }
    if (option->max_text != NULL && parse_int(option->max_text, &bound, fault) == 0 &&
        (int64_t)count > bound) {
        (void)str_format(fault->why, WHY_SIZE, "%zu entries, at most %s are possible", count,
                         option->max_text);
        return ERR_LIMIT;
    }
    return 0;
}

int value_parse(const struct sofia_option *option, const char *text, struct config_value *value,
                struct fault *fault)
{
    int status = 0;

    fault->why[0] = '\0';
    fault->meant[0] = '\0';
    switch (option->type) {
    case SOFIA_OPTION_INT:
        status = parse_int(text, &value->number, fault);
        break;
    case SOFIA_OPTION_DECIMAL:
        status = parse_decimal(text, &value->decimal, fault);
        break;
    case SOFIA_OPTION_DURATION:
        status = parse_duration(text, &value->number, fault);
        break;
    case SOFIA_OPTION_BOOL:
        return parse_bool(text, &value->number, fault);
    case SOFIA_OPTION_CHOICE:
        return parse_choice(option, text, &value->number, fault);
    default:
        return check_text(option, text, fault);
    }
    return status == 0 ? check_range(option, value, text, fault) : status;
}
