/* What a person may do to a case, one function an action. Each either adds facts or refuses whole.
 */
#include "core/work.h"

#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

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
    const char *best = NULL;
    unsigned distance = 4;

    for (size_t i = 0; i < d->unit_n; i++) {
        unsigned n = text_distance(id, d->units[i].id);

        if (n < distance) {
            distance = n;
            best = d->units[i].id;
        }
    }
    return best;
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

static bool same_assignment(const struct opinion_case *c, const struct action *a)
{
    if (!text_equal(c->lead_unit, a->lead_unit) || c->assist_unit_n != a->assist_unit_n)
        return false;
    for (size_t i = 0; i < a->assist_unit_n; i++) {
        if (!text_equal(c->assist_units[i], a->assist_units[i]))
            return false;
    }
    return true;
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
    f = work_fact(w, FACT_ACKNOWLEDGED, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.unit = unit;
    work_add(w, &f);
}

/* "a, b, c" of the names whose bits are set. */
static const char *bit_names(struct work *w, unsigned bits, const char *const *names)
{
    const char *list = "";

    for (int i = 0; names[i]; i++) {
        if (bits >> i & 1)
            list = arena_printf(w->arena, "%s%s%s", list, *list ? ", " : "", names[i]);
    }
    return list;
}

static const char *obligation_keys(struct work *w, bool active_only)
{
    const char *list = "";

    for (size_t i = 0; i < w->c->obligation_n; i++) {
        const struct obligation *o = &w->c->obligations[i];

        if (active_only && (!obligation_active(o) || o->anchor))
            continue;
        list = arena_printf(w->arena, "%s%s%s (%s)", list, *list ? ", " : "", o->key,
                            obligation_state_names[o->state]);
    }
    return list;
}

/* The duty the act names must exist, still be one, and accept this kind. */
static bool fulfil_fits(struct work *w, const struct action *a)
{
    const struct obligation *o = case_obligation(w->c, a->obligation);
    const struct rule *rule = o ? policy_rule(w->policy, o->rule) : NULL;

    if (!o) {
        work_refuse(w, REFUSAL_INVALID, "obligation",
                    "the case has no obligation \"%.64s\"; it has: %.300s", a->obligation,
                    obligation_keys(w, false));
        return false;
    }
    if (o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED) {
        work_refuse(w, REFUSAL_STATE, "obligation", "%s is %s: nothing is owed", o->key,
                    obligation_state_names[o->state]);
        return false;
    }
    if (rule && !rule_accepts(rule, a->kind)) {
        work_refuse(w, REFUSAL_INVALID, "kind", "%s is not met by %s; expected one of: %.300s",
                    o->key, act_kind_names[a->kind],
                    bit_names(w, rule->satisfied_by, act_kind_names));
        return false;
    }
    return true;
}

/* Nothing about a case can have been published before the matter began; INSTANT_NONE when nobody
 * said when that was: an office that registers late may still record what was published earlier. */
static instant_ms case_began(const struct opinion_case *c)
{
    instant_ms occurred = c->incident.occurred_at, discovered = c->reports[0].discovered_at;

    return occurred != INSTANT_NONE ? occurred : discovered;
}

/* A repeating duty counts from a release; only what comes after it can satisfy it. */
static bool fulfil_in_order(struct work *w, const struct action *a, instant_ms happened)
{
    const struct obligation *o = a->obligation ? case_obligation(w->c, a->obligation) : NULL;
    instant_ms began = case_began(w->c);
    const char *what = "the matter began";
    char text[INSTANT_TEXT_SIZE];

    if (o && o->anchor && o->start_at > began) {
        began = o->start_at;
        what = "the release it follows";
    }
    if (began == INSTANT_NONE || instant_second(happened) >= instant_second(began))
        return true;
    instant_format(began, w->policy->offset_min, text);
    work_refuse(w, REFUSAL_INVALID, "happened_at", "before %s (%s)", what, text);
    return false;
}

static void act_fulfil(struct work *w, const struct action *a)
{
    instant_ms happened = a->happened_at == INSTANT_NONE ? w->now : a->happened_at;
    struct act act = {.kind = a->kind, .url = a->url, .outlet = a->outlet};
    struct fact f;

    if ((a->obligation && !fulfil_fits(w, a)) || !fulfil_in_order(w, a, happened))
        return;
    if (w->c->act_n >= LIMIT_ACTS) {
        work_refuse(w, REFUSAL_LIMIT, NULL, "the case holds %d acts, the most it can", LIMIT_ACTS);
        return;
    }
    act.spoken_by = a->spoken_by;
    act.reviewer = a->reviewer;
    act.obligation = a->obligation;
    f = work_fact(w, FACT_FULFILLED, REASON_REQUESTED);
    f.happened_at = happened;
    f.act = arena_alloc(w->arena, sizeof(act));
    *f.act = act;
    work_add(w, &f);
}

static void add_text_fact(struct work *w, const struct action *a, enum fact_type type)
{
    struct fact f = work_fact(w, type, REASON_REQUESTED);

    f.happened_at = a->happened_at;
    f.text = a->text;
    work_add(w, &f);
}

static void act_close(struct work *w, const struct action *a)
{
    const char *owed = obligation_keys(w, true);

    if (*owed)
        work_refuse(w, REFUSAL_STATE, NULL, "still owed: %.400s", owed);
    else
        add_text_fact(w, a, FACT_CLOSED);
}

static void act_invalidate(struct work *w, const struct action *a)
{
    add_text_fact(w, a, FACT_INVALIDATED);
}

static void act_note(struct work *w, const struct action *a)
{
    add_text_fact(w, a, FACT_NOTED);
}

void work_action(struct work *w, const struct action *action)
{
    static const struct {
        void (*act)(struct work *w, const struct action *a);
        bool when_ended; /* also on a closed or invalid case */
    } actions[ACTION_COUNT] = {
        [ACTION_SET_LEVEL] = {act_set_level, false},
        [ACTION_ASSIGN] = {act_assign, false},
        [ACTION_ACKNOWLEDGE] = {act_acknowledge, false},
        [ACTION_FULFIL] = {act_fulfil, false},
        [ACTION_CLOSE] = {act_close, false},
        [ACTION_INVALIDATE] = {act_invalidate, false},
        [ACTION_NOTE] = {act_note, true},
    };

    must((unsigned)action->type < ACTION_COUNT);
    if (w->c->status != CASE_OPEN && !actions[action->type].when_ended) {
        work_refuse(w, REFUSAL_STATE, NULL, "the case is %s: %s is not possible",
                    case_status_names[w->c->status], action_names[action->type]);
        return;
    }
    actions[action->type].act(w, action);
}
