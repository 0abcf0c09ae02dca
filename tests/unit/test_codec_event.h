/* Decoding of one request, for the tests of codec/event.h. */
#ifndef TEST_CODEC_EVENT_H
#define TEST_CODEC_EVENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "codec/digest.h"
#include "codec/event.h"

#define CHINA (&zone_china)
#define NOW INT64_C(1784010000000) /* 2026-07-14T14:20:00+08:00 */
#define STRUCTURED "application/cloudevents+json"
#define BATCH "application/cloudevents-batch+json"
#define JSON "application/json"

struct header {
    const char *name, *value;
};

struct headers {
    const struct header *list;
    size_t n;
};

static inline const char *get(void *self, const char *name, int *count)
{
    const struct headers *h = self;
    const char *value = NULL;

    *count = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (strcmp(h->list[i].name, name) == 0) {
            value = value ? value : h->list[i].value;
            (*count)++;
        }
    }
    return value;
}

static inline void each_ce(void *self, void (*each)(void *arg, const char *name, const char *value),
                           void *arg)
{
    const struct headers *h = self;

    for (size_t i = 0; i < h->n; i++) {
        if (text_starts(h->list[i].name, "ce-"))
            each(arg, h->list[i].name, h->list[i].value);
    }
}

struct decoded {
    struct arena *arena;
    struct event_request request;
    struct problem problem;
    int r;
};

static inline struct decoded decode_with(const struct header *list, size_t n, const char *body,
                                         size_t len)
{
    struct headers headers = {list, n};
    struct header_source source = {&headers, get, each_ce};
    struct decoded d = {.arena = arena_new(LIMIT_ARENA_BYTES)};

    d.r = event_decode(body, len, &source, NOW, CHINA, d.arena, &d.request, &d.problem);
    return d;
}

static inline struct decoded decode(const char *type, const char *body)
{
    struct header header = {"content-type", type};

    return decode_with(&header, type != NULL, body, strlen(body));
}

/* The one event of a request that could be read. */
static inline const struct event *only(const struct decoded *d)
{
    assert_int_equal(d->r, 0);
    assert_int_equal(d->request.n, 1);
    return d->request.events;
}

static inline void end(struct decoded *d)
{
    d->arena = arena_free(d->arena);
}

#define HEAD "\"specversion\":\"1.0\",\"source\":\"//s\",\"id\":\"1\","
#define REPORT "{" HEAD "\"type\":\"shixian.incident.reported\",\"data\":"
#define ACTION(name) "{" HEAD "\"subject\":\"0123456789ABCDEF\",\"type\":\"shixian.case." name "\","

#define PLAIN "{\"source\":\"s\",\"id\":\"1\",\"type\":\"shixian.opinion.reported\","

#endif
