#include "base/tz_rule.h"

#include "base/zone.h"

#define HOUR_S 3600
#define DAY_S 86400

static bool skip(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* A number of min to max and at most three digits. */
static bool number(const char **p, int min, int max, int *ret)
{
    int value = 0, n = 0;

    for (; **p >= '0' && **p <= '9' && n < 3; (*p)++, n++)
        value = value * 10 + (**p - '0');
    *ret = value;
    return n > 0 && value >= min && value <= max;
}

/* [+-]h[:mm[:ss]], in seconds. */
static bool clock_time(const char **p, int hours_max, int *ret)
{
    bool negative = skip(p, '-');
    int h, m = 0, s = 0;

    if (!negative)
        skip(p, '+');
    if (!number(p, 0, hours_max, &h))
        return false;
    if (skip(p, ':')) {
        if (!number(p, 0, 59, &m) || (skip(p, ':') && !number(p, 0, 59, &s)))
            return false;
    }
    *ret = (negative ? -1 : 1) * (h * HOUR_S + m * 60 + s);
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* CST, or <+08>: only skipped, we write offsets. */
static bool abbreviation(const char **p)
{
    bool quoted = skip(p, '<');
    int n = 0;

    while (is_letter(**p) || (quoted && ((**p >= '0' && **p <= '9') || **p == '+' || **p == '-'))) {
        (*p)++;
        n++;
    }
    return n >= 3 && (!quoted || skip(p, '>'));
}

static bool tz_day(const char **p, struct tz_day *ret)
{
    bool good;

    if (skip(p, 'M')) {
        ret->kind = TZ_DAY_MONTH;
        good = number(p, 1, 12, &ret->month) && skip(p, '.') && number(p, 1, 5, &ret->week) &&
               skip(p, '.') && number(p, 0, 6, &ret->day);
    } else if (skip(p, 'J')) {
        ret->kind = TZ_DAY_JULIAN;
        good = number(p, 1, 365, &ret->day);
    } else {
        ret->kind = TZ_DAY_COUNT;
        good = number(p, 0, 365, &ret->day);
    }
    ret->seconds = 2 * HOUR_S;
    return good && (!skip(p, '/') || clock_time(p, 167, &ret->seconds));
}

const char *tz_rule_parse(const char *text, struct tz_rule *ret)
{
    const char *p = text;
    int west;

    *ret = (struct tz_rule){0};
    if (!abbreviation(&p) || !clock_time(&p, 24, &west))
        return "its footer has no standard time";
    ret->standard = -west; /* POSIX counts to the west */
    if (!*p)
        return NULL;
    ret->changes = true;
    ret->summer = ret->standard + HOUR_S;
    if (!abbreviation(&p))
        return "its footer has no name of summer time";
    if (*p != ',') {
        if (!clock_time(&p, 24, &west))
            return "its footer has a bad offset of summer time";
        ret->summer = -west;
    }
    if (!skip(&p, ',') || !tz_day(&p, &ret->to_summer))
        return "its footer has no start of summer time";
    if (!skip(&p, ',') || !tz_day(&p, &ret->to_standard))
        return "its footer has no end of summer time";
    return *p ? "its footer goes on behind its rule" : NULL;
}

static day_no day_in_year(const struct tz_day *d, int year)
{
    day_no first = day_of_date(year, 1, 1), day;

    if (d->kind == TZ_DAY_COUNT)
        return first + d->day;
    if (d->kind == TZ_DAY_JULIAN) /* 1 March is J60 in every year */
        return d->day < 60 ? first + d->day - 1 : day_of_date(year, 3, 1) + d->day - 60;
    first = day_of_date(year, d->month, 1);
    day = first + (d->day - day_of_week(first) + 7) % 7 + 7 * (d->week - 1);
    /* There may be no fifth one: then the fourth is the last. */
    return date_of_day(day).month == d->month ? day : day - 7;
}

int64_t tz_rule_to_summer(const struct tz_rule *rule, int year)
{
    return (int64_t)day_in_year(&rule->to_summer, year) * DAY_S + rule->to_summer.seconds -
           rule->standard;
}

int64_t tz_rule_to_standard(const struct tz_rule *rule, int year)
{
    return (int64_t)day_in_year(&rule->to_standard, year) * DAY_S + rule->to_standard.seconds -
           rule->summer;
}
