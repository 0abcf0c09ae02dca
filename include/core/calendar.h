/* Working days: which days count, and counting them forwards and backwards.
 *
 * Legal source: 全国年节及纪念日放假办法 (2024) art. 2 for the statutory days; each year's
 * arrangement (make-up working days included) is the State Council's notice, loaded from files. A
 * year without a file counts statutory days and weekends only, and says so (calendar_covers). Days
 * are local (base/zone.h). Counting is O(1); a name takes a binary search. No day beyond the table
 * counts. */
#ifndef CORE_CALENDAR_H
#define CORE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/zone.h"

#define CALENDAR_FIRST_DAY 0    /* 1970-01-01 */
#define CALENDAR_LAST_DAY 84005 /* 2199-12-31; windows are bounded so that none gets there */

enum day_kind {
    DAY_WORKDAY,   /* Monday to Friday */
    DAY_WEEKEND,   /* Saturday, Sunday */
    DAY_HOLIDAY,   /* off by a calendar file */
    DAY_MAKEUP,    /* 调休上班: a working day by a calendar file */
    DAY_STATUTORY, /* off by law, in a year without a file */
};

/* One line of a calendar file. */
struct calendar_row {
    day_no day;
    bool off;         /* else a make-up working day */
    const char *name; /* 国庆节 */
};

/* Files of one kind; later rows of a layer, and later layers, win over earlier ones. All rows lie
 * within the table. */
struct calendar_layer {
    bool national; /* its years count as covered; a local layer only changes days */
    const struct calendar_row *rows;
    size_t n;
};

struct calendar; /* opaque; never changed once built */

/* version: any text that differs when the days do (a digest); copied, names of rows are not. Never
 * NULL: about 700 KB of arena. */
const struct calendar *calendar_build(const char *version, const struct calendar_layer *layers,
                                      size_t n, struct arena *arena);
const char *calendar_version(const struct calendar *c);

/* Beyond the table: DAY_WEEKEND. */
enum day_kind calendar_kind(const struct calendar *c, day_no day);
/* Name of a holiday, make-up or statutory day (国庆节), or NULL. Lives as long as the rows. */
const char *calendar_name(const struct calendar *c, day_no day);
bool calendar_is_workday(const struct calendar *c, day_no day);
/* Whether the arrangement of the day's year is loaded. */
bool calendar_covers(const struct calendar *c, day_no day);
/* First day from `from` on that is not covered; CALENDAR_LAST_DAY + 1 if there is none. */
day_no calendar_covered_to(const struct calendar *c, day_no from);

/* n > 0: the n-th working day after `day`; n < 0: before it; 0: the day itself, or the next working
 * day. Beyond the table: saturates at its first or last day. */
day_no calendar_step(const struct calendar *c, day_no day, int64_t n);
/* Working days d with from < d <= to; 0 when to <= from. */
int64_t calendar_between(const struct calendar *c, day_no from, day_no to);

#endif
