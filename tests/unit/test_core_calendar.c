/* Working days: facts of the notices and of the law, typed by hand, and laws of counting over
 * random days of several calendars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "core/calendar.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CASES 1000000
#define NAIVE_CASES 100000
#define CALENDARS 6

static day_no d(const char *text)
{
    day_no day = -1;

    if (day_parse(text, &day) != 0)
        fail_msg("%s", text);
    return day;
}

static void same_day(day_no got, const char *want)
{
    char text[12];

    day_format(got, text);
    assert_string_equal(text, want);
}

/* --- calendars -----------------------------------------------------------------------------------
 */
/* The arrangements of 2024 to 2026 as the notices tell them: from, to, off. */
static const struct {
    const char *from, *to;
    bool off;
    const char *name;
} notices[] = {
    {"2024-01-01", "2024-01-01", true, "元旦"},    {"2024-02-10", "2024-02-17", true, "春节"},
    {"2024-02-04", "2024-02-04", false, "春节"},   {"2024-02-18", "2024-02-18", false, "春节"},
    {"2024-04-04", "2024-04-06", true, "清明节"},  {"2024-04-07", "2024-04-07", false, "清明节"},
    {"2024-05-01", "2024-05-05", true, "劳动节"},  {"2024-04-28", "2024-04-28", false, "劳动节"},
    {"2024-05-11", "2024-05-11", false, "劳动节"}, {"2024-06-10", "2024-06-10", true, "端午节"},
    {"2024-09-15", "2024-09-17", true, "中秋节"},  {"2024-09-14", "2024-09-14", false, "中秋节"},
    {"2024-10-01", "2024-10-07", true, "国庆节"},  {"2024-09-29", "2024-09-29", false, "国庆节"},
    {"2024-10-12", "2024-10-12", false, "国庆节"}, {"2025-01-01", "2025-01-01", true, "元旦"},
    {"2025-01-28", "2025-02-04", true, "春节"},    {"2025-01-26", "2025-01-26", false, "春节"},
    {"2025-02-08", "2025-02-08", false, "春节"},   {"2025-04-04", "2025-04-06", true, "清明节"},
    {"2025-05-01", "2025-05-05", true, "劳动节"},  {"2025-04-27", "2025-04-27", false, "劳动节"},
    {"2025-05-31", "2025-06-02", true, "端午节"},  {"2025-10-01", "2025-10-08", true, "国庆节"},
    {"2025-09-28", "2025-09-28", false, "国庆节"}, {"2025-10-11", "2025-10-11", false, "国庆节"},
    {"2026-01-01", "2026-01-03", true, "元旦"},    {"2026-01-04", "2026-01-04", false, "元旦"},
    {"2026-02-15", "2026-02-23", true, "春节"},    {"2026-02-14", "2026-02-14", false, "春节"},
    {"2026-02-28", "2026-02-28", false, "春节"},   {"2026-04-04", "2026-04-06", true, "清明节"},
    {"2026-05-01", "2026-05-05", true, "劳动节"},  {"2026-05-09", "2026-05-09", false, "劳动节"},
    {"2026-06-19", "2026-06-21", true, "端午节"},  {"2026-09-25", "2026-09-27", true, "中秋节"},
    {"2026-10-01", "2026-10-07", true, "国庆节"},  {"2026-09-20", "2026-09-20", false, "国庆节"},
    {"2026-10-10", "2026-10-10", false, "国庆节"},
};

struct world {
    struct arena *arena;
    const struct calendar *none, *shipped;
    const struct calendar *all[CALENDARS]; /* those two, and random ones */
};

static uint64_t xorshift(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* from..to, both included */
static int64_t between(uint64_t *random, int64_t from, int64_t to)
{
    return from + (int64_t)(xorshift(random) % (uint64_t)(to - from + 1));
}

static struct calendar_layer shipped_layer(struct arena *arena)
{
    struct calendar_row *rows = NULL;
    size_t n = 0, cap = 0;

    for (size_t i = 0; i < COUNT(notices); i++) {
        for (day_no day = d(notices[i].from); day <= d(notices[i].to); day++) {
            struct calendar_row *row = arena_push(arena, &rows, &n, &cap, sizeof(*row));

            *row = (struct calendar_row){day, notices[i].off, notices[i].name};
        }
    }
    return (struct calendar_layer){.national = true, .rows = rows, .n = n};
}

static struct calendar_layer random_layer(struct arena *arena, uint64_t *random, bool national)
{
    size_t n = (size_t)between(random, 1, 3000);
    struct calendar_row *rows = arena_alloc(arena, n * sizeof(*rows));
    day_no first = (day_no)between(random, CALENDAR_FIRST_DAY, CALENDAR_LAST_DAY);
    day_no last = (day_no)between(random, first, CALENDAR_LAST_DAY);

    for (size_t i = 0; i < n; i++)
        rows[i] = (struct calendar_row){(day_no)between(random, first, last),
                                        between(random, 0, 2) > 0, "x"};
    return (struct calendar_layer){.national = national, .rows = rows, .n = n};
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    uint64_t random = 20261001;
    struct calendar_layer layer;

    w->arena = arena_new(64 * 1024 * 1024);
    layer = shipped_layer(w->arena);
    w->all[0] = w->none = calendar_build("none", NULL, 0, w->arena);
    w->all[1] = w->shipped = calendar_build("shipped", &layer, 1, w->arena);
    for (size_t i = 2; i < CALENDARS; i++) {
        struct calendar_layer layers[] = {layer, random_layer(w->arena, &random, true),
                                          random_layer(w->arena, &random, false)};

        w->all[i] = calendar_build("random", layers, COUNT(layers), w->arena);
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    arena_free(w->arena);
    free(w);
    return 0;
}

/* --- facts ---------------------------------------------------------------------------------------
 */
static void notices_count(void **state)
{
    static const struct {
        const char *day;
        enum day_kind kind;
        const char *name;
    } rows[] = {
        {"2026-02-14", DAY_MAKEUP, "春节"},      {"2026-02-28", DAY_MAKEUP, "春节"},
        {"2026-05-09", DAY_MAKEUP, "劳动节"},    {"2026-10-10", DAY_MAKEUP, "国庆节"},
        {"2026-01-04", DAY_MAKEUP, "元旦"},      {"2026-09-20", DAY_MAKEUP, "国庆节"},
        {"2025-01-26", DAY_MAKEUP, "春节"},      {"2025-10-11", DAY_MAKEUP, "国庆节"},
        {"2026-02-13", DAY_WORKDAY, NULL},       {"2026-02-24", DAY_WORKDAY, NULL},
        {"2026-10-08", DAY_WORKDAY, NULL},       {"2026-10-09", DAY_WORKDAY, NULL},
        {"2026-10-11", DAY_WEEKEND, NULL},       {"2026-02-07", DAY_WEEKEND, NULL},
        {"2026-10-03", DAY_HOLIDAY, "国庆节"},   {"2026-06-19", DAY_HOLIDAY, "端午节"},
        {"2024-02-09", DAY_WORKDAY, NULL},       {"2027-01-01", DAY_STATUTORY, "元旦"},
        {"2027-02-05", DAY_STATUTORY, "春节"},   {"2023-10-01", DAY_STATUTORY, "国庆节"},
        {"2023-09-29", DAY_STATUTORY, "中秋节"},
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        day_no day = d(rows[i].day);
        enum day_kind kind = calendar_kind(w->shipped, day);
        const char *name = calendar_name(w->shipped, day);

        if (kind != rows[i].kind || (name == NULL) != (rows[i].name == NULL) ||
            (name && strcmp(name, rows[i].name) != 0))
            fail_msg("%s: %d %s", rows[i].day, (int)kind, name ? name : "-");
        assert_int_equal(calendar_is_workday(w->shipped, day),
                         kind == DAY_WORKDAY || kind == DAY_MAKEUP);
    }
    for (day_no day = d("2026-02-15"); day <= d("2026-02-23"); day++)
        assert_int_equal(calendar_kind(w->shipped, day), DAY_HOLIDAY);
    assert_string_equal(calendar_version(w->shipped), "shipped");
}

/* Steps of the sample events S03, S05, S07, S11 and S12, and around them. */
static void steps(void **state)
{
    static const struct {
        const char *from;
        int64_t n;
        const char *to;
    } rows[] = {
        {"2026-09-30", 5, "2026-10-13"},  {"2026-09-30", 3, "2026-10-10"},
        {"2026-09-30", 7, "2026-10-15"},  {"2026-09-30", 20, "2026-11-03"},
        {"2026-12-30", 5, "2027-01-07"},  {"2026-03-11", 5, "2026-03-18"},
        {"2026-03-12", 5, "2026-03-19"},  {"2026-01-28", 7, "2026-02-06"},
        {"2026-01-28", 20, "2026-03-03"}, {"2026-02-25", 20, "2026-03-24"},
        {"2026-03-05", 15, "2026-03-26"}, {"2026-03-18", 14, "2026-04-08"},
        {"2026-04-08", 20, "2026-05-09"}, {"2026-02-13", 1, "2026-02-14"},
        {"2026-02-14", 5, "2026-02-28"},  {"2026-02-13", 5, "2026-02-27"},
        {"2026-10-10", -1, "2026-10-09"}, {"2026-10-08", -1, "2026-09-30"},
        {"2026-10-04", -1, "2026-09-30"}, {"2026-10-04", 1, "2026-10-08"},
        {"2026-10-04", 0, "2026-10-08"},  {"2026-10-10", 0, "2026-10-10"},
        {"2026-10-08", 0, "2026-10-08"},  {"2026-10-13", -5, "2026-09-30"},
        {"2026-02-18", 0, "2026-02-24"},
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(rows); i++)
        same_day(calendar_step(w->shipped, d(rows[i].from), rows[i].n), rows[i].to);
    assert_int_equal(calendar_between(w->shipped, d("2026-02-25"), d("2026-03-04")), 6); /* S07 */
    assert_int_equal(calendar_between(w->shipped, d("2026-09-30"), d("2026-10-13")), 5);
    assert_int_equal(calendar_between(w->shipped, d("2026-09-30"), d("2026-10-07")), 0);
    assert_int_equal(calendar_between(w->shipped, d("2026-10-13"), d("2026-09-30")), 0);
    assert_int_equal(calendar_between(w->shipped, d("2026-10-13"), d("2026-10-13")), 0);
}

static void years(void **state)
{
    const struct world *w = *state;

    /* 2026: 261 days from Monday to Friday, 6 make-up days, and the off days on weekdays: 元旦 2,
     * 春节 6, 清明节 1, 劳动节 3, 端午节 1, 中秋节 1, 国庆节 5. */
    assert_int_equal(calendar_between(w->shipped, d("2025-12-31"), d("2026-12-31")),
                     261 + 6 - (2 + 6 + 1 + 3 + 1 + 1 + 5));
    /* 2025: 261, 5 make-up days; 元旦 1, 春节 6, 清明节 1, 劳动节 3, 端午节 1, 国庆节 6. */
    assert_int_equal(calendar_between(w->shipped, d("2024-12-31"), d("2025-12-31")),
                     261 + 5 - (1 + 6 + 1 + 3 + 1 + 6));
}

static void statutory_only(const struct calendar *c, int year, const char *const *days, size_t n)
{
    size_t k = 0;

    for (day_no day = day_of_date(year, 1, 1); day < day_of_date(year + 1, 1, 1); day++) {
        bool want = k < n && d(days[k]) == day;

        if (want)
            k++;
        if ((calendar_kind(c, day) == DAY_STATUTORY) != want ||
            (calendar_name(c, day) != NULL) != want)
            same_day(day, "another kind");
    }
    assert_int_equal(k, n);
}

static void statutory_days(void **state)
{
    static const char *const of_2027[] = {
        "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08",
        "2027-04-05", "2027-05-01", "2027-05-02", "2027-06-09", "2027-09-15",
        "2027-10-01", "2027-10-02", "2027-10-03",
    };
    static const char *const of_2024[] = {
        /* before the law of 2024-11-10: 11 days */
        "2024-01-01", "2024-02-10", "2024-02-11", "2024-02-12", "2024-04-04", "2024-05-01",
        "2024-06-10", "2024-09-17", "2024-10-01", "2024-10-02", "2024-10-03",
    };
    static const char *const of_2025[] = {
        "2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31",
        "2025-04-04", "2025-05-01", "2025-05-02", "2025-05-31", "2025-10-01",
        "2025-10-02", "2025-10-03", "2025-10-06",
    };
    static const char *const of_2026[] = {
        "2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19",
        "2026-04-05", "2026-05-01", "2026-05-02", "2026-06-19", "2026-09-25",
        "2026-10-01", "2026-10-02", "2026-10-03",
    };
    const struct world *w = *state;

    statutory_only(w->none, 2027, of_2027, COUNT(of_2027));
    statutory_only(w->shipped, 2027, of_2027, COUNT(of_2027));
    statutory_only(w->none, 2024, of_2024, COUNT(of_2024));
    statutory_only(w->none, 2025, of_2025, COUNT(of_2025));
    statutory_only(w->none, 2026, of_2026, COUNT(of_2026));
}

/* Published dates: 春节 and 中秋 as printed in almanacs. */
static void moving_days(void **state)
{
    static const struct {
        const char *day, *name;
    } rows[] = {
        {"1970-02-06", "春节"},   {"1985-02-20", "春节"},   {"2000-02-05", "春节"},
        {"2008-02-07", "春节"},   {"2023-01-22", "春节"},   {"2034-02-19", "春节"},
        {"2033-01-31", "春节"},   {"2100-02-09", "春节"},   {"2020-06-25", "端午节"},
        {"2023-06-22", "端午节"}, {"2028-05-28", "端午节"}, {"1996-09-27", "中秋节"},
        {"2022-09-10", "中秋节"}, {"2023-09-29", "中秋节"}, {"2033-09-08", "中秋节"},
        {"2024-04-04", "清明节"}, {"2026-04-05", "清明节"}, {"2028-04-04", "清明节"},
    };
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = calendar_name(w->none, d(rows[i].day));

        if (!name || strcmp(name, rows[i].name) != 0)
            fail_msg("%s: %s", rows[i].day, name ? name : "-");
    }
}

static void coverage(void **state)
{
    static const struct calendar_row local_row = {21000, true, NULL}; /* 2027-07-01 */
    const struct world *w = *state;
    const struct calendar_layer layers[] = {shipped_layer(w->arena),
                                            {.national = false, .rows = &local_row, .n = 1}};
    const struct calendar *c = calendar_build("v", layers, COUNT(layers), w->arena);

    assert_true(calendar_covers(c, d("2024-01-01")) && calendar_covers(c, d("2026-12-31")));
    assert_false(calendar_covers(c, d("2023-12-31")) || calendar_covers(c, d("2027-01-01")));
    assert_false(calendar_covers(c, 21000)); /* a local layer does not cover */
    assert_int_equal(calendar_kind(c, 21000), DAY_HOLIDAY);
    assert_null(calendar_name(c, 21000));
    assert_int_equal(calendar_kind(w->shipped, 21000), DAY_WORKDAY);
    same_day(calendar_covered_to(c, d("2024-06-01")), "2027-01-01");
    same_day(calendar_covered_to(c, d("2026-12-31")), "2027-01-01");
    same_day(calendar_covered_to(c, d("2023-12-31")), "2023-12-31");
    same_day(calendar_covered_to(c, d("2027-03-05")), "2027-03-05");
    assert_int_equal(calendar_covered_to(c, -5), -5);
    assert_int_equal(calendar_covered_to(c, CALENDAR_LAST_DAY + 7), CALENDAR_LAST_DAY + 1);
    assert_false(calendar_covers(c, -1) || calendar_covers(c, CALENDAR_LAST_DAY + 1));
}

static void everything_covered(void **state)
{
    struct calendar_row rows[2200 - 1970];
    const struct calendar_layer layer = {.national = true, .rows = rows, .n = COUNT(rows)};
    const struct world *w = *state;
    const struct calendar *c;

    for (int i = 0; i < (int)COUNT(rows); i++)
        rows[i] = (struct calendar_row){day_of_date(1970 + i, 10, 1), true, "国庆节"};
    c = calendar_build("v", &layer, 1, w->arena);
    assert_int_equal(calendar_covered_to(c, 0), CALENDAR_LAST_DAY + 1);
    assert_true(calendar_covers(c, CALENDAR_LAST_DAY));
    assert_int_equal(calendar_kind(c, d("2027-10-02")), DAY_WEEKEND); /* no fallback */
}

/* Later rows and layers win; a local day is taken off and given back. */
static void layers_win(void **state)
{
    const day_no day = d("2027-05-02"); /* Sunday, statutory */
    const struct calendar_row rows[] = {{day, true, "a"}, {day, false, "b"}};
    const struct calendar_row local[] = {{day, true, "三月三"}};
    const struct calendar_layer layers[] = {{.rows = rows, .n = 2}, {.rows = local, .n = 1}};
    const struct world *w = *state;
    const struct calendar *one = calendar_build("1", layers, 1, w->arena);
    const struct calendar *both = calendar_build("2", layers, 2, w->arena);

    assert_int_equal(calendar_kind(w->none, day), DAY_STATUTORY);
    assert_int_equal(calendar_kind(one, day), DAY_MAKEUP);
    assert_string_equal(calendar_name(one, day), "b");
    assert_int_equal(calendar_kind(both, day), DAY_HOLIDAY);
    assert_string_equal(calendar_name(both, day), "三月三");
}

static void beyond_the_table(void **state)
{
    static const int64_t far[] = {1, 100000, INT64_MAX};
    const struct world *w = *state;
    const struct calendar *c = w->none;

    assert_int_equal(CALENDAR_FIRST_DAY, d("1970-01-01"));
    assert_int_equal(CALENDAR_LAST_DAY, d("2199-12-31"));
    for (size_t i = 0; i < COUNT(far); i++) {
        assert_int_equal(calendar_step(c, CALENDAR_LAST_DAY, far[i]), CALENDAR_LAST_DAY);
        assert_int_equal(calendar_step(c, INT32_MAX, far[i]), CALENDAR_LAST_DAY);
        assert_int_equal(calendar_step(c, CALENDAR_FIRST_DAY, -far[i]), CALENDAR_FIRST_DAY);
        assert_int_equal(calendar_step(c, INT32_MIN, -far[i]), CALENDAR_FIRST_DAY);
    }
    assert_int_equal(calendar_step(c, 20000, INT64_MIN), CALENDAR_FIRST_DAY);
    assert_int_equal(calendar_step(c, INT32_MAX, 0), CALENDAR_LAST_DAY);
    assert_int_equal(calendar_step(c, INT32_MIN, 0), d("1970-01-02"));
    assert_int_equal(calendar_between(c, INT32_MIN, INT32_MAX),
                     calendar_between(c, CALENDAR_FIRST_DAY - 1, CALENDAR_LAST_DAY));
    assert_false(calendar_is_workday(c, -1) || calendar_is_workday(c, CALENDAR_LAST_DAY + 1));
    assert_null(calendar_name(c, INT32_MIN));
    assert_int_equal(calendar_kind(c, INT32_MAX), DAY_WEEKEND);
}

/* The last and the first working day are reached before the ends of the table are. */
static void near_the_ends(void **state)
{
    const struct calendar_row rows[] = {{CALENDAR_LAST_DAY, true, NULL}};
    const struct calendar_layer layer = {.national = true, .rows = rows, .n = 1};
    const struct world *w = *state;
    const struct calendar *c = calendar_build("v", &layer, 1, w->arena);

    same_day(calendar_step(c, d("2199-12-27"), 1), "2199-12-30"); /* from Friday to Monday */
    same_day(calendar_step(c, d("2199-12-27"), 2), "2199-12-31"); /* there is none */
    same_day(calendar_step(c, d("2199-12-30"), 0), "2199-12-30");
    same_day(calendar_step(c, d("2199-12-31"), -1), "2199-12-30");
    same_day(calendar_step(c, d("1970-01-05"), -1), "1970-01-02"); /* 1 January is 元旦 */
    same_day(calendar_step(c, d("1970-01-05"), -2), "1970-01-01");
}

static void no_working_day_at_all(void **state)
{
    const struct world *w = *state;
    size_t n = CALENDAR_LAST_DAY + 1;
    struct calendar_row *rows = arena_alloc(w->arena, n * sizeof(*rows));
    const struct calendar_layer layer = {.national = true, .rows = rows, .n = n};
    const struct calendar *c;

    for (size_t i = 0; i < n; i++)
        rows[i] = (struct calendar_row){(day_no)i, true, NULL};
    c = calendar_build("v", &layer, 1, w->arena);
    assert_int_equal(calendar_step(c, 20000, 1), CALENDAR_LAST_DAY);
    assert_int_equal(calendar_step(c, 20000, 0), CALENDAR_LAST_DAY);
    assert_int_equal(calendar_step(c, 20000, -1), CALENDAR_FIRST_DAY);
    assert_int_equal(calendar_between(c, 0, CALENDAR_LAST_DAY), 0);
}

/* --- laws ----------------------------------------------------------------------------------------
 */
/* A random case that stays within the table: days of 1980 to 2189, steps of up to 2000. */
struct sample {
    const struct calendar *c;
    day_no day, work; /* any; a working day */
    int64_t a, b;     /* 1..1000 */
};

static struct sample sample_new(const struct world *w, uint64_t *random, size_t i)
{
    struct sample s = {.c = w->all[i % CALENDARS]};

    s.day = (day_no)between(random, 3653, 80000);
    s.work = calendar_step(s.c, s.day, 0);
    s.a = between(random, 1, 1000);
    s.b = between(random, 1, 1000);
    return s;
}

static void forth_and_back(void **state)
{
    uint64_t random = 1;

    for (size_t i = 0; i < CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        day_no there = calendar_step(s.c, s.work, s.a);

        assert_true(calendar_is_workday(s.c, there) && there > s.work);
        assert_int_equal(calendar_step(s.c, there, -s.a), s.work);
        there = calendar_step(s.c, s.work, -s.a);
        assert_true(calendar_is_workday(s.c, there) && there < s.work);
        assert_int_equal(calendar_step(s.c, there, s.a), s.work);
    }
}

static void between_inverts_step(void **state)
{
    uint64_t random = 2;

    for (size_t i = 0; i < CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        day_no there = calendar_step(s.c, s.day, s.a);

        assert_int_equal(calendar_between(s.c, s.day, there), s.a);
        assert_int_equal(calendar_between(s.c, s.day, there - 1), s.a - 1); /* the first such */
    }
}

static void step_is_monotone(void **state)
{
    uint64_t random = 3;

    for (size_t i = 0; i < CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        int64_t n = s.a - s.b;
        day_no later = s.day + (day_no)between(&random, 0, 400);

        assert_true(calendar_step(s.c, s.day, n) <= calendar_step(s.c, later, n));
        assert_true(calendar_step(s.c, s.day, n) <= calendar_step(s.c, s.day, n + s.a));
        assert_true(n <= 0 || calendar_step(s.c, s.day, n) < calendar_step(s.c, s.day, n + 1));
    }
}

static void steps_add_up(void **state)
{
    uint64_t random = 4;

    for (size_t i = 0; i < CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        int64_t a = i & 8 ? s.a : -s.a, b = i & 16 ? s.b : -s.b;

        assert_int_equal(calendar_step(s.c, s.work, a + b),
                         calendar_step(s.c, calendar_step(s.c, s.work, a), b));
    }
}

static void parts_add_up(void **state)
{
    uint64_t random = 5;

    for (size_t i = 0; i < CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        day_no middle = s.day + (day_no)s.a, end = middle + (day_no)s.b;

        assert_int_equal(calendar_between(s.c, s.day, end),
                         calendar_between(s.c, s.day, middle) + calendar_between(s.c, middle, end));
        assert_int_equal(calendar_between(s.c, s.day - 1, s.day),
                         calendar_is_workday(s.c, s.day) ? 1 : 0);
    }
}

static day_no naive_step(const struct calendar *c, day_no day, int n)
{
    int way = n < 0 ? -1 : 1;

    if (n == 0) {
        while (!calendar_is_workday(c, day))
            day++;
        return day;
    }
    for (int left = abs(n); left > 0;) {
        day += way;
        if (calendar_is_workday(c, day))
            left--;
    }
    return day;
}

static void agrees_with_walking(void **state)
{
    uint64_t random = 6;

    for (size_t i = 0; i < NAIVE_CASES; i++) {
        struct sample s = sample_new(*state, &random, i);
        int n = (int)between(&random, -60, 60);
        day_no there = naive_step(s.c, s.day, n);
        int64_t count = 0;

        assert_int_equal(calendar_step(s.c, s.day, n), there);
        for (day_no day = s.day + 1; day <= there; day++)
            count += calendar_is_workday(s.c, day) ? 1 : 0;
        assert_int_equal(calendar_between(s.c, s.day, there), count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notices_count),
        cmocka_unit_test(steps),
        cmocka_unit_test(years),
        cmocka_unit_test(statutory_days),
        cmocka_unit_test(moving_days),
        cmocka_unit_test(coverage),
        cmocka_unit_test(everything_covered),
        cmocka_unit_test(layers_win),
        cmocka_unit_test(beyond_the_table),
        cmocka_unit_test(near_the_ends),
        cmocka_unit_test(no_working_day_at_all),
        cmocka_unit_test(forth_and_back),
        cmocka_unit_test(between_inverts_step),
        cmocka_unit_test(step_is_monotone),
        cmocka_unit_test(steps_add_up),
        cmocka_unit_test(parts_add_up),
        cmocka_unit_test(agrees_with_walking),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
