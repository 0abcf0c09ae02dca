/* A small policy and cases in the states that actions meet, for the tests of core. */
#ifndef TEST_CORE_GIVEN_H
#define TEST_CORE_GIVEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "core/decide.h"

#define BEGIN ((instant_ms)1784010000000) /* 2026-07-14T14:20:00+08:00, a Tuesday */
#define NOW (BEGIN + HOUR_MS)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OWN "0123456789ABCDEF"
#define OTHER "FEDCBA9876543210"

static const char *const third_party[] = {"third_party", NULL};
static const char *const principal[] = {"principal", NULL};
static const struct ladder silent = {"silent", NULL, 0};
static const struct unit units[] = {{.id = "water"}, {.id = "safety"}};
static const struct directory town = {.units = units, .unit_n = 2};

#define RULE                                                                                       \
    .statuses = STATUS_BIT(CASE_OPEN), .levels = LEVELS_ALL, .ladder = &silent,                    \
    .backdated_after = DAY_MS, .day_end = 1440
#define EACH(unit, n) .window = {{unit, n}, {unit, n}, {unit, n}, {unit, n}, {unit, n}}
static const struct rule rules[] = {
    {RULE, .id = "answer", .title = "答复", .start = {START_DISCOVERED}, EACH(WINDOW_WORKDAYS, 20),
     .satisfied_by = ACT_BIT(ACT_FOI_ANSWER), .exclude = third_party, .restart = true,
     .extend = {.max = {WINDOW_WORKDAYS, 20}, .times = 1, .approver = true, .notice = true},
     .waiver = {.by = principal, .reason = true}},
    {RULE, .id = "plain", .title = "发布", .start = {START_DISCOVERED},
     EACH(WINDOW_TIME, 48 * HOUR_MS), .satisfied_by = ACT_BIT(ACT_PUBLIC_RESPONSE)},
    {RULE, .id = "each", .title = "逐件答复", .per = PER_REPORT, .start = {START_REPORT_DISCOVERED},
     EACH(WINDOW_DAYS, 5), .satisfied_by = ACT_BIT(ACT_INDIVIDUAL_REPLY)},
    {RULE, .id = "target", .title = "研判", .kind = RULE_TARGET, .start = {START_DISCOVERED},
     EACH(WINDOW_TIME, 2 * HOUR_MS), .satisfied_by = ACT_BIT(ACT_JUDGEMENT)},
    {RULE, .id = "rolling", .title = "滚动", .per = PER_RELEASE, .start = {START_RELEASE},
     .after_acts = ACT_BIT(ACT_PUBLIC_RESPONSE), EACH(WINDOW_TIME, 12 * HOUR_MS),
     .satisfied_by = ACT_BIT(ACT_PUBLIC_RESPONSE)},
};
static struct policy policy = {.version = "one",
                               .zone = &zone_china,
                               .public_acts =
                                   ACT_BIT(ACT_PUBLIC_RESPONSE) | ACT_BIT(ACT_PUBLICATION),
                               .need_url = true,
                               .need_reviewer = true,
                               .rules = rules,
                               .rule_n = COUNT(rules),
                               .directory = &town};
static struct arena *kept;

static inline int setup(void **state)
{
    (void)state;
    kept = arena_new((size_t)64 << 20);
    policy.calendar = calendar_build("t", NULL, 0, kept);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    kept = arena_free(kept);
    return 0;
}

/* --- a case, as it was made ------------------------------------------------------------------- */

static inline struct opinion_case *reported(const char *id, instant_ms occurred, bool exercise)
{
    struct report_input in = {.case_id = id,
                              .source = "s",
                              .id = id,
                              .digest = "d",
                              .title = "t",
                              .case_type = "opinion",
                              .incident = {.present = true, .level = 3, .occurred_at = occurred},
                              .discovered_at = BEGIN,
                              .received_at = INSTANT_NONE,
                              .published_at = INSTANT_NONE,
                              .decided_at = INSTANT_NONE,
                              .formed_at = INSTANT_NONE,
                              .limit_at = INSTANT_NONE,
                              .exercise = exercise};
    struct input input = {.type = INPUT_REPORT, .actor = "feed", .u.report = &in};
    struct decision d = decide(case_new(kept), &input, &policy, BEGIN, kept);

    assert_int_equal(d.verdict, DECIDED);
    return d.next;
}

static inline struct decision ask(const struct opinion_case *c, const struct action *a,
                                  instant_ms now)
{
    struct input input = {.type = INPUT_ACTION, .actor = "duty", .op = "op", .u.action = a};

    return decide(c, &input, &policy, now, kept);
}

static inline struct opinion_case *did(const struct opinion_case *c, struct action a)
{
    struct decision d = ask(c, &a, NOW);

    if (d.verdict != DECIDED)
        fail_msg("%s: %s", action_names[a.type], d.refusal.detail ? d.refusal.detail : "repeated");
    return d.next;
}

static inline struct opinion_case *join(const struct opinion_case *c,
                                        const struct opinion_case *from)
{
    struct join part = {.from = from, .handover = &from->handovers[0]};
    struct input input = {.type = INPUT_JOIN, .actor = "system", .u.join = &part};
    struct decision d = decide(c, &input, &policy, NOW, kept);

    assert_int_equal(d.verdict, DECIDED);
    return d.next;
}

enum given {
    JUST_REPORTED,
    ASSIGNED,
    ANSWERED, /* everything statutory is met */
    CLOSED,
    INVALID,
    MERGED,
    HANDING_OVER, /* a split is under way */
    WITH_ANOTHER, /* another case was merged into it */
    STOPPED,      /* time is excluded */
    REQUESTED,    /* an extension was asked for */
    EXTENDED,     /* and granted */
    OVERDUE,      /* plain is past due */
    RELEASED,     /* first release, a repeating duty waits */
    FULL_OF_ACTS,
    FULL_OF_EXCLUSIONS,
    FULL_OF_RESTARTS,
    FULL_OF_EXTENSIONS,
    GIVENS
};

static inline struct opinion_case *other_merged(void)
{
    struct action merge = action_new(ACTION_MERGE);

    merge.into = OWN;
    merge.other = reported(OWN, INSTANT_NONE, false);
    return did(reported(OTHER, INSTANT_NONE, false), merge);
}

static inline struct action answer(enum act_kind kind)
{
    struct action a = action_new(ACTION_FULFIL);

    a.kind = kind;
    a.url = "https://gov.example/1";
    a.reviewer = "li";
    return a;
}

static inline struct opinion_case *everything_met(void)
{
    struct opinion_case *c = reported(OWN, INSTANT_NONE, false);

    c = did(c, answer(ACT_FOI_ANSWER));
    c = did(c, answer(ACT_PUBLIC_RESPONSE));
    return did(c, answer(ACT_INDIVIDUAL_REPLY));
}

/* As full of one thing as a case can be. */
static inline struct opinion_case *filled(struct opinion_case *c, enum given what)
{
    switch ((int)what) {
    case FULL_OF_ACTS:
        c->acts = arena_alloc(kept, LIMIT_ACTS * sizeof(*c->acts));
        c->act_n = c->act_cap = LIMIT_ACTS;
        for (size_t i = 0; i < LIMIT_ACTS; i++)
            c->acts[i] = (struct act){.kind = ACT_BRIEFING,
                                      .happened_at = BEGIN,
                                      .recorded_at = BEGIN,
                                      .promise_due = INSTANT_NONE};
        c->lead_unit = "water";
        break;
    case FULL_OF_EXCLUSIONS:
        c->exclusions = arena_alloc(kept, LIMIT_EXCLUSIONS * sizeof(*c->exclusions));
        c->exclusion_n = c->exclusion_cap = LIMIT_EXCLUSIONS;
        for (size_t i = 0; i < LIMIT_EXCLUSIONS; i++)
            c->exclusions[i] = (struct exclusion){.kind = "x", .from_at = BEGIN, .to_at = BEGIN};
        break;
    case FULL_OF_RESTARTS:
        c->restarts = arena_alloc(kept, LIMIT_RESTARTS * sizeof(*c->restarts));
        c->restart_n = c->restart_cap = LIMIT_RESTARTS;
        for (size_t i = 0; i < LIMIT_RESTARTS; i++)
            c->restarts[i] = (struct restart){.at = BEGIN, .obligation = "none"};
        break;
    default:
        c->extensions = arena_alloc(kept, LIMIT_EXTENSIONS * sizeof(*c->extensions));
        c->extension_n = c->extension_cap = LIMIT_EXTENSIONS;
        for (size_t i = 0; i < LIMIT_EXTENSIONS; i++)
            c->extensions[i] = (struct extension){.obligation = "none", .decided_seq = 1};
        break;
    }
    return c;
}

static inline struct opinion_case *given(enum given what)
{
    struct opinion_case *c = reported(OWN, BEGIN - HOUR_MS, false);
    struct action a = action_new(ACTION_ASSIGN);

    switch (what) {
    case JUST_REPORTED:
        return c;
    case ASSIGNED:
        a.lead_unit = "water";
        return did(c, a);
    case ANSWERED:
        return everything_met();
    case CLOSED:
        return did(everything_met(), action_new(ACTION_CLOSE));
    case INVALID:
        return did(c, action_new(ACTION_INVALIDATE));
    case MERGED:
        a = action_new(ACTION_MERGE);
        a.into = OTHER;
        a.other = reported(OTHER, INSTANT_NONE, false);
        return did(c, a);
    case HANDING_OVER:
        c = join(c, other_merged());
        a = action_new(ACTION_SPLIT);
        a.report = OTHER;
        a.other = other_merged();
        return did(c, a);
    case WITH_ANOTHER:
        return join(c, other_merged());
    case STOPPED:
        a = action_new(ACTION_EXCLUDE);
        a.word = "third_party";
        a.from = BEGIN + 10 * MINUTE_MS;
        return did(c, a);
    case REQUESTED:
    case EXTENDED:
        a = action_new(ACTION_EXTEND_REQUEST);
        a.obligation = "answer";
        a.window = "5wd";
        c = did(c, a);
        a = action_new(ACTION_EXTEND_DECIDE);
        a.obligation = "answer";
        a.approver = "boss";
        a.notified_at = NOW;
        return what == REQUESTED ? c : did(c, a);
    case OVERDUE: {
        struct input time = {.type = INPUT_TIME, .actor = "system"};

        return decide(c, &time, &policy, BEGIN + 49 * HOUR_MS, kept).next;
    }
    case RELEASED:
        return did(c, answer(ACT_PUBLIC_RESPONSE));
    case FULL_OF_ACTS:
    case FULL_OF_EXCLUSIONS:
    case FULL_OF_RESTARTS:
    case FULL_OF_EXTENSIONS:
        return filled(c, what);
    case GIVENS:
        break;
    }
    fail();
    return NULL;
}

#endif
