/* One request and its answer, and the server they belong to. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <event2/http.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/limits.h"
#include "codec/event.h"
#include "http/guard.h"
#include "http/problem.h"
#include "http/server.h"

#define EXCHANGE_ROUTES_MAX 16
#define EXCHANGE_CLASSES 6 /* by the first digit of the status */

/* The unix socket has its own evhttp, because who may connect to it needs no token. */
struct http_front {
    struct http_server *server;
    struct evhttp *evhttp;
    struct guard *guard;
    bool local;
    struct evhttp_bound_socket *bound[LIMIT_LISTEN];
    size_t bound_n;
};

struct http_server {
    struct http_server_config config;
    const struct conf *conf; /* the newest; config.conf is the first */
    struct http_front tcp, unixes;
    bool exposed; /* listens beyond loopback: tokens are asked for, even if a reload took them */
    bool stopping;
    const char *socket; /* path made by us, or NULL */
    struct stat socket_made;
    LIST_HEAD(, exchange) exchanges;
    unsigned busy;
    size_t building; /* bytes of the lists that are being put together */
    uint64_t answers[EXCHANGE_ROUTES_MAX + 1][EXCHANGE_CLASSES]; /* the last row: no route */
};

struct exchange {
    LIST_ENTRY(exchange) link;
    struct http_server *server; /* NULL: the server was freed before the answer */
    struct evhttp_request *req; /* NULL: the client is gone; work that is under way goes on */
    struct guard_conn *conn;
    unsigned route; /* row of answers[] */
    bool head;      /* HEAD: headers only */
    const char *id; /* of the case in the path, or NULL */
    const char *actor;
    struct arena *arena; /* freed with the answer */
};

/* Each of these answers and frees ex: nothing may touch it afterwards. */
void exchange_json(struct exchange *ex, int status, json_t *body); /* steals body */
void exchange_text(struct exchange *ex, int status, const char *type, const char *body, size_t n);
void exchange_problem(struct exchange *ex, enum problem_kind kind, const char *field,
                      const char *detail);
/* A problem document with more members. Steals doc. */
void exchange_problem_doc(struct exchange *ex, int status, json_t *doc);

/* A header of the answer to come. */
void exchange_header(struct exchange *ex, const char *name, const char *value);
/* A header of the request, or NULL; *count (if not NULL) tells how many there are. */
const char *exchange_asked(const struct exchange *ex, const char *name, int *count);
/* The request's headers for the codec. */
struct header_source exchange_headers(struct exchange *ex);
/* Whether the body is JSON; if not, 415 was answered. */
bool exchange_wants_json(struct exchange *ex);
/* The body, as long as the client is there. */
const char *exchange_body(const struct exchange *ex, size_t *ret_n);
/* The query, or "". */
const struct zone *exchange_zone(const struct exchange *ex);
const char *exchange_query(const struct exchange *ex);
/* Reads the clock of record; INSTANT_NONE was answered with 503 already. */
instant_ms exchange_now(struct exchange *ex);
/* A store that could not: answers 503 or 500. */
void exchange_store_failed(struct exchange *ex, enum store_status status, const char *why);
/* Whether all answers together leave room for a large one; asked again with each part of it. */
bool exchange_room(const struct exchange *ex);
void exchange_no_room(struct exchange *ex); /* answers 503 */

struct exchange *exchange_new(const struct http_front *front, struct evhttp_request *req);
/* The server goes: nobody is answered any more. */
void exchange_orphan(struct exchange *ex);

/* Handlers, one a route; each leads to exactly one answer. */
void handle_events(struct exchange *ex);
void handle_events_options(struct exchange *ex);
void handle_action(struct exchange *ex);
void handle_case(struct exchange *ex);
void handle_cases(struct exchange *ex);
void handle_facts(struct exchange *ex);
void handle_explain(struct exchange *ex);
void handle_reevaluation(struct exchange *ex);
void handle_healthz(struct exchange *ex);
void handle_readyz(struct exchange *ex);
void handle_metrics(struct exchange *ex);

/* Whether /readyz says so. */
bool status_ready(const struct http_server *s);

/* Label of a row of answers[], for the metrics: "/v1/cases/{id}", or NULL past the last. */
const char *route_label(unsigned row);

#endif
