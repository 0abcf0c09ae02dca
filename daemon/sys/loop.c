#include "sys/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/systemd.h"

#define STOP_LOOK_MS 20 /* how often a stop looks whether all is done */

enum phase { RUNNING, DRAINING, FINISHING, DONE };

enum { SIGNALS = 3 };
static const int signals[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

struct loop {
    struct event_base *base;
    struct sys_clock *clock;
    struct event *turn, *status, *signal[SIGNALS];
    struct loop_hooks hooks;
    enum phase phase;
    mono_ms phase_until;
    bool woken;      /* a turn was asked for since the last one began */
    span_ms feed_ms; /* 0: no watchdog */
    mono_ms fed_at;
    char status_text[256]; /* as last told */
};

static void arm(struct event *event, span_ms ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    must(evtimer_add(event, &tv) == 0);
}

static void enter(struct loop *l, enum phase phase, span_ms at_most)
{
    l->phase = phase;
    l->phase_until = sys_mono() + at_most;
}

/* Fed from the turn and nowhere else: a daemon that does no turns is to be restarted. */
static void feed_watchdog(struct loop *l)
{
    mono_ms mono = sys_mono();

    if (!l->feed_ms || mono - l->fed_at < l->feed_ms / 2)
        return;
    systemd_watchdog_feed();
    l->fed_at = mono;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = (struct loop *)arg;
    span_ms most = l->phase == RUNNING ? TICK_MAX_MS : STOP_LOOK_MS, sleep;

    (void)fd;
    (void)what;
    sys_clock_next_turn(l->clock);
    l->woken = false;
    sleep = l->hooks.turn(l->hooks.arg);
    feed_watchdog(l);
    if (l->woken || sleep < 0)
        sleep = 0;
    arm(l->turn, sleep < most ? sleep : most);
}

void loop_wake(void *arg)
{
    struct loop *l = (struct loop *)arg;

    l->woken = true;
    arm(l->turn, 0);
}

static void on_status(evutil_socket_t fd, short what, void *arg)
{
    struct loop *l = (struct loop *)arg;
    const char *text = l->hooks.status(l->hooks.arg);

    (void)fd;
    (void)what;
    arm(l->status, SECOND_MS);
    if (strncmp(text, l->status_text, sizeof(l->status_text) - 1) == 0)
        return;
    snprintf(l->status_text, sizeof(l->status_text), "%s", text);
    systemd_status(l->status_text);
}

static void stop(struct loop *l, int number)
{
    if (l->phase != RUNNING) { /* asked twice: do not wait */
        l->phase_until = sys_mono();
        return;
    }
    log_notice("stopping signal=%s", number == SIGINT ? "INT" : "TERM");
    systemd_stopping();
    enter(l, DRAINING, STOP_DRAIN_MS);
    l->hooks.stop(l->hooks.arg);
    loop_wake(l);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
    struct loop *l = (struct loop *)arg;

    (void)what;
    if (number != SIGHUP) {
        stop(l, (int)number);
    } else if (l->phase == RUNNING) {
        systemd_reloading();
        l->hooks.reload(l->hooks.arg);
        systemd_ready();
    }
}

struct loop *loop_new(double scale, struct err *reterr)
{
    struct loop *l = calloc(1, sizeof(*l));

    must(l != NULL);
    signal(SIGPIPE, SIG_IGN);
    l->base = event_base_new();
    if (!l->base) {
        err_set(reterr, EIO, "no event loop: epoll is not available or out of descriptors");
        free(l);
        return NULL;
    }
    l->turn = evtimer_new(l->base, on_turn, l);
    l->status = evtimer_new(l->base, on_status, l);
    l->clock = sys_clock_new(l->base, scale, loop_wake, l);
    must(l->turn != NULL && l->status != NULL);
    for (int i = 0; i < SIGNALS; i++) {
        l->signal[i] = evsignal_new(l->base, signals[i], on_signal, l);
        must(l->signal[i] != NULL && event_add(l->signal[i], NULL) == 0);
    }
    return l;
}

struct loop *loop_free(struct loop *l)
{
    if (l) {
        for (int i = 0; i < SIGNALS; i++)
            event_free(l->signal[i]);
        event_free(l->turn);
        event_free(l->status);
        sys_clock_free(l->clock);
        event_base_free(l->base);
        free(l);
    }
    return NULL;
}

struct event_base *loop_base(struct loop *l)
{
    return l->base;
}

struct clock_port *loop_clock(struct loop *l)
{
    return sys_clock_port(l->clock);
}

void loop_watch_clock(struct loop *l, struct store *store)
{
    sys_clock_watch(l->clock, store);
}

const char *loop_clock_trouble(struct loop *l)
{
    return sys_clock_trouble(l->clock);
}

static void advance(struct loop *l)
{
    bool late = sys_mono() >= l->phase_until;
    unsigned busy;

    if (l->phase == DRAINING) {
        busy = l->hooks.busy(l->hooks.arg);
        if (busy > 0 && !late)
            return;
        if (busy > 0)
            log_warning("stopped_with_work_left n=%u, it is taken up at the next start", busy);
        l->hooks.finish(l->hooks.arg);
        enter(l, FINISHING, STOP_FINISH_MS);
    } else if (l->phase == FINISHING && late) {
        l->phase = DONE;
    }
}

int loop_run(struct loop *l, const struct loop_hooks *hooks)
{
    l->hooks = *hooks;
    l->feed_ms = systemd_watchdog_interval();
    loop_wake(l);
    arm(l->status, 0);
    systemd_ready();
    while (l->phase != DONE) {
        sys_clock_next_turn(l->clock);
        if (event_base_loop(l->base, EVLOOP_ONCE) < 0) {
            log_error("event_loop_failed");
            return -EIO;
        }
        advance(l);
    }
    return 0;
}
