/* Laws of clocks and of what follows from them, each over a million random cases: due instants
 * equal those counted day by day and never run backwards; splitting or reordering exclusions
 * changes nothing; the order of facts with the same effect changes nothing; decide() says the same
 * twice; going up and down in level erases no breach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/text.h"
#include "core/clock.h"
#include "core/decide.h"

#if defined(__SANITIZE_ADDRESS__)
#define CASES 50000 /* an order of magnitude slower, and here for memory */
#else
#define CASES 1000000
#endif
#define CALENDARS 8
#define BEGIN ((instant_ms)1784000000000) /* 2026-07-14 */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t random_state;

static uint64_t xorshift(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* from..to, both included */
static int64_t between(int64_t from, int64_t to)
{
    return from + (int64_t)(xorshift() % (uint64_t)(to - from + 1));
}

static bool percent(int64_t n)
{
    return between(0, 99) < n;
}

/* --- what is drawn ---------------------------------------------------------------------------- */

static const char *const kinds[] = {"third_party", "hearing", NULL};
static const struct ladder silent = {"silent", NULL, 0};
static const struct directory nobody;
static struct arena *kept;
static const struct calendar *calendars[CALENDARS];

/* Small calendars: a year or two around the begin, each with days off and make-up days of its own.
 */
static int build_calendars(void **state)
{
    (void)state;
    random_state = 20260714;
    kept = arena_new((size_t)64 << 20);
    for (size_t i = 0; i < CALENDARS; i++) {
        size_t n = (size_t)between(0, 120);
        struct calendar_row *rows = arena_alloc(kept, (n + 1) * sizeof(*rows));
        struct calendar_layer layer = {.national = i % 2 == 0, .rows = rows, .n = n};

        for (size_t k = 0; k < n; k++)
            rows[k] = (struct calendar_row){(day_no)between(20500, 20900), percent(60), "x"};
        calendars[i] = calendar_build("t", &layer, 1, kept);
    }
    return 0;
}

static int free_calendars(void **state)
{
    (void)state;
    kept = arena_free(kept);
    return 0;
}

static struct window some_window(void)
{
    switch (between(0, 11)) {
    case 0:
    case 1:
    case 2:
        return (struct window){WINDOW_TIME, between(0, 300) * 15 * MINUTE_MS};
    case 3:
    case 4:
        return (struct window){WINDOW_DAYS, between(1, 40)};
    case 5:
        return (struct window){WINDOW_DATE, between(20560, 20760)};
    case 6:
        return (struct window){WINDOW_YEARLY, between(1, 12) * 100 + between(1, 28)};
    default:
        return (struct window){WINDOW_WORKDAYS, percent(15) ? 0 : between(0, 25)};
    }
}

static instant_ms some_instant(void)
{
    instant_ms at = BEGIN + between(-60 * DAY_MS, 60 * DAY_MS);

    return percent(30) ? at - at % DAY_MS - 8 * HOUR_MS + between(-1, 1) * SECOND_MS : at;
}

/* One duty under one policy, in a case with some exclusions and restarts. */
struct drawn {
    struct rule rule;
    struct policy policy;
    struct opinion_case c;
    struct exclusion exclusions[6];
    struct restart restarts[3];
};

static void draw(struct drawn *d)
{
    static const int ends[] = {1440, 17 * 60 + 30, 12 * 60};

    memset(d, 0, sizeof(*d));
    d->policy = (struct policy){.version = "t", .zone = &zone_china, .directory = &nobody};
    d->policy.calendar = calendars[between(0, CALENDARS - 1)];
    d->policy.rules = &d->rule;
    d->policy.rule_n = 1;
    d->rule = (struct rule){.id = "duty",
                            .statuses = STATUS_BIT(CASE_OPEN),
                            .levels = LEVELS_ALL,
                            .start = {START_DISCOVERED},
                            .day_end = ends[between(0, 2)],
                            .roll = percent(70),
                            .exclude = kinds + between(0, 1),
                            .restart = percent(60),
                            .backdated_after = DAY_MS,
                            .ladder = &silent};
    for (int i = 0; i < 5; i++)
        d->rule.window[i] = some_window();
    d->c.status = CASE_OPEN;
    d->c.incident.level = (int)between(0, 4);
    d->c.discovered_at = some_instant();
    d->c.exclusions = d->exclusions;
    d->c.exclusion_n = (size_t)between(0, 4);
    for (size_t i = 0; i < d->c.exclusion_n; i++) {
        instant_ms from = some_instant();

        d->exclusions[i] = (struct exclusion){
            .seq = (uint32_t)i + 1,
            .kind = kinds[between(0, 1)],
            .obligation = percent(20) ? "duty" : NULL,
            .from_at = from,
            .to_at = percent(10) ? INSTANT_NONE : from + between(0, 20 * DAY_MS)};
    }
    d->c.restarts = d->restarts;
    d->c.restart_n = (size_t)(percent(70) ? 0 : between(0, 3));
    for (size_t i = 0; i < d->c.restart_n; i++)
        d->restarts[i] = (struct restart){(uint32_t)i + 9, some_instant(), NULL};
}

static struct clock clock_read(const struct drawn *d)
{
    const struct anchor whole = {0};

    return clock_of(&d->c, &d->rule, &whole, "duty", NULL, &d->policy);
}

static void same_clock(const struct clock *a, const struct clock *b)
{
    assert_int_equal(a->start_from, b->start_from);
    assert_int_equal(a->start_at, b->start_at);
    assert_int_equal(a->due_at, b->due_at);
    assert_int_equal(a->reference_due_at, b->reference_due_at);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->paused, b->paused);
}

/* --- counted by hand -------------------------------------------------------------------------- */

static int64_t local_day(instant_ms at)
{
    instant_ms local = at + 8 * HOUR_MS;

    return local / DAY_MS - (local % DAY_MS < 0);
}

static bool stops(const struct drawn *d, const struct exclusion *e)
{
    bool known = false;

    for (size_t i = 0; d->rule.exclude[i]; i++)
        known = known || !strcmp(d->rule.exclude[i], e->kind);
    return known && e->to_at != INSTANT_NONE;
}

static bool excluded(const struct drawn *d, int64_t day)
{
    for (size_t i = 0; i < d->c.exclusion_n; i++) {
        const struct exclusion *e = &d->exclusions[i];

        if (stops(d, e) && day > local_day(e->from_at) && day <= local_day(e->to_at))
            return true;
    }
    return false;
}

/* Time that counts, in steps between the borders of exclusions, which are whole seconds. */
static instant_ms count_time(const struct drawn *d, instant_ms at, span_ms left)
{
    for (;;) {
        instant_ms border = at + left, jump = INSTANT_NONE;

        for (size_t i = 0; i < d->c.exclusion_n; i++) {
            const struct exclusion *e = &d->exclusions[i];
            instant_ms begin = e->from_at - e->from_at % 1000, end = e->to_at - e->to_at % 1000;
            instant_ms from = begin > at ? begin : at;

            if (stops(d, e) && end > at && end > begin && from < border) {
                border = from;
                jump = end;
            }
        }
        if (jump == INSTANT_NONE)
            return border;
        left -= border - at;
        at = jump;
    }
}

static instant_ms due_by_hand(const struct drawn *d, instant_ms start)
{
    const struct window *w = &d->rule.window[d->c.incident.level];
    int64_t day = local_day(start);
    bool roll = d->rule.roll;

    if (w->unit == WINDOW_TIME)
        return count_time(d, start, w->n);
    if (w->unit == WINDOW_DATE)
        day = w->n;
    while (w->unit == WINDOW_YEARLY &&
           date_of_day((day_no)day).month * 100 + date_of_day((day_no)day).day != w->n)
        day++;
    if (w->unit == WINDOW_DAYS || w->unit == WINDOW_WORKDAYS) {
        for (int64_t left = w->n; left > 0;) {
            day++;
            left -= !excluded(d, day) && (w->unit == WINDOW_DAYS ||
                                          calendar_is_workday(d->policy.calendar, (day_no)day));
        }
        roll = w->unit == WINDOW_DAYS ? roll : w->n == 0;
    }
    while (roll && !calendar_is_workday(d->policy.calendar, (day_no)day))
        day++;
    return day * DAY_MS + d->rule.day_end * MINUTE_MS - 8 * HOUR_MS -
           (d->rule.day_end == 1440 ? SECOND_MS : 0);
}

static void due_is_counted_day_by_day(void **state)
{
    (void)state;
    random_state = 1;
    for (int i = 0; i < CASES; i++) {
        struct drawn d;
        struct clock clock;

        draw(&d);
        clock = clock_read(&d);
        assert_int_equal(clock.due_at, due_by_hand(&d, clock.start_at));
    }
}

static void due_is_monotone_in_start(void **state)
{
    (void)state;
    random_state = 2;
    for (int i = 0; i < CASES; i++) {
        struct drawn d;
        const struct window *w;
        struct excluded_list x;
        instant_ms early, late;

        draw(&d);
        w = rule_window(&d.rule, &d.c);
        clock_excluded(&d.c, &d.rule, "duty", &d.policy, w->unit != WINDOW_TIME, &x);
        early = some_instant();
        late = early + (percent(50) ? between(0, 3 * DAY_MS) : between(0, 40 * DAY_MS));
        assert_true(clock_due(&d.rule, w, early, &x, &d.policy) <=
                    clock_due(&d.rule, w, late, &x, &d.policy));
    }
}

/* One more exclusion of what is excluded already, and one cut in two, count nothing twice. */
static void splitting_an_exclusion_changes_nothing(void **state)
{
    int split = 0;

    (void)state;
    random_state = 3;
    while (split < CASES) {
        struct drawn d;
        struct clock before, after;
        struct exclusion *e;
        instant_ms cut;

        draw(&d);
        if (!d.c.exclusion_n)
            continue;
        e = &d.exclusions[between(0, (int64_t)d.c.exclusion_n - 1)];
        if (e->to_at == INSTANT_NONE)
            continue;
        before = clock_read(&d);
        cut = between(e->from_at, e->to_at);
        d.exclusions[d.c.exclusion_n] = *e;
        d.exclusions[d.c.exclusion_n].from_at = percent(50) ? cut : between(e->from_at, cut);
        d.c.exclusion_n++;
        e->to_at = cut;
        after = clock_read(&d);
        same_clock(&before, &after);
        split++;
    }
}

static void order_of_operations_changes_no_clock(void **state)
{
    (void)state;
    random_state = 4;
    for (int i = 0; i < CASES; i++) {
        struct drawn d;
        struct clock before, after;

        draw(&d);
        before = clock_read(&d);
        for (size_t k = d.c.exclusion_n; k > 1; k--) {
            size_t j = (size_t)between(0, (int64_t)k - 1);
            struct exclusion e = d.exclusions[k - 1];

            d.exclusions[k - 1] = d.exclusions[j];
            d.exclusions[j] = e;
        }
        for (size_t k = d.c.restart_n; k > 1; k--) {
            size_t j = (size_t)between(0, (int64_t)k - 1);
            struct restart r = d.restarts[k - 1];

            d.restarts[k - 1] = d.restarts[j];
            d.restarts[j] = r;
        }
        after = clock_read(&d);
        same_clock(&before, &after);
    }
}

/* --- through decide() ------------------------------------------------------------------------- */

static struct report_input reported(void)
{
    return (struct report_input){
        .case_id = "0123456789ABCDEF",
        .source = "s",
        .id = "1",
        .digest = "d",
        .title = "t",
        .case_type = "opinion",
        .incident = {.present = true, .level = (int)between(0, 4), .occurred_at = INSTANT_NONE},
        .discovered_at = some_instant(),
        .received_at = INSTANT_NONE,
        .published_at = INSTANT_NONE,
        .decided_at = INSTANT_NONE,
        .formed_at = INSTANT_NONE,
        .limit_at = INSTANT_NONE};
}

static struct decision report(const struct drawn *d, const struct report_input *in, instant_ms now,
                              struct arena *arena)
{
    struct input input = {.type = INPUT_REPORT, .actor = "x", .u.report = in};

    return decide(case_new(arena), &input, &d->policy, now, arena);
}

static struct decision act(const struct drawn *d, const struct opinion_case *c,
                           const struct action *a, instant_ms now, struct arena *arena)
{
    struct input input = {.type = INPUT_ACTION, .actor = "x", .u.action = a};

    return decide(c, &input, &d->policy, now, arena);
}

/* breaches: seen in between, they stay; whether there was an in between depends on the order. */
static void same_duties(const struct opinion_case *a, const struct opinion_case *b, bool breaches)
{
    const uint32_t mask =
        breaches ? UINT32_MAX : ~(uint32_t)(OBLIGATION_BREACHED | OBLIGATION_BORN_OVERDUE);

    assert_int_equal(a->obligation_n, b->obligation_n);
    for (size_t i = 0; i < a->obligation_n; i++) {
        const struct obligation *x = &a->obligations[i], *y = &b->obligations[i];

        assert_string_equal(x->key, y->key);
        assert_int_equal(x->state, y->state);
        assert_int_equal(x->start_at, y->start_at);
        assert_int_equal(x->due_at, y->due_at);
        assert_int_equal(x->reference_due_at, y->reference_due_at);
        assert_int_equal(x->met_at, y->met_at);
        assert_int_equal(x->flags & mask, y->flags & mask);
        if (breaches)
            assert_int_equal(x->overdue_at, y->overdue_at);
    }
}

/* Two of: acts, exclusions, restarts, corrections of different times. */
static struct action some_fact(const struct report_input *in, instant_ms now, enum action_type type)
{
    struct action a = action_new(type);

    a.kind = percent(50) ? ACT_FOI_ANSWER : ACT_BRIEFING;
    a.word = kinds[between(0, 1)];
    a.happened_at = in->discovered_at + between(0, now - in->discovered_at);
    if (type == ACTION_EXCLUDE) {
        a.from = a.happened_at;
        a.to = between(a.from, now);
    }
    if (type == ACTION_CORRECT_TIME) {
        a.field = TIME_DISCOVERED;
        a.at = in->discovered_at - between(0, 3 * DAY_MS);
        a.text = "why";
    }
    return a;
}

static void order_of_facts_changes_nothing(void **state)
{
    static const enum action_type types[] = {ACTION_EXCLUDE, ACTION_FULFIL, ACTION_RESTART,
                                             ACTION_CORRECT_TIME};
    struct arena *arena = arena_new((size_t)16 << 20);
    int compared = 0;

    (void)state;
    random_state = 5;
    while (compared < CASES) {
        struct drawn d;
        struct report_input in = reported();
        instant_ms now = in.discovered_at + between(1, 40 * DAY_MS);
        size_t one = (size_t)between(0, 3), other = (size_t)between(0, 3);
        struct action first, second;
        struct decision begun, ab, ba;

        if (one == other && one > 1)
            continue; /* two corrections of one time, two restarts: the later one holds */
        arena_reset(arena);
        draw(&d);
        d.rule.satisfied_by = ACT_BIT(ACT_FOI_ANSWER);
        first = some_fact(&in, now, types[one]);
        second = some_fact(&in, now, types[other]);
        begun = report(&d, &in, now, arena);
        ab = act(&d, begun.next, &first, now, arena);
        ba = act(&d, begun.next, &second, now, arena);
        if (ab.verdict != DECIDED || ba.verdict != DECIDED)
            continue;
        ab = act(&d, ab.next, &second, now, arena);
        ba = act(&d, ba.next, &first, now, arena);
        if (ab.verdict != DECIDED || ba.verdict != DECIDED)
            continue;
        same_duties(ab.next, ba.next, false);
        compared++;
    }
    arena_free(arena);
}

static void check_breaches(const struct opinion_case *before, const struct opinion_case *after)
{
    for (size_t i = 0; i < before->obligation_n; i++) {
        const struct obligation *a = &before->obligations[i], *b = &after->obligations[i];

        if (!(a->flags & OBLIGATION_BREACHED))
            continue;
        assert_true((b->flags & OBLIGATION_BREACHED) != 0);
        assert_int_equal(a->overdue_at, b->overdue_at);
        assert_int_equal(a->flags & b->flags & OBLIGATION_BORN_OVERDUE,
                         a->flags & OBLIGATION_BORN_OVERDUE);
    }
}

static void levels_up_and_down_erase_no_breach(void **state)
{
    struct arena *arena = arena_new((size_t)16 << 20);
    size_t breached = 0;

    (void)state;
    random_state = 6;
    for (int i = 0; i < CASES; i++) {
        struct drawn d;
        struct rule rules[2];
        struct report_input in = reported();
        instant_ms now = in.discovered_at + between(0, 30 * DAY_MS);
        struct opinion_case *c;

        arena_reset(arena);
        draw(&d);
        rules[0] = rules[1] = d.rule;
        rules[0].levels = LEVELS_MAJOR;
        rules[1].id = "other";
        rules[1].levels = LEVELS_OTHER;
        rules[1].restart_on_upgrade = percent(50);
        rules[0].keep_on_downgrade = percent(50);
        d.policy.rules = rules;
        d.policy.rule_n = 2;
        c = report(&d, &in, now, arena).next;
        for (int step = 0; step < 2; step++) {
            struct action a = action_new(ACTION_SET_LEVEL);
            struct decision next;

            a.level = (int)between(0, 4);
            now += between(0, 5 * DAY_MS);
            next = act(&d, c, &a, now, arena);
            check_breaches(c, next.next);
            for (size_t k = 0; k < c->obligation_n; k++)
                breached += c->obligations[k].state == OBLIGATION_OVERDUE;
            c = next.next;
        }
    }
    assert_true(breached > CASES / 10);
    arena_free(arena);
}

static void same_facts(const struct decision *a, const struct decision *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->attention_at, b->attention_at);
    assert_int_equal(a->fact_n, b->fact_n);
    for (size_t i = 0; i < a->fact_n; i++) {
        assert_int_equal(a->facts[i].type, b->facts[i].type);
        assert_int_equal(a->facts[i].reason, b->facts[i].reason);
        assert_int_equal(a->facts[i].recorded_at, b->facts[i].recorded_at);
        assert_int_equal(a->facts[i].happened_at, b->facts[i].happened_at);
        assert_int_equal(a->facts[i].flags, b->facts[i].flags);
        assert_true(text_equal(a->facts[i].key, b->facts[i].key));
    }
    same_duties(a->next, b->next, true);
}

static void decide_says_the_same_twice(void **state)
{
    static const enum action_type types[] = {ACTION_EXCLUDE, ACTION_FULFIL, ACTION_RESTART,
                                             ACTION_CORRECT_TIME, ACTION_SET_LEVEL};
    struct arena *arena = arena_new((size_t)16 << 20);

    (void)state;
    random_state = 7;
    for (int i = 0; i < CASES; i++) {
        struct drawn d;
        struct report_input in = reported();
        instant_ms now = in.discovered_at + between(1, 40 * DAY_MS);
        struct action a;
        struct decision begun, once, twice;

        arena_reset(arena);
        draw(&d);
        d.rule.satisfied_by = ACT_BIT(ACT_FOI_ANSWER);
        a = some_fact(&in, now, types[between(0, COUNT(types) - 1)]);
        a.level = (int)between(0, 4);
        begun = report(&d, &in, now, arena);
        once = act(&d, begun.next, &a, now, arena);
        twice = act(&d, begun.next, &a, now, arena);
        same_facts(&once, &twice);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_is_counted_day_by_day),
        cmocka_unit_test(due_is_monotone_in_start),
        cmocka_unit_test(splitting_an_exclusion_changes_nothing),
        cmocka_unit_test(order_of_operations_changes_no_clock),
        cmocka_unit_test(order_of_facts_changes_nothing),
        cmocka_unit_test(levels_up_and_down_erase_no_breach),
        cmocka_unit_test(decide_says_the_same_twice),
    };

    return cmocka_run_group_tests(tests, build_calendars, free_calendars);
}
