/* One case: load, commit, history. */
#include <string.h>
#include "base/must.h"
#include "codec/chain.h"
#include "codec/record.h"
#include "redis/op.h"

/* One answer of facts holds this much, so that a page of long ones stays small in memory. */
#define FACTS_BYTES (4 * 1024 * 1024)
/* Dead notices kept: half a year of a bad day each day. Facts and outbox are never cut. */
#define DEAD_MAX 100000

static unsigned shard_of(const struct redis_store *s, const char *case_id)
{
    /* Before the first contact the number of shards is not known, and nothing is sent. */
    return s->port.shards ? store_shard(case_id, s->port.shards) : 0;
}

static void finish_load(struct op *op, enum store_status status, const char *why,
                        const redisReply *reply)
{
    struct store_loaded result = {.status = status, .why = why};

    if (status == STORE_OK) {
        if (reply_case(reply, 0, op->arena, &result.stored, &result.why) < 0)
            result.status = STORE_CORRUPT;
        result.op_digest = arena_strdup(op->arena, reply_text(reply_at(reply, 3)));
    }
    op->done.load(op->arg, &result);
}

void store_load(void *self, const char *case_id, const char *op_id, struct arena *arena,
                store_load_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct op *op = op_new(s, SCRIPT_LOAD, arena, finish_load, arg);
    unsigned shard = shard_of(s, case_id);

    op->done.load = done;
    op_key(op, shard, KEY_CASE, case_id);
    op_key(op, shard, op_id ? KEY_OP : KEY_CASE, op_id ? op_id : case_id);
    op_send(op);
}

static void finish_commit(struct op *op, enum store_status status, const char *why,
                          const redisReply *reply)
{
    static const struct {
        const char *word;
        enum store_status status;
    } words[] = {
        {"OK", STORE_OK},
        {"CONFLICT", STORE_CONFLICT},
        {"REPEATED", STORE_REPEATED},
        {"CORRUPT", STORE_CORRUPT},
    };
    const char *word = reply_text(reply_at(reply, 0));

    if (status == STORE_OK) {
        status = STORE_UNKNOWN;
        why = "the server's answer makes no sense";
        for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
            if (text_equal(word, words[i].word)) {
                status = words[i].status;
                why = reply_text(reply_at(reply, 1));
            }
    }
    op->done.commit(op->arg, status, why);
}

static void commit_keys(struct op *op, unsigned shard, const struct store_commit *commit, bool open)
{
    static const enum key keys[] = {KEY_ATTENTION, KEY_DEADLINES, KEY_FACTS,
                                    KEY_OUTBOX,    KEY_RETRY,     KEY_DEAD};

    op_key(op, shard, KEY_CASE, commit->case_id);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        op_key(op, shard, keys[i], "");
    op_key(op, shard, open ? KEY_INDEX_OPEN : KEY_INDEX_CLOSED, "");
    op_key(op, shard, open ? KEY_INDEX_CLOSED : KEY_INDEX_OPEN, "");
    op_key(op, shard, KEY_CLOCK, "");
    if (commit->op)
        op_key(op, shard, KEY_OP, commit->op);
}

static void commit_done(struct op *op, const struct outbox_done *done)
{
    const char *detail = done && done->detail && *done->detail ? done->detail : "given up";

    op_text(op, done ? done->entry : "");
    op_number(op, done ? done->attempts : 0);
    op_text(op, done && done->dead ? detail : "");
}

/* The facts with their chain; what they lead to comes from `head`. */
static const char *commit_facts(struct op *op, const struct store_commit *commit)
{
    const struct decision *d = commit->decision;
    const char *head = commit->head;

    op_number(op, (int64_t)d->fact_n);
    for (size_t i = 0; i < d->fact_n; i++) {
        const char *json = fact_encode(&d->facts[i], commit->case_id, op->arena);
        char *hash = arena_alloc(op->arena, DIGEST_HEX_SIZE);

        chain_next(head, json, hash);
        op_bytes(op, json, strlen(json));
        op_bytes(op, hash, strlen(hash));
        head = hash;
    }
    return head;
}

/* An obligation stays in its case for ever; in the index it stands while it waits for an act, which
 * none does once the case has ended. */
static void commit_deadlines(struct op *op, const struct decision *d)
{
    const struct opinion_case *c = d->next;
    size_t n = d->fact_n ? c->obligation_n : 0;

    op_number(op, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        const struct obligation *o = &c->obligations[i];

        op_text(op, o->key);
        op_instant(op, c->status == CASE_OPEN && obligation_active(o) && !case_leaves(c, o->report)
                           ? o->due_at
                           : INSTANT_NONE);
    }
}

static void commit_notices(struct op *op, const struct store_commit *commit)
{
    const struct decision *d = commit->decision;

    op_number(op, (int64_t)d->notice_n);
    for (size_t i = 0; i < d->notice_n; i++) {
        const char *body = notice_encode(&d->notices[i], commit->zone, op->arena);

        op_text(op, d->notices[i].id);
        op_text(op, d->notices[i].receiver);
        op_bytes(op, body, strlen(body));
    }
}

void store_commit(void *self, const struct store_commit *commit, store_commit_fn *done, void *arg)
{
    struct redis_store *s = self;
    const struct opinion_case *next = commit->decision->next;
    struct op *op = op_new(s, SCRIPT_COMMIT, NULL, finish_commit, arg);
    const char *doc = commit->decision->fact_n ? case_encode(next, op->arena) : "";
    size_t head_at;
    const char *head;

    must(next->rev > 0 && next->rev == commit->expected_rev + commit->decision->fact_n);
    op->done.commit = done;
    commit_keys(op, shard_of(s, commit->case_id), commit, next->status == CASE_OPEN);
    op_text(op, commit->case_id);
    op_number(op, commit->expected_rev);
    op_number(op, next->rev);
    op_bytes(op, doc, strlen(doc));
    head_at = op->argc;
    op_bytes(op, "", 0);
    op_instant(op, commit->decision->attention_at);
    op_number(op, next->reported_at);
    op_number(op, commit->now);
    op_text(op, CHANNEL_CHANGES);
    op_text(op, commit->op_digest);
    op_number(op, OP_TTL_S);
    commit_done(op, commit->done);
    op_text(op, GROUP_DELIVER);
    op_number(op, DEAD_MAX);
    head = commit_facts(op, commit);
    op->argv[head_at] = head;
    op->lens[head_at] = strlen(head);
    commit_deadlines(op, commit->decision);
    commit_notices(op, commit);
    op_send(op);
}

static void finish_facts(struct op *op, enum store_status status, const char *why,
                         const redisReply *reply)
{
    struct store_facts result = {.status = status, .why = why};
    int64_t more = 0;

    if (status == STORE_OK && reply_number(reply_at(reply, 0), &more) < 0) {
        result.status = STORE_CORRUPT;
        result.why = "the server's answer makes no sense";
    } else if (status == STORE_OK) {
        result.facts = arena_alloc(op->arena, reply->elements * sizeof(*result.facts));
        for (size_t i = 1; i < reply->elements; i++) {
            const redisReply *fact = reply->element[i];

            result.facts[result.n++] = (struct store_fact){
                .entry = arena_strdup(op->arena, reply_text(reply_at(fact, 0))),
                .json = arena_strdup(op->arena, reply_text(reply_at(fact, 1))),
                .hash = arena_strdup(op->arena, reply_text(reply_at(fact, 2))),
            };
        }
        result.next = more && result.n ? result.facts[result.n - 1].entry : NULL;
    }
    op->done.facts(op->arg, &result);
}

void store_facts(void *self, const char *case_id, const char *before, unsigned limit,
                 struct arena *arena, store_facts_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct op *op = op_new(s, SCRIPT_FACTS, arena, finish_facts, arg);
    unsigned shard = shard_of(s, case_id);

    must(limit > 0);
    op->done.facts = done;
    op_key(op, shard, KEY_CASE, case_id);
    op_key(op, shard, KEY_FACTS, "");
    op_text(op, case_id);
    op_text(op, before);
    op_number(op, limit);
    op_number(op, FACTS_BYTES);
    op_send(op);
}
