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

/* After these the three duties follow from more than is heard here. */
static bool mixes(const struct fact *fact)
{
    return fact->type == FACT_TIME_CORRECTED || fact->type == FACT_MERGED ||
           fact->type == FACT_JOINED || fact->type == FACT_POLICY_SET ||
           (fact->type == FACT_OBLIGATION_WAIVED && !strcmp(fact->key, "press_conference"));
}

static bool heard(enum fact_type type)
{
    return type == FACT_REPORTED || type == FACT_FULFILLED || type == FACT_LEVEL_SET ||
           type == FACT_CLOSED || type == FACT_INVALIDATED || type == FACT_REOPENED;
}

void oracle_hear(struct history *h, const struct fact *fact, struct arena *arena)
{
    struct said s = {.type = fact->type,
                     .recorded = fact->recorded_at,
                     .happened = fact->happened_at,
                     .level = fact->level};

    h->mixed = h->mixed || mixes(fact);
    if (!heard(fact->type))
        return;
    if (fact->type == FACT_REPORTED) {
        const struct opinion_case *c = fact->reported;

        s.level = c->incident.present ? c->incident.level : 0;
        s.opinion = c->case_type && !strcmp(c->case_type, "opinion");
        s.occurred = c->incident.present ? c->incident.occurred_at : INSTANT_NONE;
        s.discovered = c->discovered_at;
    } else if (fact->type == FACT_FULFILLED) {
        s.kind = fact->act->kind;
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
    /* Of two in one second the one that was recorded first holds. */
    if (met && instant_second(o->met_at) <= instant_second(act->happened))
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

static bool off(const struct outcome *o)
{
    return o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED;
}

/* The level as of h->said[at] asks for the duty, or no more. */
static void level_is(const struct duty *d, struct outcome *o, const struct history *h, size_t at,
                     int before)
{
    int level = h->said[at].level;
    /* 1 is the gravest; not graded counts as the least. */
    bool raised = level && (!before || level < before);

    if (applies(d, &h->said[0], level)) {
        if (!o->exists || off(o))
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
        } else if (s->type == FACT_REOPENED) {
            if (o.exists && off(&o) && applies(d, &h->said[0], level))
                begins(d, &o, h, i);
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
    for (size_t i = 0; i < DUTIES && !h->mixed; i++) {
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

/* --- days, counted one by one ----------------------------------------------------------------- */

static int64_t local_day(instant_ms at)
{
    int64_t local = at + 8 * HOUR_MS;

    return local / DAY_MS - (local % DAY_MS < 0);
}

static instant_ms of_day(int64_t day, int minute)
{
    return day * DAY_MS + minute * MINUTE_MS - 8 * HOUR_MS;
}

static bool works(const struct calendar *calendar, int64_t day)
{
    return calendar_is_workday(calendar, (day_no)day);
}

instant_ms oracle_rung_at(const struct rung *rung, instant_ms start, instant_ms due, int level,
                          const struct calendar *calendar)
{
    instant_ms at = rung->base == RUNG_FROM_START ? start : due;

    if (at == INSTANT_NONE)
        return INSTANT_NONE;
    if (rung->workdays || rung->timed) {
        int64_t day = local_day(at), step = rung->workdays < 0 ? -1 : 1;
        instant_ms time_of_day = at - of_day(day, 0);

        for (int left = rung->workdays * (int)step; left > 0;) {
            day += step;
            left -= works(calendar, day);
        }
        at = rung->timed ? of_day(day, rung->minute) : of_day(day, 0) + time_of_day;
    } else if (rung->base == RUNG_FROM_START) {
        at = start + rung->offset;
    } else if (rung->base == RUNG_FROM_DUE) {
        at = rung->offset ? due + rung->offset : oracle_overdue_at(due);
    } else {
        at = due - (due - start) / 100 * rung->offset;
    }
    return due == INSTANT_NONE ? at : after_quiet(at, due, level);
}

static bool same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

static bool stops(const struct rule *rule, const struct exclusion *e, const struct obligation *o)
{
    bool kind = false;

    for (size_t i = 0; rule->exclude && rule->exclude[i]; i++)
        kind = kind || same(rule->exclude[i], e->kind);
    return kind && e->to_at != INSTANT_NONE && (!e->obligation || same(e->obligation, o->key));
}

/* The day of `from` still counts, that of `to` is the last that does not. */
static bool day_excluded(const struct rule *rule, const struct opinion_case *c,
                         const struct obligation *o, int64_t day)
{
    for (size_t i = 0; i < c->exclusion_n; i++) {
        const struct exclusion *e = &c->exclusions[i];

        if (stops(rule, e, o) && day > local_day(e->from_at) && day <= local_day(e->to_at))
            return true;
    }
    return false;
}

/* The first instant by which n ms have counted: exclusions, from a whole second to a whole second,
 * are jumped over until none is left. */
static instant_ms hours_on(const struct rule *rule, const struct opinion_case *c,
                           const struct obligation *o, instant_ms at, span_ms n)
{
    for (;;) {
        instant_ms border = at + n, jump = INSTANT_NONE;

        for (size_t i = 0; i < c->exclusion_n; i++) {
            const struct exclusion *e = &c->exclusions[i];
            instant_ms begin = e->from_at - e->from_at % 1000, end = e->to_at - e->to_at % 1000;
            instant_ms from = begin > at ? begin : at;

            if (!stops(rule, e, o) || end <= at || end <= begin || from >= border)
                continue;
            border = from;
            jump = end;
        }
        if (jump == INSTANT_NONE)
            return at + n;
        n -= border - at;
        at = jump;
    }
}

static instant_ms window_on(const struct rule *rule, const struct opinion_case *c,
                            const struct obligation *o, const struct window *w, instant_ms at,
                            const struct calendar *calendar)
{
    bool roll = rule->roll && w->unit != WINDOW_WORKDAYS;
    int64_t day = local_day(at);
    instant_ms end;

    if (w->unit == WINDOW_NONE)
        return INSTANT_NONE;
    if (w->unit == WINDOW_TIME)
        return hours_on(rule, c, o, at, w->n);
    if (w->unit == WINDOW_WORKDAYS || w->unit == WINDOW_DAYS) {
        for (int64_t left = w->n; left > 0;) {
            day++;
            left -=
                (w->unit == WINDOW_DAYS || works(calendar, day)) && !day_excluded(rule, c, o, day);
        }
        roll = roll || w->n == 0;
    } else if (w->unit == WINDOW_DATE) {
        day = w->n;
    } else {
        while (date_of_day((day_no)day).month * 100 + date_of_day((day_no)day).day != w->n)
            day++;
    }
    while (roll && !works(calendar, day))
        day++;
    end = of_day(day, rule->day_end);
    return rule->day_end == 1440 ? end - SECOND_MS : end;
}

instant_ms oracle_due(const struct rule *rule, const struct opinion_case *c,
                      const struct obligation *o, const struct calendar *calendar)
{
    const struct restart *anew = NULL;
    instant_ms due = window_on(rule, c, o, &rule->window[c->incident.level], o->start_at, calendar);

    for (size_t i = 0; i < c->restart_n && o->start_from == START_RESTARTED; i++) {
        const struct restart *r = &c->restarts[i];

        if ((!r->obligation || same(r->obligation, o->key)) && r->at == o->start_at)
            anew = r;
    }
    for (size_t i = 0; i < c->extension_n && due != INSTANT_NONE; i++) {
        const struct extension *e = &c->extensions[i];

        if (e->approved && same(e->obligation, o->key) && (!anew || e->decided_seq > anew->seq))
            due = window_on(rule, c, o, &e->granted, due, calendar);
    }
    return due;
}

/* The first act that counts; in order of recording, which breaks a tie within a second. */
static const struct act *first_act(const struct rule *rule, const struct opinion_case *c,
                                   const struct obligation *o)
{
    const struct act *first = NULL;

    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *act = &c->acts[i];

        if (!(rule->satisfied_by >> act->kind & 1) ||
            (rule->spoken_by && !same(rule->spoken_by, act->spoken_by)) ||
            (o->report && act->report && !same(o->report, act->report)))
            continue;
        if (!first || instant_second(act->happened_at) < instant_second(first->happened_at))
            first = act;
    }
    return first;
}

const char *oracle_result(const struct rule *rule, const struct opinion_case *c,
                          const struct obligation *o, struct arena *arena)
{
    const struct act *first = first_act(rule, c, o);
    bool met = o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE, late;

    if (!met)
        return first ? arena_printf(arena, "%s is %s though act %u meets it", o->key,
                                    obligation_state_names[o->state], first->seq)
                     : NULL;
    if (!first || first->happened_at != o->met_at)
        return arena_printf(arena, "%s was met at %lld, must be %lld", o->key, (long long)o->met_at,
                            first ? (long long)first->happened_at : 0LL);
    late = o->due_at != INSTANT_NONE && o->met_at >= oracle_overdue_at(o->due_at);
    if (late != (o->state == OBLIGATION_MET_LATE))
        return arena_printf(arena, "%s is %s, met at %lld, due at %lld", o->key,
                            obligation_state_names[o->state], (long long)o->met_at,
                            (long long)o->due_at);
    return NULL;
}
