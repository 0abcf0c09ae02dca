/* What evhttp lacks towards hostile clients: a connection cap, a deadline for the whole request,
 * and strict framing (http/framing.h). It sits on each connection's buffers and sees the bytes
 * before evhttp does; a request that it refuses never reaches evhttp and gets a problem document.
 */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include <stdbool.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include "port/clock.h"

struct guard;
struct guard_conn;

struct guard_config {
    struct event_base *base;
    struct clock_port *clock;
    void (*refused)(void *arg, int status); /* for the counters */
    void *arg;
};

struct guard *guard_new(const struct guard_config *config);
/* After evhttp_free(): the connections are evhttp's. Accepts NULL; returns NULL. */
struct guard *guard_free(struct guard *g);

/* evhttp_set_bevcb() callback; arg is the guard. */
struct bufferevent *guard_bufferevent(struct event_base *base, void *arg);
/* Paused while LIMIT_HTTP_CONNECTIONS are open: the rest waits in the kernel's backlog. */
void guard_watch(struct guard *g, struct evconnlistener *listener);

struct guard_conn *guard_find(struct guard *g, const struct bufferevent *bev); /* or NULL */
/* Whether evhttp took the request that just arrived to end where we do. */
bool guard_in_step(const struct guard_conn *conn);
/* evhttp_send_reply() was called: the answer must now go out in LIMIT_HTTP_IDLE_S. */
void guard_answered(struct guard_conn *conn);

/* No more listeners; connections without a request are closed, now and from now on. */
void guard_stop(struct guard *g);
unsigned guard_connections(struct guard *g);

#endif
