/* Every name in Redis is made here and nowhere else; docs/REDIS.md tells what lies behind it. */
#ifndef REDIS_KEYS_H
#define REDIS_KEYS_H

#include "base/arena.h"

#define KEY_META "shixian:meta"
#define KEY_BOOK "shixian:book"
#define CHANNEL_CHANGES "shixian:changes"
#define GROUP_DELIVER "deliver"

enum key {
    KEY_CASE, /* + case id */
    KEY_ATTENTION,
    KEY_DEADLINES,
    KEY_FACTS,
    KEY_OUTBOX,
    KEY_RETRY,
    KEY_DEAD,
    KEY_INDEX_OPEN,
    KEY_INDEX_CLOSED,
    KEY_CLOCK,
    KEY_LEASE,
    KEY_OP, /* + operation id */
    KEY_COUNT
};

/* "shixian:{NNN}:..."; the braces keep a shard's keys in one slot of a cluster. id completes
 * KEY_CASE and KEY_OP ("" gives their common prefix); it is "" for all others. */
const char *key_name(struct arena *arena, unsigned shard, enum key key, const char *id);

#endif
