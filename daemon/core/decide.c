/* decide(): input -> facts. The input is written down first, then what follows from it. */
#include "core/decide.h"

#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "core/work.h"

/* The case a report opens: what it says, and one report. */
static struct opinion_case *case_reported(const struct work *w, const struct report_input *in)
{
    struct opinion_case *c = case_new(w->arena);
    struct report *report =
        arena_push(w->arena, &c->reports, &c->report_n, &c->report_cap, sizeof(*report));

    c->id = in->case_id;
    c->exercise = in->exercise;
    c->policy_version = w->policy->version;
    c->title = in->title;
    c->summary = in->summary;
    c->url = in->url;
    c->channel = in->channel;
    c->topic = in->topic;
    c->region = in->region;
    c->case_type = in->case_type;
    c->correlation = in->correlation;
    c->petitioner = in->petitioner;
    c->heat = in->heat;
    c->incident = in->incident;
    c->labels = in->labels;
    c->label_n = in->label_n;
    c->discovered_at = in->discovered_at;
    c->received_at = in->received_at;
    c->published_at = in->published_at;
    c->decided_at = in->decided_at;
    c->formed_at = in->formed_at;
    c->lead_unit = in->lead_unit;
    c->assist_units = in->assist_units;
    c->assist_unit_n = in->assist_unit_n;
    c->assigned_at = in->lead_unit ? w->now : INSTANT_NONE;
    *report = (struct report){
        .key = in->case_id,
        .source = in->source,
        .id = in->id,
        .digest = in->digest,
        .channel = in->channel,
        .url = in->url,
        .petitioner = in->petitioner,
        .discovered_at = in->discovered_at,
        .assumed = in->discovered_assumed,
        .received_at = in->received_at,
        .limit_at = in->limit_at,
        .recorded_at = w->now,
    };
    return c;
}

static void work_report(struct work *w, const struct report_input *in)
{
    const struct report *known;
    struct fact f;

    if (w->c->status == CASE_NONE) {
        f = work_fact(w, FACT_REPORTED, REASON_REQUESTED);
        f.reported = case_reported(w, in);
        f.happened_at = in->discovered_at;
        work_add(w, &f);
        return;
    }
    known = case_report(w->c, in->source, in->id);
    if (!known) {
        work_refuse(w, REFUSAL_STATE, "id", "case %s was opened by another report", w->c->id);
        return;
    }
    if (text_equal(known->digest, in->digest)) {
        w->d->verdict = DUPLICATE;
        return;
    }
    w->d->verdict = CONFLICT;
    if (text_equal(known->refused_digest, in->digest) || known->refused_n >= LIMIT_CONFLICT_FACTS)
        return;
    f = work_fact(w, FACT_REPORT_CONFLICT, REASON_BODY_DIFFERS);
    f.actor = w->input->actor;
    f.report = known->key;
    f.digest = in->digest;
    f.text = arena_printf(w->arena, "%s %s", in->source, in->id);
    work_add(w, &f);
}

static void work_delivery(struct work *w, const struct delivery *in)
{
    enum reason reason = in->accepted    ? REASON_RECEIVER_ACCEPTED
                         : in->exhausted ? REASON_RETRIES_EXHAUSTED
                                         : REASON_RECEIVER_REFUSED;
    struct fact f = work_fact(w, in->accepted ? FACT_NOTICE_ACCEPTED : FACT_NOTICE_DEAD, reason);

    f.notice = in->notice;
    f.receiver = in->receiver;
    f.attempts = in->attempts;
    f.text = in->detail;
    work_add(w, &f);
}

static void work_input(struct work *w)
{
    const struct input *input = w->input;

    if (input->type != INPUT_REPORT && w->c->status == CASE_NONE) {
        work_refuse(w, REFUSAL_NOT_FOUND, NULL, "there is no such case");
        return;
    }
    switch (input->type) {
    case INPUT_TIME:
        break;
    case INPUT_REPORT:
        work_report(w, input->u.report);
        break;
    case INPUT_ACTION:
        work_action(w, input->u.action);
        break;
    case INPUT_DELIVERY:
        work_delivery(w, input->u.delivery);
        break;
    case INPUT_JOIN:
        work_join(w, input->u.join);
        break;
    case INPUT_HANDED:
        work_handed(w, input->u.handed.seq, input->u.handed.back);
        break;
    }
}

static instant_ms sooner(instant_ms a, instant_ms b)
{
    return a == INSTANT_NONE || (b != INSTANT_NONE && b < a) ? b : a;
}

/* First instant at which this obligation needs a look, or INSTANT_NONE. */
static instant_ms obligation_attention(const struct opinion_case *c, const struct obligation *o,
                                       const struct rule *rule, const struct policy *policy)
{
    instant_ms next = o->state == OBLIGATION_OPEN ? policy_overdue_at(o->due_at) : INSTANT_NONE;

    for (size_t i = 0; i < rule->ladder->n; i++) {
        if (!(o->rungs_done >> i & 1))
            next =
                sooner(next, clock_rung_at(policy, &rule->ladder->rungs[i], o, c->incident.level));
    }
    return next;
}

/* When time must be looked at again for this case, or INSTANT_NONE. */
static instant_ms case_attention(const struct opinion_case *c, const struct policy *policy,
                                 instant_ms now)
{
    /* Whoever began a handover most likely ends it; if it died, someone must. */
    instant_ms next = c->handover_n ? instant_add(now, HANDOVER_RETRY_MS) : INSTANT_NONE;

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        const struct rule *rule = work_runs(c, policy, o);

        if (rule)
            next = sooner(next, obligation_attention(c, o, rule, policy));
    }
    return next;
}

/* Why a clock reads otherwise after this input. */
static enum reason clock_reason(const struct input *input)
{
    static const enum reason of_action[ACTION_COUNT] = {
        [ACTION_CORRECT_TIME] = REASON_TIME_CORRECTED, [ACTION_EXCLUDE] = REASON_TIME_EXCLUDED,
        [ACTION_RESUME] = REASON_TIME_EXCLUDED,        [ACTION_RESTART] = REASON_RESTARTED,
        [ACTION_EXTEND_DECIDE] = REASON_EXTENDED,      [ACTION_REEVALUATE] = REASON_POLICY_CHANGED,
        [ACTION_ASSIGN] = REASON_REASSIGNED,
    };

    if (input->type == INPUT_JOIN)
        return input->u.join->handover->report ? REASON_SPLIT : REASON_MERGED;
    if (input->type == INPUT_HANDED)
        return REASON_SPLIT;
    if (input->type != INPUT_ACTION)
        return REASON_CALENDAR_CHANGED;
    return of_action[input->u.action->type] ? of_action[input->u.action->type]
                                            : REASON_RULE_APPLIES;
}

bool input_takes_policy(const struct opinion_case *c, const struct input *input)
{
    return c->rev == 0 ||
           (input->type == INPUT_ACTION && input->u.action->type == ACTION_REEVALUATE);
}

struct decision decide(const struct opinion_case *c, const struct input *input,
                       const struct policy *policy, instant_ms now, struct arena *arena)
{
    struct decision d = {.verdict = DECIDED, .attention_at = INSTANT_NONE};
    struct work w = {
        .before = c,
        .c = case_copy(c, arena),
        .input = input,
        .policy = policy,
        .now = now > c->updated_at ? now : c->updated_at,
        .clock_reason = clock_reason(input),
        .arena = arena,
        .d = &d,
    };

    must(input->actor != NULL && policy->directory != NULL && policy->calendar != NULL);
    work_input(&w);
    if (d.verdict == DECIDED || d.fact_n > 0) {
        work_settle(&w);
        work_rungs(&w);
    }
    d.next = w.c;
    d.attention_at = case_attention(w.c, policy, w.now);
    return d;
}
