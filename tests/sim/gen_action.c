#include "gen_priv.h"

#include "base/limits.h"
#include "check.h"
#include "core/clock.h"
#include "town.h"

const struct request *gen_some_report(struct world *w)
{
    for (unsigned tries = 0; tries < 20 && w->request_n; tries++) {
        /* Rather a late one: old cases are mostly settled. */
        size_t back =
            rng_below(&w->rng, (unsigned)(tries < 15 ? 12 + w->request_n / 3 : w->request_n));
        const struct request *q = w->requests[w->request_n - 1 - back % w->request_n];

        if (q->report)
            return q;
    }
    return NULL;
}

/* Whether an action of this type has something to do there. */
static bool fits(const struct opinion_case *c, enum action_type type)
{
    bool stopped = false;

    for (size_t i = 0; i < c->exclusion_n; i++)
        stopped = stopped || c->exclusions[i].to_at == INSTANT_NONE;
    switch ((int)type) {
    case ACTION_RESUME:
        return stopped;
    case ACTION_SPLIT:
        return c->report_n > 1 && c->status == CASE_OPEN;
    case ACTION_REOPEN:
        return c->status == CASE_CLOSED || c->status == CASE_INVALID;
    case ACTION_EXCLUDE:
    case ACTION_RESTART:
    case ACTION_EXTEND_REQUEST:
    case ACTION_EXTEND_DECIDE:
    case ACTION_WAIVE:
        for (size_t i = 0; c->status == CASE_OPEN && i < c->obligation_n; i++) {
            const struct policy *p = town_policy(c->policy_version, 0);
            const struct rule *rule = p ? policy_rule(p, c->obligations[i].rule) : NULL;

            if (rule && obligation_owed(&c->obligations[i]) &&
                (type == ACTION_EXCLUDE   ? rule->exclude != NULL
                 : type == ACTION_RESTART ? rule->restart
                 : type == ACTION_WAIVE   ? rule->waiver.by != NULL
                                          : rule->extend.max.unit != WINDOW_NONE))
                return true;
        }
        return false;
    default:
        return true;
    }
}

/* A case that the action was made for, if a few looks find one. */
const struct request *gen_fitting_report(struct world *w, enum action_type type)
{
    const struct request *q = gen_some_report(w);

    for (unsigned tries = 0; tries < 30 && w->request_n; tries++) {
        const struct request *other = w->requests[rng_below(&w->rng, (unsigned)w->request_n)];
        const struct opinion_case *c = other->report ? check_case_now(w, other->case_id) : NULL;

        if (c && fits(c, type))
            return other;
    }
    return q;
}

static instant_ms act_time(struct world *w, const struct request *report)
{
    static const span_ms windows[] = {5 * HOUR_MS, 24 * HOUR_MS, 48 * HOUR_MS};
    instant_ms now = world_record(w);
    instant_ms start = report->content.incident.occurred_at;
    instant_ms edge;

    if (start == INSTANT_NONE || rng_percent(&w->rng, 30))
        start = report->content.discovered_at;
    edge = instant_add(start, windows[rng_below(&w->rng, 3)]) +
           (start == INSTANT_NONE ? 0 : rng_between(&w->rng, -1500, 2500));
    if (rng_percent(&w->rng, 30) && edge != INSTANT_NONE && edge < now)
        return edge;
    if (rng_percent(&w->rng, 40))
        return INSTANT_NONE;
    return rng_percent(&w->rng, 6) ? now + rng_between(&w->rng, 1, FUTURE_SKEW_MS)
                                   : now - gen_span(w);
}

static const char *const duty_names[] = {"authoritative_release", "press_conference",
                                         "public_response", "rolling_update", "nonsense"};

/* A duty of the case, rather one that is owed; NULL: it has none. */
static const struct obligation *some_duty(struct world *w, const struct opinion_case *c)
{
    size_t begin;

    if (!c || !c->obligation_n)
        return NULL;
    begin = rng_below(&w->rng, (unsigned)c->obligation_n);
    for (size_t i = 0; i < c->obligation_n && rng_percent(&w->rng, 90); i++) {
        const struct obligation *o = &c->obligations[(begin + i) % c->obligation_n];

        if (obligation_owed(o))
            return o;
    }
    return &c->obligations[begin];
}

static const char *text_copy(struct world *w, const char *text)
{
    return arena_strdup(w->arena, text);
}

static enum act_kind some_kind(struct world *w, const struct opinion_case *c)
{
    static const enum act_kind usual[] = {ACT_AUTHORITATIVE_RELEASE, ACT_PRESS_CONFERENCE,
                                          ACT_PUBLIC_RESPONSE, ACT_ROLLING_UPDATE};
    const struct obligation *o = rng_percent(&w->rng, 40) ? some_duty(w, c) : NULL;
    const struct policy *p = o ? town_policy(c->policy_version, 0) : NULL;
    const struct rule *rule = p ? policy_rule(p, o->rule) : NULL;
    unsigned begin = rng_below(&w->rng, ACT_KIND_COUNT);

    for (unsigned i = 0; rule && i < ACT_KIND_COUNT; i++)
        if (rule->satisfied_by >> (begin + i) % ACT_KIND_COUNT & 1)
            return (enum act_kind)((begin + i) % ACT_KIND_COUNT);
    return rng_percent(&w->rng, 75) ? usual[rng_below(&w->rng, 4)] : (enum act_kind)begin;
}

static const char *some_report_key(struct world *w, const struct opinion_case *c)
{
    return c && c->report_n
               ? text_copy(w, c->reports[rng_below(&w->rng, (unsigned)c->report_n)].key)
               : NULL;
}

static void gen_act(struct world *w, struct action *a, const struct request *report,
                    const struct opinion_case *c, unsigned no)
{
    a->kind = some_kind(w, c);
    a->happened_at = act_time(w, report);
    if (rng_percent(&w->rng, 10))
        a->obligation = duty_names[rng_below(&w->rng, 5)];
    else if (rng_percent(&w->rng, 20) && some_duty(w, c))
        a->obligation = text_copy(w, some_duty(w, c)->key);
    if (rng_percent(&w->rng, 25))
        a->report = some_report_key(w, c);
    if (rng_percent(&w->rng, 97))
        a->url = arena_printf(w->arena, "https://gov.example/%u", no);
    a->spoken_by = rng_percent(&w->rng, 20) ? "principal" : NULL;
    a->reviewer = rng_percent(&w->rng, 95) ? "reviewer" : "duty";
    if (rng_percent(&w->rng, 6)) {
        a->promise = "公布结果";
        a->promise_due = world_record(w) + gen_span(w) * 4;
    }
}

/* Time that does not count, and clocks that begin anew: of some duty, or of all. */
static void gen_exclusion(struct world *w, struct action *a, const struct obligation *o)
{
    static const char *const kinds[] = {"third_party", "other_agency", "hearing"};

    a->word = kinds[rng_below(&w->rng, rng_percent(&w->rng, 80) ? 1 : 3)];
    if (a->type == ACTION_RESUME && rng_percent(&w->rng, 50))
        a->word = NULL;
    if (o && rng_percent(&w->rng, 25))
        a->obligation = text_copy(w, o->key);
    a->at = rng_percent(&w->rng, a->type == ACTION_RESUME ? 10 : 40) ? gen_days_ago(w, 0)
                                                                     : INSTANT_NONE;
    a->from = gen_days_ago(w, 40);
    if (a->from == INSTANT_NONE)
        return;
    if (rng_percent(&w->rng, 50))
        a->to = a->from + rng_between(&w->rng, 0, world_record(w) - a->from);
    if (rng_percent(&w->rng, 40))
        a->letter_received_at = a->from + gen_span(w) / 4;
}

static void gen_extension(struct world *w, struct action *a, const struct obligation *o)
{
    static const char *const windows[] = {"5wd", "20wd", "30d", "2h", NULL};

    a->obligation = "nonsense";
    if (o)
        a->obligation = text_copy(w, rng_percent(&w->rng, 80) ? o->key : o->rule);
    a->window = windows[rng_below(&w->rng, 5)];
    a->approved = rng_percent(&w->rng, 85);
    a->approver = rng_percent(&w->rng, 92) ? "boss" : NULL;
    a->notified_at = gen_time_ago(w, 10);
    a->by = rng_percent(&w->rng, 85) ? "principal" : "clerk";
}

static void gen_correction(struct world *w, struct action *a, const struct opinion_case *c)
{
    a->field = (enum time_field)rng_below(&w->rng, TIME_FIELD_COUNT);
    a->at = rng_percent(&w->rng, 50) ? gen_time_ago(w, 0) : gen_days_ago(w, 0);
    if (a->field == TIME_LIMIT)
        a->at += 3 * DAY_MS;
    if (a->field == TIME_ACT)
        a->act = 1 + rng_below(&w->rng, c && c->act_n ? (unsigned)c->act_n : 3);
    if (a->field == TIME_LETTER)
        a->act = rng_below(&w->rng, c && c->exclusion_n ? (unsigned)c->exclusion_n + 1 : 3);
    if (rng_percent(&w->rng, 30))
        a->report = some_report_key(w, c);
}

enum action_type gen_action_type(struct world *w)
{
    static const unsigned weights[ACTION_COUNT] = {
        [ACTION_SET_LEVEL] = 18,     [ACTION_ASSIGN] = 7,        [ACTION_ACKNOWLEDGE] = 7,
        [ACTION_FULFIL] = 24,        [ACTION_CLOSE] = 5,         [ACTION_INVALIDATE] = 1,
        [ACTION_NOTE] = 3,           [ACTION_JUDGE] = 5,         [ACTION_RECTIFY] = 2,
        [ACTION_ASSESS] = 2,         [ACTION_CALLBACK] = 1,      [ACTION_CORRECT_TIME] = 5,
        [ACTION_EXCLUDE] = 3,        [ACTION_RESUME] = 3,        [ACTION_RESTART] = 1,
        [ACTION_EXTEND_REQUEST] = 1, [ACTION_EXTEND_DECIDE] = 2, [ACTION_WAIVE] = 1,
        [ACTION_MERGE] = 4,          [ACTION_SPLIT] = 2,         [ACTION_REOPEN] = 2,
        [ACTION_REEVALUATE] = 1,
    };
    unsigned chance = rng_below(&w->rng, 100);
    unsigned type = 0;

    while (chance >= weights[type])
        chance -= weights[type++];
    return (enum action_type)type;
}

static void gen_assign(struct world *w, struct action *a)
{
    a->lead_unit = town_units[rng_below(&w->rng, 4)];
    a->assist_units = arena_alloc(w->arena, sizeof(*a->assist_units));
    a->assist_units[0] = town_units[rng_below(&w->rng, 4)];
    a->assist_unit_n = rng_below(&w->rng, 2);
}

/* Arguments are such as the codec lets through; whether they fit the case is the core's to say. */
void gen_action(struct world *w, enum action_type type, struct action *a,
                const struct request *report, unsigned no)
{
    const struct opinion_case *c = check_case_now(w, report->case_id);
    const struct request *other;

    /* Where the case lives on, is more to be done. */
    if (c && c->merged_into && type != ACTION_MERGE)
        c = check_case_now(w, c->merged_into);
    *a = action_new(type);
    switch (a->type) {
    case ACTION_SET_LEVEL:
        a->level = (int)rng_below(&w->rng, 5);
        if (rng_percent(&w->rng, 30))
            a->category = (enum incident_category)rng_below(&w->rng, INCIDENT_CATEGORY_COUNT);
        return;
    case ACTION_ASSIGN:
        gen_assign(w, a);
        return;
    case ACTION_ACKNOWLEDGE:
        a->unit = rng_percent(&w->rng, 50) ? town_units[rng_below(&w->rng, 4)] : NULL;
        return;
    case ACTION_FULFIL:
    case ACTION_RECTIFY:
    case ACTION_ASSESS:
    case ACTION_CALLBACK:
        gen_act(w, a, report, c, no);
        return;
    case ACTION_JUDGE:
        a->happened_at = act_time(w, report);
        a->labels_given = rng_percent(&w->rng, 60);
        if (a->labels_given)
            a->label_n = gen_labels(w, &a->labels);
        break;
    case ACTION_CORRECT_TIME:
        gen_correction(w, a, c);
        break;
    case ACTION_EXCLUDE:
    case ACTION_RESUME:
    case ACTION_RESTART:
        a->happened_at = gen_time_ago(w, type == ACTION_RESUME ? 90 : 60);
        gen_exclusion(w, a, some_duty(w, c));
        break;
    case ACTION_EXTEND_REQUEST:
    case ACTION_EXTEND_DECIDE:
    case ACTION_WAIVE:
        a->happened_at = gen_time_ago(w, 60);
        gen_extension(w, a, some_duty(w, c));
        break;
    case ACTION_MERGE:
        other = gen_some_report(w);
        a->into = other ? other->case_id : report->case_id;
        break;
    case ACTION_SPLIT:
        a->report =
            c && c->report_n > 1
                ? text_copy(w, c->reports[1 + rng_below(&w->rng, (unsigned)c->report_n - 1)].key)
                : report->case_id;
        break;
    case ACTION_CLOSE:
    case ACTION_INVALIDATE:
    case ACTION_NOTE:
    case ACTION_REOPEN:
    case ACTION_REEVALUATE:
    case ACTION_COUNT:
        break;
    }
    a->text = arena_printf(w->arena, "text %u", no);
}
