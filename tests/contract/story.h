/* Asking a store and waiting for it, and decisions to commit: what tests of the port tell their
 * stories with. All of it lives in the story's arena. */
#ifndef CONTRACT_STORY_H
#define CONTRACT_STORY_H

#include "store_contract.h"

#define T0 ((instant_ms)1784000000000)

struct story {
    struct contract_env *env;
    struct arena *arena;
};

/* What a callback was given; the member is that of the call. */
struct answer {
    int calls;
    enum store_status status;
    struct store_loaded loaded;
    struct store_due due;
    struct store_taken taken;
    struct store_facts facts;
    struct store_listed listed;
    struct store_clock clock;
};

/* What is to happen to a case. */
struct wish {
    const char *id;
    unsigned facts;          /* new ones */
    unsigned notices;        /* new ones */
    instant_ms attention_at; /* 0: none */
    instant_ms reported_at;  /* 0: T0 */
    bool closed;
};

struct story story_begin(void **state);
void story_end(struct story *t);
/* Until the callback ran; fails when that was inside the call, twice, or never. */
void story_wait_for(struct story *t, const struct answer *a);
void story_on_status(void *arg, enum store_status status, const char *why);

/* One call each, with its answer. All but load and commit must be STORE_OK. */
struct store_loaded story_load(struct story *t, struct store *s, const char *id, const char *op);
enum store_status story_commit(struct story *t, struct store *s, const struct store_commit *c);
struct store_due story_due(struct story *t, struct store *s, unsigned shard, instant_ms now,
                           unsigned limit);
struct store_taken story_take(struct story *t, struct store *s, unsigned shard, instant_ms now,
                              unsigned limit, bool recover);
void story_postpone(struct story *t, struct store *s, unsigned shard, const char *entry,
                    int attempts, instant_ms at);
struct store_facts story_facts(struct story *t, const char *id, const char *before, unsigned limit);
struct store_listed story_list(struct story *t, const struct store_list_query *query);
struct store_clock story_read_clock(struct story *t, struct store *s);

/* The i-th case id that lies in the shard. */
const char *story_id_in(struct story *t, unsigned shard, unsigned i);
/* A commit of the wish on what is stored now, and the same carried out by a. */
struct store_commit *story_plan(struct story *t, struct store *s, const struct wish *w);
void story_do_wish(struct story *t, struct wish w);

#endif
