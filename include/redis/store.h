/* The store port on a real Redis or Valkey: hiredis as codec over a libevent bufferevent, scripts
 * by EVALSHA. One instance per daemon. */
#ifndef REDIS_STORE_H
#define REDIS_STORE_H

#include <event2/event.h>
#include "base/err.h"
#include "port/store.h"

struct redis_store;

struct redis_store_config {
    struct event_base *base;
    const char *url;       /* unix://PATH[?db=N] or redis://HOST:PORT[/DB] */
    const char *user;      /* or NULL */
    const char *password;  /* or NULL */
    unsigned shards;       /* for an empty database; an existing one keeps its own number */
    unsigned time_scale;   /* of this daemon; a database of another one is refused */
    const char *daemon_id; /* stable over restarts: lease owner and stream consumer */
    bool embedded;         /* our own child: says so in the promise */
    void (*changed)(void *arg, bool ready); /* connection came or went; or NULL */
    void *changed_arg;
};

/* Starts connecting and keeps at it with back-off and jitter. NULL with reterr on a bad URL. */
struct redis_store *redis_store_new(const struct redis_store_config *config, struct err *reterr);
struct redis_store *
redis_store_free(struct redis_store *s); /* pending callbacks get UNKNOWN/UNAVAILABLE */
struct store *redis_store_port(struct redis_store *s);

#endif
