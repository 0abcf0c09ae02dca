/* One simulated world: true time, one fake database, one or two daemons, their faults, and what
 * was asked of them. The same seed gives the same world. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "app/app.h"
#include "base/buf.h"
#include "fake_clock.h"
#include "fake_db.h"
#include "fake_sender.h"
#include "fake_store.h"
#include "rng.h"
#include "town.h"

#define WORLD_DAEMONS 2
#define WORLD_SHARDS 3

struct check;
struct world;

struct daemon {
    struct world *world;
    unsigned id;
    struct app *app; /* NULL while it is dead */
    struct fake_store *store;
    struct fake_clock clock;
    struct fake_sender sender;
    bool linked;   /* its own way to the store works */
    bool wake;     /* app asked for a turn */
    span_ms ahead; /* its time of record before true time, after the last tick */
};

/* One thing asked of a daemon. */
struct request {
    struct world *world;
    unsigned no;
    bool report; /* else an action */
    const char *case_id;
    struct report_input content;
    struct action action;
    const char *op, *op_digest;
    unsigned daemon;
    instant_ms first_at; /* true time at which its content was first sent */
    bool waiting;        /* false: answered, or its daemon died */
};

enum fault { FAULT_CRASH, FAULT_CUT, FAULT_DOWN, FAULT_CLOCK, FAULT_RECEIVER, FAULT_STALL };
#define FAULT_BIT(fault) (1u << (fault))

#define ANSWERS (APP_OVERLOAD + 1)
struct world_counts {
    uint64_t steps, requests, crashes, cuts, commits, answers[ANSWERS], facts[FACT_TYPE_COUNT];
};

struct world {
    uint64_t seed;
    unsigned step;
    unsigned faults; /* FAULT_BIT()s this world suffers */
    struct rng rng;
    struct fake_time time;
    struct arena *arena; /* lives as long as the world */
    struct fake_db *db;
    struct fake_receivers receivers;
    enum town_conf conf;    /* the configuration that daemons start with, and were told to read */
    unsigned calendars;     /* bit i: town_calendar(i) was in use */
    bool keeper;            /* daemons watch over the calendar */
    instant_ms reloaded_at; /* true time of the last reload */
    struct daemon daemons[WORLD_DAEMONS];
    unsigned daemon_n;
    bool store_up;
    instant_ms trouble_at; /* true time of the last fault that can delay anything */

    /* The store's clock: how far ahead of true time a daemon may rightly believe to be. */
    span_ms believed_offset; /* last offset that daemons had reason to take as it is */
    span_ms lead;            /* most it ever was ahead */
    instant_ms big_step_at;  /* true time of the last step that has to be held */

    struct request **requests;
    size_t request_n, request_cap;

    struct buf trace;
    bool failed;
    char failure[1024];
    struct check *check;
    struct world_counts counts;
};

struct world *world_new(uint64_t seed);
struct world *world_free(struct world *w);

__attribute__((format(printf, 2, 3))) void trace(struct world *w, const char *fmt, ...);
/* A broken promise; only the first of a world counts. */
__attribute__((format(printf, 3, 4))) void violate(struct world *w, const char *promise,
                                                   const char *fmt, ...);

/* Time of record of any running daemon, else true time. */
instant_ms world_record(struct world *w);
/* Lowest time of record of the running daemons; INSTANT_NONE when none is running on time. */
instant_ms world_record_least(struct world *w);
bool world_well(const struct world *w); /* nothing is down, and long enough so */

void world_pump(struct world *w, unsigned events);
void world_drain(struct world *w);
/* Time passes and the daemons tick as they should. */
void world_run(struct world *w, span_ms span);
/* Time passes and nobody ticks. */
void world_stall(struct world *w, span_ms span);

void daemon_crash(struct daemon *d);
void daemon_start(struct daemon *d);
void daemon_link(struct daemon *d, bool up);
void world_cut(struct world *w, struct daemon *d);
void world_store(struct world *w, bool up);
void world_clock_step(struct world *w, span_ms step);
/* Every running daemon reads its configuration again, and this is in it. */
void world_reload(struct world *w, enum town_conf conf);
/* Everything works again and goes on until nothing is left to do. */
void world_heal(struct world *w);

#endif
