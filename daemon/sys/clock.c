#include "sys/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "core/clock_guard.h"

#define SAMPLE_EVERY_MS 1000
#define SAMPLE_FIRST_MS 100   /* until the store answers: nothing fires without a clock */
#define FAR_AWAY_S 4102444800 /* 2100: the timerfd is there for its cancellation only */

struct sys_clock {
    struct clock_port port;
    struct clock_guard guard;
    struct store *store;
    void (*changed)(void *arg);
    void *changed_arg;
    struct event *timer;
    struct event *set; /* on set_fd: someone set the wall clock */
    int set_fd;
    bool asking;
    mono_ms asked_at;
    bool fresh; /* now was read in this turn */
    struct now now;
    bool behind, off; /* as last logged */
    char trouble[256];
};

/* To the nearest: two clocks read a millisecond apart must not turn an hour into 3599 s. */
static long long whole_seconds(span_ms span)
{
    return (span + (span < 0 ? -SECOND_MS : SECOND_MS) / 2) / SECOND_MS;
}

static int64_t clock_ms(clockid_t id)
{
    struct timespec ts;

    must(clock_gettime(id, &ts) == 0);
    return (int64_t)ts.tv_sec * SECOND_MS + ts.tv_nsec / 1000000;
}

mono_ms sys_mono(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

static struct now port_now(void *self)
{
    struct sys_clock *c = (struct sys_clock *)self;

    if (!c->fresh) {
        c->now.mono = sys_mono();
        c->now.wall = clock_ms(CLOCK_REALTIME);
        c->now.record = clock_guard_now(&c->guard, c->now.mono);
        c->fresh = true;
    }
    return c->now;
}

static bool wall_off(const struct sys_clock *c)
{
    return llabs((long long)c->guard.wall_offset) > CLOCK_JUMP_MS;
}

/* Each change is logged once; what lasts is in sys_clock_trouble(). */
static void log_sample(struct sys_clock *c, enum clock_event event, span_ms jump, mono_ms mono)
{
    bool behind = clock_guard_behind(&c->guard, mono) > 0, off = wall_off(c);

    switch (event) {
    case CLOCK_STEADY:
        break;
    case CLOCK_JUMPED:
        log_error("clock_jumped jump_ms=%lld hold_ms=%d, the old time goes on meanwhile",
                  (long long)c->guard.jump, CLOCK_HOLD_MS);
        break;
    case CLOCK_HEALED:
        log_notice("clock_healed jump_ms=%lld", (long long)jump);
        break;
    case CLOCK_BELIEVED:
        log_error("clock_believed jump_ms=%lld, it did not come back", (long long)jump);
        break;
    }
    if (behind && !c->behind)
        log_error("clock_stands_still for_ms=%lld, the store holds later times than its clock",
                  (long long)clock_guard_behind(&c->guard, mono));
    if (!behind && c->behind)
        log_notice("clock_runs_again");
    if (off && !c->off)
        log_error("wall_clock_off offset_ms=%lld, against the store's clock",
                  (long long)c->guard.wall_offset);
    c->behind = behind;
    c->off = off;
}

static void on_store_clock(void *arg, const struct store_clock *clock)
{
    struct sys_clock *c = (struct sys_clock *)arg;
    mono_ms mono = sys_mono();
    span_ms jump = c->guard.jump;
    bool first = !c->guard.running;
    enum clock_event event;

    c->asking = false;
    if (clock->status != STORE_OK || mono - c->asked_at > CLOCK_SAMPLE_TRIP_MS)
        return;
    event = clock_guard_sample(&c->guard, clock->time, clock->high_water, clock_ms(CLOCK_REALTIME),
                               mono);
    log_sample(c, event, jump, mono);
    if (first || event != CLOCK_STEADY)
        c->changed(c->changed_arg);
}

static void sample(struct sys_clock *c)
{
    if (!c->store || c->asking)
        return;
    c->asking = true;
    c->asked_at = sys_mono();
    c->store->clock(c->store->self, on_store_clock, c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct sys_clock *c = (struct sys_clock *)arg;
    int wait = c->guard.running ? SAMPLE_EVERY_MS : SAMPLE_FIRST_MS;
    struct timeval tv = {.tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000};

    (void)fd;
    (void)what;
    sample(c);
    must(event_add(c->timer, &tv) == 0);
}

static bool arm_set(struct sys_clock *c)
{
    static const struct itimerspec far = {.it_value = {.tv_sec = FAR_AWAY_S}};

    return timerfd_settime(c->set_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, NULL) == 0;
}

static void on_set(evutil_socket_t fd, short what, void *arg)
{
    struct sys_clock *c = (struct sys_clock *)arg;
    uint64_t expirations;

    (void)fd;
    (void)what;
    if (read(c->set_fd, &expirations, sizeof(expirations)) < 0 && errno == ECANCELED)
        log_notice("wall_clock_set, comparing with the store's clock");
    /* A time beyond 2100 expires it at each arming; the samples go on without it. */
    if (clock_ms(CLOCK_REALTIME) / SECOND_MS < FAR_AWAY_S && arm_set(c))
        sample(c);
    else
        event_del(c->set);
}

static void watch_set(struct sys_clock *c, struct event_base *base)
{
    c->set_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (c->set_fd < 0 || !arm_set(c)) {
        log_warning("wall_clock_unwatched error=%s, a step is seen within a second only",
                    strerror(errno));
        return;
    }
    c->set = event_new(base, c->set_fd, EV_READ | EV_PERSIST, on_set, c);
    must(c->set != NULL && event_add(c->set, NULL) == 0);
}

struct sys_clock *sys_clock_new(struct event_base *base, double scale, void (*changed)(void *arg),
                                void *changed_arg)
{
    struct sys_clock *c = calloc(1, sizeof(*c));

    must(c != NULL);
    c->port = (struct clock_port){.self = c, .now = port_now};
    c->changed = changed;
    c->changed_arg = changed_arg;
    clock_guard_init(&c->guard, scale);
    c->timer = evtimer_new(base, on_timer, c);
    must(c->timer != NULL);
    watch_set(c, base);
    return c;
}

struct sys_clock *sys_clock_free(struct sys_clock *c)
{
    if (c) {
        if (c->set)
            event_free(c->set);
        if (c->set_fd >= 0)
            close(c->set_fd);
        event_free(c->timer);
        free(c);
    }
    return NULL;
}

struct clock_port *sys_clock_port(struct sys_clock *c)
{
    return &c->port;
}

void sys_clock_watch(struct sys_clock *c, struct store *store)
{
    c->store = store;
    on_timer(-1, 0, c);
}

void sys_clock_next_turn(struct sys_clock *c)
{
    c->fresh = false;
}

const char *sys_clock_trouble(struct sys_clock *c)
{
    const struct clock_guard *g = &c->guard;
    mono_ms mono = sys_mono();
    span_ms behind = clock_guard_behind(g, mono);

    if (!g->running)
        return "the clock of record is not known yet: the store has not told its time";
    if (g->held)
        snprintf(
            c->trouble, sizeof(c->trouble),
            "the store's clock jumped by %+lld s; the old time goes on for %lld s more, then the "
            "new one is believed: check the time source of its host",
            whole_seconds(g->jump),
            (long long)((g->held_since + CLOCK_HOLD_MS - mono) / SECOND_MS));
    else if (behind > 0)
        snprintf(c->trouble, sizeof(c->trouble),
                 "time stands still for %lld s more: the store holds later times than its clock "
                 "shows; check the time source of its host",
                 (long long)(behind / SECOND_MS));
    else if (wall_off(c))
        snprintf(c->trouble, sizeof(c->trouble),
                 "this host's clock is %+lld s off the store's: check the time source of both",
                 whole_seconds(g->wall_offset));
    else
        return NULL;
    return c->trouble;
}
