/* Points in time and spans, in UTC milliseconds. No clock is read here; nothing calls tzset().
 *
 * Text is RFC 3339. Local time of a place is in base/zone.h, which is built on this. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int64_t instant_ms; /* since 1970-01-01T00:00:00Z, wall clock of record */
typedef int64_t span_ms;
typedef int64_t mono_ms; /* monotonic clock of this process; no relation to instant_ms */

#define INSTANT_NONE INT64_MIN /* "not known"; sorts before every instant */
#define SECOND_MS ((span_ms)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define INSTANT_MAX ((instant_ms)253402300799999) /* 9999-12-31T23:59:59.999Z */
#define INSTANT_TEXT_SIZE 48

/* RFC 3339 date-time; 'T', 't' or one space; fraction of 1 to 9 digits, cut to ms; leap second :60
 * is read as :59.999. Without an offset *ret_local is true, and *ret is what the clocks somewhere
 * showed, as if it were UTC: zone_parse() makes an instant of it. Years 1970..9999, which an offset
 * may carry *ret out of. 0, or -EINVAL (not a date-time) or -ERANGE (31 February, 25:00, year). */
int instant_read(const char *text, instant_ms *ret, bool *ret_local);

/* "2026-07-14T14:20:00+08:00", with ".123" only when ms are not 0; UTC as "Z". out holds
 * INSTANT_TEXT_SIZE bytes. INSTANT_NONE gives "". */
void instant_format(instant_ms at, int offset_min, char *out);

/* Whole second an instant lies in (floor). Legal limits are read to the second: due instants are
 * inclusive, so an action within the due second is in time. */
int64_t instant_second(instant_ms at);

/* at + span, saturating; INSTANT_NONE stays INSTANT_NONE. */
instant_ms instant_add(instant_ms at, span_ms span);

/* Local calendar fields at a fixed offset. */
struct civil {
    int year, month, day, hour, minute, second, ms;
};
struct civil instant_civil(instant_ms at, int offset_min);

#endif
