/* Any bytes as a calendar file: refused with the place of every problem, or rows that make a
 * calendar which keeps the laws of counting. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "conf/calendar.h"
#include "conf/problems.h"

#define FILE_NAME "c.csv"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* c.csv:line:column: text, or the count of the rest. */
static void check_lines(const struct buf *text)
{
    must(!text->failed);
    for (const char *line = text->data, *end; line && *line; line = end + 1) {
        end = strchr(line, '\n');
        must(end);
        must(text_starts(line, FILE_NAME ":") || (text_starts(line, "and ") && end[1] == '\0'));
    }
}

static void check_day(const struct calendar *c, day_no day)
{
    day_no next = calendar_step(c, day, 1), before = calendar_step(c, day, -1);
    bool works = calendar_is_workday(c, day);

    must(before <= day && day <= next);
    must((calendar_step(c, day, 0) == day) == works || day == CALENDAR_LAST_DAY);
    must(next == CALENDAR_LAST_DAY || calendar_between(c, day, next) == 1);
    must(before == CALENDAR_FIRST_DAY || calendar_between(c, before - 1, day) == (works ? 2 : 1));
    must(next == CALENDAR_LAST_DAY || !works || calendar_step(c, next, -1) == day);
}

static void check_rows(const struct calendar *c, const struct calendar_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum day_kind kind = calendar_kind(c, rows[i].day);

        /* One file never says two things of one day. */
        must(kind == (rows[i].off ? DAY_HOLIDAY : DAY_MAKEUP));
        must(calendar_covers(c, rows[i].day));
        must(calendar_covered_to(c, rows[i].day) > rows[i].day);
        must(!rows[i].name || (*rows[i].name && strlen(rows[i].name) <= LIMIT_ID_BYTES));
        check_day(c, rows[i].day);
        if (rows[i].day < CALENDAR_LAST_DAY)
            check_day(c, rows[i].day + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct problems problems = {.n = 0};
    struct calendar_layer layer = {.national = true};
    struct calendar_row *rows = NULL;
    int result;

    result = calendar_parse(FILE_NAME, (const char *)data, size, arena, &rows, &layer.n, &problems);
    must(result == 0 || result == -EINVAL);
    must((result == 0) == (problems.n == 0));
    problems_print(&problems, &errors);
    check_lines(&errors);
    layer.rows = rows;
    if (result == 0 && layer.n > 0)
        check_rows(calendar_build("fuzz", &layer, 1, arena), rows, layer.n);
    buf_free(&errors);
    arena_free(arena);
    return 0;
}
