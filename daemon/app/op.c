/* One operation: load -> decide -> commit. The same for reports, actions, time and deliveries. */
#include "app/app_priv.h"

#include <stdlib.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "codec/chain.h"

/* Tries after a lost reply. The store is then most likely away, and the sender repeats anyway. */
#define UNKNOWN_RETRIES 3

const double lateness_bounds[LATENESS_BUCKETS] = {0.005, 0.01, 0.025, 0.1, 0.5,
                                                  1,     5,    30,    300, 3600};

/* Operations on one case run one after another: side by side they would only collide in the commit,
 * and past LIMIT_CONFLICT_RETRIES fail. Conflicts are left to other daemons. */
struct op {
    struct app *app;
    LIST_ENTRY(op) running;  /* the first on its case, in its lane of app->running */
    TAILQ_ENTRY(op) waiting; /* the others, behind it */
    TAILQ_HEAD(, op) behind;
    struct op_request request;
    struct stored_case stored; /* what the next decision starts from */
    struct decision decision;
    struct policy policy; /* that judges it; zone, calendar and directory of now */
    const struct opinion_case *other;
    instant_ms now;     /* of the decision */
    int other_hops;     /* the same of the other case */
    int hops;           /* from merged cases to where they live on */
    int tries, unknown; /* unknown > 0: an earlier commit of ours may have been written */
};

static void op_load(struct op *op);

static struct op_lane *lane_of(struct app *app, const char *case_id)
{
    return &app->running[text_fnv1a(case_id) % OP_LANES];
}

static struct op *op_before(struct app *app, const char *case_id)
{
    struct op *op;

    LIST_FOREACH(op, lane_of(app, case_id), running)
    {
        if (text_equal(op->request.case_id, case_id))
            break;
    }
    return op;
}

/* Lets the next one on this case run. It loads, whatever it knew before. */
static void op_leave(struct op *op)
{
    struct op *next = TAILQ_FIRST(&op->behind);

    LIST_REMOVE(op, running);
    if (!next)
        return;
    TAILQ_REMOVE(&op->behind, next, waiting);
    TAILQ_CONCAT(&next->behind, &op->behind, waiting);
    LIST_INSERT_HEAD(lane_of(op->app, next->request.case_id), next, running);
    op_load(next);
}

static void op_end(struct op *op, enum app_status status, const char *why)
{
    struct app_result result = {
        .status = status,
        .refusal = op->decision.refusal,
        .c = status == APP_DONE || status == APP_DUPLICATE ? op->decision.next : NULL,
        .why = why,
        .before = op->stored.c,
        .now = op->now,
    };
    struct op ended = *op;

    if (op->policy.version) {
        struct policy *policy = arena_alloc(op->request.arena, sizeof(*policy));

        *policy = op->policy;
        result.policy = policy;
    }
    op_leave(op);
    ended.app->ops--;
    free(op);
    ended.request.end(ended.request.arg, &result);
    arena_free(ended.request.arena);
}

static void note_lateness(struct app *app, const struct decision *d, const struct fact *f)
{
    const struct obligation *o = case_obligation(d->next, f->key);
    /* A rung that lay in the past when its obligation came into being was late through no clock. */
    instant_ms from = o->opened_at > f->scheduled_at ? o->opened_at : f->scheduled_at;
    double late = (double)(f->recorded_at - from) / 1000.0;
    int i = 0;

    while (i < LATENESS_BUCKETS && late > lateness_bounds[i])
        i++;
    app->lateness.counts[i]++;
    app->lateness.n++;
    app->lateness.sum_s += late;
}

/* A report is never refused for the unit it names; but who is told then must not come as a
 * surprise. */
static void note_lead_unit(const struct app *app, const struct opinion_case *c)
{
    const struct directory *d = app->config.policies->items[0].directory;

    if (c->lead_unit && d->unit_n > 0 && !directory_unit(d, c->lead_unit))
        log_warning("lead unit \"%s\" of case=%s is not in the configuration: the default "
                    "receivers are told",
                    c->lead_unit, c->id);
}

static void note_fact(struct app *app, const struct decision *d, const struct fact *f)
{
    struct app_counters *n = &app->counters;

    n->facts++;
    switch ((int)f->type) {
    case FACT_REPORTED:
        note_lead_unit(app, d->next);
        if (d->next->obligation_n > 0)
            break;
        n->cases_without_duty++;
        log_warning("no rule of the policy asks anything of case=%s type=%s level=%d", d->next->id,
                    d->next->case_type, d->next->incident.level);
        break;
    case FACT_RUNG_FIRED:
        n->rungs_fired++;
        note_lateness(app, d, f);
        if (f->notice_n > 0)
            break;
        n->rungs_unreachable++;
        log_error("nobody to tell case=%s obligation=%s rung=%s: no receiver for its roles",
                  d->next->id, f->key, f->rung);
        break;
    case FACT_OBLIGATION_CLOCK:
        n->clocks_changed++;
        break;
    case FACT_HANDED_OVER:
        n->handovers_ended++;
        break;
    case FACT_OBLIGATION_OVERDUE:
        n->obligations_overdue++;
        log_notice("overdue case=%s obligation=%s reason=%s", d->next->id, f->key,
                   reason_names[f->reason]);
        break;
    case FACT_NOTICE_ACCEPTED:
        n->notices_accepted++;
        break;
    case FACT_NOTICE_DEAD:
        n->notices_dead++;
        log_error("notice given up case=%s notice=%s receiver=%s attempts=%d: %s", d->next->id,
                  f->notice, f->receiver, f->attempts, f->text ? f->text : "");
        break;
    default:
        break;
    }
}

static enum app_status verdict_status(const struct op *op)
{
    switch (op->decision.verdict) {
    case DUPLICATE:
        /* Our own commit whose reply was lost: to the sender it is the first success. */
        return op->unknown ? APP_DONE : APP_DUPLICATE;
    case CONFLICT:
        return APP_CONFLICT;
    case REFUSED:
        return op->decision.refusal.code == REFUSAL_NOT_FOUND ? APP_NOT_FOUND : APP_REFUSED;
    case DECIDED:
        break;
    }
    return APP_DONE;
}

static void op_committed(struct op *op)
{
    const struct decision *d = &op->decision;

    for (size_t i = 0; i < d->fact_n; i++)
        note_fact(op->app, d, &d->facts[i]);
    shard_committed(op->app, op->request.case_id, d->attention_at, d->notice_n);
    op_end(op, verdict_status(op), NULL);
}

static void op_again(struct op *op, int most, const char *why)
{
    if (op->tries++ >= most) {
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, why);
        return;
    }
    op_load(op);
}

static void on_commit(void *arg, enum store_status status, const char *why)
{
    struct op *op = arg;

    switch (status) {
    case STORE_OK:
        op_committed(op);
        return;
    case STORE_CONFLICT:
        op->app->counters.commit_conflicts++;
        op_again(op, LIMIT_CONFLICT_RETRIES, "the case changes faster than it can be decided");
        return;
    case STORE_REPEATED:
        /* A delivery that someone settled before is done. An action's digest must be compared. */
        if (op->request.done)
            op_end(op, APP_DUPLICATE, NULL);
        else
            op_again(op, LIMIT_CONFLICT_RETRIES, "the operation id is in use");
        return;
    case STORE_UNKNOWN:
        op->app->counters.commits_unknown++;
        op->unknown++;
        op_again(op, UNKNOWN_RETRIES, why);
        return;
    case STORE_UNAVAILABLE:
    case STORE_CORRUPT:
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, why);
        return;
    }
    must(!"store status");
}

/* Without facts there is still something to write: time re-arms the attention, and an action that
 * found everything done already must be known when it is repeated after someone undid it. */
static bool worth_committing(const struct op *op)
{
    const struct input *input = &op->request.input;

    return input->type == INPUT_TIME || (op->decision.verdict == DUPLICATE && input->op);
}

/* A merged case is no place to act: the one it lives on in is. */
static void op_redirect(struct op *op)
{
    const char *to = arena_strdup(op->request.arena, op->stored.c->merged_into);
    struct op *before;

    if (op->hops++ >= LIMIT_MERGE_HOPS) {
        op_end(op, APP_UNAVAILABLE, "the case was merged too many times");
        return;
    }
    op_leave(op);
    op->request.case_id = to;
    op->request.stored = NULL;
    op->tries = op->unknown = 0;
    TAILQ_INIT(&op->behind);
    before = op_before(op->app, to);
    if (before) {
        TAILQ_INSERT_TAIL(&before->behind, op, waiting);
        return;
    }
    LIST_INSERT_HEAD(lane_of(op->app, to), op, running);
    op_load(op);
}

static void op_commit(struct op *op)
{
    const struct app_config *config = &op->app->config;
    const struct op_request *r = &op->request;
    struct store_commit commit = {
        .case_id = r->case_id,
        .expected_rev = op->stored.c->rev,
        .head = op->stored.head,
        .decision = &op->decision,
        .op = r->input.op,
        .op_digest = r->op_digest,
        .done = r->done,
        .now = op->now,
        .zone = op->policy.zone,
    };

    config->store->commit(config->store->self, &commit, on_commit, op);
}

static void op_decide(struct op *op)
{
    const struct op_request *r = &op->request;

    if (r->action)
        r->action->other = op->other;
    op->decision = decide(op->stored.c, &r->input, &op->policy, op->now, r->arena);
    if (op->decision.verdict == REFUSED && op->decision.refusal.code == REFUSAL_MERGED &&
        r->input.type == INPUT_ACTION && !r->trial)
        op_redirect(op);
    else if (r->trial || (op->decision.fact_n == 0 && !worth_committing(op)))
        op_end(op, verdict_status(op), NULL);
    else
        op_commit(op);
}

/* --- what a decision needs beside the case ---------------------------------------------------- */

static void on_archived(void *arg, enum store_status status, const char *why)
{
    struct op *op = arg;

    if (status != STORE_OK) {
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, why);
        return;
    }
    policies_note_archived(op->app, op->policy.version);
    op_decide(op);
}

static void op_judge_by(struct op *op, const struct policy *policy)
{
    const struct policy *office = &op->app->config.policies->items[0];
    const struct app_trial *trial = op->request.trial;
    const struct store *store = op->app->config.store;

    op->policy = *policy;
    op->policy.zone = office->zone;
    op->policy.calendar = trial && trial->calendar ? trial->calendar : office->calendar;
    op->policy.directory = office->directory;
    if (trial || policies_archived(op->app, policy->version))
        op_decide(op);
    else
        store->remember(store->self, policies_name(op->request.arena, policy->version),
                        policies_archive_text(op->app, policy->version), on_archived, op);
}

static void on_recalled(void *arg, const struct store_recalled *recalled)
{
    struct op *op = arg;
    const char *version = op->stored.c->policy_version;
    const struct policy *found;

    if (recalled->status != STORE_OK) {
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, recalled->why);
        return;
    }
    found = policies_known(op->app, NULL, version);
    if (!found && recalled->text && policies_learn(op->app, version, recalled->text))
        found = policies_known(op->app, NULL, version);
    if (found) {
        op_judge_by(op, found);
        return;
    }
    /* Better judged by the one in force than not watched at all; but it must be said. */
    op->app->counters.policies_unknown++;
    log_error("case=%s was judged by policy %s, which is neither in the configuration nor in the "
              "store: the one in force is used",
              op->request.case_id, version ? version : "(none)");
    op_judge_by(op, policies_now(op->app, op->now));
}

/* Finds the policy that judges this case: the newest for a new one, else its own. */
static void op_prepare(struct op *op)
{
    const struct app_config *config = &op->app->config;
    const struct app_trial *trial = op->request.trial;
    const char *version = op->stored.c->policy_version;
    const struct policy *policy;

    op->now = config->clock->now(config->clock->self).record;
    if (op->now == INSTANT_NONE) {
        op_end(op, APP_UNAVAILABLE, "the clock of record is not known yet");
        return;
    }
    if (!input_takes_policy(op->stored.c, &op->request.input))
        policy = policies_known(op->app, trial ? trial->policies : NULL, version);
    else if (trial && trial->policies)
        policy = policies_in_force(trial->policies, op->now);
    else
        policy = policies_now(op->app, op->now);
    if (policy)
        op_judge_by(op, policy);
    else
        config->store->recall(config->store->self, policies_name(op->request.arena, version),
                              op->request.arena, on_recalled, op);
}

static void on_load(void *arg, const struct store_loaded *loaded)
{
    struct op *op = arg;
    const struct op_request *r = &op->request;

    if (loaded->status != STORE_OK) {
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, loaded->why);
        return;
    }
    op->stored = loaded->stored;
    if (r->input.op && loaded->op_digest) {
        bool same = text_equal(loaded->op_digest, r->op_digest);

        op->decision =
            (struct decision){.verdict = same ? DUPLICATE : CONFLICT, .next = op->stored.c};
        op_end(op, verdict_status(op), NULL);
        return;
    }
    op_prepare(op);
}

static void op_load_case(struct op *op)
{
    const struct store *store = op->app->config.store;
    const struct op_request *r = &op->request;

    store->load(store->self, r->case_id, r->input.op, r->arena, on_load, op);
}

static void on_other(void *arg, const struct store_loaded *loaded)
{
    struct op *op = arg;

    if (loaded->status != STORE_OK) {
        op->app->counters.store_errors++;
        op_end(op, APP_UNAVAILABLE, loaded->why);
        return;
    }
    op->other = loaded->stored.c;
    /* It lives on in another: that one is meant. */
    if (op->other->status == CASE_MERGED && op->request.action->type == ACTION_MERGE &&
        op->other_hops++ < LIMIT_MERGE_HOPS) {
        op->request.action->into = op->other->merged_into;
        op->request.other_id = op->other->merged_into;
        op_load(op);
        return;
    }
    op_load_case(op);
}

/* The other case of a merge or split first: whoever did the same meanwhile is then seen by the
 * operation's id, or in the commit, and not mistaken for a reason to refuse. */
static void op_load(struct op *op)
{
    const struct store *store = op->app->config.store;
    const struct op_request *r = &op->request;

    if (r->other_id)
        store->load(store->self, r->other_id, NULL, r->arena, on_other, op);
    else
        op_load_case(op);
}

/* What LIMIT_OPS refuses. Time and deliveries have limits of their own, and must go on under a
 * flood. */
static bool from_outside(const struct input *input)
{
    return input->type == INPUT_REPORT || input->type == INPUT_ACTION;
}

void op_start(struct app *app, const struct op_request *request)
{
    bool overload;
    struct op *op = calloc(1, sizeof(*op)), *before = op_before(app, request->case_id);

    must(op != NULL);
    app->ops++;
    op->app = app;
    op->request = *request;
    TAILQ_INIT(&op->behind);
    overload = app->ops > LIMIT_OPS && from_outside(&request->input);
    if (before && !overload) {
        TAILQ_INSERT_TAIL(&before->behind, op, waiting);
        return;
    }
    LIST_INSERT_HEAD(lane_of(app, request->case_id), op, running);
    if (overload) {
        app->counters.overload_refused++;
        op_end(op, APP_OVERLOAD, "too many operations are waiting");
        return;
    }
    if (request->stored) {
        op->stored = *request->stored;
        op_prepare(op);
    } else if (request->input.type == INPUT_REPORT) {
        /* Nearly every report is new: decide on the empty case first; if it exists, the commit says
         * CONFLICT and it is loaded. Saves one round trip on the main path. */
        op->stored = (struct stored_case){case_new(request->arena), CHAIN_GENESIS};
        op_prepare(op);
    } else {
        op_load(op);
    }
}
