#include "http/guard.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include "base/limits.h"
#include "base/must.h"
#include "http/framing.h"
#include "http/problem.h"

/* How often deadlines are looked at; and freed places while the cap is reached. */
#define TICK_MS 500
#define TICK_FULL_MS 50
/* At the cap, connections without a request for this long make room; if there are none, those whose
 * request has been arriving for this long. An eighth of the places at a time. */
#define EVICT_IDLE_MS (1 * SECOND_MS)
#define EVICT_READING_MS (2 * SECOND_MS)
#define EVICT_PART 8

enum guard_phase {
    GUARD_IDLE,     /* before the first byte of a request */
    GUARD_READING,  /* within a request */
    GUARD_HANDLING, /* the request is whole, its answer is not given yet */
    GUARD_WRITING,  /* the answer is given, not all bytes are taken */
    GUARD_CLOSING   /* refused: our problem document goes out, input is thrown away */
};

struct guard_conn {
    LIST_ENTRY(guard_conn) link;
    struct guard *guard;
    /* We hold a reference, so it outlives evhttp's; evhttp let go once its callbacks are NULL. */
    struct bufferevent *bev;
    enum guard_phase phase;
    mono_ms since; /* when the phase began */
    struct framing framing;
    bool admitted;                     /* the headers of this request were let in */
    size_t unread;                     /* bytes at the end of the input not given to framing yet */
    bufferevent_event_cb evhttp_event; /* GUARD_CLOSING: evhttp's callback, to hand it back */
    void *evhttp_arg;
};

struct guard {
    struct guard_config config;
    LIST_HEAD(, guard_conn) conns;
    unsigned conn_n;
    struct evconnlistener *listeners[LIMIT_LISTEN + 1]; /* and the unix socket */
    size_t listener_n;
    bool paused, stopping;
    struct event *tick;
};

/* Longest time a phase may take; 0 = not ours to end. */
static const span_ms phase_limit[] = {
    [GUARD_IDLE] = LIMIT_HTTP_IDLE_S * SECOND_MS,
    [GUARD_READING] = LIMIT_HTTP_REQUEST_S * SECOND_MS,
    [GUARD_HANDLING] = 0,
    [GUARD_WRITING] = LIMIT_HTTP_IDLE_S * SECOND_MS,
    [GUARD_CLOSING] = 2 * SECOND_MS,
};

static mono_ms mono_now(const struct guard *g)
{
    return g->config.clock->now(g->config.clock->self).mono;
}

static void enter(struct guard_conn *conn, enum guard_phase phase)
{
    if (conn->phase == phase)
        return;
    conn->phase = phase;
    conn->since = mono_now(conn->guard);
}

static bool let_go(const struct guard_conn *conn)
{
    bufferevent_event_cb on_event;

    bufferevent_getcb(conn->bev, NULL, NULL, &on_event, NULL);
    return on_event == NULL;
}

/* Makes evhttp free the connection, the way it does itself after a time-out. */
static void bury(struct guard_conn *conn)
{
    bufferevent_event_cb on_event = conn->evhttp_event;
    void *arg = conn->evhttp_arg;

    if (conn->phase != GUARD_CLOSING)
        bufferevent_getcb(conn->bev, NULL, NULL, &on_event, &arg);
    on_event(conn->bev, BEV_EVENT_TIMEOUT | BEV_EVENT_READING, arg);
}

/* --- refusing --------------------------------------------------------------------------------- */

static void on_closing_read(struct bufferevent *bev, void *arg)
{
    (void)arg;
    evbuffer_drain(bufferevent_get_input(bev), SIZE_MAX);
}

/* Our answer is out. Only our direction is closed: closing both while input is unread would reset
 * the connection and lose the answer. */
static void on_closing_written(struct bufferevent *bev, void *arg)
{
    (void)arg;
    shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void on_closing_event(struct bufferevent *bev, short what, void *arg)
{
    struct guard_conn *conn = arg;

    (void)bev;
    (void)what;
    bury(conn);
}

/* Takes the connection from evhttp, which gets it back in bury(). */
static void refuse(struct guard_conn *conn, int status, const char *field, const char *detail)
{
    enum problem_kind kind = problem_of_status(status);
    json_t *doc = problem_json(kind, field, detail);
    char *body = json_dumps(doc, JSON_COMPACT);
    struct evbuffer *output = bufferevent_get_output(conn->bev);

    json_decref(doc);
    bufferevent_getcb(conn->bev, NULL, NULL, &conn->evhttp_event, &conn->evhttp_arg);
    bufferevent_setcb(conn->bev, on_closing_read, on_closing_written, on_closing_event, conn);
    bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
    enter(conn, GUARD_CLOSING);
    evbuffer_drain(bufferevent_get_input(conn->bev), SIZE_MAX);
    if (!body)
        return;
    evbuffer_add_printf(output,
                        "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n"
                        "Content-Length: %zu\r\nCache-Control: no-store\r\n%s"
                        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s",
                        status, problem_title(kind), strlen(body),
                        status == 401 ? "WWW-Authenticate: Bearer\r\n" : "", body);
    free(body);
    conn->guard->config.refused(conn->guard->config.arg, status);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Whether a request whose headers are whole may go on. */
static bool admit(struct guard_conn *conn)
{
    const struct guard_config *config = &conn->guard->config;
    const char *field = NULL, *detail = NULL;
    int status;

    if (conn->admitted || !conn->framing.head_done)
        return true;
    status = config->admit(config->arg, &conn->framing, &field, &detail);
    conn->admitted = status == 0;
    if (status)
        refuse(conn, status, field, detail);
    return conn->admitted;
}

/* Gives framing what is unread, up to the end of the request. */
static void scan(struct guard_conn *conn)
{
    struct evbuffer *input = bufferevent_get_input(conn->bev);
    struct framing *f = &conn->framing;

    while (conn->unread && f->step != FRAMING_DONE && f->step != FRAMING_BAD) {
        struct evbuffer_ptr at;
        struct evbuffer_iovec part;
        size_t used;

        evbuffer_ptr_set(input, &at, evbuffer_get_length(input) - conn->unread, EVBUFFER_PTR_SET);
        if (evbuffer_peek(input, -1, &at, &part, 1) < 1)
            break;
        used = framing_feed(f, part.iov_base, part.iov_len);
        conn->unread -= used;
    }
    if (f->begun)
        enter(conn, f->step == FRAMING_DONE ? GUARD_HANDLING : GUARD_READING);
    if (admit(conn) && f->step == FRAMING_BAD)
        refuse(conn, f->status, f->field, f->detail);
}

static void on_input(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    struct guard_conn *conn = arg;

    (void)buffer;
    if (info->n_added == 0 || conn->phase == GUARD_CLOSING)
        return;
    conn->unread += info->n_added;
    if (conn->phase == GUARD_IDLE || conn->phase == GUARD_READING)
        scan(conn);
    else if (conn->unread > LIMIT_HEADER_BYTES)
        bufferevent_disable(conn->bev, EV_READ); /* until evhttp reads the next request */
}

/* The answer is out: on to the next request, of which some bytes may be here already. This runs
 * before evhttp looks at them. */
static void on_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *arg)
{
    struct guard_conn *conn = arg;

    if (conn->phase != GUARD_WRITING || info->n_deleted == 0 || evbuffer_get_length(buffer) > 0)
        return;
    framing_next(&conn->framing);
    conn->admitted = false;
    enter(conn, GUARD_IDLE);
    scan(conn);
}

struct guard_conn *guard_find(struct guard *g, const struct bufferevent *bev)
{
    struct guard_conn *conn;

    LIST_FOREACH(conn, &g->conns, link)
    if (conn->bev == bev)
        return conn;
    return NULL;
}

bool guard_in_step(const struct guard_conn *conn)
{
    return conn->phase == GUARD_HANDLING &&
           evbuffer_get_length(bufferevent_get_input(conn->bev)) == conn->unread;
}

void guard_answered(struct guard_conn *conn)
{
    must(conn->phase == GUARD_HANDLING);
    enter(conn, GUARD_WRITING);
}

/* --- connections ------------------------------------------------------------------------------ */

static void conn_free(struct guard_conn *conn)
{
    LIST_REMOVE(conn, link);
    conn->guard->conn_n--;
    bufferevent_decref(conn->bev);
    framing_free(&conn->framing);
    free(conn);
}

/* Frees what evhttp let go of. */
static void reap(struct guard *g)
{
    struct guard_conn *conn = LIST_FIRST(&g->conns), *next;

    for (; conn; conn = next) {
        next = LIST_NEXT(conn, link);
        if (let_go(conn))
            conn_free(conn);
    }
}

static void sweep(struct guard *g)
{
    mono_ms now = mono_now(g);
    struct guard_conn *conn;

    reap(g);
    LIST_FOREACH(conn, &g->conns, link)
    {
        span_ms limit = phase_limit[conn->phase];

        if (g->stopping && conn->phase == GUARD_IDLE)
            limit = 1;
        if (limit == 0 || now - conn->since < limit)
            continue;
        if (conn->phase == GUARD_READING)
            refuse(conn, 408, NULL, "the request did not arrive whole within 15 seconds");
        else
            bury(conn);
    }
    reap(g);
}

/* The connection that has been longest in a phase, for at least `wait`; or NULL. */
static struct guard_conn *longest(struct guard *g, enum guard_phase phase, span_ms wait)
{
    mono_ms before = mono_now(g) - wait;
    struct guard_conn *conn, *found = NULL;

    LIST_FOREACH(conn, &g->conns, link)
    if (conn->phase == phase && conn->since <= (found ? found->since : before))
        found = conn;
    return found;
}

/* At the cap, connections without a request make room, or else those that are slow to send one. */
static void evict(struct guard *g)
{
    unsigned n = g->config.places / EVICT_PART;
    enum guard_phase phase = longest(g, GUARD_IDLE, EVICT_IDLE_MS) ? GUARD_IDLE : GUARD_READING;
    struct guard_conn *conn;

    while (n-- > 0 &&
           (conn = longest(g, phase, phase == GUARD_IDLE ? EVICT_IDLE_MS : EVICT_READING_MS))) {
        bury(conn);
        reap(g);
    }
}

static void arm(struct guard *g)
{
    const struct timeval wait = {.tv_usec = (g->paused ? TICK_FULL_MS : TICK_MS) * 1000};

    evtimer_add(g->tick, &wait);
}

static void pause_listeners(struct guard *g, bool pause)
{
    if (g->paused == pause || g->stopping)
        return;
    g->paused = pause;
    for (size_t i = 0; i < g->listener_n; i++) {
        if (pause)
            evconnlistener_disable(g->listeners[i]);
        else
            evconnlistener_enable(g->listeners[i]);
    }
    arm(g);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct guard *g = arg;

    (void)fd;
    (void)what;
    sweep(g);
    if (g->conn_n >= g->config.places)
        evict(g);
    pause_listeners(g, g->conn_n >= g->config.places);
    arm(g);
}

struct bufferevent *guard_bufferevent(struct event_base *base, void *arg)
{
    struct guard *g = arg;
    struct guard_conn *conn = calloc(1, sizeof(*conn));

    must(conn != NULL);
    reap(g); /* before the new one is on the list: evhttp has not set its callbacks yet */
    conn->guard = g;
    /* Without BEV_OPT_CLOSE_ON_FREE: evhttp closes the descriptor itself, at once. */
    conn->bev = bufferevent_socket_new(base, -1, 0);
    must(conn->bev != NULL);
    bufferevent_incref(conn->bev);
    framing_init(&conn->framing);
    conn->since = mono_now(g);
    must(evbuffer_add_cb(bufferevent_get_input(conn->bev), on_input, conn) != NULL);
    must(evbuffer_add_cb(bufferevent_get_output(conn->bev), on_output, conn) != NULL);
    LIST_INSERT_HEAD(&g->conns, conn, link);
    g->conn_n++;
    pause_listeners(g, g->conn_n >= g->config.places);
    return conn->bev;
}

void guard_watch(struct guard *g, struct evconnlistener *listener)
{
    must(g->listener_n <= LIMIT_LISTEN);
    g->listeners[g->listener_n++] = listener;
}

void guard_stop(struct guard *g)
{
    g->listener_n = 0;
    g->stopping = true;
    sweep(g);
}

unsigned guard_connections(struct guard *g)
{
    reap(g);
    return g->conn_n;
}

size_t guard_output(const struct guard *g)
{
    const struct guard_conn *conn;
    size_t n = 0;

    LIST_FOREACH(conn, &g->conns, link)
    n += evbuffer_get_length(bufferevent_get_output(conn->bev));
    return n;
}

struct guard *guard_new(const struct guard_config *config)
{
    struct guard *g = calloc(1, sizeof(*g));

    must(g != NULL);
    g->config = *config;
    LIST_INIT(&g->conns);
    g->tick = evtimer_new(config->base, on_tick, g);
    must(g->tick != NULL);
    arm(g);
    return g;
}

struct guard *guard_free(struct guard *g)
{
    if (!g)
        return NULL;
    for (struct guard_conn *conn = LIST_FIRST(&g->conns), *next; conn; conn = next) {
        next = LIST_NEXT(conn, link);
        conn_free(conn);
    }
    event_free(g->tick);
    free(g);
    return NULL;
}
