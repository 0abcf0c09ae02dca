#include "webhook/multi.h"

#include <stdlib.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"

struct multi {
    CURLM *curl;
    struct event_base *base;
    struct event *timer;
    multi_done_fn *done;
    void *owner;
};

static void act(struct multi *m, curl_socket_t fd, int ready)
{
    CURLMsg *message;
    int running = 0, left = 0;
    const CURLMcode code = curl_multi_socket_action(m->curl, fd, ready, &running);

    if (code != CURLM_OK)
        log_error("webhook: %s", curl_multi_strerror(code));
    while ((message = curl_multi_info_read(m->curl, &left)) != NULL) {
        CURL *easy = message->easy_handle; /* the message dies with the removal */
        const CURLcode result = message->data.result;

        curl_multi_remove_handle(m->curl, easy);
        m->done(m->owner, easy, result);
    }
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
    struct multi *m = arg;

    act(m, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct multi *m = arg;

    (void)fd;
    (void)what;
    act(m, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl wants to be called in `timeout_ms`. It must not be called from here, not even for 0. */
static int on_timeout_wish(CURLM *curl, long timeout_ms, void *arg)
{
    struct multi *m = arg;
    const struct timeval wait = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

    (void)curl;
    if (timeout_ms < 0)
        event_del(m->timer);
    else
        event_add(m->timer, &wait);
    return 0;
}

/* libcurl wants to watch `fd`. Always 0: any other answer kills the multi handle for good, while a
 * socket that can not be watched only costs its own transfer, by its time-out. */
static int on_watch_wish(CURL *easy, curl_socket_t fd, int wish, void *arg, void *watch)
{
    struct multi *m = arg;
    struct event *event = watch;
    const short what = (short)(EV_PERSIST | (wish & CURL_POLL_IN ? EV_READ : 0) |
                               (wish & CURL_POLL_OUT ? EV_WRITE : 0));

    (void)easy;
    if (event)
        event_free(event);
    event = wish == CURL_POLL_REMOVE ? NULL : event_new(m->base, fd, what, on_ready, m);
    if (event && event_add(event, NULL))
        log_error("webhook: a connection can not be watched");
    curl_multi_assign(m->curl, fd, event);
    return 0;
}

struct multi *multi_new(struct event_base *base, multi_done_fn *done, void *owner)
{
    struct multi *m = calloc(1, sizeof(*m));

    must(m);
    m->base = base;
    m->done = done;
    m->owner = owner;
    m->curl = curl_multi_init();
    m->timer = evtimer_new(base, on_timer, m);
    must(m->curl && m->timer);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_watch_wish);
    curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timeout_wish);
    curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
    curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)LIMIT_DELIVERIES);
    return m;
}

struct multi *multi_free(struct multi *m)
{
    if (m) {
        curl_multi_cleanup(m->curl);
        event_free(m->timer);
        free(m);
    }
    return NULL;
}

bool multi_start(struct multi *m, CURL *easy)
{
    return curl_multi_add_handle(m->curl, easy) == CURLM_OK;
}

void multi_stop(struct multi *m, CURL *easy)
{
    curl_multi_remove_handle(m->curl, easy);
}
