/* shixianctl calendar show: a month as people draw it. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "cli/rows.h"

static const char help[] =
    "usage: shixianctl calendar show [OPTION]... [YEAR | YYYY-MM]\n\n"
    "Working days; default: this year. After a day: * a day off by arrangement, + a working day "
    "by\n"
    "arrangement, . a weekend, ~ a day off by law in a year whose arrangement is not loaded.\n\n"
    "  --json           one object a day\n" OFFICE_HELP;

#define YEAR_FIRST 1970
#define YEAR_LAST 2199

static const char *kind_name(enum day_kind kind)
{
    switch (kind) {
    case DAY_WORKDAY:
        return "workday";
    case DAY_WEEKEND:
        return "weekend";
    case DAY_HOLIDAY:
        return "holiday";
    case DAY_MAKEUP:
        return "makeup";
    case DAY_STATUTORY:
        return "statutory";
    }
    return "?";
}

static char kind_mark(enum day_kind kind)
{
    switch (kind) {
    case DAY_WORKDAY:
        return ' ';
    case DAY_WEEKEND:
        return '.';
    case DAY_HOLIDAY:
        return '*';
    case DAY_MAKEUP:
        return '+';
    case DAY_STATUTORY:
        return '~';
    }
    return '?';
}

static day_no month_end(int year, int month)
{
    return month == 12 ? day_of_date(year, 12, 31) : day_of_date(year, month + 1, 1) - 1;
}

static void print_grid(const struct calendar *c, day_no first, day_no last)
{
    int column = day_of_week(first);

    puts(" Mo   Tu   We   Th   Fr   Sa   Su");
    printf("%*s", (column - 1) * 5, "");
    for (day_no day = first; day <= last; day++) {
        bool ends = day_of_week(day) == 7 || day == last;

        printf("%3d%c%s", date_of_day(day).day, kind_mark(calendar_kind(c, day)),
               ends ? "\n" : " ");
    }
}

/* "1-7 国庆节, 10 国庆节 (working)": runs of days with one name. */
static void print_names(const struct calendar *c, day_no first, day_no last)
{
    const char *comma = "";

    for (day_no day = first, end; day <= last; day = end + 1) {
        const char *name = calendar_name(c, day);
        enum day_kind kind = calendar_kind(c, day);

        end = day;
        if (!name)
            continue;
        while (end < last && calendar_kind(c, end + 1) == kind &&
               text_equal(calendar_name(c, end + 1), name))
            end++;
        printf("%s%d", comma, date_of_day(day).day);
        if (end > day)
            printf("-%d", date_of_day(end).day);
        printf(" %s%s", name, kind == DAY_MAKEUP ? " (working)" : "");
        comma = ", ";
    }
    if (*comma)
        putchar('\n');
}

static void print_month(const struct calendar *c, int year, int month)
{
    day_no first = day_of_date(year, month, 1), last = month_end(year, month);

    printf("%04d-%02d%s\n", year, month,
           calendar_covers(c, first) ? "" : "  (provisional: arrangement not loaded)");
    print_grid(c, first, last);
    print_names(c, first, last);
    printf("working days: %lld\n\n", (long long)calendar_between(c, first - 1, last));
}

static void print_json(const struct calendar *c, day_no first, day_no last)
{
    for (day_no day = first; day <= last; day++) {
        struct buf name = BUF_INIT(4096);
        char text[12];

        day_format(day, text);
        rows_json_text(&name, calendar_name(c, day));
        printf("{\"date\":\"%s\",\"workday\":%s,\"kind\":\"%s\",\"name\":%s,\"provisional\":%s}\n",
               text, calendar_is_workday(c, day) ? "true" : "false",
               kind_name(calendar_kind(c, day)), name.data,
               calendar_covers(c, day) ? "false" : "true");
        buf_free(&name);
    }
}

/* month 0: the whole year. */
static void show(const struct calendar *c, int year, int month, bool json)
{
    int from = month ? month : 1, to = month ? month : 12;

    if (json) {
        print_json(c, day_of_date(year, from, 1), month_end(year, to));
        return;
    }
    for (int m = from; m <= to; m++)
        print_month(c, year, m);
    if (!month)
        printf("%d: %lld working days\n", year,
               (long long)calendar_between(c, day_of_date(year, 1, 1) - 1, month_end(year, 12)));
}

/* "2026" or "2026-10". */
static int read_period(const char *text, int *ret_year, int *ret_month)
{
    char year[5] = "";
    int64_t y = 0, m = 0;
    size_t n = strlen(text);

    if (n == 4 || (n == 7 && text[4] == '-')) {
        memcpy(year, text, 4);
        if (text_to_int(year, YEAR_FIRST, YEAR_LAST, &y) == 0 &&
            (n == 4 || text_to_int(text + 5, 1, 12, &m) == 0)) {
            *ret_year = (int)y;
            *ret_month = (int)m;
            return CLI_OK;
        }
    }
    return cli_usage("calendar show: expected a year (%d to %d) or a month such as 2026-10, found "
                     "\"%.64s\"",
                     YEAR_FIRST, YEAR_LAST, text);
}

int cmd_calendar_show(int argc, char **argv)
{
    struct office_options from = {0};
    bool json = false;
    const struct option_row rows[] = {OFFICE_OPTIONS(&from), {"json", OPTION_FLAG, &json}};
    struct options o = {help, rows, sizeof(rows) / sizeof(rows[0]), 0, 1, NULL, 0};
    int year, month = 0;
    struct office office;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    status = office_open(&office, &from, PEOPLE_NONE);
    year = zone_civil(office.zone, cli_now()).year;
    if (status == CLI_OK && o.operand_n)
        status = read_period(o.operands[0], &year, &month);
    if (status == CLI_OK)
        show(office.calendar, year, month, json);
    office_close(&office);
    return status;
}
