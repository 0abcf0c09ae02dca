/* The built-in rules. Hours and levels are those of 国办发〔2016〕61号 and 80号; the ladders, the
 * rolling intervals and the quiet hours are our proposal: no national text gives any. */
#include "conf/conf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define UNIT ROLE_BIT(ROLE_UNIT)
#define HEAD ROLE_BIT(ROLE_UNIT_HEAD)
#define OFFICE ROLE_BIT(ROLE_OFFICE)
#define PUBLICITY ROLE_BIT(ROLE_PUBLICITY)
#define PRINCIPAL ROLE_BIT(ROLE_PRINCIPAL)
#define SUPERVISION ROLE_BIT(ROLE_SUPERVISION)

#define REMIND(name, from, at, colour, whom)                                                       \
    {                                                                                              \
        .id = (name), .base = (from), .offset = (at), .lamp = (colour), .roles = (whom)            \
    }
#define AT_START(whom) REMIND("start", RUNG_FROM_START, 0, LAMP_GREEN, whom)
#define AT_DUE(whom) REMIND("due", RUNG_FROM_DUE, 0, LAMP_RED, whom)
#define BEFORE_DUE(name, span, colour, whom) REMIND(name, RUNG_FROM_DUE, -(span), colour, whom)
#define AFTER_DUE(name, span, whom) REMIND(name, RUNG_FROM_DUE, span, LAMP_RED, whom)

static const struct rung hours5_rungs[] = {
    AT_START(UNIT | OFFICE),
    {.id = "start+30m",
     .base = RUNG_FROM_START,
     .offset = 30 * MINUTE_MS,
     .condition = IF_UNACKNOWLEDGED,
     .lamp = LAMP_GREEN,
     .roles = HEAD | OFFICE},
    REMIND("due-50%", RUNG_PERCENT_LEFT, 50, LAMP_GREEN, UNIT),
    BEFORE_DUE("due-60m", 60 * MINUTE_MS, LAMP_YELLOW, UNIT | HEAD | OFFICE | PUBLICITY),
    BEFORE_DUE("due-15m", 15 * MINUTE_MS, LAMP_YELLOW, HEAD | OFFICE),
    AT_DUE(HEAD | OFFICE | PUBLICITY | PRINCIPAL),
    AFTER_DUE("due+30m", 30 * MINUTE_MS, OFFICE | PRINCIPAL),
    AFTER_DUE("due+60m", 60 * MINUTE_MS, OFFICE | PRINCIPAL),
    AFTER_DUE("due+90m", 90 * MINUTE_MS, OFFICE | PRINCIPAL),
    AFTER_DUE("due+120m", 120 * MINUTE_MS, OFFICE | PRINCIPAL),
    AFTER_DUE("due+150m", 150 * MINUTE_MS, OFFICE | PRINCIPAL),
    AFTER_DUE("due+180m", 180 * MINUTE_MS, OFFICE | PRINCIPAL),
};

static const struct rung hours24_rungs[] = {
    AT_START(UNIT | PUBLICITY),
    BEFORE_DUE("due-8h", 8 * HOUR_MS, LAMP_GREEN, UNIT),
    BEFORE_DUE("due-3h", 3 * HOUR_MS, LAMP_YELLOW, UNIT | HEAD | PUBLICITY),
    BEFORE_DUE("due-1h", 1 * HOUR_MS, LAMP_YELLOW, HEAD | OFFICE),
    AT_DUE(HEAD | OFFICE | PRINCIPAL),
    AFTER_DUE("due+2h", 2 * HOUR_MS, OFFICE | SUPERVISION),
    AFTER_DUE("due+4h", 4 * HOUR_MS, OFFICE | SUPERVISION),
    AFTER_DUE("due+6h", 6 * HOUR_MS, OFFICE | SUPERVISION),
    AFTER_DUE("due+8h", 8 * HOUR_MS, OFFICE | SUPERVISION),
    AFTER_DUE("due+10h", 10 * HOUR_MS, OFFICE | SUPERVISION),
    AFTER_DUE("due+12h", 12 * HOUR_MS, OFFICE | SUPERVISION),
};

static const struct rung hours48_rungs[] = {
    AT_START(UNIT),
    BEFORE_DUE("due-24h", 24 * HOUR_MS, LAMP_GREEN, UNIT),
    BEFORE_DUE("due-8h", 8 * HOUR_MS, LAMP_YELLOW, UNIT | HEAD),
    BEFORE_DUE("due-2h", 2 * HOUR_MS, LAMP_YELLOW, HEAD | OFFICE),
    AT_DUE(HEAD | OFFICE),
    {.id = "due+4h",
     .base = RUNG_FROM_DUE,
     .offset = 4 * HOUR_MS,
     .lamp = LAMP_RED,
     .act = RUNG_SUPERVISE,
     .roles = OFFICE | SUPERVISION},
    {.id = "due+24h",
     .base = RUNG_FROM_DUE,
     .offset = 24 * HOUR_MS,
     .lamp = LAMP_RED,
     .act = RUNG_BULLETIN_DRAFT,
     .roles = SUPERVISION},
};

static const struct rung rolling_rungs[] = {
    BEFORE_DUE("due-2h", 2 * HOUR_MS, LAMP_YELLOW, UNIT),
    AT_DUE(HEAD | OFFICE),
};

static const struct ladder hours5 = {"hours5", hours5_rungs, COUNT(hours5_rungs)};
static const struct ladder hours24 = {"hours24", hours24_rungs, COUNT(hours24_rungs)};
static const struct ladder hours48 = {"hours48", hours48_rungs, COUNT(hours48_rungs)};
static const struct ladder rolling = {"rolling", rolling_rungs, COUNT(rolling_rungs)};

static const char *const authoritative_release_basis[] = {"国办发〔2016〕80号（5小时）", NULL};
static const char *const press_conference_basis[] = {"国办发〔2016〕61号", "国办发〔2016〕80号",
                                                     NULL};
static const char *const public_response_basis[] = {"国办发〔2016〕61号", NULL};
static const char *const rolling_update_basis[] = {"国办发〔2016〕61号（持续发布权威信息）",
                                                   "国办发〔2016〕80号", NULL};

static const struct rule rules[] = {
    {.id = "authoritative_release",
     .title_zh = "权威信息发布",
     .kind = RULE_STATUTORY,
     .levels = LEVELS_MAJOR,
     .start = {START_OCCURRED, START_DISCOVERED, START_NONE},
     .reference = START_DISCOVERED,
     .window = {[1] = 5 * HOUR_MS, [2] = 5 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_PRESS_CONFERENCE),
     .ladder = &hours5,
     .basis = authoritative_release_basis},
    {.id = "press_conference",
     .title_zh = "新闻发布会",
     .kind = RULE_STATUTORY,
     .levels = LEVELS_MAJOR,
     .start = {START_OCCURRED, START_DISCOVERED, START_NONE},
     .reference = START_DISCOVERED,
     .window = {[1] = 24 * HOUR_MS, [2] = 24 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_PRESS_CONFERENCE),
     .ladder = &hours24,
     .basis = press_conference_basis},
    {.id = "public_response",
     .title_zh = "政务舆情回应",
     .kind = RULE_STATUTORY,
     .levels = LEVELS_OTHER,
     .case_type = "opinion",
     .start = {START_DISCOVERED, START_NONE},
     .reference = START_NONE,
     .window = {[0] = 48 * HOUR_MS, [3] = 48 * HOUR_MS, [4] = 48 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_PUBLIC_RESPONSE) | ACT_BIT(ACT_AUTHORITATIVE_RELEASE) |
                     ACT_BIT(ACT_PRESS_CONFERENCE) | ACT_BIT(ACT_BRIEFING) |
                     ACT_BIT(ACT_MEDIA_INTERVIEW),
     .ladder = &hours48,
     .basis = public_response_basis},
    {.id = "rolling_update",
     .title_zh = "滚动发布",
     .kind = RULE_STATUTORY,
     .levels = LEVELS_MAJOR,
     .repeats = true,
     /* The first release, in whichever form: what satisfies 权威信息发布 begins it. */
     .after = ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_PRESS_CONFERENCE),
     .start = {START_RELEASE, START_NONE},
     .reference = START_NONE,
     .window = {[1] = 12 * HOUR_MS, [2] = 24 * HOUR_MS},
     /* A written answer is news too, though it is no press conference. */
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_ROLLING_UPDATE) |
                     ACT_BIT(ACT_PRESS_CONFERENCE) | ACT_BIT(ACT_BRIEFING) |
                     ACT_BIT(ACT_WRITTEN_QA),
     .ladder = &rolling,
     .basis = rolling_update_basis},
};

void policy_default(struct policy *ret)
{
    *ret = (struct policy){
        .version = "2026-11-01",
        .offset_min = 8 * 60,
        .quiet = {.from_min = 22 * 60, .to_min = 7 * 60, .never_levels = LEVELS_MAJOR},
        .late_report_after = 2 * HOUR_MS,
        .backdated_after = 24 * HOUR_MS,
        .late_report_levels = LEVELS_MAJOR | LEVEL_BIT(3),
        .rules = rules,
        .rule_n = COUNT(rules),
    };
}
