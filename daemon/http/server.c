#include "http/server.h"

#include <errno.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "codec/digest.h"
#include "http/auth.h"
#include "http/bind.h"
#include "http/exchange.h"
#include "http/framing.h"
#include "http/host.h"

#define NO_TOKEN "expected `Bearer` and a token this daemon knows"

struct route {
    enum evhttp_cmd_type method; /* GET is HEAD as well */
    const char *path;            /* one "{id}" matches one segment */
    bool open;                   /* needs no token */
    bool writes;                 /* refused while the disk is full */
    void (*handle)(struct exchange *ex);
};

static const struct route routes[] = {
    {EVHTTP_REQ_POST, "/v1/events", false, true, handle_events},
    {EVHTTP_REQ_OPTIONS, "/v1/events", false, false, handle_events_options},
    {EVHTTP_REQ_GET, "/v1/cases", false, false, handle_cases},
    {EVHTTP_REQ_GET, "/v1/cases/{id}", false, false, handle_case},
    {EVHTTP_REQ_GET, "/v1/cases/{id}/facts", false, false, handle_facts},
    {EVHTTP_REQ_GET, "/v1/cases/{id}/explain", false, false, handle_explain},
    {EVHTTP_REQ_POST, "/v1/cases/{id}/actions", false, true, handle_action},
    {EVHTTP_REQ_POST, "/v1/reevaluation", false, true, handle_reevaluation},
    {EVHTTP_REQ_GET, "/healthz", true, false, handle_healthz},
    {EVHTTP_REQ_GET, "/readyz", false, false, handle_readyz},
    {EVHTTP_REQ_GET, "/metrics", false, false, handle_metrics},
};
#define ROUTE_N (sizeof(routes) / sizeof(routes[0]))
_Static_assert(ROUTE_N <= EXCHANGE_ROUTES_MAX, "one row of answers[] a route");

#define EVERY_METHOD                                                                               \
    (EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE |     \
     EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH)

const char *route_label(unsigned row)
{
    return row < ROUTE_N ? routes[row].path : NULL;
}

/* --- routing ---------------------------------------------------------------------------------- */

static bool path_matches(const char *pattern, const char *path, const char **ret_id, size_t *ret_n)
{
    const char *brace = strchr(pattern, '{');
    size_t before = brace ? (size_t)(brace - pattern) : 0, n;

    if (!brace)
        return strcmp(pattern, path) == 0;
    if (strncmp(pattern, path, before) != 0)
        return false;
    n = strcspn(path + before, "/");
    if (n == 0 || strcmp(path + before + n, brace + strlen("{id}")) != 0)
        return false;
    *ret_id = path + before;
    *ret_n = n;
    return true;
}

/* The route, or NULL; ret_allow lists what the path would take. */
static const struct route *route_find(struct exchange *ex, enum evhttp_cmd_type method,
                                      const char *path, const char **ret_allow)
{
    const struct route *found = NULL;
    const char *id = NULL;
    size_t id_n = 0;

    *ret_allow = NULL;
    for (size_t i = 0; i < ROUTE_N; i++) {
        const char *name = routes[i].method == EVHTTP_REQ_GET    ? "GET, HEAD"
                           : routes[i].method == EVHTTP_REQ_POST ? "POST"
                                                                 : "OPTIONS";

        if (!path_matches(routes[i].path, path, &id, &id_n))
            continue;
        *ret_allow = *ret_allow ? arena_printf(ex->arena, "%s, %s", *ret_allow, name) : name;
        if (routes[i].method == method)
            found = &routes[i];
    }
    if (found && id)
        ex->id = arena_strndup(ex->arena, id, id_n);
    return found;
}

/* --- who may come in -------------------------------------------------------------------------- */

static bool token_needed(const struct http_front *front)
{
    const struct http_server *s = front->server;

    return !front->local && (s->conf->token_n > 0 || s->exposed);
}

/* By the headers alone. A wrong token is known before a body arrives; requests without a body are
 * looked at again in allowed_in(), and no open route takes one.
 *
 * Without tokens everyone on this machine may come in, and so may every web page in a browser here:
 * under a name of its own that it lets point to us (DNS rebinding), or as a foreign origin. */
static int on_head(void *arg, const struct framing *head, const char **ret_field,
                   const char **ret_detail)
{
    const struct http_front *front = arg;
    const char *host = framing_value(head, FRAMING_HOST);
    const char *origin = framing_value(head, FRAMING_ORIGIN);
    const char *token = framing_value(head, FRAMING_AUTHORIZATION);

    if (front->local)
        return 0;
    if (token_needed(front)) {
        *ret_field = "Authorization";
        *ret_detail = NO_TOKEN;
        return !head->may_body || (head->keeps[FRAMING_AUTHORIZATION].n == 1 &&
                                   auth_actor(front->server->conf, token, true))
                   ? 0
                   : 401;
    }
    if (!host || !host_is_plain(host)) {
        *ret_field = "Host";
        *ret_detail = "expected `localhost` or an IP address; other names need tokens_file";
        return 421;
    }
    if (origin && !host_is_origin(host, origin)) {
        *ret_field = "Origin";
        *ret_detail = "pages of other origins may not call; that needs tokens_file";
        return 403;
    }
    return 0;
}

static bool allowed_in(struct exchange *ex, const struct http_front *front,
                       const struct route *route)
{
    const struct http_server *s = ex->server;
    const char *header, *actor;
    int count = 0;

    if (route && route->open)
        return true;
    header = exchange_asked(ex, "Authorization", &count);
    actor = count > 1 ? NULL : auth_actor(s->conf, header, token_needed(front));
    if (actor)
        ex->actor = arena_strdup(ex->arena, actor); /* a reload may free the configuration */
    return actor != NULL;
}

static void dispatch(struct exchange *ex, const struct http_front *front)
{
    const struct http_server *s = ex->server;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(ex->req);
    const char *path = evhttp_uri_get_path(uri), *allow, *why = NULL;
    enum evhttp_cmd_type method = evhttp_request_get_command(ex->req);
    const struct route *route = route_find(ex, method == EVHTTP_REQ_HEAD ? EVHTTP_REQ_GET : method,
                                           path ? path : "/", &allow);

    if (route)
        ex->route = (unsigned)(route - routes);
    if (!guard_in_step(ex->conn)) {
        exchange_problem(ex, PROBLEM_BAD_REQUEST, NULL, "the request's length is not clear");
    } else if (s->stopping) {
        exchange_problem(ex, PROBLEM_UNAVAILABLE, NULL, "the daemon is stopping");
    } else if (!allowed_in(ex, front, route)) {
        exchange_problem(ex, PROBLEM_UNAUTHORIZED, "Authorization", NO_TOKEN);
    } else if (!allow) {
        exchange_problem(ex, PROBLEM_NOT_FOUND, NULL, "no such path");
    } else if (!route) {
        exchange_header(ex, "Allow", allow);
        exchange_problem(ex, PROBLEM_METHOD, NULL, "this path does not take this method");
    } else if (ex->id && !digest_is_case_id(ex->id)) {
        exchange_problem(ex, PROBLEM_NOT_FOUND, "id", "not a case id: 16 characters 0-9 and A-Z");
    } else if (route->writes && s->config.disk_ok && !s->config.disk_ok(s->config.arg, &why)) {
        exchange_problem(ex, PROBLEM_UNAVAILABLE, NULL, why);
    } else {
        route->handle(ex);
    }
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct http_front *front = arg;

    dispatch(exchange_new(front, req), front);
}

static void on_refused(void *arg, int status)
{
    const struct http_front *front = arg;

    front->server->answers[EXCHANGE_ROUTES_MAX][status / 100 % EXCHANGE_CLASSES]++;
}

/* --- start and end ---------------------------------------------------------------------------- */

static void front_init(struct http_front *front, struct http_server *s, bool local)
{
    struct evhttp *evhttp = evhttp_new(s->config.base);

    must(evhttp != NULL);
    *front = (struct http_front){.server = s, .evhttp = evhttp, .local = local};
    front->guard = guard_new(
        &(struct guard_config){.base = s->config.base,
                               .clock = s->config.clock,
                               .places = local ? LIMIT_HTTP_LOCAL : LIMIT_HTTP_CONNECTIONS,
                               .admit = on_head,
                               .refused = on_refused,
                               .arg = front});
    evhttp_set_max_headers_size(evhttp, LIMIT_HEADER_BYTES);
    evhttp_set_max_body_size(evhttp, LIMIT_BODY_BYTES);
    /* The guard keeps the deadlines; this one is only behind it. */
    evhttp_set_timeout(evhttp, 2 * LIMIT_HTTP_IDLE_S);
    evhttp_set_allowed_methods(evhttp, EVERY_METHOD);
    evhttp_set_default_content_type(evhttp, NULL);
    evhttp_set_bevcb(evhttp, guard_bufferevent, front->guard);
    evhttp_set_gencb(evhttp, on_request, front);
}

static void front_accept(struct http_front *front, int fd)
{
    struct evhttp_bound_socket *bound = evhttp_accept_socket_with_handle(front->evhttp, fd);

    must(bound != NULL && front->bound_n < LIMIT_LISTEN);
    front->bound[front->bound_n++] = bound;
    guard_watch(front->guard, evhttp_bound_socket_get_listener(bound));
}

static int listen_everywhere(struct http_server *s, struct err *reterr)
{
    const struct conf *conf = s->conf;

    for (size_t i = 0; i < conf->listen_n; i++) {
        bool loopback = false;
        int fd = bind_tcp(conf->listen[i], conf->token_n > 0, &loopback, reterr);

        if (fd < 0)
            return fd;
        s->exposed = s->exposed || !loopback;
        front_accept(&s->tcp, fd);
    }
    if (conf->socket) {
        int fd = bind_unix(conf->socket, &s->socket_made, reterr);

        if (fd < 0)
            return fd;
        s->socket = strdup(conf->socket);
        must(s->socket != NULL);
        front_accept(&s->unixes, fd);
    }
    return 0;
}

static void log_listening(const struct http_server *s)
{
    char text[BIND_TEXT_SIZE];

    for (size_t i = 0; i < s->tcp.bound_n; i++) {
        bind_text(evhttp_bound_socket_get_fd(s->tcp.bound[i]), text);
        log_notice("listening address=%s", text);
    }
    if (s->socket)
        log_notice("listening address=unix:%s", s->socket);
}

struct http_server *http_server_new(const struct http_server_config *config, struct err *reterr)
{
    struct http_server *s = calloc(1, sizeof(*s));

    must(s != NULL);
    s->config = *config;
    s->conf = config->conf;
    LIST_INIT(&s->exchanges);
    front_init(&s->tcp, s, false);
    front_init(&s->unixes, s, true);
    if (listen_everywhere(s, reterr) < 0)
        return http_server_free(s);
    log_listening(s);
    return s;
}

void http_server_set_conf(struct http_server *s, const struct conf *conf)
{
    s->conf = conf;
}

static void front_close(struct http_front *front)
{
    while (front->bound_n > 0)
        evhttp_del_accept_socket(front->evhttp, front->bound[--front->bound_n]);
    guard_stop(front->guard);
}

static void front_free(struct http_front *front)
{
    evhttp_free(front->evhttp);
    guard_free(front->guard);
}

void http_server_stop(struct http_server *s)
{
    if (s->stopping)
        return;
    s->stopping = true;
    front_close(&s->tcp);
    front_close(&s->unixes);
    if (s->socket)
        bind_unix_remove(s->socket, &s->socket_made);
}

unsigned http_server_busy(const struct http_server *s)
{
    return s->busy;
}

struct http_server *http_server_free(struct http_server *s)
{
    struct exchange *ex;

    if (!s)
        return NULL;
    http_server_stop(s);
    while ((ex = LIST_FIRST(&s->exchanges)))
        exchange_orphan(ex);
    front_free(&s->tcp);
    front_free(&s->unixes);
    free((char *)s->socket);
    free(s);
    return NULL;
}
