#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "check.h"

#define WORLD_BYTES ((size_t)4 * 1024 * 1024 * 1024)
#define TRACE_BYTES ((size_t)512 * 1024 * 1024)
/* More events than any one instant can need: past it something spins. */
#define DRAIN_EVENTS 20000
#define CHECK_EVENTS 256 /* what spins is mostly a broken promise: look now and then */
/* Hops of one world_run(); what is left is slept through. */
#define RUN_HOPS 500
/* A guard that holds or stands still has to be sampled to go on. */
#define SAMPLE_MS (30 * SECOND_MS)
/* New notices are found by their shard's daemon at least this often. */
#define OUTBOX_MS 5000
#define FLIGHT_MS (20 * SECOND_MS)
/* After a fault: a dead daemon's lease runs out, the other one asks within a tick, and its outbox
 * poll (every 5 s) finds what was left. */
#define RECOVERY_MS (LEASE_MS + 8 * TICK_MAX_MS)

void trace(struct world *w, const char *fmt, ...)
{
    char line[1024], at[INSTANT_TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    zone_format(&zone_china, w->time.now, at);
    buf_printf(&w->trace, "%-30s %s\n", at, line);
}

void violate(struct world *w, const char *promise, const char *fmt, ...)
{
    size_t n;
    va_list args;

    if (w->failed)
        return;
    w->failed = true;
    n = (size_t)snprintf(w->failure, sizeof(w->failure), "%s: ", promise);
    va_start(args, fmt);
    vsnprintf(w->failure + n, sizeof(w->failure) - n, fmt, args);
    va_end(args);
    trace(w, "BROKEN %s", w->failure);
}

/* --- time ------------------------------------------------------------------------------------- */

static struct now daemon_now(struct daemon *d)
{
    return d->clock.port.now(d->clock.port.self);
}

instant_ms world_record(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct daemon *d = &w->daemons[i];
        struct now now;

        if (!d->app)
            continue;
        now = daemon_now(d);
        if (now.record != INSTANT_NONE)
            return now.record;
    }
    return w->time.now;
}

instant_ms world_record_least(struct world *w)
{
    instant_ms least = INSTANT_MAX;

    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct now now = daemon_now(&w->daemons[i]);

        if (now.record < least)
            least = now.record;
    }
    return least;
}

bool world_well(const struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++)
        if (!w->daemons[i].app || !w->daemons[i].linked)
            return false;
    return w->store_up && w->time.now - w->trouble_at > RECOVERY_MS;
}

static void trouble(struct world *w)
{
    w->trouble_at = w->time.now;
}

static void clock_event(void *arg, enum clock_event event)
{
    static const char *const words[] = {[CLOCK_STEADY] = "takes the store's clock",
                                        [CLOCK_JUMPED] = "sees the store's clock jump, holds",
                                        [CLOCK_HEALED] = "sees the store's clock come back",
                                        [CLOCK_BELIEVED] = "believes the store's clock"};
    struct daemon *d = arg;
    struct world *w = d->world;

    trace(w, "daemon %u %s (%+lld ms)", d->id, words[event], (long long)w->db->clock_offset);
    if (event == CLOCK_BELIEVED && w->time.now - w->big_step_at < CLOCK_HOLD_MS)
        violate(w, "P3 never early", "a clock step was believed %lld ms after it",
                (long long)(w->time.now - w->big_step_at));
    if (event == CLOCK_JUMPED) {
        /* A first sample that is held leaves the daemon with its wall clock, right or wrong. */
        if (d->clock.wall_offset > w->lead)
            w->lead = d->clock.wall_offset;
        return;
    }
    w->believed_offset = w->db->clock_offset;
    if (w->believed_offset > w->lead)
        w->lead = w->believed_offset;
}

void world_clock_step(struct world *w, span_ms step)
{
    span_ms ahead;

    w->db->clock_offset += step;
    trace(w, "the store's clock is stepped by %+lld ms", (long long)step);
    ahead = w->db->clock_offset - w->believed_offset;
    if (step > CLOCK_JUMP_MS || step < -CLOCK_JUMP_MS)
        w->big_step_at = w->time.now;
    if (ahead > CLOCK_JUMP_MS || ahead < -CLOCK_JUMP_MS)
        return;
    w->believed_offset = w->db->clock_offset;
    if (w->believed_offset > w->lead)
        w->lead = w->believed_offset;
}

/* --- daemons ---------------------------------------------------------------------------------- */

static void on_wake(void *arg)
{
    struct daemon *d = arg;

    d->wake = true;
}

void daemon_start(struct daemon *d)
{
    struct world *w = d->world;
    struct app_config config;

    must(!d->app);
    d->store = fake_store_new(w->db, d->id);
    fake_store_link(d->store, w->store_up && d->linked);
    fake_clock_start(&d->clock, &w->time, fake_store_port(d->store),
                     rng_between(&w->rng, -2000, 2000));
    d->clock.event = clock_event;
    d->clock.event_arg = d;
    fake_sender_init(&d->sender, &w->receivers);
    config = (struct app_config){
        .store = fake_store_port(d->store),
        .sender = &d->sender.port,
        .clock = &d->clock.port,
        .policies = town_policies(w->conf),
        .keeper = w->keeper,
        .retries = &retry_deadline_schedule,
        .time_scale = 1.0,
        .flight_time = FLIGHT_MS,
        .wake = on_wake,
        .wake_arg = d,
        .seed = (uint32_t)rng_next(&w->rng),
    };
    d->app = app_new(&config);
    d->wake = true;
    trace(w, "daemon %u starts", d->id);
    trouble(w);
    fake_clock_sample(&d->clock);
}

static void daemon_knew_all(struct world *w, const struct daemon *d)
{
    if (app_counters(d->app)->policies_unknown)
        violate(w, "policies are kept", "daemon %u judged %llu times without the case's policy",
                d->id, (unsigned long long)app_counters(d->app)->policies_unknown);
}

/* The process is gone: what the store had not run never runs, no answer reaches anyone. The dead
 * app is led out by failing all it still tries, so that it can be freed. */
void daemon_crash(struct daemon *d)
{
    struct world *w = d->world;
    unsigned events = 0;

    daemon_knew_all(w, d);
    trace(w, "daemon %u dies with %zu commands and %zu deliveries under way", d->id,
          fake_store_waiting(d->store), d->sender.n);
    for (size_t i = 0; i < w->request_n; i++)
        if (w->requests[i]->daemon == d->id)
            w->requests[i]->waiting = false;
    fake_store_cut(d->store, rng_below(&w->rng, (unsigned)fake_store_unsent(d->store) + 1));
    fake_store_link(d->store, false);
    app_stop(d->app);
    do {
        fake_sender_abort(&d->sender);
        must(events++ < DRAIN_EVENTS);
    } while (fake_store_deliver(d->store) || d->sender.n > 0);
    if (app_busy(d->app))
        violate(w, "a daemon can end", "%u operations have no end", app_busy(d->app));
    else
        app_free(d->app);
    d->app = NULL;
    d->store = fake_store_free(d->store);
    d->wake = false;
    w->counts.crashes++;
    trouble(w);
}

static void links_update(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++)
        if (w->daemons[i].store)
            fake_store_link(w->daemons[i].store, w->store_up && w->daemons[i].linked);
}

void world_cut(struct world *w, struct daemon *d)
{
    size_t unsent = fake_store_unsent(d->store);
    size_t executed = rng_below(&w->rng, (unsigned)unsent + 1);

    if (fake_store_waiting(d->store))
        trace(w, "daemon %u loses its connection; %zu of %zu commands still ran", d->id, executed,
              unsent);
    fake_store_cut(d->store, executed);
    w->counts.cuts++;
    trouble(w);
}

void daemon_link(struct daemon *d, bool up)
{
    if (d->linked == up)
        return;
    d->linked = up;
    trace(d->world, "daemon %u %s the store", d->id, up ? "reaches" : "can not reach");
    if (!up && d->app)
        world_cut(d->world, d);
    trouble(d->world);
    links_update(d->world);
}

void world_store(struct world *w, bool up)
{
    if (w->store_up == up)
        return;
    w->store_up = up;
    trace(w, "the store is %s", up ? "up again" : "down");
    for (unsigned i = 0; !up && i < w->daemon_n; i++)
        if (w->daemons[i].app)
            world_cut(w, &w->daemons[i]);
    trouble(w);
    links_update(w);
}

void world_reload(struct world *w, enum town_conf conf)
{
    world_drain(w); /* what is under way is decided by what was, and no later than that */
    w->conf = conf;
    w->calendars |= 1u << (conf >= TOWN_BUILTIN_2027);
    w->reloaded_at = w->time.now;
    trace(w, "configuration %d is loaded", (int)conf);
    for (unsigned i = 0; i < w->daemon_n; i++) {
        if (!w->daemons[i].app)
            continue;
        app_set_policies(w->daemons[i].app, town_policies(conf));
        w->daemons[i].wake = true;
    }
}

/* --- events ----------------------------------------------------------------------------------- */

enum event { EVENT_EXECUTE, EVENT_DELIVER, EVENT_SENT, EVENT_TURN, EVENTS };

static bool daemon_event(struct daemon *d, enum event event)
{
    if (!d->app)
        return false;
    switch (event) {
    case EVENT_EXECUTE:
        if (!fake_store_unsent(d->store))
            return false;
        fake_store_execute(d->store);
        return true;
    case EVENT_DELIVER:
        return fake_store_deliver(d->store);
    case EVENT_SENT:
        return fake_sender_deliver(&d->sender);
    case EVENT_TURN:
        if (!d->wake)
            return false;
        d->wake = false;
        app_turn(d->app);
        return true;
    case EVENTS:
        break;
    }
    return false;
}

static bool pump_one(struct world *w)
{
    unsigned all = w->daemon_n * EVENTS;
    unsigned begin = rng_below(&w->rng, all);

    for (unsigned i = 0; i < all; i++) {
        unsigned e = (begin + i) % all;

        if (daemon_event(&w->daemons[e / EVENTS], (enum event)(e % EVENTS)))
            return true;
    }
    return false;
}

void world_pump(struct world *w, unsigned events)
{
    while (events-- > 0 && pump_one(w))
        ;
}

void world_drain(struct world *w)
{
    unsigned events = 0;

    while (!w->failed && pump_one(w)) {
        if (events++ > DRAIN_EVENTS)
            violate(w, "work ends", "%u events at one instant, and no end", DRAIN_EVENTS);
        if (events % CHECK_EVENTS == 0)
            check_commits(w);
    }
    check_commits(w);
}

/* A sample can make time of record leap, by itself or through what others wrote: what lay in
 * between is late by no one's fault. */
static void notice_leaps(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct daemon *d = &w->daemons[i];
        instant_ms record = d->app ? daemon_now(d).record : INSTANT_NONE;
        span_ms ahead = record == INSTANT_NONE ? 0 : record - w->time.now;

        if (ahead > d->ahead)
            trouble(w);
        d->ahead = ahead;
    }
}

static void world_tick(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct daemon *d = &w->daemons[i];

        if (!d->app)
            continue;
        fake_clock_sample(&d->clock);
        d->wake = true;
    }
    world_drain(w);
    notice_leaps(w);
}

static void sooner(instant_ms at, instant_ms *ret)
{
    if (at != INSTANT_NONE && at < *ret)
        *ret = at;
}

/* True time at which the next thing happens by itself, not before the next tick. */
static instant_ms next_event(struct world *w, instant_ms until)
{
    const struct fake_db *db = w->db;
    instant_ms record = world_record(w);
    instant_ms next = until - w->time.now + record;

    for (size_t i = 0; i < db->case_n; i++)
        sooner(db->cases[i]->attention, &next);
    for (size_t i = db->outbox_first; i < db->outbox_n; i++)
        if (db->outbox[i].state == DB_ENTRY_NEW)
            sooner(record + OUTBOX_MS, &next);
        else if (db->outbox[i].state == DB_ENTRY_TAKEN)
            sooner(db->outbox[i].visible_at, &next);
    next += w->time.now - record;
    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct daemon *d = &w->daemons[i];

        if (d->app &&
            (d->clock.guard.held || clock_guard_behind(&d->clock.guard, daemon_now(d).mono)))
            sooner(w->time.now + SAMPLE_MS, &next);
    }
    /* Who just came back takes leases and finds work tick by tick. */
    if (w->time.now - w->trouble_at <= RECOVERY_MS)
        sooner(w->time.now + TICK_MAX_MS, &next);
    if (next < w->time.now)
        next = w->time.now;
    return next + rng_between(&w->rng, 1, TICK_MAX_MS);
}

static bool anyone_works(const struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++)
        if (w->daemons[i].app && w->daemons[i].linked && w->store_up)
            return true;
    return false;
}

void world_run(struct world *w, span_ms span)
{
    instant_ms until = w->time.now + span;

    world_drain(w); /* what is under way takes no time that matters here */
    for (unsigned hop = 0; w->time.now < until && !w->failed; hop++) {
        instant_ms next = until;

        if (hop == RUN_HOPS) {
            world_stall(w, until - w->time.now);
            return;
        }
        if (anyone_works(w))
            next = next_event(w, until);
        w->time.now = next < until ? next : until;
        world_tick(w);
        if (world_well(w))
            check_nothing_due(w);
    }
}

void world_stall(struct world *w, span_ms span)
{
    w->time.now += span;
    if (span > 2 * TICK_MAX_MS)
        trouble(w);
}

static bool all_quiet(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++) {
        const struct fake_clock *c = &w->daemons[i].clock;

        if (c->guard.held || clock_guard_behind(&c->guard, w->time.now - c->boot))
            return false;
    }
    return w->db->outbox_first == w->db->outbox_n;
}

void world_heal(struct world *w)
{
    trace(w, "everything heals");
    w->receivers.mood = MOOD_WELL;
    world_store(w, true);
    for (unsigned i = 0; i < w->daemon_n; i++) {
        daemon_link(&w->daemons[i], true);
        if (!w->daemons[i].app)
            daemon_start(&w->daemons[i]);
    }
    world_tick(w);
    world_run(w, 2 * RECOVERY_MS);
    for (unsigned hours = 0; hours < 24 && !all_quiet(w) && !w->failed; hours++)
        world_run(w, HOUR_MS);
    world_run(w, 2 * RECOVERY_MS);
    for (unsigned i = 0; i < w->daemon_n && !w->failed; i++)
        daemon_knew_all(w, &w->daemons[i]);
    if (!all_quiet(w)) /* one may have been born this moment: only what stays is stuck */
        world_run(w, 2 * RECOVERY_MS);
    if (!all_quiet(w))
        violate(w, "silence after healing", "%zu notices still wait a day later",
                w->db->outbox_n - w->db->outbox_first);
}

/* --- begin and end ---------------------------------------------------------------------------- */

struct world *world_new(uint64_t seed)
{
    /* UTC midnights before an ordinary week, 春节, 国庆节, the year's end that is not loaded yet.
     */
    static const instant_ms begins[] = {1767225600000, 1770940800000, 1790294400000, 1797897600000,
                                        1783468800000};
    struct arena *arena = arena_new(WORLD_BYTES);
    struct world *w = arena_alloc(arena, sizeof(*w));

    w->arena = arena;
    w->seed = seed;
    w->rng.state = seed;
    w->trace = BUF_INIT(TRACE_BYTES);
    w->time.now = begins[rng_below(&w->rng, 5)] + rng_between(&w->rng, 0, 7 * DAY_MS);
    w->trouble_at = w->time.now;
    w->db = fake_db_new(&w->time, WORLD_SHARDS);
    fake_receivers_init(&w->receivers, arena, &w->rng, town_receivers);
    w->conf =
        rng_percent(&w->rng, 80) ? TOWN_BUILTIN : (enum town_conf)rng_below(&w->rng, TOWN_CONFS);
    w->calendars = 1u << (w->conf >= TOWN_BUILTIN_2027);
    w->keeper = rng_percent(&w->rng, 40);
    w->reloaded_at = w->time.now;
    w->check = check_new(w);
    w->store_up = true;
    /* One world in eight suffers nothing: there everything must be on time. */
    w->faults = rng_percent(&w->rng, 12) ? 0 : (unsigned)rng_next(&w->rng);
    w->daemon_n = rng_percent(&w->rng, 40) ? 1 : WORLD_DAEMONS;
    for (unsigned i = 0; i < w->daemon_n; i++) {
        w->daemons[i] = (struct daemon){.world = w, .id = i, .linked = true};
        daemon_start(&w->daemons[i]);
    }
    return w;
}

struct world *world_free(struct world *w)
{
    for (unsigned i = 0; i < w->daemon_n; i++)
        if (w->daemons[i].app)
            daemon_crash(&w->daemons[i]);
    check_free(w->check);
    fake_db_free(w->db);
    buf_free(&w->trace);
    arena_free(w->arena);
    return NULL;
}
