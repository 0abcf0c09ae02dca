/* The event loop of the daemon: owner of the event_base, the signals, the one timer that runs the
 * ticker, and the clock. Talks to the service manager (ready, reloading, stopping, watchdog). */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <event2/event.h>
#include "base/err.h"
#include "base/instant.h"
#include "port/clock.h"
#include "port/store.h"

struct loop;

struct loop_hooks {
    void *arg;                        /* for all of them */
    span_ms (*turn)(void *arg);       /* app_turn: returns how long to sleep, real ms */
    void (*reload)(void *arg);        /* SIGHUP */
    const char *(*status)(void *arg); /* one line for `systemctl status`, asked every second */

    /* SIGTERM, SIGINT: stop() takes nothing new; the loop goes on while busy() says that something
     * is under way, at most STOP_DRAIN_MS; then finish() says the last words, which have
     * STOP_FINISH_MS to go out. */
    void (*stop)(void *arg);
    unsigned (*busy)(void *arg);
    void (*finish)(void *arg);
};

/* Takes over SIGTERM, SIGINT, SIGHUP, ignores SIGPIPE.
 * scale: CLOCK_SCALE_MAX at most; 1.0 outside of exercises. */
struct loop *loop_new(double scale, struct err *reterr);
struct loop *loop_free(struct loop *l); /* last of all: owns the event_base; accepts NULL */
struct event_base *loop_base(struct loop *l);
struct clock_port *loop_clock(struct loop *l);

/* From now on the store's clock is the clock of record, sampled every second. The store must be
 * freed before the loop. */
void loop_watch_clock(struct loop *l, struct store *store);
/* What is wrong with the clock, for people and /readyz; NULL: nothing. */
const char *loop_clock_trouble(struct loop *l);

/* Runs until a clean stop: 0, or -EIO when the event loop itself fails. */
int loop_run(struct loop *l, const struct loop_hooks *hooks);
/* Asks for a turn soon; arg is the loop. Callable from anywhere, the turn included. */
void loop_wake(void *arg);

#endif
