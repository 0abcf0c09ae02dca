/* conf/conf.h: the policy and calendar files that shixian.yaml names. */
#include "test_conf_fixture.h"

#include <errno.h>
#include "base/text.h"

#define POLICY_A                                                                                   \
    "policy: a\nversion: 2026-11-01\nladders: [{id: l, rungs: [{at: start, to: cac}]}]\n"          \
    "obligations: [{id: x, title: t, kind: target, ladder: l}]\n"
#define POLICY_B "policy: b\nversion: 2026-12-01\nobligations: [{id: y, title: t, kind: target}]\n"
#define NOBODY "c.yaml:1:1: receivers: nobody will be told, expected at least one receiver\n"

static void expect(const struct place *place, const char *yaml, const char *errors)
{
    struct loaded got = load(place, yaml);

    assert_string_equal(got.errors.data, errors);
    assert_int_equal(got.result, errors[0] ? -EINVAL : 0);
    loaded_free(&got);
}

static void test_policies(void **state)
{
    struct loaded got;

    place_puts(*state, "a.yaml", POLICY_A);
    place_puts(*state, "b.yaml", POLICY_B);
    got = load(*state, "policy: [a.yaml, b.yaml]\ntimezone: +09:00\n");
    assert_string_equal(got.errors.data, "");
    assert_string_equal(got.warnings.data, NOBODY);
    assert_int_equal(got.conf->policies.n, 2);
    assert_int_equal(got.conf->policies.items[1].rule_n, 2);
    assert_string_equal(got.conf->policies.items[1].rules[1].id, "y");
    assert_ptr_equal(got.conf->policies.items[1].zone, got.conf->zone);
    assert_ptr_equal(got.conf->policies.items[1].directory, got.conf->directory);
    assert_int_equal(got.conf->zone->offset_min, 540);
    loaded_free(&got);
    got = load(*state, "policy: a.yaml\n");
    assert_int_equal(got.conf->policies.items[0].rule_n, 1);
    loaded_free(&got);
}

/* Of every version: what only an old one tells must reach somebody too. */
static void test_roles_of_all_versions_are_looked_at(void **state)
{
    struct loaded got;

    place_puts(*state, "a.yaml", POLICY_A);
    place_puts(*state, "b.yaml", "policy: a\nversion: 2026-12-01\n");
    got = load(*state, "policy: [a.yaml, b.yaml]\n"
                       "receivers: [{id: r, url: http://h}]\n"
                       "targets: {office: r}\n");
    assert_string_equal(got.errors.data, "c.yaml:3:19: targets.office: is text, expected a list of "
                                         "ids of receivers, such as [duty]\n"
                                         "c.yaml:3:19: targets.office: reaches nobody, expected a "
                                         "list of ids of receivers, such as [duty]\n");
    loaded_free(&got);
    got = load(*state, "policy: [a.yaml, b.yaml]\n"
                       "receivers: [{id: r, url: http://h}]\n"
                       "targets: {office: [r]}\n");
    assert_string_equal(got.errors.data, "");
    assert_non_null(strstr(got.warnings.data, "c.yaml:3:10: targets.cac: reaches nobody, "));
    assert_null(strstr(got.warnings.data, "targets.unit"));
    loaded_free(&got);
}

static void test_errors_name_their_file(void **state)
{
    place_puts(*state, "a.yaml", "policy: a\nversion: x\n");
    place_puts(*state, "b.yaml", POLICY_B);
    place_puts(*state, "d.csv", "date,type,name\n2026-01-01,off,元旦\n");
    expect(*state, "log_level: inf\npolicy: [a.yaml, b.yaml]\n",
           "a.yaml:2:10: version: \"x\" is no date, expected a date of 1970 to 2199 such as "
           "2026-11-01\n"
           "c.yaml:1:12: log_level: \"inf\" is no level (did you mean \"info\"?), expected one of: "
           "error, warning, notice, info, debug\n");
    expect(*state, "policy: [b.yaml, none.yaml]\n",
           "c.yaml:1:18: policy[1]: \"none.yaml\" cannot be read: No such file or directory, "
           "expected a file\n");
    expect(*state, "policy: []\n",
           "c.yaml:1:9: policy: is empty, expected a file, or no such key "
           "for the built-in ones\n");
    expect(*state, "policy: [b.yaml, b.yaml]\n",
           "b.yaml:1:9: policy: \"b\" takes effect on 2026-12-01 in b.yaml already, expected one "
           "file of a field for each day\n"
           "c.yaml:1:18: policy[1]: \"b.yaml\" stands in policy[0] already, expected each only "
           "once\n");
    expect(*state, "calendar: {national: [d.csv, e.csv]}\n",
           "c.yaml:1:30: calendar.national[1]: \"e.csv\" cannot be read: No such file or "
           "directory, expected a file\n");
    expect(*state, "timezone: Asia/Shangai\n",
           "c.yaml:1:11: timezone: \"Asia/Shangai\" is not in /usr/share/zoneinfo/ (did you mean "
           "\"Asia/Shanghai\"?), expected an offset from UTC such as \"+08:00\", or a zone such as "
           "\"Asia/Shanghai\"\n");
}

static void test_calendars(void **state)
{
    struct loaded got, other;

    place_puts(*state, "d.csv", "date,type,name\n2026-01-01,off,元旦\n");
    place_puts(*state, "e.csv", "date,type,name\n2026-04-13,off,泼水节\n");
    got = load(*state, "calendar: {national: d.csv, local: [e.csv]}\n");
    assert_string_equal(got.errors.data, "");
    assert_true(calendar_covers(got.conf->calendar, day_of_date(2026, 4, 13)));
    assert_false(calendar_covers(got.conf->calendar, day_of_date(2025, 4, 13)));
    assert_false(calendar_is_workday(got.conf->calendar, day_of_date(2026, 4, 13)));
    other = load(*state, "calendar: {local: e.csv}\n");
    assert_string_equal(other.errors.data, "");
    assert_true(calendar_covers(other.conf->calendar, day_of_date(2025, 4, 13)));
    assert_false(
        text_equal(calendar_version(got.conf->calendar), calendar_version(other.conf->calendar)));
    loaded_free(&got);
    loaded_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_policies, place_new, place_free),
        cmocka_unit_test_setup_teardown(test_roles_of_all_versions_are_looked_at, place_new,
                                        place_free),
        cmocka_unit_test_setup_teardown(test_errors_name_their_file, place_new, place_free),
        cmocka_unit_test_setup_teardown(test_calendars, place_new, place_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
