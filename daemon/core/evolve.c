/* evolve(): one fact changes the case. Total: every fact type is here, and nowhere else. */
#include "core/decide.h"

#include <string.h>
#include "base/must.h"
#include "base/text.h"

struct opinion_case *case_new(struct arena *arena)
{
    struct opinion_case *c = arena_alloc(arena, sizeof(*c));

    c->incident.occurred_at = INSTANT_NONE;
    c->discovered_at = c->received_at = c->reported_at = INSTANT_NONE;
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
    copy->report_cap = c->report_n;
    copy->act_cap = c->act_n;
    copy->obligation_cap = c->obligation_n;
    return copy;
}

static void evolve_reported(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    uint32_t rev = c->rev;

    must(c->status == CASE_NONE && f->reported);
    *c = *case_copy(f->reported, arena);
    c->rev = rev;
    c->status = CASE_OPEN;
    c->reported_at = f->recorded_at;
    must(c->report_n == 1 && c->act_n == 0 && c->obligation_n == 0);
}

static void evolve_conflict(struct opinion_case *c, const struct fact *f)
{
    /* Only ever the first report so far; joined reports will be found by (source, id). */
    must(c->report_n > 0);
    c->reports[0].refused_digest = f->digest;
    c->reports[0].refused_n++;
}

static void evolve_level(struct opinion_case *c, const struct fact *f)
{
    c->incident.present = true;
    c->incident.level = f->level;
    c->incident.category = f->category;
    c->level_set_at = f->recorded_at;
}

static void evolve_assigned(struct opinion_case *c, const struct fact *f)
{
    c->lead_unit = f->lead_unit;
    c->assist_units = f->assist_units;
    c->assist_unit_n = f->assist_unit_n;
    c->assigned_at = f->recorded_at;
    c->acknowledged_at = INSTANT_NONE;
    c->acknowledged_by = NULL;
}

/* 签收 is the lead unit's to give; that an assisting unit took note is history only. */
static void evolve_acknowledged(struct opinion_case *c, const struct fact *f)
{
    if (!text_equal(f->unit, c->lead_unit))
        return;
    c->acknowledged_at = f->recorded_at;
    c->acknowledged_by = f->unit;
}

static void evolve_fulfilled(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct act *act = arena_push(arena, &c->acts, &c->act_n, &c->act_cap, sizeof(*act));

    *act = *f->act;
    act->seq = f->seq;
    act->happened_at = f->happened_at;
    act->recorded_at = f->recorded_at;
}

static void evolve_ended(struct opinion_case *c, const struct fact *f, enum case_status status)
{
    c->status = status;
    c->closed_at = f->recorded_at;
}

static void evolve_opened(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct obligation *o;

    must(!case_obligation(c, f->obligation->key));
    o = arena_push(arena, &c->obligations, &c->obligation_n, &c->obligation_cap, sizeof(*o));
    *o = *f->obligation;
    o->state = OBLIGATION_OPEN;
    o->opened_at = f->recorded_at;
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
        break;
    case FACT_OBLIGATION_OVERDUE:
        o->state = OBLIGATION_OVERDUE;
        o->overdue_at = f->recorded_at;
        break;
    case FACT_OBLIGATION_CANCELLED:
        o->state = OBLIGATION_CANCELLED;
        break;
    case FACT_OBLIGATION_SUPERSEDED:
        o->state = OBLIGATION_SUPERSEDED;
        break;
    case FACT_OBLIGATION_REINSTATED:
        o->state = OBLIGATION_OPEN;
        break;
    case FACT_RUNG_FIRED:
    case FACT_RUNG_SKIPPED:
        o->rungs_done |= f->rungs;
        o->lamp = f->lamp > o->lamp ? f->lamp : o->lamp;
        break;
    default:
        must(!"fact about an obligation");
    }
}

void evolve(struct opinion_case *c, const struct fact *fact, struct arena *arena)
{
    must(fact->seq == c->rev + 1);
    switch (fact->type) {
    case FACT_REPORTED:
        evolve_reported(c, fact, arena);
        break;
    case FACT_REPORT_CONFLICT:
        evolve_conflict(c, fact);
        break;
    case FACT_LEVEL_SET:
        evolve_level(c, fact);
        break;
    case FACT_ASSIGNED:
        evolve_assigned(c, fact);
        break;
    case FACT_ACKNOWLEDGED:
        evolve_acknowledged(c, fact);
        break;
    case FACT_FULFILLED:
        evolve_fulfilled(c, fact, arena);
        break;
    case FACT_CLOSED:
        evolve_ended(c, fact, CASE_CLOSED);
        break;
    case FACT_INVALIDATED:
        evolve_ended(c, fact, CASE_INVALID);
        break;
    case FACT_FLAGGED:
        c->flags |= fact->flags;
        break;
    case FACT_OBLIGATION_OPENED:
        evolve_opened(c, fact, arena);
        break;
    case FACT_OBLIGATION_MET:
    case FACT_OBLIGATION_OVERDUE:
    case FACT_OBLIGATION_CANCELLED:
    case FACT_OBLIGATION_SUPERSEDED:
    case FACT_OBLIGATION_REINSTATED:
    case FACT_RUNG_FIRED:
    case FACT_RUNG_SKIPPED:
        evolve_obligation(c, fact);
        break;
    case FACT_NOTED: /* history only: the case does not change */
    case FACT_NOTICE_ACCEPTED:
    case FACT_NOTICE_DEAD:
    case FACT_TYPE_COUNT:
        break;
    }
    c->rev = fact->seq;
    c->updated_at = fact->recorded_at;
}
