/* evolve() of facts about two cases: merge, split, and what goes along. */
#include "core/fold.h"

#include "base/must.h"
#include "base/text.h"

static instant_ms earliest(instant_ms a, instant_ms b)
{
    if (a == INSTANT_NONE || b == INSTANT_NONE)
        return a == INSTANT_NONE ? b : a;
    return a < b ? a : b;
}

/* What the reports say together. */
void fold_reports_changed(struct opinion_case *c)
{
    c->discovered_at = c->received_at = INSTANT_NONE;
    for (size_t i = 0; i < c->report_n; i++) {
        c->discovered_at = earliest(c->discovered_at, c->reports[i].discovered_at);
        c->received_at = earliest(c->received_at, c->reports[i].received_at);
    }
}

void fold_split(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct handover *h =
        arena_push(arena, &c->handovers, &c->handover_n, &c->handover_cap, sizeof(*h));

    *h = (struct handover){.seq = f->seq, .to = f->other_case, .report = f->report};
}

void fold_merged(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    fold_ended(c, f, CASE_MERGED);
    c->merged_into = f->other_case;
    fold_split(c, f, arena);
}

/* Duties of the reports that have gone with it. */
static void drop_obligations(struct opinion_case *c, const struct handover *h)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        const struct report *r = case_report_key(c, o->report);

        if (!r || !handover_takes(h, r))
            c->obligations[kept++] = *o;
    }
    c->obligation_n = kept;
}

static void drop_reports(struct opinion_case *c, const struct handover *h)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->report_n; i++) {
        if (!handover_takes(h, &c->reports[i]))
            c->reports[kept++] = c->reports[i];
    }
    c->report_n = kept;
    fold_reports_changed(c);
}

/* The other case has written down what was handed to it. A merged case keeps its reports: sent
 * again, they are known; and one that was taken back keeps all. */
void fold_handed_over(struct opinion_case *c, const struct fact *f)
{
    size_t kept = 0;

    for (size_t i = 0; i < c->handover_n; i++) {
        const struct handover *h = &c->handovers[i];

        if (h->seq != f->other_seq) {
            c->handovers[kept++] = *h;
            continue;
        }
        if (h->report || c->status == CASE_MERGED)
            drop_obligations(c, h);
        if (h->report)
            drop_reports(c, h);
    }
    c->handover_n = kept;
}

/* What both cases say together: the earliest times, the gravest level. */
static void add_case(struct opinion_case *c, const struct opinion_case *other, instant_ms now)
{
    struct incident *incident = &c->incident;

    incident->present = incident->present || other->incident.present;
    incident->occurred_at = earliest(incident->occurred_at, other->incident.occurred_at);
    if (level_graver(other->incident.level, incident->level)) {
        incident->level = other->incident.level;
        c->level_set_at = now;
    }
    if (incident->category == CATEGORY_NONE)
        incident->category = other->incident.category;
    c->published_at = earliest(c->published_at, other->published_at);
    c->decided_at = earliest(c->decided_at, other->decided_at);
    c->formed_at = earliest(c->formed_at, other->formed_at);
    c->heat = other->heat > c->heat ? other->heat : c->heat;
    c->flags |= other->flags;
}

/* One that was here before is judged by what it was then. */
static void take_report(struct opinion_case *c, const struct report *from, struct arena *arena)
{
    struct report *r = case_report_key(c, from->key), was;

    if (!r) {
        r = arena_push(arena, &c->reports, &c->report_n, &c->report_cap, sizeof(*r));
        *r = *from;
        return;
    }
    was = *r;
    *r = *from;
    r->via = was.via;
    r->case_type = was.case_type;
    r->labels = was.labels;
    r->label_n = was.label_n;
}

static bool comes_back(const struct fact *f, const char *report)
{
    for (size_t i = 0; i < f->report_n; i++) {
        if (text_equal(f->reports[i].key, report))
            return true;
    }
    return false;
}

/* A case that comes back has what comes back with it; what went on elsewhere is not here, nor are
 * the duties of it, though nobody may have noted yet that they went. */
static void keep_only(struct opinion_case *c, const struct fact *f)
{
    size_t reports = 0, obligations = 0;

    for (size_t i = 0; i < c->report_n; i++) {
        if (comes_back(f, c->reports[i].key))
            c->reports[reports++] = c->reports[i];
    }
    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        if (!o->report || comes_back(f, o->report))
            c->obligations[obligations++] = *o;
    }
    c->report_n = reports;
    c->obligation_n = obligations;
}

void fold_joined(struct opinion_case *c, const struct fact *f, struct arena *arena)
{
    struct joining *j = arena_push(arena, &c->joinings, &c->joining_n, &c->joining_cap, sizeof(*j));

    *j = (struct joining){.from = f->other_case, .seq = f->other_seq};
    if (c->status == CASE_MERGED)
        keep_only(c, f);
    if (c->status != CASE_OPEN)
        fold_reopened(c);
    for (size_t i = 0; i < f->report_n; i++)
        take_report(c, &f->reports[i], arena);
    if (f->joined)
        add_case(c, f->joined, f->recorded_at);
    fold_reports_changed(c);
}
