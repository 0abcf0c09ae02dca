#include "http/exchange.h"

#include <ctype.h>
#include <event2/buffer.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "base/must.h"

#define PROBLEM_TYPE "application/problem+json"

/* evhttp frees a request together with its connection, unless it took the two apart before. */
static void on_client_gone(struct evhttp_connection *evcon, void *arg)
{
    struct exchange *ex = arg;

    (void)evcon;
    if (!evhttp_request_get_connection(ex->req))
        evhttp_request_free(ex->req);
    ex->req = NULL;
    ex->conn = NULL;
}

struct exchange *exchange_new(const struct http_front *front, struct evhttp_request *req)
{
    struct http_server *server = front->server;
    struct evhttp_connection *evcon = evhttp_request_get_connection(req);
    struct exchange *ex = calloc(1, sizeof(*ex));

    must(ex != NULL);
    ex->server = server;
    ex->req = req;
    ex->conn = guard_find(front->guard, evhttp_connection_get_bufferevent(evcon));
    ex->route = EXCHANGE_ROUTES_MAX;
    ex->head = evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
    ex->arena = arena_new(LIMIT_ARENA_BYTES);
    must(ex->conn != NULL);
    evhttp_connection_set_closecb(evcon, on_client_gone, ex);
    LIST_INSERT_HEAD(&server->exchanges, ex, link);
    server->busy++;
    return ex;
}

static void exchange_free(struct exchange *ex)
{
    if (ex->server) {
        LIST_REMOVE(ex, link);
        ex->server->busy--;
    }
    arena_free(ex->arena);
    free(ex);
}

void exchange_orphan(struct exchange *ex)
{
    if (ex->req)
        evhttp_connection_set_closecb(evhttp_request_get_connection(ex->req), NULL, NULL);
    ex->req = NULL;
    ex->conn = NULL;
    LIST_REMOVE(ex, link);
    ex->server->busy--;
    ex->server = NULL;
}

static void send_answer(struct exchange *ex, int status, const char *type, const char *body,
                        size_t n)
{
    struct evbuffer *content = evbuffer_new();
    char length[32];

    must(content != NULL);
    exchange_header(ex, "Content-Type", type);
    exchange_header(ex, "Cache-Control", "no-store");
    exchange_header(ex, "X-Content-Type-Options", "nosniff");
    snprintf(length, sizeof(length), "%zu", n);
    exchange_header(ex, "Content-Length", length);
    if (ex->server->stopping || !guard_in_step(ex->conn))
        exchange_header(ex, "Connection", "close");
    if (!ex->head)
        must(evbuffer_add(content, body, n) == 0);
    evhttp_connection_set_closecb(evhttp_request_get_connection(ex->req), NULL, NULL);
    evhttp_send_reply(ex->req, status, NULL, content);
    evbuffer_free(content);
    if (guard_in_step(ex->conn))
        guard_answered(ex->conn);
}

void exchange_text(struct exchange *ex, int status, const char *type, const char *body, size_t n)
{
    if (ex->server)
        ex->server->answers[ex->route][status / 100 % EXCHANGE_CLASSES]++;
    if (ex->req)
        send_answer(ex, status, type, body, n);
    exchange_free(ex);
}

static void send_json(struct exchange *ex, int status, const char *type, json_t *body)
{
    static const char broken[] = "{\"type\":\"urn:shixian:problem:internal\",\"status\":500}";
    char *text = json_dumps(body, JSON_COMPACT);

    json_decref(body);
    if (text)
        exchange_text(ex, status, type, text, strlen(text));
    else
        exchange_text(ex, 500, PROBLEM_TYPE, broken, sizeof(broken) - 1);
    free(text);
}

void exchange_json(struct exchange *ex, int status, json_t *body)
{
    send_json(ex, status, "application/json", body);
}

void exchange_problem_doc(struct exchange *ex, int status, json_t *doc)
{
    if (status == 503)
        exchange_header(ex, "Retry-After", "1");
    else if (status == 401)
        exchange_header(ex, "WWW-Authenticate", "Bearer");
    send_json(ex, status, PROBLEM_TYPE, doc);
}

void exchange_problem(struct exchange *ex, enum problem_kind kind, const char *field,
                      const char *detail)
{
    exchange_problem_doc(ex, problem_status(kind), problem_json(kind, field, detail));
}

void exchange_header(struct exchange *ex, const char *name, const char *value)
{
    if (ex->req)
        evhttp_add_header(evhttp_request_get_output_headers(ex->req), name, value);
}

const char *exchange_asked(const struct exchange *ex, const char *name, int *count)
{
    const char *value = NULL;
    struct evkeyval *header;
    int n = 0;

    TAILQ_FOREACH(header, evhttp_request_get_input_headers(ex->req), next)
    {
        if (strcasecmp(header->key, name) == 0) {
            value = value ? value : header->value;
            n++;
        }
    }
    if (count)
        *count = n;
    return value;
}

static const char *source_get(void *self, const char *name, int *count)
{
    const struct exchange *ex = self;

    return exchange_asked(ex, name, count);
}

static void source_each_ce(void *self, void (*each)(void *arg, const char *name, const char *value),
                           void *arg)
{
    struct exchange *ex = self;
    struct evkeyval *header;

    TAILQ_FOREACH(header, evhttp_request_get_input_headers(ex->req), next)
    {
        char *name;

        if (strncasecmp(header->key, "ce-", 3) != 0)
            continue;
        name = arena_strdup(ex->arena, header->key);
        for (char *p = name; *p; p++)
            *p = (char)tolower((unsigned char)*p);
        each(arg, name, header->value);
    }
}

struct header_source exchange_headers(struct exchange *ex)
{
    return (struct header_source){.self = ex, .get = source_get, .each_ce = source_each_ce};
}

/* Also keeps web pages of other origins out: a browser asks before it sends this type. */
bool exchange_wants_json(struct exchange *ex)
{
    static const char json[] = "application/json";
    const char *type = exchange_asked(ex, "Content-Type", NULL);

    if (type && strncasecmp(type, json, sizeof(json) - 1) == 0 &&
        strchr("; \t", type[sizeof(json) - 1]))
        return true;
    exchange_problem(ex, PROBLEM_MEDIA_TYPE, "Content-Type", "expected application/json");
    return false;
}

const char *exchange_body(const struct exchange *ex, size_t *ret_n)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(ex->req);

    *ret_n = evbuffer_get_length(input);
    return *ret_n ? (const char *)evbuffer_pullup(input, -1) : "";
}

const struct zone *exchange_zone(const struct exchange *ex)
{
    return ex->server->conf->zone;
}

const char *exchange_query(const struct exchange *ex)
{
    const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(ex->req));

    return query ? query : "";
}

instant_ms exchange_now(struct exchange *ex)
{
    struct clock_port *clock = ex->server->config.clock;
    instant_ms now = clock->now(clock->self).record;

    if (now == INSTANT_NONE)
        exchange_problem(ex, PROBLEM_UNAVAILABLE, NULL, "the clock of record is not known yet");
    return now;
}

void exchange_store_failed(struct exchange *ex, enum store_status status, const char *why)
{
    exchange_problem(ex, status == STORE_CORRUPT ? PROBLEM_INTERNAL : PROBLEM_UNAVAILABLE, NULL,
                     why ? why : "the store did not answer");
}

bool exchange_room(const struct exchange *ex)
{
    const struct http_server *s = ex->server;

    return guard_output(s->tcp.guard) + guard_output(s->unixes.guard) + s->building <
           LIMIT_OUTPUT_BYTES;
}

void exchange_no_room(struct exchange *ex)
{
    exchange_problem(ex, PROBLEM_OVERLOAD, NULL, "too many answers wait for slow readers");
}
