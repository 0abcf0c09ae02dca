/* A private redis-server on a unix socket in a temporary directory, a proxy before it that can lose
 * an answer, and two daemons' stores on it. */
#ifndef CONTRACT_REDIS_WORLD_H
#define CONTRACT_REDIS_WORLD_H

#include <event2/event.h>
#include <event2/listener.h>
#include <hiredis/hiredis.h>
#include <sys/types.h>
#include "redis/store.h"
#include "store_contract.h"

struct redis_world {
    struct contract_env env;
    struct event_base *base;
    struct redis_store *a, *b;
    char dir[32];
    char socket[64], proxy[64]; /* paths */
    pid_t pid;                  /* of redis-server, 0: not running */
    redisContext *control;
    struct evconnlistener *listener;
    bool lose_next;   /* the proxy cuts at the next answer */
    char text[65536]; /* what redis_world_do() gives */
};

/* Empty database, both stores ready. */
int redis_world_setup(void **state);
int redis_world_teardown(void **state);

void redis_world_start(struct redis_world *w);         /* the server, and waits for it */
void redis_world_stop(struct redis_world *w, int sig); /* ends it by this signal */
void redis_world_pump(void *self);
struct redis_store *redis_world_store(struct redis_world *w, const char *path, const char *name,
                                      const char *password);
void redis_world_ready(struct redis_world *w, struct store *s);
/* A command by hand; its answer as text: "nil", "(error) ...", numbers; arrays joined by spaces.
 * Lives until the next call. */
const char *redis_world_do(struct redis_world *w, const char *format, ...);
#endif
