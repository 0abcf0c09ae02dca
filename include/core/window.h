/* Limits as text: "5h" "90m" "60d" "20wd" "until 2026-12-31" "until 03-31". */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include <stddef.h>
#include "core/case.h"

#define WINDOW_TEXT_SIZE 64
/* Longest limits: the calendar's table reaches them from every instant that is accepted. */
#define WINDOW_DAYS_MAX 36500
#define WINDOW_WORKDAYS_MAX 3650
#define WINDOW_TIME_MAX (3653 * DAY_MS)

/* NULL, or what is wrong: "has no unit", "is no such limit", "is out of range",
 * "names a day that does not exist each year", ... "0wd" and "0h" are limits, "0d" is none. */
const char *window_parse(const char *text, struct window *ret);
void window_format(const struct window *w, char out[WINDOW_TEXT_SIZE]);
/* "5小时", "20个工作日" or "5 hours", "20 working days". */
void window_words(const struct window *w, bool english, char out[WINDOW_TEXT_SIZE]);

#endif
