/* What is asked of all shards at once: the list of cases, and the clock. Many commands go out in
 * one pipeline; a gather waits for the last answer. */
#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "redis/op.h"

struct candidate {
    instant_ms reported_at;
    const char *id;
};

struct gather {
    struct arena *arena;
    struct arena *own; /* the same, when it ends with the gather; or NULL */
    size_t left;       /* answers still to come */
    enum store_status status;
    const char *why;
    void *arg;
    struct redis_store *store;

    store_listed_fn *listed;
    struct store_list_query query;
    struct candidate *candidates;
    size_t candidate_n, candidate_cap;
    size_t read; /* cases that were answered */
    struct stored_case *cases;

    store_clock_fn *clock;
    instant_ms time, high_water;
};

static struct gather *gather_new(struct redis_store *s, struct arena *arena, void *arg)
{
    struct arena *own = arena ? NULL : arena_new(LIMIT_ARENA_BYTES);
    struct gather *g = arena_alloc(arena ? arena : own, sizeof(*g));

    g->arena = arena ? arena : own;
    g->own = own;
    g->store = s;
    g->arg = arg;
    return g;
}

/* Counts an answer; true when it was the last one. The first that failed decides. */
static bool gather_last(struct gather *g, enum store_status status, const char *why)
{
    if (status != STORE_OK && g->status == STORE_OK) {
        g->status = status;
        g->why = arena_strdup(g->arena, why);
    }
    return --g->left == 0;
}

/* --- list ------------------------------------------------------------------------------------- */

static void list_done(struct gather *g)
{
    struct store_listed result = {.status = g->status, .why = g->why};

    if (g->status == STORE_OK) {
        result.cases = g->cases;
        result.n = g->candidate_n;
    }
    g->listed(g->arg, &result);
}

/* It stays in the list, so that nobody overlooks it and paging goes on behind it. */
static void unreadable(struct gather *g, const struct candidate *from, const char *why,
                       struct stored_case *ret)
{
    ret->c = case_new(g->arena);
    ret->c->id = from->id;
    ret->c->reported_at = from->reported_at;
    ret->c->title = arena_printf(g->arena, "(can not be read: %s)", why);
    ret->head = "";
}

static void finish_case(struct op *op, enum store_status status, const char *why,
                        const redisReply *reply)
{
    struct gather *g = op->arg;
    size_t i = g->read++;

    if (status == STORE_OK && reply_case(reply, 0, g->arena, &g->cases[i], &why) < 0)
        unreadable(g, &g->candidates[i], why, &g->cases[i]);
    else if (status == STORE_CORRUPT)
        unreadable(g, &g->candidates[i], why, &g->cases[i]);
    if (gather_last(g, status == STORE_CORRUPT ? STORE_OK : status, why))
        list_done(g);
}

static int newest_first(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;

    if (a->reported_at != b->reported_at)
        return a->reported_at < b->reported_at ? 1 : -1;
    return strcmp(b->id, a->id);
}

/* The page: sorted, cut to the limit. */
static void list_read(struct gather *g)
{
    if (g->candidate_n)
        qsort(g->candidates, g->candidate_n, sizeof(*g->candidates), newest_first);
    if (g->candidate_n > g->query.limit)
        g->candidate_n = g->query.limit;
    g->left = g->candidate_n;
    if (g->status != STORE_OK || !g->left) {
        list_done(g);
        return;
    }
    g->cases = arena_alloc(g->arena, g->candidate_n * sizeof(*g->cases));
    for (size_t i = 0; i < g->candidate_n; i++) {
        struct op *op = op_new(g->store, SCRIPT_NONE, g->arena, finish_case, g);
        const char *id = g->candidates[i].id;

        op_text(op, "HMGET");
        op_key(op, store_shard(id, g->store->port.shards), KEY_CASE, id);
        op_text(op, "rev");
        op_text(op, "doc");
        op_text(op, "head");
        op_send(op);
    }
}

/* Of the cases at the cursor's very instant, those behind it. */
static bool behind_cursor(const struct store_list_query *q, const char *id, instant_ms at)
{
    return q->before_at == INSTANT_NONE || at < q->before_at ||
           (q->before_id && strcmp(id, q->before_id) < 0);
}

static void finish_index(struct op *op, enum store_status status, const char *why,
                         const redisReply *reply)
{
    struct gather *g = op->arg;

    for (size_t i = 0; reply_at(reply, i + 1); i += 2) {
        const char *id = reply_text(reply_at(reply, i));
        instant_ms at = reply_instant(reply_at(reply, i + 1));
        struct candidate *c;

        if (!id || at == INSTANT_NONE || !behind_cursor(&g->query, id, at))
            continue;
        c = arena_push(g->arena, &g->candidates, &g->candidate_n, &g->candidate_cap, sizeof(*c));
        c->id = arena_strdup(g->arena, id);
        c->reported_at = at;
    }
    if (gather_last(g, status, why))
        list_read(g);
}

void store_list(void *self, const struct store_list_query *query, struct arena *arena,
                store_listed_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct gather *g = gather_new(s, arena, arg);
    unsigned shards =
        s->port.shards ? s->port.shards : 1; /* never connected: one that is refused */

    must((query->open || query->closed) && query->limit > 0);
    g->listed = done;
    g->query = *query;
    g->query.before_id = arena_strdup(arena, query->before_id);
    g->left = shards;
    for (unsigned shard = 0; shard < shards; shard++) {
        struct op *op = op_new(s, SCRIPT_LIST, arena, finish_index, g);

        if (query->open)
            op_key(op, shard, KEY_INDEX_OPEN, "");
        if (query->closed)
            op_key(op, shard, KEY_INDEX_CLOSED, "");
        op_instant(op, query->before_at);
        op_number(op, query->limit);
        op_send(op);
    }
}

/* --- clock ------------------------------------------------------------------------------------ */

static void clock_done(struct gather *g)
{
    struct arena *own = g->own;
    struct store_clock result = {
        .status = g->status,
        .why = g->why,
        .time = g->time,
        .high_water = g->high_water,
    };

    g->clock(g->arg, &result);
    arena_free(own);
}

static void finish_time(struct op *op, enum store_status status, const char *why,
                        const redisReply *reply)
{
    struct gather *g = op->arg;
    int64_t seconds, us;

    if (status == STORE_OK && (reply_number(reply_at(reply, 0), &seconds) < 0 ||
                               reply_number(reply_at(reply, 1), &us) < 0)) {
        status = STORE_CORRUPT;
        why = "TIME gave no time";
    } else if (status == STORE_OK) {
        g->time = seconds * SECOND_MS + us / 1000;
    }
    if (gather_last(g, status, why))
        clock_done(g);
}

static void finish_mark(struct op *op, enum store_status status, const char *why,
                        const redisReply *reply)
{
    struct gather *g = op->arg;
    instant_ms mark = reply_instant(reply);

    if (mark > g->high_water)
        g->high_water = mark;
    if (gather_last(g, status, why))
        clock_done(g);
}

void store_clock(void *self, store_clock_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct gather *g = gather_new(s, NULL, arg);
    struct op *op = op_new(s, SCRIPT_NONE, g->arena, finish_time, g);

    g->clock = done;
    g->time = g->high_water = INSTANT_NONE;
    g->left = 1 + s->port.shards;
    op_text(op, "TIME");
    op_send(op);
    for (unsigned shard = 0; shard < s->port.shards; shard++) {
        op = op_new(s, SCRIPT_NONE, g->arena, finish_mark, g);
        op_text(op, "GET");
        op_key(op, shard, KEY_CLOCK, "");
        op_send(op);
    }
}
