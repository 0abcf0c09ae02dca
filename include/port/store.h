/* Where cases, facts and notices live. C decides, the store commits: one compare-and-set on the
 * case revision writes everything of a decision or nothing.
 *
 * All calls are asynchronous: the callback runs exactly once, from the event loop, never from
 * inside the call. What a callback is given lives in the caller's arena (or, where none was passed,
 * during the callback). Implementations: redis/store.c, tests/sim/fake_store.c; tests/contract
 * holds for both. */
#ifndef PORT_STORE_H
#define PORT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/instant.h"
#include "base/text.h"
#include "base/zone.h"
#include "core/case.h"
#include "core/decide.h"

enum store_status {
    STORE_OK,
    STORE_CONFLICT,    /* someone else committed to this case first: load and decide again */
    STORE_REPEATED,    /* this operation id was committed before; nothing written now */
    STORE_UNAVAILABLE, /* not reached: nothing was written */
    STORE_UNKNOWN, /* no answer: it may or may not have been written; ask again with the same op */
    STORE_CORRUPT  /* what is stored can not be read; nothing written */
};

/* A case as stored, with the head of its hash chain (codec/chain.h). */
struct stored_case {
    struct opinion_case *c; /* rev 0: does not exist */
    const char *head;       /* hex; CHAIN_GENESIS when rev 0 */
};

struct store_loaded {
    enum store_status status;
    const char *why; /* for people, when status is not STORE_OK */
    struct stored_case stored;
    const char *op_digest; /* digest remembered for the asked op, or NULL: not seen */
};
typedef void store_load_fn(void *arg, const struct store_loaded *loaded);

/* An outbox entry that this commit settles (when it is there no more, someone settled it before:
 * the commit writes nothing and is STORE_REPEATED): removed from outbox and retry, moved to dead if
 * dead.
 */
struct outbox_done {
    const char *entry;
    int attempts;
    bool dead;
    const char *detail;
};

struct store_commit {
    const char *case_id;
    uint32_t expected_rev;           /* 0: the case must not exist */
    const char *head;                /* chain head at expected_rev */
    const struct decision *decision; /* next, facts, notices, attention_at */
    const char *op, *op_digest;      /* remembered for OP_TTL_S; both NULL for none */
    const struct outbox_done *done;  /* or NULL */
    instant_ms now;                  /* of the decision; raises the shard's high-water mark */
    const struct zone *zone;         /* of times inside notices */
};
typedef void store_commit_fn(void *arg, enum store_status status, const char *why);

struct store_due {
    enum store_status status;
    const char *why;
    bool leased;               /* false: another daemon works on this shard; nothing else is set */
    struct stored_case *cases; /* due at `now`, earliest first */
    size_t n;
    instant_ms next_at; /* attention of the first case not returned, or INSTANT_NONE */
    size_t unreadable;  /* due too, but what is stored can not be read; asked again in a minute */
    bool outbox;        /* the outbox holds notices nobody has taken yet */
};
typedef void store_due_fn(void *arg, const struct store_due *due);

/* One notice on its way. */
struct outbox_entry {
    const char *entry; /* id in the outbox */
    int attempts;      /* made before */
    const char *notice, *receiver, *case_id;
    const char *body; /* exactly the bytes to send: JSON, UTF-8 */
    size_t body_len;
};
struct store_taken {
    enum store_status status;
    const char *why;
    struct outbox_entry *entries;
    size_t n;
    instant_ms
        next_at; /* when a retry or an in-flight entry becomes visible again, or INSTANT_NONE */
    bool more;   /* there was more than `limit` */
};
typedef void store_taken_fn(void *arg, const struct store_taken *taken);

struct store_fact {
    const char *entry; /* position, for `before` */
    const char *json;  /* the fact, exactly the hashed bytes */
    const char *hash;  /* chain hash after it */
};
struct store_facts {
    enum store_status status;
    const char *why;
    struct store_fact *facts; /* newest first */
    size_t n;
    const char *next; /* pass as `before` for older ones; NULL: no more */
};
typedef void store_facts_fn(void *arg, const struct store_facts *facts);

struct store_list_query {
    bool open, closed; /* which index to read */
    instant_ms
        before_at; /* cursor: reported_at and id of the last one seen; INSTANT_NONE: newest */
    const char *before_id;
    unsigned limit;
};
struct store_listed {
    enum store_status status;
    const char *why;
    struct stored_case *cases; /* newest reported first, over all shards. One that can not be read
                                  has rev 0 and only id, reported_at and a title that says so */
    size_t n;                  /* < limit: the end */
};
typedef void store_listed_fn(void *arg, const struct store_listed *listed);

struct store_clock {
    enum store_status status;
    const char *why;
    instant_ms time;       /* the store's clock */
    instant_ms high_water; /* newest `now` ever committed, over all shards; INSTANT_NONE: none */
};
typedef void store_clock_fn(void *arg, const struct store_clock *clock);

/* One small named text that all daemons share: the policies that cases were judged by, ... */
struct store_recalled {
    enum store_status status;
    const char *why;
    const char *text; /* NULL: nothing under this name */
};
typedef void store_recall_fn(void *arg, const struct store_recalled *recalled);

struct store_health {
    bool ready;          /* connected, schema checked, scripts known */
    bool durable;        /* an acknowledged write survives kill -9 of the store */
    const char *state;   /* "ready", "connecting", "schema: ..." */
    const char *promise; /* what 2xx is worth here, in words */
};

struct store {
    void *self;
    unsigned shards; /* fixed at first start; valid once health.ready */
    void (*load)(void *self, const char *case_id, const char *op, struct arena *arena,
                 store_load_fn *done, void *arg);
    void (*commit)(void *self, const struct store_commit *commit, store_commit_fn *done, void *arg);
    /* Takes or renews the shard's lease for LEASE_MS (real time) and lists what is due. */
    void (*due)(void *self, unsigned shard, instant_ms now, unsigned limit, struct arena *arena,
                store_due_fn *done, void *arg);
    /* New entries and visible retries, neither at the other's cost: a quarter of the limit is kept
     * for retries as far as there are any. What is handed out is hidden until visible_at, so a
     * crash loses nothing. recover: also what this daemon had in flight before it restarted. */
    void (*take)(void *self, unsigned shard, instant_ms now, instant_ms visible_at, unsigned limit,
                 bool recover, struct arena *arena, store_taken_fn *done, void *arg);
    /* Try entry again at `at`; attempts replaces the stored count. */
    void (*postpone)(void *self, unsigned shard, const char *entry, int attempts, instant_ms at,
                     store_commit_fn *done, void *arg);
    void (*facts)(void *self, const char *case_id, const char *before, unsigned limit,
                  struct arena *arena, store_facts_fn *done, void *arg);
    void (*list)(void *self, const struct store_list_query *query, struct arena *arena,
                 store_listed_fn *done, void *arg);
    void (*clock)(void *self, store_clock_fn *done, void *arg);
    void (*recall)(void *self, const char *name, struct arena *arena, store_recall_fn *done,
                   void *arg);
    /* Replaces what stood there. */
    void (*remember)(void *self, const char *name, const char *text, store_commit_fn *done,
                     void *arg);
    /* Give the leases back, so another daemon takes over at once. Best effort, no callback. */
    void (*release)(void *self);
    struct store_health (*health)(void *self);
};

static inline unsigned store_shard(const char *case_id, unsigned shards)
{
    return text_fnv1a(case_id) % shards;
}

#endif
