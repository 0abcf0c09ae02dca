/* A daemon's clocks: monotonic and wall from the world's true time, and the clock of record from
 * samples of the store through the real guard. */
#ifndef SIM_FAKE_CLOCK_H
#define SIM_FAKE_CLOCK_H

#include "core/clock_guard.h"
#include "fake_db.h"
#include "port/clock.h"

/* A sample that took longer says nothing exact about the store's clock; it is taken again. */
#define FAKE_CLOCK_ROUND_TRIP_MS 1000

/* Called for the first sample and for everything but CLOCK_STEADY. */
typedef void fake_clock_event_fn(void *arg, enum clock_event event);

struct fake_clock {
    struct clock_port port;
    const struct fake_time *time;
    instant_ms boot;     /* true time at mono 0 */
    span_ms wall_offset; /* of the wall clock from true time */
    struct clock_guard guard;
    struct store *store;
    bool asking;
    mono_ms asked_at;
    fake_clock_event_fn *event;
    void *event_arg;
};

/* A daemon that just started: no sample yet, mono near 0. */
void fake_clock_start(struct fake_clock *c, const struct fake_time *time, struct store *store,
                      span_ms wall_offset);
/* Asks the store for its clock, unless an answer is still awaited. */
void fake_clock_sample(struct fake_clock *c);

#endif
