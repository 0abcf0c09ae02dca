/* What evhttp lacks towards hostile clients: a connection cap, a deadline for the whole request,
 * strict framing (http/framing.h), and a word before the body is read. One guard watches one front,
 * so that nobody on TCP can take the places of the unix socket. It sits on each connection's
 * buffers and sees the bytes before evhttp does; a request that it refuses never reaches evhttp and
 * gets a problem document.
 */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include "port/clock.h"

struct framing;
struct guard;
struct guard_conn;

struct guard_config {
    struct event_base *base;
    struct clock_port *clock;
    unsigned places; /* connections at once; the rest waits in the kernel's backlog */
    /* Decides from the headers, before any of the body is kept: 0, or a status, field (or NULL) and
     * detail. */
    int (*admit)(void *arg, const struct framing *head, const char **ret_field,
                 const char **ret_detail);
    void (*refused)(void *arg, int status); /* for the counters */
    void *arg;
};

struct guard *guard_new(const struct guard_config *config);
/* After evhttp_free(): the connections are evhttp's. Accepts NULL; returns NULL. */
struct guard *guard_free(struct guard *g);

/* evhttp_set_bevcb() callback; arg is the guard. */
struct bufferevent *guard_bufferevent(struct event_base *base, void *arg);
/* Paused while all places are taken. */
void guard_watch(struct guard *g, struct evconnlistener *listener);

struct guard_conn *guard_find(struct guard *g, const struct bufferevent *bev); /* or NULL */
/* Whether evhttp took the request that just arrived to end where we do. */
bool guard_in_step(const struct guard_conn *conn);
/* evhttp_send_reply() was called: the answer must now go out in LIMIT_HTTP_IDLE_S. */
void guard_answered(struct guard_conn *conn);

/* No more listeners; connections without a request are closed, now and from now on. */
void guard_stop(struct guard *g);
unsigned guard_connections(struct guard *g);
/* Bytes of answers that their readers have not taken yet. */
size_t guard_output(const struct guard *g);

#endif
