/* The part of the store contract that is about notices: take, postpone, settle. */
#ifndef CONTRACT_STORE_OUTBOX_H
#define CONTRACT_STORE_OUTBOX_H

#define OUTBOX_TESTS(X)                                                                            \
    X(test_take_hides)                                                                             \
    X(test_take_exactly_the_limit)                                                                 \
    X(test_due_tells_of_untaken_notices)                                                           \
    X(test_retries_do_not_starve_new_entries)                                                      \
    X(test_postpone)                                                                               \
    X(test_settle)                                                                                 \
    X(test_conflict_settles_nothing)                                                               \
    X(test_recover)

#define OUTBOX_TEST(test) void test(void **state);
OUTBOX_TESTS(OUTBOX_TEST)
#undef OUTBOX_TEST

#endif
