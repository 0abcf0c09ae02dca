#include "redis/promise.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"

struct level {
    const char *appendonly, *appendfsync; /* NULL: any */
    bool durable;
    const char *words;
};

/* The first that fits. */
static const struct level levels[] = {
    {"", NULL, false, "unknown: not allowed to read the server's settings"},
    {"no", NULL, false, "NOTHING is durable: appendonly no"},
    {NULL, "always", true, "on the disk of this one server (appendonly yes, appendfsync always)"},
    {NULL, "everysec", false, "up to 1 s of acknowledged writes may be lost: appendfsync everysec"},
    {NULL, NULL, false, "acknowledged writes may be lost: appendfsync is not always"},
};

static bool fits(const struct level *level, const struct redis_settings *s)
{
    return (!level->appendonly || text_equal(level->appendonly, s->appendonly)) &&
           (!level->appendfsync || text_equal(level->appendfsync, s->appendfsync));
}

bool redis_promise(const struct redis_settings *s, char *out, size_t size)
{
    const struct level *level = levels;
    /* Only an ordinary memory limit makes the server evict; op keys and leases have a time to live,
     * cases have not. */
    bool evicts = text_starts(s->maxmemory_policy, "allkeys") && !text_equal(s->maxmemory, "0");
    bool copied = !text_empty(s->replicas) && !text_equal(s->replicas, "0");

    while (!fits(level, s))
        level++;
    snprintf(out, size, "%s%s%s%s%s%s%s", s->embedded ? "embedded server: " : "", level->words,
             evicts ? "; maxmemory-policy " : "", evicts ? s->maxmemory_policy : "",
             evicts ? " may evict cases" : "", copied ? "; replicas that may lag: " : "",
             copied ? s->replicas : "");
    return level->durable && !evicts;
}
