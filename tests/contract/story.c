#include "story.h"

#include <stdint.h>
#include <string.h>
#include <time.h>
#include "base/must.h"
#include "codec/chain.h"
#include "codec/record.h"

#define PATIENCE_S 20 /* a store that does not answer fails the test, it does not hang it */

struct story story_begin(void **state)
{
    return (struct story){.env = *state, .arena = arena_new((size_t)256 << 20)};
}

void story_end(struct story *t)
{
    t->arena = arena_free(t->arena);
}

/* --- asking and waiting ----------------------------------------------------------------------- */

void story_wait_for(struct story *t, const struct answer *a)
{
    time_t end_at = time(NULL) + PATIENCE_S;

    assert_int_equal(a->calls, 0); /* never from inside the call */
    while (!a->calls) {
        if (time(NULL) > end_at)
            fail_msg("the store does not answer");
        t->env->pump(t->env->self);
    }
    assert_int_equal(a->calls, 1);
}

#define ANSWER_FN(name, type, member)                                                              \
    static void on_##name(void *arg, const type *result)                                           \
    {                                                                                              \
        struct answer *a = arg;                                                                    \
                                                                                                   \
        a->calls++;                                                                                \
        a->status = result->status;                                                                \
        a->member = *result;                                                                       \
    }
ANSWER_FN(loaded, struct store_loaded, loaded)
ANSWER_FN(due, struct store_due, due)
ANSWER_FN(taken, struct store_taken, taken)
ANSWER_FN(facts, struct store_facts, facts)
ANSWER_FN(listed, struct store_listed, listed)
ANSWER_FN(clock, struct store_clock, clock)

void story_on_status(void *arg, enum store_status status, const char *why)
{
    struct answer *a = arg;

    (void)why;
    a->calls++;
    a->status = status;
}

struct store_loaded story_load(struct story *t, struct store *s, const char *id, const char *op)
{
    struct answer a = {0};

    s->load(s->self, id, op, t->arena, on_loaded, &a);
    story_wait_for(t, &a);
    return a.loaded;
}

enum store_status story_commit(struct story *t, struct store *s, const struct store_commit *c)
{
    struct answer a = {0};

    s->commit(s->self, c, story_on_status, &a);
    story_wait_for(t, &a);
    return a.status;
}

struct store_due story_due(struct story *t, struct store *s, unsigned shard, instant_ms now,
                           unsigned limit)
{
    struct answer a = {0};

    s->due(s->self, shard, now, limit, t->arena, on_due, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
    return a.due;
}

struct store_taken story_take(struct story *t, struct store *s, unsigned shard, instant_ms now,
                              unsigned limit, bool recover)
{
    struct answer a = {0};

    s->take(s->self, shard, now, now + MINUTE_MS, limit, recover, t->arena, on_taken, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
    return a.taken;
}

void story_postpone(struct story *t, struct store *s, unsigned shard, const char *entry,
                    int attempts, instant_ms at)
{
    struct answer a = {0};

    s->postpone(s->self, shard, entry, attempts, at, story_on_status, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
}

struct store_facts story_facts(struct story *t, const char *id, const char *before, unsigned limit)
{
    struct store *s = t->env->b;
    struct answer a = {0};

    s->facts(s->self, id, before, limit, t->arena, on_facts, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
    return a.facts;
}

struct store_listed story_list(struct story *t, const struct store_list_query *query)
{
    struct store *s = t->env->b;
    struct answer a = {0};

    s->list(s->self, query, t->arena, on_listed, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
    return a.listed;
}

struct store_clock story_read_clock(struct story *t, struct store *s)
{
    struct answer a = {0};

    s->clock(s->self, on_clock, &a);
    story_wait_for(t, &a);
    assert_int_equal(a.status, STORE_OK);
    return a.clock;
}

/* --- decisions -------------------------------------------------------------------------------- */

const char *story_id_in(struct story *t, unsigned shard, unsigned i)
{
    for (unsigned n = 0;; n++) {
        const char *id = arena_printf(t->arena, "TEST%012u", n);

        if (store_shard(id, CONTRACT_SHARDS) == shard && i-- == 0)
            return id;
    }
}

static struct opinion_case *next_case(struct story *t, const struct wish *w, uint32_t rev)
{
    struct opinion_case *c = case_new(t->arena);

    c->id = w->id;
    c->rev = rev;
    c->status = w->closed ? CASE_CLOSED : CASE_OPEN;
    c->policy_version = "contract";
    c->title = arena_printf(t->arena, "某地\xE2\x80\x9C停水\xE2\x80\x9D \"%s\"\n%u", w->id, rev);
    c->discovered_at = c->reported_at = w->reported_at ? w->reported_at : T0;
    return c;
}

struct store_commit *story_plan(struct story *t, struct store *s, const struct wish *w)
{
    struct store_loaded now = story_load(t, s, w->id, NULL);
    struct store_commit *commit = arena_alloc(t->arena, sizeof(*commit));
    struct decision *d = arena_alloc(t->arena, sizeof(*d));
    uint32_t rev = now.stored.c->rev;

    assert_int_equal(now.status, STORE_OK);
    for (unsigned i = 0; i < w->facts; i++) {
        struct fact *f = arena_push(t->arena, &d->facts, &d->fact_n, &d->fact_cap, sizeof(*f));

        f->seq = rev + 1 + i;
        f->type = FACT_NOTED;
        f->reason = REASON_REQUESTED;
        f->recorded_at = T0;
        f->happened_at = f->scheduled_at = INSTANT_NONE;
        f->actor = "contract";
        f->text = arena_printf(t->arena, "fact %u", f->seq);
    }
    for (unsigned i = 0; i < w->notices; i++) {
        struct notice *n =
            arena_push(t->arena, &d->notices, &d->notice_n, &d->notice_cap, sizeof(*n));

        n->id = arena_printf(t->arena, "%s-%u-%u", w->id, rev + 1, i);
        n->receiver = arena_printf(t->arena, "receiver-%u", i);
        n->case_id = w->id;
        n->created_at = T0;
        n->text = "请于14时前发布";
    }
    d->next = next_case(t, w, rev + w->facts);
    d->attention_at = w->attention_at ? w->attention_at : INSTANT_NONE;
    *commit = (struct store_commit){
        .case_id = w->id,
        .expected_rev = rev,
        .head = now.stored.head,
        .decision = d,
        .now = T0,
        .zone = &zone_china,
    };
    return commit;
}

void story_do_wish(struct story *t, struct wish w)
{
    assert_int_equal(story_commit(t, t->env->a, story_plan(t, t->env->a, &w)), STORE_OK);
}
