/* Local time: a fixed offset (+08:00, China's since 1991) or an IANA zone read from its TZif file.
 * Nothing here reads a clock, TZ or calls tzset(): a zone is a value that is passed around. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/instant.h"

/* Days since 1970-01-01 of the local calendar; day 0 is that Thursday. */
typedef int32_t day_no;

struct zone_change {
    instant_ms at; /* from here on */
    int offset_min;
};

struct zone {
    const char *name; /* "+08:00", "Asia/Shanghai" */
    int offset_min;   /* before the first change; all there is when n is 0 */
    const struct zone_change *changes;
    size_t n; /* by time; to 2200 for zones that still change */
};

extern const struct zone zone_utc, zone_china; /* fixed: Z and +08:00 */

int zone_offset_min(const struct zone *z, instant_ms at);
/* Local calendar fields. */
struct civil zone_civil(const struct zone *z, instant_ms at);
/* The local day an instant lies in, and its minute of that day, 0..1439. */
day_no zone_day(const struct zone *z, instant_ms at);
int zone_minute(const struct zone *z, instant_ms at);
/* The instant of a local time: minute 0..1440 of a day. A time that a change leaves out is moved
 * behind the gap; of one that comes twice, it is the first. */
instant_ms zone_instant(const struct zone *z, day_no day, int minute);
/* instant_format() with the offset in force at that moment. */
void zone_format(const struct zone *z, instant_ms at, char *out);
/* instant_read(), but 1970..9999 in UTC; a text without an offset is local time of the zone. */
int zone_parse(const struct zone *z, const char *text, instant_ms *ret);

/* Reads "+08:00". 0, or -EINVAL, -ERANGE (past 14 h). The name is the text, copied. */
int zone_fixed(const char *text, struct arena *arena, struct zone *ret);
/* Reads a TZif file (RFC 8536, version 2 or later), its footer rule expanded to 2200. 0, or
 * -EBADMSG and *ret_complaint says what is wrong with it. Offsets are rounded to minutes. */
int zone_read(const char *name, const void *data, size_t n, struct arena *arena, struct zone *ret,
              const char **ret_complaint);

/* Calendar dates and day numbers. */
day_no day_of_date(int year, int month, int day);
struct civil date_of_day(day_no day); /* time fields 0 */
/* "2026-11-25", exactly, an existing day of 1970..2199. 0, -EINVAL, -ERANGE. */
int day_parse(const char *text, day_no *ret);
void day_format(day_no day, char out[12]);
/* 1 = Monday .. 7 = Sunday. */
int day_of_week(day_no day);

#endif
