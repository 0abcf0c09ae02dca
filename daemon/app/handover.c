/* A merge or a split is two commits in two cases. The first is written with the handover in it;
 * here the second follows, and the first notes that it did. Every step may be repeated. */
#include "app/app_priv.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "codec/record.h"

struct passing {
    struct app *app;
    struct arena *arena; /* of this struct and its case */
    struct opinion_case *c;
    const char *to;
    int hops;
    handover_end_fn *end;
    void *arg;
};

static void passing_end(struct passing *p, const struct opinion_case *c)
{
    struct arena *arena = p->arena;

    if (p->end)
        p->end(p->arg, c);
    arena_free(arena);
}

static void on_noted(void *arg, const struct app_result *result)
{
    struct passing *p = arg;

    passing_end(p, result->c ? result->c : p->c);
}

static void note(struct passing *p, bool back)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct op_request request = {.arena = arena,
                                 .case_id = arena_strdup(arena, p->c->id),
                                 .input = {.type = INPUT_HANDED, .actor = "system"},
                                 .end = on_noted,
                                 .arg = p};

    request.input.u.handed.seq = p->c->handovers[0].seq;
    request.input.u.handed.back = back;
    op_start(p->app, &request);
}

static void pass(struct passing *p);

/* The case it was to go to lives on in another. If that is this one, two were merged into each
 * other at the same time: the one with the smaller id stays. */
static void follow(struct passing *p, const char *next)
{
    if (text_equal(next, p->c->id)) {
        if (strcmp(p->c->id, p->to) < 0)
            note(p, true);
        else
            passing_end(p, p->c); /* the other one comes back first: tried again by the ticker */
        return;
    }
    if (p->hops++ >= LIMIT_MERGE_HOPS) {
        passing_end(p, p->c);
        return;
    }
    p->to = arena_strdup(p->arena, next);
    pass(p);
}

static void on_joined(void *arg, const struct app_result *result)
{
    struct passing *p = arg;

    if (result->status == APP_DONE || result->status == APP_DUPLICATE) {
        note(p, false);
    } else if (result->status == APP_REFUSED && result->refusal.code == REFUSAL_MERGED) {
        follow(p, result->before->merged_into);
    } else {
        if (result->status != APP_UNAVAILABLE)
            log_error("case=%s can not be handed over to case=%s: %s", p->c->id, p->to,
                      result->refusal.detail ? result->refusal.detail : "?");
        passing_end(p, p->c);
    }
}

static void pass(struct passing *p)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct join *join = arena_alloc(arena, sizeof(*join));
    struct op_request request = {.arena = arena,
                                 .case_id = arena_strdup(arena, p->to),
                                 .input = {.type = INPUT_JOIN, .actor = "system", .u.join = join},
                                 .end = on_joined,
                                 .arg = p};

    *join = (struct join){.from = p->c, .handover = &p->c->handovers[0]};
    op_start(p->app, &request);
}

void handover_run(struct app *app, const struct opinion_case *c, handover_end_fn *end, void *arg)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct passing *p = arena_alloc(arena, sizeof(*p));
    const char *json = case_encode(c, arena);
    struct err err;

    must(c->handover_n > 0);
    *p = (struct passing){.app = app, .arena = arena, .end = end, .arg = arg};
    must(case_decode(json, strlen(json), arena, &p->c, &err) == 0);
    p->to = p->c->handovers[0].to;
    pass(p);
}
