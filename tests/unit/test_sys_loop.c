/* The loop: turns, signals and the order of a stop, what the service manager hears, the clock. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/log.h"
#include "sys/loop.h"

/* A small daemon: counts what it is asked to do and writes down the order. */
struct daemon {
    struct loop *loop;
    struct store store;
    struct event *asked;
    store_clock_fn *done;
    void *done_arg;
    enum store_status status;
    span_ms store_offset; /* of the store's clock from our wall clock */
    instant_ms high_water;
    unsigned turns, stop_after, signal_at, busy_left;
    span_ms sleep;
    bool wake_in_turn;
    char story[256];
    struct now first, second;
    const char *status_text;
};

static void quiet(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static instant_ms wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (instant_ms)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void note(struct daemon *d, const char *word)
{
    size_t len = strlen(d->story);

    snprintf(d->story + len, sizeof(d->story) - len, "%s%s", len ? " " : "", word);
}

static span_ms turn(void *arg)
{
    struct daemon *d = arg;
    struct clock_port *clock = loop_clock(d->loop);

    d->turns++;
    d->first = clock->now(clock->self);
    d->second = clock->now(clock->self);
    if (d->wake_in_turn)
        loop_wake(d->loop);
    if (d->turns == d->signal_at)
        raise(SIGHUP);
    if (d->turns == d->stop_after)
        raise(SIGTERM);
    return d->sleep;
}

static void reload(void *arg)
{
    note(arg, "reload");
}

static void stop(void *arg)
{
    note(arg, "stop");
}

static unsigned busy(void *arg)
{
    struct daemon *d = arg;

    if (!d->busy_left)
        return 0;
    note(d, "busy");
    return d->busy_left--;
}

static void finish(void *arg)
{
    note(arg, "finish");
}

static const char *status(void *arg)
{
    struct daemon *d = arg;

    return d->status_text;
}

static void answer(evutil_socket_t fd, short what, void *arg)
{
    struct daemon *d = arg;
    struct store_clock clock = {
        .status = d->status, .time = wall_ms() + d->store_offset, .high_water = d->high_water};

    (void)fd;
    (void)what;
    d->done(d->done_arg, &clock);
}

static void ask_clock(void *self, store_clock_fn *done, void *arg)
{
    static const struct timeval soon = {.tv_usec = 1000};
    struct daemon *d = self;

    d->done = done;
    d->done_arg = arg;
    evtimer_add(d->asked, &soon);
}

static int set_up(void **state)
{
    struct daemon *d = calloc(1, sizeof(*d));

    log_setup(LOG_LEVEL_ERROR, quiet);
    d->loop = loop_new(1.0, NULL);
    d->store = (struct store){.self = d, .clock = ask_clock};
    d->asked = evtimer_new(loop_base(d->loop), answer, d);
    d->high_water = INSTANT_NONE;
    d->sleep = 10;
    d->status_text = "watching";
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    struct daemon *d = *state;

    event_free(d->asked);
    loop_free(d->loop);
    free(d);
    return 0;
}

static void run(struct daemon *d)
{
    const struct loop_hooks hooks = {.arg = d,
                                     .turn = turn,
                                     .reload = reload,
                                     .status = status,
                                     .stop = stop,
                                     .busy = busy,
                                     .finish = finish};

    assert_int_equal(loop_run(d->loop, &hooks), 0);
}

static void stop_goes_in_order(void **state)
{
    struct daemon *d = *state;

    d->stop_after = 3;
    d->busy_left = 2;
    run(d);
    assert_string_equal(d->story, "stop busy busy finish");
    assert_true(d->turns > 3); /* time goes on while the work drains */
}

static void work_that_never_ends_is_left(void **state)
{
    struct daemon *d = *state;
    instant_ms start = wall_ms();

    d->stop_after = 1;
    d->busy_left = 100000;
    run(d);
    assert_non_null(strstr(d->story, "stop busy"));
    assert_true(wall_ms() - start >= 4900);
    assert_true(wall_ms() - start < 8000);
}

static void second_signal_hurries(void **state)
{
    struct daemon *d = *state;
    instant_ms start = wall_ms();

    d->stop_after = 1;
    d->busy_left = 100000;
    d->sleep = 10;
    raise(SIGINT);
    run(d);
    assert_true(wall_ms() - start < 2000);
}

static void hangup_reloads(void **state)
{
    struct daemon *d = *state;

    d->signal_at = 2;
    d->stop_after = 6;
    run(d);
    assert_string_equal(d->story, "reload stop finish");
}

static void broken_pipe_does_not_kill(void **state)
{
    struct daemon *d = *state;

    d->stop_after = 2;
    raise(SIGPIPE);
    run(d);
}

static void wake_wins_over_sleep(void **state)
{
    struct daemon *d = *state;
    instant_ms start = wall_ms();

    d->wake_in_turn = true;
    d->sleep = 1000;
    d->stop_after = 50;
    run(d);
    assert_true(wall_ms() - start < 1000);
}

static void now_is_one_per_turn_and_follows_the_store(void **state)
{
    struct daemon *d = *state;

    assert_non_null(strstr(loop_clock_trouble(d->loop), "not known yet"));
    d->store_offset = 3000;
    d->stop_after = 30;
    loop_watch_clock(d->loop, &d->store);
    run(d);
    assert_memory_equal(&d->first, &d->second, sizeof(d->first));
    assert_true(llabs((long long)(d->first.record - wall_ms() - 3000)) < 1000);
    assert_true(d->first.mono > 0);
    assert_null(loop_clock_trouble(d->loop));
}

static void first_sample_wakes_a_turn(void **state)
{
    struct daemon *d = *state;
    instant_ms start = wall_ms();

    d->sleep = 1000;
    d->stop_after = 2;
    loop_watch_clock(d->loop, &d->store);
    run(d);
    assert_true(wall_ms() - start < 900);
}

static void no_sample_no_record(void **state)
{
    struct daemon *d = *state;

    d->status = STORE_UNAVAILABLE;
    d->stop_after = 20;
    loop_watch_clock(d->loop, &d->store);
    run(d);
    assert_true(d->first.record == INSTANT_NONE);
    assert_non_null(strstr(loop_clock_trouble(d->loop), "not known yet"));
}

static void clock_trouble_is_said(void **state)
{
    struct daemon *d = *state;
    instant_ms before;

    d->stop_after = 20;
    d->store_offset = -HOUR_MS; /* ahead of our clock it would be a jump */
    loop_watch_clock(d->loop, &d->store);
    run(d);
    assert_non_null(strstr(loop_clock_trouble(d->loop), "+3600 s off the store's"));

    before = d->first.record;
    d->store_offset = 0;
    /* The loop has ended, its timers have not: the clock is still sampled. */
    for (int i = 0; i < 200 && !strstr(loop_clock_trouble(d->loop), "jumped"); i++)
        event_base_loop(loop_base(d->loop), EVLOOP_ONCE);
    assert_non_null(strstr(loop_clock_trouble(d->loop), "jumped by +3600 s"));
    assert_true(d->first.record - before < MINUTE_MS);
}

static void standstill_is_said(void **state)
{
    struct daemon *d = *state;

    d->stop_after = 20;
    d->high_water = wall_ms() + HOUR_MS;
    loop_watch_clock(d->loop, &d->store);
    run(d);
    assert_true(d->first.record == d->high_water);
    assert_non_null(strstr(loop_clock_trouble(d->loop), "stands still"));
}

/* --- the service manager ---------------------------------------------------------------------- */

static int listen_as_manager(char *path, size_t size)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_usec = 1000};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(path, size, "/tmp/shixian-notify-%d", (int)getpid());
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    unlink(path);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return fd;
}

static void manager_hears_everything(void **state)
{
    struct daemon *d = *state;
    char path[64], all[8192] = "", one[1024];
    int fd = listen_as_manager(path, sizeof(path));
    const char *p = all;
    static const char *const expected[] = {"READY=1|",        "STATUS=watching|", "RELOADING=1\n",
                                           "MONOTONIC_USEC=", "READY=1|",         "STOPPING=1|"};

    setenv("NOTIFY_SOCKET", path, 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    d->signal_at = 5;
    d->stop_after = 10; /* soon: the socket holds ten messages, and nobody reads meanwhile */
    run(d);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    for (ssize_t n; (n = recv(fd, one, sizeof(one) - 1, 0)) > 0;) {
        one[n] = '\0';
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s|", one);
    }
    close(fd);
    unlink(path);
    assert_non_null(strstr(all, "WATCHDOG=1|"));
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        p = strstr(p, expected[i]);
        if (!p)
            fail_msg("\"%s\" is missing, or not in this order, in: %s", expected[i], all);
        p += strlen(expected[i]);
    }
}

int main(void)
{
#define WITH_DAEMON(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_DAEMON(stop_goes_in_order),
        WITH_DAEMON(work_that_never_ends_is_left),
        WITH_DAEMON(second_signal_hurries),
        WITH_DAEMON(hangup_reloads),
        WITH_DAEMON(broken_pipe_does_not_kill),
        WITH_DAEMON(wake_wins_over_sleep),
        WITH_DAEMON(now_is_one_per_turn_and_follows_the_store),
        WITH_DAEMON(first_sample_wakes_a_turn),
        WITH_DAEMON(no_sample_no_record),
        WITH_DAEMON(clock_trouble_is_said),
        WITH_DAEMON(standstill_is_said),
        WITH_DAEMON(manager_hears_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
