/* Requests as hostile as they come. First byte: Content-Type, or binary mode, or an action body;
 * in binary mode the subject header follows, up to a line end. The rest is the body. */
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "codec/event.h"

#define NOW INT64_C(1784010000000)
#define CHINA (&zone_china)

struct headers {
    const char *type;    /* NULL: binary mode */
    const char *subject; /* ce-subject in binary mode */
};

static const char *const binary[][2] = {{"ce-specversion", "1.0"},
                                        {"ce-id", "1"},
                                        {"ce-source", "s"},
                                        {"ce-type", "shixian.case.close"}};

static const char *get(void *self, const char *name, int *count)
{
    const struct headers *h = self;

    *count = 1;
    if (h->type)
        return strcmp(name, "content-type") == 0 ? h->type : NULL;
    for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++) {
        if (strcmp(name, binary[i][0]) == 0)
            return binary[i][1];
    }
    return NULL;
}

static void each_ce(void *self, void (*each)(void *arg, const char *name, const char *value),
                    void *arg)
{
    const struct headers *h = self;

    for (size_t i = 0; !h->type && i < sizeof(binary) / sizeof(binary[0]); i++)
        each(arg, binary[i][0], binary[i][1]);
    if (!h->type)
        each(arg, "ce-subject", h->subject);
}

/* Problems go into JSON answers, so they are short and valid UTF-8. */
static void check_problem(const struct problem *p)
{
    json_t *detail = json_string(p->detail), *field = json_string(p->field ? p->field : "");

    must(p->status >= 400 && p->status < 500);
    must(detail && field && strlen(p->detail) < 1024 && json_string_length(field) < 200);
    json_decref(detail);
    json_decref(field);
}

static void check_labels(const char **labels, size_t n)
{
    must(n <= LIMIT_LABELS);
    for (size_t i = 0; i < n; i++)
        must(!text_empty(labels[i]) && strlen(labels[i]) <= LIMIT_WORD_BYTES);
}

static void check_past(instant_ms at)
{
    must(at == INSTANT_NONE || at <= NOW + FUTURE_SKEW_MS);
}

/* What may lie ahead, but not beyond what a calendar can count. */
static void check_later(instant_ms at)
{
    must(at == INSTANT_NONE || at <= NOW + 3660 * DAY_MS);
}

static void check_report(const struct report_input *in)
{
    must(!text_empty(in->source) && !text_empty(in->id) && !text_empty(in->title));
    must(!text_empty(in->case_type) && strlen(in->digest) == 64 && strlen(in->case_id) == 16);
    must(in->discovered_at >= 0 && in->discovered_at <= NOW + FUTURE_SKEW_MS);
    must(in->incident.occurred_at == INSTANT_NONE ||
         instant_second(in->incident.occurred_at) <= instant_second(in->discovered_at));
    must(in->incident.level >= 0 && in->incident.level <= 4 && in->heat >= 0);
    must(in->assist_unit_n <= LIMIT_ASSIST_UNITS);
    check_labels(in->labels, in->label_n);
    check_past(in->received_at);
    check_past(in->published_at);
    check_past(in->decided_at);
    check_past(in->formed_at);
    check_later(in->limit_at);
}

/* What each action can not be without. */
static void check_said(const struct action *a)
{
    switch ((int)a->type) {
    case ACTION_NOTE:
    case ACTION_INVALIDATE:
        must(!text_empty(a->text));
        break;
    case ACTION_ASSIGN:
        must(!text_empty(a->lead_unit));
        break;
    case ACTION_CORRECT_TIME:
        must(a->at != INSTANT_NONE && !text_empty(a->text) && (a->field != TIME_ACT || a->act));
        break;
    case ACTION_MERGE:
        must(a->into && strlen(a->into) == 16);
        break;
    case ACTION_SPLIT:
        must(a->report && strlen(a->report) == 16);
        break;
    case ACTION_WAIVE:
    case ACTION_EXTEND_REQUEST:
    case ACTION_EXTEND_DECIDE:
        must(!text_empty(a->obligation));
        break;
    default:
        break;
    }
}

static void check_action(const struct action *a)
{
    must((unsigned)a->type < ACTION_COUNT && (unsigned)a->kind < ACT_KIND_COUNT);
    must(a->level >= 0 && a->level <= 4 && a->happened_at <= NOW + FUTURE_SKEW_MS);
    check_said(a);
    check_labels(a->labels, a->label_n);
    check_past(a->from);
    check_past(a->to);
    check_past(a->letter_received_at);
    check_past(a->notified_at);
    check_later(a->promise_due);
    if (a->type != ACTION_CORRECT_TIME || a->field != TIME_LIMIT)
        check_past(a->at);
    check_later(a->at);
}

static void check_event(const struct event *e)
{
    if (e->kind == EVENT_REFUSED) {
        check_problem(&e->problem);
    } else if (e->kind == EVENT_REPORT) {
        check_report(&e->report);
    } else {
        check_action(&e->action);
        must(strlen(e->op) == 66 && strlen(e->op_digest) == 64 && strlen(e->case_id) == 16);
    }
}

static void run_action(const char *body, size_t n, struct arena *arena)
{
    struct problem problem = {0};
    const char *digest = NULL;
    struct action action;

    if (action_decode(body, n, NOW, CHINA, arena, &action, &digest, &problem) < 0)
        check_problem(&problem);
    else
        check_action(&action);
}

static void run_event(struct headers *h, const char *body, size_t n, struct arena *arena)
{
    const struct header_source source = {h, get, each_ce};
    struct event_request request = {0};
    struct problem problem = {0};

    if (event_decode(body, n, &source, NOW, CHINA, arena, &request, &problem) < 0)
        check_problem(&problem);
    for (size_t i = 0; i < request.n; i++)
        check_event(&request.events[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/json", "application/cloudevents+json",
                                        "application/cloudevents-batch+json"};
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    const char *body = (const char *)data + 1, *line;
    struct headers h = {NULL, ""};

    if (size == 0) {
        arena_free(arena);
        return 0;
    }
    size--;
    line = memchr(body, '\n', size);
    if (data[0] % 5 < 3) {
        h.type = types[data[0] % 5];
        run_event(&h, body, size, arena);
    } else if (data[0] % 5 == 3 && line) {
        h.subject = arena_strndup(arena, body, (size_t)(line - body));
        run_event(&h, line + 1, size - (size_t)(line + 1 - body), arena);
    } else {
        run_action(body, size, arena);
    }
    arena_free(arena);
    return 0;
}
