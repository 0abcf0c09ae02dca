/* What a case owes, and whether it was done: policy applied to the case as it stands. Runs after
 * every input; adds only facts that are not there yet, so running it twice changes nothing. */
#include "core/work.h"

#include "base/must.h"
#include "base/text.h"

const struct rule *work_rule(const struct opinion_case *c, const struct policy *p,
                             const struct obligation *o)
{
    const struct rule *first = policy_rule(p, o->rule), *rule;
    struct anchor a;

    if (!first || !first->otherwise)
        return first;
    a = obligation_anchor(c, first, o);
    rule = rule_variant(first, c, &a);
    if (rule)
        return rule;
    /* None applies any more: the one it had. */
    for (uint32_t i = 0; i < o->variant && first->otherwise; i++)
        first = first->otherwise;
    return first;
}

/* Position of a variant among those of its duty. */
static uint32_t variant_number(const struct rule *first, const struct rule *rule)
{
    uint32_t n = 0;

    for (; first != rule; first = first->otherwise)
        n++;
    return n;
}

const struct rule *work_runs(const struct opinion_case *c, const struct policy *p,
                             const struct obligation *o)
{
    const struct rule *rule = obligation_active(o) ? work_rule(c, p, o) : NULL;

    return rule && (rule->statuses & STATUS_BIT(c->status)) && !case_leaves(c, o->report) ? rule
                                                                                          : NULL;
}

/* --- opening and ending ----------------------------------------------------------------------- */

/* A level that is raised can begin a clock, if the rule says so. */
static bool level_raised(const struct work *w)
{
    return w->before->rev > 0 && level_graver(w->c->incident.level, w->before->incident.level);
}

static void open_obligation(struct work *w, const struct rule *first, const struct rule *rule,
                            const struct anchor *a, const char *key)
{
    struct obligation *o = arena_alloc(w->arena, sizeof(*o));
    struct fact f =
        work_fact(w, FACT_OBLIGATION_OPENED,
                  rule->per == PER_RELEASE ? REASON_RELEASE_FOLLOWED : REASON_RULE_APPLIES);
    struct clock clock;

    *o = (struct obligation){.key = key,
                             .rule = rule->id,
                             .variant = variant_number(first, rule),
                             .kind = rule->kind,
                             .report = a->report ? a->report->key : NULL,
                             .anchor = a->seq,
                             .start_at = INSTANT_NONE,
                             .paused_at = INSTANT_NONE,
                             .overdue_at = INSTANT_NONE,
                             .met_at = INSTANT_NONE};
    if (rule->restart_on_upgrade && level_raised(w)) {
        o->start_from = START_RAISED;
        o->start_at = w->c->level_set_at;
    }
    clock = clock_of(w->c, rule, a, key, o, w->policy);
    if (clock.start_at == INSTANT_NONE)
        return; /* what it counts from has not happened yet */
    o->start_from = clock.start_from;
    o->start_at = clock.start_at;
    o->due_at = clock.due_at;
    o->reference_due_at = clock.reference_due_at;
    o->flags = clock.flags;
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

/* Why a duty is asked for no more; supersedes: something else takes its place. */
static enum reason end_reason(const struct work *w, bool *ret_supersedes)
{
    int is = w->c->incident.level, was = w->before->incident.level;

    *ret_supersedes = false;
    if (w->c->status == CASE_CLOSED)
        return REASON_CASE_CLOSED;
    if (w->c->status == CASE_INVALID)
        return REASON_CASE_INVALID;
    *ret_supersedes =
        w->c->status == CASE_MERGED || w->clock_reason == REASON_POLICY_CHANGED || level_raised(w);
    if (w->c->status == CASE_MERGED)
        return REASON_MERGED;
    if (w->clock_reason == REASON_POLICY_CHANGED)
        return REASON_POLICY_CHANGED;
    if (level_raised(w))
        return REASON_LEVEL_RAISED;
    return is != was ? REASON_LEVEL_LOWERED : REASON_RULE_ENDED;
}

static bool past_due(const struct work *w, instant_ms due)
{
    return due != INSTANT_NONE && w->now >= policy_overdue_at(due);
}

/* Owed, and nothing to hold against anyone yet. */
static bool can_end(const struct work *w, const struct obligation *o)
{
    return o->state == OBLIGATION_PAUSED ||
           (o->state == OBLIGATION_OPEN && !past_due(w, o->due_at));
}

/* The duty is asked for no more. What is past due stays what it is: a breach is never un-happened.
 */
static void end_obligation(struct work *w, const struct obligation *o)
{
    bool supersedes;
    enum reason reason;

    if (!can_end(w, o))
        return;
    if (case_leaves(w->c, o->report))
        return; /* it goes along with its report, in the state it has */
    reason = end_reason(w, &supersedes);
    change_state(w, o->key, supersedes ? FACT_OBLIGATION_SUPERSEDED : FACT_OBLIGATION_CANCELLED,
                 reason);
}

/* --- clocks ----------------------------------------------------------------------------------- */

/* Rungs that spoke and lie in the past by the new clock, too, are done; the others may speak. Of
 * another ladder, all that lie in the past count as spoken: nobody is told twice. */
static uint64_t rungs_kept(const struct work *w, const struct rule *rule,
                           const struct obligation *o, bool other_ladder, enum lamp *ret_lamp)
{
    uint64_t kept = 0;

    *ret_lamp = LAMP_GREEN;
    for (size_t i = 0; i < rule->ladder->n; i++) {
        const struct rung *rung = &rule->ladder->rungs[i];

        if (clock_rung_at(w->policy, rung, o, w->c->incident.level) > w->now ||
            !((o->rungs_done >> i & 1) || other_ladder))
            continue;
        kept |= (uint64_t)1 << i;
        *ret_lamp = rung->lamp > *ret_lamp ? rung->lamp : *ret_lamp;
    }
    return kept;
}

static bool clock_reads(const struct obligation *o, const struct clock *clock)
{
    const uint32_t of_clock = OBLIGATION_PROVISIONAL | OBLIGATION_EXTENDED | OBLIGATION_RESTARTED;

    return o->start_at == clock->start_at && o->due_at == clock->due_at &&
           o->reference_due_at == clock->reference_due_at && (o->flags & of_clock) == clock->flags;
}

static void change_clock(struct work *w, const struct rule *rule, uint32_t variant,
                         const struct obligation *o, const struct clock *clock)
{
    struct fact f = work_fact(w, FACT_OBLIGATION_CLOCK, w->clock_reason);
    struct obligation then = *o;

    then.start_at = clock->start_at;
    then.due_at = clock->due_at;
    f.key = o->key;
    f.clock = arena_alloc(w->arena, sizeof(*f.clock));
    *f.clock = (struct clock_change){.start_from = clock->start_from,
                                     .start_at = clock->start_at,
                                     .start_before = o->start_at,
                                     .due_at = clock->due_at,
                                     .due_before = o->due_at,
                                     .reference_due_at = clock->reference_due_at,
                                     .flags = clock->flags,
                                     .state = o->state};
    f.clock->variant = variant;
    f.clock->rungs_done = rungs_kept(
        w, rule, &then, w->clock_reason == REASON_POLICY_CHANGED || variant != o->variant,
        &f.clock->lamp);
    /* There is time again. That there was none stays with it: breached. */
    if (o->state == OBLIGATION_OVERDUE && !past_due(w, clock->due_at))
        f.clock->state = OBLIGATION_OPEN;
    work_add(w, &f);
}

/* Whether this decision has said already what the clock of this duty reads. */
static bool clock_told(const struct decision *d, const char *key)
{
    for (size_t i = 0; i < d->fact_n; i++) {
        const struct fact *f = &d->facts[i];
        bool opened = f->type == FACT_OBLIGATION_OPENED && text_equal(f->obligation->key, key);

        if (opened || (f->type == FACT_OBLIGATION_CLOCK && text_equal(f->key, key)))
            return true;
    }
    return false;
}

static struct clock clock_now(const struct work *w, const struct rule *rule, const struct anchor *a,
                              const struct obligation *o)
{
    const struct obligation *was = case_obligation(w->before, o->key);
    struct obligation raised = *o;
    struct clock clock, folded;

    /* The raised level brings the duty back: as if it brought it. */
    if (rule->restart_on_upgrade && level_raised(w) && was &&
        (was->state == OBLIGATION_CANCELLED || was->state == OBLIGATION_SUPERSEDED)) {
        raised.start_from = START_RAISED;
        raised.start_at = w->c->level_set_at;
    }
    clock = clock_of(w->c, rule, a, o->key, &raised, w->policy);
    if (w->clock_reason != REASON_MERGED || !rule->keep_on_correction)
        return clock;
    /* No correction: the other case began earlier. */
    folded = clock_of(w->c, rule, a, o->key, NULL, w->policy);
    return folded.start_at != INSTANT_NONE && folded.start_at < clock.start_at ? folded : clock;
}

/* Brings what the case holds in line with what the clock reads now. first: of the variants. */
static void settle_clock(struct work *w, const struct rule *first, const struct rule *rule,
                         const struct anchor *a, const char *key)
{
    const struct obligation *o = case_obligation(w->c, key);
    uint32_t variant = variant_number(first, rule);
    struct clock clock;
    bool differs;

    /* A calendar that comes later does not judge again what was done. */
    if (!obligation_owed(o) && !(obligation_met(o) && w->clock_reason != REASON_CALENDAR_CHANGED))
        return;
    clock = clock_now(w, rule, a, o);
    differs = !clock_reads(o, &clock) || o->variant != variant;
    if (differs || (w->clock_reason == REASON_POLICY_CHANGED && !clock_told(w->d, key)))
        change_clock(w, rule, variant, o, &clock);
    o = case_obligation(w->c, key);
    if (clock.paused && obligation_active(o))
        change_state(w, key, FACT_OBLIGATION_PAUSED, REASON_TIME_EXCLUDED);
    else if (!clock.paused && o->state == OBLIGATION_PAUSED)
        change_state(w, key, FACT_OBLIGATION_RESUMED, REASON_TIME_EXCLUDED);
}

/* The duty of this anchor, by rule and anchor: its key is made only when it is new. */
static const struct obligation *find(const struct opinion_case *c, const struct rule *rule,
                                     const struct anchor *a)
{
    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        if (o->anchor == a->seq && text_equal(o->rule, rule->id) &&
            text_equal(o->report, a->report ? a->report->key : NULL))
            return o;
    }
    return NULL;
}

static const char *make_key(struct work *w, const struct rule *rule, const struct anchor *a)
{
    if (a->report)
        return arena_printf(w->arena, "%s.%s", rule->id, a->report->key);
    if (a->seq)
        return arena_printf(w->arena, "%s.%u", rule->id, a->seq);
    return rule->id;
}

/* rule: first variant. */
static void settle_anchor(struct work *w, const struct rule *rule, const struct anchor *a)
{
    const struct rule *applies = rule_variant(rule, w->c, a);
    const struct obligation *o = find(w->c, rule, a);

    /* What was done counts before the duty is taken away, be it by the same act (研判). */
    if (!applies && o && obligation_owed(o)) {
        work_meet(w, o);
        o = find(w->c, rule, a);
    }
    if (!applies && o &&
        !(rule->keep_on_downgrade && w->c->status == CASE_OPEN && !level_raised(w)))
        end_obligation(w, o);
    if (!applies)
        return;
    if (!o) {
        open_obligation(w, rule, applies, a, make_key(w, rule, a));
        o = find(w->c, rule, a);
        if (!o)
            return;
    } else if (o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED) {
        change_state(w, o->key, FACT_OBLIGATION_REINSTATED, REASON_RULE_APPLIES);
    }
    settle_clock(w, rule, applies, a, o->key);
}

/* --- anchors ---------------------------------------------------------------------------------- */

static const struct act *last_act(const struct opinion_case *c, const struct rule *rule)
{
    const struct act *last = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        if (work_rule_takes(rule, c->acts[i].kind) && (!last || work_act_before(last, &c->acts[i])))
            last = &c->acts[i];
    }
    return last;
}

static const struct act *first_of(const struct opinion_case *c, uint64_t kinds)
{
    const struct act *first = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *act = &c->acts[i];

        if ((kinds & ACT_BIT(act->kind)) && (!first || work_act_before(act, first)))
            first = act;
    }
    return first;
}

/* A repeating duty (滚动发布) restarts at every release: one obligation per release, named by its
 * act. Wanted are the one after the newest release and the one after a release just learnt of; all
 * of them when the release that starts the chain is just learnt of. Not wanted are those between
 * releases of a time when the rule did not apply. What is there is settled in any case. */
static void settle_releases(struct work *w, const struct rule *rule)
{
    const struct act *first = first_of(w->c, rule->after_acts);
    const struct act *last = last_act(w->c, rule);
    bool begins = first && first >= &w->c->acts[w->before->act_n];

    for (size_t i = 0; first && i < w->c->act_n; i++) {
        const struct act *act = &w->c->acts[i];
        struct anchor a = {.seq = act->seq, .act = act};
        bool fresh = i >= w->before->act_n;

        bool wanted = work_rule_takes(rule, act->kind) && !work_act_before(act, first) &&
                      (fresh || begins || act == last);

        if (wanted || find(w->c, rule, &a))
            settle_anchor(w, rule, &a);
    }
}

static void settle_promises(struct work *w, const struct rule *rule)
{
    for (size_t i = 0; i < w->c->act_n; i++) {
        struct anchor a = {.seq = w->c->acts[i].seq, .act = &w->c->acts[i]};

        if (a.act->promise_due != INSTANT_NONE)
            settle_anchor(w, rule, &a);
    }
}

/* Only the newest assignment counts; what the unit before owed ends, unless it is past due. */
static void settle_assignments(struct work *w, const struct rule *rule)
{
    struct anchor a = {.seq = w->c->assigned_seq};

    for (size_t i = 0; i < w->c->obligation_n; i++) {
        const struct obligation *o = &w->c->obligations[i];

        if (can_end(w, o) && text_equal(o->rule, rule->id) && o->anchor != a.seq &&
            !(o->flags & OBLIGATION_BREACHED))
            change_state(w, o->key, FACT_OBLIGATION_SUPERSEDED, REASON_REASSIGNED);
    }
    if (a.seq)
        settle_anchor(w, rule, &a);
}

static void settle_rule(struct work *w, const struct rule *rule)
{
    const struct anchor whole = {0};

    switch (rule->per) {
    case PER_CASE:
        settle_anchor(w, rule, &whole);
        break;
    case PER_REPORT:
        for (size_t i = 0; i < w->c->report_n; i++) {
            if (!case_leaves(w->c, w->c->reports[i].key))
                settle_anchor(w, rule, &(struct anchor){.report = &w->c->reports[i]});
        }
        break;
    case PER_EXCLUSION:
        for (size_t i = 0; i < w->c->exclusion_n; i++) {
            const struct exclusion *e = &w->c->exclusions[i];
            struct anchor a = {.seq = e->seq, .exclusion = e};

            /* One that was over when it came from another case was answered for there. */
            if (e->to_at == INSTANT_NONE || e->ended_at >= w->now || find(w->c, rule, &a))
                settle_anchor(w, rule, &a);
        }
        break;
    case PER_ASSIGNMENT:
        settle_assignments(w, rule);
        break;
    case PER_RELEASE:
        settle_releases(w, rule);
        break;
    case PER_PROMISE:
        settle_promises(w, rule);
        break;
    case PER_COUNT:
        must(!"per");
    }
}

static void settle_overdue(struct work *w, const struct obligation *o)
{
    /* Opened by this decision, so it was past due before anyone could have acted on it. One that
     * came from another case may be new here, and older. */
    bool born = !case_obligation(w->before, o->key) && o->opened_at == w->now;
    struct fact f;

    if (o->state != OBLIGATION_OPEN || !past_due(w, o->due_at))
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

/* Duties of rules that the new policy does not have. */
static void settle_strangers(struct work *w)
{
    for (size_t i = 0; w->clock_reason == REASON_POLICY_CHANGED && i < w->c->obligation_n; i++) {
        if (!policy_rule(w->policy, w->c->obligations[i].rule))
            end_obligation(w, &w->c->obligations[i]);
    }
}

void work_settle(struct work *w)
{
    size_t facts;

    /* What one duty's end brings (`after`) is settled in the next round; each round adds facts that
     * were not there, of which there are finitely many. */
    do {
        facts = w->d->fact_n;
        for (size_t i = 0; i < w->policy->rule_n; i++)
            settle_rule(w, &w->policy->rules[i]);
        settle_strangers(w);
        for (size_t i = 0; i < w->c->obligation_n; i++) {
            if (case_leaves(w->c, w->c->obligations[i].report))
                continue;
            work_meet(w, &w->c->obligations[i]);
            settle_overdue(w, &w->c->obligations[i]);
        }
    } while (w->d->fact_n > facts);
    settle_late_report(w);
}
