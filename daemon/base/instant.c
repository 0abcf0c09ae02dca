#include "base/instant.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include "base/must.h"

/* Days since 1970-01-01 of a proleptic Gregorian date, and back (Howard Hinnant's algorithms:
 * March-based years make the leap day the last one, so no table and no branch on leap years is
 * needed). */
static int64_t days_from_civil(int y, int m, int d)
{
    int64_t year = y - (m <= 2), era = (year >= 0 ? year : year - 399) / 400;
    int64_t yoe = year - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

static int month_days(int y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    return m == 2 && leap ? 29 : days[m - 1];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly n digits at *p; moves *p past them. -1 when there are fewer. */
static int digits(const char **p, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++, (*p)++) {
        if (!is_digit(**p))
            return -1;
        value = value * 10 + (**p - '0');
    }
    return value;
}

static bool skip(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static bool parse_fraction(const char **p, int *ret_ms)
{
    int ms = 0, n = 0;

    for (; is_digit(**p); (*p)++, n++) {
        if (n < 3)
            ms = ms * 10 + (**p - '0');
    }
    if (n < 1 || n > 9)
        return false;
    for (; n < 3; n++)
        ms *= 10;
    *ret_ms = ms;
    return true;
}

static int parse_offset(const char **p, int default_min, int *ret_min)
{
    int sign, h, m;

    *ret_min = default_min;
    if (!**p)
        return 0;
    if (**p == 'Z' || **p == 'z') {
        (*p)++;
        *ret_min = 0;
        return 0;
    }
    if (**p != '+' && **p != '-')
        return -EINVAL;
    sign = *(*p)++ == '-' ? -1 : 1;
    if ((h = digits(p, 2)) < 0 || !skip(p, ':') || (m = digits(p, 2)) < 0)
        return -EINVAL;
    if (h > 23 || m > 59)
        return -ERANGE;
    *ret_min = sign * (h * 60 + m);
    return 0;
}

static bool parse_date(const char **p, struct civil *c)
{
    c->year = digits(p, 4);
    if (c->year < 0 || !skip(p, '-'))
        return false;
    c->month = digits(p, 2);
    if (c->month < 0 || !skip(p, '-'))
        return false;
    c->day = digits(p, 2);
    return c->day >= 0;
}

static bool parse_time(const char **p, struct civil *c)
{
    c->hour = digits(p, 2);
    if (c->hour < 0 || !skip(p, ':'))
        return false;
    c->minute = digits(p, 2);
    if (c->minute < 0 || !skip(p, ':'))
        return false;
    c->second = digits(p, 2);
    c->ms = 0;
    if (c->second < 0)
        return false;
    return !skip(p, '.') || parse_fraction(p, &c->ms);
}

static bool civil_exists(const struct civil *c)
{
    return c->year >= 1970 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= month_days(c->year, c->month) && c->hour <= 23 && c->minute <= 59 &&
           c->second <= 60;
}

int instant_parse(const char *text, int default_offset_min, instant_ms *ret)
{
    struct civil c;
    const char *p = text;
    int offset, r;
    instant_ms at;

    if (!parse_date(&p, &c) || !(skip(&p, 'T') || skip(&p, 't') || skip(&p, ' ')) ||
        !parse_time(&p, &c))
        return -EINVAL;
    r = parse_offset(&p, default_offset_min, &offset);
    if (r < 0)
        return r;
    if (*p)
        return -EINVAL;
    if (!civil_exists(&c))
        return -ERANGE;
    if (c.second == 60) {
        c.second = 59;
        c.ms = 999;
    }
    at = days_from_civil(c.year, c.month, c.day) * DAY_MS + c.hour * HOUR_MS +
         c.minute * MINUTE_MS + c.second * SECOND_MS + c.ms - offset * MINUTE_MS;
    if (at < 0 || at > INSTANT_MAX)
        return -ERANGE;
    *ret = at;
    return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

struct civil instant_civil(instant_ms at, int offset_min)
{
    int64_t local = at + offset_min * MINUTE_MS, days = floor_div(local, DAY_MS);
    int64_t ms = local - days * DAY_MS;
    struct civil c;

    civil_from_days(days, &c);
    c.hour = (int)(ms / HOUR_MS);
    c.minute = (int)(ms / MINUTE_MS % 60);
    c.second = (int)(ms / SECOND_MS % 60);
    c.ms = (int)(ms % SECOND_MS);
    return c;
}

void instant_format(instant_ms at, int offset_min, char *out)
{
    char fraction[8] = "", offset[8] = "Z";
    struct civil c;

    out[0] = '\0';
    if (at == INSTANT_NONE)
        return;
    must(at >= -INSTANT_MAX && at <= INSTANT_MAX + DAY_MS);
    c = instant_civil(at, offset_min);
    if (c.ms)
        snprintf(fraction, sizeof(fraction), ".%03d", c.ms % 1000);
    if (offset_min)
        snprintf(offset, sizeof(offset), "%c%02d:%02d", offset_min < 0 ? '-' : '+',
                 (offset_min < 0 ? -offset_min : offset_min) / 60 % 24,
                 (offset_min < 0 ? -offset_min : offset_min) % 60);
    snprintf(out, INSTANT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%s%s", c.year % 10000,
             c.month % 100, c.day % 100, c.hour % 100, c.minute % 100, c.second % 100, fraction,
             offset);
}

int64_t instant_second(instant_ms at)
{
    return floor_div(at, SECOND_MS);
}

instant_ms instant_add(instant_ms at, span_ms span)
{
    instant_ms sum;

    if (at == INSTANT_NONE)
        return INSTANT_NONE;
    if (__builtin_add_overflow(at, span, &sum))
        return span < 0 ? INSTANT_NONE + 1 : INT64_MAX;
    return sum;
}

int instant_minute_of_day(instant_ms at, int offset_min)
{
    struct civil c = instant_civil(at, offset_min);

    return c.hour * 60 + c.minute;
}
