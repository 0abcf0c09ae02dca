#include "core/calendar.h"

#include "base/must.h"
#include "core/calendar_lunar.h"

#define DAYS (CALENDAR_LAST_DAY + 1)
#define FIRST_YEAR 1970
#define YEARS (2199 - FIRST_YEAR + 1)
#define LAW_CHANGED 2025 /* the law of 2024-11-10 is in force from 1 January */

struct name {
    day_no day;
    const char *text;
};

struct calendar {
    const char *version;
    uint8_t kinds[DAYS];      /* enum day_kind */
    int32_t before[DAYS + 1]; /* working days before this day */
    const day_no *work; /* the working days in order: the one at before[day] is `day` or later */
    struct name *names; /* holidays and make-up days, by day */
    size_t name_n;
    /* First day from this year on that is not covered: of this year itself, or past all that are.
     */
    day_no covered_to[YEARS];
};

static bool in_table(day_no day)
{
    return day >= CALENDAR_FIRST_DAY && day <= CALENDAR_LAST_DAY;
}

static size_t year_index(day_no day)
{
    return (size_t)(date_of_day(day).year - FIRST_YEAR);
}

static bool kind_works(uint8_t kind)
{
    return kind == DAY_WORKDAY || kind == DAY_MAKEUP;
}

/* --- building ------------------------------------------------------------------------------------
 */
/* The entry of a day that has one, or NULL. */
static struct name *name_find_day(const struct calendar *c, day_no day)
{
    size_t low = 0, high = c->name_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c->names[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->name_n && c->names[low].day == day ? &c->names[low] : NULL;
}

static void mark_weekends(struct calendar *c)
{
    for (day_no day = CALENDAR_FIRST_DAY; day <= CALENDAR_LAST_DAY; day++)
        c->kinds[day] = day_of_week(day) <= 5 ? DAY_WORKDAY : DAY_WEEKEND;
}

static void mark_covered(struct calendar *c, const struct calendar_layer *layers, size_t n)
{
    bool covered[YEARS] = {false};
    day_no next = CALENDAR_LAST_DAY + 1;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < layers[i].n; k++) {
            must(in_table(layers[i].rows[k].day));
            if (layers[i].national)
                covered[year_index(layers[i].rows[k].day)] = true;
        }
    }
    for (size_t i = YEARS; i-- > 0;) {
        if (!covered[i])
            next = day_of_date(FIRST_YEAR + (int)i, 1, 1);
        c->covered_to[i] = next;
    }
}

/* Kinds are marked first. Then it is known how many days have a name, and a second pass over the
 * same rows in the same order names them: the last one to speak wins both times. */
enum pass { PASS_KINDS, PASS_NAMES };

static void put(struct calendar *c, enum pass pass, day_no day, enum day_kind kind,
                const char *name)
{
    struct name *entry;

    if (pass == PASS_KINDS) {
        c->kinds[day] = (uint8_t)kind;
        return;
    }
    entry = name_find_day(c, day);
    must(entry);
    entry->text = name;
}

static void put_law(struct calendar *c, enum pass pass, day_no first, int days, const char *name)
{
    for (int i = 0; i < days; i++)
        put(c, pass, first + i, DAY_STATUTORY, name);
}

/* 全国年节及纪念日放假办法 art. 2, as it stands from 2025 and stood from 2014: 除夕 and 2 May came
 * in 2025. Earlier wordings do not matter: no clock of this daemon runs there. Days that the State
 * Council gives for a statutory day on a weekend are only known from its notice. */
static void put_statutory(struct calendar *c, enum pass pass, int year)
{
    const struct lunar_days *moving = calendar_lunar(year);
    int added = year >= LAW_CHANGED ? 1 : 0;

    put_law(c, pass, day_of_date(year, 1, 1), 1, "元旦");
    if (moving) {
        put_law(c, pass, day_of_date(year, 1, 1) - 1 + moving->spring - added, 3 + added, "春节");
        put_law(c, pass, day_of_date(year, 4, 1) - 1 + moving->qingming, 1, "清明节");
    }
    put_law(c, pass, day_of_date(year, 5, 1), 1 + added, "劳动节");
    if (moving) {
        put_law(c, pass, day_of_date(year, 5, 1) - 1 + moving->dragon_boat, 1, "端午节");
        put_law(c, pass, day_of_date(year, 9, 1) - 1 + moving->mid_autumn, 1, "中秋节");
    }
    put_law(c, pass, day_of_date(year, 10, 1), 3, "国庆节");
}

static void put_all(struct calendar *c, enum pass pass, const struct calendar_layer *layers,
                    size_t n)
{
    for (int year = FIRST_YEAR; year < FIRST_YEAR + YEARS; year++) {
        if (!calendar_covers(c, day_of_date(year, 1, 1)))
            put_statutory(c, pass, year);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < layers[i].n; k++) {
            const struct calendar_row *row = &layers[i].rows[k];

            put(c, pass, row->day, row->off ? DAY_HOLIDAY : DAY_MAKEUP, row->name);
        }
    }
}

/* Lists working days and days with a name, both in order. */
static void list_days(struct calendar *c, struct arena *arena)
{
    day_no *work;
    int32_t work_n = 0;

    for (day_no day = CALENDAR_FIRST_DAY; day <= CALENDAR_LAST_DAY; day++) {
        c->before[day] = work_n;
        work_n += kind_works(c->kinds[day]) ? 1 : 0;
        c->name_n += c->kinds[day] != DAY_WORKDAY && c->kinds[day] != DAY_WEEKEND;
    }
    c->before[DAYS] = work_n;
    work = arena_alloc(arena, (size_t)work_n * sizeof(*work));
    c->names = arena_alloc(arena, c->name_n * sizeof(*c->names));
    c->work = work;
    c->name_n = 0;
    for (day_no day = CALENDAR_FIRST_DAY; day <= CALENDAR_LAST_DAY; day++) {
        if (kind_works(c->kinds[day]))
            *work++ = day;
        if (c->kinds[day] != DAY_WORKDAY && c->kinds[day] != DAY_WEEKEND)
            c->names[c->name_n++].day = day;
    }
}

const struct calendar *calendar_build(const char *version, const struct calendar_layer *layers,
                                      size_t n, struct arena *arena)
{
    struct calendar *c = arena_alloc(arena, sizeof(*c));

    c->version = arena_strdup(arena, version);
    mark_weekends(c);
    mark_covered(c, layers, n);
    put_all(c, PASS_KINDS, layers, n);
    list_days(c, arena);
    put_all(c, PASS_NAMES, layers, n);
    return c;
}

const char *calendar_version(const struct calendar *c)
{
    return c->version;
}

/* --- one day -------------------------------------------------------------------------------------
 */
enum day_kind calendar_kind(const struct calendar *c, day_no day)
{
    return in_table(day) ? (enum day_kind)c->kinds[day] : DAY_WEEKEND;
}

const char *calendar_name(const struct calendar *c, day_no day)
{
    const struct name *name = name_find_day(c, day);

    return name ? name->text : NULL;
}

bool calendar_is_workday(const struct calendar *c, day_no day)
{
    return in_table(day) && kind_works(c->kinds[day]);
}

bool calendar_covers(const struct calendar *c, day_no day)
{
    return in_table(day) && c->covered_to[year_index(day)] > day;
}

day_no calendar_covered_to(const struct calendar *c, day_no from)
{
    if (from < CALENDAR_FIRST_DAY)
        return from;
    if (from > CALENDAR_LAST_DAY)
        return CALENDAR_LAST_DAY + 1;
    return calendar_covers(c, from) ? c->covered_to[year_index(from)] : from;
}

/* --- counting ------------------------------------------------------------------------------------
 */
/* Working days before `day`; int64_t so that the day after any day_no exists. */
static int64_t work_before(const struct calendar *c, int64_t day)
{
    if (day < CALENDAR_FIRST_DAY)
        return 0;
    return c->before[day < DAYS ? day : DAYS];
}

day_no calendar_step(const struct calendar *c, day_no day, int64_t n)
{
    const int64_t count = c->before[DAYS];
    int64_t first; /* in the list of working days: where counting starts */

    if (n > 0) {
        first = work_before(c, (int64_t)day + 1);
        return n > count - first ? CALENDAR_LAST_DAY : c->work[first + n - 1];
    }
    first = work_before(c, day);
    if (n < -first)
        return CALENDAR_FIRST_DAY;
    return first + n < count ? c->work[first + n] : CALENDAR_LAST_DAY;
}

int64_t calendar_between(const struct calendar *c, day_no from, day_no to)
{
    if (to <= from)
        return 0;
    return work_before(c, (int64_t)to + 1) - work_before(c, (int64_t)from + 1);
}
