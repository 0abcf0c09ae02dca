/* The daemon without its adapters: takes input, lets the core decide, has the store commit, sees
 * that time is looked at and notices are delivered. Runs whole on fakes in the simulator.
 *
 * Nothing here blocks, reads a clock, or frees inside a callback that may run again. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "conf/policy.h"
#include "core/policy.h"
#include "port/clock.h"
#include "port/sender.h"
#include "port/store.h"

struct app;

/* X(name, "help"): counters of app; /metrics prints each as shixian_<name>_total. */
#define APP_COUNTERS(X)                                                                            \
    X(reports_accepted, "Reports that opened or joined a case")                                    \
    X(reports_duplicate, "Reports received again")                                                 \
    X(reports_conflict, "Reports received again with another body")                                \
    X(cases_without_duty, "Cases of which the policy asks nothing")                                \
    X(actions_accepted, "Actions recorded")                                                        \
    X(actions_refused, "Actions the state of the case does not allow")                             \
    X(facts, "Facts committed")                                                                    \
    X(commit_conflicts, "Commits decided again because another came first")                        \
    X(commits_unknown, "Commits whose reply was lost")                                             \
    X(rungs_fired, "Rungs that spoke")                                                             \
    X(rungs_unreachable, "Rungs that found no receiver: nobody was told")                          \
    X(obligations_overdue, "Obligations seen unmet past their due instant")                        \
    X(notices_accepted, "Notices accepted by their receiver")                                      \
    X(notices_retried, "Attempts put off")                                                         \
    X(notices_dead, "Notices given up")                                                            \
    X(cases_unreadable, "Cases in the store that could not be read")                               \
    X(clocks_changed, "Limits that read otherwise than before")                                    \
    X(policies_unknown, "Decisions on cases whose policy version nobody knows any more")           \
    X(handovers_ended, "Merges and splits of which both sides are written down")                   \
    X(sweeps, "Times all open cases were gone through after a change of the calendar")             \
    X(store_errors, "Operations the store could not take")                                         \
    X(overload_refused, "Operations refused because too many were waiting")

struct app_counters {
#define APP_COUNTER_FIELD(name, help) uint64_t name;
    APP_COUNTERS(APP_COUNTER_FIELD)
#undef APP_COUNTER_FIELD
};

/* Firing lateness: recorded minus scheduled, for rungs; upper bounds in seconds. */
#define LATENESS_BUCKETS 10
extern const double lateness_bounds[LATENESS_BUCKETS]; /* 0.005 .. 3600, then +Inf */
struct lateness {
    uint64_t counts[LATENESS_BUCKETS + 1];
    uint64_t n;
    double sum_s;
};

struct app_config {
    struct store *store;
    struct sender *sender;
    struct clock_port *clock;
    const struct policies *policies; /* of the configuration; others are asked of the store */
    const struct retry_schedule *retries;
    bool exercise;       /* every case is a 演练 */
    bool keeper;         /* watch over the calendar: sweep when it changes, report when it ends */
    double time_scale;   /* record seconds per real second: 1, but in exercises */
    span_ms flight_time; /* longest one delivery attempt takes, real time */
    void (*wake)(void *arg); /* asks for app_turn() soon; callable from anywhere */
    void *wake_arg;
    uint32_t seed; /* jitter */
};

struct app *app_new(const struct app_config *config);
struct app *app_free(struct app *app);    /* only when app_busy() is 0; accepts NULL */
unsigned app_busy(const struct app *app); /* operations and deliveries without an end yet */
/* Of these, what may point into a policy: deliveries do not. */
unsigned app_deciding(const struct app *app);
void app_set_policies(struct app *app, const struct policies *policies); /* for new decisions */
void app_stop(struct app *app); /* take nothing new: for a clean end */

/* One turn of the ticker: polls due shards, fires, takes from the outbox. Returns how long to sleep
 * in real ms, at most TICK_MAX_MS. `now` is read once per turn, here. */
span_ms app_turn(struct app *app);

enum app_status {
    APP_DONE,      /* committed and acknowledged by the store */
    APP_DUPLICATE, /* was recorded before */
    APP_CONFLICT,  /* 409, another body */
    APP_REFUSED,   /* the core refused: see refusal */
    APP_NOT_FOUND,
    APP_UNAVAILABLE, /* 503: nothing promised */
    APP_OVERLOAD     /* 503: too many waiting */
};

struct app_result {
    enum app_status status;
    struct refusal refusal;            /* APP_REFUSED */
    const struct opinion_case *c;      /* after it (DONE, DUPLICATE); lives during the callback */
    const char *why;                   /* APP_UNAVAILABLE */
    const struct opinion_case *before; /* DONE: as it was; the same life */
    const struct policy *policy;       /* DONE, DUPLICATE: it was judged by */
    instant_ms now;                    /* of the decision */
};
typedef void app_done_fn(void *arg, const struct app_result *result);

/* Operations on one case are decided one after another, in the order of these calls. */
/* Both take over `arena`, in which their arguments live, and free it after the callback. The
 * callback runs exactly once, possibly before the call returns. */
void app_report(struct app *app, struct arena *arena, const struct report_input *report,
                const char *actor, app_done_fn *done, void *arg);
/* op: what makes a repeat of this action known as one, with op_digest to tell another from it. */
void app_action(struct app *app, struct arena *arena, const char *case_id,
                const struct action *action, const char *op, const char *op_digest,
                const char *actor, app_done_fn *done, void *arg);

/* What would become of a case if time were looked at now, under this calendar and, unless NULL,
 * these policies; nothing is written. With neither: the case as it is, and the policy that judges
 * it. */
struct app_trial {
    const struct calendar *calendar;
    const struct policies *policies;
};
void app_try(struct app *app, struct arena *arena, const char *case_id,
             const struct app_trial *trial, app_done_fn *done, void *arg);

/* What is wrong with the calendar, for people: it ends, and the next year's arrangement is not
 * loaded though it is December; NULL: nothing. The text lives in `out`. */
#define APP_WARNING_SIZE 160
const char *app_calendar_warning(const struct app *app, instant_ms now, char out[APP_WARNING_SIZE]);
/* Days from now on whose years are loaded; 0 = this year is not. */
int app_calendar_days(const struct app *app, instant_ms now);

const struct app_counters *app_counters(const struct app *app);
const struct lateness *app_lateness(const struct app *app);
/* What is wrong with firing, for people and /readyz; NULL: nothing. */
const char *app_trouble(const struct app *app, mono_ms mono);
/* For /readyz: instant of the last full pass over all shards; mono; 0 = none yet. */
mono_ms app_last_pass(const struct app *app);

#endif
