/* What a case owes, and whether it was done: policy applied to the case as it stands. Runs after
 * every input; adds only facts that are not there yet, so running it twice changes nothing. */
#include "core/work.h"

#include "base/must.h"
#include "base/text.h"

bool rule_accepts(const struct rule *rule, enum act_kind kind)
{
    return (rule->satisfied_by & ACT_BIT(kind)) != 0;
}

static bool rule_applies(const struct rule *rule, const struct opinion_case *c)
{
    return c->status == CASE_OPEN && (rule->levels & LEVEL_BIT(c->incident.level)) &&
           (!rule->case_type || text_equal(rule->case_type, c->case_type));
}

static instant_ms start_instant(const struct opinion_case *c, enum clock_start start,
                                const struct act *anchor)
{
    switch (start) {
    case START_OCCURRED:
        return c->incident.occurred_at;
    case START_DISCOVERED:
        return c->discovered_at;
    case START_RELEASE:
        return anchor ? anchor->happened_at : INSTANT_NONE;
    case START_NONE:
    case CLOCK_START_COUNT:
        break;
    }
    return INSTANT_NONE;
}

static void open_obligation(struct work *w, const struct rule *rule, const struct act *anchor,
                            const char *key)
{
    struct obligation *o = arena_alloc(w->arena, sizeof(*o));
    span_ms window = rule->window[w->c->incident.level];
    struct fact f = work_fact(w, FACT_OBLIGATION_OPENED,
                              anchor ? REASON_RELEASE_FOLLOWED : REASON_RULE_APPLIES);

    *o = (struct obligation){.key = key,
                             .rule = rule->id,
                             .anchor = anchor ? anchor->seq : 0,
                             .start_at = INSTANT_NONE,
                             .reference_due_at = INSTANT_NONE,
                             .overdue_at = INSTANT_NONE,
                             .met_at = INSTANT_NONE};
    for (size_t i = 0; rule->start[i] != START_NONE && o->start_at == INSTANT_NONE; i++) {
        o->start_from = rule->start[i];
        o->start_at = start_instant(w->c, o->start_from, anchor);
    }
    must(o->start_at != INSTANT_NONE); /* discovered_at is always known */
    o->due_at = instant_add(o->start_at, window);
    if (rule->reference != START_NONE && rule->reference != o->start_from)
        o->reference_due_at = instant_add(start_instant(w->c, rule->reference, anchor), window);
    f.obligation = o;
    work_add(w, &f);
}

static void change_state(struct work *w, const char *key, enum fact_type type, enum reason reason)
{
    struct fact f = work_fact(w, type, reason);

    f.key = key;
    f.flags = type == FACT_OBLIGATION_REINSTATED ? OBLIGATION_REINSTATED : 0;
    work_add(w, &f);
}

/* Ⅰ is the highest, not graded the lowest. */
static int severity(int level)
{
    return level ? 5 - level : 0;
}

/* The duty is asked for no more. What is past due stays what it is: a breach is never un-happened.
 */
static void end_obligation(struct work *w, const struct obligation *o)
{
    if (o->state != OBLIGATION_OPEN || w->now >= policy_overdue_at(o->due_at))
        return;
    if (w->c->status == CASE_CLOSED)
        change_state(w, o->key, FACT_OBLIGATION_CANCELLED, REASON_CASE_CLOSED);
    else if (w->c->status == CASE_INVALID)
        change_state(w, o->key, FACT_OBLIGATION_CANCELLED, REASON_CASE_INVALID);
    else if (severity(w->c->incident.level) > severity(w->before->incident.level))
        change_state(w, o->key, FACT_OBLIGATION_SUPERSEDED, REASON_LEVEL_RAISED);
    else
        change_state(w, o->key, FACT_OBLIGATION_CANCELLED, REASON_LEVEL_LOWERED);
}

static void want_obligation(struct work *w, const struct rule *rule, const struct act *anchor,
                            const char *key)
{
    const struct obligation *o = case_obligation(w->c, key);

    if (!o)
        open_obligation(w, rule, anchor, key);
    else if (o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED)
        change_state(w, o->key, FACT_OBLIGATION_REINSTATED, REASON_RULE_APPLIES);
}

/* Order of acts: by when they happened; recorded order breaks a tie. */
static bool act_before(const struct act *a, const struct act *b)
{
    return a->happened_at != b->happened_at ? a->happened_at < b->happened_at : a->seq < b->seq;
}

/* First act of the given kinds that comes after `after` (NULL: any), or NULL. */
static const struct act *first_act(const struct opinion_case *c, unsigned kinds,
                                   const struct act *after)
{
    const struct act *first = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *act = &c->acts[i];

        if ((kinds & ACT_BIT(act->kind)) && (!after || act_before(after, act)) &&
            (!first || act_before(act, first)))
            first = act;
    }
    return first;
}

static const struct act *last_act(const struct opinion_case *c, unsigned kinds)
{
    const struct act *last = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        if ((kinds & ACT_BIT(c->acts[i].kind)) && (!last || act_before(last, &c->acts[i])))
            last = &c->acts[i];
    }
    return last;
}

/* A repeating duty (滚动发布) restarts at every release: one obligation per release, named by its
 * act. Wanted are the one after the newest release and the one after a release just learnt of; all
 * of them when the release that starts the chain is just learnt of. Not wanted are those between
 * releases of a time when the rule did not apply. */
static void want_repeating(struct work *w, const struct rule *rule)
{
    const struct act *first = first_act(w->c, rule->after, NULL);
    const struct act *last = last_act(w->c, rule->satisfied_by);
    bool begins = first && first >= &w->c->acts[w->before->act_n];

    for (size_t i = 0; first && i < w->c->act_n; i++) {
        const struct act *act = &w->c->acts[i];
        bool fresh = i >= w->before->act_n;

        if (!rule_accepts(rule, act->kind) || act_before(act, first) ||
            !(fresh || begins || act == last))
            continue;
        want_obligation(w, rule, act, arena_printf(w->arena, "%s.%u", rule->id, act->seq));
    }
}

static void settle_rule(struct work *w, const struct rule *rule)
{
    bool applies = rule_applies(rule, w->c);

    if (applies && rule->repeats)
        want_repeating(w, rule);
    else if (applies)
        want_obligation(w, rule, NULL, rule->id);
    for (size_t i = 0; !applies && i < w->c->obligation_n; i++) {
        if (text_equal(w->c->obligations[i].rule, rule->id))
            end_obligation(w, &w->c->obligations[i]);
    }
}

/* Met by the earliest act that counts, also when that act is learnt of after a later one. */
static void settle_met(struct work *w, const struct obligation *o)
{
    const struct rule *rule = policy_rule(w->policy, o->rule);
    const struct act *anchor = o->anchor ? case_act(w->c, o->anchor) : NULL;
    const struct act *act = rule ? first_act(w->c, rule->satisfied_by, anchor) : NULL;
    bool owed =
        obligation_active(o) || o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE;
    bool late;
    struct fact f;

    if (!act || !owed || act->seq == o->met_by)
        return;
    late = instant_second(act->happened_at) > instant_second(o->due_at);
    f = work_fact(w, FACT_OBLIGATION_MET, late ? REASON_ACT_LATE : REASON_ACT_IN_TIME);
    f.key = o->key;
    f.state = late ? OBLIGATION_MET_LATE : OBLIGATION_MET;
    f.happened_at = act->happened_at;
    f.met_by = act->seq;
    f.flags = late ? OBLIGATION_BREACHED : 0;
    if (act->recorded_at - act->happened_at > w->policy->backdated_after)
        f.flags |= OBLIGATION_BACKDATED;
    work_add(w, &f);
}

static void settle_overdue(struct work *w, const struct obligation *o)
{
    /* Opened by this decision, so it was past due before anyone could have acted on it. */
    bool born = !case_obligation(w->before, o->key);
    struct fact f;

    if (o->state != OBLIGATION_OPEN || w->now < policy_overdue_at(o->due_at))
        return;
    f = work_fact(w, FACT_OBLIGATION_OVERDUE, born ? REASON_BORN_OVERDUE : REASON_DUE_PASSED);
    f.key = o->key;
    f.flags = OBLIGATION_BREACHED | (born ? OBLIGATION_BORN_OVERDUE : 0u);
    work_add(w, &f);
}

/* 迟报: the report came long after the event. For review; it changes no clock. */
static void settle_late_report(struct work *w)
{
    const struct opinion_case *c = w->c;
    struct fact f;

    if ((c->flags & CASE_LATE_REPORT) || c->incident.occurred_at == INSTANT_NONE ||
        !(w->policy->late_report_levels & LEVEL_BIT(c->incident.level)) ||
        c->discovered_at - c->incident.occurred_at <= w->policy->late_report_after)
        return;
    f = work_fact(w, FACT_FLAGGED, REASON_REPORTED_LATE);
    f.flags = CASE_LATE_REPORT;
    work_add(w, &f);
}

void work_settle(struct work *w)
{
    for (size_t i = 0; i < w->policy->rule_n; i++)
        settle_rule(w, &w->policy->rules[i]);
    settle_late_report(w);
    for (size_t i = 0; i < w->c->obligation_n; i++) {
        settle_met(w, &w->c->obligations[i]);
        settle_overdue(w, &w->c->obligations[i]);
    }
}
