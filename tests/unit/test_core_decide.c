/* Properties of decide() and evolve() over random lives of a case, with a small policy of its own:
 * deterministic, the fold of its facts, idempotent in time, never early, nothing for a met duty, a
 * breach for ever, and the order in which acts are learnt of changes no result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/text.h"
#include "core/decide.h"

#define BEGIN ((instant_ms)1784000000000)
#define LIVES 4000
#define STEPS 40

static const char *const duty[] = {"duty"}, *const boss[] = {"boss"};
static const struct directory people = {
    .roles = {[ROLE_OFFICE] = {duty, 1}, [ROLE_PRINCIPAL] = {boss, 1}}};
static const struct rung rungs[] = {
    {"start", RUNG_FROM_START, 0, IF_UNMET, LAMP_GREEN, RUNG_REMIND, ROLE_BIT(ROLE_OFFICE)},
    {"start+30m", RUNG_FROM_START, 30 * MINUTE_MS, IF_UNACKNOWLEDGED, LAMP_GREEN, RUNG_REMIND,
     ROLE_BIT(ROLE_OFFICE)},
    {"due-50%", RUNG_PERCENT_LEFT, 50, IF_UNMET, LAMP_YELLOW, RUNG_REMIND, ROLE_BIT(ROLE_OFFICE)},
    {"due", RUNG_FROM_DUE, 0, IF_UNMET, LAMP_RED, RUNG_REMIND, ROLE_BIT(ROLE_PRINCIPAL)},
    {"due+1h", RUNG_FROM_DUE, HOUR_MS, IF_UNMET, LAMP_RED, RUNG_SUPERVISE,
     ROLE_BIT(ROLE_PRINCIPAL)},
};
static const struct ladder ladder = {"l", rungs, 5};
static const struct rule rules[] = {
    {.id = "major",
     .title_zh = "重大",
     .levels = LEVELS_MAJOR,
     .start = {START_OCCURRED, START_DISCOVERED},
     .reference = START_DISCOVERED,
     .window = {0, 5 * HOUR_MS, 5 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .ladder = &ladder},
    {.id = "other",
     .title_zh = "其他",
     .levels = LEVELS_OTHER,
     .case_type = "opinion",
     .start = {START_DISCOVERED},
     .window = {48 * HOUR_MS, 0, 0, 48 * HOUR_MS, 48 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_PUBLIC_RESPONSE) | ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .ladder = &ladder},
    {.id = "rolling",
     .title_zh = "滚动",
     .levels = LEVELS_MAJOR,
     .repeats = true,
     .after = ACT_BIT(ACT_AUTHORITATIVE_RELEASE),
     .start = {START_RELEASE},
     .window = {0, 12 * HOUR_MS, 24 * HOUR_MS},
     .satisfied_by = ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_ROLLING_UPDATE),
     .ladder = &ladder},
};
static const struct policy policy = {.version = "test",
                                     .offset_min = 480,
                                     .quiet = {22 * 60, 7 * 60, LEVELS_MAJOR},
                                     .late_report_after = 2 * HOUR_MS,
                                     .backdated_after = 24 * HOUR_MS,
                                     .late_report_levels = LEVELS_MAJOR,
                                     .rules = rules,
                                     .rule_n = 3,
                                     .directory = &people};

static uint32_t random_state;

static uint32_t below(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % n;
}

static struct input report(struct arena *arena)
{
    struct report_input *in = arena_alloc(arena, sizeof(*in));

    *in = (struct report_input){.case_id = "0123456789ABCDEF",
                                .source = "s",
                                .id = "1",
                                .digest = "d",
                                .title = "t",
                                .case_type = below(4) ? "opinion" : "rumor",
                                .discovered_at = BEGIN - (instant_ms)below(60 * 3600) * SECOND_MS,
                                .received_at = INSTANT_NONE,
                                .lead_unit = below(2) ? "u" : NULL};
    in->incident.present = below(2);
    in->incident.occurred_at = in->incident.present && below(2)
                                   ? in->discovered_at - (instant_ms)below(8 * 3600) * SECOND_MS
                                   : INSTANT_NONE;
    in->incident.level = in->incident.present ? (int)below(5) : 0;
    return (struct input){.type = INPUT_REPORT, .actor = "x", .u.report = in};
}

static struct input any_input(struct arena *arena, instant_ms now)
{
    static const enum act_kind kinds[] = {ACT_AUTHORITATIVE_RELEASE, ACT_PUBLIC_RESPONSE,
                                          ACT_ROLLING_UPDATE, ACT_BRIEFING};
    struct action *a = arena_alloc(arena, sizeof(*a));

    if (below(3) == 0)
        return (struct input){.type = INPUT_TIME, .actor = "system"};
    *a = (struct action){.type = (enum action_type)below(ACTION_COUNT),
                         .happened_at = below(3) ? now - (instant_ms)below(40 * 3600) * SECOND_MS
                                                 : INSTANT_NONE,
                         .level = (int)below(5),
                         .kind = kinds[below(4)],
                         .lead_unit = "u",
                         .text = "why"};
    if (below(4)) /* most lives should not end at once */
        a->type = below(2) ? ACTION_FULFIL : ACTION_SET_LEVEL;
    return (struct input){.type = INPUT_ACTION, .actor = "x", .u.action = a};
}

static void same_obligation(const struct obligation *a, const struct obligation *b)
{
    assert_string_equal(a->key, b->key);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->due_at, b->due_at);
    assert_int_equal(a->met_at, b->met_at);
    assert_int_equal(a->overdue_at, b->overdue_at);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->rungs_done, b->rungs_done);
    assert_int_equal(a->lamp, b->lamp);
}

static void same_case(const struct opinion_case *a, const struct opinion_case *b)
{
    assert_int_equal(a->rev, b->rev);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->obligation_n, b->obligation_n);
    assert_int_equal(a->act_n, b->act_n);
    for (size_t i = 0; i < a->obligation_n; i++)
        same_obligation(&a->obligations[i], &b->obligations[i]);
}

static void check_facts(const struct opinion_case *before, const struct decision *d, instant_ms now)
{
    for (size_t i = 0; i < d->fact_n; i++) {
        const struct fact *f = &d->facts[i];
        const struct obligation *was = f->key ? case_obligation(before, f->key) : NULL;

        assert_int_equal(f->seq, before->rev + i + 1);
        if (f->type == FACT_RUNG_FIRED || f->type == FACT_RUNG_SKIPPED) {
            assert_true(f->scheduled_at <= now);                    /* never early */
            assert_true(!was || (was->rungs_done & f->rungs) == 0); /* once */
            assert_true(obligation_active(case_obligation(d->next, f->key)));
        }
        if (f->type == FACT_OBLIGATION_OVERDUE)
            assert_true(now >= policy_overdue_at(case_obligation(d->next, f->key)->due_at));
    }
    for (size_t i = 0; i < before->obligation_n; i++) {
        const struct obligation *a = &before->obligations[i], *b = &d->next->obligations[i];

        assert_int_equal(a->due_at, b->due_at);
        assert_int_equal(a->flags & b->flags, a->flags); /* flags stay */
        if (a->overdue_at != INSTANT_NONE) {
            assert_int_equal(a->overdue_at, b->overdue_at);
            assert_true(b->state != OBLIGATION_CANCELLED && b->state != OBLIGATION_SUPERSEDED);
        }
    }
}

static struct opinion_case *step(const struct opinion_case *c, const struct input *input,
                                 instant_ms now, struct arena *arena)
{
    struct decision d = decide(c, input, &policy, now, arena);
    struct decision again = decide(c, input, &policy, now, arena);
    struct opinion_case *fold = case_copy(c, arena);
    struct input time = {.type = INPUT_TIME, .actor = "system"};

    same_case(d.next, again.next);
    assert_int_equal(d.notice_n, again.notice_n);
    for (size_t i = 0; i < d.fact_n; i++)
        evolve(fold, &d.facts[i], arena);
    same_case(d.next, fold);
    check_facts(c, &d, now > c->updated_at ? now : c->updated_at);
    if (d.verdict == REFUSED || d.verdict == DUPLICATE) {
        assert_int_equal(d.fact_n, 0);
        return case_copy(c, arena);
    }
    if (d.next->rev > 0) { /* the same instant again has nothing left to say */
        again = decide(d.next, &time, &policy, now, arena);
        assert_int_equal(again.fact_n, 0);
        assert_true(again.attention_at == INSTANT_NONE || again.attention_at > now);
    }
    return d.next;
}

static void random_lives(void **state)
{
    (void)state;
    for (uint32_t life = 1; life <= LIVES; life++) {
        struct arena *arena = arena_new((size_t)64 << 20);
        struct opinion_case *c = case_new(arena);
        instant_ms now = BEGIN;
        struct input first;

        random_state = life * 2654435761u;
        first = report(arena);
        c = step(c, &first, now, arena);
        for (int i = 0; i < STEPS; i++) {
            struct input input = any_input(arena, now);

            now += (instant_ms)below(below(2) ? 7200 : 30) * SECOND_MS + below(1000);
            c = step(c, &input, now, arena);
        }
        arena_free(arena);
    }
}

/* Results of a life whose acts are learnt of in this order, all after the fact. */
static struct opinion_case *learn(const struct input *acts, const int *order, int n,
                                  const struct input *first, struct arena *arena)
{
    struct opinion_case *c = case_new(arena);
    instant_ms now = BEGIN;

    c = decide(c, first, &policy, now, arena).next;
    for (int i = 0; i < n; i++)
        c = decide(c, &acts[order[i]], &policy, now + (instant_ms)i * SECOND_MS, arena).next;
    return c;
}

static int count_state(const struct opinion_case *c, const char *rule, enum obligation_state state)
{
    int n = 0;

    for (size_t i = 0; i < c->obligation_n; i++)
        n += text_equal(c->obligations[i].rule, rule) && c->obligations[i].state == state;
    return n;
}

static void order_of_learning_changes_no_result(void **state)
{
    (void)state;
    for (uint32_t life = 1; life <= 2000; life++) {
        struct arena *arena = arena_new((size_t)64 << 20);
        struct input acts[5], first;
        int order[] = {0, 1, 2, 3, 4};
        struct opinion_case *a, *b;

        random_state = life * 2246822519u;
        first = report(arena);
        ((struct report_input *)(uintptr_t)first.u.report)->incident = (struct incident){
            .present = true, .level = 1 + (int)below(2), .occurred_at = INSTANT_NONE};
        ((struct report_input *)(uintptr_t)first.u.report)->discovered_at = BEGIN - 60 * HOUR_MS;
        for (int i = 0; i < 5; i++) {
            struct action *act = arena_alloc(arena, sizeof(*act));

            act->type = ACTION_FULFIL;
            act->kind = i % 2 ? ACT_ROLLING_UPDATE : ACT_AUTHORITATIVE_RELEASE;
            act->happened_at = BEGIN - (instant_ms)below(59 * 3600) * SECOND_MS;
            acts[i] = (struct input){.type = INPUT_ACTION, .actor = "x", .u.action = act};
        }
        a = learn(acts, order, 5, &first, arena);
        for (int i = 4; i > 0; i--) {
            int j = (int)below((uint32_t)i + 1), t = order[i];

            order[i] = order[j];
            order[j] = t;
        }
        b = learn(acts, order, 5, &first, arena);
        assert_int_equal(case_obligation(a, "major")->state, case_obligation(b, "major")->state);
        assert_int_equal(case_obligation(a, "major")->met_at, case_obligation(b, "major")->met_at);
        for (int s = 0; s < OBLIGATION_STATE_COUNT; s++)
            assert_int_equal(count_state(a, "rolling", (enum obligation_state)s),
                             count_state(b, "rolling", (enum obligation_state)s));
        arena_free(arena);
    }
}

static void quiet_hours(void **state)
{
    /* Local 2026-07-14, +08:00; a 48 h duty, rung 24 h before due, unless said otherwise. */
    static const struct {
        const char *due, *expected;
        int level;
    } rows[] = {
        {"2026-07-15T12:00:00", "2026-07-14T12:00:00+08:00", 0},
        {"2026-07-15T21:59:59", "2026-07-14T21:59:59+08:00", 0},
        {"2026-07-15T22:00:00", "2026-07-15T07:00:00+08:00", 0},
        {"2026-07-16T00:00:00", "2026-07-15T07:00:00+08:00", 0},
        {"2026-07-16T06:59:59", "2026-07-15T07:00:00+08:00", 0},
        {"2026-07-16T07:00:00", "2026-07-15T07:00:00+08:00", 0},
        {"2026-07-16T00:00:00", "2026-07-15T00:00:00+08:00", 2}, /* never for Ⅰ, Ⅱ */
    };
    static const struct rung day_before = {
        .id = "due-24h", .base = RUNG_FROM_DUE, .offset = -24 * HOUR_MS};
    static const struct rung hour_before = {
        .id = "due-1h", .base = RUNG_FROM_DUE, .offset = -HOUR_MS};
    struct obligation o = {0};
    char text[INSTANT_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(instant_parse(rows[i].due, 480, &o.due_at), 0);
        o.start_at = o.due_at - 48 * HOUR_MS;
        instant_format(policy_rung_at(&policy, &day_before, &o, rows[i].level), 480, text);
        assert_string_equal(text, rows[i].expected);
    }
    /* Due at 03:00: held, but not past due; it goes out with the red one. */
    assert_int_equal(instant_parse("2026-07-15T03:00:00", 480, &o.due_at), 0);
    assert_int_equal(policy_rung_at(&policy, &hour_before, &o, 0), policy_overdue_at(o.due_at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lives),
        cmocka_unit_test(order_of_learning_changes_no_result),
        cmocka_unit_test(quiet_hours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
