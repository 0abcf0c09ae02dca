/* Acts towards the public and towards petitioners, and what the office does itself: 研判, 整改,
 * 回访, 评估. */
#include "core/work.h"

#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

/* "a, b, c" of the names whose bits are set. */
static const char *bit_names(struct work *w, uint64_t bits, const char *const *names)
{
    const char *list = "";

    for (int i = 0; names[i]; i++) {
        if (bits >> i & 1)
            list = arena_printf(w->arena, "%s%s%s", list, *list ? ", " : "", names[i]);
    }
    return list;
}

/* The duty the act names must exist, still be one, and accept this kind. */
static bool fulfil_fits(struct work *w, const struct action *a, const struct obligation **ret)
{
    const struct obligation *o = work_obligation(w, a, false);
    const struct rule *rule = o ? work_rule(w->c, w->policy, o) : NULL;

    if (!o)
        return false;
    if (o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED) {
        work_refuse(w, REFUSAL_STATE, "obligation", "%s is %s: nothing is owed", o->key,
                    obligation_state_names[o->state]);
        return false;
    }
    if (rule && !work_rule_takes(rule, a->kind)) {
        work_refuse(w, REFUSAL_INVALID, "kind", "%s is not met by %s; expected one of: %.300s",
                    o->key, act_kind_names[a->kind],
                    bit_names(w, rule->satisfied_by, act_kind_names));
        return false;
    }
    *ret = o;
    return true;
}

/* Nothing about a case can have been published before the matter began; INSTANT_NONE when nobody
 * said when that was: an office that registers late may still record what was published earlier. */
static instant_ms case_began(const struct opinion_case *c)
{
    instant_ms occurred = c->incident.occurred_at;

    if (occurred != INSTANT_NONE)
        return occurred;
    return c->reports[0].assumed ? INSTANT_NONE : c->discovered_at;
}

/* A repeating duty counts from a release; only what comes after it can satisfy it. */
static bool in_order(struct work *w, const struct obligation *o, instant_ms happened)
{
    const struct rule *rule = o ? policy_rule(w->policy, o->rule) : NULL;
    instant_ms began = case_began(w->c);
    const char *what = "the matter began";

    if (rule && rule->per == PER_RELEASE && o->start_at > began) {
        began = o->start_at;
        what = "the release it follows";
    }
    if (began == INSTANT_NONE || instant_second(happened) >= instant_second(began))
        return true;
    work_refuse(w, REFUSAL_INVALID, "happened_at", "before %s (%s)", what, work_when(w, began));
    return false;
}

/* A public act can be looked up, and two people stand for it (002:30 审核把关). */
static bool vouched(struct work *w, const struct action *a)
{
    const char *author = a->author ? a->author : w->input->actor;

    if (!(w->policy->public_acts & ACT_BIT(a->kind)))
        return true;
    if (w->policy->need_url && text_empty(a->url))
        work_refuse(w, REFUSAL_INVALID, "url",
                    "is required: %s is a public act, expected where it was published",
                    act_kind_names[a->kind]);
    else if (w->policy->need_reviewer && text_empty(a->reviewer))
        work_refuse(w, REFUSAL_INVALID, "reviewer",
                    "is required: %s is a public act, expected who released it",
                    act_kind_names[a->kind]);
    else if (w->policy->need_reviewer && text_equal(a->reviewer, author))
        work_refuse(w, REFUSAL_INVALID, "reviewer",
                    "\"%.64s\" is also the author: expected somebody else", author);
    else
        return true;
    return false;
}

/* An answer to one petitioner says to whom. ret_report: its key; NULL for what answers all. */
static bool addressed(struct work *w, const struct action *a, const struct obligation *o,
                      const char **ret_report)
{
    const struct obligation *only = NULL;
    size_t n = 0;

    *ret_report = o && o->report ? o->report : a->report;
    if (a->report && !case_report_key(w->c, a->report)) {
        work_refuse(w, REFUSAL_INVALID, "report", "this case has no such report");
        return false;
    }
    if (*ret_report)
        return true;
    for (size_t i = 0; i < w->c->obligation_n; i++) {
        const struct obligation *each = &w->c->obligations[i];
        const struct rule *rule =
            each->report && obligation_owed(each) ? work_rule(w->c, w->policy, each) : NULL;

        if (rule && work_rule_takes(rule, a->kind)) {
            only = each;
            n++;
        }
    }
    if (n == 1)
        *ret_report = only->report;
    else if (n > 1 && !(w->policy->public_acts & ACT_BIT(a->kind)))
        work_refuse(w, REFUSAL_INVALID, "report",
                    "%zu reports wait for %s: say which, by report or obligation: %.300s", n,
                    act_kind_names[a->kind], work_obligations(w, true));
    return w->d->verdict != REFUSED;
}

static bool leaving(struct work *w, const char *report)
{
    if (!case_leaves(w->c, report))
        return false;
    work_refuse(w, REFUSAL_STATE, "report", "is on its way to case %s: ask there in a moment",
                w->c->handovers[0].to);
    return true;
}

static void add_act(struct work *w, const struct action *a, enum act_kind kind, enum fact_type type,
                    const struct obligation *o, const char *report)
{
    struct fact f = work_fact(w, type, REASON_REQUESTED);

    f.happened_at = work_happened(w, a);
    f.act = arena_alloc(w->arena, sizeof(*f.act));
    *f.act = (struct act){.kind = kind,
                          .recorded_at = INSTANT_NONE,
                          .url = a->url,
                          .outlet = a->outlet,
                          .spoken_by = a->spoken_by,
                          .reviewer = a->reviewer,
                          .author = a->author,
                          .obligation = o ? o->key : NULL,
                          .report = report,
                          .promise = a->promise,
                          .promise_due = a->promise_due};
    f.text = a->text;
    f.labels = a->labels;
    f.label_n = a->label_n;
    f.labels_given = a->labels_given;
    work_add(w, &f);
}

void act_fulfil(struct work *w, const struct action *a)
{
    const struct obligation *o = NULL;
    const char *report = NULL;

    if ((a->obligation && !fulfil_fits(w, a, &o)) || !in_order(w, o, work_happened(w, a)) ||
        !vouched(w, a) || !addressed(w, a, o, &report) || leaving(w, report) ||
        work_full(w, w->c->act_n, LIMIT_ACTS, "acts"))
        return;
    if (a->promise_due != INSTANT_NONE &&
        instant_second(a->promise_due) < instant_second(work_happened(w, a))) {
        work_refuse(w, REFUSAL_INVALID, "promise_due", "lies before the act it was promised in");
        return;
    }
    /* What was made public answers everybody. */
    add_act(w, a, a->kind, FACT_FULFILLED, o,
            w->policy->public_acts & ACT_BIT(a->kind) ? NULL : report);
}

void act_judge(struct work *w, const struct action *a)
{
    if (in_order(w, NULL, work_happened(w, a)) && !work_full(w, w->c->act_n, LIMIT_ACTS, "acts"))
        add_act(w, a, ACT_JUDGEMENT, FACT_JUDGED, NULL, NULL);
}

/* rectify, assess, callback: acts with a name of their own. */
void act_shortcut(struct work *w, const struct action *a)
{
    static const enum act_kind kinds[ACTION_COUNT] = {[ACTION_RECTIFY] = ACT_RECTIFY,
                                                      [ACTION_ASSESS] = ACT_ASSESSMENT,
                                                      [ACTION_CALLBACK] = ACT_CALLBACK};
    struct action fulfil = *a;

    must(kinds[a->type]);
    fulfil.kind = kinds[a->type];
    act_fulfil(w, &fulfil);
}
