/* conf/calendar.h: what a calendar file may look like, and every mistake with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/limits.h"
#include "conf/calendar.h"
#include "conf/problems.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HEADER "date,type,name\n"

struct parsed {
    struct arena *arena;
    struct calendar_row *rows;
    size_t n;
    int result;
    struct buf errors;
};

static struct parsed parse_bytes(const char *text, size_t n)
{
    struct parsed got = {.arena = arena_new(LIMIT_ARENA_BYTES),
                         .n = 777,
                         .errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES)};
    struct problems problems = {.n = 0};
    char *copy = malloc(n ? n : 1); /* exactly as long, for the sanitizer */

    assert_non_null(copy);
    memcpy(copy, text, n);
    got.result = calendar_parse("c.csv", copy, n, got.arena, &got.rows, &got.n, &problems);
    free(copy); /* nothing points into it */
    problems_print(&problems, &got.errors);
    buf_puts(&got.errors, "");
    assert_true(got.result == 0 || (got.result == -EINVAL && got.n == 777 && !got.rows));
    assert_int_equal(got.result == 0, problems.n == 0);
    return got;
}

static struct parsed parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void parsed_free(struct parsed *got)
{
    arena_free(got->arena);
    buf_free(&got->errors);
}

static void refuses_bytes(const char *text, size_t n, const char *errors)
{
    struct parsed got = parse_bytes(text, n);

    assert_string_equal(got.errors.data, errors);
    assert_int_equal(got.result, -EINVAL);
    parsed_free(&got);
}

/* "2026-10-01 off 国庆节; ..." */
static char *told(const struct parsed *got)
{
    char *all = arena_printf(got->arena, "%s", "");

    for (size_t i = 0; i < got->n; i++) {
        char day[12];

        day_format(got->rows[i].day, day);
        all = arena_printf(got->arena, "%s%s%s %s %s", all, *all ? "; " : "", day,
                           got->rows[i].off ? "off" : "work",
                           got->rows[i].name ? got->rows[i].name : "-");
    }
    return all;
}

static void accepts(void **state)
{
    static const struct {
        const char *text, *rows;
    } rows[] = {
        {HEADER, ""},
        {"date,type,name", ""},
        {HEADER "2026-10-01,off,国庆节\n2026-10-10,work,国庆节\n",
         "2026-10-01 off 国庆节; 2026-10-10 work 国庆节"},
        {HEADER "2026-10-01,off,国庆节", "2026-10-01 off 国庆节"}, /* no line end */
        {"\xEF\xBB\xBF" HEADER "2026-10-01,off,x\n", "2026-10-01 off x"},
        {"date,type,name\r\n2026-10-01,off,x\r\n\r\n2026-10-02,off,y\r\n",
         "2026-10-01 off x; 2026-10-02 off y"},
        {"date,type,name\r\n2026-10-01,off,x\r", "2026-10-01 off x"},
        {"# 通知\n\n \t\n# a\tb, \"c\n" HEADER "#2026-10-01,off,x\n2026-10-02,off,y\n\n",
         "2026-10-02 off y"},
        {"\"date\",\"type\",\"name\"\n\"2026-10-01\",\"off\",\"a \"\"b\"\", c\"\n",
         "2026-10-01 off a \"b\", c"},
        {HEADER
         "2026-10-01,off,\"\"\"\"\n2026-10-02,off,\"\"\n2026-10-03,off,\n2026-10-04,off,a\"b",
         "2026-10-01 off \"; 2026-10-02 off -; 2026-10-03 off -; 2026-10-04 off a\"b"},
        {HEADER "2026-10-01,off,x\n2026-10-01,off,y\n", "2026-10-01 off x; 2026-10-01 off y"},
        {HEADER "2024-02-29,off,x\n2000-02-29,off,x\n1970-01-01,off,x\n2199-12-31,work,x\n",
         "2024-02-29 off x; 2000-02-29 off x; 1970-01-01 off x; 2199-12-31 work x"},
        {HEADER "2026-10-03,off,plain Saturday\n2026-10-14,work,plain Wednesday\n",
         "2026-10-03 off plain Saturday; 2026-10-14 work plain Wednesday"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct parsed got = parse(rows[i].text);

        assert_string_equal(got.errors.data, "");
        assert_string_equal(told(&got), rows[i].rows);
        parsed_free(&got);
    }
}

static const struct {
    const char *text, *errors;
} bad_files[] = {
    {"", "c.csv:1:1: nothing is in this file, expected the header date,type,name\n"},
    {"# only this\n\n", "c.csv:1:1: nothing is in this file, expected the header date,type,name\n"},
    {"2026-10-01,off,x\n",
     "c.csv:1:1: \"2026-10-01,off,x\" is not the header, expected date,type,name\n"},
    {"#\nDate,type,name\n2026-13-01,off,x\n",
     "c.csv:2:1: \"Date,type,name\" is not the header, expected date,type,name\n"},
    {"date;type;name\n", "c.csv:1:15: line ends after date, expected date,type,name\n"},
    {"date,type,name,region\n", "c.csv:1:15: more than 3 fields, expected date,type,name\n"},
    /* dates */
    {HEADER "2026-02-30,off,x\n",
     "c.csv:2:1: date: 2026-02-30 does not exist, expected a day from 01 to 28\n"},
    {HEADER "2026-02-29,off,x\n2100-02-29,off,x\n2024-02-30,off,x\n",
     "c.csv:2:1: date: 2026-02-29 does not exist, expected a day from 01 to 28\n"
     "c.csv:3:1: date: 2100-02-29 does not exist, expected a day from 01 to 28\n"
     "c.csv:4:1: date: 2024-02-30 does not exist, expected a day from 01 to 29\n"},
    {HEADER "2026-04-31,off,x\n2026-12-32,off,x\n2026-01-00,off,x\n",
     "c.csv:2:1: date: 2026-04-31 does not exist, expected a day from 01 to 30\n"
     "c.csv:3:1: date: 2026-12-32 does not exist, expected a day from 01 to 31\n"
     "c.csv:4:1: date: 2026-01-00 does not exist, expected a day from 01 to 31\n"},
    {HEADER "2026-13-01,off,x\n2026-00-01,off,x\n",
     "c.csv:2:1: date: 2026-13-01 does not exist, expected a month from 01 to 12\n"
     "c.csv:3:1: date: 2026-00-01 does not exist, expected a month from 01 to 12\n"},
    {HEADER "1969-12-31,off,x\n2200-01-01,off,x\n",
     "c.csv:2:1: date: 1969-12-31 is too far away, expected a year from 1970 to 2199\n"
     "c.csv:3:1: date: 2200-01-01 is too far away, expected a year from 1970 to 2199\n"},
    {HEADER "2026/1/1,off,x\n2026-1-1,off,x\n 2026-10-01,off,x\n,off,x\n2026-10-011,off,x\n",
     "c.csv:2:1: date: \"2026/1/1\" is not one, expected YYYY-MM-DD\n"
     "c.csv:3:1: date: \"2026-1-1\" is not one, expected YYYY-MM-DD\n"
     "c.csv:4:1: date: \" 2026-10-01\" is not one, expected YYYY-MM-DD\n"
     "c.csv:5:1: date: \"\" is not one, expected YYYY-MM-DD\n"
     "c.csv:6:1: date: \"2026-10-011\" is not one, expected YYYY-MM-DD\n"},
    {HEADER "二〇二六年十月一日二〇二六年十月一日二〇二六年,off,x\n",
     "c.csv:2:1: date: \"二〇二六年十月一日二〇二六年十月一日二〇二…\" is not one, expected "
     "YYYY-MM-DD\n"},
    /* types */
    {HEADER "2026-10-01,Off,x\n2026-10-02,of,x\n2026-10-03, work,x\n2026-10-04,wrk,x\n",
     "c.csv:2:12: type: \"Off\" is not one, did you mean \"off\"?\n"
     "c.csv:3:12: type: \"of\" is not one, did you mean \"off\"?\n"
     "c.csv:4:12: type: \" work\" is not one, did you mean \"work\"?\n"
     "c.csv:5:12: type: \"wrk\" is not one, did you mean \"work\"?\n"},
    {HEADER "2026-10-01,holiday,x\n2026-10-02,,x\n2026-10-03,休,x\n",
     "c.csv:2:12: type: \"holiday\" is not one, expected off or work\n"
     "c.csv:3:12: type: \"\" is not one, expected off or work\n"
     "c.csv:4:12: type: \"休\" is not one, expected off or work\n"},
    {HEADER "2026-10-32,rest,x\n",
     "c.csv:2:1: date: 2026-10-32 does not exist, expected a day from 01 to 31\n"
     "c.csv:2:12: type: \"rest\" is not one, expected off or work\n"},
    /* one day, two types */
    {HEADER "\n2026-10-10,off,x\n#\n2026-10-11,off,x\n2026-10-10,work,x\n",
     "c.csv:6:1: date: 2026-10-10 is \"off\" in line 3, expected one type for a day\n"},
    {HEADER "2026-10-10,work,x\n2026-10-10,off,x\n",
     "c.csv:3:1: date: 2026-10-10 is \"work\" in line 2, expected one type for a day\n"},
    /* fields */
    {HEADER "2026-10-01\n2026-10-01,off\n2026-10-01,off,x,\n",
     "c.csv:2:11: line ends after date, expected date,type,name\n"
     "c.csv:3:15: line ends after type, expected date,type,name\n"
     "c.csv:4:17: more than 3 fields, expected date,type,name\n"},
    {HEADER "2026-10-01,off,\"国庆\n节\"\n",
     "c.csv:2:16: name: quote is not closed, expected another in this line\n"
     "c.csv:3:3: line ends after date, expected date,type,name\n"},
    {HEADER "2026-10-01,off,\"\n2026-10-01,off,\"\"\"\n",
     "c.csv:2:16: name: quote is not closed, expected another in this line\n"
     "c.csv:3:16: name: quote is not closed, expected another in this line\n"},
    {HEADER "2026-10-01,off,\"国庆\"节\n2026-10-01,\"off\" ,x\n",
     "c.csv:2:20: name: text after a closing quote, expected a comma\n"
     "c.csv:3:17: type: text after a closing quote, expected a comma\n"},
    /* bytes */
    {HEADER "2026-10-01,off,国\x07庆\n2026-10-02,off,\tx\n2026-10-03,off,\xC2\x85\n",
     "c.csv:2:17: control character 0x07, expected text\n"
     "c.csv:3:16: control character 0x09, expected text\n"
     "c.csv:4:16: control character 0x85, expected text\n"},
    {HEADER "2026-10-01,off,x\r2026-10-02,off,x\r",
     "c.csv:2:17: control character 0x0D, expected text\n"},
    {HEADER "2026-10-01,off,\xB9\xFA\xC7\xEC\n2026-10-02,off,\xB9\xFA\xC7\xEC\n", /* GBK */
     "c.csv:2:16: byte 0xB9 is not text, expected UTF-8 (in a spreadsheet: save as \"CSV "
     "UTF-8\")\n"},
    {"# \xB9\xFA\n",
     "c.csv:1:3: byte 0xB9 is not text, expected UTF-8 (in a spreadsheet: save as \"CSV "
     "UTF-8\")\n"},
    {HEADER "2026-10-01,off,\xE5\x9B\n",
     "c.csv:2:16: byte 0xE5 is not text, expected UTF-8 (in a spreadsheet: save as \"CSV "
     "UTF-8\")\n"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF" HEADER,
     "c.csv:1:1: \"\xEF\xBB\xBF"
     "date,type,name\" is not the header, expected date,type,name\n"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_files); i++)
        refuses_bytes(bad_files[i].text, strlen(bad_files[i].text), bad_files[i].errors);
}

static void refuses_zero_bytes(void **state)
{
    static const char zero[] = HEADER "2026-10-01,off,x\0y\n";
    static const char utf16[] = "\xFF\xFE"
                                "d\0a\0t\0e\0";

    (void)state;
    refuses_bytes(zero, sizeof(zero) - 1, "c.csv:2:17: byte 0x00 is not text, expected UTF-8\n");
    refuses_bytes(utf16, sizeof(utf16) - 1,
                  "c.csv:1:1: byte 0xFF is not text, expected UTF-8 (in a spreadsheet: save as "
                  "\"CSV UTF-8\")\n");
}

static void limits_names(void **state)
{
    struct buf text = BUF_INIT(4096);
    struct parsed got;

    (void)state;
    buf_printf(&text, HEADER "2026-10-01,off,%0*d\n", LIMIT_ID_BYTES, 0);
    got = parse(text.data);
    assert_int_equal(got.result, 0);
    assert_int_equal(strlen(got.rows[0].name), LIMIT_ID_BYTES);
    parsed_free(&got);
    buf_free(&text);

    text = BUF_INIT(4096);
    buf_printf(&text, HEADER "2026-10-01,off,%0*d\n2026-10-01,\"%0*d\",x\n", LIMIT_ID_BYTES + 1, 0,
               1000, 0);
    refuses_bytes(text.data, text.len,
                  "c.csv:2:16: name: is 257 bytes long, expected at most 256\n"
                  "c.csv:3:12: type: is 1000 bytes long, expected at most 256\n");
    buf_free(&text);
}

static void limits_rows(void **state)
{
    struct buf text = BUF_INIT(LIMIT_CONF_BYTES);
    struct parsed got;

    (void)state;
    buf_puts(&text, HEADER);
    for (day_no i = 0; i < LIMIT_CALENDAR_ROWS; i++) {
        char day[12];

        day_format(i, day);
        buf_printf(&text, "%s,off,x\n", day);
    }
    got = parse(text.data);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.n, LIMIT_CALENDAR_ROWS);
    parsed_free(&got);
    buf_puts(&text, "\n# fine\n2026-10-01,off,x\n2026-10-02,off,x\n");
    refuses_bytes(text.data, text.len,
                  "c.csv:4100:1: row is one too many, expected at most 4096\n");
    buf_free(&text);
}

/* The worst a file of the allowed size can do: all of it is read, within the arena. */
static void counts_what_finds_no_room(void **state)
{
    struct buf text = BUF_INIT(LIMIT_CONF_BYTES);
    struct parsed got;

    (void)state;
    buf_puts(&text, HEADER);
    while (text.len + 1000 < LIMIT_CONF_BYTES) {
        for (int i = 0; i < 100; i++)
            buf_puts(&text, "x,y,\n");
    }
    got = parse(text.data);
    assert_int_equal(got.result, -EINVAL);
    assert_non_null(strstr(got.errors.data, "\nand 4"));
    parsed_free(&got);
    buf_free(&text);
}

/* Problems of several files share one list. */
static void adds_to_the_problems(void **state)
{
    struct problems problems = {.n = 0};
    struct buf errors = BUF_INIT(4096);
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct calendar_row *rows = NULL;
    size_t n = 0;

    (void)state;
    assert_int_equal(calendar_parse("b.csv", "x", 1, arena, &rows, &n, &problems), -EINVAL);
    assert_int_equal(calendar_parse("ok.csv", HEADER, strlen(HEADER), arena, &rows, &n, &problems),
                     0);
    assert_int_equal(calendar_parse("a.csv", "", 0, arena, &rows, &n, &problems), -EINVAL);
    problems_print(&problems, &errors);
    assert_string_equal(errors.data,
                        "a.csv:1:1: nothing is in this file, expected the header date,type,name\n"
                        "b.csv:1:2: line ends after date, expected date,type,name\n");
    buf_free(&errors);
    arena_free(arena);
}

/* The shipped files; the tests run in the root of the tree. */
static void shipped_files(void **state)
{
    static const struct {
        int year;
        size_t off, work;
        const char *file;
    } files[] = {
        {2024, 28, 8, "config/calendar/cn-2024.csv"},
        {2025, 28, 5, "config/calendar/cn-2025.csv"},
        {2026, 33, 6, "config/calendar/cn-2026.csv"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        FILE *file = fopen(files[i].file, "rb");
        char text[8192];
        size_t n, off = 0;
        struct parsed got;

        assert_non_null(file);
        n = fread(text, 1, sizeof(text), file);
        fclose(file);
        got = parse_bytes(text, n);
        assert_string_equal(got.errors.data, "");
        for (size_t k = 0; k < got.n; k++) {
            off += got.rows[k].off ? 1 : 0;
            assert_int_equal(date_of_day(got.rows[k].day).year, files[i].year);
            assert_non_null(got.rows[k].name);
            /* A make-up day is a weekend, or nobody had to say it. */
            assert_true(got.rows[k].off || day_of_week(got.rows[k].day) >= 6);
            assert_true(k == 0 || got.rows[k - 1].day < got.rows[k].day);
        }
        assert_int_equal(off, files[i].off);
        assert_int_equal(got.n - off, files[i].work);
        parsed_free(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_zero_bytes),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(limits_rows),
        cmocka_unit_test(counts_what_finds_no_room),
        cmocka_unit_test(adds_to_the_problems),
        cmocka_unit_test(shipped_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
