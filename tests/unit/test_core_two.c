/* Two cases, one into the other and out again: what goes along, and who sees to it meanwhile. */
#include "unit/core_given.h"

static void merges_that_can_not_be(void **state)
{
    static const struct {
        enum given other;
        bool exercise;
        const char *detail;
    } rows[] = {
        {MERGED, false, "lives on in"},       {INVALID, false, "is invalid"},
        {HANDING_OVER, false, "under way"},   {FULL_OF_ACTS, false, NULL},
        {JUST_REPORTED, true, "an exercise"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct action a = action_new(ACTION_MERGE);
        struct opinion_case *c = reported("7777777777777777", INSTANT_NONE, rows[i].exercise);
        struct decision d;

        a.into = OWN;
        a.other = given(rows[i].other);
        d = ask(c, &a, NOW);
        if (!rows[i].detail) { /* it has none of its own: together they are not too many */
            assert_int_equal(d.verdict, DECIDED);
            c = did(c, answer(ACT_FOI_ANSWER));
            d = ask(c, &a, NOW);
            assert_int_equal(d.refusal.code, REFUSAL_LIMIT);
            continue;
        }
        assert_int_equal(d.verdict, REFUSED);
        assert_string_equal(d.refusal.field, "into");
        if (!strstr(d.refusal.detail, rows[i].detail))
            fail_msg("%s", d.refusal.detail);
    }
}

static struct opinion_case *noted(const struct opinion_case *c)
{
    struct input input = {.type = INPUT_HANDED, .actor = "system"};
    struct decision d;

    input.u.handed.seq = c->handovers[0].seq;
    d = decide(c, &input, &policy, NOW, kept);
    assert_int_equal(d.verdict, DECIDED);
    assert_int_equal(d.next->handover_n, 0);
    return d.next;
}

static struct opinion_case *merged(const struct opinion_case *c, const struct opinion_case *into)
{
    struct action a = action_new(ACTION_MERGE);

    a.into = into->id;
    a.other = into;
    return did(c, a);
}

static struct opinion_case *split(const struct opinion_case *c, const struct opinion_case *own)
{
    struct action a = action_new(ACTION_SPLIT);

    a.report = own->id;
    a.other = own;
    return did(c, a);
}

/* One into the second, that into the third, and the second split off again: what it had brought
 * along goes with it, also when nobody had noted yet what had gone where. */
static void split_takes_what_came_along(void **state)
{
    (void)state;
    for (int noting = 0; noting < 4; noting++) {
        struct opinion_case *first = reported("1111111111111111", INSTANT_NONE, false);
        struct opinion_case *second = reported("2222222222222222", INSTANT_NONE, false);
        struct opinion_case *third = reported("3333333333333333", INSTANT_NONE, false);

        first = merged(first, second);
        second = join(second, first);
        first = noting & 1 ? noted(first) : first;
        second = merged(second, third);
        third = join(third, second);
        second = noting & 2 ? noted(second) : second;
        assert_int_equal(third->report_n, 3);
        third = split(third, second);
        second = join(second, third);
        third = noted(third);
        second = second->handover_n ? noted(second) : second;
        assert_int_equal(second->status, CASE_OPEN);
        assert_int_equal(second->report_n, 2);
        assert_int_equal(third->report_n, 1);
        assert_non_null(case_obligation(second, "each.1111111111111111"));
        assert_non_null(case_obligation(second, "each.2222222222222222"));
        assert_null(case_obligation(second, "each.3333333333333333"));
        assert_null(case_obligation(third, "each.1111111111111111"));
        assert_null(case_obligation(third, "each.2222222222222222"));
        for (size_t i = 0; i < second->obligation_n; i++)
            if (second->obligations[i].report)
                assert_int_equal(second->obligations[i].state, OBLIGATION_OPEN);
        /* The first, split off alone, leaves the second with its own. */
        second = split(second, first);
        first = join(first, second);
        second = noted(second);
        assert_int_equal(first->report_n, 1);
        assert_int_equal(second->report_n, 1);
        assert_null(case_obligation(second, "each.1111111111111111"));
    }
}

/* A merged case comes back before its merge was noted: duties of what stayed elsewhere are not its
 * own any more. */
static void who_comes_back_early_owes_its_own_only(void **state)
{
    struct opinion_case *first = reported("1111111111111111", INSTANT_NONE, false);
    struct opinion_case *second = reported("2222222222222222", INSTANT_NONE, false);
    struct opinion_case *third = reported("3333333333333333", INSTANT_NONE, false);

    (void)state;
    first = merged(first, second);
    second = join(second, first);
    first = noted(first);
    second = merged(second, third);
    third = join(third, second);
    third = split(third, first); /* the first goes home alone */
    first = join(first, third);
    third = noted(third);
    third = split(third, second);
    second = join(second, third); /* and the second, whose merge nobody has noted */
    second = noted(second);
    assert_int_equal(second->report_n, 1);
    assert_null(case_obligation(second, "each.1111111111111111"));
    assert_non_null(case_obligation(second, "each.2222222222222222"));
    assert_non_null(case_obligation(first, "each.1111111111111111"));
}

/* What is on its way speaks and ends where it goes, not in both cases; and it is no newborn there.
 */
static void a_duty_on_its_way_is_seen_to_where_it_goes(void **state)
{
    struct input time = {.type = INPUT_TIME, .actor = "system"};
    struct opinion_case *second = given(HANDING_OVER), *first = other_merged();
    instant_ms later = NOW + 30 * DAY_MS;
    const struct obligation *o;

    (void)state;
    second = decide(second, &time, &policy, later, kept).next;
    assert_int_equal(case_obligation(second, "each." OWN)->state, OBLIGATION_OVERDUE);
    assert_int_equal(case_obligation(second, "each." OTHER)->state, OBLIGATION_OPEN);
    {
        struct join part = {.from = second, .handover = &second->handovers[0]};
        struct input input = {.type = INPUT_JOIN, .actor = "system", .u.join = &part};

        first = decide(first, &input, &policy, later, kept).next;
    }
    o = case_obligation(first, "each." OTHER);
    assert_int_equal(o->state, OBLIGATION_OVERDUE);
    assert_int_equal(o->flags, OBLIGATION_BREACHED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_that_can_not_be),
        cmocka_unit_test(split_takes_what_came_along),
        cmocka_unit_test(who_comes_back_early_owes_its_own_only),
        cmocka_unit_test(a_duty_on_its_way_is_seen_to_where_it_goes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
