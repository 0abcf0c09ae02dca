/* The clock port: the guard of core fed by the store's clock, and our own two clocks. */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <event2/event.h>
#include "port/clock.h"
#include "port/store.h"

struct sys_clock;

/* CLOCK_BOOTTIME: monotonic, and unlike CLOCK_MONOTONIC it counts the time a host was suspended, so
 * waking up is no jump. */
mono_ms sys_mono(void);

/* changed: time is known now, or has moved otherwise than by passing. */
struct sys_clock *sys_clock_new(struct event_base *base, double scale, void (*changed)(void *arg),
                                void *changed_arg);
struct sys_clock *sys_clock_free(struct sys_clock *c);
struct clock_port *sys_clock_port(struct sys_clock *c);
void sys_clock_watch(struct sys_clock *c, struct store *store);
void sys_clock_next_turn(struct sys_clock *c); /* the next now() reads the clocks */
const char *sys_clock_trouble(struct sys_clock *c);

#endif
