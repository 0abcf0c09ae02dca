#include "check.h"

#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "check_priv.h"
#include "codec/chain.h"

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

static void check_duties_here(struct world *w, const struct opinion_case *c)
{
    bool merged = c->status == CASE_MERGED;

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        if (merged && (o->report || o->state == OBLIGATION_OPEN))
            violate(w, "merge", "case %s was merged, and still owes %s", c->id, o->key);
        if (!merged && o->report && !case_report_key(c, o->report))
            violate(w, "merge", "case %s: %s hangs on a report of another case", c->id, o->key);
    }
}

/* Each report is in exactly one case that lives, and so is each duty that hangs on one. */
static void check_reports_once(struct world *w)
{
    struct check *check = w->check;

    for (size_t i = 0; i < check->shadow_n; i++) {
        const struct opinion_case *c = check->shadows[i].c;
        size_t lives = 0;

        for (size_t k = 0; k < check->shadow_n; k++)
            lives += check->shadows[k].c->status != CASE_MERGED &&
                     case_report_key(check->shadows[k].c, c->id);
        if (lives != 1)
            violate(w, "merge", "the report that opened case %s is in %zu cases that live", c->id,
                    lives);
        if (c->handover_n)
            violate(w, "merge", "case %s still hands over to %s", c->id, c->handovers[0].to);
        if (c->status == CASE_MERGED && !leads_to(check, c->id, c->merged_into))
            violate(w, "merge", "case %s was merged into nothing", c->id);
        check_duties_here(w, c);
    }
}

/* Who keeps an eye on the calendar has gone through all cases since it changed last. */
static void check_swept(struct world *w)
{
    unsigned now = w->conf >= TOWN_BUILTIN_2027;

    for (size_t i = 0; w->keeper && i < w->check->shadow_n && !w->failed; i++) {
        const struct shadow *sh = &w->check->shadows[i];
        const struct policy *p = case_policy(w, sh->c, now);
        instant_ms next = next_due_by(w, sh->c, now);

        if (next != INSTANT_MAX && (sh->db->attention == INSTANT_NONE || sh->db->attention > next))
            violate(w, "calendar",
                    "case %s is looked at at %lld, by the calendar now must be at %lld", sh->db->id,
                    (long long)sh->db->attention, (long long)next);
        for (size_t k = 0; k < sh->c->obligation_n; k++)
            if (obligation_owed(&sh->c->obligations[k]) &&
                !clock_stands(p, sh->c, &sh->c->obligations[k]))
                violate(w, "calendar", "case %s: %s was not counted anew", sh->db->id,
                        sh->c->obligations[k].key);
    }
}

/* A duty per report that was breached in any case is breached in the one that has it now. */
static void check_breaches_moved(struct world *w)
{
    struct check *check = w->check;

    for (size_t i = 0; i < check->shadow_n; i++)
        for (size_t k = 0; k < check->shadows[i].breached_n; k++) {
            const char *key = check->shadows[i].breached[k];

            for (size_t n = 0; n < check->shadow_n; n++) {
                const struct opinion_case *c = check->shadows[n].c;
                const struct obligation *o = case_obligation(c, key);

                if (o && o->report && c->status != CASE_MERGED && !(o->flags & OBLIGATION_BREACHED))
                    violate(w, "P5 a breach stays", "case %s: %s was breached in case %s", c->id,
                            key, check->shadows[i].db->id);
            }
        }
}

void check_end(struct world *w)
{
    instant_ms record = world_record_least(w);

    check_reports_once(w);
    check_breaches_moved(w);
    check_swept(w);
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
