#include "cli/story.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/lines.h"

/* --- when a line was recorded ----------------------------------------------------------------- */

static void later(const struct zone *zone, const json_t *object, const char *name, instant_ms *best)
{
    const char *text = json_string_value(json_object_get(object, name));
    instant_ms at;

    if (text && zone_parse(zone, text, &at) == 0 && at > *best)
        *best = at;
}

/* As its envelope says; else when the latest thing happened that it tells of. What can not be read
 * is left to the decoder, which says what is wrong. INSTANT_NONE: it says nothing. */
static instant_ms recorded_at(const char *text, size_t n, const struct zone *zone)
{
    static const char *const times[] = {"happened_at", "at", "discovered_at", "received_at"};
    json_t *event = json_loadb(text, n, 0, NULL), *data = json_object_get(event, "data");
    instant_ms at = INSTANT_NONE;

    later(zone, event, "time", &at);
    if (at == INSTANT_NONE) {
        data = json_is_object(data) ? data : event;
        for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
            later(zone, data, times[i], &at);
        later(zone, json_object_get(data, "incident"), "occurred_at", &at);
    }
    json_decref(event);
    return at;
}

/* --- one line --------------------------------------------------------------------------------- */

static const char *header_get(void *self, const char *name, int *count)
{
    bool type = text_equal(name, "content-type");

    (void)self;
    *count = type;
    return type ? "application/json" : NULL;
}

static void header_each(void *self, void (*each)(void *arg, const char *name, const char *value),
                        void *arg)
{
    (void)self;
    (void)each;
    (void)arg;
}

bool story_read(const char *text, size_t n, const struct zone *zone, instant_ms before,
                struct arena *arena, struct story_line *ret, struct problem *problem)
{
    static const struct header_source headers = {NULL, header_get, header_each};

    ret->now = recorded_at(text, n, zone);
    if (ret->now == INSTANT_NONE)
        ret->now = before == INSTANT_NONE ? 0 : before;
    ret->pulled = ret->now < before;
    if (ret->pulled)
        ret->now = before;
    return event_decode(text, n, &headers, ret->now, zone, arena, &ret->request, problem) == 0;
}

/* --- the whole file --------------------------------------------------------------------------- */

struct playing {
    struct town *town;
    const struct zone *zone;
    struct lines lines;
    struct arena *arena; /* of one line */
    instant_ms clock, at;
    bool quiet;
    struct story_counts counts;
};

static void tell(const struct playing *p, const char *field, const char *detail)
{
    if (!p->quiet)
        fprintf(stderr, "%s:%zu: %s%s%s\n", p->lines.name, p->lines.no, field ? field : "",
                field ? ": " : "", detail ? detail : "refused");
}

static void refuse(struct playing *p, const struct problem *problem)
{
    p->counts.refused++;
    tell(p, problem->field, problem->detail);
}

static void play_event(struct playing *p, struct event *event)
{
    struct town_answer answer;

    if (event->kind == EVENT_REFUSED) {
        refuse(p, &event->problem);
        return;
    }
    answer = town_event(p->town, event, p->clock);
    switch (answer.verdict) {
    case DECIDED:
        break;
    case DUPLICATE:
        p->counts.duplicates++;
        break;
    case CONFLICT:
        p->counts.conflicts++;
        tell(p, "id", "this event was there before with another content");
        break;
    case REFUSED:
        p->counts.refused++;
        tell(p, answer.refusal.field, answer.refusal.detail);
        break;
    }
}

/* Whether any of it is worth moving the clock for: a line that can not be read must not carry all
 * that follow into its year. */
static bool any_good(const struct event_request *request)
{
    for (size_t i = 0; i < request->n; i++) {
        if (request->events[i].kind != EVENT_REFUSED)
            return true;
    }
    return false;
}

static void tell_earlier(const struct playing *p)
{
    char text[INSTANT_TEXT_SIZE], detail[INSTANT_TEXT_SIZE + 80];

    zone_format(p->zone, p->clock, text);
    snprintf(detail, sizeof(detail), "is earlier than the line before: recorded at %s", text);
    tell(p, "time", detail);
}

/* False: the story has gone past its end. */
static bool play_line(struct playing *p)
{
    const struct lines *l = &p->lines;
    struct story_line line;
    struct problem problem = {.status = 400};

    if (!l->too_long && strspn(l->text, " \t\r") == l->len)
        return true;
    p->counts.events++;
    if (l->too_long) {
        problem.detail = arena_printf(p->arena, "expected at most %d bytes in a line, found %zu",
                                      LIMIT_EVENT_BYTES, l->len);
        refuse(p, &problem);
        return true;
    }
    if (!story_read(l->text, l->len, p->zone, p->clock, p->arena, &line, &problem)) {
        refuse(p, &problem);
        return true;
    }
    p->counts.events += line.request.n - (line.request.n > 0);
    if (any_good(&line.request)) {
        if (p->at != INSTANT_NONE && line.now > p->at) {
            p->counts.events -= line.request.n;
            return false;
        }
        p->clock = line.now;
        if (line.pulled)
            tell_earlier(p);
    }
    for (size_t i = 0; i < line.request.n; i++)
        play_event(p, &line.request.events[i]);
    return true;
}

int story_play(struct town *town, const struct zone *zone, const char *file, instant_ms at,
               bool quiet, struct story_counts *ret)
{
    struct playing p = {
        .town = town, .zone = zone, .clock = INSTANT_NONE, .at = at, .quiet = quiet};
    int status = lines_open(&p.lines, file);

    if (status != CLI_OK)
        return status;
    p.arena = arena_new(LIMIT_ARENA_BYTES);
    while (lines_next(&p.lines) && play_line(&p))
        arena_reset(p.arena);
    arena_free(p.arena);
    *ret = p.counts;
    town_run(town, at != INSTANT_NONE ? at : p.clock);
    return lines_close(&p.lines);
}
