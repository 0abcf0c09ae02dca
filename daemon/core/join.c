/* Two cases: what one hands over, the other takes. Each side is one commit of its own, perhaps in
 * another shard; the handover stays in the first case until the second has it, so a crash between
 * the two is ended by whoever sees it next, and a repeat finds it done. */
#include "core/work.h"

#include <string.h>
#include "base/limits.h"
#include "base/text.h"

static bool joined_already(const struct opinion_case *c, const struct join *join)
{
    for (size_t i = 0; i < c->joining_n; i++) {
        if (text_equal(c->joinings[i].from, join->from->id) &&
            c->joinings[i].seq == join->handover->seq)
            return true;
    }
    return false;
}

/* Whether a report goes along: with a merge all do, with a split the one that is named and what
 * came with its case. */
static bool comes_along(const struct join *join, const char *report)
{
    const struct report *r = case_report_key(join->from, report);

    return r && handover_takes(join->handover, r);
}

/* The reports that come along. What they are judged by elsewhere is what their case was; one that
 * was here before is what it was then (evolve). */
static void take_reports(struct work *w, const struct join *join, struct fact *f)
{
    const struct opinion_case *from = join->from;

    f->reports = arena_alloc(w->arena, from->report_n * sizeof(*f->reports));
    for (size_t i = 0; i < from->report_n; i++) {
        struct report r = from->reports[i];

        if (!handover_takes(join->handover, &r))
            continue;
        if (!r.via) {
            r.case_type = from->case_type;
            r.labels = from->labels;
            r.label_n = from->label_n;
        }
        r.via = from->id;
        f->reports[f->report_n++] = r;
    }
}

/* Whatever was said of the two is the same, but when they happened: that may be corrected. */
static bool alike(const struct act *a, const struct act *b)
{
    return a->kind == b->kind && a->recorded_at == b->recorded_at && text_equal(a->url, b->url) &&
           text_equal(a->outlet, b->outlet) && text_equal(a->spoken_by, b->spoken_by) &&
           text_equal(a->reviewer, b->reviewer) && text_equal(a->author, b->author) &&
           text_equal(a->report, b->report) && text_equal(a->promise, b->promise) &&
           a->promise_due == b->promise_due;
}

static const struct act *same_act(const struct opinion_case *c, const struct act *act)
{
    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *known = &c->acts[i];

        if (known->happened_at == act->happened_at && alike(known, act))
            return known;
    }
    return NULL;
}

/* The act here whose time was corrected there: it has no other counterpart. */
static const struct act *corrected_act(const struct opinion_case *c,
                                       const struct opinion_case *from, const struct act *act)
{
    for (size_t i = 0; i < c->act_n; i++) {
        if (alike(&c->acts[i], act) && !same_act(from, &c->acts[i]))
            return &c->acts[i];
    }
    return NULL;
}

static void take_correction(struct work *w, const struct act *known, const struct act *act)
{
    struct fact f = work_fact(w, FACT_TIME_CORRECTED, REASON_SPLIT);

    f.field = TIME_ACT;
    f.at = act->happened_at;
    f.at_before = known->happened_at;
    f.other_seq = known->seq;
    work_add(w, &f);
}

/* What was done counts for both: when they were one case, it was done for both. What only answers
 * reports that stay behind does not come along. */
static void take_act(struct work *w, const struct opinion_case *from, const struct act *act,
                     enum reason reason)
{
    const struct act *known = reason == REASON_SPLIT ? corrected_act(w->c, from, act) : NULL;
    struct fact f;

    if (same_act(w->c, act))
        return;
    if (known) {
        take_correction(w, known, act);
        return;
    }
    f = work_fact(w, FACT_FULFILLED, reason);
    f.happened_at = act->happened_at;
    f.act = arena_alloc(w->arena, sizeof(*act));
    *f.act = *act;
    f.act->obligation = NULL;
    work_add(w, &f);
}

static void take_obligation(struct work *w, const struct join *join, const struct obligation *o,
                            enum reason reason)
{
    const struct act *by = o->met_by ? case_act(join->from, o->met_by) : NULL;
    const struct act *here = by ? same_act(w->c, by) : NULL;
    struct fact f = work_fact(w, FACT_OBLIGATION_MOVED, reason);

    f.obligation = arena_alloc(w->arena, sizeof(*o));
    *f.obligation = *o;
    f.obligation->met_by = here ? here->seq : 0;
    f.key = o->key;
    work_add(w, &f);
}

/* The exclusion here that this one of another case is, of one duty at most. */
static const struct exclusion *same_exclusion(const struct opinion_case *c,
                                              const struct exclusion *e, const char *key)
{
    for (size_t i = 0; i < c->exclusion_n; i++) {
        const struct exclusion *known = &c->exclusions[i];

        if (known->from_at == e->from_at && text_equal(known->kind, e->kind) &&
            (!known->obligation || text_equal(known->obligation, key)))
            return known;
    }
    return NULL;
}

/* e stops the duty with that key. What was ended there is ended here. */
static void take_exclusion(struct work *w, const struct exclusion *e, const char *key,
                           enum reason reason)
{
    const struct exclusion *known = same_exclusion(w->c, e, key);
    struct fact f = work_fact(w, known ? FACT_EXCLUSION_ENDED : FACT_EXCLUDED, reason);

    if (known ? e->to_at == INSTANT_NONE || known->to_at != INSTANT_NONE
              : w->c->exclusion_n >= LIMIT_EXCLUSIONS)
        return;
    f.exclusion = arena_alloc(w->arena, sizeof(*e));
    *f.exclusion = known ? *known : *e;
    f.exclusion->to_at = e->to_at;
    if (!known) {
        f.exclusion->seq = 0;
        f.exclusion->obligation = key;
    }
    work_add(w, &f);
}

static void take_restart(struct work *w, const struct restart *r, enum reason reason)
{
    struct fact f = work_fact(w, FACT_RESTARTED, reason);

    f.at = r->at;
    f.key = r->obligation;
    if (w->c->restart_n < LIMIT_RESTARTS)
        work_add(w, &f);
}

static void take_extension(struct work *w, const struct extension *e, enum reason reason)
{
    struct fact f =
        work_fact(w, e->decided_seq ? FACT_EXTENSION_DECIDED : FACT_EXTENSION_REQUESTED, reason);

    f.extension = arena_alloc(w->arena, sizeof(*e));
    *f.extension = *e;
    f.extension->seq = 0;
    f.key = e->obligation;
    if (w->c->extension_n < LIMIT_EXTENSIONS)
        work_add(w, &f);
}

static uint32_t extension_seq(const struct extension *e)
{
    return e->decided_seq ? e->decided_seq : e->seq;
}

/* Of the restarts and extensions of a duty the next one after `seq`, in the order of that case: an
 * extension before a restart no longer counts. One of both is set, or none. */
static uint32_t next_operation(const struct opinion_case *from, const char *key, uint32_t seq,
                               const struct restart **ret_r, const struct extension **ret_e)
{
    uint32_t next = UINT32_MAX;

    *ret_r = NULL;
    *ret_e = NULL;
    for (size_t i = 0; i < from->restart_n; i++) {
        const struct restart *r = &from->restarts[i];

        if (text_equal(r->obligation, key) && r->seq > seq && r->seq < next) {
            next = r->seq;
            *ret_r = r;
        }
    }
    for (size_t i = 0; i < from->extension_n; i++) {
        const struct extension *e = &from->extensions[i];

        if (text_equal(e->obligation, key) && extension_seq(e) > seq && extension_seq(e) < next) {
            next = extension_seq(e);
            *ret_r = NULL;
            *ret_e = e;
        }
    }
    return next;
}

/* Clock operations on the duty that moves. */
static void take_operations(struct work *w, const struct join *join, const char *key,
                            enum reason reason)
{
    const struct opinion_case *from = join->from;
    const struct rule *rule = work_rule(w->c, w->policy, case_obligation(from, key));
    const struct restart *r;
    const struct extension *e;

    for (size_t i = 0; rule && i < from->exclusion_n; i++) {
        if (clock_stops(rule, &from->exclusions[i], key))
            take_exclusion(w, &from->exclusions[i], key, reason);
    }
    for (uint32_t seq = next_operation(from, key, 0, &r, &e); r || e;
         seq = next_operation(from, key, seq, &r, &e)) {
        if (r)
            take_restart(w, r, reason);
        else
            take_extension(w, e, reason);
    }
}

void work_join(struct work *w, const struct join *join)
{
    const struct opinion_case *from = join->from;
    enum reason reason = join->handover->report ? REASON_SPLIT : REASON_MERGED;
    struct fact f = work_fact(w, FACT_JOINED, reason);

    if (joined_already(w->c, join)) {
        w->d->verdict = DUPLICATE;
        return;
    }
    if (w->c->status == CASE_NONE)
        work_refuse(w, REFUSAL_NOT_FOUND, NULL, "there is no such case");
    else if (w->c->status == CASE_MERGED && !join->handover->report)
        work_refuse(w, REFUSAL_MERGED, NULL, "the case lives on in %s", w->c->merged_into);
    if (w->d->verdict == REFUSED)
        return;
    f.other_case = from->id;
    f.other_seq = join->handover->seq;
    take_reports(w, join, &f);
    if (!join->handover->report) {
        f.joined = case_copy(from, w->arena);
        f.joined->report_n = f.joined->act_n = f.joined->obligation_n = 0;
        f.joined->exclusion_n = f.joined->extension_n = f.joined->restart_n = 0;
        f.joined->handover_n = f.joined->joining_n = 0;
        f.joined->summary = NULL; /* stands in the ledger of the other case */
    }
    work_add(w, &f);
    for (size_t i = 0; i < from->act_n && w->c->act_n < LIMIT_ACTS; i++) {
        if (!from->acts[i].report || comes_along(join, from->acts[i].report))
            take_act(w, from, &from->acts[i], reason);
    }
    for (size_t i = 0; i < from->obligation_n && w->c->obligation_n < LIMIT_OBLIGATIONS; i++) {
        const struct obligation *o = &from->obligations[i];

        if (!comes_along(join, o->report))
            continue;
        take_obligation(w, join, o, reason);
        take_operations(w, join, o->key, reason);
    }
}

/* back: nobody took it, for each of two cases was merged into the other: this one stays. */
static void take_back(struct work *w)
{
    struct fact f = work_fact(w, FACT_REOPENED, REASON_MERGED);

    work_add(w, &f);
}

void work_handed(struct work *w, uint32_t handover, bool back)
{
    struct fact f = work_fact(w, FACT_HANDED_OVER, REASON_MERGED);

    if (back && w->c->status == CASE_MERGED && w->c->handover_n) {
        take_back(w);
        f = work_fact(w, FACT_HANDED_OVER, REASON_MERGED);
    }

    for (size_t i = 0; i < w->c->handover_n; i++) {
        if (w->c->handovers[i].seq != handover)
            continue;
        if (w->c->handovers[i].report)
            f.reason = REASON_SPLIT;
        f.other_seq = handover;
        f.other_case = w->c->handovers[i].to;
        work_add(w, &f);
        return;
    }
    w->d->verdict = DUPLICATE;
}
