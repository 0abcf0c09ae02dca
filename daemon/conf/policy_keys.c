/* Every key of a policy file. docs/POLICY.md explains each; a test compares the two. */
#include "base/text.h"
#include "conf/check.h"
#include "conf/policy_draft.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EXPECT_WORD "1 to 64 of a-z 0-9 _"
#define EXPECT_DATE "a date of 1970 to 2199 such as 2026-11-01"
#define EXPECT_CLOCK "a time such as \"22:00\""
#define EXPECT_HOURS "hours or minutes such as 24h"
#define EXPECT_DAY_END "a time from \"00:01\" to \"24:00\""
#define EXPECT_LIMIT                                                                               \
    "a limit such as 5h, 90m, 60d, 20wd, until 2026-12-31 or until 03-31 "                         \
    "(at most 10 years of hours, 36500d, 3650wd)"
#define EXPECT_DISTANCE "a length such as 20wd, 60d, 5h or 90m"
#define EXPECT_KINDS "a list of kinds of act, such as [public_response]"
#define EXPECT_ROLES "a list of roles, such as [unit, office]"
#define EXPECT_LEVELS "a list of levels, such as [1, 2]"

/* A list of names that become bits of one number. */
#define BITS(what, table, hidden, where)                                                           \
    .expects = (what), .type = KEY_LIST, .flags = KEY_ONE | KEY_MERGED, .offset = (where),         \
    .check = check_bits, .names = (table), .skip = (hidden), .limit = 64
/* The same of levels, null among them. */
#define LEVELS(what, where)                                                                        \
    .expects = (what), .type = KEY_LIST, .flags = KEY_ONE | KEY_MERGED | KEY_NULLS,                \
    .offset = (where), .check = check_bits, .names = level_names, .limit = 64
/* A list of texts that end with a NULL. */
#define TEXTS(what, one, where, read)                                                              \
    .expects = (what), .each = (one), .type = KEY_LIST, .flags = KEY_ONE | KEY_UNIQUE,             \
    .offset = (where) + offsetof(struct texts, items),                                             \
    .count_offset = (where) + offsetof(struct texts, n), .check = (read),                          \
    .size = sizeof(const char *), .limit = LIMIT_CONDITION_TEXTS

static const char *const level_names[] = {"null", "1", "2", "3", "4", NULL};
static const char *const bool_names[] = {"false", "true", NULL};
static const char *const required_names[] = {"optional", "required", NULL};
static const char *const upgrade_names[] = {"keep_start", "restart", NULL};
static const char *const downgrade_names[] = {"cancel", "keep", NULL};
static const char *const correction_names[] = {"recompute", "keep", NULL};
static const char *const require_names[] = {"url", "reviewer", NULL};

#define STATUS_NONE (STATUS_BIT(CASE_NONE) | STATUS_BIT(CASE_INVALID) | STATUS_BIT(CASE_MERGED))
#define CLOCKS_NONE (ACT_BIT(START_NONE) | ACT_BIT(START_RAISED) | ACT_BIT(START_RESTARTED))

/* --- settings --------------------------------------------------------------------------------- */

static const struct key quiet_keys[] = {
    {.name = "from",
     .expects = EXPECT_CLOCK,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct settings_draft, quiet_from),
     .check = check_clock},
    {.name = "to",
     .expects = EXPECT_CLOCK,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct settings_draft, quiet_to),
     .check = check_clock},
    {.name = "never_for", LEVELS(EXPECT_LEVELS, offsetof(struct settings_draft, never_levels))},
};
static const struct section quiet_section = SECTION(quiet_keys, NULL);

static const struct key late_keys[] = {
    {.name = "after",
     .expects = EXPECT_HOURS,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct settings_draft, late_after),
     .check = check_hours},
    {.name = "levels", LEVELS(EXPECT_LEVELS, offsetof(struct settings_draft, late_levels))},
};

static void late_finish(struct reader *r, const struct at *at, void *target)
{
    struct settings_draft *settings = target;
    struct at levels = at_child(r, at, "levels");

    if (!levels.node)
        settings->late_levels = LEVELS_ALL;
}

static const struct section late_section = SECTION(late_keys, late_finish);

static const struct key public_keys[] = {
    {.name = "kinds",
     BITS(EXPECT_KINDS, act_kind_names, 0, offsetof(struct settings_draft, public_acts))},
    {.name = "require",
     BITS("a list of what they need: url, reviewer", require_names, 0,
          offsetof(struct settings_draft, require))},
};

static void public_finish(struct reader *r, const struct at *at, void *target)
{
    struct settings_draft *settings = target;

    settings->kinds_given = at_child(r, at, "kinds").node != NULL;
    settings->require_given = at_child(r, at, "require").node != NULL;
}

static const struct section public_section = SECTION(public_keys, public_finish);

static const struct key settings_keys[] = {
    {.name = "quiet_hours",
     .expects = "a mapping of from, to, never_for",
     .type = KEY_MAP,
     .flags = KEY_WHOLE,
     .section = &quiet_section},
    {.name = "late_report",
     .expects = "a mapping of after, levels",
     .type = KEY_MAP,
     .flags = KEY_WHOLE,
     .section = &late_section},
    {.name = "backdated_after",
     .expects = EXPECT_HOURS,
     .offset = offsetof(struct settings_draft, backdated_after),
     .check = check_hours},
    {.name = "day_end",
     .expects = EXPECT_DAY_END,
     .offset = offsetof(struct settings_draft, day_end),
     .check = check_day_end},
    {.name = "public_acts",
     .expects = "a mapping of kinds, require",
     .type = KEY_MAP,
     .flags = KEY_WHOLE,
     .section = &public_section},
};
static const struct section settings_section = SECTION(settings_keys, NULL);

/* --- ladders ---------------------------------------------------------------------------------- */

static const struct key rung_keys[] = {
    {.name = "at",
     .expects = "start, start+30m, due-50%, due-60m, due-2wd, \"due 09:00\", \"due-2wd 09:00\", "
                "due, due+30m or due+1wd",
     .flags = KEY_REQUIRED,
     .check = check_at},
    {.name = "if",
     .expects = "a condition",
     .offset = offsetof(struct rung_draft, rung.condition),
     .check = check_name_of,
     .names = rung_condition_names},
    {.name = "lamp",
     .expects = "a lamp",
     .offset = offsetof(struct rung_draft, lamp),
     .check = check_lamp,
     .names = lamp_names},
    {.name = "act",
     .expects = "what is done",
     .offset = offsetof(struct rung_draft, rung.act),
     .check = check_name_of,
     .names = rung_act_names},
    {.name = "repeat", .expects = "30m, 2h or 1wd", .check = check_repeat},
    {.name = "max",
     .expects = "how many rungs this makes, from 1 to 100",
     .offset = offsetof(struct rung_draft, max),
     .check = check_count},
    {.name = "to",
     .expects = EXPECT_ROLES,
     .type = KEY_LIST,
     .flags = KEY_ONE | KEY_MERGED | KEY_REQUIRED,
     .offset = offsetof(struct rung_draft, roles),
     .check = check_bits,
     .names = role_names,
     .limit = 64},
};
static const struct section rung_section = SECTION(rung_keys, NULL);

static const struct key ladder_keys[] = {
    {.name = "id",
     .expects = EXPECT_WORD,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct ladder_draft, id),
     .check = check_word},
    {.name = "rungs",
     .expects = "a list of rungs, each with at and to",
     .type = KEY_LIST,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct ladder_draft, rungs),
     .section = &rung_section,
     .count_offset = offsetof(struct ladder_draft, n),
     .size = sizeof(struct rung_draft),
     .limit = LIMIT_RUNGS},
};
static const struct section ladder_section = SECTION(ladder_keys, ladder_finish);

/* --- obligations ------------------------------------------------------------------------------ */

#define CONDITION_TEXTS(field, what, one, read)                                                    \
    TEXTS(what, one, offsetof(struct conditions_draft, texts[field]), read)
#define CONDITION_BITS(field, what, table, hidden)                                                 \
    BITS(what, table, hidden, offsetof(struct conditions_draft, bits[field]))
#define EXPECT_LABEL "1 to 256 bytes, as in events"
#define EXPECT_DIVISION "2 to 12 digits, with which the division code begins"

static const struct key condition_keys[] = {
    {.name = "case_type",
     CONDITION_TEXTS(FIELD_CASE_TYPE, "a list of types of case, such as [opinion]", EXPECT_LABEL,
                     check_label)},
    {.name = "incident_category",
     CONDITION_BITS(FIELD_CATEGORY, "a list of categories, such as [natural]",
                    incident_category_names, ACT_BIT(CATEGORY_NONE))},
    {.name = "incident_level",
     LEVELS("a list of levels, such as [1, 2] or [3, 4, null]",
            offsetof(struct conditions_draft, bits[FIELD_LEVEL]))},
    {.name = "channel",
     CONDITION_TEXTS(FIELD_CHANNEL, "a list of channels, such as [hotline_12345]", EXPECT_LABEL,
                     check_label)},
    {.name = "topic", CONDITION_TEXTS(FIELD_TOPIC, "a list of topics", EXPECT_LABEL, check_label)},
    {.name = "region",
     CONDITION_TEXTS(FIELD_REGION, "a list of division codes, such as [\"9901\"]", EXPECT_DIVISION,
                     check_division)},
    {.name = "label",
     CONDITION_TEXTS(FIELD_LABEL, "a list of labels, such as [serious]", EXPECT_LABEL,
                     check_label)},
    {.name = "lead_unit",
     CONDITION_TEXTS(FIELD_LEAD_UNIT, "a list of units", EXPECT_LABEL, check_label)},
    {.name = "source",
     CONDITION_TEXTS(FIELD_SOURCE, "a list of what sources begin with", EXPECT_LABEL, check_label)},
    {.name = "heat_at_least", .expects = "a whole number from 0", .check = check_heat},
    {.name = "exercise", CONDITION_BITS(FIELD_EXERCISE, "true or false", bool_names, 0)},
    {.name = "case_status",
     CONDITION_BITS(FIELD_STATUS, "a list of statuses: open, closed", case_status_names,
                    STATUS_NONE)},
    {.name = "exclusion",
     CONDITION_TEXTS(FIELD_EXCLUSION, "a list of kinds of exclusion, such as [third_party]",
                     EXPECT_WORD, check_word)},
};
static const struct section condition_section = SECTION(condition_keys, NULL);

#define BY_LEVEL(level_name, level)                                                                \
    {                                                                                              \
        .name = (level_name), .expects = EXPECT_LIMIT,                                             \
        .offset = offsetof(struct rule_draft, by_level[level]), .check = check_limit               \
    }

static const struct key by_level_keys[] = {
    BY_LEVEL("1", 1), BY_LEVEL("2", 2), BY_LEVEL("3", 3), BY_LEVEL("4", 4), BY_LEVEL("null", 0),
};
static const struct section by_level_section = SECTION(by_level_keys, NULL);

static const struct key extend_keys[] = {
    {.name = "max",
     .expects = EXPECT_DISTANCE,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct rule_draft, rule.extend.max),
     .check = check_distance},
    {.name = "times",
     .expects = "a whole number from 1 to 100",
     .fallback = FALLBACK("1"),
     .offset = offsetof(struct rule_draft, rule.extend.times),
     .check = check_count},
    {.name = "approver",
     .expects = "required or optional",
     .offset = offsetof(struct rule_draft, rule.extend.approver),
     .check = check_choice,
     .names = required_names},
    {.name = "notice",
     .expects = "required or optional",
     .offset = offsetof(struct rule_draft, rule.extend.notice),
     .check = check_choice,
     .names = required_names},
};
static const struct section extend_section = SECTION(extend_keys, NULL);

static const struct key waiver_keys[] = {
    {.name = "by",
     TEXTS("a list of who may waive it, such as [principal]", EXPECT_LABEL,
           offsetof(struct rule_draft, waiver_by), check_label)},
    {.name = "reason",
     .expects = "required or optional",
     .offset = offsetof(struct rule_draft, rule.waiver.reason),
     .check = check_choice,
     .names = required_names},
};

static void waiver_finish(struct reader *r, const struct at *at, void *target)
{
    const struct rule_draft *draft = target;
    struct at by = at_child(r, at, "by");

    if (draft->waiver_by.n == 0 && (!by.node || by.node->type == YAML_SEQUENCE_NODE))
        reader_error(r, &by, "names nobody, expected %s", waiver_keys[0].expects);
}

static const struct section waiver_section = SECTION(waiver_keys, waiver_finish);

/* One of names. */
#define CHOICE(where, read, table, hidden)                                                         \
    .expects = "one name", .offset = offsetof(struct rule_draft, where), .check = (read),          \
    .names = (table), .skip = (hidden)

static const struct key rule_keys[] = {
    {.name = "id",
     .expects = EXPECT_WORD,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct rule_draft, rule.id),
     .check = check_word},
    {.name = "title",
     .expects = "1 to 1024 bytes, shown to people",
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct rule_draft, rule.title),
     .check = check_name},
    {.name = "kind", CHOICE(rule.kind, check_name_of, rule_kind_names, 0)},
    {.name = "per", CHOICE(rule.per, check_name_of, per_names, 0)},
    {.name = "when",
     .expects = "a mapping of conditions, such as case_type: [opinion]",
     .type = KEY_MAP,
     .offset = offsetof(struct rule_draft, when),
     .section = &condition_section},
    {.name = "unless",
     .expects = "a mapping of conditions, such as label: [withdrawn]",
     .type = KEY_MAP,
     .offset = offsetof(struct rule_draft, unless),
     .section = &condition_section},
    {.name = "after",
     .expects = "the id of another duty: " EXPECT_WORD,
     .offset = offsetof(struct rule_draft, rule.after),
     .check = check_word},
    {.name = "after_acts",
     BITS(EXPECT_KINDS, act_kind_names, 0, offsetof(struct rule_draft, rule.after_acts))},
    {.name = "start",
     .expects = "a list of at most 5 starts, such as [case.received_at]",
     .type = KEY_LIST,
     .flags = KEY_ONE | KEY_MERGED,
     .offset = offsetof(struct rule_draft, rule.start),
     .check = check_start,
     .names = clock_start_names,
     .skip = CLOCKS_NONE,
     .limit = COUNT(((struct rule *)NULL)->start) - 1},
    {.name = "reference", CHOICE(rule.reference, check_name_of, clock_start_names, CLOCKS_NONE)},
    {.name = "window",
     .expects = EXPECT_LIMIT,
     .flags = KEY_NULLABLE,
     .offset = offsetof(struct rule_draft, window),
     .check = check_limit},
    {.name = "window_by_level",
     .expects = "a mapping of levels to limits, such as {1: 12h, 2: 24h}",
     .type = KEY_MAP,
     .section = &by_level_section},
    {.name = "day_end",
     .expects = EXPECT_DAY_END,
     .offset = offsetof(struct rule_draft, rule.day_end),
     .check = check_day_end},
    {.name = "roll",
     .expects = "true or false",
     .fallback = FALLBACK("true"),
     .offset = offsetof(struct rule_draft, rule.roll),
     .check = check_bool},
    {.name = "satisfied_by",
     BITS(EXPECT_KINDS, act_kind_names, 0, offsetof(struct rule_draft, rule.satisfied_by))},
    {.name = "spoken_by",
     .expects = EXPECT_LABEL,
     .offset = offsetof(struct rule_draft, rule.spoken_by),
     .check = check_label},
    {.name = "exclude",
     TEXTS("a list of kinds of exclusion, such as [third_party]", EXPECT_WORD,
           offsetof(struct rule_draft, exclude), check_word)},
    {.name = "restart",
     .expects = "true or false",
     .offset = offsetof(struct rule_draft, rule.restart),
     .check = check_bool},
    {.name = "extend",
     .expects = "a mapping of max, times, approver, notice",
     .type = KEY_MAP,
     .flags = KEY_WHOLE,
     .section = &extend_section},
    {.name = "waiver",
     .expects = "a mapping of by, reason",
     .type = KEY_MAP,
     .flags = KEY_WHOLE,
     .section = &waiver_section},
    {.name = "on_upgrade", CHOICE(rule.restart_on_upgrade, check_choice, upgrade_names, 0)},
    {.name = "on_downgrade", CHOICE(rule.keep_on_downgrade, check_choice, downgrade_names, 0)},
    {.name = "on_correction", CHOICE(rule.keep_on_correction, check_choice, correction_names, 0)},
    {.name = "backdated_after",
     .expects = EXPECT_HOURS,
     .offset = offsetof(struct rule_draft, rule.backdated_after),
     .check = check_hours},
    {.name = "ladder",
     .expects = "the id of one of its ladders",
     .offset = offsetof(struct rule_draft, ladder),
     .check = check_ladder},
    {.name = "on_lapse",
     .expects = "1 to 1024 bytes, shown to people",
     .offset = offsetof(struct rule_draft, rule.on_lapse),
     .check = check_name},
    {.name = "basis",
     TEXTS("a list of legal sources, such as [\"政府信息公开条例 art. 33\"]", "1 to 1024 bytes",
           offsetof(struct rule_draft, basis), check_name)},
};
static const struct section rule_section = SECTION(rule_keys, rule_finish);

/* --- the file --------------------------------------------------------------------------------- */

static const struct key file_keys[] = {
    {.name = "policy",
     .expects = "the name of the field, such as opinion: " EXPECT_WORD,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct policy_draft, field),
     .check = check_word},
    {.name = "version",
     .expects = EXPECT_DATE,
     .flags = KEY_REQUIRED,
     .offset = offsetof(struct policy_draft, version),
     .check = check_date},
    {.name = "effective",
     .expects = EXPECT_DATE,
     .offset = offsetof(struct policy_draft, effective),
     .check = check_date},
    {.name = "title",
     .expects = "1 to 1024 bytes, shown to people",
     .offset = offsetof(struct policy_draft, title),
     .check = check_name},
    {.name = "settings",
     .expects = "a mapping of quiet_hours, late_report, backdated_after, day_end, public_acts",
     .type = KEY_MAP,
     .offset = offsetof(struct policy_draft, settings),
     .section = &settings_section},
    /* Before obligations, which refer to them. */
    {.name = "ladders",
     .expects = "a list of ladders, each with id and rungs",
     .type = KEY_LIST,
     .flags = KEY_UNIQUE,
     .offset = offsetof(struct policy_draft, ladders),
     .section = &ladder_section,
     .count_offset = offsetof(struct policy_draft, ladder_n),
     .size = sizeof(struct ladder_draft),
     .limit = LIMIT_LADDERS},
    {.name = "obligations",
     .expects = "a list of duties, each with id and title",
     .type = KEY_LIST,
     .offset = offsetof(struct policy_draft, rules),
     .section = &rule_section,
     .count_offset = offsetof(struct policy_draft, rule_n),
     .size = sizeof(struct rule_draft),
     .limit = LIMIT_VARIANTS},
};

/* Whether the day was written as one; `effective` may be left to `version`. */
static bool day_known(const struct at *at, day_no day)
{
    char text[12];

    day_format(day, text);
    return at->node && at->node->type == YAML_SCALAR_NODE &&
           text_equal((const char *)at->node->data.scalar.value, text);
}

static void file_finish(struct reader *r, const struct at *at, void *target)
{
    struct policy_draft *file = target;
    struct at field = at_child(r, at, "policy"), settings = at_child(r, at, "settings");
    struct at version = at_child(r, at, "version"), effective = at_child(r, at, "effective");

    file->read = at->node != NULL;
    file->has_settings = settings.node != NULL;
    file->place = place_of(r, &field);
    file->settings_place = place_of(r, &settings);
    if (!effective.node)
        file->effective = file->version;
    file->dated = day_known(&version, file->version) &&
                  (!effective.node || day_known(&effective, file->effective));
}

const struct section policy_section = SECTION(file_keys, file_finish);
