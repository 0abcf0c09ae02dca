#include <string.h>
#include "base/must.h"
#include "check_priv.h"
#include "core/clock.h"

#define BROKEN(w, promise, sh, f, fmt, ...)                                                        \
    violate(w, promise, "case %s fact %u %s: " fmt, (sh)->db->id, (f)->seq,                        \
            fact_type_names[(f)->type], __VA_ARGS__)

struct duty_seen *shadow_duty(struct shadow *sh, const char *key)
{
    for (size_t i = 0; i < sh->duty_n; i++)
        if (!strcmp(sh->duties[i].key, key))
            return &sh->duties[i];
    return NULL;
}

const struct policy *case_policy(const struct world *w, const struct opinion_case *c,
                                 unsigned calendar)
{
    return w->calendars >> calendar & 1 ? town_policy(c->policy_version, calendar) : NULL;
}

const struct rule *duty_rule(const struct policy *p, const struct opinion_case *c,
                             const struct obligation *o)
{
    const struct rule *first = policy_rule(p, o->rule), *variant;
    struct anchor a;

    if (!first)
        return NULL;
    a = obligation_anchor(c, first, o);
    variant = rule_variant(first, c, &a);
    if (variant)
        return variant;
    for (uint32_t i = 0; i < o->variant && first->otherwise; i++)
        first = first->otherwise;
    return first;
}

static const struct rung *rung_of(const struct world *w, const struct shadow *sh,
                                  const struct fact *f, size_t *ret_bit)
{
    const struct obligation *o = case_obligation(sh->c, f->key);
    const struct policy *p = town_policy(sh->c->policy_version, 0);
    const struct rule *rule = o && p ? duty_rule(p, sh->c, o) : NULL;

    (void)w;
    for (size_t i = 0; rule && i < rule->ladder->n; i++)
        if (!strcmp(rule->ladder->rungs[i].id, f->rung)) {
            *ret_bit = i;
            return &rule->ladder->rungs[i];
        }
    return NULL;
}

/* When it was to speak, by the calendar that the daemon that let it speak had. */
static instant_ms rung_time(const struct world *w, const struct shadow *sh, const struct fact *f,
                            const struct rung *rung, const struct obligation *o)
{
    instant_ms at = INSTANT_NONE;

    for (unsigned i = 0; i < TOWN_CALENDARS; i++) {
        if (!(w->calendars >> i & 1))
            continue;
        at = oracle_rung_at(rung, o->start_at, o->due_at, sh->c->incident.level, town_calendar(i));
        if (at == f->scheduled_at)
            break;
    }
    return at;
}

static void check_rung(struct world *w, struct shadow *sh, const struct db_fact *row,
                       const struct fact *f)
{
    const struct obligation *o = case_obligation(sh->c, f->key);
    struct duty_seen *duty = shadow_duty(sh, f->key);
    size_t bit = 0;
    const struct rung *rung = rung_of(w, sh, f, &bit);
    instant_ms at;

    if (!o || !duty || !rung) {
        BROKEN(w, "P6 ledger", sh, f, "no such rung: %s %s", f->key, f->rung);
        return;
    }
    if (!(f->rungs >> bit & 1))
        BROKEN(w, "P2 once", sh, f, "rung %s does not settle itself", f->rung);
    if (f->rungs & duty->rungs)
        BROKEN(w, "P2 once", sh, f, "rungs %llx of %s fired before", (long long)f->rungs, f->key);
    duty->rungs |= f->rungs;
    at = rung_time(w, sh, f, rung, o);
    if (f->scheduled_at != at)
        BROKEN(w, "P3 never early", sh, f, "%s %s was scheduled %lld ms off", f->key, f->rung,
               (long long)(f->scheduled_at - at));
    if (f->recorded_at < at)
        BROKEN(w, "P3 never early", sh, f, "%s %s fired %lld ms early", f->key, f->rung,
               (long long)(at - f->recorded_at));
    if (f->recorded_at > row->true_at + w->lead)
        BROKEN(w, "P3 never early", sh, f, "%s %s: recorded %lld ms ahead of true time", f->key,
               f->rung, (long long)(f->recorded_at - row->true_at));
    if (!duty->waits || (sh->c->status != CASE_OPEN && sh->c->status != CASE_CLOSED))
        BROKEN(w, "P4 a met obligation sends nothing", sh, f, "%s is %s, the case %s", f->key,
               obligation_state_names[o->state], case_status_names[sh->c->status]);
}

/* While a report is on its way from one case to another, both hold its duties: one of them speaks.
 */
static void check_elsewhere(struct world *w, struct shadow *sh, const struct fact *f)
{
    const struct duty_seen *here = shadow_duty(sh, f->key);

    for (size_t i = 0; here && here->report && i < check_shadow_n(w); i++) {
        struct shadow *other = check_shadow(w, i);
        const struct duty_seen *there = other == sh ? NULL : shadow_duty(other, f->key);

        if (there && there->due_at == here->due_at && (there->rungs & f->rungs))
            BROKEN(w, "P2 once", sh, f, "rungs %llx of %s spoke in case %s, too",
                   (long long)f->rungs, f->key, other->db->id);
    }
}

static bool in_outbox(const struct fake_db *db, const struct shadow *sh, const char *notice)
{
    for (size_t i = db->outbox_n; i-- > 0;)
        if (!strcmp(db->outbox[i].notice, notice))
            return !strcmp(db->outbox[i].case_id, sh->db->id);
    return false;
}

static struct notice_seen *notice_of(struct shadow *sh, const char *id)
{
    for (size_t i = sh->notice_n; i-- > 0;)
        if (!strcmp(sh->notices[i].id, id))
            return &sh->notices[i];
    return NULL;
}

static void check_fired(struct world *w, struct shadow *sh, const struct db_fact *row,
                        const struct fact *f)
{
    check_rung(w, sh, row, f);
    check_elsewhere(w, sh, f);
    for (size_t i = 0; i < f->notice_n; i++) {
        struct notice_seen *n;

        if (!in_outbox(w->db, sh, f->notices[i]))
            BROKEN(w, "P1 durable", sh, f, "notice %s is not in the outbox", f->notices[i]);
        if (notice_of(sh, f->notices[i]))
            continue; /* several rungs speak in one message */
        n = arena_push(sh->arena, &sh->notices, &sh->notice_n, &sh->notice_cap, sizeof(*n));
        n->id = f->notices[i];
    }
}

static void check_notice(struct world *w, struct shadow *sh, const struct fact *f)
{
    struct notice_seen *n = notice_of(sh, f->notice);
    const struct seen *seen = fake_receivers_seen(&w->receivers, f->receiver, f->notice);

    if (!n) {
        BROKEN(w, "P6 ledger", sh, f, "no rung caused notice %s", f->notice);
        return;
    }
    n->settled = true;
    if (f->type == FACT_NOTICE_ACCEPTED && !(seen && seen->accepted))
        BROKEN(w, "notices", sh, f, "%s never accepted %s", f->receiver, f->notice);
    if (f->type == FACT_NOTICE_DEAD && f->reason == REASON_RETRIES_EXHAUSTED &&
        f->attempts != (int)retry_deadline_schedule.n + 1)
        BROKEN(w, "notices", sh, f, "%s was given up after %d attempts", f->notice, f->attempts);
}

static void check_opened(struct world *w, struct shadow *sh, const struct fact *f)
{
    struct duty_seen *duty = shadow_duty(sh, f->obligation->key);

    if (duty) {
        BROKEN(w, "P6 ledger", sh, f, "%s opened twice", f->obligation->key);
        return;
    }
    duty = arena_push(sh->arena, &sh->duties, &sh->duty_n, &sh->duty_cap, sizeof(*duty));
    *duty = (struct duty_seen){.key = f->obligation->key,
                               .rule = f->obligation->rule,
                               .report = f->obligation->report,
                               .waits = true,
                               .overdue_at = INSTANT_NONE,
                               .due_at = f->obligation->due_at};
}

/* It comes as it was where it came from, with its breach and the rungs that spoke. */
static void check_moved(struct world *w, struct shadow *sh, const struct fact *f)
{
    const struct obligation *o = f->obligation;
    struct duty_seen *duty = shadow_duty(sh, o->key);

    if (!o->report) {
        BROKEN(w, "merge", sh, f, "%s hangs on no report", o->key);
        return;
    }
    if (!duty)
        duty = arena_push(sh->arena, &sh->duties, &sh->duty_n, &sh->duty_cap, sizeof(*duty));
    *duty = (struct duty_seen){.key = o->key,
                               .rule = o->rule,
                               .report = o->report,
                               .waits = obligation_active(o),
                               .overdue = o->state == OBLIGATION_OVERDUE,
                               .breached = (o->flags & OBLIGATION_BREACHED) != 0,
                               .overdue_at = o->overdue_at,
                               .due_at = o->due_at,
                               .rungs = o->rungs_done};
}

/* When a rung must speak by a clock; the latest by all calendars that a daemon may have. */
static instant_ms latest_rung(const struct world *w, const struct shadow *sh,
                              const struct rung *rung, const struct clock_change *clock)
{
    instant_ms latest = INSTANT_NONE;

    for (unsigned k = 0; k < TOWN_CALENDARS; k++) {
        instant_ms at = w->calendars >> k & 1
                            ? oracle_rung_at(rung, clock->start_at, clock->due_at,
                                             sh->c->incident.level, town_calendar(k))
                            : INSTANT_NONE;

        latest = at > latest ? at : latest;
    }
    return latest;
}

/* Only what lies ahead by the new clock may speak again; of what lies behind nothing is forgotten,
 * and nothing counts as spoken that did not, but on another ladder. */
static void check_rungs_kept(struct world *w, struct shadow *sh, const struct fact *f,
                             const struct duty_seen *duty, const struct obligation *o)
{
    const struct clock_change *clock = f->clock;
    const struct policy *p = town_policy(sh->c->policy_version, 0);
    const struct rule *rule = p ? duty_rule(p, sh->c, o) : NULL;
    uint64_t again = duty->rungs & ~clock->rungs_done, skipped = clock->rungs_done & ~duty->rungs;

    if (!rule || f->reason == REASON_POLICY_CHANGED || clock->variant != o->variant)
        return;
    for (size_t i = 0; i < rule->ladder->n; i++) {
        const struct rung *rung = &rule->ladder->rungs[i];

        if ((again >> i & 1) && latest_rung(w, sh, rung, clock) <= f->recorded_at)
            BROKEN(w, "P2 once", sh, f, "rung %s of %s may speak again, but lies behind", rung->id,
                   f->key);
        if (skipped >> i & 1)
            BROKEN(w, "P2 every due rung fires", sh, f, "rung %s of %s never spoke", rung->id,
                   f->key);
    }
}

static void check_clock(struct world *w, struct shadow *sh, const struct fact *f,
                        struct duty_seen *duty, const struct obligation *o)
{
    const struct clock_change *clock = f->clock;

    if (clock->due_before != duty->due_at)
        BROKEN(w, "P6 ledger", sh, f, "%s was due at %lld", f->key, (long long)duty->due_at);
    check_rungs_kept(w, sh, f, duty, o);
    duty->rungs = clock->rungs_done;
    duty->due_at = clock->due_at;
    if (duty->overdue && clock->state == OBLIGATION_OPEN && clock->due_at != INSTANT_NONE &&
        f->recorded_at >= oracle_overdue_at(clock->due_at))
        BROKEN(w, "P5 a breach stays", sh, f, "%s is past due by the new clock, too", f->key);
    duty->overdue = clock->state == OBLIGATION_OVERDUE;
}

static void check_overdue(struct world *w, struct shadow *sh, const struct fact *f,
                          struct duty_seen *duty, const struct obligation *o)
{
    if (duty->overdue || !duty->waits)
        BROKEN(w, "P5 a breach stays", sh, f, "%s is %s already", f->key,
               duty->overdue ? "overdue" : "settled");
    if (f->recorded_at < oracle_overdue_at(o->due_at))
        BROKEN(w, "P3 never early", sh, f, "%s is due at %lld", f->key, (long long)o->due_at);
    duty->overdue_at = duty->overdue_at == INSTANT_NONE ? f->recorded_at : duty->overdue_at;
    duty->overdue = duty->breached = true;
    *(const char **)arena_push(sh->arena, &sh->breached, &sh->breached_n, &sh->breached_cap,
                               sizeof(char *)) = duty->key;
}

static void check_obligation(struct world *w, struct shadow *sh, const struct fact *f)
{
    struct duty_seen *duty = shadow_duty(sh, f->key);
    const struct obligation *o = case_obligation(sh->c, f->key);

    if (!duty || !o) {
        BROKEN(w, "P6 ledger", sh, f, "%s was never opened", f->key);
        return;
    }
    switch ((int)f->type) {
    case FACT_OBLIGATION_CANCELLED:
    case FACT_OBLIGATION_SUPERSEDED:
        if (duty->overdue)
            BROKEN(w, "P5 a breach stays", sh, f, "%s was overdue", f->key);
        duty->waits = false;
        break;
    case FACT_OBLIGATION_OVERDUE:
        check_overdue(w, sh, f, duty, o);
        break;
    case FACT_OBLIGATION_REINSTATED:
        if (duty->waits)
            BROKEN(w, "P6 ledger", sh, f, "%s waits already", f->key);
        duty->waits = true;
        break;
    case FACT_OBLIGATION_RESUMED:
        duty->waits = true;
        duty->overdue = false;
        break;
    case FACT_OBLIGATION_CLOCK:
        check_clock(w, sh, f, duty, o);
        break;
    case FACT_OBLIGATION_MET:
        duty->breached = duty->breached || f->state == OBLIGATION_MET_LATE;
        duty->waits = duty->overdue = false;
        break;
    default: /* waived, paused */
        if (!duty->waits && f->type == FACT_OBLIGATION_PAUSED)
            BROKEN(w, "P6 ledger", sh, f, "%s does not run", f->key);
        duty->waits = duty->overdue = false;
        break;
    }
}

static void drop_duty(struct shadow *sh, size_t i)
{
    memmove(&sh->duties[i], &sh->duties[i + 1], (--sh->duty_n - i) * sizeof(*sh->duties));
}

/* Duties of a report that has left are another case's from here on. */
static void check_handed_over(struct world *w, struct shadow *sh, const struct fact *f)
{
    const struct handover *h = NULL;

    for (size_t i = 0; i < sh->c->handover_n; i++)
        if (sh->c->handovers[i].seq == f->other_seq)
            h = &sh->c->handovers[i];
    if (!h) {
        BROKEN(w, "merge", sh, f, "%u was not being handed over", f->other_seq);
        return;
    }
    for (size_t i = sh->duty_n; i-- > 0;) {
        const struct report *r = case_report_key(sh->c, sh->duties[i].report);

        if (r && handover_takes(h, r) && (h->report || sh->c->status == CASE_MERGED))
            drop_duty(sh, i);
    }
}

/* A case that was merged lives again by itself: of the duties of reports, those that come back are
 * told next. */
static void check_joined(struct shadow *sh)
{
    for (size_t i = sh->duty_n; i-- > 0;)
        if (sh->c->status == CASE_MERGED && sh->duties[i].report)
            drop_duty(sh, i);
}

/* A text that a person sent, unique by construction: twice in the ledger means committed twice. */
static void mark(struct world *w, struct shadow *sh, const struct db_fact *row,
                 const struct fact *f, const char *text)
{
    struct mark_seen *slot;

    if (!text || !f->op) /* acts that joined were recorded elsewhere before */
        return;
    for (size_t i = 0; i < sh->mark_n; i++)
        if (!strcmp(sh->marks[i].text, text)) {
            /* One operation may be several facts, one a duty. */
            if (sh->marks[i].commit != row->commit)
                BROKEN(w, "P2 once", sh, f, "%s is recorded twice", text);
            return;
        }
    slot = arena_push(sh->arena, &sh->marks, &sh->mark_n, &sh->mark_cap, sizeof(*slot));
    *slot = (struct mark_seen){text, row->commit};
}

static void check_op(struct world *w, struct shadow *sh, const struct db_fact *row,
                     const struct fact *f)
{
    struct op_seen *op;

    if (!f->op)
        return;
    for (size_t i = sh->op_n; i-- > 0;)
        if (!strcmp(sh->ops[i].id, f->op)) {
            if (sh->ops[i].commit != row->commit)
                BROKEN(w, "P2 once", sh, f, "operation %s was committed twice", f->op);
            return;
        }
    op = arena_push(sh->arena, &sh->ops, &sh->op_n, &sh->op_cap, sizeof(*op));
    *op = (struct op_seen){.id = f->op,
                           .commit = row->commit,
                           .type = f->type,
                           .level = f->level,
                           .happened_at = f->happened_at};
}

/* What people said in it, unique by construction. */
static void check_marks(struct world *w, struct shadow *sh, const struct db_fact *row,
                        const struct fact *f)
{
    const char *text = f->text;

    if (f->type == FACT_NOTICE_ACCEPTED || f->type == FACT_NOTICE_DEAD ||
        f->type == FACT_REPORT_CONFLICT)
        return;
    if (f->exclusion && f->type == FACT_EXCLUDED)
        text = f->exclusion->why;
    if (f->extension)
        text = f->extension->why;
    mark(w, sh, row, f, text);
    if (f->act)
        mark(w, sh, row, f, f->act->url);
}

static void check_type(struct world *w, struct shadow *sh, const struct db_fact *row,
                       const struct fact *f)
{
    switch ((int)f->type) {
    case FACT_RUNG_FIRED:
        check_fired(w, sh, row, f);
        break;
    case FACT_RUNG_SKIPPED:
        check_rung(w, sh, row, f);
        break;
    case FACT_NOTICE_ACCEPTED:
    case FACT_NOTICE_DEAD:
        check_notice(w, sh, f);
        break;
    case FACT_OBLIGATION_OPENED:
        check_opened(w, sh, f);
        break;
    case FACT_OBLIGATION_MOVED:
        check_moved(w, sh, f);
        break;
    case FACT_OBLIGATION_WAIVED:
    case FACT_OBLIGATION_MET:
    case FACT_OBLIGATION_OVERDUE:
    case FACT_OBLIGATION_CANCELLED:
    case FACT_OBLIGATION_SUPERSEDED:
    case FACT_OBLIGATION_REINSTATED:
    case FACT_OBLIGATION_PAUSED:
    case FACT_OBLIGATION_RESUMED:
    case FACT_OBLIGATION_CLOCK:
        check_obligation(w, sh, f);
        break;
    case FACT_JOINED:
        check_joined(sh);
        break;
    case FACT_HANDED_OVER:
        check_handed_over(w, sh, f);
        break;
    case FACT_REPORT_CONFLICT:
        *(const char **)arena_push(sh->arena, &sh->conflicts, &sh->conflict_n, &sh->conflict_cap,
                                   sizeof(char *)) = f->digest;
        break;
    case FACT_REPORTED:
        if (f->seq != 1)
            BROKEN(w, "P2 once", sh, f, "%s", "a case is reported once");
        break;
    default:
        break;
    }
    check_marks(w, sh, row, f);
}

void check_fact(struct world *w, struct shadow *sh, const struct db_fact *row, const struct fact *f)
{
    instant_ms at;

    must(f->type < FACT_TYPE_COUNT);
    w->counts.facts[f->type]++;
    if (f->seq != sh->fact_n + 1)
        BROKEN(w, "P6 ledger", sh, f, "%s", "a gap before it");
    at = row->commit_at > sh->last_at ? row->commit_at : sh->last_at;
    if (f->recorded_at != at)
        BROKEN(w, "P6 ledger", sh, f, "recorded %lld ms off the time of its decision",
               (long long)(f->recorded_at - at));
    sh->last_at = f->recorded_at;
    check_type(w, sh, row, f);
    check_op(w, sh, row, f);
    oracle_hear(&sh->history, f, sh->arena);
}
