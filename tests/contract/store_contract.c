#include "store_contract.h"

#include <string.h>
#include "codec/chain.h"
#include "codec/record.h"
#include "store_outbox.h"
#include "story.h"

/* --- cases ------------------------------------------------------------------------------------ */

static void test_create_and_load(void **state)
{
    struct story t = story_begin(state);
    const char *id = story_id_in(&t, 1, 0);
    struct store_loaded l = story_load(&t, t.env->a, id, "op-1");
    char head[DIGEST_HEX_SIZE] = CHAIN_GENESIS;
    struct store_commit *c;

    assert_int_equal(l.status, STORE_OK);
    assert_int_equal(l.stored.c->rev, 0);
    assert_string_equal(l.stored.head, CHAIN_GENESIS);
    assert_null(l.op_digest);

    c = story_plan(&t, t.env->a, &(struct wish){.id = id, .facts = 2});
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    for (unsigned i = 0; i < 2; i++) {
        char next[DIGEST_HEX_SIZE];

        chain_next(head, fact_encode(&c->decision->facts[i], id, t.arena), next);
        memcpy(head, next, sizeof(head));
    }
    l = story_load(&t, t.env->b, id, NULL);
    assert_int_equal(l.stored.c->rev, 2);
    assert_string_equal(l.stored.c->id, id);
    assert_string_equal(l.stored.c->title, c->decision->next->title);
    assert_string_equal(l.stored.head, head);
    story_end(&t);
}

static void test_conflict_changes_nothing(void **state)
{
    struct story t = story_begin(state);
    const char *id = story_id_in(&t, 2, 0);
    struct wish w = {.id = id, .facts = 1, .notices = 1, .attention_at = T0 + 1, .closed = true};
    struct store_commit *stale;
    struct store_loaded before, after;

    stale = story_plan(&t, t.env->b, &w);
    story_do_wish(&t, (struct wish){.id = id, .facts = 3, .attention_at = T0 + 1000});
    before = story_load(&t, t.env->a, id, NULL);
    assert_int_equal(story_commit(&t, t.env->b, stale), STORE_CONFLICT);

    after = story_load(&t, t.env->a, id, NULL);
    assert_int_equal(after.stored.c->rev, 3);
    assert_string_equal(after.stored.head, before.stored.head);
    assert_int_equal(story_facts(&t, id, NULL, 10).n, 3);
    assert_int_equal(story_due(&t, t.env->a, 2, T0 + 999, 10).n, 0);
    assert_int_equal(story_take(&t, t.env->a, 2, T0, 10, false).n, 0);
    assert_int_equal(
        story_list(
            &t, &(struct store_list_query){.closed = true, .before_at = INSTANT_NONE, .limit = 9})
            .n,
        0);
    story_end(&t);
}

static void test_one_of_two_wins(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 0, 0), .facts = 1};
    struct store_commit *of_a = story_plan(&t, t.env->a, &w), *of_b = story_plan(&t, t.env->b, &w);
    struct answer a = {0}, b = {0};

    t.env->a->commit(t.env->a->self, of_a, story_on_status, &a);
    t.env->b->commit(t.env->b->self, of_b, story_on_status, &b);
    story_wait_for(&t, &a);
    while (!b.calls)
        t.env->pump(t.env->self);
    assert_true((a.status == STORE_OK && b.status == STORE_CONFLICT) ||
                (a.status == STORE_CONFLICT && b.status == STORE_OK));
    assert_int_equal(story_facts(&t, w.id, NULL, 10).n, 1);
    story_end(&t);
}

static void test_operation_is_remembered(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 3, 0), .facts = 1};
    struct store_commit *c = story_plan(&t, t.env->a, &w);
    struct store_loaded l;

    c->op = "source id/1";
    c->op_digest = "digest-1";
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_REPEATED);
    l = story_load(&t, t.env->b, w.id, "source id/1");
    assert_string_equal(l.op_digest, "digest-1");
    assert_int_equal(l.stored.c->rev, 1);
    assert_null(story_load(&t, t.env->b, w.id, "source id/2").op_digest);

    c = story_plan(&t, t.env->b, &w); /* even on the newest revision */
    c->op = "source id/1";
    c->op_digest = "digest-2";
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_REPEATED);
    assert_string_equal(story_load(&t, t.env->a, w.id, c->op).op_digest, "digest-1");
    assert_int_equal(story_facts(&t, w.id, NULL, 10).n, 1);
    story_end(&t);
}

static void test_lost_reply_is_no_second_write(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 1, 0), .facts = 1, .notices = 1};
    struct store_commit *c = story_plan(&t, t.env->a, &w);

    c->op = "op";
    c->op_digest = "digest";
    t.env->lose_next_reply(t.env->self);
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_UNKNOWN);
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_REPEATED);
    c->op = c->op_digest = NULL;
    assert_int_equal(story_commit(&t, t.env->b, c), STORE_CONFLICT);
    assert_int_equal(story_facts(&t, w.id, NULL, 10).n, 1);
    assert_int_equal(story_take(&t, t.env->b, 1, T0, 10, false).n, 1);
    story_end(&t);
}

static void test_rearm_without_facts(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 1, 0), .facts = 2, .attention_at = T0 + 10};
    struct store_commit *stale;
    struct store_loaded before, after;

    story_do_wish(&t, w);
    before = story_load(&t, t.env->a, w.id, NULL);
    w.facts = 0;
    w.attention_at = T0 + 500;
    stale = story_plan(&t, t.env->a, &w);
    assert_int_equal(story_commit(&t, t.env->a, stale), STORE_OK);
    assert_int_equal(story_due(&t, t.env->a, 1, T0 + 499, 10).n, 0);
    assert_int_equal(story_due(&t, t.env->a, 1, T0 + 500, 10).n, 1);
    after = story_load(&t, t.env->a, w.id, NULL);
    assert_int_equal(after.stored.c->rev, 2);
    assert_string_equal(after.stored.head, before.stored.head);

    w.facts = 1;
    story_do_wish(&t, w);
    assert_int_equal(story_commit(&t, t.env->a, stale), STORE_CONFLICT);
    story_end(&t);
}

/* --- time ------------------------------------------------------------------------------------- */

static void test_due_in_order(void **state)
{
    struct story t = story_begin(state);
    struct store_due d;

    for (unsigned i = 0; i < 5; i++)
        story_do_wish(&t, (struct wish){.id = story_id_in(&t, 2, i),
                                        .facts = 1,
                                        .attention_at = T0 + 100 - (instant_ms)i * 10});
    story_do_wish(&t, (struct wish){.id = story_id_in(&t, 3, 0), .facts = 1, .attention_at = T0});

    d = story_due(&t, t.env->a, 2, T0 + 59, 10);
    assert_true(d.leased);
    assert_int_equal(d.n, 0);
    assert_int_equal(d.next_at, T0 + 60);

    d = story_due(&t, t.env->a, 2, T0 + 80, 2); /* three are due, inclusive */
    assert_int_equal(d.n, 2);
    assert_string_equal(d.cases[0].c->id, story_id_in(&t, 2, 4));
    assert_string_equal(d.cases[1].c->id, story_id_in(&t, 2, 3));
    assert_int_equal(d.cases[0].c->rev, 1);
    assert_int_equal(strlen(d.cases[0].head), DIGEST_HEX_SIZE - 1);
    assert_int_equal(d.next_at, T0 + 80);

    story_do_wish(
        &t,
        (struct wish){.id = story_id_in(&t, 2, 4), .facts = 1, .closed = true}); /* never again */
    d = story_due(&t, t.env->a, 2, T0 + 1000, 10);
    assert_int_equal(d.n, 4);
    assert_int_equal(d.next_at, INSTANT_NONE);
    assert_int_equal(d.unreadable, 0);
    story_end(&t);
}

static void test_lease(void **state)
{
    struct story t = story_begin(state);

    story_do_wish(&t, (struct wish){.id = story_id_in(&t, 0, 0), .facts = 1, .attention_at = T0});
    assert_true(story_due(&t, t.env->a, 0, T0, 10).leased);
    assert_false(story_due(&t, t.env->b, 0, T0, 10).leased);
    assert_true(story_due(&t, t.env->b, 1, T0, 10).leased); /* a lease is for one shard */
    assert_true(story_due(&t, t.env->a, 0, T0, 10).leased);
    t.env->b->release(t.env->b->self); /* does not touch what others hold */
    assert_int_equal(story_read_clock(&t, t.env->b).status, STORE_OK);
    assert_false(story_due(&t, t.env->b, 0, T0, 10).leased);
    t.env->a->release(t.env->a->self);
    assert_int_equal(story_read_clock(&t, t.env->a).status, STORE_OK); /* behind the release */
    assert_int_equal(story_due(&t, t.env->b, 0, T0, 10).n, 1);
    assert_false(story_due(&t, t.env->a, 0, T0, 10).leased);
    story_end(&t);
}

static void test_unreadable_case_does_not_block(void **state)
{
    struct story t = story_begin(state);
    struct store_due d;
    struct store_listed l;

    for (unsigned i = 0; i < 3; i++)
        story_do_wish(
            &t,
            (struct wish){.id = story_id_in(&t, 1, i), .facts = 1, .attention_at = T0 + (int)i});
    t.env->spoil(t.env->self, 1, story_id_in(&t, 1, 0));
    assert_int_equal(story_load(&t, t.env->a, story_id_in(&t, 1, 0), NULL).status, STORE_CORRUPT);

    d = story_due(&t, t.env->a, 1, T0 + 10, 10);
    assert_int_equal(d.n, 2);
    assert_int_equal(d.unreadable, 1);
    assert_string_equal(d.cases[0].c->id, story_id_in(&t, 1, 1));
    d = story_due(&t, t.env->a, 1, T0 + 10, 10);
    assert_int_equal(d.unreadable, 0);
    d = story_due(&t, t.env->a, 1, T0 + 2 * MINUTE_MS, 10);
    assert_int_equal(d.unreadable, 1);

    l = story_list(&t,
                   &(struct store_list_query){.open = true, .before_at = INSTANT_NONE, .limit = 3});
    assert_int_equal(l.n, 3);
    assert_int_equal(l.cases[2].c->rev, 0);
    assert_string_equal(l.cases[2].c->id, story_id_in(&t, 1, 0));
    assert_int_equal(l.cases[2].c->reported_at, T0);
    story_end(&t);
}

static void test_high_water(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 0, 0), .facts = 1},
                other = {.id = story_id_in(&t, 3, 0), .facts = 1};
    struct store_commit *c;

    assert_int_equal(story_read_clock(&t, t.env->a).high_water, INSTANT_NONE);
    assert_true(story_read_clock(&t, t.env->a).time > 0);
    c = story_plan(&t, t.env->a, &w);
    c->now = T0 + 7;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    c = story_plan(&t, t.env->a, &other);
    c->now = T0 + 5;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    assert_int_equal(story_read_clock(&t, t.env->b).high_water, T0 + 7);
    c = story_plan(&t, t.env->a, &w); /* never lower */
    c->now = T0 + 6;
    assert_int_equal(story_commit(&t, t.env->a, c), STORE_OK);
    assert_int_equal(story_read_clock(&t, t.env->b).high_water, T0 + 7);
    story_end(&t);
}

/* --- lists ------------------------------------------------------------------------------------ */

#define LIST_CASES 23

/* Reads all pages; every case once, newest first, ids falling where the time is the same. */
static size_t read_pages(struct story *t, bool open, bool closed, unsigned limit)
{
    struct store_list_query q = {.open = open, .closed = closed, .before_at = INSTANT_NONE};
    struct store_listed l;
    size_t n = 0;

    q.limit = limit;
    do {
        l = story_list(t, &q);
        assert_true(l.n <= limit);
        for (size_t i = 0; i < l.n; i++) {
            const struct opinion_case *c = l.cases[i].c;

            assert_int_not_equal(c->rev, 0);
            if (q.before_id)
                assert_true(c->reported_at < q.before_at ||
                            (c->reported_at == q.before_at && strcmp(c->id, q.before_id) < 0));
            q.before_at = c->reported_at;
            q.before_id = c->id;
            n++;
        }
    } while (l.n == limit);
    return n;
}

static void test_list_pages(void **state)
{
    struct story t = story_begin(state);

    assert_int_equal(read_pages(&t, true, true, 5), 0);
    for (unsigned i = 0; i < LIST_CASES; i++) /* at three instants only */
        story_do_wish(&t,
                      (struct wish){.id = story_id_in(&t, i % CONTRACT_SHARDS, i / CONTRACT_SHARDS),
                                    .facts = 1,
                                    .reported_at = T0 + i % 3,
                                    .closed = i % 4 == 1});
    for (unsigned limit = 1; limit <= LIST_CASES + 1; limit += 3) {
        assert_int_equal(read_pages(&t, true, true, limit), LIST_CASES);
        assert_int_equal(read_pages(&t, false, true, limit), 6);
        assert_int_equal(read_pages(&t, true, false, limit), LIST_CASES - 6);
    }
    story_end(&t);
}

static void test_list_follows_the_case(void **state)
{
    struct story t = story_begin(state);
    struct wish w = {.id = story_id_in(&t, 2, 0), .facts = 1};

    story_do_wish(&t, w);
    assert_int_equal(read_pages(&t, true, false, 5), 1);
    w.closed = true;
    story_do_wish(&t, w);
    assert_int_equal(read_pages(&t, true, false, 5), 0);
    assert_int_equal(read_pages(&t, false, true, 5), 1);
    w.closed = false;
    story_do_wish(&t, w);
    assert_int_equal(read_pages(&t, true, false, 5), 1);
    assert_int_equal(read_pages(&t, false, true, 5), 0);
    story_end(&t);
}

static void test_facts_pages(void **state)
{
    struct story t = story_begin(state);
    const char *id = story_id_in(&t, 0, 0), *before = NULL, *newer = NULL, *newer_hash = NULL;
    uint32_t seq = 7;

    assert_int_equal(story_facts(&t, id, NULL, 5).n, 0);
    for (unsigned i = 0; i < 3; i++) { /* 1 + 2 + 4, others in between */
        story_do_wish(&t, (struct wish){.id = id, .facts = 1u << i});
        story_do_wish(&t, (struct wish){.id = story_id_in(&t, 0, 1), .facts = 1});
    }
    do {
        struct store_facts f = story_facts(&t, id, before, 3);

        for (size_t i = 0; i < f.n; i++, seq--) {
            char hash[DIGEST_HEX_SIZE];
            struct fact fact;

            assert_int_equal(
                fact_decode(f.facts[i].json, strlen(f.facts[i].json), t.arena, &fact, NULL), 0);
            assert_int_equal(fact.seq, seq);
            if (newer) { /* its hash follows from this one */
                chain_next(f.facts[i].hash, newer, hash);
                assert_string_equal(hash, newer_hash);
            }
            newer = f.facts[i].json;
            newer_hash = f.facts[i].hash;
        }
        before = f.next;
    } while (before);
    assert_int_equal(seq, 0);
    story_end(&t);
}

static void test_health(void **state)
{
    struct contract_env *env = *state;
    struct store_health health = env->a->health(env->a->self);

    assert_true(health.ready);
    assert_string_equal(health.state, "ready");
    assert_true(health.promise && *health.promise);
    assert_int_equal(env->a->shards, CONTRACT_SHARDS);
    assert_int_equal(env->b->shards, CONTRACT_SHARDS);
}

#define STORE_TESTS(X)                                                                             \
    X(test_health)                                                                                 \
    X(test_create_and_load)                                                                        \
    X(test_conflict_changes_nothing)                                                               \
    X(test_one_of_two_wins)                                                                        \
    X(test_operation_is_remembered)                                                                \
    X(test_lost_reply_is_no_second_write)                                                          \
    X(test_rearm_without_facts)                                                                    \
    X(test_due_in_order)                                                                           \
    X(test_lease)                                                                                  \
    X(test_unreadable_case_does_not_block)                                                         \
    X(test_high_water)                                                                             \
    X(test_list_pages)                                                                             \
    X(test_list_follows_the_case)                                                                  \
    X(test_facts_pages)

int store_contract_run(const char *name, CMFixtureFunction setup, CMFixtureFunction teardown)
{
#define STORE_TEST(test) {#test, test, setup, teardown, NULL},
    const struct CMUnitTest tests[] = {STORE_TESTS(STORE_TEST) OUTBOX_TESTS(STORE_TEST)};

    return _cmocka_run_group_tests(name, tests, sizeof(tests) / sizeof(*tests), NULL, NULL);
}
