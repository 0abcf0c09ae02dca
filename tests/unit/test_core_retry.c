/* core/retry.h: when a delivery is tried again, and when it is given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "core/retry.h"

static const span_ms planned[] = {5, 15, 60, 300, 900, 1800, 3600}; /* seconds */
#define PLANNED (sizeof(planned) / sizeof(planned[0]))

static bool next(enum send_outcome outcome, int attempts, span_ms asked, uint32_t random,
                 span_ms *ret)
{
    const struct send_result result = {.outcome = outcome, .retry_after = asked};

    return retry_next(&retry_deadline_schedule, attempts, &result, random, ret);
}

static void test_schedule_is_the_promised_one(void **state)
{
    (void)state;
    assert_int_equal(retry_deadline_schedule.n, PLANNED);
    for (size_t i = 0; i < PLANNED; i++)
        assert_int_equal(retry_deadline_schedule.delays[i], planned[i] * SECOND_MS);
}

static void test_every_wait_lies_within_a_fifth_of_its_plan(void **state)
{
    static const uint32_t randoms[] = {0, 1, 1999, 2000, 2001, 0x7fffffff, 0x80000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < PLANNED; i++) {
        for (size_t r = 0; r < sizeof(randoms) / sizeof(randoms[0]); r++) {
            span_ms delay = -1;

            assert_true(next(SEND_RETRY, (int)i + 1, 0, randoms[r], &delay));
            assert_in_range(delay, planned[i] * 800, planned[i] * 1200);
        }
    }
}

static void test_jitter_reaches_both_ends(void **state)
{
    span_ms low = 0, high = 0;

    (void)state;
    assert_true(next(SEND_RETRY, 1, 0, 0, &low));
    assert_int_equal(low, 4000);
    assert_true(next(SEND_RETRY, 1, 0, 2000, &high));
    assert_int_equal(high, 6000);
}

static void test_gives_up_after_the_last_plan_and_leaves_delay_alone(void **state)
{
    static const int attempts[] = {8, 9, 1000, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        span_ms delay = 42;

        assert_false(next(SEND_RETRY, attempts[i], 0, 7, &delay));
        assert_int_equal(delay, 42);
    }
}

static void test_misset_has_three_tries_with_the_first_waits(void **state)
{
    span_ms delay = 0;

    (void)state;
    assert_true(next(SEND_MISSET, 1, 0, 1000, &delay));
    assert_int_equal(delay, 5000);
    assert_true(next(SEND_MISSET, 2, 0, 3000, &delay));
    assert_int_equal(delay, 15000);
    assert_false(next(SEND_MISSET, 3, 0, 0, &delay));
}

static void test_misset_never_outlasts_a_shorter_schedule(void **state)
{
    static const span_ms one[] = {1000};
    const struct retry_schedule schedule = {
        .delays = one, .n = 1, .misset_tries = 3, .retry_after_max = HOUR_MS};
    const struct send_result result = {.outcome = SEND_MISSET};
    span_ms delay = 0;

    (void)state;
    assert_true(retry_next(&schedule, 1, &result, 5, &delay));
    assert_int_equal(delay, 1000);
    assert_false(retry_next(&schedule, 2, &result, 5, &delay));
}

static void test_gone_and_accepted_are_final(void **state)
{
    span_ms delay = 0;

    (void)state;
    assert_false(next(SEND_GONE, 1, 0, 0, &delay));
    assert_false(next(SEND_ACCEPTED, 1, 0, 0, &delay));
}

static void test_receiver_may_ask_for_later_but_not_for_earlier_or_never(void **state)
{
    span_ms delay = 0;

    (void)state;
    assert_true(next(SEND_RETRY, 1, 90 * SECOND_MS, 0, &delay));
    assert_int_equal(delay, 90 * SECOND_MS);
    assert_true(next(SEND_RETRY, 3, 1 * SECOND_MS, 12000, &delay));
    assert_int_equal(delay, 60 * SECOND_MS);
    assert_true(next(SEND_RETRY, 1, DAY_MS, 0, &delay));
    assert_int_equal(delay, HOUR_MS);
    assert_true(next(SEND_RETRY, 1, INT64_MAX, 0, &delay));
    assert_int_equal(delay, HOUR_MS);
    assert_true(next(SEND_RETRY, 1, -DAY_MS, 1000, &delay));
    assert_int_equal(delay, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schedule_is_the_promised_one),
        cmocka_unit_test(test_every_wait_lies_within_a_fifth_of_its_plan),
        cmocka_unit_test(test_jitter_reaches_both_ends),
        cmocka_unit_test(test_gives_up_after_the_last_plan_and_leaves_delay_alone),
        cmocka_unit_test(test_misset_has_three_tries_with_the_first_waits),
        cmocka_unit_test(test_misset_never_outlasts_a_shorter_schedule),
        cmocka_unit_test(test_gone_and_accepted_are_final),
        cmocka_unit_test(test_receiver_may_ask_for_later_but_not_for_earlier_or_never),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
