/* conf/policy.h: what policy files become, versions by day, and the archive. Expected values were
 * typed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <dirent.h>
#include <cmocka.h>
#include "base/limits.h"
#include "base/text.h"
#include "conf/conf.h"

static const char full[] =
    "policy: foi\n"
    "version: 2026-10-01\n"
    "effective: 2026-11-01\n"
    "title: 依申请公开\n"
    "settings:\n"
    "  quiet_hours: {from: \"22:00\", to: \"07:00\", never_for: [1, 2]}\n"
    "  late_report: {after: 2h, levels: [1, 2, 3, null]}\n"
    "  backdated_after: 36h\n"
    "  day_end: \"17:30\"\n"
    "  public_acts: {kinds: [briefing, article], require: url}\n"
    "ladders:\n"
    "  - id: all\n"
    "    rungs:\n"
    "      - {at: start, to: [unit, office]}\n"
    "      - {at: start+30m, if: unacknowledged, to: unit_head}\n"
    "      - {at: due-50%, to: unit}\n"
    "      - {at: due-90m, lamp: yellow, to: unit}\n"
    "      - {at: due-2wd 09:00, to: cac}\n"
    "      - {at: due, lamp: red, to: [office]}\n"
    "      - {at: due+1h, repeat: 30m, max: 3, to: principal}\n"
    "      - {at: due+1wd, repeat: 4wd, max: 2, act: urge_notice, to: supervision}\n"
    "obligations:\n"
    "  - id: answer\n"
    "    title: 答复\n"
    "    kind: statutory\n"
    "    per: report\n"
    "    when: {case_type: [foi], incident_level: [1, null], channel: [a, b], heat_at_least: 5}\n"
    "    unless: {label: withdrawn, exercise: true}\n"
    "    start: [report.received_at, case.discovered_at]\n"
    "    reference: case.discovered_at\n"
    "    window_by_level: {1: 20wd, null: 0wd}\n"
    "    day_end: \"24:00\"\n"
    "    roll: false\n"
    "    satisfied_by: [foi_answer]\n"
    "    spoken_by: principal\n"
    "    exclude: [third_party, other_agency]\n"
    "    restart: true\n"
    "    extend: {max: 20wd, times: 2, approver: required, notice: required}\n"
    "    waiver: {by: [principal], reason: required}\n"
    "    on_upgrade: restart\n"
    "    on_downgrade: keep\n"
    "    on_correction: keep\n"
    "    backdated_after: 48h\n"
    "    ladder: all\n"
    "    on_lapse: 依法决定\n"
    "    basis: [\"条例 art. 33\"]\n"
    "  - {id: next, title: n, kind: advisory, after: answer, window: until 03-31}\n"
    "  - {id: answer, title: v, per: report, basis: b, window: until 2026-12-31}\n"
    "  - {id: roll, title: r, kind: target, per: release, after_acts: briefing, window: 12h,\n"
    "     when: {case_status: [open, closed]}}\n";

static struct policies read_all(struct arena *arena, const struct policy_source *files, size_t n)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct policies policies = {.n = 0};
    int result = policies_read(files, n, arena, &policies, &errors);

    if (result < 0)
        fail_msg("%s", errors.data);
    assert_int_equal(errors.len, 0);
    return policies;
}

static struct policies read_full(struct arena *arena)
{
    const struct policy_source file = {"/etc/shixian/policy/foi.yaml", full, strlen(full)};

    return read_all(arena, &file, 1);
}

static int arena_setup(void **state)
{
    *state = arena_new(LIMIT_ARENA_BYTES);
    return 0;
}

static int arena_teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_settings(void **state)
{
    struct policies policies = read_full(*state);
    const struct policy *p = policies.items;

    assert_int_equal(policies.n, 1);
    assert_int_equal(p->effective, day_of_date(2026, 11, 1));
    assert_memory_equal(p->version, "2026-10-01+", 11);
    assert_int_equal(strlen(p->version), 19);
    assert_int_equal(p->quiet.from_min, 22 * 60);
    assert_int_equal(p->quiet.to_min, 7 * 60);
    assert_int_equal(p->quiet.never_levels, LEVELS_MAJOR);
    assert_int_equal(p->late_report_after, 2 * HOUR_MS);
    assert_int_equal(p->late_report_levels, LEVELS_ALL & ~LEVEL_BIT(4));
    assert_true(p->public_acts == (ACT_BIT(ACT_BRIEFING) | ACT_BIT(ACT_ARTICLE)));
    assert_true(p->need_url);
    assert_false(p->need_reviewer);
    assert_null(p->zone);
    assert_null(p->calendar);
    assert_null(p->directory);
}

static void assert_texts(const char *const *texts, const char *a, const char *b)
{
    assert_string_equal(texts[0], a);
    if (b)
        assert_string_equal(texts[1], b);
    assert_null(texts[b ? 2 : 1]);
}

static void test_every_key_of_a_duty(void **state)
{
    const struct rule *r = read_full(*state).items->rules;

    assert_string_equal(r->id, "answer");
    assert_string_equal(r->title, "答复");
    assert_int_equal(r->kind, RULE_STATUTORY);
    assert_int_equal(r->per, PER_REPORT);
    assert_int_equal(r->statuses, STATUS_BIT(CASE_OPEN));
    assert_int_equal(r->levels, LEVEL_BIT(0) | LEVEL_BIT(1));
    assert_int_equal(r->when.n, 3);
    assert_int_equal(r->when.items[0].field, FIELD_CASE_TYPE);
    assert_int_equal(r->when.items[0].n, 1);
    assert_string_equal(r->when.items[0].texts[0], "foi");
    assert_int_equal(r->when.items[1].field, FIELD_CHANNEL);
    assert_texts(r->when.items[1].texts, "a", "b");
    assert_int_equal(r->when.items[2].field, FIELD_HEAT);
    assert_int_equal(r->when.items[2].least, 5);
    assert_int_equal(r->unless.n, 2);
    assert_int_equal(r->unless.items[0].field, FIELD_LABEL);
    assert_string_equal(r->unless.items[0].texts[0], "withdrawn");
    assert_int_equal(r->unless.items[1].field, FIELD_EXERCISE);
    assert_int_equal(r->unless.items[1].bits, 1 << 1);
    assert_int_equal(r->start[0], START_REPORT_RECEIVED);
    assert_int_equal(r->start[1], START_DISCOVERED);
    assert_int_equal(r->start[2], START_NONE);
    assert_int_equal(r->reference, START_DISCOVERED);
    assert_int_equal(r->window[0].unit, WINDOW_WORKDAYS);
    assert_int_equal(r->window[0].n, 0);
    assert_int_equal(r->window[1].n, 20);
    assert_int_equal(r->window[2].unit, WINDOW_NONE);
    assert_int_equal(r->day_end, 1440);
    assert_false(r->roll);
    assert_true(r->satisfied_by == ACT_BIT(ACT_FOI_ANSWER));
    assert_string_equal(r->spoken_by, "principal");
    assert_texts(r->exclude, "third_party", "other_agency");
    assert_true(r->restart);
    assert_int_equal(r->extend.max.unit, WINDOW_WORKDAYS);
    assert_int_equal(r->extend.max.n, 20);
    assert_int_equal(r->extend.times, 2);
    assert_true(r->extend.approver && r->extend.notice);
    assert_texts(r->waiver.by, "principal", NULL);
    assert_true(r->waiver.reason);
    assert_true(r->restart_on_upgrade && r->keep_on_downgrade && r->keep_on_correction);
    assert_int_equal(r->backdated_after, 48 * HOUR_MS);
    assert_string_equal(r->ladder->id, "all");
    assert_string_equal(r->on_lapse, "依法决定");
    assert_texts(r->basis, "条例 art. 33", NULL);
}

static void test_what_a_file_leaves_unsaid(void **state)
{
    struct policies policies = read_full(*state);
    const struct rule *rules = policies.items->rules, *variant = rules[0].otherwise;

    assert_int_equal(policies.items->rule_n, 3);
    assert_string_equal(variant->title, "v");
    assert_null(variant->otherwise);
    assert_int_equal(variant->start[0], START_REPORT_RECEIVED);
    assert_int_equal(variant->start[1], START_REPORT_DISCOVERED);
    assert_int_equal(variant->start[2], START_NONE);
    assert_int_equal(variant->window[4].unit, WINDOW_DATE);
    assert_int_equal(variant->window[4].n, day_of_date(2026, 12, 31));
    assert_int_equal(variant->day_end, 17 * 60 + 30);
    assert_int_equal(variant->backdated_after, 36 * HOUR_MS);
    assert_int_equal(variant->levels, LEVELS_ALL);
    assert_true(variant->roll);
    assert_int_equal(variant->ladder->n, 0);
    assert_null(variant->exclude);
    assert_null(variant->waiver.by);
    assert_int_equal(variant->extend.max.unit, WINDOW_NONE);
    assert_string_equal(rules[1].after, "answer");
    assert_int_equal(rules[1].start[0], START_AFTER);
    assert_int_equal(rules[1].window[0].unit, WINDOW_YEARLY);
    assert_int_equal(rules[1].window[0].n, 331);
    assert_int_equal(rules[2].per, PER_RELEASE);
    assert_int_equal(rules[2].start[0], START_RELEASE);
    assert_true(rules[2].after_acts == ACT_BIT(ACT_BRIEFING));
    assert_int_equal(rules[2].statuses, STATUS_BIT(CASE_OPEN) | STATUS_BIT(CASE_CLOSED));
    assert_int_equal(policy_rule(policies.items, "roll") - rules, 2);
}

static void test_ladder(void **state)
{
    static const char expected[] = "start 0 0 0 - green unmet remind 5\n"
                                   "start+30m 0 30 0 - green unacknowledged remind 2\n"
                                   "due-50% 2 50% 0 - green unmet remind 1\n"
                                   "due-90m 1 -90 0 - yellow unmet remind 1\n"
                                   "due-2wd 09:00 1 0 -2 540 yellow unmet remind 16\n"
                                   "due 1 0 0 - red unmet remind 4\n"
                                   "due+1h 1 60 0 - red unmet remind 32\n"
                                   "due+90m 1 90 0 - red unmet remind 32\n"
                                   "due+2h 1 120 0 - red unmet remind 32\n"
                                   "due+1wd 1 0 1 - red unmet urge_notice 64\n"
                                   "due+5wd 1 0 5 - red unmet urge_notice 64\n";
    const struct ladder *ladder = read_full(*state).items->rules[0].ladder;
    struct buf out = BUF_INIT(4096);

    for (size_t i = 0; i < ladder->n; i++) {
        const struct rung *rung = &ladder->rungs[i];

        buf_printf(&out, "%s %d ", rung->id, (int)rung->base);
        if (rung->base == RUNG_PERCENT_LEFT)
            buf_printf(&out, "%d%% %d ", (int)rung->offset, rung->workdays);
        else
            buf_printf(&out, "%d %d ", (int)(rung->offset / MINUTE_MS), rung->workdays);
        if (rung->timed)
            buf_printf(&out, "%d ", rung->minute);
        else
            buf_puts(&out, "- ");
        buf_printf(&out, "%s %s %s %u\n", lamp_names[rung->lamp],
                   rung_condition_names[rung->condition], rung_act_names[rung->act], rung->roles);
    }
    assert_string_equal(out.data, expected);
    buf_free(&out);
}

#define FILE_OF(name, text)                                                                        \
    {                                                                                              \
        name, text, sizeof(text) - 1                                                               \
    }
#define OLD_A "policy: a\nversion: 2026-01-01\nobligations: [{id: x, title: old, kind: target}]\n"
#define NEW_A                                                                                      \
    "policy: a\nversion: 2026-05-01\neffective: 2026-07-01\n"                                      \
    "obligations: [{id: x, title: new, kind: target}]\n"
#define ONLY_B "policy: b\nversion: 2026-03-01\nobligations: [{id: y, title: b, kind: target}]\n"

static void test_versions_by_day(void **state)
{
    static const struct policy_source files[] = {
        FILE_OF("new.yaml", NEW_A), FILE_OF("old.yaml", OLD_A), FILE_OF("b.yaml", ONLY_B)};
    struct policies p = read_all(*state, files, 3);

    assert_int_equal(p.n, 3);
    assert_memory_equal(p.items[0].version, "2026-01-01+", 11);
    assert_memory_equal(p.items[1].version, "2026-03-01+", 11);
    assert_memory_equal(p.items[2].version, "2026-05-01+", 11);
    assert_int_equal(p.items[0].rule_n, 1);
    assert_int_equal(p.items[1].rule_n, 2);
    assert_string_equal(p.items[1].rules[0].title, "old");
    assert_string_equal(p.items[2].rules[0].title, "new");
    assert_ptr_equal(policies_at(&p, day_of_date(2020, 1, 1)), &p.items[0]);
    assert_ptr_equal(policies_at(&p, day_of_date(2026, 2, 28)), &p.items[0]);
    assert_ptr_equal(policies_at(&p, day_of_date(2026, 3, 1)), &p.items[1]);
    assert_ptr_equal(policies_at(&p, day_of_date(2026, 6, 30)), &p.items[1]);
    assert_ptr_equal(policies_at(&p, day_of_date(2026, 7, 1)), &p.items[2]);
    assert_ptr_equal(policies_find(&p, p.items[1].version), &p.items[1]);
    assert_null(policies_find(&p, "2026-05-01+00000000"));
    assert_string_equal(p.texts[0], "shixian-policy 1 1\n79 old.yaml\n" OLD_A "\n");
}

static void assert_same(const struct policy *a, const struct policy *b)
{
    assert_string_equal(a->version, b->version);
    assert_int_equal(a->effective, b->effective);
    assert_int_equal(a->rule_n, b->rule_n);
    for (size_t i = 0; i < a->rule_n; i++) {
        assert_string_equal(a->rules[i].id, b->rules[i].id);
        assert_memory_equal(a->rules[i].window, b->rules[i].window, sizeof(a->rules[i].window));
        assert_int_equal(a->rules[i].ladder->n, b->rules[i].ladder->n);
        assert_int_equal(!a->rules[i].otherwise, !b->rules[i].otherwise);
    }
}

static void test_archive(void **state)
{
    static const char *const wrong[] = {"", "shixian-policy 1 0\n", "shixian-policy 1 1\n",
                                        "shixian-policy 1 1\n5 a.yaml\nab\n",
                                        "shixian-policy 1 1\n999999999 a.yaml\nab\n"};
    struct policies policies = read_full(*state), builtin;
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct policy again;

    assert_int_equal(
        policy_from_text(policies.texts[0], strlen(policies.texts[0]), *state, &again, &errors), 0);
    assert_same(&again, policies.items);
    conf_builtin_policies(*state, &builtin);
    for (size_t i = 0; i < builtin.n; i++) {
        assert_int_equal(
            policy_from_text(builtin.texts[i], strlen(builtin.texts[i]), *state, &again, &errors),
            0);
        assert_same(&again, &builtin.items[i]);
    }
    assert_int_equal(errors.len, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        buf_clear(&errors);
        assert_true(policy_from_text(wrong[i], strlen(wrong[i]), *state, &again, &errors) < 0);
        assert_string_equal(errors.data, "archive:1:1: this file: is no archive of policy files, "
                                         "expected one as it was written\n");
    }
    buf_free(&errors);
}

/* The files of a folder are those that are built in. */
static void assert_folder(const char *folder, const char *end, const struct policies *builtin,
                          size_t expected)
{
    DIR *dir = opendir(folder);
    size_t n = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        char line[300];

        if (!dot || !text_equal(dot, end))
            continue;
        n++;
        snprintf(line, sizeof(line), " %s\n", entry->d_name);
        if (builtin && !strstr(builtin->texts[builtin->n - 1], line))
            fail_msg("%s/%s is not in daemon/conf/builtin.c", folder, entry->d_name);
    }
    closedir(dir);
    assert_int_equal(n, expected);
}

static void test_builtin(void **state)
{
    const struct policy *p = conf_builtin(*state);
    struct policies builtin;

    conf_builtin_policies(*state, &builtin);
    assert_folder("config/policy", ".yaml", &builtin, 10);
    assert_folder("config/calendar", ".csv", NULL, 3);
    assert_string_equal(p->version, builtin.items[builtin.n - 1].version);
    assert_ptr_equal(p->zone, &zone_china);
    for (int year = 2024; year <= 2026; year++)
        assert_true(calendar_covers(p->calendar, day_of_date(year, 5, 1)));
    assert_int_equal(p->directory->unit_n, 0);
    for (size_t i = 0; i < p->rule_n; i++)
        assert_true(p->rules[i].kind != RULE_STATUTORY || p->rules[i].basis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_every_key_of_a_duty),
        cmocka_unit_test(test_what_a_file_leaves_unsaid),
        cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_versions_by_day),
        cmocka_unit_test(test_archive),
        cmocka_unit_test(test_builtin),
    };

    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
