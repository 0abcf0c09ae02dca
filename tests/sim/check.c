#include "check.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "check_priv.h"
#include "codec/chain.h"
#include "codec/record.h"
#include "core/clock.h"

/* What was due this long ago and is still pending, is late. */
#define LATE_MS (2 * TICK_MAX_MS)
#define LATE_OUTBOX_MS (LATE_MS + 6000) /* the outbox is polled every 5 s */

struct check *check_new(struct world *w)
{
    struct check *check = arena_alloc(w->arena, sizeof(*check));

    check->world = w;
    check->scratch = arena_new(LIMIT_ARENA_BYTES);
    return check;
}

void check_free(struct check *check)
{
    for (size_t i = 0; i < check->shadow_n; i++)
        arena_free(check->shadows[i].arena);
    arena_free(check->scratch);
}

size_t check_shadow_n(const struct world *w)
{
    return w->check->shadow_n;
}

struct shadow *check_shadow(struct world *w, size_t i)
{
    return &w->check->shadows[i];
}

/* --- one case, up to date with the store ------------------------------------------------------ */

static void tell(struct world *w, const struct shadow *sh, const struct db_fact *row,
                 const struct fact *f)
{
    const char *parts[] = {f->obligation ? f->obligation->key : f->key, f->rung, f->notice,
                           f->text};
    struct buf words = BUF_INIT(1024);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (parts[i])
            buf_printf(&words, " %.200s", parts[i]);
    for (size_t i = 0; i < f->notice_n; i++)
        buf_printf(&words, "%s%.60s", i ? ", " : " says ", f->notices[i]);
    trace(w, "    daemon %u: %s #%u %s (%s)%s", row->daemon, sh->db->id, f->seq,
          fact_type_names[f->type], reason_names[f->reason], words.data ? words.data : "");
    buf_free(&words);
}

static void read_fact(struct world *w, struct shadow *sh)
{
    const struct db_fact *row = &sh->db->facts[sh->fact_n];
    struct fact *f = arena_alloc(sh->arena, sizeof(*f));
    char hash[DIGEST_HEX_SIZE];
    struct err err;

    if (fact_decode(row->json, strlen(row->json), sh->arena, f, &err)) {
        violate(w, "P6 ledger", "case %s fact %zu can not be read: %s: %s", sh->db->id,
                sh->fact_n + 1, err.text, row->json);
        return;
    }
    chain_next(sh->head, row->json, hash);
    if (strcmp(hash, row->hash) != 0)
        violate(w, "P6 ledger", "case %s: the chain breaks at fact %zu", sh->db->id,
                sh->fact_n + 1);
    memcpy(sh->head, hash, sizeof(hash));
    tell(w, sh, row, f);
    check_fact(w, sh, row, f);
    if (w->failed)
        return;
    evolve(sh->c, f, sh->arena);
    sh->fact_n++;
}

/* P5: what was breached once is breached in the case as stored now. */
static void check_breaches(struct world *w, const struct shadow *sh)
{
    for (size_t i = 0; i < sh->duty_n; i++) {
        const struct duty_seen *duty = &sh->duties[i];
        const struct obligation *o = case_obligation(sh->c, duty->key);

        if (!duty->breached)
            continue;
        if (!o || o->overdue_at != duty->overdue_at || !(o->flags & OBLIGATION_BREACHED) ||
            (duty->overdue && o->state != OBLIGATION_OVERDUE))
            violate(w, "P5 a breach stays", "case %s: %s was overdue, now %s", sh->db->id,
                    duty->key, o ? obligation_state_names[o->state] : "gone");
    }
}

static bool rule_lives(const struct rule *rule, const struct opinion_case *c)
{
    return (rule->statuses >> c->status & 1) != 0;
}

/* Next instant at which anything can become due, by the oracle and one calendar; INSTANT_MAX: none.
 */
instant_ms next_due_by(const struct world *w, const struct opinion_case *c, unsigned calendar)
{
    const struct policy *p = case_policy(w, c, calendar);
    instant_ms next = INSTANT_MAX;

    for (size_t i = 0; p && i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        const struct ladder *ladder;

        if (!obligation_active(o) || case_leaves(c, o->report) || !policy_rule(p, o->rule) ||
            !rule_lives(duty_rule(p, c, o), c))
            continue;
        if (o->state == OBLIGATION_OPEN && o->due_at != INSTANT_NONE &&
            oracle_overdue_at(o->due_at) < next)
            next = oracle_overdue_at(o->due_at);
        ladder = duty_rule(p, c, o)->ladder;
        for (size_t k = 0; k < ladder->n; k++) {
            instant_ms at = oracle_rung_at(&ladder->rungs[k], o->start_at, o->due_at,
                                           c->incident.level, p->calendar);

            if (!(o->rungs_done >> k & 1) && at != INSTANT_NONE && at < next)
                next = at;
        }
    }
    return next;
}

/* The latest by all calendars that a daemon may have looked at. */
static instant_ms next_due(const struct world *w, struct shadow *sh)
{
    instant_ms latest = INSTANT_NONE;

    if (sh->next_by == w->calendars)
        return sh->next;
    for (unsigned i = 0; i < TOWN_CALENDARS; i++) {
        instant_ms next = w->calendars >> i & 1 ? next_due_by(w, sh->c, i) : INSTANT_NONE;

        latest = next > latest ? next : latest;
    }
    sh->next = latest;
    sh->next_by = w->calendars;
    return latest;
}

/* The clock that the case and its rule give a duty that is owed. */
bool clock_stands(const struct policy *p, const struct opinion_case *c, const struct obligation *o)
{
    const uint32_t of_clock = OBLIGATION_PROVISIONAL | OBLIGATION_EXTENDED | OBLIGATION_RESTARTED;
    const struct rule *first = p ? policy_rule(p, o->rule) : NULL, *rule;
    struct anchor a;
    struct clock clock;

    if (!p)
        return false;
    if (!first)
        return true;
    a = obligation_anchor(c, first, o);
    rule = rule_variant(first, c, &a);
    if (!rule || (rule->per == PER_ASSIGNMENT && o->anchor != c->assigned_seq))
        return true;
    clock = clock_of(c, rule, &a, o->key, o, p);
    if (clock.start_at == INSTANT_NONE)
        return true; /* it was known once */
    return clock.start_at == o->start_at && clock.due_at == o->due_at &&
           clock.reference_due_at == o->reference_due_at && clock.flags == (o->flags & of_clock) &&
           clock.paused == (o->state == OBLIGATION_PAUSED) &&
           oracle_due(rule, c, o, p->calendar) == o->due_at;
}

/* What is owed reads, asked again, as it is stored; and so it does counted day by day. */
static void check_clocks(struct world *w, const struct shadow *sh)
{
    const struct opinion_case *c = sh->c;

    for (size_t i = 0; i < c->obligation_n && !w->failed; i++) {
        const struct obligation *o = &c->obligations[i];
        bool right = !obligation_owed(o) || case_leaves(c, o->report);

        for (unsigned k = 0; k < TOWN_CALENDARS && !right; k++)
            right = clock_stands(case_policy(w, c, k), c, o);
        if (!right)
            violate(w, "clocks", "case %s: %s is %s, due at %lld: not what its clock reads",
                    sh->db->id, o->key, obligation_state_names[o->state], (long long)o->due_at);
    }
}

static void check_results(struct world *w, const struct shadow *sh)
{
    const struct policy *p = town_policy(sh->c->policy_version, 0);

    for (size_t i = 0; i < sh->c->obligation_n && !w->failed; i++) {
        const struct obligation *o = &sh->c->obligations[i];
        const struct rule *rule = p ? duty_rule(p, sh->c, o) : NULL;
        const char *differs = NULL;
        bool told =
            obligation_owed(o) || o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE;

        if (rule && told && sh->c->status != CASE_MERGED && !case_leaves(sh->c, o->report) &&
            (rule->per == PER_CASE || rule->per == PER_REPORT))
            differs = oracle_result(rule, sh->c, o, w->check->scratch);
        if (differs)
            violate(w, "results", "case %s: %s", sh->db->id, differs);
    }
}

static void check_case(struct check *check, struct shadow *sh)
{
    struct world *w = check->world;
    instant_ms attention;

    while (sh->fact_n < sh->db->fact_n && !w->failed)
        read_fact(w, sh);
    sh->db->dirty = false;
    if (w->failed)
        return;
    arena_reset(check->scratch);
    if (sh->c->rev != sh->db->rev || strcmp(case_encode(sh->c, check->scratch), sh->db->doc) != 0)
        violate(w, "P6 ledger", "case %s: its facts fold to\n%s\nbut stored is\n%s", sh->db->id,
                case_encode(sh->c, check->scratch), sh->db->doc);
    check_breaches(w, sh);
    check_clocks(w, sh);
    check_results(w, sh);
    if (sh->c->handover_n && sh->db->attention == INSTANT_NONE)
        violate(w, "merge", "case %s hands over, and nobody looks at it again", sh->db->id);
    sh->next_by = 0;
    attention = next_due(w, sh);
    if (attention != INSTANT_MAX &&
        (sh->db->attention == INSTANT_NONE || sh->db->attention > attention))
        violate(w, "attention", "case %s is looked at at %lld, must be at %lld", sh->db->id,
                (long long)sh->db->attention, (long long)attention);
}

static struct shadow *shadow_new(struct check *check, struct db_case *db)
{
    struct world *w = check->world;
    struct shadow *sh =
        arena_push(w->arena, &check->shadows, &check->shadow_n, &check->shadow_cap, sizeof(*sh));

    sh->arena = arena_new((size_t)1024 * 1024 * 1024);
    sh->db = db;
    sh->c = case_new(sh->arena);
    sh->last_at = INSTANT_NONE;
    memcpy(sh->head, CHAIN_GENESIS, sizeof(sh->head));
    return sh;
}

void check_commits(struct world *w)
{
    struct check *check = w->check;

    while (check->shadow_n < w->db->case_n)
        shadow_new(check, w->db->cases[check->shadow_n]);
    for (size_t i = 0; i < check->shadow_n && !w->failed; i++)
        if (check->shadows[i].db->dirty)
            check_case(check, &check->shadows[i]);
    if (w->receivers.differs)
        violate(w, "one body per notice id", "%s got two bodies of %s",
                w->receivers.differs->receiver, w->receivers.differs->notice);
}

/* --- on time ---------------------------------------------------------------------------------- */

void check_nothing_due(struct world *w)
{
    const struct fake_db *db = w->db;
    instant_ms record = world_record_least(w);

    if (record == INSTANT_NONE) {
        violate(w, "P3 late only while down", "%s", "a daemon does not know the time");
        return;
    }
    for (size_t i = 0; i < w->check->shadow_n; i++) {
        struct shadow *sh = &w->check->shadows[i];

        if (next_due(w, sh) <= record - LATE_MS)
            violate(w, "P2 every due rung fires", "case %s: something is due since %lld ms",
                    sh->db->id, (long long)(record - next_due(w, sh)));
        /* Where nobody goes through the cases when the calendar changes, one is put right when it
         * is looked at, and may be late then. */
        if (sh->db->attention != INSTANT_NONE && sh->db->attention <= record - LATE_MS &&
            (w->keeper || w->calendars != 3))
            violate(w, "P3 late only while down", "case %s waits since %lld ms", sh->db->id,
                    (long long)(record - sh->db->attention));
    }
    for (size_t i = db->outbox_first; i < db->outbox_n; i++)
        if (db->outbox[i].state == DB_ENTRY_TAKEN &&
            db->outbox[i].visible_at <= record - LATE_OUTBOX_MS)
            violate(w, "P3 late only while down", "notice %s waits since %lld ms",
                    db->outbox[i].notice, (long long)(record - db->outbox[i].visible_at));
}

/* --- cases by id ------------------------------------------------------------------------------ */

struct shadow *shadow_of(struct check *check, const char *case_id)
{
    for (size_t i = 0; i < check->shadow_n; i++)
        if (!strcmp(check->shadows[i].db->id, case_id))
            return &check->shadows[i];
    return NULL;
}

bool leads_to(struct check *check, const char *asked, const char *id)
{
    for (int hops = 0; hops <= LIMIT_MERGE_HOPS && asked; hops++) {
        const struct shadow *sh = shadow_of(check, asked);

        if (!strcmp(asked, id))
            return true;
        asked = sh ? sh->c->merged_into : NULL;
    }
    return false;
}

const struct opinion_case *check_case_now(struct world *w, const char *case_id)
{
    const struct shadow *sh = shadow_of(w->check, case_id);

    return sh ? sh->c : NULL;
}
