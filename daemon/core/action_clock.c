/* Operations on clocks: 更正时间, 不计入期限, 补正, 延期, 免除. Each is a fact of its own with its
 * author and reason; what it does to a due instant follows from the case (clock.c). */
#include "core/work.h"

#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "core/window.h"

/* Claimed times are compared by the second. */
static bool before(instant_ms a, instant_ms b)
{
    return instant_second(a) < instant_second(b);
}

/* The rule by which a clock can still be moved; NULL: the duty is asked for no more. */
static const struct rule *rule_of(struct work *w, const struct obligation *o)
{
    const struct rule *rule = work_rule(w->c, w->policy, o);
    struct anchor anchor;

    if (!rule)
        return NULL;
    anchor = obligation_anchor(w->c, rule, o);
    return rule_applies(rule, w->c, &anchor) || rule->keep_on_downgrade ? rule : NULL;
}

/* --- correct_time ----------------------------------------------------------------------------- */

static instant_ms act_time(struct work *w, uint32_t number)
{
    if (number > w->c->act_n)
        work_refuse(w, REFUSAL_INVALID, "act", "the case has %zu acts, not %u", w->c->act_n,
                    number);
    return w->d->verdict == REFUSED ? INSTANT_NONE : w->c->acts[number - 1].happened_at;
}

/* The exclusion it names, or the only one there is. */
static const struct exclusion *lettered(struct work *w, uint32_t number)
{
    if (number > w->c->exclusion_n || (!number && w->c->exclusion_n != 1)) {
        work_refuse(w, REFUSAL_INVALID, "act", "the case has %zu exclusions: name one, from 1",
                    w->c->exclusion_n);
        return NULL;
    }
    return &w->c->exclusions[number ? number - 1 : 0];
}

static instant_ms letter_time(struct work *w, const struct action *a)
{
    const struct exclusion *e = lettered(w, a->act);

    if (e && before(a->at, e->from_at))
        work_refuse(w, REFUSAL_INVALID, "at", "lies before the exclusion began (%s)",
                    work_when(w, e->from_at));
    return e ? e->letter_received_at : INSTANT_NONE;
}

static instant_ms time_now(struct work *w, const struct action *a, const struct report *r)
{
    const struct opinion_case *c = w->c;

    switch (a->field) {
    case TIME_OCCURRED:
        return c->incident.occurred_at;
    case TIME_DISCOVERED:
        return r->discovered_at;
    case TIME_RECEIVED:
        return r->received_at;
    case TIME_LIMIT:
        return r->limit_at;
    case TIME_PUBLISHED:
        return c->published_at;
    case TIME_DECIDED:
        return c->decided_at;
    case TIME_FORMED:
        return c->formed_at;
    case TIME_ACT:
        return act_time(w, a->act);
    case TIME_LETTER:
        return letter_time(w, a);
    case TIME_FIELD_COUNT:
        break;
    }
    must(!"time field");
    return INSTANT_NONE;
}

/* Nothing is known before it happened. */
static bool order_kept(struct work *w, const struct action *a)
{
    instant_ms occurred = a->field == TIME_OCCURRED ? a->at : w->c->incident.occurred_at;
    instant_ms known = a->field == TIME_OCCURRED ? w->c->discovered_at : a->at;

    if (occurred == INSTANT_NONE || (a->field != TIME_OCCURRED && a->field != TIME_DISCOVERED &&
                                     a->field != TIME_RECEIVED && a->field != TIME_ACT))
        return true;
    if (instant_second(known) >= instant_second(occurred))
        return true;
    work_refuse(w, REFUSAL_INVALID, "at",
                "%s would lie before it happened (occurred_at %s): correct that first",
                a->field == TIME_OCCURRED ? "discovered_at" : time_field_names[a->field],
                work_when(w, occurred));
    return false;
}

void act_correct_time(struct work *w, const struct action *a)
{
    const struct report *r = a->report        ? case_report_key(w->c, a->report)
                             : w->c->report_n ? &w->c->reports[0]
                                              : NULL;
    instant_ms before;
    struct fact f;

    if (!r) {
        work_refuse(w, REFUSAL_INVALID, "report", "this case has no such report");
        return;
    }
    before = time_now(w, a, r);
    if (w->d->verdict == REFUSED || !order_kept(w, a))
        return;
    if (before == a->at) {
        w->d->verdict = DUPLICATE;
        return;
    }
    f = work_fact(w, FACT_TIME_CORRECTED, REASON_REQUESTED);
    f.field = a->field;
    f.at = a->at;
    f.at_before = before;
    f.report = r->key;
    if (a->field == TIME_LETTER)
        f.other_seq = lettered(w, a->act)->seq;
    else if (a->field == TIME_ACT)
        f.other_seq = w->c->acts[a->act - 1].seq;
    f.text = a->text;
    work_add(w, &f);
}

/* --- exclude, resume -------------------------------------------------------------------------- */

/* How many duties such an exclusion stops, from before they are due. */
static size_t stopped(struct work *w, const struct exclusion *e, bool *ret_known)
{
    size_t n = 0;

    for (size_t i = 0; i < w->c->obligation_n; i++) {
        const struct obligation *o = &w->c->obligations[i];
        const struct rule *rule = rule_of(w, o);

        if (!rule || !clock_stops(rule, e, o->key))
            continue;
        *ret_known = true;
        n += obligation_owed(o) && o->due_at != INSTANT_NONE &&
             instant_second(e->from_at) <= instant_second(o->due_at);
    }
    return n;
}

/* The first open one after `after` (seq); kind, obligation NULL: any. */
static const struct exclusion *open_exclusion(const struct opinion_case *c, const char *kind,
                                              const char *obligation, uint32_t after)
{
    for (size_t i = 0; i < c->exclusion_n; i++) {
        const struct exclusion *e = &c->exclusions[i];

        if (e->seq > after && e->to_at == INSTANT_NONE && (!kind || text_equal(e->kind, kind)) &&
            (!obligation || text_equal(e->obligation, obligation)))
            return e;
    }
    return NULL;
}

static bool exclusion_valid(struct work *w, const struct exclusion *e)
{
    const struct exclusion *open = open_exclusion(w->c, e->kind, NULL, 0);
    bool known = false;

    while (open && !text_equal(open->obligation, e->obligation))
        open = open_exclusion(w->c, e->kind, NULL, open->seq);

    if (e->to_at != INSTANT_NONE && before(e->to_at, e->from_at))
        work_refuse(w, REFUSAL_INVALID, "to", "lies before from (%s)", work_when(w, e->from_at));
    else if (e->letter_received_at != INSTANT_NONE && before(e->letter_received_at, e->from_at))
        work_refuse(w, REFUSAL_INVALID, "letter_received_at", "lies before from (%s)",
                    work_when(w, e->from_at));
    else if (open && e->to_at == INSTANT_NONE)
        work_refuse(w, REFUSAL_STATE, NULL,
                    "time is excluded for %s since %s already: resume it first", e->kind,
                    work_when(w, open->from_at));
    else if (stopped(w, e, &known) == 0)
        work_refuse(w, REFUSAL_STATE, known ? "from" : "kind",
                    known ? "no limit that %.64s stops is still running at that time: %.300s"
                          : "no limit of this case is stopped by \"%.64s\": %.300s",
                    e->kind, work_obligations(w, false));
    else
        return true;
    return false;
}

void act_exclude(struct work *w, const struct action *a)
{
    struct exclusion *e = arena_alloc(w->arena, sizeof(*e));
    const struct obligation *o = NULL;
    struct fact f;

    if (work_full(w, w->c->exclusion_n, LIMIT_EXCLUSIONS, "exclusions"))
        return;
    if (a->obligation) {
        o = work_obligation(w, a, true);
        if (!o)
            return;
    }
    *e = (struct exclusion){.kind = a->word,
                            .obligation = o ? o->key : NULL,
                            .from_at = a->from == INSTANT_NONE ? work_happened(w, a) : a->from,
                            .to_at = a->to,
                            .recorded_at = INSTANT_NONE,
                            .ended_at = INSTANT_NONE,
                            .letter_received_at = a->letter_received_at,
                            .why = a->text};
    if (!exclusion_valid(w, e))
        return;
    f = work_fact(w, FACT_EXCLUDED, REASON_REQUESTED);
    f.happened_at = e->from_at;
    f.exclusion = e;
    work_add(w, &f);
}

static void end_exclusion(struct work *w, const struct action *a, const struct exclusion *open,
                          instant_ms at)
{
    struct fact f = work_fact(w, FACT_EXCLUSION_ENDED, REASON_REQUESTED);

    f.happened_at = at;
    f.exclusion = arena_alloc(w->arena, sizeof(*open));
    *f.exclusion = *open;
    f.exclusion->to_at = at;
    f.text = a->text;
    work_add(w, &f);
}

/* Ends all that are open, of that kind if it names one. */
void act_resume(struct work *w, const struct action *a)
{
    instant_ms at = a->at == INSTANT_NONE ? work_happened(w, a) : a->at;
    const struct obligation *o = a->obligation ? work_obligation(w, a, true) : NULL;
    const char *key = o ? o->key : NULL;
    const struct exclusion *open;

    if (a->obligation && !o)
        return;
    open = open_exclusion(w->c, a->word, key, 0);
    if (!open)
        work_refuse(w, REFUSAL_STATE, a->word ? "kind" : NULL, "no exclusion%s%.64s is open",
                    a->word ? " of kind " : "", a->word ? a->word : "");
    for (; open && w->d->verdict != REFUSED; open = open_exclusion(w->c, a->word, key, open->seq)) {
        if (before(at, open->from_at))
            work_refuse(w, REFUSAL_INVALID, "at", "lies before the exclusion began (%s)",
                        work_when(w, open->from_at));
    }
    if (w->d->verdict == REFUSED)
        return;
    while ((open = open_exclusion(w->c, a->word, key, 0)))
        end_exclusion(w, a, open, at);
}

/* --- restart ---------------------------------------------------------------------------------- */

static bool restartable(struct work *w, const struct obligation *o, instant_ms at)
{
    const struct rule *rule = obligation_owed(o) ? rule_of(w, o) : NULL;

    return rule && rule->restart && instant_second(at) >= instant_second(o->start_at);
}

static void restart_one(struct work *w, const struct action *a, const char *key, instant_ms at)
{
    struct fact f = work_fact(w, FACT_RESTARTED, REASON_REQUESTED);

    f.happened_at = at;
    f.at = at;
    f.key = key;
    f.text = a->text;
    work_add(w, &f);
}

/* One fact for each duty that begins anew: what opens later has a clock of its own. */
void act_restart(struct work *w, const struct action *a)
{
    instant_ms at = a->at == INSTANT_NONE ? work_happened(w, a) : a->at;
    const struct obligation *o = a->obligation ? work_obligation(w, a, true) : NULL;
    const char *keys[LIMIT_RESTARTS];
    size_t n = 0;

    if (a->obligation && !o)
        return;
    for (size_t i = 0; i < w->c->obligation_n && w->d->verdict != REFUSED; i++) {
        const struct obligation *each = &w->c->obligations[i];

        if ((o && !text_equal(o->key, each->key)) || !restartable(w, each, at) ||
            work_full(w, w->c->restart_n + n, LIMIT_RESTARTS, "restarts"))
            continue;
        keys[n++] = each->key;
    }
    if (w->d->verdict == REFUSED)
        return;
    for (size_t i = 0; i < n; i++)
        restart_one(w, a, keys[i], at);
    if (n == 0)
        work_refuse(w, REFUSAL_STATE, "obligation",
                    "no limit that runs at that time can begin anew: %.300s",
                    work_obligations(w, false));
}

/* --- extension -------------------------------------------------------------------------------- */

/* The length asked for, checked against the rule. text NULL: `otherwise`. */
static bool extension_length(struct work *w, const struct rule *rule, const char *text,
                             const struct window *otherwise, struct window *ret)
{
    const char *complaint = text ? window_parse(text, ret) : NULL;
    char most[WINDOW_TEXT_SIZE];

    if (!text)
        *ret = *otherwise;
    window_format(&rule->extend.max, most);
    if (!complaint && ret->unit != rule->extend.max.unit)
        complaint = "counts in another unit";
    else if (!complaint && ret->n > rule->extend.max.n)
        complaint = "is too long";
    else if (!complaint && ret->n == 0)
        complaint = "extends nothing";
    if (complaint)
        work_refuse(w, REFUSAL_INVALID, "window", "\"%.32s\" %s, expected at most %s",
                    text ? text : "", complaint, most);
    return !complaint;
}

/* The duty and its rule, if it can still be extended at that moment; to refuse it is never too
 * late.
 */
static const struct obligation *extendable(struct work *w, const struct action *a,
                                           const struct rule **ret_rule)
{
    const struct obligation *o = work_obligation(w, a, true);
    const struct rule *rule = o ? rule_of(w, o) : NULL;

    *ret_rule = rule;
    if (!o)
        return NULL;
    if (!rule || rule->extend.max.unit == WINDOW_NONE)
        work_refuse(w, REFUSAL_STATE, "obligation", "%s can not be extended", o->key);
    else if (a->approved && instant_second(work_happened(w, a)) > instant_second(o->due_at))
        work_refuse(w, REFUSAL_STATE, "happened_at",
                    "%s was due at %s: it can be extended only before", o->key,
                    work_when(w, o->due_at));
    else if (!work_full(w, w->c->extension_n, LIMIT_EXTENSIONS, "extensions"))
        return o;
    return NULL;
}

static void add_extension(struct work *w, enum fact_type type, const struct extension *e,
                          instant_ms happened)
{
    struct fact f = work_fact(w, type, REASON_REQUESTED);

    f.happened_at = happened;
    f.key = e->obligation;
    f.extension = arena_alloc(w->arena, sizeof(*e));
    *f.extension = *e;
    work_add(w, &f);
}

/* A request that waits for its decision, or NULL. */
static const struct extension *requested(const struct opinion_case *c, const char *key)
{
    for (size_t i = 0; i < c->extension_n; i++) {
        if (text_equal(c->extensions[i].obligation, key) && !c->extensions[i].decided_seq)
            return &c->extensions[i];
    }
    return NULL;
}

void act_extend_request(struct work *w, const struct action *a)
{
    const struct rule *rule;
    const struct obligation *o = extendable(w, a, &rule);
    struct extension e = {.decided_at = INSTANT_NONE, .notified_at = INSTANT_NONE};

    if (!o || !extension_length(w, rule, a->window, &rule->extend.max, &e.asked))
        return;
    if (requested(w->c, o->key)) {
        work_refuse(w, REFUSAL_STATE, "obligation", "a request for %s waits for its decision",
                    o->key);
        return;
    }
    e.obligation = o->key;
    e.requested_at = work_happened(w, a);
    e.due_before = o->due_at;
    e.why = a->text;
    add_extension(w, FACT_EXTENSION_REQUESTED, &e, e.requested_at);
}

/* Extensions that count since the clock last began anew. */
static int times_extended(struct work *w, const struct rule *rule, const char *key)
{
    const struct restart *restart = clock_restart(w->c, rule, key);
    int n = 0;

    for (size_t i = 0; i < w->c->extension_n; i++)
        n += clock_extends(&w->c->extensions[i], restart, key);
    return n;
}

static bool approval_complete(struct work *w, const struct rule *rule, const struct action *a,
                              const struct obligation *o)
{
    if (times_extended(w, rule, o->key) >= rule->extend.times)
        work_refuse(w, REFUSAL_STATE, "obligation", "%s was extended %d times, the most it can be",
                    o->key, rule->extend.times);
    else if (rule->extend.approver && text_empty(a->approver))
        work_refuse(w, REFUSAL_INVALID, "approver", "is required: who agreed to it");
    else if (rule->extend.notice && a->notified_at == INSTANT_NONE)
        work_refuse(w, REFUSAL_INVALID, "notified_at", "is required: when the applicant was told");
    else
        return true;
    return false;
}

void act_extend_decide(struct work *w, const struct action *a)
{
    const struct rule *rule;
    const struct obligation *o = extendable(w, a, &rule);
    const struct extension *asked = o ? requested(w->c, o->key) : NULL;
    struct extension e = {.requested_at = INSTANT_NONE};

    if (!o || (a->approved && !approval_complete(w, rule, a, o)))
        return;
    if (!a->approved && !asked) {
        work_refuse(w, REFUSAL_STATE, "obligation", "nobody asked to extend %s", o->key);
        return;
    }
    if (asked)
        e = *asked;
    if (a->approved && !extension_length(w, rule, a->window,
                                         asked ? &asked->asked : &rule->extend.max, &e.granted))
        return;
    e.obligation = o->key;
    e.decided_at = work_happened(w, a);
    e.approved = a->approved;
    e.approver = a->approver;
    e.notified_at = a->notified_at;
    e.due_before = o->due_at;
    e.why = a->text ? a->text : e.why;
    add_extension(w, FACT_EXTENSION_DECIDED, &e, e.decided_at);
}

/* --- waive ------------------------------------------------------------------------------------ */

/* A duty whose rule the policy no longer has can only be waived: by anyone named, with a reason. */
static const struct waiver_rule of_strangers = {.by = (const char *const[]){NULL}, .reason = true};

static bool may_waive(struct work *w, const struct waiver_rule *waiver, const char *by,
                      const char **ret_list)
{
    bool allowed = waiver == &of_strangers && !text_empty(by);

    *ret_list = waiver == &of_strangers ? "anyone, by name" : "";
    for (size_t i = 0; waiver->by && waiver->by[i]; i++) {
        allowed = allowed || text_equal(waiver->by[i], by);
        *ret_list =
            arena_printf(w->arena, "%s%s%s", *ret_list, **ret_list ? ", " : "", waiver->by[i]);
    }
    return allowed;
}

void act_waive(struct work *w, const struct action *a)
{
    const struct obligation *o = work_obligation(w, a, true);
    const struct rule *rule = o ? work_rule(w->c, w->policy, o) : NULL;
    const struct waiver_rule *waiver = rule ? &rule->waiver : &of_strangers;
    const char *list;
    bool allowed;
    struct fact f;

    if (!o)
        return;
    allowed = may_waive(w, waiver, a->by, &list);
    if (!*list)
        work_refuse(w, REFUSAL_STATE, "obligation", "%s can not be waived", o->key);
    else if (!allowed)
        work_refuse(w, REFUSAL_INVALID, "by", "\"%.64s\" can not waive %s, expected one of: %.200s",
                    a->by ? a->by : "", o->key, list);
    else if (waiver->reason && text_empty(a->text))
        work_refuse(w, REFUSAL_INVALID, "reason", "is required: why %s is waived", o->key);
    if (w->d->verdict == REFUSED)
        return;
    f = work_fact(w, FACT_OBLIGATION_WAIVED, REASON_REQUESTED);
    f.happened_at = a->happened_at;
    f.key = o->key;
    f.by = a->by;
    f.text = a->text;
    work_add(w, &f);
}
