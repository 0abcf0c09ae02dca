/* Inside of app; private to the layer. */
#ifndef APP_APP_PRIV_H
#define APP_APP_PRIV_H

#include <sys/queue.h>
#include "app/app.h"
#include "base/limits.h"

/* What the ticker knows of one shard. Nothing here is truth: all of it can be asked of the store.
 */
struct shard {
    instant_ms next_at;  /* earliest known attention, or INSTANT_NONE */
    mono_ms asked;       /* when due() was last called; 0 = never */
    mono_ms polled;      /* when due() last answered; 0 = never */
    bool polling;        /* a due() or the operations it led to are under way */
    bool leased;         /* ours, by the last answer */
    bool taking;         /* a take() is under way */
    bool outbox_kick;    /* there is something new in the outbox */
    bool recovered;      /* what we had in flight before a restart was taken up */
    instant_ms retry_at; /* next visible outbox entry, or INSTANT_NONE */
    mono_ms taken;       /* when take() was last called; 0 = never */
};

#define OP_LANES 1024 /* LIMIT_OPS on as many cases: eight to look through */
LIST_HEAD(op_lane, op);

/* A receiver as the outbox sees it. */
struct reach {
    char receiver[LIMIT_ID_BYTES + 1]; /* "" = free */
    mono_ms accepted;                  /* when it last took a notice, or was first seen */
};

/* A policy that cases were judged by and the configuration has no more. */
struct old_policy {
    struct arena *arena;
    struct policy policy;
};

/* Going through all open cases, a page at a time. */
struct sweep {
    bool asked, running; /* asked: the calendar may have changed */
    bool pages;          /* under way, after the store said that it has */
    size_t left;         /* of this page */
    bool failed;
    struct arena *arena; /* of this page */
    instant_ms before_at;
    char before_id[LIMIT_ID_BYTES + 1];
    size_t n;      /* cases of this page */
    mono_ms retry; /* not before */
};

struct app {
    struct app_config config;
    struct old_policy old_policies[LIMIT_OLD_POLICIES];
    size_t old_policy_n;
    const char *archived[LIMIT_OLD_POLICIES]; /* versions the store has; a ring */
    size_t archived_n;
    struct sweep sweep;
    mono_ms calendar_looked; /* when the keeper last looked; 0 = never */
    bool calendar_settled;   /* next year's case was told that its arrangement is there */
    struct shard *shards;
    unsigned shard_n; /* 0 until the store is ready */
    unsigned ops, polls, flights;
    struct op_lane running[OP_LANES]; /* operations by case */
    unsigned outbox_next;             /* shard that is asked first in the next turn */
    unsigned reserved;                /* flights promised to take()s under way */
    TAILQ_HEAD(, flight) waiting;     /* flights whose receiver is busy, longest first */
    struct reach reaches[LIMIT_RECEIVERS];
    bool stopping;
    uint32_t random;      /* xorshift state for jitter; seeded, so runs repeat */
    mono_ms failed_at;    /* when something due could not be committed; 0 = never */
    char failed_why[256]; /* in words */
    struct app_counters counters;
    struct lateness lateness;
};

/* --- op.c: load -> decide -> commit, again on conflict -------------------------------------------
 */

typedef void op_end_fn(void *arg, const struct app_result *result);

/* An operation to run. Everything it points to lives in `arena`, which is freed at its end. */
struct op_request {
    struct arena *arena;
    const char *case_id;
    struct input input;
    const char *op_digest; /* with input.op */
    const struct outbox_done *done;
    const struct stored_case *stored; /* already loaded, or NULL */
    const char *other_id;             /* merge, split: the other case, loaded for the decision */
    struct action *action;            /* the same: gets it */
    const struct app_trial *trial;    /* nothing is written; or NULL */
    op_end_fn *end;                   /* runs once, maybe before op_start() returns */
    void *arg;
};
void op_start(struct app *app, const struct op_request *request);

/* --- policies.c ----------------------------------------------------------------------------------
 */

/* Policy of the configuration that is in force now. */
const struct policy *policies_now(const struct app *app, instant_ms now);
/* By version, of the configuration or recalled before; NULL: not known here. */
const struct policy *policies_known(const struct app *app, const struct policies *also,
                                    const char *version);
/* Builds what the store had kept under this version. false: there is no room, or it does not read.
 */
bool policies_learn(struct app *app, const char *version, const char *text);
/* Name in the book of the store. */
const char *policies_name(struct arena *arena, const char *version);
bool policies_archived(const struct app *app, const char *version);
void policies_note_archived(struct app *app, const char *version);
const char *policies_archive_text(const struct app *app, const char *version); /* or NULL */
void policies_free(struct app *app);

/* --- handover.c ----------------------------------------------------------------------------------
 */

typedef void handover_end_fn(void *arg, const struct opinion_case *c);
/* Lets the other case take what this one hands over, and this one note that it has. c is copied.
 * end (or NULL) runs once with the case as it is then, also when it could not be done now: then the
 * ticker tries again. */
void handover_run(struct app *app, const struct opinion_case *c, handover_end_fn *end, void *arg);

/* --- keeper.c ------------------------------------------------------------------------------------
 */

void keeper_turn(struct app *app, const struct now *now);

/* --- ticker.c, outbox.c --------------------------------------------------------------------------
 */

void ticker_turn(struct app *app, const struct now *now);
void outbox_turn(struct app *app, const struct now *now);
void outbox_stop(struct app *app); /* give back what waits for a busy receiver */
/* A commit on this shard set this attention and left this many notices. (shard.c) */
void shard_committed(struct app *app, const char *case_id, instant_ms attention_at, size_t notices);

/* Real ms as a span of the clock of record. */
span_ms record_span(const struct app *app, span_ms real);
/* A failure to fire is trouble until it has not been seen for this long. */
#define TROUBLE_MS 10000
/* Poll the store at least this often, whatever we believe. */
#define OUTBOX_POLL_MS 5000

#endif
