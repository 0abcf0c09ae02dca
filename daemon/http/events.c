/* POST /v1/events: one event or a batch, each handed to app; one answer after the last of them was
 * committed. */
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "core/case.h"
#include "http/exchange.h"
#include "http/outcome.h"

struct intake;

struct intake_event {
    struct intake *intake;
    const struct event *event;
    int status; /* of HTTP; 0 = not ended */
    json_t *view, *problem;
};

struct intake {
    struct exchange *ex;
    struct event_request request;
    struct intake_event *events;
    size_t pending; /* events without an end, and 1 while starting */
};

/* --- the answer ------------------------------------------------------------------------------- */

static json_t *result_json(struct intake_event *e, size_t index)
{
    json_t *item = json_pack("{s:I, s:o, s:i}", "index", (json_int_t)index, "id",
                             problem_text(e->event->id), "status", e->status);

    if (e->view) {
        json_object_set(item, "case", json_object_get(e->view, "case"));
        json_object_set(item, "duplicate", json_object_get(e->view, "duplicate"));
    }
    if (e->problem)
        json_object_set(item, "problem", e->problem);
    return item;
}

static void refuse_batch(struct intake *in, enum problem_kind kind, const char *why,
                         json_t *results)
{
    json_t *doc = problem_json(kind, NULL, why);

    json_object_set_new(doc, "results", results);
    exchange_problem_doc(in->ex, problem_status(kind), doc);
}

static void answer_batch(struct intake *in)
{
    json_t *results = json_array();
    size_t refused = 0;
    bool again = false;

    for (size_t i = 0; i < in->request.n; i++) {
        struct intake_event *e = &in->events[i];

        json_array_append_new(results, result_json(e, i));
        refused += e->event->kind == EVENT_REFUSED;
        again = again || e->status == 503;
    }
    if (again)
        refuse_batch(in, PROBLEM_UNAVAILABLE, "not every event was taken", results);
    else if (refused > 0 && refused == in->request.n)
        refuse_batch(in, PROBLEM_BAD_REQUEST, "no event of the batch is valid", results);
    else
        exchange_json(in->ex, 200, json_pack("{s:o}", "results", results));
}

static void answer_single(struct intake *in)
{
    struct intake_event *e = &in->events[0];

    if (e->problem) {
        exchange_problem_doc(in->ex, e->status, json_incref(e->problem));
        return;
    }
    if (e->status == 201)
        exchange_header(in->ex, "Location",
                        arena_printf(in->ex->arena, "/v1/cases/%s",
                                     json_string_value(json_object_get(e->view, "case"))));
    exchange_json(in->ex, e->status, json_incref(e->view));
}

static void intake_end(struct intake *in)
{
    struct intake_event *events = in->events;
    size_t n = in->request.n;

    if (--in->pending > 0)
        return;
    if (in->request.batch)
        answer_batch(in);
    else
        answer_single(in);
    /* `in` went with the exchange's arena; the JSON is counted by itself. */
    for (size_t i = 0; i < n; i++) {
        json_decref(events[i].view);
        json_decref(events[i].problem);
    }
    free(events);
}

/* --- the events ------------------------------------------------------------------------------- */

static void on_event(void *arg, const struct app_result *result)
{
    struct intake_event *e = arg;
    struct intake *in = e->intake;
    int done = e->event->kind == EVENT_REPORT ? 201 : 200;

    e->status = outcome_status(result, done, &e->problem);
    if (!e->problem && in->ex->server)
        e->view = outcome_short(result, exchange_zone(in->ex));
    intake_end(in);
}

static void event_start(struct intake_event *e)
{
    const struct event *event = e->event;
    struct exchange *ex = e->intake->ex;
    /* What the event says stays in the exchange's arena, which outlives every operation. */
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);

    if (event->kind == EVENT_REPORT)
        app_report(ex->server->config.app, arena, &event->report, ex->actor, on_event, e);
    else
        app_action(ex->server->config.app, arena, event->case_id, &event->action, event->op,
                   event->op_digest, ex->actor, on_event, e);
}

/* All at once: app decides the events of one case one after another, in this order. */
static void intake_start(struct intake *in)
{
    in->pending = 1;
    for (size_t i = 0; i < in->request.n; i++) {
        struct intake_event *e = &in->events[i];
        const struct event *event = &in->request.events[i];

        *e = (struct intake_event){.intake = in, .event = event};
        if (event->kind == EVENT_REFUSED) {
            e->status = event->problem.status;
            e->problem = problem_json(problem_of_status(e->status), event->problem.field,
                                      event->problem.detail);
            continue;
        }
        in->pending++;
        event_start(e);
    }
    intake_end(in);
}

void handle_events(struct exchange *ex)
{
    struct header_source headers = exchange_headers(ex);
    struct problem problem = {.status = 400};
    instant_ms now = exchange_now(ex);
    struct intake *in;
    const char *body;
    size_t size, n;

    if (now == INSTANT_NONE)
        return;
    in = arena_alloc(ex->arena, sizeof(*in));
    in->ex = ex;
    body = exchange_body(ex, &size);
    if (event_decode(body, size, &headers, now, exchange_zone(ex), ex->arena, &in->request,
                     &problem) < 0) {
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
        return;
    }
    n = in->request.n;
    must(n <= LIMIT_BATCH && (in->request.batch || n == 1));
    in->events = calloc(n + 1, sizeof(*in->events));
    must(in->events != NULL);
    intake_start(in);
}

/* The handshake of CloudEvents' webhook specification. */
void handle_events_options(struct exchange *ex)
{
    const char *origin = exchange_asked(ex, "WebHook-Request-Origin", NULL);

    exchange_header(ex, "Allow", "POST");
    if (origin) {
        exchange_header(ex, "WebHook-Allowed-Origin", origin);
        exchange_header(ex, "WebHook-Allowed-Rate", "*");
    }
    exchange_text(ex, 200, "text/plain; charset=utf-8", "", 0);
}
