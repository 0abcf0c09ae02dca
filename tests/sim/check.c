#include "check.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "check_priv.h"
#include "codec/chain.h"
#include "codec/record.h"

/* What was due this long ago and is still pending, is late. */
#define LATE_MS (2 * TICK_MAX_MS)
#define LATE_OUTBOX_MS (LATE_MS + 6000) /* the outbox is polled every 5 s */

struct check {
    struct world *world;
    struct arena *scratch;  /* of one check */
    struct shadow *shadows; /* shadows[i] is of db->cases[i] */
    size_t shadow_n, shadow_cap;
};

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
            o->state == OBLIGATION_CANCELLED || o->state == OBLIGATION_SUPERSEDED)
            violate(w, "P5 a breach stays", "case %s: %s was overdue, now %s", sh->db->id,
                    duty->key, o ? obligation_state_names[o->state] : "gone");
    }
}

/* Next instant at which anything can become due, by the oracle; INSTANT_MAX: none. */
static instant_ms next_due(const struct world *w, const struct opinion_case *c)
{
    instant_ms next = INSTANT_MAX;

    for (size_t i = 0; c->status == CASE_OPEN && i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        const struct ladder *ladder = policy_rule(&w->policy, o->rule)->ladder;

        if (!obligation_active(o))
            continue;
        if (o->state == OBLIGATION_OPEN && oracle_overdue_at(o->due_at) < next)
            next = oracle_overdue_at(o->due_at);
        for (size_t k = 0; k < ladder->n; k++) {
            instant_ms at =
                oracle_rung_at(&ladder->rungs[k], o->start_at, o->due_at, c->incident.level);

            if (!(o->rungs_done >> k & 1) && at < next)
                next = at;
        }
    }
    return next;
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
    attention = next_due(w, sh->c);
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
        const struct shadow *sh = &w->check->shadows[i];

        if (next_due(w, sh->c) <= record - LATE_MS)
            violate(w, "P2 every due rung fires", "case %s: something is due since %lld ms",
                    sh->db->id, (long long)(record - next_due(w, sh->c)));
        if (sh->db->attention != INSTANT_NONE && sh->db->attention <= record - LATE_MS)
            violate(w, "P3 late only while down", "case %s waits since %lld ms", sh->db->id,
                    (long long)(record - sh->db->attention));
    }
    for (size_t i = db->outbox_first; i < db->outbox_n; i++)
        if (db->outbox[i].state == DB_ENTRY_TAKEN &&
            db->outbox[i].visible_at <= record - LATE_OUTBOX_MS)
            violate(w, "P3 late only while down", "notice %s waits since %lld ms",
                    db->outbox[i].notice, (long long)(record - db->outbox[i].visible_at));
}

/* --- answers ---------------------------------------------------------------------------------- */

static struct shadow *shadow_of(struct check *check, const char *case_id)
{
    for (size_t i = 0; i < check->shadow_n; i++)
        if (!strcmp(check->shadows[i].db->id, case_id))
            return &check->shadows[i];
    return NULL;
}

static void check_report(struct world *w, const struct request *q, const struct shadow *sh,
                         enum app_status status)
{
    const struct report_input *in = &q->content;
    const struct report *r = sh ? case_report(sh->c, in->source, in->id) : NULL;
    bool told = false;

    if (status == APP_REFUSED || status == APP_NOT_FOUND) {
        violate(w, "answers", "report %u was refused", q->no);
        return;
    }
    if (!r) {
        violate(w, "P1 acknowledged is durable", "report %u is not in the ledger", q->no);
        return;
    }
    if (!strcmp(r->digest, in->digest) != (status != APP_CONFLICT))
        violate(w, "answers", "report %u: the stored body %s", q->no,
                status == APP_CONFLICT ? "is the same" : "is another");
    for (size_t i = 0; i < sh->conflict_n; i++)
        told = told || !strcmp(sh->conflicts[i], in->digest);
    if (status == APP_CONFLICT && !told)
        violate(w, "P1 acknowledged is durable", "conflict of report %u is not in the ledger",
                q->no);
}

static const struct op_seen *op_of(const struct shadow *sh, const char *op)
{
    for (size_t i = 0; sh && i < sh->op_n; i++)
        if (!strcmp(sh->ops[i].id, op))
            return &sh->ops[i];
    return NULL;
}

/* The fact that each action becomes. */
static const enum fact_type action_facts[ACTION_COUNT] = {
    [ACTION_SET_LEVEL] = FACT_LEVEL_SET,
    [ACTION_ASSIGN] = FACT_ASSIGNED,
    [ACTION_ACKNOWLEDGE] = FACT_ACKNOWLEDGED,
    [ACTION_FULFIL] = FACT_FULFILLED,
    [ACTION_CLOSE] = FACT_CLOSED,
    [ACTION_INVALIDATE] = FACT_INVALIDATED,
    [ACTION_NOTE] = FACT_NOTED,
};

static bool marked(const struct shadow *sh, const char *text)
{
    for (size_t i = 0; i < sh->mark_n; i++)
        if (!strcmp(sh->marks[i], text))
            return true;
    return false;
}

/* Remembered without a fact: what was asked for was so already when it was first asked. */
static bool was_so_already(const struct world *w, const struct request *q)
{
    const struct db_op *op = db_op(w->db, q->op, store_shard(q->case_id, w->db->shard_n));

    return op && op->already &&
           (q->action.type == ACTION_SET_LEVEL || q->action.type == ACTION_ASSIGN ||
            q->action.type == ACTION_ACKNOWLEDGE);
}

static void check_recorded(struct world *w, const struct request *q, const struct shadow *sh)
{
    const struct action *a = &q->action;
    const struct op_seen *op = op_of(sh, q->op);
    const char *text = a->text ? a->text : a->url;

    if (!op || (text && !marked(sh, text))) {
        violate(w, "P1 acknowledged is durable", "action %u is not in the ledger", q->no);
        return;
    }
    if (op->type != action_facts[a->type])
        violate(w, "answers", "action %u became %s", q->no, fact_type_names[op->type]);
    if (a->type == ACTION_SET_LEVEL && op->level != a->level)
        violate(w, "answers", "action %u: level %d became %d", q->no, a->level, op->level);
    if (a->type == ACTION_FULFIL && a->happened_at != INSTANT_NONE &&
        op->happened_at != a->happened_at)
        violate(w, "answers", "action %u: the time it happened changed", q->no);
}

static void check_action(struct world *w, const struct request *q, const struct shadow *sh,
                         enum app_status status)
{

    /* Same operation id, other content: a conflict. The id of the first one stays recorded. */
    if (status == APP_CONFLICT) {
        if (!op_of(sh, q->op) && !was_so_already(w, q))
            violate(w, "answers", "action %u conflicts with nothing", q->no);
        return;
    }
    if (was_so_already(w, q))
        return;
    if (status == APP_DONE || status == APP_DUPLICATE)
        check_recorded(w, q, sh);
    else if (op_of(sh, q->op))
        violate(w, "refused changes nothing", "action %u was refused and is in the ledger", q->no);
}

void check_answer(struct world *w, const struct request *q, const struct app_result *result)
{
    const struct shadow *sh;

    check_commits(w);
    sh = shadow_of(w->check, q->case_id);
    w->counts.answers[result->status]++;
    if (result->status == APP_UNAVAILABLE || result->status == APP_OVERLOAD || w->failed)
        return;
    if (result->status == APP_REFUSED &&
        (!result->refusal.detail || result->refusal.code == REFUSAL_NONE))
        violate(w, "bad input gets a reason", "request %u: none", q->no);
    if ((result->status == APP_DONE || result->status == APP_DUPLICATE) &&
        (!result->c || strcmp(result->c->id, q->case_id) != 0))
        violate(w, "answers", "request %u: no case, or another", q->no);
    if (q->report)
        check_report(w, q, sh, result->status);
    else
        check_action(w, q, sh, result->status);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* What an attacker did to a copy of a ledger; rows that are not there: nothing. */
struct tampering {
    size_t altered, byte; /* one bit of this fact */
    size_t left_out;      /* this fact is missing */
};

/* The ledger as an auditor gets it: bytes and hashes only. */
static bool chain_verifies(const struct shadow *sh, const struct tampering *t)
{
    char head[DIGEST_HEX_SIZE];

    memcpy(head, CHAIN_GENESIS, sizeof(head));
    for (size_t i = 0; i < sh->db->fact_n; i++) {
        char *json = strdup(sh->db->facts[i].json);

        must(json != NULL);
        if (i == t->altered)
            json[t->byte] ^= 1;
        if (i != t->left_out)
            chain_next(head, json, head);
        free(json);
        if (i != t->left_out && strcmp(head, sh->db->facts[i].hash) != 0)
            return false;
    }
    return strcmp(head, sh->db->head) == 0;
}

static void check_ledger(struct world *w, const struct shadow *sh)
{
    size_t all = sh->db->fact_n;
    size_t row = rng_below(&w->rng, (unsigned)all);
    size_t byte = rng_below(&w->rng, (unsigned)strlen(sh->db->facts[row].json));

    if (!chain_verifies(sh, &(struct tampering){all, 0, all}))
        violate(w, "P6 ledger", "case %s: the chain does not verify", sh->db->id);
    if (chain_verifies(sh, &(struct tampering){row, byte, all}))
        violate(w, "P6 ledger", "case %s: byte %zu of fact %zu was altered, not found", sh->db->id,
                byte, row + 1);
    if (chain_verifies(sh, &(struct tampering){all, 0, row}))
        violate(w, "P6 ledger", "case %s: fact %zu was taken out, not found", sh->db->id, row + 1);
}

void check_end(struct world *w)
{
    instant_ms record = world_record_least(w);

    for (size_t i = 0; i < w->check->shadow_n && !w->failed; i++) {
        const struct shadow *sh = &w->check->shadows[i];
        const char *differs = oracle_compare(&sh->history, sh->c, record, sh->arena);

        if (differs)
            violate(w, "oracle", "case %s: %s", sh->db->id, differs);
        for (size_t k = 0; k < sh->notice_n; k++)
            if (!sh->notices[k].settled)
                violate(w, "every notice arrives or is given up", "%s", sh->notices[k].id);
        check_ledger(w, sh);
    }
}
