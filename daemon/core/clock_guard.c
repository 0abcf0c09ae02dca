#include "core/clock_guard.h"

#include "base/must.h"

void clock_guard_init(struct clock_guard *g, double scale)
{
    must(scale > 0 && scale <= CLOCK_SCALE_MAX);
    *g = (struct clock_guard){.high_water = INSTANT_NONE, .scale = scale};
}

/* What a store says may be anything; inside this range no sum below can overflow. */
static instant_ms bounded(instant_ms at)
{
    if (at < 0)
        return 0;
    return at > INSTANT_MAX ? INSTANT_MAX : at;
}

static bool near(span_ms span)
{
    return span >= -CLOCK_JUMP_MS && span <= CLOCK_JUMP_MS;
}

/* What the anchor alone says, the high-water mark not yet applied. */
static instant_ms reading(const struct clock_guard *g, mono_ms mono)
{
    return bounded(g->anchor + (span_ms)((double)(mono - g->anchor_mono) * g->scale));
}

static void raise_high_water(struct clock_guard *g, instant_ms at, mono_ms mono)
{
    if (at <= g->high_water)
        return;
    g->high_water = at;
    g->high_water_mono = mono;
}

static void settle(struct clock_guard *g, instant_ms time, mono_ms mono)
{
    g->running = true;
    g->held = false;
    g->anchor = time;
    g->anchor_mono = mono;
}

/* A clock that had gone back and was believed, so that time of record stands still, and now comes
 * home: at most where it would be had it never gone. No reason to stand still any longer. */
static bool comes_home(const struct clock_guard *g, instant_ms time, mono_ms mono)
{
    return clock_guard_behind(g, mono) > 0 && time >= g->high_water &&
           time <= g->high_water + (mono - g->high_water_mono) + CLOCK_JUMP_MS;
}

static void hold(struct clock_guard *g, span_ms jump, mono_ms mono)
{
    g->held = true;
    g->held_since = mono;
    g->jump = jump;
}

/* A restart must not be a way around a hold: a store ahead of our wall clock, of which nothing that
 * was committed knows yet, is doubted like any jump. Committed times ahead of our wall clock prove
 * that it is ours that is behind. */
static enum clock_event first_sample(struct clock_guard *g, instant_ms time, instant_ms wall,
                                     mono_ms mono)
{
    if (g->scale != 1.0) {
        settle(g, g->high_water > time ? g->high_water : time, mono);
        return CLOCK_STEADY;
    }
    if (time - wall <= CLOCK_JUMP_MS || g->high_water > wall) {
        settle(g, time, mono);
        return CLOCK_STEADY;
    }
    settle(g, wall, mono);
    hold(g, time - wall, mono);
    return CLOCK_JUMPED;
}

enum clock_event clock_guard_sample(struct clock_guard *g, instant_ms store_time,
                                    instant_ms store_high_water, instant_ms wall, mono_ms mono)
{
    instant_ms time = bounded(store_time);
    enum clock_event good = g->held ? CLOCK_HEALED : CLOCK_STEADY;
    span_ms jump;

    g->wall_offset = bounded(wall) - time;
    if (store_high_water != INSTANT_NONE)
        raise_high_water(g, bounded(store_high_water), mono);
    if (!g->running) {
        return first_sample(g, time, bounded(wall), mono);
    }
    if (g->scale != 1.0)
        return CLOCK_STEADY;
    jump = time - reading(g, mono);
    if (near(jump)) {
        settle(g, time, mono);
        return good;
    }
    if (comes_home(g, time, mono)) {
        settle(g, time, mono);
        return CLOCK_HEALED;
    }
    if (!g->held || !near(jump - g->jump)) {
        hold(g, jump, mono);
        return CLOCK_JUMPED;
    }
    if (mono - g->held_since < CLOCK_HOLD_MS)
        return CLOCK_STEADY;
    settle(g, time, mono);
    return CLOCK_BELIEVED;
}

instant_ms clock_guard_now(struct clock_guard *g, mono_ms mono)
{
    if (!g->running)
        return INSTANT_NONE;
    raise_high_water(g, reading(g, mono), mono);
    return g->high_water;
}

span_ms clock_guard_behind(const struct clock_guard *g, mono_ms mono)
{
    span_ms behind;

    if (!g->running || g->high_water == INSTANT_NONE)
        return 0;
    behind = g->high_water - reading(g, mono);
    return behind > CLOCK_JUMP_MS ? behind : 0;
}
