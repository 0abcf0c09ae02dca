#include "fake_store.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/chain.h"
#include "codec/record.h"

/* Callbacks of all types travel as this one. */
typedef void any_fn(void);

enum op_kind {
    OP_LOAD,
    OP_COMMIT,
    OP_DUE,
    OP_TAKE,
    OP_POSTPONE,
    OP_FACTS,
    OP_LIST,
    OP_CLOCK,
    OP_RECALL,
    OP_REMEMBER
};

/* One command on its way. Arguments are copied into the connection's arena when it is sent; results
 * of reads go to the caller's arena when it runs. */
struct op {
    enum op_kind kind;
    bool run; /* a reply waits to be delivered */
    any_fn *done;
    void *arg;
    struct arena *out;
    const char *id, *extra; /* case id and op, entry, or `before` */
    unsigned limit;
    int attempts;
    instant_ms at;
    struct db_commit commit;
    struct db_take take;
    struct store_list_query query;
    union {
        enum store_status status; /* first in every result */
        struct store_loaded loaded;
        struct store_due due;
        struct store_taken taken;
        struct store_facts facts;
        struct store_listed listed;
        struct store_clock clock;
        struct store_recalled recalled;
    } result;
};

struct fake_store {
    struct store port;
    struct fake_db *db;
    unsigned daemon;
    bool down;
    bool lose_commit;    /* the next commit runs, its answer is lost */
    struct arena *arena; /* arguments of pending commands; reset when none is pending */
    struct op **ops;     /* first..n-1 are pending */
    size_t first, n, cap;
};

static struct op *op_send(struct fake_store *s, enum op_kind kind, struct arena *out, any_fn *done,
                          void *arg)
{
    struct op *op = arena_alloc(s->arena, sizeof(*op));
    struct op **slot = arena_push(s->arena, &s->ops, &s->n, &s->cap, sizeof(op));

    *slot = op;
    op->kind = kind;
    op->out = out;
    op->done = done;
    op->arg = arg;
    op->run = s->down;
    op->result.status = s->down ? STORE_UNAVAILABLE : STORE_OK;
    return op;
}

static void store_load(void *self, const char *case_id, const char *op_id, struct arena *arena,
                       store_load_fn *done, void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_LOAD, arena, (any_fn *)done, arg);

    op->id = arena_strdup(s->arena, case_id);
    op->extra = arena_strdup(s->arena, op_id);
}

static void commit_encode(struct fake_store *s, const struct store_commit *c, struct db_commit *to)
{
    const struct decision *d = c->decision;
    const char **facts = arena_alloc(s->arena, (d->fact_n + 1) * sizeof(*facts));
    char(*hashes)[DIGEST_HEX_SIZE] = arena_alloc(s->arena, (d->fact_n + 1) * sizeof(*hashes));
    struct db_notice *notices = arena_alloc(s->arena, (d->notice_n + 1) * sizeof(*notices));
    const char *head = c->head;

    for (size_t i = 0; i < d->fact_n; i++) {
        facts[i] = fact_encode(&d->facts[i], c->case_id, s->arena);
        chain_next(head, facts[i], hashes[i]);
        head = hashes[i];
    }
    for (size_t i = 0; i < d->notice_n; i++)
        notices[i] = (struct db_notice){
            .id = arena_strdup(s->arena, d->notices[i].id),
            .receiver = arena_strdup(s->arena, d->notices[i].receiver),
            .body = notice_encode(&d->notices[i], c->zone, s->arena),
        };
    *to = (struct db_commit){
        .daemon = s->daemon,
        .case_id = arena_strdup(s->arena, c->case_id),
        .expected_rev = c->expected_rev,
        .rev = d->next->rev,
        .doc = case_encode(d->next, s->arena),
        .facts = facts,
        .hashes = (const char(*)[DIGEST_HEX_SIZE])hashes,
        .fact_n = d->fact_n,
        .notices = notices,
        .notice_n = d->notice_n,
        .attention_at = d->attention_at,
        .reported_at = d->next->reported_at,
        .open = d->next->status == CASE_OPEN,
        .op = arena_strdup(s->arena, c->op),
        .op_digest = arena_strdup(s->arena, c->op_digest),
        .now = c->now,
    };
    if (c->done) {
        struct outbox_done *settled = arena_alloc(s->arena, sizeof(*settled));

        *settled = *c->done;
        settled->entry = arena_strdup(s->arena, c->done->entry);
        to->done = settled;
    }
}

static void store_commit(void *self, const struct store_commit *commit, store_commit_fn *done,
                         void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_COMMIT, NULL, (any_fn *)done, arg);

    commit_encode(s, commit, &op->commit);
}

static void store_due(void *self, unsigned shard, instant_ms now, unsigned limit,
                      struct arena *arena, store_due_fn *done, void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_DUE, arena, (any_fn *)done, arg);

    must(shard < s->port.shards);
    op->take.shard = shard;
    op->at = now;
    op->limit = limit;
}

static void store_take(void *self, unsigned shard, instant_ms now, instant_ms visible_at,
                       unsigned limit, bool recover, struct arena *arena, store_taken_fn *done,
                       void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_TAKE, arena, (any_fn *)done, arg);

    must(shard < s->port.shards);
    op->take = (struct db_take){.shard = shard,
                                .daemon = s->daemon,
                                .now = now,
                                .visible_at = visible_at,
                                .limit = limit,
                                .recover = recover};
}

static void store_postpone(void *self, unsigned shard, const char *entry, int attempts,
                           instant_ms at, store_commit_fn *done, void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_POSTPONE, NULL, (any_fn *)done, arg);

    must(shard < s->port.shards);
    op->id = arena_strdup(s->arena, entry);
    op->attempts = attempts;
    op->at = at;
}

static void store_facts(void *self, const char *case_id, const char *before, unsigned limit,
                        struct arena *arena, store_facts_fn *done, void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_FACTS, arena, (any_fn *)done, arg);

    op->id = arena_strdup(s->arena, case_id);
    op->extra = arena_strdup(s->arena, before);
    op->limit = limit;
}

static void store_list(void *self, const struct store_list_query *query, struct arena *arena,
                       store_listed_fn *done, void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_LIST, arena, (any_fn *)done, arg);

    op->query = *query;
    op->query.before_id = arena_strdup(s->arena, query->before_id);
}

static void store_clock(void *self, store_clock_fn *done, void *arg)
{
    struct fake_store *s = self;
    op_send(s, OP_CLOCK, NULL, (any_fn *)done, arg);
}

static void store_recall(void *self, const char *name, struct arena *arena, store_recall_fn *done,
                         void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_RECALL, arena, (any_fn *)done, arg);

    op->id = arena_strdup(s->arena, name);
}

static void store_remember(void *self, const char *name, const char *text, store_commit_fn *done,
                           void *arg)
{
    struct fake_store *s = self;
    struct op *op = op_send(s, OP_REMEMBER, NULL, (any_fn *)done, arg);

    op->id = arena_strdup(s->arena, name);
    op->extra = arena_strdup(s->arena, text);
}

static void store_release(void *self)
{
    struct fake_store *s = self;

    if (!s->down)
        db_release(s->db, s->daemon);
}

static struct store_health store_health(void *self)
{
    const struct fake_store *s = self;

    return (struct store_health){.ready = !s->down,
                                 .durable = true,
                                 .state = s->down ? "connecting" : "ready",
                                 .promise = "memory of the simulator"};
}

static enum store_status case_read(const struct db_case *from, struct arena *arena,
                                   struct stored_case *ret)
{
    struct opinion_case *c;
    struct err err;

    if (case_decode(from->doc, strlen(from->doc), arena, &c, &err))
        return STORE_CORRUPT;
    *ret = (struct stored_case){.c = c, .head = arena_strdup(arena, from->head)};
    return STORE_OK;
}

static void run_load(struct fake_store *s, struct op *op)
{
    struct store_loaded *r = &op->result.loaded;
    const struct db_case *c = db_case(s->db, op->id);
    const struct db_op *seen =
        op->extra ? db_op(s->db, op->extra, store_shard(op->id, s->db->shard_n)) : NULL;

    r->op_digest = seen ? arena_strdup(op->out, seen->digest) : NULL;
    if (c)
        r->status = case_read(c, op->out, &r->stored);
    else
        r->stored = (struct stored_case){.c = case_new(op->out), .head = CHAIN_GENESIS};
}

static void run_commit(struct fake_store *s, struct op *op)
{
    op->result.status = db_commit(s->db, &op->commit);
    if (s->lose_commit)
        op->result.status = STORE_UNKNOWN;
    s->lose_commit = false;
}

static void run_due(struct fake_store *s, struct op *op)
{
    struct store_due *r = &op->result.due;
    struct db_case **due = arena_alloc(s->arena, (op->limit + 1) * sizeof(struct db_case *));
    size_t n;

    r->leased = db_lease(s->db, op->take.shard, s->daemon);
    r->next_at = INSTANT_NONE;
    if (!r->leased)
        return;
    n = db_due(s->db, op->take.shard, op->at, op->limit, due, &r->next_at);
    r->outbox = db_untaken(s->db, op->take.shard);
    r->cases = arena_alloc(op->out, (n + 1) * sizeof(*r->cases));
    for (size_t i = 0; i < n; i++) {
        if (case_read(due[i], op->out, &r->cases[r->n]) == STORE_OK) {
            r->n++;
            continue;
        }
        due[i]->attention = op->at + MINUTE_MS;
        r->unreadable++;
    }
}

static void run_take(struct fake_store *s, struct op *op)
{
    struct store_taken *r = &op->result.taken;
    struct db_entry **taken =
        arena_alloc(s->arena, (op->take.limit + 1) * sizeof(struct db_entry *));

    r->n = db_take(s->db, &op->take, taken, &r->next_at, &r->more);
    r->entries = arena_alloc(op->out, (r->n + 1) * sizeof(*r->entries));
    for (size_t i = 0; i < r->n; i++)
        r->entries[i] = (struct outbox_entry){.entry = arena_strdup(op->out, taken[i]->entry),
                                              .attempts = taken[i]->attempts,
                                              .notice = arena_strdup(op->out, taken[i]->notice),
                                              .receiver = arena_strdup(op->out, taken[i]->receiver),
                                              .case_id = arena_strdup(op->out, taken[i]->case_id),
                                              .body = arena_strdup(op->out, taken[i]->body),
                                              .body_len = strlen(taken[i]->body)};
}

static void run_postpone(struct fake_store *s, struct op *op)
{
    db_postpone(s->db, op->id, op->attempts, op->at);
}

static void run_facts(struct fake_store *s, struct op *op)
{
    struct store_facts *r = &op->result.facts;
    const struct db_case *c = db_case(s->db, op->id);
    size_t end = c ? c->fact_n : 0;
    int64_t before;

    if (op->extra && !text_to_int(op->extra, 1, (int64_t)end, &before))
        end = (size_t)before - 1;
    r->facts = arena_alloc(op->out, ((size_t)op->limit + 1) * sizeof(*r->facts));
    for (; end > 0 && r->n < op->limit; end--) {
        const struct db_fact *f = &c->facts[end - 1];

        r->facts[r->n++] = (struct store_fact){.entry = arena_printf(op->out, "%zu", end),
                                               .json = arena_strdup(op->out, f->json),
                                               .hash = arena_strdup(op->out, f->hash)};
    }
    r->next = end > 0 && r->n ? r->facts[r->n - 1].entry : NULL;
}

static void run_list(struct fake_store *s, struct op *op)
{
    struct store_listed *r = &op->result.listed;
    struct db_case **found =
        arena_alloc(s->arena, ((size_t)op->query.limit + 1) * sizeof(struct db_case *));

    r->n = db_list(s->db, &op->query, found);
    r->cases = arena_alloc(op->out, (r->n + 1) * sizeof(*r->cases));
    for (size_t i = 0; i < r->n; i++) {
        struct opinion_case *c;

        if (case_read(found[i], op->out, &r->cases[i]) == STORE_OK)
            continue;
        c = case_new(op->out);
        c->id = arena_strdup(op->out, found[i]->id);
        c->reported_at = found[i]->reported_at;
        c->title = "can not be read";
        r->cases[i] = (struct stored_case){.c = c, .head = CHAIN_GENESIS};
    }
}

static void run_recall(struct fake_store *s, struct op *op)
{
    op->result.recalled.text = arena_strdup(op->out, db_recall(s->db, op->id));
}

static void run_remember(struct fake_store *s, struct op *op)
{
    db_remember(s->db, op->id, op->extra);
}

static void run_clock(struct fake_store *s, struct op *op)
{
    op->result.clock.time = s->db->time->now + s->db->clock_offset;
    op->result.clock.high_water = db_high_water(s->db);
}

typedef void op_run(struct fake_store *s, struct op *op);

static void op_execute(struct fake_store *s, struct op *op)
{
    static op_run *const runs[] = {
        [OP_LOAD] = run_load,         [OP_COMMIT] = run_commit,     [OP_DUE] = run_due,
        [OP_TAKE] = run_take,         [OP_POSTPONE] = run_postpone, [OP_FACTS] = run_facts,
        [OP_LIST] = run_list,         [OP_CLOCK] = run_clock,       [OP_RECALL] = run_recall,
        [OP_REMEMBER] = run_remember,
    };

    op->run = true;
    runs[op->kind](s, op);
}

static void op_answer(struct op *op)
{
    static const char *const whys[] = {
        [STORE_CONFLICT] = "someone else was first", [STORE_REPEATED] = "was committed before",
        [STORE_UNAVAILABLE] = "not connected",       [STORE_UNKNOWN] = "connection lost",
        [STORE_CORRUPT] = "can not be read",
    };
    const char *why = op->result.status == STORE_OK ? NULL : whys[op->result.status];

    switch (op->kind) {
    case OP_LOAD:
        op->result.loaded.why = why;
        ((store_load_fn *)op->done)(op->arg, &op->result.loaded);
        return;
    case OP_COMMIT:
    case OP_POSTPONE:
    case OP_REMEMBER:
        ((store_commit_fn *)op->done)(op->arg, op->result.status, why);
        return;
    case OP_DUE:
        op->result.due.why = why;
        ((store_due_fn *)op->done)(op->arg, &op->result.due);
        return;
    case OP_TAKE:
        op->result.taken.why = why;
        ((store_taken_fn *)op->done)(op->arg, &op->result.taken);
        return;
    case OP_FACTS:
        op->result.facts.why = why;
        ((store_facts_fn *)op->done)(op->arg, &op->result.facts);
        return;
    case OP_LIST:
        op->result.listed.why = why;
        ((store_listed_fn *)op->done)(op->arg, &op->result.listed);
        return;
    case OP_CLOCK:
        op->result.clock.why = why;
        ((store_clock_fn *)op->done)(op->arg, &op->result.clock);
        return;
    case OP_RECALL:
        op->result.recalled.why = why;
        ((store_recall_fn *)op->done)(op->arg, &op->result.recalled);
        return;
    }
}

static struct op *next_unsent(const struct fake_store *s)
{
    for (size_t i = s->first; i < s->n; i++)
        if (!s->ops[i]->run)
            return s->ops[i];
    return NULL;
}

size_t fake_store_unsent(const struct fake_store *s)
{
    size_t n = 0;

    for (size_t i = s->first; i < s->n; i++)
        n += !s->ops[i]->run;
    return n;
}

size_t fake_store_waiting(const struct fake_store *s)
{
    return s->n - s->first;
}

void fake_store_execute(struct fake_store *s)
{
    struct op *op = next_unsent(s);

    if (op)
        op_execute(s, op);
}

bool fake_store_deliver(struct fake_store *s)
{
    if (s->first == s->n || !s->ops[s->first]->run)
        return false;
    op_answer(s->ops[s->first++]);
    if (s->first == s->n) {
        arena_reset(s->arena);
        s->ops = NULL;
        s->first = s->n = s->cap = 0;
    }
    return true;
}

void fake_store_cut(struct fake_store *s, size_t executed)
{
    while (executed-- > 0)
        fake_store_execute(s);
    for (size_t i = s->first; i < s->n; i++) {
        struct op *op = s->ops[i];

        if (op->run && op->result.status == STORE_UNAVAILABLE)
            continue;
        memset(&op->result, 0, sizeof(op->result));
        op->result.status = STORE_UNKNOWN;
        op->run = true;
    }
}

void fake_store_link(struct fake_store *s, bool up)
{
    s->down = !up;
}

void fake_store_lose_commit(struct fake_store *s)
{
    s->lose_commit = true;
}

struct fake_store *fake_store_new(struct fake_db *db, unsigned daemon)
{
    struct fake_store *s = calloc(1, sizeof(*s));

    must(s != NULL);
    s->db = db;
    s->daemon = daemon;
    s->arena = arena_new((size_t)1024 * 1024 * 1024);
    s->port = (struct store){
        .self = s,
        .shards = db->shard_n,
        .load = store_load,
        .commit = store_commit,
        .due = store_due,
        .take = store_take,
        .postpone = store_postpone,
        .facts = store_facts,
        .list = store_list,
        .clock = store_clock,
        .recall = store_recall,
        .remember = store_remember,
        .release = store_release,
        .health = store_health,
    };
    return s;
}

struct fake_store *fake_store_free(struct fake_store *s)
{
    if (s)
        arena_free(s->arena);
    free(s);
    return NULL;
}

struct store *fake_store_port(struct fake_store *s)
{
    return &s->port;
}
