/* All cases of a place on a virtual clock, in memory: what the daemon and Redis are together, for
 * replay and simulate. Between two inputs each case is kept as its storage JSON.
 *
 * Cases do not know each other, so time is not run for all of them at every step: before an input
 * touches a case, that case is brought up to the moment; town_run() does the same for all. */
#ifndef CLI_TOWN_H
#define CLI_TOWN_H

#include <stddef.h>
#include "base/arena.h"
#include "codec/event.h"
#include "conf/policy.h"

struct town;

/* What a decision says to people. Everything lives until it returns. */
typedef void town_told_fn(void *arg, const struct decision *decision, const struct policy *policy);

/* policies: with zone, calendar and directory; at least one. told: or NULL. */
struct town *town_new(const struct policies *policies, town_told_fn *told, void *arg);
void town_free(struct town *town);

struct town_answer {
    enum verdict verdict;
    struct refusal refusal; /* its texts live until the town is asked again */
};

/* One event that was read, by now. Time does not run back: now is at least that of the call before.
 * A merge or a split is done in both cases when it returns. */
struct town_answer town_event(struct town *town, struct event *event, instant_ms now);

/* Runs every case up to `until`. */
void town_run(struct town *town, instant_ms until);
/* Runs them to their next attention, if that is not after `until`. False: there is none. */
bool town_step(struct town *town, instant_ms until);

/* In the order of their first report. */
size_t town_case_n(const struct town *town);
const struct opinion_case *town_case(const struct town *town, size_t i, struct arena *arena);

#endif
