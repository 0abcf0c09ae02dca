/* conf/policy.h: every mistake in a policy file is named with its place, what is wrong and what was
 * expected. The texts were typed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/limits.h"
#include "conf/policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD "policy: p\nversion: 2026-11-01\n"
#define LADDERS                                                                                    \
    "ladders: [{id: l, rungs: [{at: due, to: unit}]}, {id: s, rungs: [{at: start, to: unit}]}]\n"
/* Line 4 begins with what is being looked at. */
#define DUTY(text) HEAD LADDERS "obligations: [{id: d, title: t, kind: target, " text "}]\n"
#define RUNG(text) HEAD "ladders:\n- id: l\n  rungs:\n  - {" text "}\n"
#define SETTINGS(text) HEAD "settings: {" text "}\n"

#define WANT_LIMIT                                                                                 \
    "expected a limit such as 5h, 90m, 60d, 20wd, until 2026-12-31 or until 03-31 (at most 10 "    \
    "years of hours, 36500d, 3650wd)\n"
#define WANT_AT                                                                                    \
    "expected start, start+30m, due-50%, due-60m, due-2wd, \"due 09:00\", \"due-2wd 09:00\", "     \
    "due, "                                                                                        \
    "due+30m or due+1wd\n"
#define WANT_DATE "expected a date of 1970 to 2199 such as 2026-11-01\n"
#define WANT_CLOCK "expected a time such as \"22:00\"\n"
#define WANT_WORD "expected 1 to 64 of a-z 0-9 _\n"
#define WINDOW "p.yaml:4:55: obligations[0].window: "
#define AT "p.yaml:6:10: ladders[0].rungs[0].at: "

struct mistake {
    const char *yaml;
    const char *errors;
};

/* Files p.yaml, q.yaml, ...; what they say is wrong. */
static void expect_files(const char *const *texts, size_t n, const char *errors)
{
    static const char *const names[] = {"p.yaml", "q.yaml", "r.yaml", "s.yaml"};
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf got = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct policy_source files[COUNT(names)];
    struct policies policies;
    int result;

    for (size_t i = 0; i < n; i++)
        files[i] = (struct policy_source){names[i], texts[i], strlen(texts[i])};
    result = policies_read(files, n, arena, &policies, &got);
    buf_puts(&got, "");
    if (strcmp(got.data, errors) != 0)
        fail_msg("%s\ngave: %s\nwant: %s", texts[n - 1], got.data, errors);
    assert_int_equal(result == 0, errors[0] == '\0');
    buf_free(&got);
    arena_free(arena);
}

static void expect(const struct mistake *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_files(&cases[i].yaml, 1, cases[i].errors);
}

static void test_windows(void **state)
{
    static const struct mistake cases[] = {
        {DUTY("window: 0wd"), ""},
        {DUTY("window: 0h"), ""},
        {DUTY("window: until 12-31"), ""},
        {DUTY("window: none"), ""},
        {DUTY("window: -5h"), WINDOW "\"-5h\" is negative, " WANT_LIMIT},
        {DUTY("window: 5"), WINDOW "\"5\" has no unit, " WANT_LIMIT},
        {DUTY("window: 5 h"), WINDOW "\"5 h\" is no such limit, " WANT_LIMIT},
        {DUTY("window: 0d"), WINDOW "\"0d\" is out of range, " WANT_LIMIT},
        {DUTY("window: 5w"), WINDOW "\"5w\" is no such limit, " WANT_LIMIT},
        {DUTY("window: 3651wd"), WINDOW "\"3651wd\" is out of range, " WANT_LIMIT},
        {DUTY("window: 36501d"), WINDOW "\"36501d\" is out of range, " WANT_LIMIT},
        {DUTY("window: 87673h"), WINDOW "\"87673h\" is out of range, " WANT_LIMIT},
        {DUTY("window: 99999999999999999999wd"),
         WINDOW "\"99999999999999999999wd\" is out of range, " WANT_LIMIT},
        {DUTY("window: until 2026-02-30"),
         WINDOW "\"until 2026-02-30\" names a day that does not exist, " WANT_LIMIT},
        {DUTY("window: until 02-29"),
         WINDOW "\"until 02-29\" names a day that does not exist each year, " WANT_LIMIT},
        {DUTY("window: 5h, window_by_level: {1: 5h}"), ""},
        {DUTY("when: {incident_level: [1, null]}, window_by_level: {1: 5h}"),
         "p.yaml:4:99: obligations[0].window_by_level.null: is missing, expected a limit for each "
         "level that `when` admits, or a window for the others\n"},
        {DUTY("when: {incident_level: [1, null]}, window_by_level: {1: 5h, null: 1d}"), ""},
        {DUTY("window_by_level: {5: 1h, 1: 1h, 2: 1h, 3: 1h, 4: 1h, null: 1h}"),
         "p.yaml:4:65: obligations[0].window_by_level.5: unknown key, did you mean \"1\"?\n"},
        {DUTY("ladder: l"), "p.yaml:4:55: obligations[0].ladder: \"l\" has rungs that hang on the "
                            "due time, expected a window for this duty\n"},
        {DUTY("ladder: s"), ""},
        {DUTY("window: 5wd, extend: {max: 5d}"),
         "p.yaml:4:74: obligations[0].extend.max: is in days (d), expected the unit of the window, "
         "which counts working days (wd)\n"},
        {DUTY("extend: {max: 5d}"),
         "p.yaml:4:55: obligations[0].extend: does not fit a duty without a limit, expected a "
         "window\n"},
        {DUTY("window: 5d, extend: {times: 0}"),
         "p.yaml:4:67: obligations[0].extend.max: is missing, expected a length such as 20wd, 60d, "
         "5h or 90m\n"
         "p.yaml:4:75: obligations[0].extend.times: \"0\" is no such number, expected a whole "
         "number from 1 to 100\n"},
    };

    (void)state;
    expect(cases, COUNT(cases));
}

static void test_rungs(void **state)
{
    static const struct mistake cases[] = {
        {RUNG("at: begin, to: unit"),
         AT "\"begin\" begins neither with start nor with due, " WANT_AT},
        {RUNG("at: due-0%, to: unit"), AT "\"due-0%\" has no percentage from 1 to 99, " WANT_AT},
        {RUNG("at: due-100%, to: unit"),
         AT "\"due-100%\" has no percentage from 1 to 99, " WANT_AT},
        {RUNG("at: due+5%, to: unit"),
         AT "\"due+5%\" has a percentage that is not of the time left, " WANT_AT},
        {RUNG("at: start-5m, to: unit"), AT "\"start-5m\" is before the start, " WANT_AT},
        {RUNG("at: due-2d, to: unit"), AT "\"due-2d\" counts calendar days, " WANT_AT},
        {RUNG("at: due-0m, to: unit"), AT "\"due-0m\" is nothing, " WANT_AT},
        {RUNG("at: due-2h 09:00, to: unit"),
         AT "\"due-2h 09:00\" has a time of day behind hours or minutes, " WANT_AT},
        {RUNG("at: due 24:00, to: unit"),
         AT "\"due 24:00\" has no time of day such as 09:00 behind the space, " WANT_AT},
        {RUNG("at: due, to: unt"),
         "p.yaml:6:19: ladders[0].rungs[0].to: \"unt\" is unknown, did you mean \"unit\"?\n"},
        {RUNG("at: due, to: [unit, unit]"), "p.yaml:6:26: ladders[0].rungs[0].to[1]: \"unit\" is "
                                            "here twice, expected each only once\n"},
        {RUNG("at: due, to: []"), "p.yaml:6:19: ladders[0].rungs[0].to: is empty, expected a list "
                                  "of roles, such as [unit, office]\n"},
        {RUNG("at: due"), "p.yaml:6:5: ladders[0].rungs[0].to: is missing, expected a list of "
                          "roles, such as [unit, office]\n"},
        {RUNG("at: due, to: unit, if: late"),
         "p.yaml:6:29: ladders[0].rungs[0].if: \"late\" is unknown, expected one of: unmet, "
         "unacknowledged, unassigned\n"},
        {RUNG("at: due, to: unit, act: supervize"), "p.yaml:6:30: ladders[0].rungs[0].act: "
                                                    "\"supervize\" is unknown, did you mean "
                                                    "\"supervise\"?\n"},
        {RUNG("at: due, to: unit, repeat: 30m"),
         "p.yaml:6:5: ladders[0].rungs[0].max: is missing, expected how many rungs this makes, "
         "from 1 to 100\n"},
        {RUNG("at: due, to: unit, repeat: 1m, max: 65"),
         "p.yaml:6:3: ladders[0].rungs: makes 65 rungs with its repeats, expected at most 64\n"},
        {RUNG("at: due-50%, to: unit, repeat: 1h, max: 2"),
         "p.yaml:6:37: ladders[0].rungs[0].repeat: does not fit \"due-50%\", expected no repeat "
         "behind a percentage\n"},
        {RUNG("at: due+60m, repeat: 60m, max: 2, to: unit}\n  - {at: due+120m, to: unit"),
         "p.yaml:7:10: ladders[0].rungs[1].at: \"due+120m\" is in this ladder already, expected "
         "each only once\n"},
    };

    (void)state;
    expect(cases, COUNT(cases));
}

static void test_duties(void **state)
{
    static const struct mistake cases[] = {
        {HEAD "obligations: [{id: D, title: t, basis: b}]\n",
         "p.yaml:3:20: obligations[0].id: \"D\" is no such word, " WANT_WORD},
        {HEAD "obligations: [{id: d, title: t}]\n",
         "p.yaml:3:15: obligations[0].basis: is missing, expected the legal source of a statutory "
         "duty (or kind: target, kind: advisory)\n"},
        {DUTY("kind: x"),
         "p.yaml:4:47: obligations[0].kind: is given twice, expected once (first in line 4)\n"},
        {DUTY("satisfied_by: foi_anser"), "p.yaml:4:61: obligations[0].satisfied_by: \"foi_anser\" "
                                          "is unknown, did you mean \"foi_answer\"?\n"},
        {DUTY("start: report.received_at"),
         "p.yaml:4:54: obligations[0].start: \"report.received_at\" does not fit a duty per: case, "
         "expected per: report\n"},
        {DUTY("start: [case.closed_at, assignment.at]"),
         "p.yaml:4:71: obligations[0].start[1]: \"assignment.at\" does not fit a duty per: case, "
         "expected per: assignment\n"},
        {DUTY("start: last_release"), "p.yaml:4:54: obligations[0].start: \"last_release\" does "
                                      "not fit a duty per: case, expected per: release\n"},
        {DUTY("start: after"), "p.yaml:4:54: obligations[0].start: \"after\" is the start of a "
                               "duty without after, expected that key\n"},
        {DUTY("start: restarted"),
         "p.yaml:4:54: obligations[0].start: \"restarted\" is unknown, expected one of: "
         "incident.occurred_at, case.discovered_at, last_release, case.received_at, "
         "case.reported_at, case.level_set_at, case.judged_at, case.assigned_at, case.closed_at, "
         "case.published_at, case.decided_at, case.formed_at, report.received_at, "
         "report.discovered_at, report.limit_at, assignment.at, exclusion.from, "
         "exclusion.letter_received_at, promise.due_at, after\n"},
        {DUTY("per: release"), "p.yaml:4:15: obligations[0].after_acts: is missing, expected the "
                               "kinds of act that begin a duty per: release\n"},
        {DUTY("after_acts: briefing"), "p.yaml:4:59: obligations[0].after_acts: does not fit a "
                                       "duty per: case, expected per: release\n"},
        {DUTY("when: {exclusion: x}"),
         "p.yaml:4:65: obligations[0].when.exclusion: does not fit a duty per: case, expected per: "
         "exclusion\n"},
        {DUTY("when: {incident_levl: 1}"), "p.yaml:4:54: obligations[0].when.incident_levl: "
                                           "unknown key, did you mean \"incident_level\"?\n"},
        {DUTY("when: {incident_level: 5}"), "p.yaml:4:70: obligations[0].when.incident_level: "
                                            "\"5\" is unknown, did you mean \"1\"?\n"},
        {DUTY("when: {incident_level: 1}, unless: {incident_level: 1}"),
         "p.yaml:4:53: obligations[0].when: leaves no incident_level, expected one that can be\n"},
        {DUTY("ladder: m"), "p.yaml:4:55: obligations[0].ladder: \"m\" is not in this file (did "
                            "you mean \"l\"?), expected the id of one of its ladders\n"},
        {DUTY("waiver: {reason: required}"),
         "p.yaml:4:55: obligations[0].waiver.by: names nobody, expected a list of who may waive "
         "it, such as [principal]\n"},
        {DUTY("after: e"), "p.yaml:4:54: obligations[0].after: \"e\" is no duty of the files in "
                           "force on 2026-11-01, did you mean \"d\"?\n"},
        {DUTY("after: d"), "p.yaml:4:54: obligations[0].after: waits for itself: d after d, "
                           "expected a first one that waits for none\n"},
        {HEAD "obligations:\n"
              "- {id: a, title: t, kind: target, after: b}\n"
              "- {id: b, title: t, kind: target}\n"
              "- {id: b, title: t, kind: target, after: c}\n"
              "- {id: c, title: t, kind: target, after: a}\n",
         "p.yaml:4:42: obligations[0].after: waits for itself: a after b after c after a, expected "
         "a first one that waits for none\n"},
        {HEAD "obligations:\n"
              "- {id: a, title: t, kind: target}\n"
              "- {id: a, title: t, kind: target, per: report}\n",
         "p.yaml:5:40: obligations[1].per: is report, but case in the variant at p.yaml:4, "
         "expected the same for all variants of \"a\"\n"},
    };

    (void)state;
    expect(cases, COUNT(cases));
}

static void test_files(void **state)
{
    static const struct mistake cases[] = {
        {"", "p.yaml:1:1: policy: is missing, expected the name of the field, such as opinion: 1 "
             "to 64 of a-z 0-9 _\n"
             "p.yaml:1:1: version: is missing, " WANT_DATE},
        {"policy: p\nversion: 2026-02-30\n",
         "p.yaml:2:10: version: \"2026-02-30\" is no date, " WANT_DATE},
        {SETTINGS("quiet_hours: {from: \"25:00\", to: 7}"),
         "p.yaml:3:32: settings.quiet_hours.from: \"25:00\" is no time of day, " WANT_CLOCK
         "p.yaml:3:45: settings.quiet_hours.to: \"7\" is no time of day, " WANT_CLOCK},
        {SETTINGS("quiet_hours: {}"),
         "p.yaml:3:25: settings.quiet_hours.from: is missing, " WANT_CLOCK
         "p.yaml:3:25: settings.quiet_hours.to: is missing, " WANT_CLOCK},
        {SETTINGS("day_end: \"00:00\""), "p.yaml:3:21: settings.day_end: \"00:00\" is no end of a "
                                         "day, expected a time from \"00:01\" to \"24:00\"\n"},
        {SETTINGS("late_report: {after: 2d}"), "p.yaml:3:33: settings.late_report.after: \"2d\" is "
                                               "in days, expected hours or minutes such as 24h\n"},
        {SETTINGS("public_acts: {require: [ulr]}"),
         "p.yaml:3:36: settings.public_acts.require[0]: \"ulr\" is unknown, did you mean "
         "\"url\"?\n"},
        {"policy: [\n", "p.yaml:2:1: YAML: did not find expected node content, while parsing a "
                        "flow node (line 2)\n"},
    };
    static const char *const settings[] = {SETTINGS("day_end: \"17:30\""),
                                           "policy: q\nversion: 2026-11-01\nsettings: {}\n"};
    static const char *const same[] = {HEAD, "policy: p\nversion: 2026-12-01\neffective: "
                                             "2026-11-01\n"};
    static const char *const later[] = {DUTY("after: x"),
                                        "policy: q\nversion: 2026-12-01\nobligations: [{id: x, "
                                        "title: t, kind: target}]\n"};

    (void)state;
    expect(cases, COUNT(cases));
    expect_files(settings, 2,
                 "q.yaml:3:11: settings: stand in p.yaml as well, expected the settings of all "
                 "fields in one file\n");
    expect_files(same, 2,
                 "q.yaml:1:9: policy: \"p\" takes effect on 2026-11-01 in p.yaml already, expected "
                 "one file of a field for each day\n");
    expect_files(later, 2,
                 "p.yaml:4:54: obligations[0].after: \"x\" is no duty of the files in force on "
                 "2026-11-01, did you mean \"d\"?\n");
}

static void test_too_many(void **state)
{
    struct buf text = BUF_INIT(64 * 1024), errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct policies policies;
    struct policy_source file = {.name = "p.yaml"};

    (void)state;
    buf_puts(&text, HEAD "obligations:\n");
    for (int i = 0; i <= LIMIT_RULES; i++)
        buf_printf(&text, "- {id: d%d, title: t, kind: target}\n", i);
    expect_files((const char *const[]){text.data}, 1,
                 "p.yaml:68:8: obligations[64].id: is one duty too many, expected at most 64 in "
                 "all files\n");
    buf_clear(&text);
    buf_puts(&text, HEAD "obligations:\n");
    for (int i = 0; i < 60; i++)
        buf_printf(&text, "- {id: D, title: t, kind: target}\n");
    file.text = text.data;
    file.n = text.len;
    assert_true(policies_read(&file, 1, arena, &policies, &errors) < 0);
    assert_non_null(strstr(errors.data, "\np.yaml:53:8: obligations[49].id: "));
    assert_null(strstr(errors.data, "p.yaml:54:"));
    assert_non_null(strstr(errors.data, "\nand 10 more\n"));
    arena_free(arena);
    buf_free(&errors);
    buf_free(&text);
}

/* docs/POLICY.md names every key of every mapping. */
static void test_manual_names_every_key(void **state)
{
    static const char *const unknown[] = {"zzzzzzzz: 1\n",
                                          SETTINGS("zzzzzzzz: 1"),
                                          SETTINGS("quiet_hours: {zzzzzzzz: 1}"),
                                          SETTINGS("late_report: {zzzzzzzz: 1}"),
                                          SETTINGS("public_acts: {zzzzzzzz: 1}"),
                                          HEAD "ladders: [{zzzzzzzz: 1}]\n",
                                          RUNG("zzzzzzzz: 1"),
                                          DUTY("zzzzzzzz: 1"),
                                          DUTY("when: {zzzzzzzz: 1}"),
                                          DUTY("extend: {zzzzzzzz: 1}"),
                                          DUTY("waiver: {zzzzzzzz: 1}")};
    char *manual = calloc(1, LIMIT_CONF_BYTES);
    FILE *file = fopen("docs/POLICY.md", "rb");
    size_t named = 0;

    (void)state;
    assert_non_null(file);
    assert_true(fread(manual, 1, LIMIT_CONF_BYTES - 1, file) > 0);
    fclose(file);
    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
        struct policy_source source = {"p.yaml", unknown[i], strlen(unknown[i])};
        struct policies policies;
        char *keys, *rest;

        policies_read(&source, 1, arena, &policies, &errors);
        keys = strstr(errors.data, "unknown key, expected one of: ");
        assert_non_null(keys);
        keys += strlen("unknown key, expected one of: ");
        *strchr(keys, '\n') = '\0';
        for (char *key = strtok_r(keys, ", ", &rest); key; key = strtok_r(NULL, ", ", &rest)) {
            named++;
            if (!strstr(manual, key))
                fail_msg("%s is not in docs/POLICY.md", key);
        }
        buf_free(&errors);
        arena_free(arena);
    }
    assert_int_equal(named, 7 + 5 + 3 + 2 + 2 + 2 + 7 + 27 + 13 + 4 + 2);
    free(manual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows),  cmocka_unit_test(test_rungs),
        cmocka_unit_test(test_duties),   cmocka_unit_test(test_files),
        cmocka_unit_test(test_too_many), cmocka_unit_test(test_manual_names_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
