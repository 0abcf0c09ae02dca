/* The rule in the footer of a TZif file: a POSIX TZ text such as "EST5EDT,M3.2.0,M11.1.0", with the
 * extension of RFC 8536: hours of a change from -167 to 167. */
#ifndef BASE_TZ_RULE_H
#define BASE_TZ_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum tz_day_kind {
    TZ_DAY_JULIAN, /* J1..J365: never 29 February */
    TZ_DAY_COUNT,  /* 0..365 */
    TZ_DAY_MONTH   /* M month.week.weekday; week 5 is the last, weekday 0 is Sunday */
};

struct tz_day {
    enum tz_day_kind kind;
    int month, week, day;
    int seconds; /* of local time before the change; may lie in another day */
};

/* Offsets are seconds east. */
struct tz_rule {
    int standard, summer;
    bool changes; /* else it is always standard time */
    struct tz_day to_summer, to_standard;
};

/* NULL, or what is wrong with the text. */
const char *tz_rule_parse(const char *text, struct tz_rule *ret);
/* Both changes of a year, in seconds since 1970. */
int64_t tz_rule_to_summer(const struct tz_rule *rule, int year);
int64_t tz_rule_to_standard(const struct tz_rule *rule, int year);

#endif
