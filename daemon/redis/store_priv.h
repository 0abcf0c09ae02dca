/* Shared by the files of the Redis store; see include/redis/store.h. */
#ifndef REDIS_STORE_PRIV_H
#define REDIS_STORE_PRIV_H

#include "base/limits.h"
#include "redis/conn.h"
#include "redis/promise.h"
#include "redis/script.h"
#include "redis/store.h"

struct redis_store {
    struct store port;
    struct conn *conn;
    char *user, *password, *daemon_id;
    char *db;            /* NULL: 0 */
    char *wanted_shards; /* of the configuration: counts only for an empty database */
    char *time_scale;
    void (*changed)(void *arg, bool ready);
    void *changed_arg;

    size_t step;       /* of the handshake; its last step makes us ready */
    char refusal[128]; /* why it fails, where that needs a text of its own */
    bool ready, durable;
    bool held[LIMIT_SHARDS]; /* shards whose lease we have, as far as we know */
    char state[512];
    char promise[512];
    struct redis_settings settings;
    char sha[SCRIPT_COUNT][SCRIPT_SHA_SIZE];
};

/* handshake.c: from connected to ready. */
void handshake_start(struct redis_store *s);

/* The port's functions, one file a group. */
void store_load(void *self, const char *case_id, const char *op, struct arena *arena,
                store_load_fn *done, void *arg);
void store_commit(void *self, const struct store_commit *commit, store_commit_fn *done, void *arg);
void store_due(void *self, unsigned shard, instant_ms now, unsigned limit, struct arena *arena,
               store_due_fn *done, void *arg);
void store_take(void *self, unsigned shard, instant_ms now, instant_ms visible_at, unsigned limit,
                bool recover, struct arena *arena, store_taken_fn *done, void *arg);
void store_postpone(void *self, unsigned shard, const char *entry, int attempts, instant_ms at,
                    store_commit_fn *done, void *arg);
void store_facts(void *self, const char *case_id, const char *before, unsigned limit,
                 struct arena *arena, store_facts_fn *done, void *arg);
void store_list(void *self, const struct store_list_query *query, struct arena *arena,
                store_listed_fn *done, void *arg);
void store_clock(void *self, store_clock_fn *done, void *arg);
void store_recall(void *self, const char *name, struct arena *arena, store_recall_fn *done,
                  void *arg);
void store_remember(void *self, const char *name, const char *text, store_commit_fn *done,
                    void *arg);
void store_release(void *self);

#endif
