/* Actions on the case as a whole, and between two cases. */
#include "core/work.h"

#include "base/limits.h"
#include "base/text.h"

#define UNDER_WAY "another merge or split is under way: try again in a moment"

void act_close(struct work *w, const struct action *a)
{
    const char *owed = work_obligations(w, true);

    if (*owed)
        work_refuse(w, REFUSAL_STATE, NULL, "still owed: %.400s", owed);
    else if (w->c->handover_n)
        work_refuse(w, REFUSAL_STATE, NULL,
                    "a report is on its way to case %s: try again in a moment",
                    w->c->handovers[0].to);
    else
        work_text_fact(w, a, FACT_CLOSED);
}

void act_reopen(struct work *w, const struct action *a)
{
    work_text_fact(w, a, FACT_REOPENED);
}

/* policy is the one now in force: app passes it for this action, else that of the case. */
void act_reevaluate(struct work *w, const struct action *a)
{
    struct fact f;

    if (text_equal(w->c->policy_version, w->policy->version)) {
        w->d->verdict = DUPLICATE;
        return;
    }
    f = work_fact(w, FACT_POLICY_SET, REASON_REQUESTED);
    f.policy_version = w->policy->version;
    f.text = a->text;
    work_add(w, &f);
}

static bool merge_fits(struct work *w, const struct action *a)
{
    const struct opinion_case *c = w->c, *other = a->other;

    if (text_equal(a->into, c->id))
        work_refuse(w, REFUSAL_INVALID, "into", "names the case itself");
    else if (!other || other->rev == 0)
        work_refuse(w, REFUSAL_INVALID, "into", "there is no case %.64s", a->into);
    else if (other->status == CASE_MERGED)
        work_refuse(w, REFUSAL_STATE, "into", "case %.64s lives on in %.64s: merge into that one",
                    other->id, other->merged_into);
    else if (other->status != CASE_OPEN)
        work_refuse(w, REFUSAL_STATE, "into", "case %.64s is %s, expected an open one", other->id,
                    case_status_names[other->status]);
    else if (other->exercise != c->exercise)
        work_refuse(w, REFUSAL_STATE, "into", "an exercise and a real case can not be one");
    else if (other->report_n + c->report_n > LIMIT_REPORTS ||
             other->act_n + c->act_n > LIMIT_ACTS ||
             other->obligation_n + c->obligation_n > LIMIT_OBLIGATIONS ||
             other->joining_n >= LIMIT_JOININGS)
        work_refuse(w, REFUSAL_LIMIT, "into", "together they hold more than one case can");
    else if (c->handover_n || other->handover_n)
        work_refuse(w, REFUSAL_STATE, "into", UNDER_WAY);
    else
        return true;
    return false;
}

void act_merge(struct work *w, const struct action *a)
{
    struct fact f;

    if (!merge_fits(w, a))
        return;
    f = work_fact(w, FACT_MERGED, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.other_case = a->into;
    f.text = a->text;
    work_add(w, &f);
}

void act_split(struct work *w, const struct action *a)
{
    const struct report *r = case_report_key(w->c, a->report);
    struct fact f;

    if (!r) {
        work_refuse(w, REFUSAL_INVALID, "report", "this case has no such report");
        return;
    }
    if (text_equal(r->key, w->c->id))
        work_refuse(w, REFUSAL_INVALID, "report",
                    "it opened this case: split the others off instead");
    else if (!a->other || a->other->status != CASE_MERGED)
        work_refuse(w, REFUSAL_STATE, "report", "its own case is not merged into this one");
    else if (w->c->handover_n)
        work_refuse(w, REFUSAL_STATE, NULL, UNDER_WAY);
    if (w->d->verdict == REFUSED)
        return;
    f = work_fact(w, FACT_SPLIT, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.other_case = r->key;
    f.report = r->key;
    f.text = a->text;
    work_add(w, &f);
}
