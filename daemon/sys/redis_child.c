#include "sys/redis_child.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"
#include "sys/aof_tail.h"
#include "sys/clock.h"
#include "sys/files.h"
#include "sys/redis_files.h"
#include "sys/spawn.h"

#define HINT_AFTER_DEATHS 3
#define WAIT_LOG_MS 10000 /* how often the log says that an earlier server still has the files */

struct redis_child {
    struct redis_files files;
    struct event *died;  /* SIGCHLD */
    struct event *start; /* the next attempt */
    int runtime_lock;
    char url[sizeof("unix://") + REDIS_SOCKET_BYTES];
    pid_t pid; /* 0: not running */
    mono_ms started_at;
    mono_ms said_at; /* that the files are locked; 0: they are not */
    unsigned deaths; /* in a row, none of which ran REDIS_SETTLED_MS */
    span_ms back_off;
    char trouble[384];
};

static void arm(struct redis_child *c, span_ms ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    must(evtimer_add(c->start, &tv) == 0);
}

static void try_again(struct redis_child *c)
{
    arm(c, c->back_off);
    c->back_off = c->back_off * 2 < REDIS_RESTART_MAX_MS ? c->back_off * 2 : REDIS_RESTART_MAX_MS;
}

/* An earlier server, told to stop by the death of its daemon, or the rewrite child of one. */
static void wait_for_files(struct redis_child *c)
{
    mono_ms mono = sys_mono();
    int pid = (int)files_noted_pid(c->files.lock);

    if (!c->said_at || mono - c->said_at >= WAIT_LOG_MS) {
        log_notice("redis_waiting pid=%d dir=%s, an earlier redis-server has the files", pid,
                   c->files.dir);
        c->said_at = mono;
    }
    snprintf(
        c->trouble, sizeof(c->trouble),
        "redis-server: waiting for an earlier one (pid %d, or its rewrite) to let go of %.200s; "
        "kill it if it hangs",
        pid, c->files.dir);
    arm(c, REDIS_LOCK_POLL_MS);
}

static void launch(struct redis_child *c, int lock)
{
    const char *const argv[] = {c->files.server, c->files.conf, NULL};
    pid_t pid;

    redis_files_clean(&c->files);
    aof_tail_repair(c->files.dir);
    pid = spawn_kept(argv, lock);
    if (pid < 0) {
        snprintf(c->trouble, sizeof(c->trouble), "redis-server can not be started: %s",
                 strerror((int)-pid));
        log_error("redis_not_started error=%s retry_ms=%lld", strerror((int)-pid),
                  (long long)c->back_off);
        try_again(c);
        return;
    }
    files_note_pid(lock, pid);
    c->pid = pid;
    c->started_at = sys_mono();
    log_info("redis_started pid=%d socket=%s", (int)pid, c->files.socket);
}

static void on_start(evutil_socket_t fd, short what, void *arg)
{
    struct redis_child *c = (struct redis_child *)arg;
    struct err err;
    int lock, r = files_lock(c->files.lock, &lock, &err);

    (void)fd;
    (void)what;
    if (r == -EBUSY) {
        wait_for_files(c);
        return;
    }
    c->said_at = 0;
    if (r < 0) {
        snprintf(c->trouble, sizeof(c->trouble), "redis-server can not be started: %.300s",
                 err.text);
        log_error("redis_not_started error=%s retry_ms=%lld", err.text, (long long)c->back_off);
        try_again(c);
        return;
    }
    launch(c, lock);
    /* From here on the server alone keeps the lock, for as long as it lives. */
    close(lock);
}

static void say_how_it_died(struct redis_child *c, int status, span_ms ran)
{
    bool killed = WIFSIGNALED(status);
    int number = killed ? WTERMSIG(status) : WEXITSTATUS(status);

    snprintf(c->trouble, sizeof(c->trouble),
             "redis-server %s %d (%u in a row); its last lines in the log say why",
             killed ? "was killed by signal" : "ended with status", number, c->deaths);
    log_error("redis_died pid=%d %s=%d ran_ms=%lld deaths=%u retry_ms=%lld", (int)c->pid,
              killed ? "signal" : "status", number, (long long)ran, c->deaths,
              (long long)c->back_off);
    if (c->deaths == HINT_AFTER_DEATHS)
        log_error("redis_keeps_dying, if it says \"Bad file format\" its file is damaged: copy %s "
                  "elsewhere, stop shixiand, run redis-check-aof --fix on the .manifest file in "
                  "appendonlydir, start shixiand",
                  c->files.dir);
}

static void on_died(evutil_socket_t fd, short what, void *arg)
{
    struct redis_child *c = (struct redis_child *)arg;
    int status = 0;
    span_ms ran;

    (void)fd;
    (void)what;
    if (!c->pid || waitpid(c->pid, &status, WNOHANG) != c->pid)
        return;
    ran = sys_mono() - c->started_at;
    if (ran >= REDIS_SETTLED_MS) {
        c->deaths = 0;
        c->back_off = REDIS_RESTART_MIN_MS;
    }
    c->deaths++;
    say_how_it_died(c, status, ran);
    c->pid = 0;
    try_again(c);
}

struct redis_child *redis_child_new(struct event_base *base, const char *state_dir,
                                    const char *runtime_dir, struct err *reterr)
{
    struct redis_child *c = calloc(1, sizeof(*c));

    must(c != NULL);
    c->back_off = REDIS_RESTART_MIN_MS;
    c->runtime_lock = -1;
    if (redis_files_prepare(&c->files, state_dir, runtime_dir, &c->runtime_lock, reterr) < 0)
        return redis_child_free(c);
    snprintf(c->url, sizeof(c->url), "unix://%s", c->files.socket);
    c->died = evsignal_new(base, SIGCHLD, on_died, c);
    c->start = evtimer_new(base, on_start, c);
    must(c->died != NULL && c->start != NULL && event_add(c->died, NULL) == 0);
    arm(c, 0);
    return c;
}

static bool gone_within(pid_t pid, span_ms ms)
{
    static const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    mono_ms end = sys_mono() + ms;

    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (sys_mono() >= end)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static void stop(pid_t pid)
{
    kill(pid, SIGTERM);
    if (gone_within(pid, REDIS_STOP_MS))
        return;
    log_error("redis_killed pid=%d after_ms=%d, it did not end when asked", (int)pid,
              REDIS_STOP_MS);
    /* Its group: a rewrite child, which nobody tells to stop, would keep the files for as long as
     * it takes. */
    if (kill(-pid, SIGKILL) < 0)
        kill(pid, SIGKILL);
    gone_within(pid, REDIS_STOP_MS);
}

struct redis_child *redis_child_free(struct redis_child *c)
{
    if (c) {
        if (c->died)
            event_free(c->died);
        if (c->start)
            event_free(c->start);
        if (c->pid)
            stop(c->pid);
        if (c->runtime_lock >= 0)
            close(c->runtime_lock);
        free(c);
    }
    return NULL;
}

const char *redis_child_url(const struct redis_child *c)
{
    return c->url;
}

/* One death that is over is in the log; several in a row are trouble until it stays up. */
const char *redis_child_trouble(struct redis_child *c)
{
    bool settled = c->pid && (c->deaths < 2 || sys_mono() - c->started_at >= REDIS_SETTLED_MS);

    return settled || !c->trouble[0] ? NULL : c->trouble;
}
