/* Zones: facts of tzdata typed by hand, the way there and back for any day, and files that want to
 * do us harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/limits.h"
#include "base/zone.h"

#define ZONEINFO "/usr/share/zoneinfo/"
#define ARENA_BYTES (16UL * 1024 * 1024)

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena = arena_free(arena);
    return 0;
}

static uint32_t next_random(void)
{
    static uint64_t seed = 20260714;

    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33);
}

static size_t read_file(const char *path, unsigned char *data)
{
    FILE *f = fopen(path, "rb");
    size_t n;

    if (!f)
        fail_msg("%s: not there; is tzdata installed?", path);
    n = fread(data, 1, LIMIT_ZONE_BYTES, f);
    fclose(f);
    return n;
}

static size_t read_zone_file(const char *name, unsigned char *data)
{
    char path[256];

    snprintf(path, sizeof(path), ZONEINFO "%s", name);
    return read_file(path, data);
}

static struct zone zone_of(const char *name)
{
    static unsigned char data[LIMIT_ZONE_BYTES];
    const char *complaint = "?";
    struct zone z;

    if (name[0] == '+' || name[0] == '-') {
        assert_int_equal(zone_fixed(name, arena, &z), 0);
        return z;
    }
    if (zone_read(name, data, read_zone_file(name, data), arena, &z, &complaint) < 0)
        fail_msg("%s: %s", name, complaint);
    return z;
}

static const char *const some_zones[] = {"Asia/Shanghai",
                                         "America/New_York",
                                         "Pacific/Apia",
                                         "Asia/Kolkata",
                                         "Africa/Casablanca",
                                         "Europe/Dublin",
                                         "Africa/Cairo",
                                         "Australia/Lord_Howe",
                                         "America/Scoresbysund",
                                         "Asia/Gaza",
                                         "America/Santiago",
                                         "Africa/Monrovia",
                                         "+08:00",
                                         "-03:30"};
#define SOME_ZONES (sizeof(some_zones) / sizeof(some_zones[0]))

/* An instant, and what the clocks there show. */
static void facts(void **state)
{
    static const struct {
        const char *zone, *utc, *local;
    } rows[] = {
        {"Asia/Shanghai", "2026-07-14T06:20:00Z", "2026-07-14T14:20:00+08:00"},
        {"Asia/Shanghai", "1986-05-03T17:59:59Z", "1986-05-04T01:59:59+08:00"},
        {"Asia/Shanghai", "1986-05-03T18:00:00Z", "1986-05-04T03:00:00+09:00"},
        {"Asia/Shanghai", "1991-09-14T16:59:59Z", "1991-09-15T01:59:59+09:00"},
        {"Asia/Shanghai", "1991-09-14T17:00:00Z", "1991-09-15T01:00:00+08:00"},
        {"Asia/Shanghai", "1992-07-01T00:00:00Z", "1992-07-01T08:00:00+08:00"},
        {"Asia/Shanghai", "2199-07-01T00:00:00Z", "2199-07-01T08:00:00+08:00"},
        {"America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T01:59:59-05:00"},
        {"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"},
        {"America/New_York", "2026-11-01T05:59:59Z", "2026-11-01T01:59:59-04:00"},
        {"America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00-05:00"},
        {"America/New_York", "2006-04-02T07:00:00Z", "2006-04-02T03:00:00-04:00"},
        {"America/New_York", "2199-07-04T12:00:00Z", "2199-07-04T08:00:00-04:00"},
        {"America/New_York", "2199-12-31T12:00:00Z", "2199-12-31T07:00:00-05:00"},
        {"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29T23:59:59-10:00"},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00+14:00"},
        {"Asia/Kolkata", "2026-07-14T06:20:00Z", "2026-07-14T11:50:00+05:30"},
        {"Asia/Kathmandu", "2026-07-14T06:20:00Z", "2026-07-14T12:05:00+05:45"},
        /* Ramadan 2026 was from 18 February to 19 March. */
        {"Africa/Casablanca", "2026-02-15T01:59:59Z", "2026-02-15T02:59:59+01:00"},
        {"Africa/Casablanca", "2026-02-15T02:00:00Z", "2026-02-15T02:00:00Z"},
        {"Africa/Casablanca", "2026-03-22T02:00:00Z", "2026-03-22T03:00:00+01:00"},
        /* Summer is standard time in Ireland, and winter is "negative" summer time. */
        {"Europe/Dublin", "2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z"},
        {"Europe/Dublin", "2026-07-15T12:00:00Z", "2026-07-15T13:00:00+01:00"},
        {"Europe/Dublin", "2060-03-28T00:59:59Z", "2060-03-28T00:59:59Z"},
        {"Europe/Dublin", "2060-03-28T01:00:00Z", "2060-03-28T02:00:00+01:00"},
        /* Half an hour of summer time, on the other half of the globe. */
        {"Australia/Lord_Howe", "2040-01-15T00:00:00Z", "2040-01-15T11:00:00+11:00"},
        {"Australia/Lord_Howe", "2040-07-15T00:00:00Z", "2040-07-15T10:30:00+10:30"},
        /* -00:44:30, to the minute. */
        {"Africa/Monrovia", "1971-01-01T00:00:00Z", "1970-12-31T23:16:00-00:44"},
        {"UTC", "2026-07-14T06:20:00Z", "2026-07-14T06:20:00Z"},
        {"-03:30", "2026-07-14T06:20:00.007Z", "2026-07-14T02:50:00.007-03:30"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zone z = zone_of(rows[i].zone);
        char out[INSTANT_TEXT_SIZE];
        instant_ms at = -7, back = -8;

        assert_int_equal(zone_parse(&z, rows[i].utc, &at), 0);
        zone_format(&z, at, out);
        if (strcmp(out, rows[i].local) != 0)
            fail_msg("%s: %s is %s, not %s", rows[i].zone, rows[i].utc, out, rows[i].local);
        assert_int_equal(zone_parse(&z, out, &back), 0);
        assert_int_equal(back, at);
    }
}

/* What somebody there writes without an offset, and what it means. */
static void local_times(void **state)
{
    static const struct {
        const char *zone, *local;
        int result;
        const char *utc;
    } rows[] = {
        {"+08:00", "2026-07-14T14:20:00", 0, "2026-07-14T06:20:00Z"},
        {"Asia/Shanghai", "2026-07-14T14:20:00.25", 0, "2026-07-14T06:20:00.250Z"},
        {"Asia/Shanghai", "2026-07-14T14:20:00Z", 0, "2026-07-14T14:20:00Z"},
        {"Asia/Shanghai", "1970-01-01T07:59:59", -ERANGE, NULL},
        {"Asia/Shanghai", "1970-01-01T08:00:00", 0, "1970-01-01T00:00:00Z"},
        {"Asia/Shanghai", "2026-02-29T08:00:00", -ERANGE, NULL},
        {"Asia/Shanghai", "2026-02-29", -EINVAL, NULL},
        {"America/New_York", "9999-12-31T23:59:59", -ERANGE, NULL},
        /* The gap of 8 March 2026: behind it. */
        {"America/New_York", "2026-03-08T01:59:59", 0, "2026-03-08T06:59:59Z"},
        {"America/New_York", "2026-03-08T02:00:00", 0, "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-03-08T02:59:59", 0, "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-03-08T03:00:00", 0, "2026-03-08T07:00:00Z"},
        {"America/New_York", "2026-03-08T03:00:01", 0, "2026-03-08T07:00:01Z"},
        /* The hour of 1 November 2026 that comes twice: the first. */
        {"America/New_York", "2026-11-01T00:59:59", 0, "2026-11-01T04:59:59Z"},
        {"America/New_York", "2026-11-01T01:00:00", 0, "2026-11-01T05:00:00Z"},
        {"America/New_York", "2026-11-01T01:59:59", 0, "2026-11-01T05:59:59Z"},
        {"America/New_York", "2026-11-01T02:00:00", 0, "2026-11-01T07:00:00Z"},
        /* 30 December 2011 was not. */
        {"Pacific/Apia", "2011-12-29T23:59:59", 0, "2011-12-30T09:59:59Z"},
        {"Pacific/Apia", "2011-12-30T00:00:00", 0, "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-30T18:00:00", 0, "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-31T00:00:00", 0, "2011-12-30T10:00:00Z"},
        /* Cairo goes from midnight to one o'clock: the day begins then. */
        {"Africa/Cairo", "2026-04-24T00:00:00", 0, "2026-04-23T22:00:00Z"},
        {"Africa/Cairo", "2026-04-24T01:00:00", 0, "2026-04-23T22:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zone z = zone_of(rows[i].zone);
        char out[INSTANT_TEXT_SIZE] = "";
        instant_ms at = -7;
        int r = zone_parse(&z, rows[i].local, &at);

        if (r == 0)
            zone_format(&zone_utc, at, out);
        if (r != rows[i].result || (r ? at != -7 : strcmp(out, rows[i].utc) != 0))
            fail_msg("%s: %s: %d %s", rows[i].zone, rows[i].local, r, out);
    }
}

/* -1, 0, 1: the local time at `at` is before, at or after that minute of that day. */
static int compare(const struct zone *z, instant_ms at, int64_t day, int minute)
{
    int64_t local = (int64_t)zone_day(z, at) * 1440 + zone_minute(z, at),
            want = day * 1440 + minute;

    return (local > want) - (local < want);
}

static void there_and_back(void **state)
{
    const day_no end = day_of_date(2200, 1, 1);

    (void)state;
    for (size_t i = 0; i < SOME_ZONES; i++) {
        struct zone z = zone_of(some_zones[i]);

        for (int k = 0; k < 20000; k++) {
            day_no day = (day_no)(next_random() % (uint32_t)end);
            /* Most changes are in the first hours; 1440 is the next day's 0. */
            int minute = (int)(next_random() % (k % 2 ? 1441 : 200));
            instant_ms at = zone_instant(&z, day, minute), before = at - 1;
            int now = compare(&z, at, day, minute);

            /* There, or it is in a gap that ends here. */
            if (now < 0 || compare(&z, before, day, minute) >= 0)
                fail_msg("%s: day %d minute %d", z.name, day, minute);
            if (now > 0)
                assert_true(zone_offset_min(&z, before) < zone_offset_min(&z, at));
            /* The first of several. */
            assert_true(compare(&z, at - HOUR_MS / 2, day, minute) < 0);
            assert_true(compare(&z, at - HOUR_MS, day, minute) < 0);
            assert_true(at <= zone_instant(&z, day, minute < 1440 ? minute + 1 : 1440));
        }
    }
}

static void edges(void **state)
{
    struct zone z = zone_of("America/New_York");
    char out[INSTANT_TEXT_SIZE] = "?";
    struct civil c = zone_civil(&z, 1772953200000 - 1); /* 2026-03-08T07:00 UTC */

    (void)state;
    zone_format(&z, INSTANT_NONE, out);
    assert_string_equal(out, "");
    zone_format(&zone_china, INSTANT_NONE, out);
    assert_string_equal(out, "");
    assert_true(c.year == 2026 && c.month == 3 && c.day == 8 && c.hour == 1 && c.minute == 59);
    assert_true(z.n > 400 && z.n < 700); /* two a year, and war times */
    assert_int_equal(zone_offset_min(&zone_utc, 0), 0);
    assert_int_equal(zone_offset_min(&zone_china, INSTANT_MAX), 480);
    for (size_t i = 1; i < z.n; i++)
        assert_true(z.changes[i - 1].at < z.changes[i].at &&
                    z.changes[i - 1].offset_min != z.changes[i].offset_min);
}

static void fixed_zones(void **state)
{
    static const struct {
        const char *text;
        int result, offset_min;
    } rows[] = {
        {"+08:00", 0, 480},     {"-03:30", 0, -210},    {"+00:00", 0, 0},
        {"+14:00", 0, 840},     {"-14:00", 0, -840},    {"+14:01", -ERANGE, 0},
        {"+08:60", -ERANGE, 0}, {"+99:00", -ERANGE, 0}, {"08:00", -EINVAL, 0},
        {"+8:00", -EINVAL, 0},  {"+08:0", -EINVAL, 0},  {"+08:000", -EINVAL, 0},
        {"+0800", -EINVAL, 0},  {"+08-00", -EINVAL, 0}, {"", -EINVAL, 0},
        {"+", -EINVAL, 0},      {"Z", -EINVAL, 0},      {"Asia/Shanghai", -EINVAL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct zone z = {.offset_min = -7};
        int r = zone_fixed(rows[i].text, arena, &z);

        if (r != rows[i].result || z.offset_min != (r ? -7 : rows[i].offset_min))
            fail_msg("%s: %d %d", rows[i].text, r, z.offset_min);
        if (r == 0)
            assert_string_equal(z.name, rows[i].text);
    }
}

static void days(void **state)
{
    static const struct {
        const char *text;
        int result;
        day_no day;
        int of_week;
    } rows[] = {
        {"1970-01-01", 0, 0, 4},        {"2026-11-25", 0, 20782, 3},
        {"2000-02-29", 0, 11016, 2},    {"2199-12-31", 0, 84005, 2},
        {"2026-02-29", -ERANGE, 0, 0},  {"2100-02-29", -ERANGE, 0, 0},
        {"2026-13-01", -ERANGE, 0, 0},  {"2026-00-10", -ERANGE, 0, 0},
        {"2026-04-31", -ERANGE, 0, 0},  {"2026-04-00", -ERANGE, 0, 0},
        {"1969-12-31", -ERANGE, 0, 0},  {"2200-01-01", -ERANGE, 0, 0},
        {"2026-1-01", -EINVAL, 0, 0},   {"2026-01-1", -EINVAL, 0, 0},
        {"2026-01-01T", -EINVAL, 0, 0}, {"2026/01/01", -EINVAL, 0, 0},
        {"2026-", -EINVAL, 0, 0},       {"", -EINVAL, 0, 0},
    };
    char out[12];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        day_no day = -7;
        int r = day_parse(rows[i].text, &day);

        if (r != rows[i].result || day != (r ? -7 : rows[i].day))
            fail_msg("%s: %d %d", rows[i].text, r, day);
        if (r == 0) {
            day_format(day, out);
            assert_string_equal(out, rows[i].text);
            assert_int_equal(day_of_week(day), rows[i].of_week);
        }
    }
    for (day_no day = -1000000; day < 1000000; day++) {
        struct civil c = date_of_day(day);

        assert_int_equal(day_of_date(c.year, c.month, c.day), day);
        assert_int_equal(day_of_week(day) % 7 + 1, day_of_week(day + 1));
    }
}

static int parsed, refused;

static int try_file(const char *path, const struct stat *info, int type, struct FTW *place)
{
    static unsigned char data[LIMIT_ZONE_BYTES];
    const char *complaint = "?";
    struct zone z;
    size_t n;

    (void)place;
    if (type != FTW_F || info->st_size < 44 || info->st_size > (off_t)sizeof(data))
        return 0;
    n = read_file(path, data);
    if (memcmp(data, "TZif", 4) != 0)
        return 0;
    arena_reset(arena);
    if (zone_read(path, data, n, arena, &z, &complaint) == 0) {
        parsed++;
        assert_string_equal(z.name, path);
    } else if (strstr(path, "/right/") && strstr(complaint, "leap seconds")) {
        refused++;
    } else {
        fail_msg("%s: %s", path, complaint);
    }
    return 0;
}

static void every_file(void **state)
{
    (void)state;
    assert_int_equal(nftw(ZONEINFO, try_file, 16, FTW_PHYS), 0);
    print_message("%d zones read, %d with leap seconds refused\n", parsed, refused);
    assert_true(parsed > 300);
}

/* The file is copied to where the sanitizer sees a byte read behind it. */
static int try_bytes(const unsigned char *data, size_t n)
{
    unsigned char *copy = malloc(n ? n : 1);
    const char *complaint = NULL;
    struct zone z = {.n = 77};
    int r;

    assert_non_null(copy);
    memcpy(copy, data, n);
    arena_reset(arena);
    r = zone_read("x", copy, n, arena, &z, &complaint);
    free(copy);
    if (r < 0) {
        assert_int_equal(r, -EBADMSG);
        assert_true(complaint && z.n == 77);
        return r;
    }
    assert_null(complaint);
    for (size_t i = 0; i < z.n; i++) {
        assert_true(!i || z.changes[i - 1].at < z.changes[i].at);
        assert_true(z.changes[i].offset_min < 1440 && z.changes[i].offset_min > -1440);
    }
    zone_instant(&z, (day_no)(next_random() % 84000), 0);
    return 0;
}

static void hostile_files(void **state)
{
    static const char *const names[] = {"America/New_York", "Asia/Shanghai"};
    static unsigned char data[LIMIT_ZONE_BYTES];
    int good = 0;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t n = read_zone_file(names[i], data);

        for (size_t cut = 0; cut < n; cut++)
            assert_int_equal(try_bytes(data, cut), -EBADMSG);
        for (int k = 0; k < 10000; k++) {
            size_t at[3];
            unsigned char was[3];
            int flips = 1 + k % 3;

            for (int f = 0; f < flips; f++) {
                at[f] = next_random() % n;
                was[f] = data[at[f]];
                data[at[f]] = (unsigned char)next_random();
            }
            good += try_bytes(data, n) == 0;
            while (flips--)
                data[at[flips]] = was[flips];
        }
        assert_int_equal(try_bytes(data, n), 0);
    }
    assert_true(good > 1000); /* else everything was refused at the door */
}

/* A file with one offset, no changes, and this footer. */
static int read_rule(const char *rule, int offset_s, struct zone *ret)
{
    unsigned char data[512] = {0};
    const char *complaint;
    size_t n = 0;

    for (int block = 0; block < 2; block++) {
        memcpy(data + n, "TZif2", 5);
        data[n + 39] = 1; /* types */
        data[n + 43] = 4; /* characters */
        for (int i = 0; i < 4; i++)
            data[n + 44 + i] = (unsigned char)((uint32_t)offset_s >> (24 - 8 * i));
        n += 44 + 6 + 4;
    }
    n += (size_t)snprintf((char *)data + n, sizeof(data) - n, "\n%s\n", rule);
    return zone_read("x", data, n, arena, ret, &complaint);
}

static void rules(void **state)
{
    static const struct {
        const char *rule, *utc, *local; /* NULL: refused */
    } rows[] = {
        {"", "2026-07-01T00:00:00Z", "2026-06-30T21:00:00-03:00"},
        {"XXX3", "2026-07-01T00:00:00Z", "2026-06-30T21:00:00-03:00"},
        {"<-03>+3:00:00", "2026-07-01T00:00:00Z", "2026-06-30T21:00:00-03:00"},
        /* RFC 8536, 3.3.1: eternal summer. */
        {"XXX3EDT4,0/0,J365/23", "2026-01-01T03:00:00Z", "2025-12-31T23:00:00-04:00"},
        {"XXX3EDT4,0/0,J365/23", "2026-07-01T00:00:00Z", "2026-06-30T20:00:00-04:00"},
        /* The same day in leap years, and the 60th, which is another one. */
        {"AAA3BBB,J60/0,J300", "2024-03-01T02:59:59Z", "2024-02-29T23:59:59-03:00"},
        {"AAA3BBB,J60/0,J300", "2024-03-01T03:00:00Z", "2024-03-01T01:00:00-02:00"},
        {"AAA3BBB,59/0,J300", "2024-02-29T03:00:00Z", "2024-02-29T01:00:00-02:00"},
        {"AAA3BBB,59/0,J300", "2023-03-01T03:00:00Z", "2023-03-01T01:00:00-02:00"},
        /* Hours before and far behind the day: 28 March 22:00, 31 October 02:00. */
        {"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "2026-03-29T01:00:00Z", "2026-03-28T23:00:00-02:00"},
        {"AAA-2BBB,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", "2026-03-28T03:00:00+03:00"},
        {"AAA-2BBB,M3.4.4/50,M10.4.4/50", "2026-03-27T23:59:59Z", "2026-03-28T01:59:59+02:00"},
        {"AAA3BBB,M3.4.4/167,M10.4.4/-167", "2026-07-01T00:00:00Z", "2026-06-30T22:00:00-02:00"},
        {"AAA3BBB,M3.4.4/168,M10.4.4", NULL, NULL},
        {"AAA3BBB", NULL, NULL},
        {"AAA3BBB,M3.4.4", NULL, NULL},
        {"AAA3BBB,M3.4.4,M10.4.4,", NULL, NULL},
        {"AAA3BBB,M13.4.4,M10.4.4", NULL, NULL},
        {"AAA3BBB,M3.0.4,M10.4.4", NULL, NULL},
        {"AAA3BBB,M3.4.7,M10.4.4", NULL, NULL},
        {"AAA3BBB,J0,J300", NULL, NULL},
        {"AAA3BBB,366,J300", NULL, NULL},
        {"AAA3BBB,0/0,J365/167", NULL, NULL}, /* ends after the next begins */
        {"AA3", NULL, NULL},
        {"<AAA3", NULL, NULL},
        {"AAA", NULL, NULL},
        {"AAA25", NULL, NULL},
        {"AAA3:60", NULL, NULL},
        {"AAA3\nBBB", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[INSTANT_TEXT_SIZE] = "";
        struct zone z;
        instant_ms at;
        int r = read_rule(rows[i].rule, -3 * 3600, &z);

        if (r == 0 && rows[i].utc) {
            assert_int_equal(zone_parse(&z, rows[i].utc, &at), 0);
            zone_format(&z, at, out);
        }
        if (r != (rows[i].utc ? 0 : -EBADMSG) || (r == 0 && strcmp(out, rows[i].local) != 0))
            fail_msg("%s: %d, %s", rows[i].rule, r, out);
    }
}

static void rounding(void **state)
{
    static const struct {
        int seconds, minutes;
    } rows[] = {
        {29, 0},   {30, 1},       {89, 1},         {-30, 0},     {-31, -1},    {-90, -1},
        {-91, -2}, {86369, 1439}, {-86369, -1439}, {29143, 486}, {-2670, -44},
    };
    struct zone z;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_rule("", rows[i].seconds, &z), 0);
        assert_int_equal(z.offset_min, rows[i].minutes);
    }
    assert_int_equal(read_rule("", 86370, &z), -EBADMSG);
    assert_int_equal(read_rule("", -86370, &z), -EBADMSG);
    assert_int_equal(read_rule("", INT32_MIN, &z), -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts),          cmocka_unit_test(local_times),
        cmocka_unit_test(there_and_back), cmocka_unit_test(edges),
        cmocka_unit_test(fixed_zones),    cmocka_unit_test(days),
        cmocka_unit_test(every_file),     cmocka_unit_test(hostile_files),
        cmocka_unit_test(rules),          cmocka_unit_test(rounding),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
