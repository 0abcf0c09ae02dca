/* evolve(): one fact changes the case. Total: every fact type is here, and nowhere else. */
#include "core/fold.h"

#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

struct opinion_case *case_new(struct arena *arena)
{
    struct opinion_case *c = arena_alloc(arena, sizeof(*c));

    c->incident.occurred_at = INSTANT_NONE;
    c->discovered_at = c->received_at = c->reported_at = INSTANT_NONE;
    c->published_at = c->decided_at = c->formed_at = INSTANT_NONE;
    c->level_set_at = c->assigned_at = c->acknowledged_at = INSTANT_NONE;
    c->updated_at = c->closed_at = INSTANT_NONE;
    return c;
}

static void *copy_array(struct arena *arena, const void *items, size_t n, size_t size)
{
    void *copy = n ? arena_alloc(arena, n * size) : NULL;

    if (n)
        memcpy(copy, items, n * size);
    return copy;
}

struct opinion_case *case_copy(const struct opinion_case *c, struct arena *arena)
{
    struct opinion_case *copy = arena_alloc(arena, sizeof(*copy));

    *copy = *c;
    copy->reports = copy_array(arena, c->reports, c->report_n, sizeof(*c->reports));
    copy->acts = copy_array(arena, c->acts, c->act_n, sizeof(*c->acts));
    copy->obligations = copy_array(arena, c->obligations, c->obligation_n, sizeof(*c->obligations));
    copy->exclusions = copy_array(arena, c->exclusions, c->exclusion_n, sizeof(*c->exclusions));
    copy->extensions = copy_array(arena, c->extensions, c->extension_n, sizeof(*c->extensions));
    copy->restarts = copy_array(arena, c->restarts, c->restart_n, sizeof(*c->restarts));
    copy->handovers = copy_array(arena, c->handovers, c->handover_n, sizeof(*c->handovers));
    copy->joinings = copy_array(arena, c->joinings, c->joining_n, sizeof(*c->joinings));
    copy->report_cap = c->report_n;
    copy->act_cap = c->act_n;
    copy->obligation_cap = c->obligation_n;
    copy->exclusion_cap = c->exclusion_n;
    copy->extension_cap = c->extension_n;
    copy->restart_cap = c->restart_n;
    copy->handover_cap = c->handover_n;
    copy->joining_cap = c->joining_n;
    return copy;
}

void case_complete(struct opinion_case *c)
{
    must(c->report_n == 0 || c->reports != NULL);
    for (size_t i = 0; i < c->report_n; i++) {
        struct report *r = &c->reports[i];

        if (!r->key)
            r->key = c->id;
        if (r->discovered_at == INSTANT_NONE) {
            r->discovered_at = c->discovered_at;
            r->assumed = true;
        }
    }
}

static void evolve_reported(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    uint32_t rev = c->rev;

    must(c->status == CASE_NONE && f->reported);
    *c = *case_copy(f->reported, arena);
    c->rev = rev;
    c->status = CASE_OPEN;
    c->reported_at = f->recorded_at;
    c->assigned_seq = c->lead_unit ? f->seq : 0;
    c->level_set_at = c->incident.level ? f->recorded_at : INSTANT_NONE;
    must(c->report_n == 1 && c->act_n == 0 && c->obligation_n == 0);
    case_complete(c);
}

static void evolve_conflict(struct opinion_case *c, const struct fact *f)
{
    struct report *r = f->report ? case_report_key(c, f->report) : &c->reports[0];

    must(r != NULL);
    r->refused_digest = f->digest;
    r->refused_n++;
}

static void evolve_level(struct opinion_case *c, const struct fact *f)
{
    c->incident.present = true;
    c->incident.level = f->level;
    c->incident.category = f->category;
    c->level_set_at = f->happened_at == INSTANT_NONE ? f->recorded_at : f->happened_at;
}

static void evolve_assigned(struct opinion_case *c, const struct fact *f)
{
    c->lead_unit = f->lead_unit;
    c->assist_units = f->assist_units;
    c->assist_unit_n = f->assist_unit_n;
    c->assigned_at = f->happened_at == INSTANT_NONE ? f->recorded_at : f->happened_at;
    c->assigned_seq = f->seq;
    c->acknowledged_at = INSTANT_NONE;
    c->acknowledged_by = NULL;
}

/* Whatever can satisfy a duty is an act. */
static struct act *push_act(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct act *act = arena_push(arena, &c->acts, &c->act_n, &c->act_cap, sizeof(*act));

    if (f->act)
        *act = *f->act;
    else
        act->promise_due = INSTANT_NONE;
    act->seq = f->seq;
    act->happened_at = f->happened_at == INSTANT_NONE ? f->recorded_at : f->happened_at;
    /* One that joined was recorded in the case it came from. */
    if (f->reason != REASON_MERGED && f->reason != REASON_SPLIT)
        act->recorded_at = f->recorded_at;
    return act;
}

/* 签收 is the lead unit's to give; that an assisting unit took note is history only. */
static void evolve_acknowledged(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    if (!text_equal(f->unit, c->lead_unit))
        return;
    c->acknowledged_at = f->recorded_at;
    c->acknowledged_by = f->unit;
    push_act(c, f, arena)->kind = ACT_ACKNOWLEDGE;
}

static void evolve_judged(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    push_act(c, f, arena);
    if (f->labels_given) {
        c->labels = f->labels;
        c->label_n = f->label_n;
    }
}

void fold_ended(struct opinion_case *c, const struct fact *f, enum case_status status)
{
    c->status = status;
    c->closed_at = f->happened_at == INSTANT_NONE ? f->recorded_at : f->happened_at;
}

void fold_reopened(struct opinion_case *c)
{
    c->status = CASE_OPEN;
    c->closed_at = INSTANT_NONE;
    c->merged_into = NULL;
}

/* --- time ------------------------------------------------------------------------------------- */

static void correct_report(struct opinion_case *c, const struct fact *f)
{
    struct report *r = case_report_key(c, f->report);

    must(r != NULL);
    switch ((int)f->field) {
    case TIME_DISCOVERED:
        r->discovered_at = f->at;
        r->assumed = false;
        break;
    case TIME_RECEIVED:
        r->received_at = f->at;
        break;
    default:
        r->limit_at = f->at;
        break;
    }
    fold_reports_changed(c);
}

static void correct_act(struct opinion_case *c, const struct fact *f)
{
    for (size_t i = 0; i < c->act_n; i++) {
        if (c->acts[i].seq == f->other_seq)
            c->acts[i].happened_at = f->at;
    }
}

static void evolve_time_corrected(struct opinion_case *c, const struct fact *f)
{
    switch (f->field) {
    case TIME_OCCURRED:
        c->incident.present = true;
        c->incident.occurred_at = f->at;
        break;
    case TIME_DISCOVERED:
    case TIME_RECEIVED:
    case TIME_LIMIT:
        correct_report(c, f);
        break;
    case TIME_PUBLISHED:
        c->published_at = f->at;
        break;
    case TIME_DECIDED:
        c->decided_at = f->at;
        break;
    case TIME_FORMED:
        c->formed_at = f->at;
        break;
    case TIME_ACT:
        correct_act(c, f);
        break;
    case TIME_LETTER:
        must(case_exclusion(c, f->other_seq) != NULL);
        case_exclusion(c, f->other_seq)->letter_received_at = f->at;
        break;
    case TIME_FIELD_COUNT:
        must(!"time field");
    }
}

static void evolve_exclusion(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct exclusion *e = case_exclusion(c, f->exclusion->seq);

    if (f->type == FACT_EXCLUDED && !e) {
        e = arena_push(arena, &c->exclusions, &c->exclusion_n, &c->exclusion_cap, sizeof(*e));
        *e = *f->exclusion;
        e->seq = f->seq;
        if (e->recorded_at == INSTANT_NONE)
            e->recorded_at = f->recorded_at;
    }
    must(e != NULL);
    e->to_at = f->exclusion->to_at;
    if (e->to_at != INSTANT_NONE && e->ended_at == INSTANT_NONE)
        e->ended_at = f->recorded_at;
}

static void evolve_extension(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct extension *e = NULL;

    for (size_t i = 0; i < c->extension_n && !e; i++) {
        if (c->extensions[i].seq == f->extension->seq)
            e = &c->extensions[i];
    }
    if (!e)
        e = arena_push(arena, &c->extensions, &c->extension_n, &c->extension_cap, sizeof(*e));
    *e = *f->extension;
    e->seq = e->seq ? e->seq : f->seq;
    if (f->type == FACT_EXTENSION_DECIDED)
        e->decided_seq = f->seq;
}

static void evolve_restarted(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct restart *r = arena_push(arena, &c->restarts, &c->restart_n, &c->restart_cap, sizeof(*r));

    *r = (struct restart){.seq = f->seq, .at = f->at, .obligation = f->key};
}

/* --- obligations ------------------------------------------------------------------------------ */

/* What was done to the clock of a duty comes with it. */
static void drop_operations(struct opinion_case *c, const char *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->restart_n; i++) {
        if (!text_equal(c->restarts[i].obligation, key))
            c->restarts[kept++] = c->restarts[i];
    }
    c->restart_n = kept;
    kept = 0;
    for (size_t i = 0; i < c->extension_n; i++) {
        if (!text_equal(c->extensions[i].obligation, key))
            c->extensions[kept++] = c->extensions[i];
    }
    c->extension_n = kept;
}

static void evolve_opened(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct obligation *o = case_obligation(c, f->obligation->key);

    must(!o || f->type == FACT_OBLIGATION_MOVED);
    if (!o)
        o = arena_push(arena, &c->obligations, &c->obligation_n, &c->obligation_cap, sizeof(*o));
    *o = *f->obligation;
    if (f->type == FACT_OBLIGATION_MOVED) {
        drop_operations(c, o->key);
        return;
    }
    o->state = OBLIGATION_OPEN;
    o->opened_at = f->recorded_at;
}

static void evolve_clock(struct obligation *o, const struct fact *f)
{
    const uint32_t of_clock = OBLIGATION_PROVISIONAL | OBLIGATION_EXTENDED | OBLIGATION_RESTARTED;
    const struct clock_change *clock = f->clock;

    o->start_from = clock->start_from;
    o->start_at = clock->start_at;
    o->due_at = clock->due_at;
    o->reference_due_at = clock->reference_due_at;
    o->flags = (o->flags & ~of_clock) | clock->flags;
    o->variant = clock->variant;
    o->rungs_done = clock->rungs_done;
    o->lamp = clock->lamp;
    o->state = clock->state;
}

/* Facts about one obligation that is there. */
static void evolve_obligation(struct opinion_case *c, const struct fact *f)
{
    struct obligation *o = case_obligation(c, f->key);

    must(o != NULL);
    o->flags |= f->flags;
    switch ((int)f->type) {
    case FACT_OBLIGATION_MET:
        o->state = f->state;
        o->met_at = f->happened_at;
        o->met_by = f->met_by;
        o->flags = (o->flags & ~(uint32_t)OBLIGATION_BACKDATED) | f->flags;
        o->paused_at = INSTANT_NONE;
        break;
    case FACT_OBLIGATION_OVERDUE:
        o->state = OBLIGATION_OVERDUE;
        o->overdue_at = o->overdue_at == INSTANT_NONE ? f->recorded_at : o->overdue_at;
        break;
    case FACT_OBLIGATION_CLOCK:
        evolve_clock(o, f);
        break;
    case FACT_OBLIGATION_PAUSED:
        o->state = OBLIGATION_PAUSED;
        o->paused_at = f->recorded_at;
        break;
    case FACT_RUNG_FIRED:
    case FACT_RUNG_SKIPPED:
        o->rungs_done |= f->rungs;
        o->lamp = f->lamp > o->lamp ? f->lamp : o->lamp;
        break;
    case FACT_OBLIGATION_REINSTATED:
        o->state = OBLIGATION_OPEN;
        o->paused_at = INSTANT_NONE;
        o->met_at = INSTANT_NONE;
        o->met_by = 0;
        o->flags &= ~(uint32_t)OBLIGATION_BACKDATED;
        break;
    default:
        o->paused_at = INSTANT_NONE;
        o->state = f->type == FACT_OBLIGATION_WAIVED       ? OBLIGATION_WAIVED
                   : f->type == FACT_OBLIGATION_CANCELLED  ? OBLIGATION_CANCELLED
                   : f->type == FACT_OBLIGATION_SUPERSEDED ? OBLIGATION_SUPERSEDED
                                                           : OBLIGATION_OPEN;
        break;
    }
}

/* Facts about the case as a whole; false: it is not one. */
static bool evolve_case(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    switch ((int)f->type) {
    case FACT_REPORTED:
        evolve_reported(c, f, arena);
        return true;
    case FACT_REPORT_CONFLICT:
        evolve_conflict(c, f);
        return true;
    case FACT_LEVEL_SET:
        evolve_level(c, f);
        return true;
    case FACT_ASSIGNED:
        evolve_assigned(c, f);
        return true;
    case FACT_ACKNOWLEDGED:
        evolve_acknowledged(c, f, arena);
        return true;
    case FACT_FULFILLED:
        push_act(c, f, arena);
        return true;
    case FACT_JUDGED:
        evolve_judged(c, f, arena);
        return true;
    case FACT_CLOSED:
        fold_ended(c, f, CASE_CLOSED);
        return true;
    case FACT_INVALIDATED:
        fold_ended(c, f, CASE_INVALID);
        return true;
    case FACT_REOPENED:
        fold_reopened(c);
        return true;
    case FACT_FLAGGED:
        c->flags |= f->flags;
        return true;
    case FACT_POLICY_SET:
        c->policy_version = f->policy_version;
        return true;
    default:
        return false;
    }
}

/* Facts about its times, and about two cases. */
static bool evolve_time(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    switch ((int)f->type) {
    case FACT_TIME_CORRECTED:
        evolve_time_corrected(c, f);
        return true;
    case FACT_EXCLUDED:
    case FACT_EXCLUSION_ENDED:
        evolve_exclusion(c, f, arena);
        return true;
    case FACT_RESTARTED:
        evolve_restarted(c, f, arena);
        return true;
    case FACT_EXTENSION_REQUESTED:
    case FACT_EXTENSION_DECIDED:
        evolve_extension(c, f, arena);
        return true;
    case FACT_MERGED:
        fold_merged(c, f, arena);
        return true;
    case FACT_SPLIT:
        fold_split(c, f, arena);
        return true;
    case FACT_HANDED_OVER:
        fold_handed_over(c, f);
        return true;
    case FACT_JOINED:
        fold_joined(c, f, arena);
        return true;
    default:
        return false;
    }
}

void evolve(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    must(f->seq == c->rev + 1);
    switch (f->type) {
    case FACT_OBLIGATION_OPENED:
    case FACT_OBLIGATION_MOVED:
        evolve_opened(c, f, arena);
        break;
    case FACT_OBLIGATION_MET:
    case FACT_OBLIGATION_OVERDUE:
    case FACT_OBLIGATION_CANCELLED:
    case FACT_OBLIGATION_SUPERSEDED:
    case FACT_OBLIGATION_REINSTATED:
    case FACT_OBLIGATION_WAIVED:
    case FACT_OBLIGATION_PAUSED:
    case FACT_OBLIGATION_RESUMED:
    case FACT_OBLIGATION_CLOCK:
    case FACT_RUNG_FIRED:
    case FACT_RUNG_SKIPPED:
        evolve_obligation(c, f);
        break;
    case FACT_NOTED: /* history only: the case does not change */
    case FACT_NOTICE_ACCEPTED:
    case FACT_NOTICE_DEAD:
    case FACT_TYPE_COUNT:
        break;
    case FACT_REPORTED:
    case FACT_REPORT_CONFLICT:
    case FACT_LEVEL_SET:
    case FACT_ASSIGNED:
    case FACT_ACKNOWLEDGED:
    case FACT_FULFILLED:
    case FACT_JUDGED:
    case FACT_CLOSED:
    case FACT_INVALIDATED:
    case FACT_REOPENED:
    case FACT_FLAGGED:
    case FACT_POLICY_SET:
        must(evolve_case(c, f, arena));
        break;
    case FACT_TIME_CORRECTED:
    case FACT_EXCLUDED:
    case FACT_EXCLUSION_ENDED:
    case FACT_RESTARTED:
    case FACT_EXTENSION_REQUESTED:
    case FACT_EXTENSION_DECIDED:
    case FACT_MERGED:
    case FACT_SPLIT:
    case FACT_HANDED_OVER:
    case FACT_JOINED:
        must(evolve_time(c, f, arena));
        break;
    }
    c->rev = f->seq;
    c->updated_at = f->recorded_at;
}
