/* What the fake store keeps: encoded bytes, as Redis would, changed by atomic commands. Several
 * connections (fake_store.h) share one. It forgets nothing, so checks can look back. */
#ifndef SIM_FAKE_DB_H
#define SIM_FAKE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/instant.h"
#include "codec/digest.h"
#include "port/store.h"

#define FAKE_DB_DAEMONS 4

struct fake_time {
    instant_ms now; /* true time of the world; only moves forward */
};

struct db_fact {
    const char *json;
    char hash[DIGEST_HEX_SIZE];
    uint64_t commit;      /* number of the commit that wrote it */
    instant_ms true_at;   /* true time of that commit */
    instant_ms commit_at; /* `now` that the daemon gave it */
    unsigned daemon;
};

struct db_case {
    const char *id;
    unsigned shard;
    uint32_t rev;
    char *doc;
    size_t doc_cap;
    char head[DIGEST_HEX_SIZE];
    instant_ms attention; /* INSTANT_NONE: not in the index */
    instant_ms reported_at;
    bool open;
    struct db_fact *facts;
    size_t fact_n, fact_cap;
    bool dirty; /* written since the checker looked; set here, cleared there */
};

enum db_entry_state { DB_ENTRY_NEW, DB_ENTRY_TAKEN, DB_ENTRY_DONE, DB_ENTRY_DEAD };

struct db_entry {
    const char *entry; /* id in the outbox */
    const char *notice, *receiver, *case_id, *body;
    unsigned shard;
    enum db_entry_state state;
    unsigned daemon; /* last that took it */
    bool flying;     /* taken and not put off since: it is in that daemon's hands */
    int attempts;
    instant_ms visible_at; /* taken: when it may be handed out again */
};

struct db_op {
    const char *id, *digest;
    unsigned shard;
    uint64_t commit;
    bool already;       /* its commit had no facts: what was asked for was so already */
    instant_ms expires; /* true time */
};

struct db_shard {
    instant_ms high_water;
    bool leased;
    unsigned lease_daemon;
    instant_ms lease_until; /* true time */
};

struct db_note {
    const char *name, *text;
};

struct fake_db {
    const struct fake_time *time;
    span_ms clock_offset; /* of the store's clock from true time; steps are faults */
    struct arena *arena;
    struct db_shard *shards;
    unsigned shard_n;
    struct db_case **cases;
    size_t case_n, case_cap;
    struct db_entry *outbox; /* in order of insertion, settled ones included */
    size_t outbox_n, outbox_cap;
    size_t outbox_first; /* all before it are settled */
    struct db_op *ops;
    size_t op_n, op_cap;
    uint64_t commits;
    struct db_note *book;
    size_t book_n, book_cap;
};

/* A commit with everything already encoded, as it travels to the store. */
struct db_notice {
    const char *id, *receiver, *body;
};
struct db_commit {
    unsigned daemon;
    const char *case_id;
    uint32_t expected_rev, rev;
    const char *doc;
    const char *const *facts;              /* JSON */
    const char (*hashes)[DIGEST_HEX_SIZE]; /* after each fact */
    size_t fact_n;
    const struct db_notice *notices;
    size_t notice_n;
    instant_ms attention_at, reported_at;
    bool open;
    const char *op, *op_digest;
    const struct outbox_done *done;
    instant_ms now;
};

struct fake_db *fake_db_new(const struct fake_time *time, unsigned shards);
struct fake_db *fake_db_free(struct fake_db *db);
const char *db_recall(const struct fake_db *db, const char *name); /* or NULL */
void db_remember(struct fake_db *db, const char *name, const char *text);

enum store_status db_commit(struct fake_db *db, const struct db_commit *commit);
struct db_case *db_case(const struct fake_db *db, const char *id);                   /* or NULL */
const struct db_op *db_op(const struct fake_db *db, const char *op, unsigned shard); /* or NULL */
/* Takes or renews; false: another daemon holds it. */
bool db_lease(struct fake_db *db, unsigned shard, unsigned daemon);
void db_release(struct fake_db *db, unsigned daemon);
/* Up to `limit` cases due at now, earliest first; *ret_next: attention of the first left out. */
size_t db_due(const struct fake_db *db, unsigned shard, instant_ms now, unsigned limit,
              struct db_case **ret, instant_ms *ret_next);

bool db_untaken(const struct fake_db *db, unsigned shard); /* notices nobody has taken yet */

struct db_take {
    unsigned shard, daemon;
    instant_ms now, visible_at;
    unsigned limit;
    bool recover;
};
/* Hands out up to limit entries into ret, with the same share for retries as take.lua. */
size_t db_take(struct fake_db *db, const struct db_take *take, struct db_entry **ret,
               instant_ms *ret_next, bool *ret_more);
void db_postpone(struct fake_db *db, const char *entry, int attempts, instant_ms at);
instant_ms db_high_water(const struct fake_db *db);
/* Newest reported first, after the query's cursor. */
size_t db_list(const struct fake_db *db, const struct store_list_query *query,
               struct db_case **ret);

#endif
