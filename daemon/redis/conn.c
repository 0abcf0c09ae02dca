#include "redis/conn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/limits.h"
#include "base/must.h"

#define BACKOFF_MIN_MS 50   /* a restarted server is there again within 0.1 s */
#define BACKOFF_MAX_MS 2000 /* of many daemons, so not more often; soon enough for people */

enum conn_state { CONN_WAITING, CONN_CONNECTING, CONN_UP };

/* A command whose callback has not run yet. */
struct wait {
    struct wait *next;
    conn_reply_fn *done;
    void *arg;
    bool sent;
    const char *why; /* once it is late */
};

struct queue {
    struct wait *head, **tail;
    size_t n;
};

/* A host name being resolved. Its callback comes even after it was cancelled: then c is NULL. */
struct lookup {
    struct conn *c;
    struct evdns_getaddrinfo_request *request;
};

struct conn {
    struct conn_config config;
    enum conn_state state;
    struct bufferevent *bev; /* NULL while waiting */
    struct evdns_base *dns;  /* only for a host name */
    struct lookup *lookup;   /* or NULL */
    redisReader *reader;
    struct queue pending; /* sent, in order of their replies */
    struct queue late;    /* will get no reply; answered at the next turn */
    struct event *late_event;
    struct event *timer; /* waiting: connect; connecting: give up; up: no reply for too long */
    unsigned failures;   /* since it was useful */
    unsigned life;       /* counts drops, so that a loop over replies sees one happen */
    char why[256];       /* of the last drop */
};

static void queue_push(struct queue *q, struct wait *w)
{
    w->next = NULL;
    *q->tail = w;
    q->tail = &w->next;
    q->n++;
}

static struct wait *queue_pop(struct queue *q)
{
    struct wait *w = q->head;

    if (!w)
        return NULL;
    q->head = w->next;
    if (!q->head)
        q->tail = &q->head;
    q->n--;
    return w;
}

static struct wait *wait_new(conn_reply_fn *done, void *arg)
{
    struct wait *w = calloc(1, sizeof(*w));

    must(w != NULL);
    w->done = done;
    w->arg = arg;
    return w;
}

static void timer_set(struct event *timer, unsigned ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};

    must(event_add(timer, &tv) == 0);
}

static void make_late(struct conn *c, struct wait *w, const char *why)
{
    w->why = why;
    queue_push(&c->late, w);
    timer_set(c->late_event, 0);
}

static void answer_late(struct wait *w)
{
    w->done(w->arg, &(struct conn_answer){.sent = w->sent, .why = w->why});
    free(w);
}

/* Only what is late now: callbacks may add more, which wait for the next turn. */
static void on_late(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;
    size_t n = c->late.n;

    (void)fd;
    (void)what;
    while (n-- > 0)
        answer_late(queue_pop(&c->late));
}

static unsigned backoff_ms(struct conn *c)
{
    unsigned ms = BACKOFF_MIN_MS << (c->failures < 6 ? c->failures : 6);
    unsigned char random = 0;

    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    evutil_secure_rng_get_bytes(&random, sizeof(random));
    return ms / 2 + ms / 2 * random / 255;
}

static void disconnect(struct conn *c)
{
    if (c->lookup) {
        c->lookup->c = NULL;
        evdns_getaddrinfo_cancel(c->lookup->request);
        c->lookup = NULL;
    }
    if (c->bev)
        bufferevent_free(c->bev);
    c->bev = NULL;
    if (c->reader)
        redisReaderFree(c->reader);
    c->reader = NULL;
    c->state = CONN_WAITING;
}

void conn_drop(struct conn *c, const char *why)
{
    struct wait *w;

    if (c->state == CONN_WAITING)
        return;
    snprintf(c->why, sizeof(c->why), "%s", why);
    c->life++;
    disconnect(c);
    while ((w = queue_pop(&c->pending)))
        make_late(c, w, c->why);
    timer_set(c->timer, backoff_ms(c));
    c->failures++;
    c->config.down(c->config.arg, c->why);
}

/* False when a callback ended this connection. */
static bool answer_replies(struct conn *c)
{
    unsigned life = c->life;

    for (;;) {
        void *reply = NULL;
        struct wait *w;

        if (redisReaderGetReply(c->reader, &reply) != REDIS_OK) {
            conn_drop(c, c->reader->errstr);
            return false;
        }
        if (!reply)
            return true;
        w = queue_pop(&c->pending);
        if (w)
            w->done(w->arg, &(struct conn_answer){.reply = reply, .sent = true});
        else
            conn_drop(c, "the server speaks unasked");
        free(w);
        freeReplyObject(reply);
        if (c->life != life)
            return false;
    }
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct conn *c = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    size_t n;

    while ((n = evbuffer_get_contiguous_space(in)) > 0) {
        int r = redisReaderFeed(c->reader, (const char *)evbuffer_pullup(in, (ev_ssize_t)n), n);

        if (r != REDIS_OK) {
            conn_drop(c, c->reader->errstr);
            return;
        }
        evbuffer_drain(in, n);
        if (!answer_replies(c))
            return;
    }
    /* The limit is on silence, not on one reply: a long pipeline may take longer in all. */
    if (c->pending.head)
        timer_set(c->timer, c->config.reply_timeout_ms);
    else
        event_del(c->timer);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct conn *c = arg;
    int fd = bufferevent_getfd(bev), on = 1;
    char why[128];

    if (what & BEV_EVENT_CONNECTED) {
        c->state = CONN_UP;
        event_del(c->timer);
        if (!c->config.url.path[0]) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
        }
        c->config.up(c->config.arg);
    } else if (what & BEV_EVENT_EOF) {
        conn_drop(c, "the server closed the connection");
    } else {
        snprintf(why, sizeof(why), "%s%s", c->state == CONN_CONNECTING ? "connect: " : "",
                 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
        conn_drop(c, why);
    }
}

/* A missing unix socket is told here and by no event. Other failures come as an event, maybe before
 * the call returns: then the drop has been and does nothing more. */
static void connect_to(struct conn *c, const struct sockaddr *address, size_t len)
{
    char why[128];

    if (bufferevent_socket_connect(c->bev, address, (int)len) < 0) {
        snprintf(why, sizeof(why), "connect: %s",
                 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
        conn_drop(c, why);
    } else if (c->bev) {
        evutil_make_socket_closeonexec(bufferevent_getfd(c->bev));
    }
}

/* Each try takes the next address: one that does not answer must not hide the others. */
static void on_addresses(int error, struct evutil_addrinfo *list, void *arg)
{
    struct lookup *lookup = arg;
    struct conn *c = lookup->c;
    const struct evutil_addrinfo *at;
    unsigned n = 0;

    free(lookup);
    if (c) {
        c->lookup = NULL;
        for (at = list; at; at = at->ai_next)
            n++;
        at = list;
        for (unsigned i = n ? c->failures % n : 0; i > 0; i--)
            at = at->ai_next;
        if (at)
            connect_to(c, at->ai_addr, at->ai_addrlen);
        else
            conn_drop(c, error ? evutil_gai_strerror(error) : "the host has no address");
    }
    if (list)
        evutil_freeaddrinfo(list);
}

/* Not bufferevent_socket_connect_hostname(): that one tries the first address only. */
static void resolve(struct conn *c)
{
    struct evutil_addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    struct evdns_getaddrinfo_request *request;
    char port[8];

    must(lookup != NULL);
    lookup->c = c;
    c->lookup = lookup;
    snprintf(port, sizeof(port), "%d", c->config.url.port);
    if (!c->dns) { /* an address: nothing to ask anyone */
        struct evutil_addrinfo *list = NULL;
        int error;

        hints.ai_flags = EVUTIL_AI_NUMERICHOST | EVUTIL_AI_NUMERICSERV;
        error = evutil_getaddrinfo(c->config.url.host, port, &hints, &list);
        on_addresses(error, list, lookup);
        return;
    }
    request = evdns_getaddrinfo(c->dns, c->config.url.host, port, &hints, on_addresses, lookup);
    if (request)
        lookup->request = request; /* else the callback has been, and freed it */
}

static void connect_now(struct conn *c)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    c->bev = bufferevent_socket_new(c->config.base, -1, BEV_OPT_CLOSE_ON_FREE);
    c->reader = redisReaderCreate();
    must(c->bev && c->reader);
    c->state = CONN_CONNECTING;
    bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    timer_set(c->timer, c->config.connect_timeout_ms);
    if (c->config.url.path[0]) {
        memcpy(un.sun_path, c->config.url.path, sizeof(un.sun_path));
        connect_to(c, (struct sockaddr *)&un, sizeof(un));
    } else {
        resolve(c);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct conn *c = arg;

    (void)fd;
    (void)what;
    if (c->state == CONN_WAITING)
        connect_now(c);
    else
        conn_drop(c, c->state == CONN_UP ? "no reply in time" : "connect: timed out");
}

static bool is_name(const char *host)
{
    unsigned char bytes[16];

    return *host && evutil_inet_pton(AF_INET, host, bytes) != 1 &&
           evutil_inet_pton(AF_INET6, host, bytes) != 1;
}

/* Not EVDNS_BASE_INITIALIZE_NAMESERVERS: that fails where resolv.conf names none, and then a name
 * of /etc/hosts must do all the same, and any other be a connection that fails, not a daemon that
 * does not start. */
static struct evdns_base *resolver_new(struct event_base *base)
{
    struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

    if (dns)
        evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, "/etc/resolv.conf");
    return dns;
}

struct conn *conn_new(const struct conn_config *config)
{
    struct conn *c = calloc(1, sizeof(*c));

    must(c != NULL);
    c->config = *config;
    c->pending.tail = &c->pending.head;
    c->late.tail = &c->late.head;
    snprintf(c->why, sizeof(c->why), "connecting");
    c->timer = evtimer_new(config->base, on_timer, c);
    c->late_event = evtimer_new(config->base, on_late, c);
    if (is_name(config->url.host))
        c->dns = resolver_new(config->base);
    if (!c->timer || !c->late_event || (is_name(config->url.host) && !c->dns))
        return conn_free(c);
    timer_set(c->timer, 0);
    return c;
}

/* What is queued for sending goes out if the socket takes it at once: leases given back at the end
 * let another daemon take over without waiting. */
static void flush(struct bufferevent *bev)
{
    struct evbuffer *out = bufferevent_get_output(bev);

    evbuffer_unfreeze(out, 1);
    evbuffer_write(out, bufferevent_getfd(bev));
}

struct conn *conn_free(struct conn *c)
{
    struct wait *w;

    if (!c)
        return NULL;
    if (c->state == CONN_UP)
        flush(c->bev);
    disconnect(c);
    while ((w = queue_pop(&c->pending)))
        make_late(c, w, "the daemon ends");
    while ((w = queue_pop(&c->late)))
        answer_late(w);
    if (c->timer)
        event_free(c->timer);
    if (c->late_event)
        event_free(c->late_event);
    if (c->dns)
        evdns_base_free(c->dns, 0);
    free(c);
    return NULL;
}

void conn_refuse(struct conn *c, const char *why, conn_reply_fn *done, void *arg)
{
    make_late(c, wait_new(done, arg), why);
}

void conn_send(struct conn *c, size_t argc, const char **argv, const size_t *argvlen,
               conn_reply_fn *done, void *arg)
{
    char *bytes = NULL;
    struct wait *w;
    int n;

    if (c->state != CONN_UP) {
        conn_refuse(c, c->why, done, arg);
        return;
    }
    if (c->pending.n >= LIMIT_REDIS_PENDING ||
        evbuffer_get_length(bufferevent_get_output(c->bev)) >= LIMIT_REDIS_OUT_BYTES) {
        conn_refuse(c, "too many commands wait for the server", done, arg);
        return;
    }
    n = redisFormatCommandArgv(&bytes, (int)argc, argv, argvlen);
    must(n > 0 && bufferevent_write(c->bev, bytes, (size_t)n) == 0);
    redisFreeCommand(bytes);
    w = wait_new(done, arg);
    w->sent = true;
    if (!c->pending.head)
        timer_set(c->timer, c->config.reply_timeout_ms);
    queue_push(&c->pending, w);
}

void conn_useful(struct conn *c)
{
    c->failures = 0;
}
