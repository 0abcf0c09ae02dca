#include "store_outbox.h"

#include <string.h>
#include "story.h"

void test_take_hides(void **state)
{
    struct story t = story_begin(state);
    struct store_taken first, second;
    const char *id = story_id_in(&t, 1, 0);

    assert_int_equal(story_take(&t, t.env->a, 1, T0, 4, false).n, 0);
    story_do_wish(&t, (struct wish){.id = id, .facts = 1, .notices = 3});
    assert_int_equal(story_take(&t, t.env->a, 0, T0, 4, false).n, 0); /* another shard */

    first = story_take(&t, t.env->a, 1, T0, 2, false);
    assert_int_equal(first.n, 2);
    assert_true(first.more);
    assert_int_equal(first.entries[0].attempts, 0);
    assert_string_equal(first.entries[0].notice, arena_printf(t.arena, "%s-1-0", id));
    assert_string_equal(first.entries[0].receiver, "receiver-0");
    assert_string_equal(first.entries[0].case_id, id);
    assert_int_equal(first.entries[0].body_len, strlen(first.entries[0].body));
    assert_non_null(strstr(first.entries[0].body, "请于14时前发布"));
    assert_int_equal(first.next_at, T0 + MINUTE_MS);

    second = story_take(&t, t.env->b, 1, T0 + 10, 2, false);
    assert_int_equal(second.n, 1);
    assert_false(second.more);
    assert_string_equal(second.entries[0].receiver, "receiver-2");
    assert_int_equal(story_take(&t, t.env->b, 1, T0 + MINUTE_MS - 1, 9, false).n, 0);

    second = story_take(&t, t.env->b, 1, T0 + MINUTE_MS, 9, false); /* a did not settle its two */
    assert_int_equal(second.n, 2);
    assert_string_equal(second.entries[0].entry, first.entries[0].entry);
    story_end(&t);
}

void test_take_exactly_the_limit(void **state)
{
    struct story t = story_begin(state);
    struct store_taken taken;

    story_do_wish(&t, (struct wish){.id = story_id_in(&t, 1, 0), .facts = 1, .notices = 2});
    taken = story_take(&t, t.env->a, 1, T0, 2, false);
    assert_int_equal(taken.n, 2);
    assert_false(taken.more);
    story_end(&t);
}

/* A daemon that has the lease of a shard must learn of what others commit there. */
void test_due_tells_of_untaken_notices(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 1, 0), .facts = 1, .notices = 3};
    struct outbox_done ok = {.attempts = 1};
    struct store_taken taken;
    struct store_commit *c;

    assert_false(story_due(&t, t.env->a, 1, T0, 9).outbox);
    c = story_plan(&t, t.env->b, &w);
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_OK);
    assert_true(story_due(&t, t.env->a, 1, T0, 9).outbox);
    assert_false(story_due(&t, t.env->a, 0, T0, 9).outbox); /* another shard */
    assert_false(story_due(&t, t.env->b, 1, T0, 9).outbox); /* not the one to take them */

    assert_int_equal(story_take(&t, t.env->a, 1, T0, 2, false).n, 2);
    assert_true(story_due(&t, t.env->a, 1, T0, 9).outbox);
    taken = story_take(&t, t.env->a, 1, T0, 2, false);
    assert_int_equal(taken.n, 1);
    assert_false(story_due(&t, t.env->a, 1, T0, 9).outbox);

    ok.entry = taken.entries[0].entry;
    story_postpone(&t, t.env->a, 1, ok.entry, 1, T0);
    assert_false(story_due(&t, t.env->a, 1, T0, 9).outbox); /* known, if due again */
    w.notices = 0;
    c = story_plan(&t, t.env->a, &w);
    c->done = &ok;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    assert_false(story_due(&t, t.env->a, 1, T0 + HOUR_MS, 9).outbox);
    story_end(&t);
}

/* How many of what was taken had been taken before. */
static size_t count_retries(const struct store_taken *taken)
{
    size_t n = 0;

    for (size_t i = 0; i < taken->n; i++)
        n += taken->entries[i].attempts > 0;
    return n;
}

/* One receiver that hangs fills the outbox with retries; whoever else is told must not wait. */
void test_retries_do_not_starve_new_entries(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 1, 0), .facts = 1, .notices = 100};
    struct store_taken taken;

    story_do_wish(&t, w);
    taken = story_take(&t, t.env->a, 1, T0, 100, false);
    assert_int_equal(taken.n, 100);
    for (size_t i = 0; i < taken.n; i++)
        story_postpone(&t, t.env->a, 1, taken.entries[i].entry, 1, T0 + (instant_ms)i);

    w.notices = 5;
    story_do_wish(&t, w);
    taken = story_take(&t, t.env->a, 1, T0 + 200, 16, false); /* all are due */
    assert_int_equal(taken.n, 16);
    assert_int_equal(count_retries(&taken), 11);
    assert_true(taken.more);

    w.notices = 40;
    story_do_wish(&t, w);
    taken = story_take(&t, t.env->a, 1, T0 + 200, 16, false);
    assert_int_equal(taken.n, 16);
    assert_int_equal(count_retries(&taken), 4); /* nor do new ones starve retries */
    taken = story_take(&t, t.env->a, 1, T0 + 200, 200, false);
    assert_int_equal(taken.n, 85 + 28);
    assert_false(taken.more);

    w.notices = 16;
    story_do_wish(&t, w);
    taken = story_take(&t, t.env->a, 1, T0 + 200, 16, false); /* no place is left empty */
    assert_int_equal(taken.n, 16);
    assert_false(taken.more);
    story_end(&t);
}

void test_postpone(void **state)
{
    struct story t = story_begin(state);
    struct store_taken taken;
    const char *entry;

    story_do_wish(&t, (struct wish){.id = story_id_in(&t, 3, 0), .facts = 1, .notices = 1});
    entry = story_take(&t, t.env->a, 3, T0, 5, false).entries[0].entry;
    story_postpone(&t, t.env->a, 3, entry, 1, T0 + 5000);
    taken = story_take(&t, t.env->b, 3, T0 + 4999, 5, false);
    assert_int_equal(taken.n, 0);
    assert_int_equal(taken.next_at, T0 + 5000);
    taken = story_take(&t, t.env->b, 3, T0 + 5000, 5, false);
    assert_int_equal(taken.n, 1);
    assert_int_equal(taken.entries[0].attempts, 1);
    assert_string_equal(taken.entries[0].entry, entry);
    story_postpone(&t, t.env->b, 3, entry, 7, T0 + 6000);
    story_postpone(&t, t.env->b, 3, entry, 2, T0 + 9000); /* replaces, may be lower */
    assert_int_equal(story_take(&t, t.env->a, 3, T0 + 8999, 5, false).n, 0);
    taken = story_take(&t, t.env->a, 3, T0 + 9000, 5, false);
    assert_int_equal(taken.n, 1);
    assert_int_equal(taken.entries[0].attempts, 2);
    story_end(&t);
}

void test_settle(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 2, 0), .facts = 1, .notices = 2};
    struct wish told = {.id = w.id, .facts = 1};
    struct outbox_done ok = {.attempts = 1}, dead = {.attempts = 2, .dead = true};
    struct store_taken taken;
    struct store_commit *c;

    story_do_wish(&t, w);
    taken = story_take(&t, t.env->a, 2, T0, 5, false);
    ok.entry = taken.entries[0].entry;
    dead.entry = taken.entries[1].entry;
    dead.detail = "HTTP 410: gone";
    story_postpone(&t, t.env->a, 2, dead.entry, 1, T0 + 1);

    c = story_plan(&t, t.env->a, &told);
    c->done = &ok;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_REPEATED); /* settled before */
    c = story_plan(&t, t.env->b, &told);
    c->done = &ok;
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_REPEATED);
    assert_int_equal(story_facts(&t, w.id, NULL, 10).n, 2);
    story_postpone(&t, t.env->a, 2, ok.entry, 1, T0 + 1); /* nothing to put off */

    c = story_plan(&t, t.env->a, &told);
    c->done = &dead;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    taken = story_take(&t, t.env->a, 2, T0 + HOUR_MS, 5, true);
    assert_int_equal(taken.n, 0);
    assert_int_equal(taken.next_at, INSTANT_NONE);
    story_end(&t);
}

void test_conflict_settles_nothing(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 2, 0), .facts = 1, .notices = 1};
    struct outbox_done ok = {.attempts = 1};
    struct store_commit *stale;

    story_do_wish(&t, w);
    ok.entry = story_take(&t, t.env->a, 2, T0, 5, false).entries[0].entry;
    w.notices = 0;
    stale = story_plan(&t, t.env->a, &w);
    stale->done = &ok;
    story_do_wish(&t, w);
    assert_int_equal(story_commit(&t, t.env->a, stale), STORE_CONFLICT);
    assert_int_equal(story_take(&t, t.env->b, 2, T0 + MINUTE_MS, 5, false).n, 1);
    story_end(&t);
}

void test_recover(void **state)
{
    struct story t = story_begin(state);
    struct store_taken taken;
    const char *later, *flying;

    story_do_wish(&t, (struct wish){.id = story_id_in(&t, 0, 0), .facts = 1, .notices = 4});
    taken = story_take(&t, t.env->a, 0, T0, 3, false);
    later = taken.entries[0].entry;
    flying = taken.entries[1].entry;
    story_postpone(&t, t.env->a, 0, later, 1, T0 + 5000);
    story_postpone(&t, t.env->a, 0, flying, 4, T0);
    assert_int_equal(story_take(&t, t.env->b, 0, T0, 1, false).n,
                     1); /* b has the one put off by a */
    assert_int_equal(story_take(&t, t.env->b, 0, T0, 1, false).n, 1); /* and the fourth */
    t.env->restart_a(t.env);

    assert_int_equal(story_take(&t, t.env->a, 0, T0 + 1, 9, false).n, 0);
    taken = story_take(&t, t.env->a, 0, T0 + 1, 9, true); /* only the third was in its hands */
    assert_int_equal(taken.n, 1);
    assert_string_equal(taken.entries[0].receiver, "receiver-2");
    assert_int_equal(taken.entries[0].attempts, 0);
    taken = story_take(&t, t.env->a, 0, T0 + 5000, 9, false);
    assert_int_equal(taken.n, 1);
    assert_string_equal(taken.entries[0].entry, later);
    assert_int_equal(taken.entries[0].attempts, 1);
    story_end(&t);
}
