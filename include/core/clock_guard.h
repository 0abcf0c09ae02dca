/* The clock of record: Redis TIME, never running back, watched against our own two clocks.
 *
 * Between samples `now` runs on with the monotonic clock. A sample that disagrees with it by more
 * than JUMP is a jump: it is reported, and for HOLD the guard goes on counting monotonic time, so
 * nothing fires early; if the new time is still there after HOLD it is believed. A first sample far
 * ahead of our wall clock is held like a jump, so that a restart is no way around it. Time never
 * runs back past the high-water mark (what the store has already written). Pure. */
#ifndef CORE_CLOCK_GUARD_H
#define CORE_CLOCK_GUARD_H

#include <stdbool.h>
#include "base/instant.h"

#define CLOCK_JUMP_MS 5000         /* more than NTP slews between two samples, less than a rung */
#define CLOCK_HOLD_MS (10 * 60000) /* time for a person to look; then the clock of record wins */
#define CLOCK_SCALE_MAX 100000.0   /* a year in five minutes; keeps every product exact */

struct clock_guard {
    bool running;      /* a first sample was taken */
    instant_ms anchor; /* time of record at anchor_mono */
    mono_ms anchor_mono;
    instant_ms high_water;   /* nothing before this is ever returned */
    mono_ms high_water_mono; /* when it was last raised */
    bool held;               /* a jump is being held */
    mono_ms held_since;
    span_ms jump;        /* sample minus expected, of the held jump */
    span_ms wall_offset; /* our wall clock minus the store's, at the last sample (for the alarm) */
    double scale;        /* 1.0; --time-scale in exercises: record seconds per real second. With
                            another scale the store's clock gives the start only. */
};

enum clock_event { CLOCK_STEADY, CLOCK_JUMPED, CLOCK_HEALED /* came back */, CLOCK_BELIEVED };

void clock_guard_init(struct clock_guard *g, double scale);
/* A sample of the store's clock and high-water mark, with our clocks read at the same moment. */
enum clock_event clock_guard_sample(struct clock_guard *g, instant_ms store_time,
                                    instant_ms store_high_water, instant_ms wall, mono_ms mono);
/* Time of record at `mono`; INSTANT_NONE before the first sample. Never less than before. */
instant_ms clock_guard_now(struct clock_guard *g, mono_ms mono);
/* How long time of record will stand still because the store holds later times; 0 = it runs. */
span_ms clock_guard_behind(const struct clock_guard *g, mono_ms mono);

#endif
