/* The calendar: dates and day numbers. Instants and zones are built on it. */
#include "base/zone.h"

#include <errno.h>
#include <stdio.h>

/* Days since 1970-01-01 of a proleptic Gregorian date, and back (Howard Hinnant's algorithms:
 * March-based years make the leap day the last one, so no table and no branch on leap years is
 * needed). */
day_no day_of_date(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400, doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return (day_no)(era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
}

struct civil date_of_day(day_no day)
{
    int64_t z = (int64_t)day + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    struct civil c = {.day = (int)(doy - (153 * mp + 2) / 5 + 1),
                      .month = (int)(mp < 10 ? mp + 3 : mp - 9)};

    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    return c;
}

/* Exactly n digits, or -1. */
static int digits(const char *text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int day_parse(const char *text, day_no *ret)
{
    struct civil c;
    int year, month, day;

    /* Each test stops at a NUL, so nothing behind it is looked at. */
    if ((year = digits(text, 4)) < 0 || text[4] != '-' || (month = digits(text + 5, 2)) < 0 ||
        text[7] != '-' || (day = digits(text + 8, 2)) < 0 || text[10])
        return -EINVAL;
    if (year < 1970 || year > 2199)
        return -ERANGE;
    /* A date that does not exist comes back as another one. */
    c = date_of_day(day_of_date(year, month, day));
    if (c.year != year || c.month != month || c.day != day)
        return -ERANGE;
    *ret = day_of_date(year, month, day);
    return 0;
}

void day_format(day_no day, char out[12])
{
    struct civil c = date_of_day(day);

    snprintf(out, 12, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
             (unsigned)c.day % 100);
}

int day_of_week(day_no day)
{
    return (int)((((int64_t)day + 3) % 7 + 7) % 7) + 1; /* day 0 was a Thursday */
}
