/* Time for app: read once per loop turn and passed down, never read again inside it. */
#ifndef PORT_CLOCK_H
#define PORT_CLOCK_H

#include "base/instant.h"

struct now {
    instant_ms record; /* the clock of record (core/clock_guard.h); INSTANT_NONE: not known yet */
    mono_ms mono;      /* ours */
    instant_ms wall;   /* ours; for comparison and logs only */
};

struct clock_port {
    void *self;
    struct now (*now)(void *self);
};

#endif
