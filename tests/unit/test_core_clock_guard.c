/* The clock of record: what it says after jumps, stalls and nonsense from the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/clock_guard.h"

#define T0 ((instant_ms)1784009000000) /* any day in 2026 */
#define M0 ((mono_ms)5000)             /* the monotonic clock has no relation to it */

/* One moment of a story: the store's clock stands `off` from the truth; what comes of it. */
struct moment {
    span_ms at;  /* real time since the start */
    span_ms off; /* store's clock minus truth */
    enum clock_event event;
    span_ms now; /* expected time of record, since T0 */
};

static void tell(const struct moment *moments, size_t n)
{
    struct clock_guard g;
    instant_ms last = INSTANT_NONE;

    clock_guard_init(&g, 1.0);
    for (size_t i = 0; i < n; i++) {
        const struct moment *m = &moments[i];
        enum clock_event event =
            clock_guard_sample(&g, T0 + m->at + m->off, INSTANT_NONE, T0 + m->at, M0 + m->at);
        instant_ms now = clock_guard_now(&g, M0 + m->at);

        if (event != m->event || now != T0 + m->now)
            fail_msg("moment %zu: event %d (expected %d), now %+lld ms (expected %+lld)", i,
                     (int)event, (int)m->event, (long long)(now - T0), (long long)m->now);
        assert_true(now >= last);
        last = now;
    }
}
#define TELL(moments) tell(moments, sizeof(moments) / sizeof(moments[0]))

static void unknown_before_first_sample(void **state)
{
    struct clock_guard g;

    (void)state;
    clock_guard_init(&g, 1.0);
    assert_true(clock_guard_now(&g, M0) == INSTANT_NONE);
    assert_true(clock_guard_behind(&g, M0) == 0);
    assert_int_equal(clock_guard_sample(&g, T0, INSTANT_NONE, T0, M0), CLOCK_STEADY);
    assert_true(clock_guard_now(&g, M0) == T0);
    /* Between samples it runs on by itself, an hour if need be. */
    assert_true(clock_guard_now(&g, M0 + HOUR_MS) == T0 + HOUR_MS);
}

/* A restart is no way around a hold: the first sample is compared with our wall clock. */
static void first_sample_ahead_is_held(void **state)
{
    static const struct moment story[] = {
        {0, HOUR_MS, CLOCK_JUMPED, 0},
        {1000, HOUR_MS, CLOCK_STEADY, 1000},
        {CLOCK_HOLD_MS, HOUR_MS, CLOCK_BELIEVED, CLOCK_HOLD_MS + HOUR_MS},
    };
    static const struct moment behind[] = {{0, -HOUR_MS, CLOCK_STEADY, -HOUR_MS}};

    (void)state;
    TELL(story);
    TELL(behind); /* never early: no reason to doubt it */
}

/* What was committed ahead of our wall clock proves that it is ours that is wrong. */
static void first_sample_ahead_with_proof_is_believed(void **state)
{
    struct clock_guard g;

    (void)state;
    clock_guard_init(&g, 1.0);
    assert_int_equal(clock_guard_sample(&g, T0 + HOUR_MS, T0 + 59 * MINUTE_MS, T0, M0),
                     CLOCK_STEADY);
    assert_true(clock_guard_now(&g, M0) == T0 + HOUR_MS);
}

static void slew_is_followed(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, 400, CLOCK_STEADY, 1400},
        {2000, 900, CLOCK_STEADY, 2900},
        {3000, CLOCK_JUMP_MS + 900, CLOCK_STEADY, 8900}, /* exactly JUMP is not a jump */
        {4000, 2000, CLOCK_STEADY, 8900},                /* gone back a little: stands still */
        {7000, 2000, CLOCK_STEADY, 9000},
    };

    (void)state;
    TELL(story);
}

static void forward_jump_is_held_then_believed(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, HOUR_MS, CLOCK_JUMPED, 1000},
        {2000, HOUR_MS + 300, CLOCK_STEADY, 2000},
        {1000 + CLOCK_HOLD_MS - 1, HOUR_MS, CLOCK_STEADY, 1000 + CLOCK_HOLD_MS - 1},
        {1000 + CLOCK_HOLD_MS, HOUR_MS, CLOCK_BELIEVED, 1000 + CLOCK_HOLD_MS + HOUR_MS},
        {2000 + CLOCK_HOLD_MS, HOUR_MS, CLOCK_STEADY, 2000 + CLOCK_HOLD_MS + HOUR_MS},
    };

    (void)state;
    TELL(story);
}

static void forward_jump_that_heals_leaves_no_trace(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, HOUR_MS, CLOCK_JUMPED, 1000},
        {60000, 0, CLOCK_HEALED, 60000},
        {61000, 0, CLOCK_STEADY, 61000},
    };

    (void)state;
    TELL(story);
}

static void another_jump_starts_the_hold_again(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, HOUR_MS, CLOCK_JUMPED, 1000},
        {CLOCK_HOLD_MS, 2 * HOUR_MS, CLOCK_JUMPED, CLOCK_HOLD_MS},
        {CLOCK_HOLD_MS + 1000, 2 * HOUR_MS, CLOCK_STEADY, CLOCK_HOLD_MS + 1000},
        {2 * CLOCK_HOLD_MS, 2 * HOUR_MS, CLOCK_BELIEVED, 2 * CLOCK_HOLD_MS + 2 * HOUR_MS},
    };

    (void)state;
    TELL(story);
}

static void believed_backward_jump_stands_still_and_comes_home(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, -HOUR_MS, CLOCK_JUMPED, 1000},
        {1000 + CLOCK_HOLD_MS, -HOUR_MS, CLOCK_BELIEVED, CLOCK_HOLD_MS - 9000},
        {20 * MINUTE_MS, -HOUR_MS, CLOCK_STEADY, CLOCK_HOLD_MS - 9000},
        {21 * MINUTE_MS, 0, CLOCK_HEALED, 21 * MINUTE_MS}, /* at once: where it would have been */
    };
    struct clock_guard g;

    (void)state;
    /* The same, but by hand: now() is asked during the hold, as the daemon does. */
    clock_guard_init(&g, 1.0);
    for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
        const struct moment *m = &story[i];

        if (i == 2)
            clock_guard_now(&g, M0 + CLOCK_HOLD_MS - 9000);
        assert_int_equal(
            clock_guard_sample(&g, T0 + m->at + m->off, INSTANT_NONE, T0 + m->at, M0 + m->at),
            m->event);
        assert_true(clock_guard_now(&g, M0 + m->at) == T0 + m->now);
        assert_true((clock_guard_behind(&g, M0 + m->at) > 0) == (i == 2 || i == 3));
    }
}

static void leap_out_of_standstill_into_the_future_is_held(void **state)
{
    static const struct moment story[] = {
        {0, 0, CLOCK_STEADY, 0},
        {1000, -HOUR_MS, CLOCK_JUMPED, 1000},
        {1000 + CLOCK_HOLD_MS, -HOUR_MS, CLOCK_BELIEVED, 1000},
        {20 * MINUTE_MS, DAY_MS, CLOCK_JUMPED, 1000},
    };

    (void)state;
    TELL(story);
}

static void high_water_holds_the_clock(void **state)
{
    struct clock_guard g;

    (void)state;
    clock_guard_init(&g, 1.0);
    clock_guard_sample(&g, T0, T0 + MINUTE_MS, T0, M0);
    assert_true(clock_guard_now(&g, M0) == T0 + MINUTE_MS);
    assert_true(clock_guard_behind(&g, M0) == MINUTE_MS);
    assert_true(clock_guard_now(&g, M0 + 30000) == T0 + MINUTE_MS);
    assert_true(clock_guard_behind(&g, M0 + 30000) == 30000);
    assert_true(clock_guard_now(&g, M0 + 61000) == T0 + 61000);
    assert_true(clock_guard_behind(&g, M0 + 61000) == 0);
    /* A mark that lies behind changes nothing. */
    clock_guard_sample(&g, T0 + 62000, T0, T0 + 62000, M0 + 62000);
    assert_true(clock_guard_now(&g, M0 + 62000) == T0 + 62000);
}

static void nonsense_is_bounded(void **state)
{
    static const instant_ms nonsense[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INSTANT_MAX, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
        struct clock_guard g;
        instant_ms before, after;

        clock_guard_init(&g, 1.0);
        clock_guard_sample(&g, nonsense[i], nonsense[i], nonsense[i], M0);
        before = clock_guard_now(&g, M0);
        assert_true(before >= 0 && before <= INSTANT_MAX);
        clock_guard_sample(&g, nonsense[5 - i], nonsense[5 - i], nonsense[5 - i], M0 + 1000);
        after = clock_guard_now(&g, M0 + 1000);
        assert_true(after >= before && after <= INSTANT_MAX);
        clock_guard_behind(&g, M0 + 1000);
    }
}

static void wall_clock_is_compared(void **state)
{
    struct clock_guard g;

    (void)state;
    clock_guard_init(&g, 1.0);
    clock_guard_sample(&g, T0, INSTANT_NONE, T0 - 90000, M0);
    assert_true(g.wall_offset == -90000);
}

static void scaled_time_runs_from_the_first_sample(void **state)
{
    struct clock_guard g;

    (void)state;
    clock_guard_init(&g, 60.0);
    clock_guard_sample(&g, T0, INSTANT_NONE, T0, M0);
    assert_true(clock_guard_now(&g, M0 + 1000) == T0 + MINUTE_MS);
    /* The store's clock, slower, is no jump, and no anchor. */
    assert_int_equal(clock_guard_sample(&g, T0 + 10000, INSTANT_NONE, T0 + 10000, M0 + 10000),
                     CLOCK_STEADY);
    assert_true(clock_guard_now(&g, M0 + 10000) == T0 + 10 * MINUTE_MS);
    /* After a restart it goes on where the store says it was. */
    clock_guard_init(&g, 60.0);
    clock_guard_sample(&g, T0 + 11000, T0 + 10 * MINUTE_MS, T0 + 11000, M0);
    assert_true(clock_guard_now(&g, M0 + 1000) == T0 + 11 * MINUTE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_before_first_sample),
        cmocka_unit_test(first_sample_ahead_is_held),
        cmocka_unit_test(first_sample_ahead_with_proof_is_believed),
        cmocka_unit_test(slew_is_followed),
        cmocka_unit_test(forward_jump_is_held_then_believed),
        cmocka_unit_test(forward_jump_that_heals_leaves_no_trace),
        cmocka_unit_test(another_jump_starts_the_hold_again),
        cmocka_unit_test(believed_backward_jump_stands_still_and_comes_home),
        cmocka_unit_test(leap_out_of_standstill_into_the_future_is_held),
        cmocka_unit_test(high_water_holds_the_clock),
        cmocka_unit_test(nonsense_is_bounded),
        cmocka_unit_test(wall_clock_is_compared),
        cmocka_unit_test(scaled_time_runs_from_the_first_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
