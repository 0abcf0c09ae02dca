/* What a text of a policy file may be. */
#include "conf/policy_draft.h"

#include <string.h>
#include "base/text.h"
#include "conf/check.h"
#include "core/window.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

#define COUNT_MAX 100
#define HEAT_MAX INT64_C(1000000000000000)
#define DIVISION_MAX 12

static void keep(struct reader *r, const char *text, void *target)
{
    const char **field = target;

    *field = arena_strdup(r->arena, text);
}

/* Kept even if wrong: what refers to it is then not reported as well. */
const char *check_word(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    keep(r, text, target);
    return check_charset(text, LOWER DIGITS "_", LIMIT_WORD_BYTES) ? NULL : "is no such word";
}

const char *check_label(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text_empty(text) || strlen(text) > LIMIT_ID_BYTES)
        return "is empty or too long";
    keep(r, text, target);
    return NULL;
}

const char *check_division(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (!check_charset(text, DIGITS, DIVISION_MAX) || strlen(text) < 2)
        return "is no division code";
    keep(r, text, target);
    return NULL;
}

const char *check_date(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)r;
    (void)at;
    return day_parse(text, target) < 0 ? "is no date" : NULL;
}

/* "HH:MM" up to the minute `last`, or -1. */
static int minute_parse(const char *text, int last)
{
    int minute;

    if (strlen(text) != 5 || text[2] != ':' || strspn(text, DIGITS) != 2 ||
        strspn(text + 3, DIGITS) != 2 || text[3] > '5')
        return -1;
    minute = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    return minute <= last ? minute : -1;
}

const char *check_clock(struct reader *r, const struct at *at, const char *text, void *target)
{
    int *field = target;

    (void)r;
    (void)at;
    *field = minute_parse(text, MINUTES_OF_DAY - 1);
    return *field < 0 ? "is no time of day" : NULL;
}

const char *check_day_end(struct reader *r, const struct at *at, const char *text, void *target)
{
    int *field = target;
    int minute = minute_parse(text, MINUTES_OF_DAY);

    (void)r;
    (void)at;
    if (minute < 1)
        return "is no end of a day";
    *field = minute;
    return NULL;
}

const char *check_limit(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)r;
    (void)at;
    return window_parse(text, target);
}

/* A limit that can be added up, and is longer than nothing. */
static const char *distance_parse(const char *text, struct window *ret)
{
    const char *complaint = window_parse(text, ret);

    if (!complaint && (ret->unit == WINDOW_DATE || ret->unit == WINDOW_YEARLY))
        complaint = "is a date";
    if (!complaint && ret->n == 0)
        complaint = "is nothing";
    if (complaint)
        ret->unit = WINDOW_NONE;
    return complaint;
}

const char *check_distance(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)r;
    (void)at;
    return distance_parse(text, target);
}

const char *check_hours(struct reader *r, const struct at *at, const char *text, void *target)
{
    span_ms *field = target;
    struct window window;
    const char *complaint = distance_parse(text, &window);

    (void)r;
    (void)at;
    if (complaint)
        return complaint;
    if (window.unit != WINDOW_TIME)
        return "is in days";
    *field = window.n;
    return NULL;
}

const char *check_count(struct reader *r, const struct at *at, const char *text, void *target)
{
    int *field = target;
    int64_t n;

    (void)r;
    (void)at;
    if (text_to_int(text, 1, COUNT_MAX, &n) < 0)
        return "is no such number";
    *field = (int)n;
    return NULL;
}

const char *check_heat(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct conditions_draft *conditions = target;

    (void)r;
    (void)at;
    if (text_to_int(text, 0, HEAT_MAX, &conditions->least) < 0)
        return "is no such number";
    conditions->heat = true;
    return NULL;
}

const char *check_name_of(struct reader *r, const struct at *at, const char *text, void *target)
{
    unsigned *field = target; /* as every enum without negative values */
    int i = node_name(r, text);

    (void)at;
    if (i < 0)
        return "is unknown";
    *field = (unsigned)i;
    return NULL;
}

const char *check_choice(struct reader *r, const struct at *at, const char *text, void *target)
{
    bool *field = target;
    int i = node_name(r, text);

    (void)at;
    *field = i > 0;
    return i < 0 ? "is unknown" : NULL;
}

const char *check_bits(struct reader *r, const struct at *at, const char *text, void *target)
{
    uint64_t *field = target;
    int i = node_name(r, text);

    (void)at;
    if (i < 0)
        return "is unknown";
    if (*field >> i & 1)
        return "is here twice";
    *field |= (uint64_t)1 << i;
    return NULL;
}

const char *check_start(struct reader *r, const struct at *at, const char *text, void *target)
{
    enum clock_start *starts = target;
    int i = node_name(r, text);

    (void)at;
    if (i < 0)
        return "is unknown";
    while (*starts != START_NONE && *starts != (enum clock_start)i)
        starts++;
    if (*starts != START_NONE)
        return "is here twice";
    *starts = (enum clock_start)i;
    return NULL;
}

const char *check_lamp(struct reader *r, const struct at *at, const char *text, void *target)
{
    enum lamp **field = target;
    int i = node_name(r, text);

    (void)at;
    if (i < 0)
        return "is unknown";
    *field = arena_alloc(r->arena, sizeof(**field));
    **field = (enum lamp)i;
    return NULL;
}

const char *check_ladder(struct reader *r, const struct at *at, const char *text, void *target)
{
    const struct policy_draft *file = r->draft;
    const struct ladder_draft **field = target;
    struct guess guess = guess_new(r, text);

    (void)at;
    for (size_t i = 0; i < file->ladder_n; i++) {
        if (text_equal(file->ladders[i].id, text)) {
            *field = &file->ladders[i];
            return NULL;
        }
        text_guess(&guess, file->ladders[i].id);
    }
    return guess.best
               ? arena_printf(r->arena, "is not in this file (did you mean \"%s\"?)", guess.best)
               : "is not in this file";
}

/* Splits "due-2wd 09:00": what is left is "due-2wd". */
static const char *at_time(char *text, struct rung *rung)
{
    char *space = strchr(text, ' ');

    if (!space)
        return NULL;
    *space = '\0';
    rung->minute = minute_parse(space + 1, MINUTES_OF_DAY - 1);
    rung->timed = true;
    return rung->minute < 0 ? "has no time of day such as 09:00 behind the space" : NULL;
}

static const char *at_percent(const char *text, struct rung *rung)
{
    char digits[4] = "";
    size_t n = strlen(text) - 1;
    int64_t percent;

    if (n < sizeof(digits))
        memcpy(digits, text, n);
    if (text_to_int(digits, 1, 99, &percent) < 0)
        return "has no percentage from 1 to 99";
    rung->base = RUNG_PERCENT_LEFT;
    rung->offset = percent;
    return rung->timed ? "has a time of day behind a percentage" : NULL;
}

static bool ends_with(const char *text, char last)
{
    size_t n = strlen(text);

    return n > 0 && text[n - 1] == last;
}

/* "30m" "2h" "2wd", behind a sign. */
static const char *at_distance(const char *text, int sign, struct rung_draft *draft)
{
    struct window distance;
    const char *complaint = distance_parse(text, &distance);

    if (complaint)
        return complaint;
    if (distance.unit == WINDOW_DAYS)
        return "counts calendar days";
    if (distance.n % MINUTE_MS != 0 && distance.unit == WINDOW_TIME)
        return "counts seconds";
    draft->hours = ends_with(text, 'h');
    draft->minutes = ends_with(text, 'm');
    if (distance.unit == WINDOW_WORKDAYS) {
        draft->rung.workdays = sign * (int)distance.n;
        return NULL;
    }
    draft->rung.offset = sign * distance.n;
    return draft->rung.timed ? "has a time of day behind hours or minutes" : NULL;
}

static const char *at_parse(const char *text, struct rung_draft *draft)
{
    bool start = text_starts(text, "start");
    const char *rest = text + (start ? strlen("start") : strlen("due"));

    if (!start && !text_starts(text, "due"))
        return "begins neither with start nor with due";
    draft->rung.base = start ? RUNG_FROM_START : RUNG_FROM_DUE;
    if (*rest == '\0')
        return NULL;
    if (*rest != '+' && *rest != '-')
        return "has neither + nor - behind its first word";
    if (start && *rest == '-')
        return "is before the start";
    if (!ends_with(rest, '%'))
        return at_distance(rest + 1, *rest == '-' ? -1 : 1, draft);
    return *rest == '-' ? at_percent(rest + 1, &draft->rung)
                        : "has a percentage that is not of the time left";
}

const char *check_at(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct rung_draft *draft = target;
    char *copy = arena_strdup(r->arena, text);
    const char *complaint = at_time(copy, &draft->rung);

    (void)at;
    if (!complaint)
        complaint = at_parse(copy, draft);
    if (!complaint)
        draft->text = arena_strdup(r->arena, text);
    return complaint;
}

const char *check_repeat(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct rung_draft *draft = target;
    const char *complaint = distance_parse(text, &draft->step);

    (void)r;
    (void)at;
    if (complaint)
        return complaint;
    if (draft->step.unit == WINDOW_DAYS)
        complaint = "counts calendar days";
    if (draft->step.unit == WINDOW_TIME && draft->step.n % MINUTE_MS != 0)
        complaint = "counts seconds";
    if (complaint) {
        draft->step.unit = WINDOW_NONE;
        return complaint;
    }
    draft->hours = draft->hours || (!draft->minutes && ends_with(text, 'h'));
    return NULL;
}
