#include "cli/town.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "cli/seen.h"
#include "codec/digest.h"
#include "codec/record.h"

/* A decision whose time stays where it was is looked at again so often, then something is wrong. */
#define TURNS_AT_ONCE 4
/* A case that has gone through this much is written down and read again. */
#define TURN_ARENA_BYTES ((size_t)LIMIT_ARENA_BYTES / 4)

struct home {
    char id[CASE_ID_SIZE];
    uint32_t len;
    char *json;
    instant_ms attention;
};

struct town {
    const struct policies *policies;
    town_told_fn *told;
    void *arg;
    struct home *homes; /* in order of appearance */
    size_t n, cap;
    struct seen homes_of; /* case id -> index */
    struct seen ops;      /* operation id -> digest */
    struct arena *arena;  /* of one decision */
};

struct town *town_new(const struct policies *policies, town_told_fn *told, void *arg)
{
    struct town *t = calloc(1, sizeof(*t));

    must(t != NULL && policies->n > 0);
    t->policies = policies;
    t->told = told;
    t->arg = arg;
    t->arena = arena_new(LIMIT_ARENA_BYTES);
    return t;
}

void town_free(struct town *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        free(t->homes[i].json);
    free(t->homes);
    seen_free(&t->homes_of);
    seen_free(&t->ops);
    arena_free(t->arena);
    free(t);
}

/* --- where cases are kept --------------------------------------------------------------------- */

/* The index of a case, or town->n. Ids are hashes: one half of them is enough to find it. */
static size_t home_index(const struct town *t, const char *id)
{
    const uint64_t *found = id ? seen_get(&t->homes_of, seen_key(id)) : NULL;

    if (!found || !text_equal(t->homes[*found].id, id))
        return t->n;
    return (size_t)*found;
}

static size_t home_add(struct town *t, const char *id)
{
    struct home *home;

    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->homes = realloc(t->homes, t->cap * sizeof(*t->homes));
        must(t->homes != NULL);
    }
    home = &t->homes[t->n];
    *home = (struct home){.attention = INSTANT_NONE};
    must(strlen(id) < sizeof(home->id));
    memcpy(home->id, id, strlen(id));
    seen_put(&t->homes_of, seen_key(id), t->n);
    return t->n++;
}

static struct opinion_case *home_read(const struct town *t, size_t i, struct arena *arena)
{
    struct opinion_case *c;
    struct err err;

    if (i == t->n || !t->homes[i].json)
        return case_new(arena);
    must(case_decode(t->homes[i].json, t->homes[i].len, arena, &c, &err) == 0);
    return c;
}

static void home_write(struct town *t, size_t i, const struct opinion_case *c)
{
    const char *json = case_encode(c, t->arena);

    text_replace(&t->homes[i].json, json);
    t->homes[i].len = (uint32_t)strlen(json);
}

/* --- deciding --------------------------------------------------------------------------------- */

/* A case that is being worked on. */
struct visit {
    struct town *town;
    size_t home;
    struct opinion_case *c;
    bool changed;
};

/* The newest policy for a new case, else the one it began with. */
static const struct policy *judged_by(const struct town *t, const struct opinion_case *c,
                                      const struct input *input, instant_ms now)
{
    const struct policy *policy =
        input_takes_policy(c, input) ? NULL : policies_find(t->policies, c->policy_version);

    return policy ? policy : policies_in_force(t->policies, now);
}

static struct decision visit_decide(struct visit *v, const struct input *input, instant_ms now)
{
    struct town *t = v->town;
    const struct policy *policy = judged_by(t, v->c, input, now);
    struct decision d = decide(v->c, input, policy, now, t->arena);

    if (d.fact_n == 0 && (d.verdict != DECIDED || input->type != INPUT_TIME))
        return d;
    v->c = d.next;
    v->changed = true;
    t->homes[v->home].attention = d.attention_at;
    if (t->told && d.notice_n)
        t->told(t->arg, &d, policy);
    return d;
}

static struct visit visit_begin(struct town *t, size_t home)
{
    arena_reset(t->arena);
    return (struct visit){t, home, home_read(t, home, t->arena), false};
}

static void visit_end(struct visit *v)
{
    if (v->changed)
        home_write(v->town, v->home, v->c);
    v->changed = false;
}

/* One turn of the clock; true if there was one to take. */
static bool visit_turn(struct visit *v, instant_ms now)
{
    static const struct input time = {.type = INPUT_TIME, .actor = "system"};
    instant_ms at = v->town->homes[v->home].attention;

    if (at == INSTANT_NONE || at > now)
        return false;
    if (arena_used(v->town->arena) > TURN_ARENA_BYTES) {
        visit_end(v);
        *v = visit_begin(v->town, v->home);
    }
    visit_decide(v, &time, at);
    return true;
}

static void visit_run(struct visit *v, instant_ms now)
{
    const struct town *t = v->town;
    instant_ms before;
    int turns = 0;

    if (v->home == t->n)
        return; /* an action on a case that does not exist */
    before = t->homes[v->home].attention;
    while (visit_turn(v, now)) {
        instant_ms next = t->homes[v->home].attention;

        turns = next == INSTANT_NONE || next > before ? 0 : turns + 1;
        must(turns < TURNS_AT_ONCE);
        before = next;
    }
}

/* Brings a case up to now. */
static void home_run(struct town *t, size_t home, instant_ms now)
{
    struct visit v;

    if (home == t->n || t->homes[home].attention == INSTANT_NONE || t->homes[home].attention > now)
        return;
    v = visit_begin(t, home);
    visit_run(&v, now);
    visit_end(&v);
}

void town_run(struct town *t, instant_ms until)
{
    for (size_t i = 0; i < t->n; i++)
        home_run(t, i, until);
}

bool town_step(struct town *t, instant_ms until)
{
    instant_ms next = INSTANT_NONE;

    for (size_t i = 0; i < t->n; i++) {
        instant_ms at = t->homes[i].attention;

        if (at != INSTANT_NONE && at <= until && (next == INSTANT_NONE || at < next))
            next = at;
    }
    if (next == INSTANT_NONE)
        return false;
    town_run(t, next);
    return true;
}

/* --- merge and split -------------------------------------------------------------------------- */

static struct decision join_into(struct town *t, const struct opinion_case *from, size_t to,
                                 instant_ms now)
{
    struct join join = {from, &from->handovers[0]};
    struct input input = {.type = INPUT_JOIN, .actor = "system", .u.join = &join};
    struct visit v = {t, to, home_read(t, to, t->arena), false};
    struct decision d = visit_decide(&v, &input, now);

    visit_end(&v);
    return d;
}

/* The second and third step: the other case takes over, this one notes it. The other is never
 * merged itself, since nothing happens in between; so it can not refuse. */
static void hand_over(struct town *t, size_t home, instant_ms now)
{
    struct input handed = {.type = INPUT_HANDED, .actor = "system"};
    struct visit v = visit_begin(t, home);
    struct decision d;
    size_t to;

    to = home_index(t, v.c->handovers[0].to);
    must(to < t->n);
    d = join_into(t, v.c, to, now);
    must(d.verdict == DECIDED || d.verdict == DUPLICATE);
    handed.u.handed.seq = v.c->handovers[0].seq;
    d = visit_decide(&v, &handed, now);
    must(d.verdict == DECIDED && v.c->handover_n == 0);
    visit_end(&v);
}

/* --- events ----------------------------------------------------------------------------------- */

static struct town_answer answer_of(const struct decision *d)
{
    return (struct town_answer){d->verdict, d->refusal};
}

static struct town_answer report(struct town *t, const struct event *event, instant_ms now)
{
    struct input input = {.type = INPUT_REPORT, .actor = event->source, .u.report = &event->report};
    size_t home = home_index(t, event->case_id);
    struct decision d;
    struct visit v;

    if (home == t->n)
        home = home_add(t, event->case_id);
    v = visit_begin(t, home);
    visit_run(&v, now);
    d = visit_decide(&v, &input, now);
    must(v.c->rev > 0); /* a first report is never refused */
    visit_end(&v);
    return answer_of(&d);
}

/* Home of the other case of a merge or a split, its time run; for a merge, where it lives on. */
static size_t other_home(struct town *t, struct action *action, instant_ms now)
{
    size_t home = t->n;

    for (int hops = 0; hops <= LIMIT_MERGE_HOPS; hops++) {
        const struct opinion_case *c;

        home = home_index(t, action->type == ACTION_MERGE ? action->into : action->report);
        home_run(t, home, now);
        c = home_read(t, home, t->arena);
        if (action->type != ACTION_MERGE || c->status != CASE_MERGED)
            break;
        /* Not what the arena holds: that is emptied with each visit. */
        action->into = t->homes[home_index(t, c->merged_into)].id;
    }
    return home;
}

/* An action by its case as it stands; *ret_home moves on while that one lives on in another. */
static struct decision act(struct town *t, const struct input *input, struct action *action,
                           size_t *ret_home, instant_ms now)
{
    bool two = action->type == ACTION_MERGE || action->type == ACTION_SPLIT;
    size_t other = two ? other_home(t, action, now) : t->n;
    struct decision d = {.verdict = REFUSED};

    for (int hops = 0; hops <= LIMIT_MERGE_HOPS; hops++) {
        struct visit v;

        v = visit_begin(t, *ret_home);
        visit_run(&v, now);
        action->other = two ? home_read(t, other, t->arena) : NULL;
        d = visit_decide(&v, input, now);
        visit_end(&v);
        if (d.verdict != REFUSED || d.refusal.code != REFUSAL_MERGED)
            break;
        *ret_home = home_index(t, v.c->merged_into);
    }
    return d;
}

static struct town_answer act_once(struct town *t, struct event *event, instant_ms now)
{
    struct input input = {
        .type = INPUT_ACTION, .actor = event->source, .op = event->op, .u.action = &event->action};
    const uint64_t *digest = seen_get(&t->ops, seen_key(event->op));
    size_t home = home_index(t, event->case_id);
    struct town_answer answer;
    struct decision d;

    if (digest)
        return (struct town_answer){.verdict = *digest == seen_key(event->op_digest) ? DUPLICATE
                                                                                     : CONFLICT};
    d = act(t, &input, &event->action, &home, now);
    answer = answer_of(&d);
    if (d.fact_n > 0 || d.verdict == DUPLICATE)
        seen_put(&t->ops, seen_key(event->op), seen_key(event->op_digest));
    if (d.verdict == DECIDED && d.next->handover_n)
        hand_over(t, home, now);
    return answer;
}

struct town_answer town_event(struct town *t, struct event *event, instant_ms now)
{
    must(event->kind != EVENT_REFUSED);
    return event->kind == EVENT_REPORT ? report(t, event, now) : act_once(t, event, now);
}

/* --- looking ---------------------------------------------------------------------------------- */

size_t town_case_n(const struct town *t)
{
    return t->n;
}

const struct opinion_case *town_case(const struct town *t, size_t i, struct arena *arena)
{
    return home_read(t, i, arena);
}
