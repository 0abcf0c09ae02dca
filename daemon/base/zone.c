#include "base/zone.h"

#include <errno.h>
#include <stdbool.h>
#include "base/must.h"

#define DAY_MINUTES (24 * 60)

const struct zone zone_utc = {.name = "Z"};
const struct zone zone_china = {.name = "+08:00", .offset_min = 8 * 60};

/* No offset reaches a day (zone_read() sees to it), so local time and UTC are less apart. */
#define OFFSET_MAX_MS DAY_MS

/* How many changes have happened at `at`. */
static size_t changes_until(const struct zone *z, instant_ms at)
{
    size_t low = 0, high = z->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->changes[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int offset_after(const struct zone *z, size_t changes)
{
    return changes ? z->changes[changes - 1].offset_min : z->offset_min;
}

int zone_offset_min(const struct zone *z, instant_ms at)
{
    return offset_after(z, changes_until(z, at));
}

struct civil zone_civil(const struct zone *z, instant_ms at)
{
    return instant_civil(at, zone_offset_min(z, at));
}

/* Minutes since 1970 of the local clock, floor: without going through a date, as every rung is
 * asked for at each decision. */
static int64_t local_minute(const struct zone *z, instant_ms at)
{
    must(at >= -INSTANT_MAX && at <= INSTANT_MAX + DAY_MS);
    return (at - (at < 0 ? MINUTE_MS - 1 : 0)) / MINUTE_MS + zone_offset_min(z, at);
}

day_no zone_day(const struct zone *z, instant_ms at)
{
    int64_t minute = local_minute(z, at);

    return (day_no)((minute - (minute < 0 ? DAY_MINUTES - 1 : 0)) / DAY_MINUTES);
}

int zone_minute(const struct zone *z, instant_ms at)
{
    return (int)(local_minute(z, at) - (int64_t)zone_day(z, at) * DAY_MINUTES);
}

/* Goes through the spans between changes and stops at the first one that ends behind the local time
 * wanted: it holds that time, or begins behind the gap the time lies in. Order is kept: a later
 * local time never gives an earlier instant. */
static instant_ms instant_of_local(const struct zone *z, int64_t local)
{
    size_t i = changes_until(z, local - OFFSET_MAX_MS);
    instant_ms at;

    while (i < z->n && z->changes[i].at + offset_after(z, i) * MINUTE_MS <= local)
        i++;
    at = local - offset_after(z, i) * MINUTE_MS;
    return i && at < z->changes[i - 1].at ? z->changes[i - 1].at : at;
}

instant_ms zone_instant(const struct zone *z, day_no day, int minute)
{
    must(minute >= 0 && minute <= 1440);
    return instant_of_local(z, day * DAY_MS + minute * MINUTE_MS);
}

void zone_format(const struct zone *z, instant_ms at, char *out)
{
    instant_format(at, zone_offset_min(z, at), out);
}

int zone_parse(const struct zone *z, const char *text, instant_ms *ret)
{
    instant_ms at;
    bool local;
    int r = instant_read(text, &at, &local);

    if (r < 0)
        return r;
    if (local)
        at = instant_of_local(z, at);
    if (at < 0 || at > INSTANT_MAX)
        return -ERANGE;
    *ret = at;
    return 0;
}

int zone_fixed(const char *text, struct arena *arena, struct zone *ret)
{
    static const char form[] = "+00:00";
    int h, m;

    if (text[0] != '+' && text[0] != '-')
        return -EINVAL;
    for (size_t i = 1; i < sizeof(form) - 1; i++) {
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return -EINVAL;
    }
    if (text[sizeof(form) - 1])
        return -EINVAL;
    h = (text[1] - '0') * 10 + (text[2] - '0');
    m = (text[4] - '0') * 10 + (text[5] - '0');
    if (m > 59 || h * 60 + m > 14 * 60)
        return -ERANGE;
    *ret = (struct zone){.name = arena_strdup(arena, text),
                         .offset_min = text[0] == '-' ? -(h * 60 + m) : h * 60 + m};
    return 0;
}
