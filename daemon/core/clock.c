#include "core/clock.h"

#include <string.h>
#include "base/must.h"
#include "base/text.h"

/* --- what begins it --------------------------------------------------------------------------- */

static instant_ms first_judgement(const struct opinion_case *c)
{
    instant_ms first = INSTANT_NONE;

    for (size_t i = 0; i < c->act_n; i++) {
        const struct act *act = &c->acts[i];

        if (act->kind == ACT_JUDGEMENT && (first == INSTANT_NONE || act->happened_at < first))
            first = act->happened_at;
    }
    return first;
}

/* When we first heard of it, in whichever of its reports. */
static instant_ms first_recorded(const struct opinion_case *c)
{
    instant_ms first = c->reported_at;

    for (size_t i = 0; i < c->report_n; i++) {
        if (c->reports[i].recorded_at < first)
            first = c->reports[i].recorded_at;
    }
    return first;
}

/* When the duty named by `after` was met; of the same report, if both are per report. */
static instant_ms after_met(const struct opinion_case *c, const struct rule *rule,
                            const struct anchor *a)
{
    for (size_t i = 0; rule->after && i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        if (!text_equal(o->rule, rule->after) ||
            (a->report && o->report && !text_equal(o->report, a->report->key)))
            continue;
        if (obligation_met(o))
            return o->met_at;
    }
    return INSTANT_NONE;
}

static instant_ms anchor_instant(enum clock_start start, const struct anchor *a)
{
    switch ((int)start) {
    case START_RELEASE:
        return a->act ? a->act->happened_at : INSTANT_NONE;
    case START_PROMISE:
        return a->act ? a->act->promise_due : INSTANT_NONE;
    case START_REPORT_RECEIVED:
        return a->report ? a->report->received_at : INSTANT_NONE;
    case START_REPORT_DISCOVERED:
        return a->report ? a->report->discovered_at : INSTANT_NONE;
    case START_REPORT_LIMIT:
        return a->report ? a->report->limit_at : INSTANT_NONE;
    case START_EXCLUSION:
        return a->exclusion ? a->exclusion->from_at : INSTANT_NONE;
    case START_LETTER:
        return a->exclusion ? a->exclusion->letter_received_at : INSTANT_NONE;
    default:
        return INSTANT_NONE;
    }
}

instant_ms clock_start_instant(const struct opinion_case *c, const struct rule *rule,
                               enum clock_start start, const struct anchor *a)
{
    switch ((int)start) {
    case START_OCCURRED:
        return c->incident.occurred_at;
    case START_DISCOVERED:
        return c->discovered_at;
    case START_RECEIVED:
        return c->received_at;
    case START_REPORTED:
        return first_recorded(c);
    case START_LEVEL_SET:
        return c->level_set_at;
    case START_JUDGED:
        return first_judgement(c);
    case START_ASSIGNED:
    case START_ASSIGNMENT:
        return c->assigned_at;
    case START_CLOSED:
        return c->closed_at;
    case START_PUBLISHED:
        return c->published_at;
    case START_DECIDED:
        return c->decided_at;
    case START_FORMED:
        return c->formed_at;
    case START_AFTER:
        return after_met(c, rule, a);
    default:
        return anchor_instant(start, a);
    }
}

const struct window *rule_window(const struct rule *rule, const struct opinion_case *c)
{
    return &rule->window[c->incident.level];
}

/* --- what does not count ---------------------------------------------------------------------- */

bool clock_stops(const struct rule *rule, const struct exclusion *e, const char *key)
{
    if (e->obligation && !text_equal(e->obligation, key))
        return false;
    for (size_t i = 0; rule->exclude && rule->exclude[i]; i++) {
        if (text_equal(rule->exclude[i], e->kind))
            return true;
    }
    return false;
}

/* Keeps the list sorted and disjoint: what overlaps or touches becomes one. */
static void list_add(struct excluded_list *list, struct excluded x)
{
    size_t at = 0, end;

    if (x.to <= x.from)
        return;
    while (at < list->n && list->items[at].to < x.from)
        at++;
    for (end = at; end < list->n && list->items[end].from <= x.to; end++) {
        x.from = list->items[end].from < x.from ? list->items[end].from : x.from;
        x.to = list->items[end].to > x.to ? list->items[end].to : x.to;
    }
    must(list->n + 1 - (end - at) <= LIMIT_EXCLUSIONS);
    memmove(&list->items[at + 1], &list->items[end], (list->n - end) * sizeof(x));
    list->items[at] = x;
    list->n += 1 - (end - at);
}

void clock_excluded(const struct opinion_case *c, const struct rule *rule, const char *key,
                    const struct policy *p, bool days, struct excluded_list *ret)
{
    ret->n = 0;
    for (size_t i = 0; i < c->exclusion_n; i++) {
        const struct exclusion *e = &c->exclusions[i];

        if (e->to_at == INSTANT_NONE || !clock_stops(rule, e, key))
            continue;
        if (days)
            list_add(ret,
                     (struct excluded){zone_day(p->zone, e->from_at), zone_day(p->zone, e->to_at)});
        else
            list_add(ret, (struct excluded){instant_second(e->from_at) * SECOND_MS,
                                            instant_second(e->to_at) * SECOND_MS});
    }
}

/* --- counting --------------------------------------------------------------------------------- */

/* The day n counted days after `day`. calendar NULL: every day counts. */
static day_no count_days(const struct calendar *calendar, day_no day, int64_t n,
                         const struct excluded_list *x)
{
    for (size_t i = 0; i < x->n; i++) {
        day_no from = (day_no)x->items[i].from, to = (day_no)x->items[i].to;
        int64_t before;

        if (to <= day)
            continue;
        from = from > day ? from : day;
        before = calendar ? calendar_between(calendar, day, from) : from - day;
        if (n <= before)
            break;
        n -= before;
        day = to;
    }
    return calendar ? calendar_step(calendar, day, n) : day + (day_no)n;
}

static instant_ms count_time(instant_ms at, span_ms left, const struct excluded_list *x)
{
    for (size_t i = 0; i < x->n; i++) {
        instant_ms from = x->items[i].from > at ? x->items[i].from : at;

        if (x->items[i].to <= at)
            continue;
        if (left <= from - at)
            break;
        left -= from - at;
        at = x->items[i].to;
    }
    return instant_add(at, left);
}

/* The next such date from `day` on. */
static day_no yearly(day_no day, int64_t month_day)
{
    int year = date_of_day(day).year, month = (int)(month_day / 100),
        of_month = (int)(month_day % 100);
    day_no this_year = day_of_date(year, month, of_month);

    return this_year >= day ? this_year : day_of_date(year + 1, month, of_month);
}

/* The day's last second, or office close. */
static instant_ms day_end(const struct rule *rule, const struct policy *p, day_no day)
{
    instant_ms end = zone_instant(p->zone, day, rule->day_end);

    return rule->day_end == 24 * 60 ? end - SECOND_MS : end;
}

instant_ms clock_due(const struct rule *rule, const struct window *w, instant_ms start,
                     const struct excluded_list *x, const struct policy *p)
{
    day_no day = w->unit == WINDOW_TIME ? 0 : zone_day(p->zone, start);

    switch (w->unit) {
    case WINDOW_TIME:
        return count_time(start, w->n, x);
    case WINDOW_WORKDAYS:
        day = w->n ? count_days(p->calendar, day, w->n, x) : calendar_step(p->calendar, day, 0);
        return day_end(rule, p, day);
    case WINDOW_DAYS:
        day = count_days(NULL, day, w->n, x);
        break;
    case WINDOW_DATE:
        day = (day_no)w->n;
        break;
    case WINDOW_YEARLY:
        day = yearly(day, w->n);
        break;
    case WINDOW_NONE:
    case WINDOW_UNIT_COUNT:
        return INSTANT_NONE;
    }
    if (rule->roll)
        day = calendar_step(p->calendar, day, 0);
    return day_end(rule, p, day);
}

/* --- the whole clock -------------------------------------------------------------------------- */

const struct restart *clock_restart(const struct opinion_case *c, const struct rule *rule,
                                    const char *key)
{
    const struct restart *latest = NULL;

    for (size_t i = 0; rule->restart && i < c->restart_n; i++) {
        const struct restart *r = &c->restarts[i];

        if (text_equal(r->obligation, key) && (!latest || r->at >= latest->at))
            latest = r;
    }
    return latest;
}

bool clock_extends(const struct extension *e, const struct restart *restart, const char *key)
{
    return e->approved && text_equal(e->obligation, key) &&
           (!restart || e->decided_seq > restart->seq);
}

/* Whether working days of a year without its file were counted on the way. */
static bool provisional(const struct rule *rule, const struct window *w, instant_ms start,
                        instant_ms due, const struct policy *p)
{
    day_no first = zone_day(p->zone, start) + 1, last = zone_day(p->zone, due);

    if (w->unit == WINDOW_NONE || w->unit == WINDOW_TIME ||
        (w->unit != WINDOW_WORKDAYS && !rule->roll))
        return false;
    return calendar_covered_to(p->calendar, first) <= last;
}

static void find_start(const struct opinion_case *c, const struct rule *rule,
                       const struct anchor *a, const struct obligation *o, struct clock *ret)
{
    /* A clock that began with a raised level, and one that no correction moves, stay. */
    bool stays = o && o->start_at != INSTANT_NONE && o->start_from != START_RESTARTED &&
                 (o->start_from == START_RAISED || rule->keep_on_correction);

    if (stays) {
        ret->start_from = o->start_from;
        ret->start_at = o->start_at;
        return;
    }
    if (rule->after && !o && after_met(c, rule, a) == INSTANT_NONE)
        return;
    for (size_t i = 0; rule->start[i] != START_NONE && ret->start_at == INSTANT_NONE; i++) {
        ret->start_from = rule->start[i];
        ret->start_at = clock_start_instant(c, rule, rule->start[i], a);
    }
    if (o && ret->start_at == INSTANT_NONE) { /* it was known once: kept */
        ret->start_from = o->start_from;
        ret->start_at = o->start_at;
    }
}

/* The latest restart begins it anew, whatever the start is corrected to. Returns it, or NULL. */
static const struct restart *begin_anew(const struct opinion_case *c, const struct rule *rule,
                                        const char *key, struct clock *clock)
{
    const struct restart *restart = clock_restart(c, rule, key);

    if (!restart)
        return NULL;
    clock->start_from = START_RESTARTED;
    clock->start_at = restart->at;
    clock->flags |= OBLIGATION_RESTARTED;
    return restart;
}

/* Each extension counts on from where the limit ended before it. */
static void extend(const struct opinion_case *c, const struct rule *rule, const char *key,
                   const struct restart *restart, const struct excluded_list *x,
                   const struct policy *p, struct clock *clock)
{
    for (size_t i = 0; i < c->extension_n && clock->due_at != INSTANT_NONE; i++) {
        if (!clock_extends(&c->extensions[i], restart, key))
            continue;
        clock->due_at = clock_due(rule, &c->extensions[i].granted, clock->due_at, x, p);
        clock->flags |= OBLIGATION_EXTENDED;
    }
}

static bool paused(const struct opinion_case *c, const struct rule *rule, const char *key,
                   instant_ms due)
{
    for (size_t i = 0; i < c->exclusion_n; i++) {
        const struct exclusion *e = &c->exclusions[i];

        if (e->to_at == INSTANT_NONE && clock_stops(rule, e, key) &&
            (due == INSTANT_NONE || instant_second(e->from_at) <= instant_second(due)))
            return true;
    }
    return false;
}

struct clock clock_of(const struct opinion_case *c, const struct rule *rule, const struct anchor *a,
                      const char *key, const struct obligation *o, const struct policy *p)
{
    struct clock clock = {
        .start_at = INSTANT_NONE, .due_at = INSTANT_NONE, .reference_due_at = INSTANT_NONE};
    const struct window *w = rule_window(rule, c);
    const struct restart *restart;
    instant_ms reference = INSTANT_NONE;
    struct excluded_list x;

    find_start(c, rule, a, o, &clock);
    if (clock.start_at == INSTANT_NONE)
        return clock;
    clock_excluded(c, rule, key, p, w->unit != WINDOW_TIME, &x);
    if (rule->reference != START_NONE && rule->reference != clock.start_from)
        reference = clock_start_instant(c, rule, rule->reference, a);
    if (reference != INSTANT_NONE)
        clock.reference_due_at = clock_due(rule, w, reference, &x, p);
    restart = begin_anew(c, rule, key, &clock);
    clock.due_at = clock_due(rule, w, clock.start_at, &x, p);
    extend(c, rule, key, restart, &x, p, &clock);
    if (clock.due_at != INSTANT_NONE && provisional(rule, w, clock.start_at, clock.due_at, p))
        clock.flags |= OBLIGATION_PROVISIONAL;
    clock.paused = paused(c, rule, key, clock.due_at);
    return clock;
}

/* --- whether there is one --------------------------------------------------------------------- */

static bool any_text(const struct condition *k, const char *text)
{
    for (size_t i = 0; i < k->n; i++) {
        if (text_equal(k->texts[i], text))
            return true;
    }
    return false;
}

static bool any_prefix(const struct condition *k, const char *text)
{
    for (size_t i = 0; i < k->n; i++) {
        if (text_starts(text, k->texts[i]))
            return true;
    }
    return false;
}

static bool any_label(const struct condition *k, const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (any_text(k, labels[i]))
            return true;
    }
    return false;
}

static bool has_bit(const struct condition *k, int bit)
{
    return (k->bits >> bit & 1) != 0;
}

static const struct report *report_of(const struct opinion_case *c, const struct anchor *a)
{
    return a->report ? a->report : c->report_n ? &c->reports[0] : NULL;
}

/* A report that joined stays what it was, whatever its case is. */
static bool own(const struct anchor *a)
{
    return a->report && a->report->via;
}

static bool condition_holds(const struct condition *k, const struct opinion_case *c,
                            const struct anchor *a)
{
    const struct report *r = report_of(c, a);

    switch (k->field) {
    case FIELD_CASE_TYPE:
        return any_text(k, own(a) ? r->case_type : c->case_type);
    case FIELD_CATEGORY:
        return has_bit(k, (int)c->incident.category);
    case FIELD_LEVEL:
        return has_bit(k, c->incident.level);
    case FIELD_CHANNEL:
        return any_text(k, a->report ? r->channel : c->channel);
    case FIELD_TOPIC:
        return any_text(k, c->topic);
    case FIELD_REGION:
        return any_prefix(k, c->region);
    case FIELD_LABEL:
        return own(a) ? any_label(k, r->labels, r->label_n) : any_label(k, c->labels, c->label_n);
    case FIELD_LEAD_UNIT:
        return any_text(k, c->lead_unit);
    case FIELD_SOURCE:
        return r && any_prefix(k, r->source);
    case FIELD_HEAT:
        return c->heat >= k->least;
    case FIELD_EXERCISE:
        return has_bit(k, c->exercise);
    case FIELD_EXCLUSION:
        return a->exclusion && any_text(k, a->exclusion->kind);
    case FIELD_STATUS:
    case CONDITION_FIELD_COUNT:
        break;
    }
    must(!"condition");
    return false;
}

bool rule_applies(const struct rule *rule, const struct opinion_case *c, const struct anchor *a)
{
    if (!(rule->statuses & STATUS_BIT(c->status)) || !(rule->levels & LEVEL_BIT(c->incident.level)))
        return false;
    for (size_t i = 0; i < rule->when.n; i++) {
        if (!condition_holds(&rule->when.items[i], c, a))
            return false;
    }
    for (size_t i = 0; i < rule->unless.n; i++) {
        if (condition_holds(&rule->unless.items[i], c, a))
            return false;
    }
    return true;
}

const struct rule *rule_variant(const struct rule *rule, const struct opinion_case *c,
                                const struct anchor *a)
{
    while (rule && !rule_applies(rule, c, a))
        rule = rule->otherwise;
    return rule;
}

struct anchor obligation_anchor(const struct opinion_case *c, const struct rule *rule,
                                const struct obligation *o)
{
    struct anchor a = {.seq = o->anchor, .report = case_report_key(c, o->report)};

    if (o->anchor && (rule->per == PER_RELEASE || rule->per == PER_PROMISE))
        a.act = case_act(c, o->anchor);
    else if (o->anchor && rule->per == PER_EXCLUSION)
        a.exclusion = case_exclusion(c, o->anchor);
    return a;
}

/* --- rungs ------------------------------------------------------------------------------------ */

/* Working days from the base, through the same calendar that made the due instant. */
static instant_ms rung_on_day(const struct policy *p, const struct rung *rung, instant_ms base)
{
    day_no day = zone_day(p->zone, base);
    instant_ms midnight = zone_instant(p->zone, day, 0);

    if (rung->workdays)
        day = calendar_step(p->calendar, day, rung->workdays);
    if (rung->timed)
        return zone_instant(p->zone, day, rung->minute);
    return instant_add(zone_instant(p->zone, day, 0), base - midnight);
}

/* Before quiet hours. */
static instant_ms rung_nominal(const struct policy *p, const struct rung *rung,
                               const struct obligation *o)
{
    instant_ms base = rung->base == RUNG_FROM_START ? o->start_at : o->due_at;

    if (base == INSTANT_NONE)
        return INSTANT_NONE;
    if (rung->workdays || rung->timed)
        return rung_on_day(p, rung, base);
    switch (rung->base) {
    case RUNG_FROM_START:
        return instant_add(base, rung->offset);
    case RUNG_FROM_DUE:
        return rung->offset ? instant_add(base, rung->offset) : policy_overdue_at(base);
    case RUNG_PERCENT_LEFT:
        return base - (base - o->start_at) / 100 * rung->offset;
    }
    must(!"rung base");
    return INSTANT_NONE;
}

/* End of the quiet hours that `at` lies in, or `at` itself. */
static instant_ms quiet_end(const struct policy *p, instant_ms at)
{
    int from = p->quiet.from_min, to = p->quiet.to_min, minute;
    bool wraps = from > to, inside;

    if (from == to)
        return at;
    minute = zone_minute(p->zone, at);
    inside = wraps ? minute >= from || minute < to : minute >= from && minute < to;
    if (!inside)
        return at;
    return zone_instant(p->zone, zone_day(p->zone, at) + (to <= minute), to);
}

instant_ms clock_rung_at(const struct policy *p, const struct rung *rung,
                         const struct obligation *o, int level)
{
    instant_ms at = rung_nominal(p, rung, o), overdue = policy_overdue_at(o->due_at), held;

    if (at == INSTANT_NONE || (overdue != INSTANT_NONE && at >= overdue) ||
        (p->quiet.never_levels & LEVEL_BIT(level)))
        return at;
    held = quiet_end(p, at);
    return overdue == INSTANT_NONE || held < overdue ? held : overdue;
}
