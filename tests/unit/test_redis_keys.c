#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "redis/keys.h"

/* These names are a contract with dashboards (docs/REDIS.md): a change here breaks others. */
static const struct {
    unsigned shard;
    enum key key;
    const char *id, *name;
} rows[] = {
    {0, KEY_CASE, "7ZZZZZZZZZZZZZZZ", "shixian:{000}:case:7ZZZZZZZZZZZZZZZ"},
    {7, KEY_CASE, "", "shixian:{007}:case:"},
    {1, KEY_ATTENTION, "", "shixian:{001}:attention"},
    {1, KEY_DEADLINES, "", "shixian:{001}:deadlines"},
    {1, KEY_FACTS, "", "shixian:{001}:facts"},
    {1, KEY_OUTBOX, "", "shixian:{001}:outbox"},
    {1, KEY_RETRY, "", "shixian:{001}:retry"},
    {1, KEY_DEAD, "", "shixian:{001}:dead"},
    {1, KEY_INDEX_OPEN, "", "shixian:{001}:index:open"},
    {1, KEY_INDEX_CLOSED, "", "shixian:{001}:index:closed"},
    {1, KEY_CLOCK, "", "shixian:{001}:clock"},
    {999, KEY_LEASE, "", "shixian:{999}:lease"},
    {63, KEY_OP, "a/b 9", "shixian:{063}:op:a/b 9"},
};

static void test_names(void **state)
{
    struct arena *arena = arena_new(65536);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        assert_string_equal(key_name(arena, rows[i].shard, rows[i].key, rows[i].id), rows[i].name);
    assert_string_equal(KEY_META, "shixian:meta");
    assert_string_equal(CHANNEL_CHANGES, "shixian:changes");
    assert_string_equal(GROUP_DELIVER, "deliver");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

    return cmocka_run_group_tests_name("redis_keys", tests, NULL, NULL);
}
