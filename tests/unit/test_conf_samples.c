/* The worked samples S01, S02, S04, S08, S09, S10 of the domain reference, told on a virtual clock
 * through decide() with the built-in policy. Expected values are the reference's, typed by hand
 * from it; every notice is counted, because "nothing for a met obligation" and "one message" are
 * promises too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"
#include "core/decide.h"

struct story {
    struct arena *arena;
    struct policy policy;
    struct directory directory;
    struct opinion_case *c;
    instant_ms now, attention;
    char told[8192];       /* "MM-DDTHH:MM receiver lamp rung,rung\n" per notice */
    const char *last_text; /* of the last notice to `office` */
};

static const char *const unit_ids[] = {"unit"}, *const head_ids[] = {"head"},
                         *const office_ids[] = {"office"}, *const publicity_ids[] = {"publicity"},
                         *const principal_ids[] = {"principal"},
                         *const supervision_ids[] = {"supervision"};

static instant_ms at(const char *text)
{
    char full[40];
    instant_ms t = INSTANT_NONE;

    snprintf(full, sizeof(full), "2026-%s%s", text, strlen(text) == 11 ? ":00" : "");
    assert_int_equal(zone_parse(&zone_china, full, &t), 0);
    return t;
}

static void story_begin(struct story *s)
{
    memset(s, 0, sizeof(*s));
    s->arena = arena_new(64 << 20);
    s->policy = *conf_builtin(s->arena);
    s->directory.roles[ROLE_UNIT] = (struct receiver_list){unit_ids, 1};
    s->directory.roles[ROLE_UNIT_HEAD] = (struct receiver_list){head_ids, 1};
    s->directory.roles[ROLE_OFFICE] = (struct receiver_list){office_ids, 1};
    s->directory.roles[ROLE_PUBLICITY] = (struct receiver_list){publicity_ids, 1};
    s->directory.roles[ROLE_PRINCIPAL] = (struct receiver_list){principal_ids, 1};
    s->directory.roles[ROLE_SUPERVISION] = (struct receiver_list){supervision_ids, 1};
    s->policy.directory = &s->directory;
    s->c = case_new(s->arena);
    s->attention = INSTANT_NONE;
}

static void story_end(struct story *s)
{
    s->arena = arena_free(s->arena);
}

static void remember(struct story *s, const struct notice *n)
{
    char when[INSTANT_TEXT_SIZE];
    size_t used = strlen(s->told);

    zone_format(&zone_china, n->created_at, when);
    when[16] = '\0';
    used += (size_t)snprintf(s->told + used, sizeof(s->told) - used, "%s %s %s", when + 5,
                             n->receiver, lamp_names[n->lamp]);
    for (size_t i = 0; i < n->item_n; i++)
        used += (size_t)snprintf(s->told + used, sizeof(s->told) - used, "%s%s:%s", i ? "," : " ",
                                 n->items[i].rule, n->items[i].rung);
    snprintf(s->told + used, sizeof(s->told) - used, "\n");
    assert_true(used + 1 < sizeof(s->told));
    assert_true(strlen(n->text) <= 4000);
    if (strcmp(n->receiver, "office") == 0)
        s->last_text = n->text;
}

static enum verdict apply(struct story *s, const struct input *input, instant_ms now)
{
    struct decision d = decide(s->c, input, &s->policy, now, s->arena);
    struct opinion_case *fold = case_copy(s->c, s->arena);

    for (size_t i = 0; i < d.fact_n; i++)
        evolve(fold, &d.facts[i], s->arena);
    assert_int_equal(fold->rev, d.next->rev);
    for (size_t i = 0; i < d.notice_n; i++)
        remember(s, &d.notices[i]);
    if (d.verdict == DECIDED) {
        s->c = d.next;
        s->attention = d.attention_at;
    }
    s->now = now;
    return d.verdict;
}

/* Lets time run to `until`, waking only when the case asks for attention. */
static void run(struct story *s, instant_ms until)
{
    struct input time = {.type = INPUT_TIME, .actor = "system"};

    for (int turns = 0; s->attention != INSTANT_NONE && s->attention <= until; turns++) {
        assert_true(turns < 200);
        apply(s, &time, s->attention);
    }
}

static void report(struct story *s, const char *when, const char *occurred, const char *discovered)
{
    struct report_input in = {.case_id = "0123456789ABCDEF",
                              .source = "test",
                              .id = "1",
                              .digest = "d",
                              .title = "样例",
                              .case_type = "opinion",
                              .discovered_at = at(discovered),
                              .received_at = INSTANT_NONE,
                              .published_at = INSTANT_NONE,
                              .decided_at = INSTANT_NONE,
                              .formed_at = INSTANT_NONE,
                              .limit_at = INSTANT_NONE,
                              .lead_unit = "lead"};
    struct input input = {.type = INPUT_REPORT, .actor = "test", .u.report = &in};
    struct report_input *kept = arena_alloc(s->arena, sizeof(in));

    in.incident.present = occurred != NULL;
    in.incident.occurred_at = occurred ? at(occurred) : INSTANT_NONE;
    *kept = in;
    input.u.report = kept;
    assert_int_equal(apply(s, &input, at(when)), DECIDED);
}

/* What nobody said; a public act can be looked up, and somebody released it. */
static void complete(struct action *a)
{
    a->promise_due = a->at = a->from = a->to = INSTANT_NONE;
    a->letter_received_at = a->notified_at = INSTANT_NONE;
    a->url = "https://gov.example/1";
    a->reviewer = "reviewer";
}

static enum verdict act(struct story *s, const char *when, struct action action)
{
    struct input input = {.type = INPUT_ACTION, .actor = "test"};
    struct action *kept = arena_alloc(s->arena, sizeof(action));

    run(s, at(when));
    *kept = action;
    complete(kept);
    kept->happened_at = at(when);
    input.u.action = kept;
    return apply(s, &input, at(when));
}

static void level(struct story *s, const char *when, int value)
{
    assert_int_equal(act(s, when, (struct action){.type = ACTION_SET_LEVEL, .level = value}),
                     DECIDED);
}

static void release(struct story *s, const char *when, enum act_kind kind)
{
    assert_int_equal(act(s, when, (struct action){.type = ACTION_FULFIL, .kind = kind}), DECIDED);
}

static const struct obligation *owed(const struct story *s, const char *key)
{
    const struct obligation *o = case_obligation(s->c, key);

    if (!o)
        fail_msg("no obligation %s", key);
    return o;
}

static void expect(const struct story *s, const char *key, const char *due,
                   enum obligation_state state)
{
    const struct obligation *o = owed(s, key);

    if (due)
        assert_int_equal(o->due_at, at(due));
    assert_string_equal(obligation_state_names[o->state], obligation_state_names[state]);
}

/* The only obligation of a repeating rule that is in this state. */
static const struct obligation *repeating(const struct story *s, const char *rule,
                                          enum obligation_state state)
{
    const struct obligation *found = NULL;

    for (size_t i = 0; i < s->c->obligation_n; i++) {
        const struct obligation *o = &s->c->obligations[i];

        if (text_equal(o->rule, rule) && o->state == state) {
            assert_null(found);
            found = o;
        }
    }
    assert_non_null(found);
    return found;
}

static int64_t late_s(const struct obligation *o)
{
    return instant_second(o->met_at) - instant_second(o->due_at);
}

static int count(const char *text, const char *part)
{
    int n = 0;

    for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
        n++;
    return n;
}

static void s01_normal_path(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "07-14T09:26", "07-14T09:20", "07-14T09:26");
    level(&s, "07-14T09:40", 2);
    act(&s, "07-14T09:45", (struct action){.type = ACTION_ACKNOWLEDGE});
    release(&s, "07-14T11:05", ACT_AUTHORITATIVE_RELEASE);
    expect(&s, "authoritative_release", "07-14T14:20", OBLIGATION_MET);
    assert_int_equal(late_s(owed(&s, "authoritative_release")), -(3 * 3600 + 15 * 60));
    assert_int_equal(repeating(&s, "rolling_update", OBLIGATION_OPEN)->due_at, at("07-15T11:05"));
    release(&s, "07-15T08:30", ACT_PRESS_CONFERENCE);
    expect(&s, "press_conference", "07-15T09:20", OBLIGATION_MET);
    assert_int_equal(late_s(owed(&s, "press_conference")), -50 * 60);
    /* It restarts from every release. */
    assert_int_equal(repeating(&s, "rolling_update", OBLIGATION_MET)->due_at, at("07-15T11:05"));
    assert_int_equal(repeating(&s, "rolling_update", OBLIGATION_OPEN)->due_at, at("07-16T08:30"));
    /* The half-time rung at 11:50 is not sent because the obligation was met at 11:05. */
    assert_int_equal(count(s.told, "authoritative_release:due-50%"), 0);
    /* The unit acknowledged at 09:45, so the unacknowledged rung at 09:50 is silent. */
    assert_int_equal(count(s.told, "start+30m"), 0);
    story_end(&s);
}

static void s02_level_raised(void **state)
{
    struct story s;
    size_t told;

    (void)state;
    story_begin(&s);
    report(&s, "06-03T14:20", "06-03T14:05", "06-03T14:20");
    level(&s, "06-03T14:30", 3);
    expect(&s, "public_response", "06-05T14:20", OBLIGATION_OPEN);
    told = strlen(s.told);
    level(&s, "06-03T17:05", 2);
    expect(&s, "public_response", "06-05T14:20", OBLIGATION_SUPERSEDED);
    expect(&s, "authoritative_release", "06-03T19:05", OBLIGATION_OPEN);
    expect(&s, "press_conference", "06-04T14:05", OBLIGATION_OPEN);
    /* Past rungs collapse into one message: one line per receiver, all at 17:05. */
    assert_int_equal(count(s.told + told, "unit "), 1);
    assert_int_equal(count(s.told + told, "office "), 1);
    assert_int_equal(count(s.told + told, "06-03T17:05"), count(s.told + told, "\n"));
    /* Everyone whose rung was missed is told: unit, its head, office; publicity only of the
     * conference. */
    assert_int_equal(count(s.told + told, "authoritative_release:due-50%"), 3);
    release(&s, "06-03T18:40", ACT_AUTHORITATIVE_RELEASE);
    assert_int_equal(late_s(owed(&s, "authoritative_release")), -25 * 60);
    release(&s, "06-04T13:50", ACT_PRESS_CONFERENCE);
    expect(&s, "press_conference", NULL, OBLIGATION_MET);
    assert_int_equal(late_s(owed(&s, "press_conference")), -15 * 60);
    story_end(&s);
}

static void s04_born_overdue(void **state)
{
    struct story s;
    const struct obligation *o;
    size_t told;

    (void)state;
    story_begin(&s);
    report(&s, "08-22T07:40", "08-22T01:30", "08-22T07:40");
    told = strlen(s.told);
    level(&s, "08-22T07:45", 2);
    /* ONE red message, not the whole missed ladder. */
    assert_int_equal(count(s.told + told, "office red"), 1);
    assert_int_equal(count(s.told + told, "office "), 1);
    assert_int_equal(count(s.told + told, "unit red"), 1);
    assert_non_null(strstr(s.last_text, "【红灯·已超时 1小时15分】权威信息发布"));
    assert_true((s.c->flags & CASE_LATE_REPORT) != 0);
    release(&s, "08-22T08:25", ACT_AUTHORITATIVE_RELEASE);
    release(&s, "08-22T22:00", ACT_PRESS_CONFERENCE);
    expect(&s, "authoritative_release", "08-22T06:30", OBLIGATION_MET_LATE);
    o = owed(&s, "authoritative_release");
    assert_int_equal(late_s(o), 3600 + 55 * 60);
    assert_int_equal(o->reference_due_at, at("08-22T12:40"));
    assert_int_equal(o->flags, OBLIGATION_BORN_OVERDUE | OBLIGATION_BREACHED);
    expect(&s, "press_conference", "08-23T01:30", OBLIGATION_MET);
    story_end(&s);
}

static void s08_conference_missing(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "04-08T11:30", "04-08T11:00", "04-08T11:30");
    level(&s, "04-08T11:45", 2);
    release(&s, "04-08T14:30", ACT_AUTHORITATIVE_RELEASE);
    expect(&s, "authoritative_release", "04-08T16:00", OBLIGATION_MET);
    /* A written answer satisfies rolling_update, not the press conference. */
    release(&s, "04-09T10:00", ACT_WRITTEN_QA);
    repeating(&s, "rolling_update", OBLIGATION_MET);
    run(&s, at("04-09T11:00"));
    assert_int_equal(case_lamp(s.c), LAMP_YELLOW);
    run(&s, at("04-09T11:00:01"));
    assert_int_equal(case_lamp(s.c), LAMP_RED);
    release(&s, "04-09T15:20", ACT_PRESS_CONFERENCE);
    expect(&s, "press_conference", "04-09T11:00", OBLIGATION_MET_LATE);
    assert_int_equal(late_s(owed(&s, "press_conference")), 4 * 3600 + 20 * 60);
    assert_true((owed(&s, "press_conference")->flags & OBLIGATION_BREACHED) != 0);
    story_end(&s);
}

static void s09_quiet_hours(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    run(&s, at("11-18T20:30"));
    release(&s, "11-18T20:30", ACT_PUBLIC_RESPONSE);
    expect(&s, "public_response", "11-18T08:30", OBLIGATION_MET_LATE);
    assert_int_equal(late_s(owed(&s, "public_response")), 12 * 3600);
    /* T-8h (00:30) and T-2h (06:30) are held to 07:00 and are one message there. */
    assert_string_equal(s.told, "11-16T08:30 unit green public_response:start\n"
                                "11-17T08:30 unit green public_response:due-24h\n"
                                "11-18T07:00 unit yellow public_response:due-2h\n"
                                "11-18T07:00 head yellow public_response:due-2h\n"
                                "11-18T07:00 office yellow public_response:due-2h\n"
                                "11-18T08:30 head red public_response:due\n"
                                "11-18T08:30 office red public_response:due\n"
                                "11-18T12:30 office red public_response:due+4h\n"
                                "11-18T12:30 supervision red public_response:due+4h\n");
    assert_non_null(strstr(s.last_text, "请督办"));
    story_end(&s);
}

static void s10_downgrade(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "07-27T19:05", "07-27T19:00", "07-27T19:05");
    level(&s, "07-27T19:20", 1);
    release(&s, "07-27T21:15", ACT_AUTHORITATIVE_RELEASE);
    level(&s, "07-27T22:30", 3);
    expect(&s, "authoritative_release", "07-28T00:00", OBLIGATION_MET);
    expect(&s, "press_conference", "07-28T19:00", OBLIGATION_CANCELLED);
    expect(&s, "public_response", "07-29T19:05", OBLIGATION_MET);
    assert_int_equal(owed(&s, "public_response")->met_at, at("07-27T21:15"));
    repeating(&s, "rolling_update", OBLIGATION_CANCELLED);
    assert_int_equal(s.attention, INSTANT_NONE);
    story_end(&s);
}

/* Had the 5 h been broken before the downgrade, it stays broken; nor does an upgrade erase it. */
static void breach_survives_level_changes(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "07-27T19:05", "07-27T19:00", "07-27T19:05");
    level(&s, "07-27T19:20", 1);
    run(&s, at("07-28T01:00"));
    expect(&s, "authoritative_release", "07-28T00:00", OBLIGATION_OVERDUE);
    level(&s, "07-28T01:00", 3);
    expect(&s, "authoritative_release", NULL, OBLIGATION_OVERDUE);
    expect(&s, "press_conference", NULL, OBLIGATION_CANCELLED);
    level(&s, "07-28T02:00", 2);
    expect(&s, "press_conference", "07-28T19:00", OBLIGATION_OPEN);
    expect(&s, "public_response", NULL, OBLIGATION_SUPERSEDED);
    release(&s, "07-28T03:00", ACT_AUTHORITATIVE_RELEASE);
    expect(&s, "authoritative_release", NULL, OBLIGATION_MET_LATE);
    assert_true(owed(&s, "authoritative_release")->overdue_at != INSTANT_NONE);
    story_end(&s);
}

/* The due second itself is in time; the next one is not, and nothing is said before it. */
static void due_is_inclusive(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    run(&s, at("11-18T08:30"));
    assert_null(strstr(s.told, "red"));
    release(&s, "11-18T08:30", ACT_PUBLIC_RESPONSE);
    expect(&s, "public_response", NULL, OBLIGATION_MET);
    story_end(&s);

    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    release(&s, "11-18T08:30:01", ACT_PUBLIC_RESPONSE);
    expect(&s, "public_response", NULL, OBLIGATION_MET_LATE);
    assert_int_equal(late_s(owed(&s, "public_response")), 1);
    story_end(&s);
}

/* A press conference as first release satisfies 权威信息发布 too, so the rolling duty begins with
 * it. */
static void conference_first_begins_rolling(void **state)
{
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "07-14T09:26", "07-14T09:20", "07-14T09:26");
    level(&s, "07-14T09:40", 2);
    release(&s, "07-14T12:00", ACT_PRESS_CONFERENCE);
    expect(&s, "authoritative_release", NULL, OBLIGATION_MET);
    assert_int_equal(repeating(&s, "rolling_update", OBLIGATION_OPEN)->due_at, at("07-15T12:00"));
    story_end(&s);
}

/* An earlier act learnt of later improves the result and keeps the breach on record. */
static void earlier_act_learnt_later(void **state)
{
    struct story s;
    struct action first = {.type = ACTION_FULFIL, .kind = ACT_PUBLIC_RESPONSE};
    struct input input = {.type = INPUT_ACTION, .actor = "test", .u.action = &first};

    (void)state;
    story_begin(&s);
    complete(&first);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    release(&s, "11-19T08:30", ACT_PUBLIC_RESPONSE);
    expect(&s, "public_response", NULL, OBLIGATION_MET_LATE);
    first.happened_at = at("11-17T10:00");
    assert_int_equal(apply(&s, &input, at("11-19T12:00")), DECIDED);
    expect(&s, "public_response", NULL, OBLIGATION_MET);
    assert_int_equal(owed(&s, "public_response")->flags,
                     OBLIGATION_BREACHED | OBLIGATION_BACKDATED);
    story_end(&s);
}

/* 签收 is the lead unit's to give, and assigning the same units again does not undo it. */
static void only_the_lead_signs(void **state)
{
    static const char *helpers[] = {"helper"};
    struct action assign = {
        .type = ACTION_ASSIGN, .lead_unit = "lead", .assist_units = helpers, .assist_unit_n = 1};
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    assert_int_equal(act(&s, "11-16T09:00", assign), DECIDED);
    assert_int_equal(
        act(&s, "11-16T09:01", (struct action){.type = ACTION_ACKNOWLEDGE, .unit = "helper"}),
        DECIDED);
    assert_int_equal(s.c->acknowledged_at, INSTANT_NONE);
    assert_int_equal(act(&s, "11-16T09:02", (struct action){.type = ACTION_ACKNOWLEDGE}), DECIDED);
    assert_int_equal(s.c->acknowledged_at, at("11-16T09:02"));
    assert_int_equal(act(&s, "11-16T09:03", assign), DUPLICATE);
    assert_int_equal(s.c->acknowledged_at, at("11-16T09:02"));
    story_end(&s);
}

/* Other bodies of one report are in the ledger a bounded number of times; each is a conflict. */
static void conflicts_are_bounded(void **state)
{
    struct report_input in = {.case_id = "0123456789ABCDEF", .source = "test", .id = "1"};
    struct input input = {.type = INPUT_REPORT, .actor = "test", .u.report = &in};
    struct story s;

    (void)state;
    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    for (int i = 0; i < 100; i++) {
        struct decision d;

        in.digest = i % 2 ? "other" : "another";
        d = decide(s.c, &input, &s.policy, at("11-16T09:00"), s.arena);
        assert_int_equal(d.verdict, CONFLICT);
        assert_true(i >= 16 ? d.fact_n == 0 : d.fact_n == 1);
        s.c = d.next;
    }
    story_end(&s);
}

/* Registered late by an office that did not say when it learnt of it: what was published earlier
 * counts; where it did say, nothing earlier can. */
static void late_registration_keeps_earlier_acts(void **state)
{
    struct action earlier = {.type = ACTION_FULFIL, .kind = ACT_PUBLIC_RESPONSE};
    struct input input = {.type = INPUT_ACTION, .actor = "test", .u.action = &earlier};
    struct story s;

    (void)state;
    complete(&earlier);
    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    earlier.happened_at = at("11-16T08:29:59");
    assert_int_equal(apply(&s, &input, at("11-16T09:00")), REFUSED);
    earlier.happened_at = at("11-16T08:30");
    assert_int_equal(apply(&s, &input, at("11-16T09:00")), DECIDED);
    story_end(&s);

    story_begin(&s);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    s.c->reports[0].assumed = true; /* as when discovered_assumed */
    earlier.happened_at = at("11-15T20:00");
    assert_int_equal(apply(&s, &input, at("11-16T09:00")), DECIDED);
    expect(&s, "public_response", NULL, OBLIGATION_MET);
    story_end(&s);
}

static void refusals_change_nothing(void **state)
{
    struct story s;
    uint32_t rev;

    (void)state;
    story_begin(&s);
    assert_int_equal(act(&s, "11-16T08:00", (struct action){.type = ACTION_NOTE, .text = "x"}),
                     REFUSED);
    report(&s, "11-16T08:30", NULL, "11-16T08:30");
    rev = s.c->rev;
    assert_int_equal(
        act(&s, "11-16T08:29", (struct action){.type = ACTION_FULFIL, .kind = ACT_PUBLIC_RESPONSE}),
        REFUSED);
    assert_int_equal(act(&s, "11-16T09:00", (struct action){.type = ACTION_CLOSE}), REFUSED);
    assert_int_equal(act(&s, "11-16T09:00",
                         (struct action){.type = ACTION_FULFIL,
                                         .kind = ACT_WRITTEN_QA,
                                         .obligation = "public_response"}),
                     REFUSED);
    assert_int_equal(
        act(&s, "11-16T09:00", (struct action){.type = ACTION_ACKNOWLEDGE, .unit = "other"}),
        REFUSED);
    assert_int_equal(s.c->rev, rev);
    release(&s, "11-16T09:00", ACT_PUBLIC_RESPONSE);
    assert_int_equal(act(&s, "11-16T10:00", (struct action){.type = ACTION_CLOSE}), DECIDED);
    assert_int_equal(act(&s, "11-16T11:00", (struct action){.type = ACTION_SET_LEVEL, .level = 2}),
                     REFUSED);
    assert_int_equal(act(&s, "11-16T11:00", (struct action){.type = ACTION_NOTE, .text = "x"}),
                     DECIDED);
    story_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s01_normal_path),
        cmocka_unit_test(s02_level_raised),
        cmocka_unit_test(s04_born_overdue),
        cmocka_unit_test(s08_conference_missing),
        cmocka_unit_test(s09_quiet_hours),
        cmocka_unit_test(s10_downgrade),
        cmocka_unit_test(breach_survives_level_changes),
        cmocka_unit_test(due_is_inclusive),
        cmocka_unit_test(conference_first_begins_rolling),
        cmocka_unit_test(earlier_act_learnt_later),
        cmocka_unit_test(only_the_lead_signs),
        cmocka_unit_test(conflicts_are_bounded),
        cmocka_unit_test(late_registration_keeps_earlier_acts),
        cmocka_unit_test(refusals_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
