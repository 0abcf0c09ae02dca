#include <string.h>
#include "base/must.h"
#include "check_priv.h"

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

static const struct rung *rung_of(const struct world *w, const struct shadow *sh,
                                  const struct fact *f, size_t *ret_bit)
{
    const struct obligation *o = case_obligation(sh->c, f->key);
    const struct rule *rule = o ? policy_rule(&w->policy, o->rule) : NULL;

    for (size_t i = 0; rule && i < rule->ladder->n; i++)
        if (!strcmp(rule->ladder->rungs[i].id, f->rung)) {
            *ret_bit = i;
            return &rule->ladder->rungs[i];
        }
    return NULL;
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
    at = oracle_rung_at(rung, o->start_at, o->due_at, sh->c->incident.level);
    if (f->scheduled_at != at)
        BROKEN(w, "P3 never early", sh, f, "%s %s was scheduled %lld ms off", f->key, f->rung,
               (long long)(f->scheduled_at - at));
    if (f->recorded_at < at)
        BROKEN(w, "P3 never early", sh, f, "%s %s fired %lld ms early", f->key, f->rung,
               (long long)(at - f->recorded_at));
    if (f->recorded_at > row->true_at + w->lead)
        BROKEN(w, "P3 never early", sh, f, "%s %s: recorded %lld ms ahead of true time", f->key,
               f->rung, (long long)(f->recorded_at - row->true_at));
    if (!duty->waits || sh->c->status != CASE_OPEN)
        BROKEN(w, "P4 a met obligation sends nothing", sh, f, "%s is %s, the case %s", f->key,
               obligation_state_names[o->state], case_status_names[sh->c->status]);
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
    *duty =
        (struct duty_seen){.key = f->obligation->key, .waits = true, .overdue_at = INSTANT_NONE};
}

static void check_obligation(struct world *w, struct shadow *sh, const struct fact *f)
{
    struct duty_seen *duty = shadow_duty(sh, f->key);
    const struct obligation *o = case_obligation(sh->c, f->key);
    bool off = f->type == FACT_OBLIGATION_CANCELLED || f->type == FACT_OBLIGATION_SUPERSEDED;

    if (!duty || !o) {
        BROKEN(w, "P6 ledger", sh, f, "%s was never opened", f->key);
        return;
    }
    if (off && duty->breached)
        BROKEN(w, "P5 a breach stays", sh, f, "%s was overdue", f->key);
    if (f->type == FACT_OBLIGATION_OVERDUE) {
        if (duty->breached || !duty->waits)
            BROKEN(w, "P5 a breach stays", sh, f, "%s is %s already", f->key,
                   duty->breached ? "overdue" : "settled");
        if (f->recorded_at < oracle_overdue_at(o->due_at))
            BROKEN(w, "P3 never early", sh, f, "%s is due at %lld", f->key, (long long)o->due_at);
        duty->breached = true;
        duty->overdue_at = f->recorded_at;
    }
    if (f->type == FACT_OBLIGATION_REINSTATED)
        duty->waits = true;
    else if (f->type != FACT_OBLIGATION_OVERDUE)
        duty->waits = false;
}

/* A text that a person sent, unique by construction: twice in the ledger means committed twice. */
static void mark(struct world *w, struct shadow *sh, const struct fact *f, const char *text)
{
    const char **slot;

    if (!text)
        return;
    for (size_t i = 0; i < sh->mark_n; i++)
        if (!strcmp(sh->marks[i], text))
            BROKEN(w, "P2 once", sh, f, "%s is recorded twice", text);
    slot = arena_push(sh->arena, &sh->marks, &sh->mark_n, &sh->mark_cap, sizeof(*slot));
    *slot = text;
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

static void check_type(struct world *w, struct shadow *sh, const struct db_fact *row,
                       const struct fact *f)
{
    switch (f->type) {
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
    case FACT_OBLIGATION_MET:
    case FACT_OBLIGATION_OVERDUE:
    case FACT_OBLIGATION_CANCELLED:
    case FACT_OBLIGATION_SUPERSEDED:
    case FACT_OBLIGATION_REINSTATED:
        check_obligation(w, sh, f);
        break;
    case FACT_FULFILLED:
        mark(w, sh, f, f->act->url);
        break;
    case FACT_NOTED:
    case FACT_CLOSED:
    case FACT_INVALIDATED:
        mark(w, sh, f, f->text);
        break;
    case FACT_REPORT_CONFLICT:
        *(const char **)arena_push(sh->arena, &sh->conflicts, &sh->conflict_n, &sh->conflict_cap,
                                   sizeof(char *)) = f->digest;
        break;
    case FACT_REPORTED:
        if (f->seq != 1)
            BROKEN(w, "P2 once", sh, f, "%s", "a case is reported once");
        break;
    case FACT_LEVEL_SET:
    case FACT_ASSIGNED:
    case FACT_ACKNOWLEDGED:
    case FACT_FLAGGED:
    case FACT_TYPE_COUNT:
        break;
    }
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
