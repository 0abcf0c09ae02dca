/* What a person may do to a case, one function an action. Each either adds facts or refuses whole.
 */
#include "core/work.h"

#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

struct action action_new(enum action_type type)
{
    return (struct action){.type = type,
                           .happened_at = INSTANT_NONE,
                           .promise_due = INSTANT_NONE,
                           .at = INSTANT_NONE,
                           .from = INSTANT_NONE,
                           .to = INSTANT_NONE,
                           .letter_received_at = INSTANT_NONE,
                           .notified_at = INSTANT_NONE,
                           .approved = true};
}

instant_ms work_happened(const struct work *w, const struct action *a)
{
    return a->happened_at == INSTANT_NONE ? w->now : a->happened_at;
}

static void act_set_level(struct work *w, const struct action *a)
{
    struct incident *incident = &w->c->incident;
    enum incident_category category = a->category ? a->category : incident->category;
    struct fact f;

    if (incident->present && incident->level == a->level && incident->category == category) {
        w->d->verdict = DUPLICATE;
        return;
    }
    f = work_fact(w, FACT_LEVEL_SET, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.level = a->level;
    f.level_before = incident->level;
    f.category = category;
    work_add(w, &f);
}

/* The unit whose id is nearest to what was typed, or NULL. */
static const char *unit_suggestion(const struct directory *d, const char *id)
{
    struct guess guess = {.text = id, .distance = 4};

    for (size_t i = 0; i < d->unit_n; i++)
        text_guess(&guess, d->units[i].id);
    return guess.best;
}

/* With a directory, only its units can be given work; without one, any name will do. */
static bool unit_known(struct work *w, const char *field, const char *id)
{
    const struct directory *d = w->policy->directory;
    const char *near;

    if (d->unit_n == 0 || directory_unit(d, id))
        return true;
    near = unit_suggestion(d, id);
    work_refuse(w, REFUSAL_INVALID, field, "no unit \"%.64s\" in the configuration%s%s%s", id,
                near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return false;
}

/* The same units, in whatever order the assisting ones are named. */
static bool same_assignment(const struct opinion_case *c, const struct action *a)
{
    size_t same = 0;

    if (!text_equal(c->lead_unit, a->lead_unit) || c->assist_unit_n != a->assist_unit_n)
        return false;
    for (size_t i = 0; i < a->assist_unit_n; i++) {
        for (size_t k = 0; k < c->assist_unit_n; k++)
            same += text_equal(c->assist_units[k], a->assist_units[i]);
    }
    return same == a->assist_unit_n;
}

static void act_assign(struct work *w, const struct action *a)
{
    struct fact f;

    if (same_assignment(w->c, a)) {
        w->d->verdict = DUPLICATE; /* a new assignment would undo the 签收 */
        return;
    }
    if (!unit_known(w, "lead_unit", a->lead_unit))
        return;
    for (size_t i = 0; i < a->assist_unit_n; i++) {
        if (!unit_known(w, "assist_units", a->assist_units[i]))
            return;
    }
    f = work_fact(w, FACT_ASSIGNED, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.lead_unit = a->lead_unit;
    f.assist_units = a->assist_units;
    f.assist_unit_n = a->assist_unit_n;
    work_add(w, &f);
}

static bool unit_on_case(const struct opinion_case *c, const char *unit)
{
    for (size_t i = 0; i < c->assist_unit_n; i++) {
        if (text_equal(c->assist_units[i], unit))
            return true;
    }
    return text_equal(c->lead_unit, unit);
}

static void act_acknowledge(struct work *w, const struct action *a)
{
    const char *unit = a->unit ? a->unit : w->c->lead_unit;
    struct fact f;

    if (!w->c->lead_unit) {
        work_refuse(w, REFUSAL_STATE, NULL,
                    "the case is not assigned to a unit yet: assign it first");
        return;
    }
    if (!unit_on_case(w->c, unit)) {
        work_refuse(w, REFUSAL_INVALID, "unit",
                    "\"%.64s\" is not on this case; its lead unit is \"%.64s\"", unit,
                    w->c->lead_unit);
        return;
    }
    if (w->c->acknowledged_at != INSTANT_NONE && text_equal(w->c->acknowledged_by, unit)) {
        w->d->verdict = DUPLICATE;
        return;
    }
    if (work_full(w, w->c->act_n, LIMIT_ACTS, "acts"))
        return;
    f = work_fact(w, FACT_ACKNOWLEDGED, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.unit = unit;
    work_add(w, &f);
}

const char *work_obligations(struct work *w, bool owed)
{
    const char *list = "";

    for (size_t i = 0; i < w->c->obligation_n; i++) {
        const struct obligation *o = &w->c->obligations[i];
        const struct rule *rule = policy_rule(w->policy, o->rule);
        bool repeats = rule && rule->per == PER_RELEASE;

        if (owed && (!obligation_owed(o) || o->kind != RULE_STATUTORY || repeats))
            continue;
        list = arena_printf(w->arena, "%s%s%s (%s)", list, *list ? ", " : "", o->key,
                            obligation_state_names[o->state]);
    }
    return list;
}

/* Not cancelled, superseded or waived. */
static bool obligation_alive(const struct obligation *o)
{
    return obligation_owed(o) || obligation_met(o);
}

static bool obligation_any(const struct obligation *o)
{
    (void)o;
    return true;
}

/* First duty of a rule that is fit, and how many are; NULL: none. */
static const struct obligation *only_of_rule(const struct opinion_case *c, const char *rule,
                                             bool (*fit)(const struct obligation *o), size_t *ret_n)
{
    const struct obligation *first = NULL;

    *ret_n = 0;
    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        if (!text_equal(o->rule, rule) || !fit(o))
            continue;
        first = first ? first : o;
        ++*ret_n;
    }
    return first;
}

const struct obligation *work_obligation(struct work *w, const struct action *a, bool owed)
{
    const char *name = a->obligation;
    const struct obligation *found = case_obligation(w->c, name);
    size_t n = found != NULL;

    if (!found && a->report) {
        found = case_obligation(w->c, arena_printf(w->arena, "%s.%s", name, a->report));
        n = found != NULL;
    }
    if (!found)
        found = only_of_rule(w->c, name, owed ? obligation_owed : obligation_alive, &n);
    if (!found)
        found = only_of_rule(w->c, name, obligation_any, &n);
    if (n != 1)
        work_refuse(w, REFUSAL_INVALID, "obligation",
                    n ? "\"%.64s\" is one of %zu; which? %.300s"
                      : "the case has no obligation \"%.64s\"%.0zu"
                        "; it has: %.300s",
                    name, n, work_obligations(w, false));
    else if (owed && !obligation_owed(found))
        work_refuse(w, REFUSAL_STATE, "obligation", "%s is %s: nothing is owed", found->key,
                    obligation_state_names[found->state]);
    return w->d->verdict == REFUSED ? NULL : found;
}

void work_text_fact(struct work *w, const struct action *a, enum fact_type type)
{
    struct fact f = work_fact(w, type, REASON_REQUESTED);

    f.happened_at = a->happened_at;
    f.text = a->text;
    work_add(w, &f);
}

static void act_invalidate(struct work *w, const struct action *a)
{
    work_text_fact(w, a, FACT_INVALIDATED);
}

static void act_note(struct work *w, const struct action *a)
{
    work_text_fact(w, a, FACT_NOTED);
}

#define OPEN STATUS_BIT(CASE_OPEN)
#define CLOSED STATUS_BIT(CASE_CLOSED)
#define INVALID STATUS_BIT(CASE_INVALID)
#define MERGED STATUS_BIT(CASE_MERGED)

void work_action(struct work *w, const struct action *action)
{
    static const struct {
        work_action_fn *act;
        unsigned when; /* STATUS_BIT()s of the case */
    } actions[ACTION_COUNT] = {
        [ACTION_SET_LEVEL] = {act_set_level, OPEN},
        [ACTION_ASSIGN] = {act_assign, OPEN},
        [ACTION_ACKNOWLEDGE] = {act_acknowledge, OPEN},
        [ACTION_FULFIL] = {act_fulfil, OPEN},
        [ACTION_CLOSE] = {act_close, OPEN},
        [ACTION_INVALIDATE] = {act_invalidate, OPEN},
        [ACTION_NOTE] = {act_note, OPEN | CLOSED | INVALID | MERGED},
        [ACTION_JUDGE] = {act_judge, OPEN},
        [ACTION_RECTIFY] = {act_shortcut, OPEN | CLOSED},
        [ACTION_ASSESS] = {act_shortcut, OPEN | CLOSED},
        [ACTION_CALLBACK] = {act_shortcut, OPEN | CLOSED},
        [ACTION_CORRECT_TIME] = {act_correct_time, OPEN | CLOSED},
        [ACTION_EXCLUDE] = {act_exclude, OPEN},
        [ACTION_RESUME] = {act_resume, OPEN},
        [ACTION_RESTART] = {act_restart, OPEN},
        [ACTION_EXTEND_REQUEST] = {act_extend_request, OPEN},
        [ACTION_EXTEND_DECIDE] = {act_extend_decide, OPEN},
        [ACTION_WAIVE] = {act_waive, OPEN},
        [ACTION_MERGE] = {act_merge, OPEN},
        [ACTION_SPLIT] = {act_split, OPEN},
        [ACTION_REOPEN] = {act_reopen, CLOSED | INVALID},
        [ACTION_REEVALUATE] = {act_reevaluate, OPEN},
    };

    must((unsigned)action->type < ACTION_COUNT);
    if (actions[action->type].when & STATUS_BIT(w->c->status))
        actions[action->type].act(w, action);
    else if (w->c->status == CASE_MERGED)
        work_refuse(w, REFUSAL_MERGED, NULL, "the case lives on in %s", w->c->merged_into);
    else
        work_refuse(w, REFUSAL_STATE, NULL, "the case is %s: %s is not possible",
                    case_status_names[w->c->status], action_names[action->type]);
}
