/* What was done, and the duties it meets. */
#include "core/work.h"

#include "base/text.h"

bool work_act_before(const struct act *a, const struct act *b)
{
    int64_t at = instant_second(a->happened_at), then = instant_second(b->happened_at);

    return at != then ? at < then : a->seq < b->seq;
}

bool work_rule_takes(const struct rule *rule, enum act_kind kind)
{
    return (rule->satisfied_by & ACT_BIT(kind)) != 0;
}

/* What met a duty: an act, or the end of the exclusion it limits. */
struct meeting {
    instant_ms happened_at, recorded_at;
    uint32_t seq;
};

/* In whichever case: acts that came from another keep their order among themselves. */
static bool recorded_after(const struct act *act, instant_ms recorded_at, uint32_t seq)
{
    return act->recorded_at != recorded_at ? act->recorded_at > recorded_at : act->seq > seq;
}

static bool accepts(const struct rule *rule, const struct obligation *o, const struct anchor *a,
                    const struct act *act)
{
    if (!work_rule_takes(rule, act->kind) ||
        (rule->spoken_by && !text_equal(rule->spoken_by, act->spoken_by)))
        return false;
    switch (rule->per) {
    case PER_REPORT:
        return !act->report || text_equal(act->report, o->report);
    case PER_RELEASE:
        return a->act && work_act_before(a->act, act);
    case PER_EXCLUSION:
        return a->exclusion && recorded_after(act, a->exclusion->recorded_at, o->anchor) &&
               (!act->obligation || text_equal(act->obligation, o->key));
    case PER_ASSIGNMENT: /* nor does what was recorded elsewhere before count */
        return act->seq > o->anchor && act->recorded_at >= o->opened_at;
    case PER_PROMISE:
        return a->act && recorded_after(act, a->act->recorded_at, o->anchor);
    case PER_CASE:
    case PER_COUNT:
        break;
    }
    return true;
}

/* What was recorded first breaks a tie. */
static bool ended_before(const struct exclusion *e, const struct meeting *m)
{
    int64_t at = instant_second(e->to_at), then = instant_second(m->happened_at);

    return at != then ? at < then : e->ended_at < m->recorded_at;
}

/* The earliest that counts; seq 0: none. */
static struct meeting first_meeting(const struct opinion_case *c, const struct rule *rule,
                                    const struct obligation *o)
{
    struct anchor a = obligation_anchor(c, rule, o);
    struct meeting first = {.happened_at = INSTANT_NONE};
    const struct act *best = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *act = &c->acts[i];

        if (accepts(rule, o, &a, act) && (!best || work_act_before(act, best)))
            best = act;
    }
    if (best)
        first = (struct meeting){best->happened_at, best->recorded_at, best->seq};
    if (a.exclusion && a.exclusion->to_at != INSTANT_NONE &&
        (!best || ended_before(a.exclusion, &first)))
        first = (struct meeting){a.exclusion->to_at, a.exclusion->ended_at, a.seq};
    return first;
}

static bool is_backdated(const struct rule *rule, const struct meeting *m)
{
    return instant_second(m->recorded_at) - instant_second(m->happened_at) >
           rule->backdated_after / SECOND_MS;
}

static bool is_late(const struct obligation *o, instant_ms happened)
{
    return o->due_at != INSTANT_NONE && instant_second(happened) > instant_second(o->due_at);
}

/* What was taken for its fulfilment did not happen when it was said to: it is owed again. */
static void unmeet(struct work *w, const struct obligation *o)
{
    struct fact f = work_fact(w, FACT_OBLIGATION_REINSTATED, w->clock_reason);

    f.key = o->key;
    work_add(w, &f);
}

/* That this act met the duty, or another than before. */
static void meet(struct work *w, const struct rule *rule, const struct obligation *o,
                 const struct meeting *m)
{
    bool late = is_late(o, m->happened_at);
    enum obligation_state state = late ? OBLIGATION_MET_LATE : OBLIGATION_MET;
    struct fact f;

    if (m->seq == o->met_by && m->happened_at == o->met_at && o->state == state)
        return;
    f = work_fact(w, FACT_OBLIGATION_MET, late ? REASON_ACT_LATE : REASON_ACT_IN_TIME);
    f.key = o->key;
    f.state = state;
    f.happened_at = m->happened_at;
    f.met_by = m->seq;
    f.flags =
        (late ? OBLIGATION_BREACHED : 0u) | (is_backdated(rule, m) ? OBLIGATION_BACKDATED : 0u);
    work_add(w, &f);
}

void work_meet(struct work *w, const struct obligation *o)
{
    bool possible = (w->c->act_n || w->c->exclusion_n) && (obligation_met(o) || obligation_owed(o));
    const struct rule *rule = possible ? work_rule(w->c, w->policy, o) : NULL;
    struct meeting m;

    if (!rule)
        return;
    m = first_meeting(w->c, rule, o);
    if (m.seq)
        meet(w, rule, o, &m);
    else if (obligation_met(o))
        unmeet(w, o);
}
