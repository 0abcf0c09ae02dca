#include "redis/keys.h"

#include "base/limits.h"
#include "base/must.h"

static const char *const key_names[KEY_COUNT] = {
    [KEY_CASE] = "case:",  [KEY_ATTENTION] = "attention",   [KEY_DEADLINES] = "deadlines",
    [KEY_FACTS] = "facts", [KEY_OUTBOX] = "outbox",         [KEY_RETRY] = "retry",
    [KEY_DEAD] = "dead",   [KEY_INDEX_OPEN] = "index:open", [KEY_INDEX_CLOSED] = "index:closed",
    [KEY_CLOCK] = "clock", [KEY_LEASE] = "lease",           [KEY_OP] = "op:",
};

const char *key_name(struct arena *arena, unsigned shard, enum key key, const char *id)
{
    must(shard < LIMIT_SHARDS && key < KEY_COUNT);
    return arena_printf(arena, "shixian:{%03u}:%s%s", shard, key_names[key], id);
}
