/* A policy with a duty of every kind, for random lives. */
#ifndef TEST_CORE_POLICY_H
#define TEST_CORE_POLICY_H

#include "core/policy.h"

#define BEGIN ((instant_ms)1784000000000)

static const char *const duty[] = {"duty"}, *const boss[] = {"boss"};
static const struct directory people = {
    .roles = {[ROLE_OFFICE] = {duty, 1}, [ROLE_PRINCIPAL] = {boss, 1}}};
#define RUNG(name, from, ms, when, colour, does, role)                                             \
    {                                                                                              \
        .id = (name), .base = (from), .offset = (ms), .condition = (when), .lamp = (colour),       \
        .act = (does), .roles = ROLE_BIT(role)                                                     \
    }
static const struct rung rungs[] = {
    RUNG("start", RUNG_FROM_START, 0, IF_UNMET, LAMP_GREEN, RUNG_REMIND, ROLE_OFFICE),
    RUNG("start+30m", RUNG_FROM_START, 30 * MINUTE_MS, IF_UNACKNOWLEDGED, LAMP_GREEN, RUNG_REMIND,
         ROLE_OFFICE),
    RUNG("due-50%", RUNG_PERCENT_LEFT, 50, IF_UNMET, LAMP_YELLOW, RUNG_REMIND, ROLE_OFFICE),
    RUNG("due", RUNG_FROM_DUE, 0, IF_UNMET, LAMP_RED, RUNG_REMIND, ROLE_PRINCIPAL),
    RUNG("due+1h", RUNG_FROM_DUE, HOUR_MS, IF_UNMET, LAMP_RED, RUNG_SUPERVISE, ROLE_PRINCIPAL),
};
static const struct ladder ladder = {"l", rungs, 5};
static const char *const opinion[] = {"opinion"};
static const struct condition is_opinion[] = {{.field = FIELD_CASE_TYPE, .texts = opinion, .n = 1}};
#define HOURS(h)                                                                                   \
    {                                                                                              \
        WINDOW_TIME, (h)*HOUR_MS                                                                   \
    }
#define NO_WINDOW                                                                                  \
    {                                                                                              \
        WINDOW_NONE, 0                                                                             \
    }
#define WORKDAYS(d)                                                                                \
    {                                                                                              \
        WINDOW_WORKDAYS, (d)                                                                       \
    }
#define DAYS(d)                                                                                    \
    {                                                                                              \
        WINDOW_DAYS, (d)                                                                           \
    }
static const struct ladder none = {"none", NULL, 0};
static const char *const withdrawn[] = {"withdrawn"};
static const struct condition is_withdrawn[] = {{.field = FIELD_LABEL, .texts = withdrawn, .n = 1}};
static const char *const third_party[] = {"third_party", NULL};
static const char *const principal[] = {"principal", NULL};
static const struct rule rules[] = {
    {.id = "major",
     .title = "重大",
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_MAJOR,
     .start = {START_OCCURRED, START_DISCOVERED},
     .reference = START_DISCOVERED,
     .window = {NO_WINDOW, HOURS(5), HOURS(5), NO_WINDOW, NO_WINDOW},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "other",
     .title = "其他",
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_OTHER,
     .when = {is_opinion, 1},
     .start = {START_DISCOVERED},
     .window = {HOURS(48), NO_WINDOW, NO_WINDOW, HOURS(48), HOURS(48)},
     .satisfied_by = ACT_BIT(ACT_PUBLIC_RESPONSE) | ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "rolling",
     .title = "滚动",
     .per = PER_RELEASE,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_MAJOR,
     .after_acts = ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .start = {START_RELEASE},
     .window = {NO_WINDOW, HOURS(12), HOURS(24), NO_WINDOW, NO_WINDOW},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_ROLLING_UPDATE),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "days",
     .title = "工作日",
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .unless = {is_withdrawn, 1},
     .start = {START_RECEIVED, START_DISCOVERED},
     .window = {WORKDAYS(3), WORKDAYS(1), WORKDAYS(2), WORKDAYS(3), WORKDAYS(3)},
     .day_end = 17 * 60 + 30,
     .satisfied_by = ACT_BIT(ACT_FOI_ANSWER),
     .exclude = third_party,
     .restart = true,
     .extend = {.max = WORKDAYS(2), .times = 1, .approver = true},
     .waiver = {.by = principal, .reason = true},
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "each",
     .title = "每件答复",
     .per = PER_REPORT,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .start = {START_REPORT_LIMIT, START_REPORT_DISCOVERED},
     .window = {DAYS(2), DAYS(2), DAYS(2), DAYS(2), DAYS(2)},
     .day_end = 24 * 60,
     .roll = true,
     .satisfied_by = ACT_BIT(ACT_INDIVIDUAL_REPLY),
     .exclude = third_party,
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "sign",
     .title = "签收",
     .kind = RULE_TARGET,
     .per = PER_ASSIGNMENT,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .start = {START_ASSIGNMENT},
     .window = {HOURS(2), HOURS(1), HOURS(1), HOURS(2), HOURS(2)},
     .satisfied_by = ACT_BIT(ACT_ACKNOWLEDGE),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "asked",
     .title = "征求意见",
     .per = PER_EXCLUSION,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .start = {START_LETTER, START_EXCLUSION},
     .window = {WORKDAYS(1), WORKDAYS(1), WORKDAYS(1), WORKDAYS(1), WORKDAYS(1)},
     .day_end = 24 * 60,
     .satisfied_by = ACT_BIT(ACT_THIRD_PARTY_OPINION),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "kept",
     .title = "承诺",
     .per = PER_PROMISE,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .start = {START_PROMISE},
     .window = {HOURS(0), HOURS(0), HOURS(0), HOURS(0), HOURS(0)},
     .satisfied_by = ACT_BIT(ACT_PUBLICATION),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "then",
     .title = "随后",
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_ALL,
     .after = "days",
     .start = {START_AFTER},
     .window = {HOURS(24), HOURS(24), HOURS(24), HOURS(24), HOURS(24)},
     .satisfied_by = ACT_BIT(ACT_PUBLICATION),
     .backdated_after = 24 * HOUR_MS,
     .keep_on_correction = true,
     .ladder = &ladder},
    {.id = "after_close",
     .title = "评估",
     .kind = RULE_TARGET,
     .statuses = STATUS_BIT(CASE_CLOSED),
     .levels = LEVELS_ALL,
     .start = {START_CLOSED},
     .window = {WORKDAYS(2), WORKDAYS(2), WORKDAYS(2), WORKDAYS(2), WORKDAYS(2)},
     .day_end = 24 * 60,
     .satisfied_by = ACT_BIT(ACT_ASSESSMENT),
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
    {.id = "advice",
     .title = "带头发声",
     .kind = RULE_ADVISORY,
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_MAJOR,
     .start = {START_DISCOVERED},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .spoken_by = "principal",
     .backdated_after = 24 * HOUR_MS,
     .ladder = &none},
    {.id = "raised",
     .title = "升级起算",
     .statuses = STATUS_BIT(CASE_OPEN),
     .levels = LEVELS_MAJOR,
     .start = {START_DISCOVERED},
     .window = {NO_WINDOW, HOURS(6), HOURS(12), NO_WINDOW, NO_WINDOW},
     .satisfied_by = ACT_BIT(ACT_BRIEFING),
     .restart_on_upgrade = true,
     .keep_on_downgrade = true,
     .backdated_after = 24 * HOUR_MS,
     .ladder = &ladder},
};
#define RULES (sizeof(rules) / sizeof(rules[0]))
static struct policy policy = {.version = "test",
                               .zone = &zone_china,
                               .quiet = {22 * 60, 7 * 60, LEVELS_MAJOR},
                               .late_report_after = 2 * HOUR_MS,
                               .late_report_levels = LEVELS_MAJOR,
                               .rules = rules,
                               .rule_n = RULES,
                               .directory = &people};

#endif
