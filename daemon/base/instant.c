#include "base/instant.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include "base/must.h"
#include "base/zone.h"

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

static int parse_offset(const char **p, bool *ret_local, int *ret_min)
{
    int sign, h, m;

    *ret_min = 0;
    *ret_local = !**p;
    if (*ret_local)
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
    /* A date that does not exist comes back as another one. */
    struct civil date = date_of_day(day_of_date(c->year, c->month, c->day));

    return c->year >= 1970 && date.year == c->year && date.month == c->month &&
           date.day == c->day && c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

int instant_read(const char *text, instant_ms *ret, bool *ret_local)
{
    struct civil c;
    const char *p = text;
    int offset, r;
    bool local;

    if (!parse_date(&p, &c) || !(skip(&p, 'T') || skip(&p, 't') || skip(&p, ' ')) ||
        !parse_time(&p, &c))
        return -EINVAL;
    r = parse_offset(&p, &local, &offset);
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
    *ret = day_of_date(c.year, c.month, c.day) * DAY_MS + c.hour * HOUR_MS + c.minute * MINUTE_MS +
           c.second * SECOND_MS + c.ms - offset * MINUTE_MS;
    *ret_local = local;
    return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

struct civil instant_civil(instant_ms at, int offset_min)
{
    int64_t local, days, ms;
    struct civil c;

    must(at >= -INSTANT_MAX && at <= INSTANT_MAX + DAY_MS);
    local = at + offset_min * MINUTE_MS;
    days = floor_div(local, DAY_MS);
    ms = local - days * DAY_MS;
    c = date_of_day((day_no)days);
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
