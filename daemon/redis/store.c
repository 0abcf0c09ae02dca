#include "redis/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "redis/store_priv.h"

static void on_up(void *arg)
{
    struct redis_store *s = arg;

    handshake_start(s);
}

static void on_down(void *arg, const char *why)
{
    struct redis_store *s = arg;
    bool was_ready = s->ready;

    /* The same trouble again and again is one line in the log; our own child just starting is none.
     */
    if (was_ready || !text_equal(s->state, why))
        log_line(s->settings.embedded && !s->port.shards ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
                 "redis: not reachable why=\"%s\"", why);
    s->ready = false;
    memset(s->held, 0, sizeof(s->held));
    snprintf(s->state, sizeof(s->state), "%s", why);
    if (was_ready && s->changed)
        s->changed(s->changed_arg, false);
}

static struct store_health store_health(void *self)
{
    const struct redis_store *s = self;

    return (struct store_health){
        .ready = s->ready,
        .durable = s->ready && s->durable,
        .state = s->state,
        .promise = s->promise,
    };
}

static char *copy(const char *text)
{
    char *out = text ? strdup(text) : NULL;

    must(!text || out);
    return out;
}

static char *number(unsigned n)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", n);
    return copy(text);
}

static struct redis_store *store_new(const struct redis_store_config *config,
                                     const struct redis_url *url)
{
    struct redis_store *s = calloc(1, sizeof(*s));

    must(s != NULL);
    s->port = (struct store){
        .self = s,
        .load = store_load,
        .commit = store_commit,
        .due = store_due,
        .take = store_take,
        .postpone = store_postpone,
        .facts = store_facts,
        .list = store_list,
        .clock = store_clock,
        .recall = store_recall,
        .remember = store_remember,
        .release = store_release,
        .health = store_health,
    };
    s->user = copy(config->user);
    s->password = copy(config->password);
    s->daemon_id = copy(config->daemon_id);
    s->db = url->db ? number((unsigned)url->db) : NULL;
    s->wanted_shards = number(config->shards);
    s->time_scale = number(config->time_scale);
    s->changed = config->changed;
    s->changed_arg = config->changed_arg;
    s->settings.embedded = config->embedded;
    snprintf(s->state, sizeof(s->state), "connecting");
    snprintf(s->promise, sizeof(s->promise), "unknown: not connected yet");
    return s;
}

struct redis_store *redis_store_new(const struct redis_store_config *config, struct err *reterr)
{
    struct conn_config connection = {
        .base = config->base,
        .connect_timeout_ms = REDIS_CONNECT_TIMEOUT_MS,
        .reply_timeout_ms = REDIS_REPLY_TIMEOUT_MS,
        .up = on_up,
        .down = on_down,
    };
    struct redis_store *s;

    must(config->daemon_id && config->shards >= 1 && config->shards <= LIMIT_SHARDS);
    must(config->time_scale >= 1);
    if (redis_url_parse(config->url, &connection.url, reterr) < 0)
        return NULL;
    s = store_new(config, &connection.url);
    connection.arg = s;
    s->conn = conn_new(&connection);
    if (!s->conn) {
        err_set(reterr, ENOMEM, "%s: can not set up events or the resolver", config->url);
        return redis_store_free(s);
    }
    return s;
}

struct redis_store *redis_store_free(struct redis_store *s)
{
    if (!s)
        return NULL;
    s->ready = false;
    snprintf(s->state, sizeof(s->state), "the daemon ends");
    s->conn = conn_free(s->conn);
    free(s->user);
    free(s->password);
    free(s->daemon_id);
    free(s->db);
    free(s->wanted_shards);
    free(s->time_scale);
    free(s);
    return NULL;
}

struct store *redis_store_port(struct redis_store *s)
{
    return &s->port;
}
