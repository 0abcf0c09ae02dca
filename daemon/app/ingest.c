/* What comes from outside: reports and actions. */
#include "app/app_priv.h"

#include <stdlib.h>
#include "base/must.h"

/* Remembers the caller while its operation runs. */
struct ingest {
    struct app *app;
    enum input_type type;
    bool trial; /* nothing happened: nothing is counted */
    app_done_fn *done;
    void *arg;
};

static void count(struct app_counters *n, enum input_type type, enum app_status status)
{
    bool report = type == INPUT_REPORT;

    if (status == APP_DONE)
        (*(report ? &n->reports_accepted : &n->actions_accepted))++;
    else if (status == APP_DUPLICATE && report)
        n->reports_duplicate++;
    else if (status == APP_CONFLICT && report)
        n->reports_conflict++;
    else if (status == APP_REFUSED && !report)
        n->actions_refused++;
}

static void on_handed_over(void *arg, const struct opinion_case *c)
{
    struct ingest ingest = *(struct ingest *)arg;
    struct app_result result = {.status = APP_DONE, .c = c, .before = c};

    free(arg);
    ingest.done(ingest.arg, &result);
}

static void on_end(void *arg, const struct app_result *result)
{
    struct ingest *ingest = arg, ended = *ingest;

    if (!ingest->trial)
        count(&ingest->app->counters, ingest->type, result->status);
    /* The answer waits until the other case has its part; if it can not have it now, the ticker
     * sees to it later, for this side is written down. */
    if (result->status == APP_DONE && result->before &&
        result->c->handover_n > result->before->handover_n) {
        handover_run(ingest->app, result->c, on_handed_over, ingest);
        return;
    }
    free(ingest);
    ended.done(ended.arg, result);
}

static void start(struct app *app, struct op_request *request, app_done_fn *done, void *arg)
{
    struct ingest *ingest;
    struct app_result stopped = {.status = APP_UNAVAILABLE, .why = "the daemon is stopping"};

    if (app->stopping) {
        done(arg, &stopped);
        arena_free(request->arena);
        return;
    }
    ingest = malloc(sizeof(*ingest));
    must(ingest != NULL);
    *ingest = (struct ingest){app, request->input.type, request->trial != NULL, done, arg};
    request->end = on_end;
    request->arg = ingest;
    op_start(app, request);
}

void app_report(struct app *app, struct arena *arena, const struct report_input *report,
                const char *actor, app_done_fn *done, void *arg)
{
    struct report_input *own = arena_alloc(arena, sizeof(*own));
    struct op_request request = {.arena = arena, .case_id = report->case_id};

    *own = *report;
    own->exercise = report->exercise || app->config.exercise;
    request.input = (struct input){.type = INPUT_REPORT, .actor = actor, .u.report = own};
    start(app, &request, done, arg);
}

void app_action(struct app *app, struct arena *arena, const char *case_id,
                const struct action *action, const char *op, const char *op_digest,
                const char *actor, app_done_fn *done, void *arg)
{
    struct action *own = arena_alloc(arena, sizeof(*own));
    struct op_request request = {.arena = arena, .case_id = case_id, .op_digest = op_digest};

    must(op && op_digest); /* without them a lost reply would do it twice */
    *own = *action;
    request.input = (struct input){.type = INPUT_ACTION, .actor = actor, .op = op, .u.action = own};
    if (own->type == ACTION_MERGE || own->type == ACTION_SPLIT) {
        request.action = own;
        request.other_id = own->type == ACTION_MERGE ? own->into : own->report;
    }
    start(app, &request, done, arg);
}

void app_try(struct app *app, struct arena *arena, const char *case_id,
             const struct app_trial *trial, app_done_fn *done, void *arg)
{
    struct action *reevaluate = arena_alloc(arena, sizeof(*reevaluate));
    struct op_request request = {
        .arena = arena, .case_id = case_id, .input = {.type = INPUT_TIME, .actor = "system"}};
    struct app_trial *own = arena_alloc(arena, sizeof(*own));

    *own = *trial;
    request.trial = own;
    if (trial->policies) {
        *reevaluate = action_new(ACTION_REEVALUATE);
        request.input.type = INPUT_ACTION;
        request.input.u.action = reevaluate;
    }
    start(app, &request, done, arg);
}
