/* Instants and text: rows of (input, expected). The civil calendar is checked against glibc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/instant.h"
#include "base/text.h"
#include "base/zone.h"

static void parses(void **state)
{
    static const struct {
        const char *text;
        int result;
        instant_ms at;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"2026-07-14T14:20:00+08:00", 0, 1784010000000},
        {"2026-07-14T14:20:00", 0, 1784010000000}, /* no offset: the office's */
        {"2026-07-14 14:20:00.5", 0, 1784010000500},
        {"2026-07-14t06:20:00z", 0, 1784010000000},
        {"2026-07-14T14:20:00.123456789+08:00", 0, 1784010000123},
        {"2016-12-31T23:59:60Z", 0, 1483228799999}, /* leap second */
        {"2024-02-29T00:00:00Z", 0, 1709164800000},
        {"2023-02-29T00:00:00Z", -ERANGE, 0},
        {"2026-02-31T00:00:00Z", -ERANGE, 0},
        {"2026-13-01T00:00:00Z", -ERANGE, 0},
        {"2026-00-01T00:00:00Z", -ERANGE, 0},
        {"2026-01-01T24:00:00Z", -ERANGE, 0},
        {"2026-01-01T23:60:00Z", -ERANGE, 0},
        {"2026-01-01T23:59:61Z", -ERANGE, 0},
        {"1969-12-31T23:59:59Z", -ERANGE, 0},
        {"1970-01-01T00:00:00+08:00", -ERANGE, 0}, /* before the epoch in UTC */
        {"9999-12-31T23:59:59Z", 0, 253402300799000},
        {"9999-12-31T23:59:59-08:00", -ERANGE, 0},
        {"2026-01-01T00:00:00+24:00", -ERANGE, 0},
        {"2026-01-01T00:00:00+08:60", -ERANGE, 0},
        {"2026-01-01T00:00:00+0800", -EINVAL, 0},
        {"2026-01-01T00:00:00.Z", -EINVAL, 0},
        {"2026-01-01T00:00:00.1234567890Z", -EINVAL, 0},
        {"2026-01-01T00:00:00Zx", -EINVAL, 0},
        {"2026-01-01", -EINVAL, 0},
        {"2026-1-1T00:00:00Z", -EINVAL, 0},
        {"+026-01-01T00:00:00Z", -EINVAL, 0},
        {"", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        instant_ms at = -7;
        int r = zone_parse(&zone_china, rows[i].text, &at);

        if (r != rows[i].result || at != (r ? -7 : rows[i].at))
            fail_msg("%s: %d %lld", rows[i].text, r, (long long)at);
    }
}

static void formats(void **state)
{
    static const struct {
        instant_ms at;
        int offset;
        const char *text;
    } rows[] = {
        {1784010000000, 480, "2026-07-14T14:20:00+08:00"},
        {1784010000000, 0, "2026-07-14T06:20:00Z"},
        {1784010000007, -210, "2026-07-14T02:50:00.007-03:30"},
        {0, 480, "1970-01-01T08:00:00+08:00"},
        {-1, 0, "1969-12-31T23:59:59.999Z"},
        {INSTANT_MAX, 480, "0000-01-01T07:59:59.999+08:00"},
        {INSTANT_NONE, 480, ""},
    };
    char out[INSTANT_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        instant_format(rows[i].at, rows[i].offset, out);
        assert_string_equal(out, rows[i].text);
    }
}

/* Every third day from 1970 to 2200, and back through the text form. */
static void civil_agrees_with_glibc(void **state)
{
    (void)state;
    for (int64_t s = 0; s < 7258118400; s += 3 * 86400 + 12345) {
        time_t t = (time_t)s;
        struct civil c = instant_civil(s * 1000, 0);
        char out[INSTANT_TEXT_SIZE];
        instant_ms back = -1;
        struct tm tm;

        gmtime_r(&t, &tm);
        assert_int_equal(c.year, tm.tm_year + 1900);
        assert_int_equal(c.month, tm.tm_mon + 1);
        assert_int_equal(c.day, tm.tm_mday);
        assert_int_equal(c.hour * 3600 + c.minute * 60 + c.second,
                         tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
        instant_format(s * 1000, 480, out);
        assert_int_equal(zone_parse(&zone_utc, out, &back), 0);
        assert_int_equal(back, s * 1000);
    }
}

static void arithmetic(void **state)
{
    (void)state;
    assert_int_equal(instant_second(1999), 1);
    assert_int_equal(instant_second(-1), -1);
    assert_int_equal(instant_add(INT64_MAX - 1, 5), INT64_MAX);
    assert_int_equal(instant_add(INSTANT_NONE, 5), INSTANT_NONE);
    assert_int_equal(instant_add(INSTANT_NONE + 2, -9), INSTANT_NONE + 1);
    assert_int_equal(zone_minute(&zone_china, 1784010000000), 14 * 60 + 20);
}

static void spans(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t ms;
    } rows[] = {
        {"5h", 0, 18000000},
        {"1h30m", 0, 5400000},
        {"250ms", 0, 250},
        {"2d", 0, 172800000},
        {"0s", 0, 0},
        {"5", -EINVAL, 0},
        {"", -EINVAL, 0},
        {"m5", -EINVAL, 0},
        {"5 m", -EINVAL, 0},
        {"-5m", -EINVAL, 0},
        {"5w", -EINVAL, 0},
        {"99999999999999999999h", -ERANGE, 0},
        {"9999999999999999h", -ERANGE, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = -7;
        int r = text_to_span(rows[i].text, &ms);

        if (r != rows[i].result || ms != (r ? -7 : rows[i].ms))
            fail_msg("%s: %d %lld", rows[i].text, r, (long long)ms);
    }
}

static void spans_for_people(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "0秒"},         {59999, "59秒"},   {60000, "1分"},          {-6900000, "1小时55分"},
        {7200000, "2小时"}, {86400000, "1天"}, {183600000, "2天3小时"}, {172800000 + 59000, "2天"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_span_zh(rows[i].ms, out, sizeof(out));
        assert_string_equal(out, rows[i].text);
    }
}

static void integers(void **state)
{
    static const struct {
        const char *text;
        int result;
        int64_t value;
    } rows[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"9223372036854775807", 0, INT64_MAX},
        {"-9223372036854775808", 0, INT64_MIN},
        {"9223372036854775808", -ERANGE, 0},
        {"-9223372036854775809", -ERANGE, 0},
        {"+5", -EINVAL, 0},
        {"5 ", -EINVAL, 0},
        {"0x5", -EINVAL, 0},
        {"-", -EINVAL, 0},
        {"", -EINVAL, 0},
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        value = -7;
        int r = text_to_int(rows[i].text, INT64_MIN, INT64_MAX, &value);

        if (r != rows[i].result || value != (r ? -7 : rows[i].value))
            fail_msg("%s: %d", rows[i].text, r);
    }
    assert_int_equal(text_to_int("11", 0, 10, &value), -ERANGE);
}

static void small_text(void **state)
{
    (void)state;
    assert_int_equal(text_distance("discoverd_at", "discovered_at"), 1);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("abcdefghijkl", "mnopqrstuvwx"), 8);
    assert_int_equal(text_utf8_cut("时限", 4), 3);
    assert_int_equal(text_utf8_cut("时限", 3), 3);
    assert_int_equal(text_utf8_cut("时限", 2), 0);
    assert_int_equal(text_fnv1a("a"), 0xe40c292c); /* published test vector */
    assert_true(text_equal(NULL, NULL) && !text_equal(NULL, "") && text_equal("a", "a"));
    assert_true(text_starts("shixian.case.note", "shixian.case."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses),
        cmocka_unit_test(formats),
        cmocka_unit_test(civil_agrees_with_glibc),
        cmocka_unit_test(arithmetic),
        cmocka_unit_test(spans),
        cmocka_unit_test(spans_for_people),
        cmocka_unit_test(integers),
        cmocka_unit_test(small_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
