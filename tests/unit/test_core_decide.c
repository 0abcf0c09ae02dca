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
#include "core/clock.h"
#include "core/decide.h"
#include "unit/core_policy.h"

#define LIVES 4000
#define STEPS 40

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
                                .published_at = INSTANT_NONE,
                                .decided_at = INSTANT_NONE,
                                .formed_at = INSTANT_NONE,
                                .limit_at = INSTANT_NONE,
                                .lead_unit = below(2) ? "u" : NULL};
    in->incident.present = below(2);
    in->incident.occurred_at = in->incident.present && below(2)
                                   ? in->discovered_at - (instant_ms)below(8 * 3600) * SECOND_MS
                                   : INSTANT_NONE;
    in->incident.level = in->incident.present ? (int)below(5) : 0;
    return (struct input){.type = INPUT_REPORT, .actor = "x", .u.report = in};
}

static instant_ms ago(instant_ms now, uint32_t hours)
{
    return now - (instant_ms)below(hours * 3600) * SECOND_MS;
}

/* The policy now in force, another version of the same rules: for reevaluate. */
static struct policy newer;

/* Rather one that leaves the case something to live for. */
static enum action_type any_type(void)
{
    enum action_type type = (enum action_type)below(ACTION_COUNT);

    if (below(2))
        return below(2) ? ACTION_FULFIL : ACTION_SET_LEVEL;
    return (type == ACTION_CLOSE || type == ACTION_INVALIDATE) && below(3) ? ACTION_JUDGE : type;
}

static void any_act(struct action *a, instant_ms now)
{
    static const enum act_kind kinds[] = {ACT_AUTHORITATIVE_RELEASE,
                                          ACT_PUBLIC_RESPONSE,
                                          ACT_ROLLING_UPDATE,
                                          ACT_BRIEFING,
                                          ACT_FOI_ANSWER,
                                          ACT_INDIVIDUAL_REPLY,
                                          ACT_ASSESSMENT,
                                          ACT_THIRD_PARTY_OPINION,
                                          ACT_PUBLICATION};
    static const char *labels[] = {"withdrawn", "serious"};

    a->kind = kinds[below(9)];
    a->spoken_by = below(4) ? NULL : "principal";
    a->promise_due = below(8) ? INSTANT_NONE : now + (instant_ms)below(72 * 3600) * SECOND_MS;
    a->labels_given = below(2);
    a->labels = labels + below(2);
    a->label_n = a->labels_given ? below(2) : 0;
}

static void any_clock(struct action *a, instant_ms now, const struct opinion_case *c)
{
    bool named = a->type == ACTION_EXTEND_REQUEST || a->type == ACTION_EXTEND_DECIDE ||
                 a->type == ACTION_WAIVE;

    a->field = (enum time_field)below(TIME_FIELD_COUNT);
    a->act = 1 + below((uint32_t)c->act_n + 1);
    a->word = "third_party";
    a->at = below(4) || a->type == ACTION_CORRECT_TIME ? ago(now, 60) : INSTANT_NONE;
    a->from = below(2) ? ago(now, 60) : INSTANT_NONE;
    a->to = below(2) ? now - (instant_ms)below(3600) * SECOND_MS : INSTANT_NONE;
    a->obligation = named || below(6) == 0 ? "days" : NULL;
    a->window = below(2) ? "1wd" : NULL;
    a->approved = below(5) != 0;
    a->approver = a->by = "principal";
}

static struct input any_input(struct arena *arena, instant_ms now, const struct opinion_case *c)
{
    struct action *a = arena_alloc(arena, sizeof(*a));

    if (below(3) == 0)
        return (struct input){.type = INPUT_TIME, .actor = "system"};
    *a = action_new(any_type());
    a->happened_at = below(3) ? ago(now, 40) : INSTANT_NONE;
    a->level = (int)below(5);
    a->lead_unit = below(2) ? "u" : "v";
    a->text = "why";
    a->into = "FEDCBA9876543210";
    any_act(a, now);
    any_clock(a, now, c);
    return (struct input){.type = INPUT_ACTION, .actor = "x", .u.action = a};
}

static void same_obligation(const struct obligation *a, const struct obligation *b)
{
    assert_string_equal(a->key, b->key);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->start_at, b->start_at);
    assert_int_equal(a->due_at, b->due_at);
    assert_int_equal(a->reference_due_at, b->reference_due_at);
    assert_int_equal(a->paused_at, b->paused_at);
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
    assert_int_equal(a->report_n, b->report_n);
    assert_int_equal(a->exclusion_n, b->exclusion_n);
    assert_int_equal(a->extension_n, b->extension_n);
    assert_int_equal(a->restart_n, b->restart_n);
    assert_int_equal(a->label_n, b->label_n);
    for (size_t i = 0; i < a->obligation_n; i++)
        same_obligation(&a->obligations[i], &b->obligations[i]);
}

static const struct fact *clock_fact(const struct decision *d, const char *key)
{
    for (size_t i = 0; i < d->fact_n; i++) {
        if (d->facts[i].type == FACT_OBLIGATION_CLOCK && text_equal(d->facts[i].key, key))
            return &d->facts[i];
    }
    return NULL;
}

static void check_kept(const struct obligation *a, const struct obligation *b,
                       const struct decision *d)
{
    const uint32_t of_clock = OBLIGATION_PROVISIONAL | OBLIGATION_EXTENDED | OBLIGATION_RESTARTED;
    /* How late the act was recorded that meets it now; the others stay for ever. */
    const uint32_t kept = ~(of_clock | OBLIGATION_BACKDATED);
    const struct fact *clock = clock_fact(d, a->key);

    assert_string_equal(a->key, b->key);
    assert_int_equal(a->flags & b->flags & kept, a->flags & kept);
    if (!clock) { /* no clock moves without a fact that says both times */
        assert_true(a->start_at == b->start_at && a->due_at == b->due_at);
        assert_true((a->flags & of_clock) == (b->flags & of_clock));
        assert_int_equal(a->rungs_done & b->rungs_done, a->rungs_done);
    } else {
        assert_true(clock->clock->due_before == a->due_at &&
                    clock->clock->start_before == a->start_at);
    }
    if (a->overdue_at != INSTANT_NONE)
        assert_int_equal(a->overdue_at, b->overdue_at);
    if (a->state == OBLIGATION_OVERDUE && !clock)
        assert_true(b->state != OBLIGATION_CANCELLED && b->state != OBLIGATION_SUPERSEDED &&
                    b->state != OBLIGATION_OPEN);
    if (b->state == OBLIGATION_OVERDUE || b->state == OBLIGATION_MET_LATE)
        assert_true((b->flags & OBLIGATION_BREACHED) != 0);
}

/* What is owed has the clock that case and rule give it: asked again, it reads the same. */
static void check_clocks(const struct opinion_case *c, const struct policy *p)
{
    const uint32_t of_clock = OBLIGATION_PROVISIONAL | OBLIGATION_EXTENDED | OBLIGATION_RESTARTED;

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        const struct rule *rule = policy_rule(p, o->rule);
        struct anchor a = {0};
        struct clock clock;

        if (rule)
            a = obligation_anchor(c, rule, o);
        if (!rule || !obligation_owed(o) || !rule_applies(rule, c, &a) ||
            (rule->per == PER_ASSIGNMENT && o->anchor != c->assigned_seq))
            continue;
        clock = clock_of(c, rule, &a, o->key, o, p);
        if (clock.start_at == INSTANT_NONE)
            continue;
        assert_true(clock.start_at == o->start_at && clock.due_at == o->due_at);
        assert_true(clock.reference_due_at == o->reference_due_at);
        assert_int_equal(clock.flags, o->flags & of_clock);
        assert_int_equal(clock.paused, o->state == OBLIGATION_PAUSED);
    }
}

static uint64_t seen; /* bits of the fact types that any life had */

static void check_facts(const struct opinion_case *before, const struct decision *d, instant_ms now)
{
    struct arena *arena = arena_new((size_t)16 << 20);
    struct opinion_case *then = case_copy(before, arena);

    for (size_t i = 0; i < d->fact_n; i++) {
        const struct fact *f = &d->facts[i];
        const struct obligation *o;

        assert_int_equal(f->seq, before->rev + i + 1);
        seen |= (uint64_t)1 << f->type;
        o = f->key ? case_obligation(then, f->key) : NULL;
        if (f->type == FACT_RUNG_FIRED || f->type == FACT_RUNG_SKIPPED) {
            assert_true(f->scheduled_at <= now);          /* never early */
            assert_true((o->rungs_done & f->rungs) == 0); /* once per clock */
            assert_true(obligation_active(o));
        }
        if (f->type == FACT_OBLIGATION_OVERDUE)
            assert_true(now >= policy_overdue_at(o->due_at));
        evolve(then, f, arena);
    }
    for (size_t i = 0; i < before->obligation_n; i++)
        check_kept(&before->obligations[i], &d->next->obligations[i], d);
    arena_free(arena);
}

static struct opinion_case *step(const struct opinion_case *c, const struct input *input,
                                 instant_ms now, struct arena *arena)
{
    bool newest = input->type == INPUT_ACTION && input->u.action->type == ACTION_REEVALUATE;
    const struct policy *p =
        newest || text_equal(c->policy_version, newer.version) ? &newer : &policy;
    struct decision d = decide(c, input, p, now, arena);
    struct decision again = decide(c, input, p, now, arena);
    struct opinion_case *fold = case_copy(c, arena);
    struct input time = {.type = INPUT_TIME, .actor = "system"};

    same_case(d.next, again.next);
    assert_int_equal(d.notice_n, again.notice_n);
    assert_int_equal(d.attention_at, again.attention_at);
    for (size_t i = 0; i < d.fact_n; i++)
        evolve(fold, &d.facts[i], arena);
    same_case(d.next, fold);
    check_facts(c, &d, now > c->updated_at ? now : c->updated_at);
    if (d.verdict == REFUSED || d.verdict == DUPLICATE) {
        assert_int_equal(d.fact_n, 0);
        assert_true(d.verdict != REFUSED || (d.refusal.detail && d.refusal.code));
        return case_copy(c, arena);
    }
    if (d.next->rev > 0) { /* the same instant again has nothing left to say */
        check_clocks(d.next, p);
        again = decide(d.next, &time, p, now, arena);
        assert_int_equal(again.fact_n, 0);
        assert_true(again.attention_at == INSTANT_NONE || again.attention_at > now);
    }
    return d.next;
}

static int build_calendar(void **state)
{
    struct arena *arena = arena_new((size_t)4 << 20);
    static const struct calendar_row rows[] = {
        {20648, true, "假"}, {20649, true, "假"}, {20650, false, NULL}}; /* around BEGIN */
    static const struct calendar_layer layer = {true, rows, 3};

    policy.calendar = calendar_build("test", &layer, 1, arena);
    newer = policy;
    newer.version = "test2";
    newer.rule_n = RULES - 1;
    *state = arena;
    return 0;
}

static int free_calendar(void **state)
{
    arena_free(*state);
    return 0;
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
            struct input input = any_input(arena, now, c);

            now += (instant_ms)below(below(2) ? 14400 : 30) * SECOND_MS + below(1000);
            c = step(c, &input, now, arena);
        }
        arena_free(arena);
    }
    /* All but what takes two cases, a second body or a receiver. */
    for (int type = 0; type < FACT_TYPE_COUNT; type++) {
        bool expected = type != FACT_REPORT_CONFLICT && type != FACT_NOTICE_ACCEPTED &&
                        type != FACT_NOTICE_DEAD && type != FACT_OBLIGATION_MOVED &&
                        type != FACT_MERGED && type != FACT_JOINED && type != FACT_SPLIT &&
                        type != FACT_HANDED_OVER;

        if ((seen >> type & 1) != expected)
            fail_msg("%s %s", fact_type_names[type], expected ? "never happened" : "happened");
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

            *act = action_new(ACTION_FULFIL);
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
        assert_int_equal(zone_parse(&zone_china, rows[i].due, &o.due_at), 0);
        o.start_at = o.due_at - 48 * HOUR_MS;
        zone_format(&zone_china, clock_rung_at(&policy, &day_before, &o, rows[i].level), text);
        assert_string_equal(text, rows[i].expected);
    }
    /* Due at 03:00: held, but not past due; it goes out with the red one. */
    assert_int_equal(zone_parse(&zone_china, "2026-07-15T03:00:00", &o.due_at), 0);
    assert_int_equal(clock_rung_at(&policy, &hour_before, &o, 0), policy_overdue_at(o.due_at));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_lives),
        cmocka_unit_test(order_of_learning_changes_no_result),
        cmocka_unit_test(quiet_hours),
    };

    return cmocka_run_group_tests(tests, build_calendar, free_calendar);
}
