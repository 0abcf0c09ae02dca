#include "check.h"

#include <string.h>
#include "base/limits.h"
#include "check_priv.h"

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

/* Whether an answer about `id` may be given for case `asked`: it is that one, or lives on in it, or
 * did when it was asked. */
static bool lived_in(const struct check *check, const char *asked, const char *id, int hops)
{
    for (size_t i = 0; hops > 0 && i < check->shadow_n; i++) {
        const struct opinion_case *c = check->shadows[i].c;

        for (size_t k = 0; k < c->joining_n; k++)
            if (!strcmp(c->joinings[k].from, asked) &&
                (!strcmp(c->id, id) || lived_in(check, c->id, id, hops - 1)))
                return true;
    }
    return false;
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
    [ACTION_JUDGE] = FACT_JUDGED,
    [ACTION_RECTIFY] = FACT_FULFILLED,
    [ACTION_ASSESS] = FACT_FULFILLED,
    [ACTION_CALLBACK] = FACT_FULFILLED,
    [ACTION_CORRECT_TIME] = FACT_TIME_CORRECTED,
    [ACTION_EXCLUDE] = FACT_EXCLUDED,
    [ACTION_RESUME] = FACT_EXCLUSION_ENDED,
    [ACTION_RESTART] = FACT_RESTARTED,
    [ACTION_EXTEND_REQUEST] = FACT_EXTENSION_REQUESTED,
    [ACTION_EXTEND_DECIDE] = FACT_EXTENSION_DECIDED,
    [ACTION_WAIVE] = FACT_OBLIGATION_WAIVED,
    [ACTION_MERGE] = FACT_MERGED,
    [ACTION_SPLIT] = FACT_SPLIT,
    [ACTION_REOPEN] = FACT_REOPENED,
    [ACTION_REEVALUATE] = FACT_POLICY_SET,
};

/* The case in whose ledger an operation stands; it may have been merged away meanwhile. */
static const struct shadow *shadow_of_op(const struct check *check, const struct shadow *first,
                                         const char *op)
{
    if (op_of(first, op))
        return first;
    for (size_t i = 0; i < check->shadow_n; i++)
        if (op_of(&check->shadows[i], op))
            return &check->shadows[i];
    return first;
}

static bool marked(const struct shadow *sh, const char *text)
{
    for (size_t i = 0; i < sh->mark_n; i++)
        if (!strcmp(sh->marks[i].text, text))
            return true;
    return false;
}

/* Remembered without a fact: what was asked for was so already when it was first asked. */
static bool was_so_already(const struct world *w, const struct request *q)
{
    const struct db_op *op = NULL;

    /* Remembered where the case lived on, in whatever shard. */
    for (unsigned i = 0; i < w->db->shard_n && !(op && op->already); i++)
        op = db_op(w->db, q->op, i);
    return op && op->already &&
           (q->action.type == ACTION_SET_LEVEL || q->action.type == ACTION_ASSIGN ||
            q->action.type == ACTION_ACKNOWLEDGE || q->action.type == ACTION_CORRECT_TIME ||
            q->action.type == ACTION_REEVALUATE);
}

static void check_recorded(struct world *w, const struct request *q, const struct shadow *sh)
{
    const struct action *a = &q->action;
    const struct op_seen *op = op_of(sh, q->op);
    const char *text = a->text ? a->text : a->url;

    /* Of acknowledgements and the like no text is kept. */
    if (a->type == ACTION_SET_LEVEL || a->type == ACTION_ASSIGN || a->type == ACTION_ACKNOWLEDGE)
        text = NULL;
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
    sh = shadow_of_op(w->check, sh, q->op);
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
    /* What was done where the case had lived on is not known here any more once it was split off
     * again: asked once more, it may well be refused. */
    else if (op_of(sh, q->op) && leads_to(w->check, q->case_id, sh->db->id))
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
        (!result->c || !(leads_to(w->check, q->case_id, result->c->id) ||
                         (!q->report && lived_in(w->check, q->case_id, result->c->id, 4)))))
        violate(w, "answers", "request %u: no case, or another", q->no);
    if (q->report)
        check_report(w, q, sh, result->status);
    else
        check_action(w, q, sh, result->status);
}
