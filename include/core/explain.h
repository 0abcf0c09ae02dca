/* Why a duty has this due instant: the derivation, step by step, for people. A function of what the
 * case holds and the policy that judges it, so it tells what the engine did, not what it meant to.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/clock.h"

enum explain_language { EXPLAIN_ZH, EXPLAIN_EN };

/* One local day from the day of the start to the due day. */
struct explained_day {
    day_no day;
    enum day_kind kind;
    const char *name; /* of a holiday or make-up day, or NULL */
    bool first;       /* the day of the start: day 0 */
    bool excluded;    /* 不计入期限 */
    bool provisional; /* its year's arrangement is not loaded */
    int number;       /* the n-th counted day; 0: not counted */
};

struct explanation {
    const char *const *lines; /* rule, clause, start and why, operations, counting, due, what would
                                 satisfy it; one line of text each */
    size_t line_n;
    const struct explained_day *days; /* of windows in days; in hours there are none */
    size_t day_n;
};

/* now: for what is left. All memory is the arena's. */
struct explanation explain(const struct opinion_case *c, const struct obligation *o,
                           const struct policy *p, instant_ms now, enum explain_language language,
                           struct arena *arena);
/* One day in words: "2026-02-28 周六 调休上班 计第3日". */
const char *explain_day(const struct explained_day *day, enum explain_language language,
                        struct arena *arena);

#endif
