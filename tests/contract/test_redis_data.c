/* What lies in Redis, and what happens when it is not what we wrote. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "draft.h"

#define WORLD(state) ((struct redis_world *)*(state))

/* docs/REDIS.md is a promise to others: this is what they find. */
static void test_what_is_written(void **state)
{
    struct redis_world *w = WORLD(state);
    redisContext *watcher = redisConnectUnix(w->socket);
    redisReply *reply = redisCommand(watcher, "SUBSCRIBE shixian:changes");
    struct draft d;
    char expected[128];

    freeReplyObject(reply);
    draft_init(&d, 7);
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    assert_string_equal(redis_world_do(w, "HGETALL shixian:meta"),
                        "schema 2 time_scale 1 shards 4");
#define KEY(command, name, rest)                                                                   \
    redis_world_do(w, command " shixian:{%03u}:" name " " rest, draft_shard(&d))
    assert_string_equal(KEY("ZRANGE", "attention", "0 -1 WITHSCORES"),
                        "FAVLT00000000007 1784003600000");
    assert_string_equal(KEY("ZRANGE", "deadlines", "0 -1 WITHSCORES"),
                        "FAVLT00000000007/release 1784018000000");
    assert_string_equal(KEY("ZRANGE", "index:open", "0 -1 WITHSCORES"),
                        "FAVLT00000000007 1784000000000");
    assert_string_equal(KEY("EXISTS", "index:closed", ""), "0");
    assert_string_equal(KEY("GET", "clock", ""), "1784000000000");
    assert_string_equal(KEY("HGET", "case:FAVLT00000000007", "rev"), "1");
    assert_string_equal(KEY("HLEN", "case:FAVLT00000000007", ""), "4");
    assert_string_equal(KEY("GET", "op:op-7", ""), "digest");
    assert_true(atol(KEY("TTL", "op:op-7", "")) > OP_TTL_S - 60);
    assert_non_null(strstr(KEY("XRANGE", "facts", "- +"), " case FAVLT00000000007 fact {"));
    assert_non_null(strstr(KEY("XRANGE", "outbox", "- +"),
                           " notice FAVLT00000000007 receiver duty case FAVLT00000000007 body {"));
    assert_int_equal(redisGetReply(watcher, (void **)&reply), REDIS_OK);
    snprintf(expected, sizeof(expected), "%s 1", d.id);
    assert_string_equal(reply->element[2]->str, expected);
    freeReplyObject(reply);
    redisFree(watcher);
}

/* Nothing is owed any more when the case has ended, whatever state its duties were left in. */
static void test_ended_case_leaves_no_deadlines(void **state)
{
    static const enum case_status ends[] = {CASE_CLOSED, CASE_INVALID};
    struct redis_world *w = WORLD(state);

    for (unsigned i = 0; i < 2; i++) {
        struct draft d;

        draft_init(&d, i);
        d.decision.notice_n = 0;
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
        assert_string_equal(KEY("ZCARD", "deadlines", ""), "1");
        d.commit.op = NULL;
        d.commit.expected_rev = 1;
        d.c.rev = d.fact.seq = 2;
        d.c.status = ends[i];
        d.c.closed_at = T0;
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
        assert_string_equal(KEY("EXISTS", "deadlines", ""), "0");

        d.commit.expected_rev = 2; /* taken up again: owed again */
        d.c.rev = d.fact.seq = 3;
        d.c.status = CASE_OPEN;
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
        assert_string_equal(KEY("ZCARD", "deadlines", ""), "1");
        redis_world_do(w, "FLUSHALL");
    }
}

/* One key of the wrong type, each in turn: nothing at all changes. */
static void test_wrong_type_changes_nothing(void **state)
{
    static const char *const names[] = {"attention", "deadlines", "facts",      "outbox",
                                        "retry",     "dead",      "index:open", "index:closed",
                                        "clock",     "case:",     "op:"};
    struct redis_world *w = WORLD(state);

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char key[128], before[64];
        struct draft d;

        draft_init(&d, (unsigned)i);
        snprintf(key, sizeof(key), "shixian:{%03u}:%s%s", draft_shard(&d), names[i],
                 strcmp(names[i], "case:") == 0 ? d.id
                 : strcmp(names[i], "op:") == 0 ? d.op
                                                : "");
        redis_world_do(w, "DEL %s", key);
        redis_world_do(w, "SADD %s member", key);
        snprintf(before, sizeof(before), "%s", redis_world_do(w, "DEBUG DIGEST"));
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_CORRUPT);
        assert_string_equal(redis_world_do(w, "DEBUG DIGEST"), before);
        redis_world_do(w, "DEL %s", key);
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    }
}

static void test_out_of_memory_changes_nothing(void **state)
{
    struct redis_world *w = WORLD(state);
    char before[64];
    struct draft d;

    draft_init(&d, 1);
    snprintf(before, sizeof(before), "%s", redis_world_do(w, "DEBUG DIGEST"));
    redis_world_do(w, "CONFIG SET maxmemory 1");
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_UNAVAILABLE);
    assert_string_equal(redis_world_do(w, "DEBUG DIGEST"), before);
    redis_world_do(w, "CONFIG SET maxmemory 0");
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
}

static void test_scripts_forgotten(void **state)
{
    struct redis_world *w = WORLD(state);
    struct draft d;

    for (unsigned i = 0; i < 3; i++) {
        draft_init(&d, i);
        redis_world_do(w, "SCRIPT FLUSH");
        assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    }
    assert_true(w->env.a->health(w->env.a->self).ready);
}

struct taken {
    char entry[32];
    size_t n;
    bool answered;
};

static void on_taken(void *arg, const struct store_taken *taken)
{
    struct taken *to = arg;

    assert_int_equal(taken->status, STORE_OK);
    to->answered = true;
    to->n = taken->n;
    if (taken->n)
        snprintf(to->entry, sizeof(to->entry), "%s", taken->entries[0].entry);
}

/* A notice that was put off and then given up: only `dead` still knows it. */
static void test_given_up_notice(void **state)
{
    struct redis_world *w = WORLD(state);
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct taken taken = {.n = 0};
    struct outbox_done done = {
        .entry = taken.entry, .attempts = 3, .dead = true, .detail = "HTTP 410: gone"};
    struct draft d;

    draft_init(&d, 1);
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    w->env.a->take(w->env.a->self, draft_shard(&d), T0, T0 + 1, 5, false, arena, on_taken, &taken);
    while (!taken.answered)
        redis_world_pump(w);
    assert_int_equal(taken.n, 1);
    d.calls = 0;
    w->env.a->postpone(w->env.a->self, draft_shard(&d), taken.entry, 2, T0 + 5, draft_on_done, &d);
    while (!d.calls)
        redis_world_pump(w);
    assert_non_null(strstr(KEY("ZRANGE", "retry", "0 -1"), ":2"));

    d.commit.op = NULL;
    d.commit.expected_rev = 1;
    d.c.rev = d.fact.seq = 2;
    d.commit.done = &done;
    d.decision.notice_n = 0;
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    assert_string_equal(KEY("XLEN", "outbox", ""), "0");
    assert_string_equal(KEY("ZCARD", "retry", ""), "0");
    assert_string_equal(KEY("XPENDING", "outbox", "deliver - + 9"), "");
    assert_string_equal(KEY("XLEN", "dead", ""), "1");
    assert_non_null(strstr(KEY("XRANGE", "dead", "- +"), " receiver duty case FAVLT00000000001 "));
    assert_non_null(strstr(KEY("XRANGE", "dead", "- +"), " attempts 3 detail HTTP 410: gone"));
    arena_free(arena);
}

static void on_due_counts(void *arg, const struct store_due *due)
{
    struct store_due *to = arg;

    *to = *due;
}

/* Large cases come in portions that fit into memory; none is passed over. */
static void test_large_cases_in_portions(void **state)
{
    struct redis_world *w = WORLD(state);
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct store_due due = {.status = STORE_UNKNOWN};
    char *title = calloc(1, 1500001);
    struct draft d;

    memset(title, 'x', 1500000);
    for (unsigned i = 0, n = 0; n < 3; i++) {
        draft_init(&d, i);
        d.c.title = title;
        if (draft_shard(&d) == 0 && ++n)
            assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    }
    w->env.a->due(w->env.a->self, 0, T0 + DAY_MS, 64, arena, on_due_counts, &due);
    while (due.status == STORE_UNKNOWN)
        redis_world_pump(w);
    assert_int_equal(due.n, 1);
    assert_int_equal(due.unreadable, 0);
    assert_int_equal(due.next_at, T0 + HOUR_MS);
    free(title);
    arena_free(arena);
}

static void on_due(void *arg, const struct store_due *due)
{
    int *n = arg;

    assert_int_equal(due->status, STORE_OK);
    *n = due->leased;
}

static void on_facts(void *arg, const struct store_facts *facts)
{
    int *n = arg;

    assert_int_equal(facts->status, STORE_OK);
    *n = (int)facts->n;
}

static int facts_before(struct redis_world *w, const struct draft *d, const char *before)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    int n = -1;

    w->env.a->facts(w->env.a->self, d->id, before, 5, arena, on_facts, &n);
    while (n < 0)
        redis_world_pump(w);
    arena_free(arena);
    return n;
}

static void test_foreign_cursor(void **state)
{
    static const char *const cursors[] = {
        "x", "1", "0-0", "1-1-1", "-", "+", "(1-1", "1-\n1", "99999999999999999999999-1", "\xFF"};
    struct redis_world *w = WORLD(state);
    char last[64], foreign[64];
    struct draft d;

    draft_init(&d, 1);
    assert_int_equal(draft_commit(w, w->env.a, &d), STORE_OK);
    assert_int_equal(facts_before(w, &d, NULL), 1);
    for (size_t i = 0; i < sizeof(cursors) / sizeof(*cursors); i++)
        assert_int_equal(facts_before(w, &d, cursors[i]), 0);
    /* The fact of another case, even if it led here. */
    snprintf(last, sizeof(last), "%s", KEY("HGET", "case:FAVLT00000000001", "last"));
    snprintf(foreign, sizeof(foreign), "%s",
             redis_world_do(w, "XADD shixian:{%03u}:facts * case other fact x hash x prev %s",
                            draft_shard(&d), last));
    assert_int_equal(facts_before(w, &d, foreign), 0);
}

/* A broken outbox is bad enough; deadlines are looked at all the same. */
static void test_broken_outbox_does_not_hold_up_time(void **state)
{
    static const char *const names[] = {"outbox", "retry"};
    struct redis_world *w = WORLD(state);

    for (size_t i = 0; i < 2; i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        int leased = -1;

        redis_world_do(w, "SET shixian:{000}:%s text", names[i]);
        w->env.a->due(w->env.a->self, 0, T0, 5, arena, on_due, &leased);
        while (leased < 0)
            redis_world_pump(w);
        assert_int_equal(leased, 1);
        arena_free(arena);
    }
}

static void test_lease_runs_out(void **state)
{
    struct redis_world *w = WORLD(state);

    redis_world_do(w, "SET shixian:{000}:lease someone PX 100000");
    redis_world_do(w, "SET shixian:{001}:lease a PX %d", LEASE_MS / 2 - 100);
    redis_world_do(w, "SET shixian:{002}:lease a PX %d", LEASE_MS - 100);
    for (unsigned i = 0; i < 3; i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        int leased = -1;

        w->env.a->due(w->env.a->self, i, T0, 5, arena, on_due, &leased);
        while (leased < 0)
            redis_world_pump(w);
        assert_int_equal(leased, i > 0);
        arena_free(arena);
    }
    assert_string_equal(redis_world_do(w, "GET shixian:{000}:lease"), "someone");
    assert_true(atol(redis_world_do(w, "PTTL shixian:{002}:lease")) <= LEASE_MS - 100);
    assert_true(atol(redis_world_do(w, "PTTL shixian:{001}:lease")) > LEASE_MS / 2);
    redis_world_do(w, "SET shixian:{001}:lease thief"); /* it ran out unnoticed */
    w->env.a->release(w->env.a->self);
    for (int i = 0; i < 20 && *redis_world_do(w, "EXISTS shixian:{002}:lease") == '1'; i++)
        redis_world_pump(w);
    assert_string_equal(redis_world_do(w, "GET shixian:{001}:lease"), "thief");
}

#define DATA_TEST(test)                                                                            \
    cmocka_unit_test_setup_teardown(test, redis_world_setup, redis_world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATA_TEST(test_what_is_written),
        DATA_TEST(test_ended_case_leaves_no_deadlines),
        DATA_TEST(test_given_up_notice),
        DATA_TEST(test_large_cases_in_portions),
        DATA_TEST(test_wrong_type_changes_nothing),
        DATA_TEST(test_out_of_memory_changes_nothing),
        DATA_TEST(test_scripts_forgotten),
        DATA_TEST(test_foreign_cursor),
        DATA_TEST(test_broken_outbox_does_not_hold_up_time),
        DATA_TEST(test_lease_runs_out),
    };

    return cmocka_run_group_tests_name("redis_data", tests, NULL, NULL);
}
