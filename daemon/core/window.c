#include "core/window.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "base/zone.h"

/* "20wd", "60d": what stands in front of the unit. */
static const char *counted(const char *text, size_t digits, int64_t least, int64_t most,
                           int64_t *ret)
{
    char number[20];

    if (digits >= sizeof(number))
        return "is out of range";
    memcpy(number, text, digits);
    number[digits] = '\0';
    return text_to_int(number, least, most, ret) < 0 ? "is out of range" : NULL;
}

static const char *until(const char *text, struct window *ret)
{
    char date[16];
    day_no day;

    if (strlen(text) == 10) {
        *ret = (struct window){WINDOW_DATE, 0};
        if (day_parse(text, &day) < 0)
            return "names a day that does not exist";
        ret->n = day;
        return NULL;
    }
    /* A year that has no 29 February: what exists in it exists in each. */
    if (strlen(text) != 5 || snprintf(date, sizeof(date), "2026-%s", text) != 10)
        return "is no such limit";
    if (day_parse(date, &day) < 0)
        return "names a day that does not exist each year";
    *ret = (struct window){WINDOW_YEARLY,
                           date_of_day(day).month * (int64_t)100 + date_of_day(day).day};
    return NULL;
}

const char *window_parse(const char *text, struct window *ret)
{
    size_t digits = strspn(text, "0123456789");
    const char *unit = text + digits;
    int64_t ms;

    if (text_equal(text, "none")) {
        *ret = (struct window){WINDOW_NONE, 0};
        return NULL;
    }
    if (text_starts(text, "until "))
        return until(text + strlen("until "), ret);
    if (*text == '-')
        return "is negative";
    if (digits == 0)
        return "is no such limit";
    if (*unit == '\0')
        return "has no unit";
    if (text_equal(unit, "wd")) {
        ret->unit = WINDOW_WORKDAYS;
        return counted(text, digits, 0, WINDOW_WORKDAYS_MAX, &ret->n);
    }
    if (text_equal(unit, "d")) {
        ret->unit = WINDOW_DAYS;
        return counted(text, digits, 1, WINDOW_DAYS_MAX, &ret->n);
    }
    /* A day among hours would be 24 of them: not what "2d" means here. */
    if (strchr(text, 'd') || text_to_span(text, &ms) < 0)
        return "is no such limit";
    if (ms > WINDOW_TIME_MAX || ms % SECOND_MS != 0)
        return "is out of range";
    *ret = (struct window){WINDOW_TIME, ms};
    return NULL;
}

/* 5h, 90m, 1h30m: no unit twice, none that is 0. */
static void time_format(int64_t ms, char out[WINDOW_TEXT_SIZE])
{
    long long h = ms / HOUR_MS, m = ms / MINUTE_MS % 60, s = ms / SECOND_MS % 60;
    size_t n = 0;

    if (h || !(m || s))
        n += (size_t)snprintf(out + n, WINDOW_TEXT_SIZE - n, "%lldh", h);
    if (m)
        n += (size_t)snprintf(out + n, WINDOW_TEXT_SIZE - n, "%lldm", m);
    if (s)
        snprintf(out + n, WINDOW_TEXT_SIZE - n, "%llds", s);
}

void window_format(const struct window *w, char out[WINDOW_TEXT_SIZE])
{
    char date[12] = "";

    switch (w->unit) {
    case WINDOW_TIME:
        time_format(w->n, out);
        break;
    case WINDOW_DAYS:
        snprintf(out, WINDOW_TEXT_SIZE, "%lldd", (long long)w->n);
        break;
    case WINDOW_WORKDAYS:
        snprintf(out, WINDOW_TEXT_SIZE, "%lldwd", (long long)w->n);
        break;
    case WINDOW_DATE:
        day_format((day_no)w->n, date);
        snprintf(out, WINDOW_TEXT_SIZE, "until %s", date);
        break;
    case WINDOW_YEARLY:
        snprintf(out, WINDOW_TEXT_SIZE, "until %02d-%02d", (int)(w->n / 100), (int)(w->n % 100));
        break;
    case WINDOW_NONE:
    case WINDOW_UNIT_COUNT:
        snprintf(out, WINDOW_TEXT_SIZE, "none");
        break;
    }
}

void window_words(const struct window *w, bool english, char out[WINDOW_TEXT_SIZE])
{
    char text[WINDOW_TEXT_SIZE];

    switch (w->unit) {
    case WINDOW_TIME:
        if (w->n % HOUR_MS == 0)
            snprintf(out, WINDOW_TEXT_SIZE, english ? "%lld hours" : "%lld小时",
                     (long long)(w->n / HOUR_MS));
        else
            snprintf(out, WINDOW_TEXT_SIZE, english ? "%lld minutes" : "%lld分钟",
                     (long long)(w->n / MINUTE_MS));
        break;
    case WINDOW_DAYS:
        snprintf(out, WINDOW_TEXT_SIZE, english ? "%lld calendar days" : "%lld日（自然日）",
                 (long long)w->n);
        break;
    case WINDOW_WORKDAYS:
        snprintf(out, WINDOW_TEXT_SIZE, english ? "%lld working days" : "%lld个工作日",
                 (long long)w->n);
        break;
    case WINDOW_DATE:
    case WINDOW_YEARLY:
        window_format(w, text);
        snprintf(out, WINDOW_TEXT_SIZE, english ? "until %.16s" : "截至%.16s",
                 text + strlen("until "));
        break;
    case WINDOW_NONE:
    case WINDOW_UNIT_COUNT:
        snprintf(out, WINDOW_TEXT_SIZE, english ? "no limit" : "未规定时限");
        break;
    }
}
