/* One connection to one Redis: keeps itself up, sends commands in a pipeline, gives each its
 * answer. hiredis is used as codec only; the rest is a libevent bufferevent.
 *
 * Callbacks run exactly once, from the event loop, never from inside the call that caused them. */
#ifndef REDIS_CONN_H
#define REDIS_CONN_H

#include <event2/event.h>
#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include "redis/url.h"

struct conn;

struct conn_answer {
    const struct redisReply *reply; /* NULL: there is none; lives during the callback */
    bool sent;                      /* without a reply: false = the server never got it */
    const char *why;                /* without a reply: for people */
};
typedef void conn_reply_fn(void *arg, const struct conn_answer *answer);

struct conn_config {
    struct event_base *base;
    struct redis_url url;
    unsigned connect_timeout_ms, reply_timeout_ms;
    void (*up)(void *arg);                    /* connected, nothing sent yet */
    void (*down)(void *arg, const char *why); /* or could not connect; tries again by itself */
    void *arg;
};

/* NULL when the platform gives no event or resolver. Connects from the event loop. */
struct conn *conn_new(const struct conn_config *config);
/* Answers everything that waits (these callbacks run inside this call). Not from a callback. */
struct conn *conn_free(struct conn *c);

void conn_send(struct conn *c, size_t argc, const char **argv, const size_t *argvlen,
               conn_reply_fn *done, void *arg);
/* An answer "not sent" from the event loop, for what is not even tried. why outlives it. */
void conn_refuse(struct conn *c, const char *why, conn_reply_fn *done, void *arg);
/* This connection is of no use: end it, try again after a back-off. */
void conn_drop(struct conn *c, const char *why);
/* It is of use: the next back-off starts from the shortest. */
void conn_useful(struct conn *c);

#endif
