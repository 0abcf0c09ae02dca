#include "oracle.h"

#include <stdio.h>
#include <string.h>

/* The three statutory duties, with the numbers of the law, in its words. */
struct duty {
    const char *id;
    bool major; /* for levels 1 and 2; else for 3, 4 and not graded, opinion only */
    bool from_occurrence;
    span_ms window;
    const char *const *satisfied_by;
};
static const struct duty duties[] = {
    {"authoritative_release", true, true, 5 * HOUR_MS,
     (const char *const[]){"authoritative_release", "press_conference", NULL}},
    {"press_conference", true, true, 24 * HOUR_MS, (const char *const[]){"press_conference", NULL}},
    {"public_response", false, false, 48 * HOUR_MS,
     (const char *const[]){"public_response", "authoritative_release", "press_conference",
                           "briefing", "media_interview", NULL}},
};
#define DUTIES (sizeof(duties) / sizeof(duties[0]))

struct outcome {
    bool exists;
    instant_ms due, met_at;
    enum obligation_state state;
};

void oracle_hear(struct history *h, const struct fact *fact, struct arena *arena)
{
    struct said s = {.type = fact->type,
                     .recorded = fact->recorded_at,
                     .happened = fact->happened_at,
                     .level = fact->level};

    if (fact->type == FACT_REPORTED) {
        const struct opinion_case *c = fact->reported;

        s.level = c->incident.present ? c->incident.level : 0;
        s.opinion = c->case_type && !strcmp(c->case_type, "opinion");
        s.occurred = c->incident.present ? c->incident.occurred_at : INSTANT_NONE;
        s.discovered = c->discovered_at;
    } else if (fact->type == FACT_FULFILLED) {
        s.kind = fact->act->kind;
    } else if (fact->type != FACT_LEVEL_SET && fact->type != FACT_CLOSED &&
               fact->type != FACT_INVALIDATED) {
        return;
    }
    *(struct said *)arena_push(arena, &h->said, &h->n, &h->cap, sizeof(s)) = s;
}

instant_ms oracle_overdue_at(instant_ms due)
{
    return (due / SECOND_MS + 1) * SECOND_MS;
}

static bool satisfies(const struct duty *d, const struct said *act)
{
    if (act->type != FACT_FULFILLED)
        return false;
    for (const char *const *kind = d->satisfied_by; *kind; kind++)
        if (!strcmp(*kind, act_kind_names[act->kind]))
            return true;
    return false;
}

static bool applies(const struct duty *d, const struct said *report, int level)
{
    bool major = level == 1 || level == 2;

    return d->major ? major : !major && report->opinion;
}

static bool waits(const struct outcome *o)
{
    return o->exists && (o->state == OBLIGATION_OPEN || o->state == OBLIGATION_OVERDUE);
}

static void time_passes(struct outcome *o, instant_ms now)
{
    if (o->exists && o->state == OBLIGATION_OPEN && now >= oracle_overdue_at(o->due))
        o->state = OBLIGATION_OVERDUE;
}

static void act_counts(const struct duty *d, struct outcome *o, const struct said *act)
{
    bool met = o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE;

    if (!satisfies(d, act) || !(waits(o) || met))
        return;
    if (met && o->met_at <= act->happened)
        return;
    o->met_at = act->happened;
    o->state = act->happened < oracle_overdue_at(o->due) ? OBLIGATION_MET : OBLIGATION_MET_LATE;
}

/* The duty begins to apply: new, or again after it was called off. */
static void begins(const struct duty *d, struct outcome *o, const struct history *h, size_t at)
{
    const struct said *report = &h->said[0];
    instant_ms start = d->from_occurrence && report->occurred != INSTANT_NONE ? report->occurred
                                                                              : report->discovered;

    o->exists = true;
    o->due = start + d->window;
    o->state = OBLIGATION_OPEN;
    for (size_t i = 0; i < at; i++)
        act_counts(d, o, &h->said[i]);
    time_passes(o, h->said[at].recorded);
}

/* The level as of h->said[at] asks for the duty, or no more. */
static void level_is(const struct duty *d, struct outcome *o, const struct history *h, size_t at,
                     int before)
{
    int level = h->said[at].level;
    /* 1 is the gravest; not graded counts as the least. */
    bool raised = level && (!before || level < before);
    bool off = o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED;

    if (applies(d, &h->said[0], level)) {
        if (!o->exists || off)
            begins(d, o, h, at);
    } else if (o->exists && o->state == OBLIGATION_OPEN) {
        o->state = raised ? OBLIGATION_SUPERSEDED : OBLIGATION_CANCELLED;
    }
}

static struct outcome duty_outcome(const struct duty *d, const struct history *h, instant_ms now)
{
    struct outcome o = {.met_at = INSTANT_NONE};
    int level = 0;

    for (size_t i = 0; i < h->n; i++) {
        const struct said *s = &h->said[i];

        time_passes(&o, s->recorded);
        if (s->type == FACT_FULFILLED) {
            act_counts(d, &o, s);
        } else if (s->type == FACT_CLOSED || s->type == FACT_INVALIDATED) {
            if (o.exists && o.state == OBLIGATION_OPEN)
                o.state = OBLIGATION_CANCELLED;
        } else {
            level_is(d, &o, h, i, level);
            level = s->level;
        }
    }
    time_passes(&o, now);
    return o;
}

const char *oracle_compare(const struct history *h, const struct opinion_case *c, instant_ms now,
                           struct arena *arena)
{
    for (size_t i = 0; i < DUTIES; i++) {
        struct outcome want = duty_outcome(&duties[i], h, now);
        const struct obligation *got = case_obligation(c, duties[i].id);

        if (want.exists != (got != NULL))
            return arena_printf(arena, "%s %s", duties[i].id,
                                got ? "exists but must not" : "is missing");
        if (!got)
            continue;
        if (got->due_at != want.due)
            return arena_printf(arena, "%s is due at %lld, must be %lld", duties[i].id,
                                (long long)got->due_at, (long long)want.due);
        if (got->state != want.state)
            return arena_printf(arena, "%s is %s, must be %s", duties[i].id,
                                obligation_state_names[got->state],
                                obligation_state_names[want.state]);
        if (want.met_at != INSTANT_NONE && !waits(&want) && got->met_at != want.met_at)
            return arena_printf(arena, "%s was met at %lld, must be %lld", duties[i].id,
                                (long long)got->met_at, (long long)want.met_at);
    }
    return NULL;
}

/* Quiet hours 22:00-07:00 at +08:00: what would speak inside waits for the morning, or, if that is
 * earlier, is folded into the message that the duty is past due. Never for levels 1 and 2. */
static instant_ms after_quiet(instant_ms at, instant_ms due, int level)
{
    instant_ms local = at + 8 * HOUR_MS;
    span_ms of_day = local % DAY_MS;
    instant_ms morning = local - of_day + 7 * HOUR_MS;

    if (level == 1 || level == 2 || at >= due || (of_day >= 7 * HOUR_MS && of_day < 22 * HOUR_MS))
        return at;
    if (of_day >= 22 * HOUR_MS)
        morning += DAY_MS;
    morning -= 8 * HOUR_MS;
    return morning < oracle_overdue_at(due) ? morning : oracle_overdue_at(due);
}

instant_ms oracle_rung_at(const struct rung *rung, instant_ms start, instant_ms due, int level)
{
    instant_ms at = start;

    switch (rung->base) {
    case RUNG_FROM_START:
        at = start + rung->offset;
        break;
    case RUNG_FROM_DUE:
        at = rung->offset ? due + rung->offset : oracle_overdue_at(due);
        break;
    case RUNG_PERCENT_LEFT:
        at = due - (due - start) * rung->offset / 100;
        break;
    }
    return after_quiet(at, due, level);
}
