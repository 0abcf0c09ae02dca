#include "codec/event.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "codec/envelope.h"

enum mode { MODE_STRUCTURED, MODE_BATCH, MODE_BINARY, MODE_PLAIN };

#define ACCEPTED                                                                                   \
    "application/cloudevents+json, application/cloudevents-batch+json or application/json"

/* After the prefix of a CloudEvents media type: its format, which we know for JSON only. */
static bool format_is_json(const char *rest)
{
    size_t n = strcspn(rest, "; \t");

    return n == 0 || (n == 5 && strncasecmp(rest, "+json", 5) == 0);
}

/* JSON is UTF-8; a charset that says otherwise would be read wrongly, so it is refused. */
static bool charset_is_utf8(const char *type)
{
    const char *charset = strcasestr(type, "charset=");

    if (!charset)
        return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    return strncasecmp(charset, "utf-8", 5) == 0 || strncasecmp(charset, "us-ascii", 8) == 0;
}

static bool choose_mode(struct reading *r, const struct header_source *headers, enum mode *ret)
{
    /* The batch prefix contains the structured one, so it stands first. */
    static const struct {
        const char *prefix;
        enum mode mode;
    } modes[] = {
        {"application/cloudevents-batch", MODE_BATCH},
        {"application/cloudevents", MODE_STRUCTURED},
    };
    int count = 0;
    const char *type = headers->get(headers->self, "content-type", &count);
    bool binary = envelope_in_headers(headers), known = type ? media_is_json(type) : binary;

    if (count > 1)
        return form_refuse(r, 400, "Content-Type", "given %d times", count);
    *ret = binary ? MODE_BINARY : MODE_PLAIN;
    for (size_t i = 0; type && i < sizeof(modes) / sizeof(modes[0]); i++) {
        size_t n = strlen(modes[i].prefix);

        if (strncasecmp(type, modes[i].prefix, n) != 0)
            continue;
        *ret = modes[i].mode;
        known = format_is_json(type + n);
        break;
    }
    if (known && (!type || charset_is_utf8(type)))
        return true;
    return form_refuse(r, 415, "Content-Type", "expected " ACCEPTED " in UTF-8, found %s%s%s",
                       type ? "\"" : "", type ? form_quote(r, type) : "none", type ? "\"" : "");
}

/* What ends every event, read or refused. */
static void finish(struct envelope *e, bool read, struct event *ret)
{
    ret->source = e->source;
    ret->id = e->id;
    if (!read)
        ret->kind = EVENT_REFUSED;
    json_decref(e->data);
}

static void read_json_event(const struct reading *whole, json_t *json, bool plain,
                            struct event *ret)
{
    struct reading r = *whole;
    struct envelope e = ENVELOPE_BLANK;

    r.problem = &ret->problem;
    finish(&e, envelope_from_json(&r, json, plain, &e) && matter_read(&r, &e, ret), ret);
}

static bool refuse_size(struct reading *r, size_t n, size_t limit)
{
    return form_refuse(r, 413, NULL, "expected at most %zu bytes, found %zu", limit, n);
}

/* Inside a batch the bytes of one event are counted as compact JSON. */
static void read_batch_event(const struct reading *whole, json_t *json, bool plain,
                             struct event *ret)
{
    size_t n = json_dumpb(json, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    struct reading r = *whole;

    r.problem = &ret->problem;
    if (n <= LIMIT_EVENT_BYTES) {
        read_json_event(whole, json, plain, ret);
        return;
    }
    refuse_size(&r, n, LIMIT_EVENT_BYTES);
    ret->kind = EVENT_REFUSED;
}

static bool read_batch(struct reading *r, json_t *list, bool plain, struct event_request *ret)
{
    size_t n = json_array_size(list);

    if (n > LIMIT_BATCH)
        return form_refuse(r, 413, NULL, "expected at most %d events in a batch, found %zu",
                           LIMIT_BATCH, n);
    ret->batch = true;
    ret->n = n;
    ret->events = arena_alloc(r->arena, n * sizeof(*ret->events));
    for (size_t i = 0; i < n; i++)
        read_batch_event(r, json_array_get(list, i), plain, &ret->events[i]);
    return true;
}

static void read_single(struct reading *r, struct event_request *ret)
{
    ret->batch = false;
    ret->n = 1;
    ret->events = arena_alloc(r->arena, sizeof(*ret->events));
}

static bool read_json(struct reading *r, const char *body, size_t n, enum mode mode,
                      struct event_request *ret)
{
    json_t *json = form_json(r, NULL, body, n);
    bool ok = json != NULL;

    if (!ok)
        return false;
    if (json_is_array(json) && mode != MODE_STRUCTURED) {
        ok = read_batch(r, json, mode == MODE_PLAIN, ret);
    } else if (mode == MODE_BATCH || !json_is_object(json)) {
        ok = form_refuse(r, 400, NULL, "expected %s, found %s",
                         mode == MODE_BATCH ? "a list of events" : "one event (an object)",
                         form_found(r, json));
    } else if (n > LIMIT_EVENT_BYTES) {
        ok = refuse_size(r, n, LIMIT_EVENT_BYTES);
    } else {
        read_single(r, ret);
        read_json_event(r, json, mode == MODE_PLAIN, ret->events);
    }
    json_decref(json);
    return ok;
}

static bool read_binary(struct reading *whole, const char *body, size_t n,
                        const struct header_source *headers, struct event_request *ret)
{
    struct envelope e = ENVELOPE_BLANK;
    struct reading r = *whole;

    if (n > LIMIT_EVENT_BYTES)
        return refuse_size(whole, n, LIMIT_EVENT_BYTES);
    e.data = n ? form_json(whole, NULL, body, n) : json_object();
    if (!e.data)
        return false;
    read_single(whole, ret);
    r.problem = &ret->events->problem;
    finish(&e, envelope_from_headers(&r, headers, &e) && matter_read(&r, &e, ret->events),
           ret->events);
    return true;
}

int event_decode(const char *body, size_t n, const struct header_source *headers, instant_ms now,
                 const struct zone *zone, struct arena *arena, struct event_request *ret,
                 struct problem *problem)
{
    size_t json_parts = 0;
    struct reading r = {arena, now, zone, problem, &json_parts};
    enum mode mode = MODE_PLAIN;
    bool ok;

    if (n > LIMIT_BODY_BYTES)
        ok = refuse_size(&r, n, LIMIT_BODY_BYTES);
    else if (!choose_mode(&r, headers, &mode))
        ok = false;
    else if (mode == MODE_BINARY)
        ok = read_binary(&r, body, n, headers, ret);
    else
        ok = read_json(&r, body, n, mode, ret);
    return ok ? 0 : -EBADMSG;
}
