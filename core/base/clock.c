#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/error.h"

#include "base/banned.h"

static int64_t read_clock(clockid_t id)
{
    struct timespec ts = {0};

    /* Cannot fail for these two ids on Linux. */
    (void)clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * CLOCK_NS_PER_S + ts.tv_nsec;
}

static int64_t real_now_ns(struct clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_REALTIME);
}

static int64_t real_mono_ns(struct clock *clock)
{
    (void)clock;
    return read_clock(CLOCK_MONOTONIC);
}

struct clock *clock_real(void)
{
    static struct clock real = {.now_ns = real_now_ns, .mono_ns = real_mono_ns};

    return &real;
}

static int64_t sim_now_ns(struct clock *clock)
{
    return ((struct clock_sim *)clock)->wall_ns;
}

static int64_t sim_mono_ns(struct clock *clock)
{
    return ((struct clock_sim *)clock)->steady_ns;
}

void clock_sim_init(struct clock_sim *sim, int64_t now_ns)
{
    *sim = (struct clock_sim){
        .clock = {.now_ns = sim_now_ns, .mono_ns = sim_mono_ns},
        .wall_ns = now_ns,
        .steady_ns = CLOCK_NS_PER_S,
    };
}

void clock_sim_advance(struct clock_sim *sim, int64_t delta_ns)
{
    if (delta_ns > 0) {
        sim->wall_ns += delta_ns;
        sim->steady_ns += delta_ns;
    }
}

void clock_sim_set_wall(struct clock_sim *sim, int64_t now_ns)
{
    sim->wall_ns = now_ns;
}

int64_t clock_day_start_ns(int64_t ts_ns)
{
    int64_t rest = ts_ns % CLOCK_NS_PER_DAY;

    return ts_ns - (rest < 0 ? rest + CLOCK_NS_PER_DAY : rest);
}

struct civil {
    int64_t year;
    int64_t month;
    int64_t day;
};

/* Days since 1970-01-01 to the proleptic Gregorian date: years that begin in March, so that the
 * leap day comes last. */
static struct civil civil_of(int64_t days)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t doe = shifted - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    struct civil date = {
        .year = yoe + era * 400,
        .month = mp < 10 ? mp + 3 : mp - 9,
        .day = doy - (153 * mp + 2) / 5 + 1,
    };

    date.year += date.month <= 2 ? 1 : 0;
    return date;
}

static char *put_digits(char *at, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

int clock_print_utc(int64_t ts_ns, char *buf, size_t cap)
{
    int64_t start_ns = clock_day_start_ns(ts_ns);
    int64_t rest_ns = ts_ns - start_ns;
    struct civil date = civil_of(start_ns / CLOCK_NS_PER_DAY);
    int64_t second = rest_ns / CLOCK_NS_PER_S;

    if (cap < CLOCK_UTC_TEXT || date.year < 0 || date.year > 9999) {
        return error_set(ERR_LIMIT, "no room or no year for a time of %lld ns", (long long)ts_ns);
    }
    char *at = put_digits(buf, date.year, 4);
    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    at = put_digits(at, date.day, 2);
    *at++ = 'T';
    at = put_digits(at, second / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, second % 60, 2);
    *at++ = '.';
    at = put_digits(at, rest_ns % CLOCK_NS_PER_S, 9);
    *at++ = 'Z';
    *at = '\0';
    return 0;
}
