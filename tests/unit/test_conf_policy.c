/* The built-in rules, rung by rung, against the reference, typed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/limits.h"
#include "base/text.h"
#include "conf/conf.h"
#include "core/names.h"

static const char expected[] =
    "authoritative_release 权威信息发布 statutory levels 06 any"
    " start incident.occurred_at,case.discovered_at ref case.discovered_at"
    " window 0,300,300,0,0 by authoritative_release,press_conference, ladder hours5\n"
    " start: start+0m unmet green remind unit,office,\n"
    " start+30m: start+30m unacknowledged green remind unit_head,office,\n"
    " due-50%: left 50% unmet green remind unit,\n"
    " due-60m: due-60m unmet yellow remind unit,unit_head,office,publicity,\n"
    " due-15m: due-15m unmet yellow remind unit_head,office,\n"
    " due: due+0m unmet red remind unit_head,office,publicity,principal,\n"
    " due+30m: due+30m unmet red remind office,principal,\n"
    " due+60m: due+60m unmet red remind office,principal,\n"
    " due+90m: due+90m unmet red remind office,principal,\n"
    " due+120m: due+120m unmet red remind office,principal,\n"
    " due+150m: due+150m unmet red remind office,principal,\n"
    " due+180m: due+180m unmet red remind office,principal,\n"
    "press_conference 新闻发布会 statutory levels 06 any"
    " start incident.occurred_at,case.discovered_at ref case.discovered_at"
    " window 0,1440,1440,0,0 by press_conference, ladder hours24\n"
    " start: start+0m unmet green remind unit,publicity,\n"
    " due-8h: due-480m unmet green remind unit,\n"
    " due-3h: due-180m unmet yellow remind unit,unit_head,publicity,\n"
    " due-1h: due-60m unmet yellow remind unit_head,office,\n"
    " due: due+0m unmet red remind unit_head,office,principal,\n"
    " due+2h: due+120m unmet red remind office,supervision,\n"
    " due+4h: due+240m unmet red remind office,supervision,\n"
    " due+6h: due+360m unmet red remind office,supervision,\n"
    " due+8h: due+480m unmet red remind office,supervision,\n"
    " due+10h: due+600m unmet red remind office,supervision,\n"
    " due+12h: due+720m unmet red remind office,supervision,\n"
    "public_response 政务舆情回应 statutory levels 19 opinion"
    " start case.discovered_at ref "
    " window 2880,0,0,2880,2880 by authoritative_release,press_conference,briefing,"
    "public_response,media_interview, ladder hours48\n"
    " start: start+0m unmet green remind unit,\n"
    " due-24h: due-1440m unmet green remind unit,\n"
    " due-8h: due-480m unmet yellow remind unit,unit_head,\n"
    " due-2h: due-120m unmet yellow remind unit_head,office,\n"
    " due: due+0m unmet red remind unit_head,office,\n"
    " due+4h: due+240m unmet red supervise office,supervision,\n"
    " due+24h: due+1440m unmet red bulletin_draft supervision,\n"
    "rolling_update 滚动发布 statutory levels 06 any after authoritative_release,press_conference,"
    " start last_release ref "
    " window 0,720,1440,0,0 by authoritative_release,press_conference,briefing,rolling_update,"
    "written_qa, ladder rolling\n"
    " due-2h: due-120m unmet yellow remind unit,\n"
    " due: due+0m unmet red remind unit_head,office,\n";

static void put_bits(struct buf *out, const char *const *names, unsigned bits)
{
    for (unsigned i = 0; names[i]; i++) {
        if (bits & (1u << i))
            buf_printf(out, "%s,", names[i]);
    }
}

static void put_rung(struct buf *out, const struct rung *rung)
{
    static const char *const bases[] = {[RUNG_FROM_START] = "start", [RUNG_FROM_DUE] = "due"};

    buf_printf(out, " %s: ", rung->id);
    if (rung->base == RUNG_PERCENT_LEFT)
        buf_printf(out, "left %d%%", (int)rung->offset);
    else
        buf_printf(out, "%s%+dm", bases[rung->base], (int)(rung->offset / MINUTE_MS));
    buf_printf(out, " %s %s %s ", rung_condition_names[rung->condition], lamp_names[rung->lamp],
               rung_act_names[rung->act]);
    put_bits(out, role_names, rung->roles);
    buf_puts(out, "\n");
}

static void put_rule(struct buf *out, const struct rule *rule)
{
    buf_printf(out, "%s %s %s levels %02x %s", rule->id, rule->title_zh,
               rule_kind_names[rule->kind], rule->levels,
               rule->case_type ? rule->case_type : "any");
    assert_int_equal(rule->repeats, rule->after != 0);
    if (rule->repeats) {
        buf_puts(out, " after ");
        put_bits(out, act_kind_names, rule->after);
    }
    for (size_t i = 0; rule->start[i] != START_NONE; i++)
        buf_printf(out, "%s%s", i ? "," : " start ", clock_start_names[rule->start[i]]);
    buf_printf(out, " ref %s window ", clock_start_names[rule->reference]);
    for (int level = 0; level <= 4; level++)
        buf_printf(out, "%s%d", level ? "," : "", (int)(rule->window[level] / MINUTE_MS));
    buf_puts(out, " by ");
    put_bits(out, act_kind_names, rule->satisfied_by);
    buf_printf(out, " ladder %s\n", rule->ladder->id);
    for (size_t i = 0; i < rule->ladder->n; i++)
        put_rung(out, &rule->ladder->rungs[i]);
}

static void test_rules_are_those_of_the_domain(void **state)
{
    struct buf out = BUF_INIT(64 * 1024);
    struct policy policy;

    (void)state;
    policy_default(&policy);
    for (size_t i = 0; i < policy.rule_n; i++)
        put_rule(&out, &policy.rules[i]);
    assert_string_equal(out.data, expected);
    buf_free(&out);
}

static void test_the_rest_of_the_policy(void **state)
{
    struct policy policy;

    (void)state;
    policy_default(&policy);
    assert_string_equal(policy.version, "2026-11-01");
    assert_int_equal(policy.offset_min, 480);
    assert_int_equal(policy.quiet.from_min, 22 * 60);
    assert_int_equal(policy.quiet.to_min, 7 * 60);
    assert_int_equal(policy.quiet.never_levels, LEVEL_BIT(1) | LEVEL_BIT(2));
    assert_int_equal(policy.late_report_after, 2 * HOUR_MS);
    assert_int_equal(policy.late_report_levels, LEVEL_BIT(1) | LEVEL_BIT(2) | LEVEL_BIT(3));
    assert_int_equal(policy.backdated_after, 24 * HOUR_MS);
    assert_null(policy.directory);
    assert_string_equal(policy.rules[0].basis[0], "国办发〔2016〕80号（5小时）");
}

/* What the core relies on without looking. */
static void test_every_rule_holds_together(void **state)
{
    struct policy policy;

    (void)state;
    policy_default(&policy);
    assert_true(policy.rule_n <= LIMIT_RULES);
    for (size_t i = 0; i < policy.rule_n; i++) {
        const struct rule *rule = &policy.rules[i];
        const struct ladder *ladder = rule->ladder;

        assert_in_range(ladder->n, 1, LIMIT_RUNGS);
        assert_int_equal(rule->start[3], START_NONE);
        assert_non_null(rule->basis[0]);
        for (int level = 0; level <= 4; level++)
            assert_int_equal(rule->window[level] > 0, (rule->levels & LEVEL_BIT(level)) != 0);
        for (size_t j = 0; j < ladder->n; j++) {
            assert_true(ladder->rungs[j].roles != 0);
            for (size_t k = 0; k < j; k++)
                assert_false(text_equal(ladder->rungs[j].id, ladder->rungs[k].id));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_those_of_the_domain),
        cmocka_unit_test(test_the_rest_of_the_policy),
        cmocka_unit_test(test_every_rule_holds_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
