#include "fake_clock.h"

static mono_ms mono_now(const struct fake_clock *c)
{
    return c->time->now - c->boot;
}

static struct now clock_now(void *self)
{
    struct fake_clock *c = self;

    return (struct now){.record = clock_guard_now(&c->guard, mono_now(c)),
                        .mono = mono_now(c),
                        .wall = c->time->now + c->wall_offset};
}

void fake_clock_start(struct fake_clock *c, const struct fake_time *time, struct store *store,
                      span_ms wall_offset)
{
    c->port = (struct clock_port){.self = c, .now = clock_now};
    c->time = time;
    c->boot = time->now - 1;
    c->store = store;
    c->wall_offset = wall_offset;
    c->asking = false;
    clock_guard_init(&c->guard, 1.0);
}

static void sampled(void *arg, const struct store_clock *clock)
{
    struct fake_clock *c = arg;
    bool first = !c->guard.running;
    enum clock_event event;

    c->asking = false;
    if (clock->status != STORE_OK)
        return;
    if (mono_now(c) - c->asked_at > FAKE_CLOCK_ROUND_TRIP_MS) {
        fake_clock_sample(c);
        return;
    }
    event = clock_guard_sample(&c->guard, clock->time, clock->high_water,
                               c->time->now + c->wall_offset, mono_now(c));
    if (first || event != CLOCK_STEADY)
        c->event(c->event_arg, event);
}

void fake_clock_sample(struct fake_clock *c)
{
    if (c->asking)
        return;
    c->asking = true;
    c->asked_at = mono_now(c);
    c->store->clock(c->store->self, sampled, c);
}
