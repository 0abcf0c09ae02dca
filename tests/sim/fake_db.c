#include "fake_db.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/chain.h"

#define DB_BYTES                                                                                   \
    ((size_t)4 * 1024 * 1024 * 1024) /* a world of 100,000 steps; pages come as used               \
                                      */

struct fake_db *fake_db_new(const struct fake_time *time, unsigned shards)
{
    struct arena *arena = arena_new(DB_BYTES);
    struct fake_db *db = arena_alloc(arena, sizeof(*db));

    db->time = time;
    db->arena = arena;
    db->shard_n = shards;
    db->shards = arena_alloc(arena, shards * sizeof(*db->shards));
    for (unsigned i = 0; i < shards; i++)
        db->shards[i].high_water = INSTANT_NONE;
    return db;
}

struct fake_db *fake_db_free(struct fake_db *db)
{
    if (db)
        arena_free(db->arena);
    return NULL;
}

struct db_case *db_case(const struct fake_db *db, const char *id)
{
    for (size_t i = 0; i < db->case_n; i++)
        if (!strcmp(db->cases[i]->id, id))
            return db->cases[i];
    return NULL;
}

const struct db_op *db_op(const struct fake_db *db, const char *op, unsigned shard)
{
    for (size_t i = db->op_n; i-- > 0;) {
        const struct db_op *o = &db->ops[i];

        if (o->shard == shard && o->expires > db->time->now && !strcmp(o->id, op))
            return o;
    }
    return NULL;
}

static struct db_case *case_add(struct fake_db *db, const struct db_commit *commit)
{
    struct db_case *c = arena_alloc(db->arena, sizeof(*c));
    struct db_case **slot =
        arena_push(db->arena, &db->cases, &db->case_n, &db->case_cap, sizeof(c));

    *slot = c;
    c->id = arena_strdup(db->arena, commit->case_id);
    c->shard = store_shard(c->id, db->shard_n);
    return c;
}

static void case_write(struct fake_db *db, struct db_case *c, const struct db_commit *commit)
{
    size_t need = strlen(commit->doc) + 1;

    if (commit->fact_n) { /* else the commit only re-arms the attention */
        if (c->doc_cap < need) {
            c->doc_cap = need * 2;
            c->doc = arena_alloc(db->arena, c->doc_cap);
        }
        memcpy(c->doc, commit->doc, need);
        c->rev = commit->rev;
    }
    for (size_t i = 0; i < commit->fact_n; i++) {
        struct db_fact *f = arena_push(db->arena, &c->facts, &c->fact_n, &c->fact_cap, sizeof(*f));

        f->json = arena_strdup(db->arena, commit->facts[i]);
        memcpy(f->hash, commit->hashes[i], sizeof(f->hash));
        memcpy(c->head, commit->hashes[i], sizeof(c->head));
        f->commit = db->commits;
        f->true_at = db->time->now;
        f->commit_at = commit->now;
        f->daemon = commit->daemon;
    }
    c->attention = commit->attention_at;
    c->reported_at = commit->reported_at;
    c->open = commit->open;
    c->dirty = true;
}

static void outbox_add(struct fake_db *db, const struct db_case *c, const struct db_notice *n)
{
    struct db_entry *e =
        arena_push(db->arena, &db->outbox, &db->outbox_n, &db->outbox_cap, sizeof(*e));

    e->entry = arena_printf(db->arena, "%zu-0", db->outbox_n);
    e->notice = arena_strdup(db->arena, n->id);
    e->receiver = arena_strdup(db->arena, n->receiver);
    e->body = arena_strdup(db->arena, n->body);
    e->case_id = c->id;
    e->shard = c->shard;
    e->visible_at = INSTANT_NONE;
}

static struct db_entry *entry_find(struct fake_db *db, const char *entry)
{
    for (size_t i = db->outbox_first; i < db->outbox_n; i++)
        if (db->outbox[i].state < DB_ENTRY_DONE && !strcmp(db->outbox[i].entry, entry))
            return &db->outbox[i];
    return NULL;
}

static void entry_settle(struct fake_db *db, struct db_entry *e, const struct outbox_done *done)
{
    e->state = done->dead ? DB_ENTRY_DEAD : DB_ENTRY_DONE;
    e->attempts = done->attempts;
    while (db->outbox_first < db->outbox_n && db->outbox[db->outbox_first].state >= DB_ENTRY_DONE)
        db->outbox_first++;
}

enum store_status db_commit(struct fake_db *db, const struct db_commit *commit)
{
    unsigned shard = store_shard(commit->case_id, db->shard_n);
    struct db_case *c = db_case(db, commit->case_id);
    struct db_entry *settled = commit->done ? entry_find(db, commit->done->entry) : NULL;

    if (commit->done && !settled)
        return STORE_REPEATED;
    if (commit->op && db_op(db, commit->op, shard))
        return STORE_REPEATED;
    if ((c ? c->rev : 0) != commit->expected_rev)
        return STORE_CONFLICT;
    db->commits++;
    if (!c)
        c = case_add(db, commit);
    case_write(db, c, commit);
    if (settled)
        entry_settle(db, settled, commit->done);
    for (size_t i = 0; i < commit->notice_n; i++)
        outbox_add(db, c, &commit->notices[i]);
    if (commit->op) {
        struct db_op *o = arena_push(db->arena, &db->ops, &db->op_n, &db->op_cap, sizeof(*o));

        *o = (struct db_op){.id = arena_strdup(db->arena, commit->op),
                            .digest = arena_strdup(db->arena, commit->op_digest),
                            .shard = shard,
                            .commit = db->commits,
                            .already = commit->fact_n == 0,
                            .expires = db->time->now + OP_TTL_S * SECOND_MS};
    }
    if (commit->now > db->shards[shard].high_water)
        db->shards[shard].high_water = commit->now;
    return STORE_OK;
}

bool db_lease(struct fake_db *db, unsigned shard, unsigned daemon)
{
    struct db_shard *s = &db->shards[shard];

    if (s->leased && s->lease_daemon != daemon && s->lease_until > db->time->now)
        return false;
    *s = (struct db_shard){.high_water = s->high_water,
                           .leased = true,
                           .lease_daemon = daemon,
                           .lease_until = db->time->now + LEASE_MS};
    return true;
}

void db_release(struct fake_db *db, unsigned daemon)
{
    for (unsigned i = 0; i < db->shard_n; i++)
        if (db->shards[i].lease_daemon == daemon)
            db->shards[i].leased = false;
}

static bool attention_before(const struct db_case *a, const struct db_case *b)
{
    return a->attention != b->attention ? a->attention < b->attention : strcmp(a->id, b->id) < 0;
}

size_t db_due(const struct fake_db *db, unsigned shard, instant_ms now, unsigned limit,
              struct db_case **ret, instant_ms *ret_next)
{
    size_t n = 0;

    *ret_next = INSTANT_NONE;
    for (size_t i = 0; i < db->case_n; i++) {
        struct db_case *c = db->cases[i];
        struct db_case *left = c;
        size_t at = n;

        if (c->shard != shard || c->attention == INSTANT_NONE)
            continue;
        if (c->attention <= now) {
            while (at > 0 && attention_before(c, ret[at - 1]))
                at--;
            left = n == limit ? ret[n - 1] : NULL;
            if (at == limit)
                left = c;
            else
                memmove(&ret[at + 1], &ret[at], (n - at - (n == limit)) * sizeof(*ret));
            if (at < limit)
                ret[at] = c;
            n += n < limit;
        }
        if (left && (*ret_next == INSTANT_NONE || left->attention < *ret_next))
            *ret_next = left->attention;
    }
    return n;
}

bool db_untaken(const struct fake_db *db, unsigned shard)
{
    for (size_t i = db->outbox_first; i < db->outbox_n; i++)
        if (db->outbox[i].shard == shard && db->outbox[i].state == DB_ENTRY_NEW)
            return true;
    return false;
}

static bool entry_visible(const struct db_entry *e, enum db_entry_state state, instant_ms now)
{
    return e->state == state && (state == DB_ENTRY_NEW || e->visible_at <= now);
}

/* Makes visible what this daemon had in its hands, if asked to; how many retries are due. */
static size_t retries_due(struct fake_db *db, const struct db_take *take)
{
    size_t n = 0;

    for (size_t i = db->outbox_first; i < db->outbox_n; i++) {
        struct db_entry *e = &db->outbox[i];

        if (e->shard != take->shard || e->state != DB_ENTRY_TAKEN)
            continue;
        if (take->recover && e->flying && e->daemon == take->daemon)
            e->visible_at = take->now;
        n += e->visible_at <= take->now;
    }
    return n;
}

/* Up to `most` entries of this state, oldest first, behind the n that ret holds. */
static size_t hand_out(struct fake_db *db, const struct db_take *take, enum db_entry_state state,
                       size_t most, struct db_entry **ret, size_t n)
{
    for (size_t i = db->outbox_first; i < db->outbox_n && n < most; i++) {
        struct db_entry *e = &db->outbox[i];

        if (e->shard != take->shard || !entry_visible(e, state, take->now))
            continue;
        ret[n++] = e;
        e->state = DB_ENTRY_TAKEN;
        e->daemon = take->daemon;
        e->flying = true;
        e->visible_at = take->visible_at;
    }
    return n;
}

size_t db_take(struct fake_db *db, const struct db_take *take, struct db_entry **ret,
               instant_ms *ret_next, bool *ret_more)
{
    size_t due = retries_due(db, take), quarter = ((size_t)take->limit + 3) / 4;
    size_t n =
        hand_out(db, take, DB_ENTRY_NEW, take->limit - (due < quarter ? due : quarter), ret, 0);

    n = hand_out(db, take, DB_ENTRY_TAKEN, take->limit, ret, n);
    *ret_next = INSTANT_NONE;
    *ret_more = db_untaken(db, take->shard);
    for (size_t i = db->outbox_first; i < db->outbox_n; i++) {
        const struct db_entry *e = &db->outbox[i];

        if (e->shard != take->shard || e->state != DB_ENTRY_TAKEN)
            continue;
        *ret_more = *ret_more || e->visible_at <= take->now;
        if (*ret_next == INSTANT_NONE || e->visible_at < *ret_next)
            *ret_next = e->visible_at;
    }
    return n;
}

void db_postpone(struct fake_db *db, const char *entry, int attempts, instant_ms at)
{
    struct db_entry *e = entry_find(db, entry);

    if (!e)
        return;
    e->attempts = attempts;
    e->flying = false;
    e->visible_at = at;
}

instant_ms db_high_water(const struct fake_db *db)
{
    instant_ms high = INSTANT_NONE;

    for (unsigned i = 0; i < db->shard_n; i++)
        if (db->shards[i].high_water > high)
            high = db->shards[i].high_water;
    return high;
}

/* Newest first; equal instants by id, backwards, as ZREVRANGE does. */
static bool listed_before(const struct db_case *a, instant_ms at, const char *id)
{
    return a->reported_at != at ? a->reported_at > at : strcmp(a->id, id) > 0;
}

static bool list_wants(const struct store_list_query *q, const struct db_case *c)
{
    if (!(c->open ? q->open : q->closed))
        return false;
    if (q->before_at == INSTANT_NONE)
        return true;
    return c->reported_at != q->before_at ? c->reported_at < q->before_at
                                          : strcmp(c->id, q->before_id) < 0;
}

size_t db_list(const struct fake_db *db, const struct store_list_query *query, struct db_case **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < db->case_n; i++) {
        struct db_case *c = db->cases[i];
        size_t at = n;

        if (!list_wants(query, c))
            continue;
        while (at > 0 && listed_before(c, ret[at - 1]->reported_at, ret[at - 1]->id))
            at--;
        if (at == query->limit)
            continue;
        memmove(&ret[at + 1], &ret[at], (n - at - (n == query->limit)) * sizeof(*ret));
        ret[at] = c;
        n += n < query->limit;
    }
    return n;
}

static struct db_note *note_of(const struct fake_db *db, const char *name)
{
    for (size_t i = 0; i < db->book_n; i++)
        if (!strcmp(db->book[i].name, name))
            return &db->book[i];
    return NULL;
}

const char *db_recall(const struct fake_db *db, const char *name)
{
    const struct db_note *note = note_of(db, name);

    return note ? note->text : NULL;
}

void db_remember(struct fake_db *db, const char *name, const char *text)
{
    struct db_note *note = note_of(db, name);

    if (!note) {
        note = arena_push(db->arena, &db->book, &db->book_n, &db->book_cap, sizeof(*note));
        note->name = arena_strdup(db->arena, name);
    }
    note->text = arena_strdup(db->arena, text);
}
