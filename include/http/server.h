/* The HTTP API on evhttp, with the guards it lacks: connection cap, whole-request deadline, strict
 * framing headers, bodies and headers limited. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <event2/event.h>
#include "app/app.h"
#include "base/err.h"
#include "conf/conf.h"
#include "port/clock.h"
#include "port/store.h"

struct http_server;

struct http_server_config {
    struct event_base *base;
    struct app *app;
    struct store *store;
    struct clock_port *clock;
    const struct conf *conf;
    const char *version;
    /* Room left for the embedded Redis; NULL: not watched. false: writes get 503 and `why`. */
    bool (*disk_ok)(void *arg, const char **why);
    /* Extra trouble for /readyz beside store and app ("clock jumped by 3600 s, held"); or NULL =
     * fine. */
    const char *(*trouble)(void *arg);
    void *arg;
};

/* Binds every listen address and the unix socket (replacing a dead one), or none: NULL and reterr.
 * Refuses addresses beyond loopback while conf has no tokens. */
struct http_server *http_server_new(const struct http_server_config *config, struct err *reterr);
struct http_server *http_server_free(struct http_server *s);
void http_server_set_conf(struct http_server *s,
                          const struct conf *conf); /* tokens; not addresses */
/* Stop taking connections, let answers under way go out. http_server_busy: requests not answered.
 */
void http_server_stop(struct http_server *s);
unsigned http_server_busy(const struct http_server *s);

#endif
