/* The clock of one duty: from which instant it runs, what does not count, when it ends. A function
 * of the case, the rule and the calendar only, so it can be asked again at any time: what differs
 * from what the case holds becomes a fact (settle.c), and every step can be told (explain.h).
 *
 * Counting: 民法典 art. 201, 203 (the day of the event is not counted; a last day off moves; ends
 * at 24:00 or at office close; hours run from the moment); 信息公开条例 art. 30, 33. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "base/limits.h"
#include "core/policy.h"

/* What one duty hangs on. Of the pointers, the one that `per` names is set. */
struct anchor {
    uint32_t seq; /* of act, assignment or exclusion; 0 for a case or a report */
    const struct report *report;
    const struct act *act;
    const struct exclusion *exclusion;
};

struct clock {
    enum clock_start start_from;
    instant_ms start_at;         /* INSTANT_NONE: not known, so there is no duty (yet) */
    instant_ms due_at;           /* INSTANT_NONE: no limit */
    instant_ms reference_due_at; /* INSTANT_NONE: none */
    uint32_t flags;              /* OBLIGATION_PROVISIONAL, _EXTENDED, _RESTARTED */
    bool paused;                 /* an exclusion is open */
};

/* Time taken out of a clock. By days: the days d with from < d <= to; by time: from <= t < to. */
struct excluded {
    int64_t from, to;
};
/* Sorted, disjoint. */
struct excluded_list {
    struct excluded items[LIMIT_EXCLUSIONS];
    size_t n;
};

/* Whether the rule asks this of the case, for this anchor. */
bool rule_applies(const struct rule *rule, const struct opinion_case *c, const struct anchor *a);
/* First variant that does, or NULL. */
const struct rule *rule_variant(const struct rule *rule, const struct opinion_case *c,
                                const struct anchor *a);
/* The anchor of a duty that the case holds. */
struct anchor obligation_anchor(const struct opinion_case *c, const struct rule *rule,
                                const struct obligation *o);
/* Time stamp of the case, or INSTANT_NONE. */
instant_ms clock_start_instant(const struct opinion_case *c, const struct rule *rule,
                               enum clock_start start, const struct anchor *a);
/* key of the duty; o: as the case holds it, or NULL. */
struct clock clock_of(const struct opinion_case *c, const struct rule *rule, const struct anchor *a,
                      const char *key, const struct obligation *o, const struct policy *p);
/* Closed exclusions that take time out of this duty; by days or by time, as its window counts. */
void clock_excluded(const struct opinion_case *c, const struct rule *rule, const char *key,
                    const struct policy *p, bool days, struct excluded_list *ret);
bool clock_stops(const struct rule *rule, const struct exclusion *e, const char *key);
/* The restart in force: the latest, or NULL. */
const struct restart *clock_restart(const struct opinion_case *c, const struct rule *rule,
                                    const char *key);
/* Whether an extension pushes this duty's clock on. */
bool clock_extends(const struct extension *e, const struct restart *restart, const char *key);
/* Window of the rule for the case as it is graded now. */
const struct window *rule_window(const struct rule *rule, const struct opinion_case *c);
/* Due of a limit that begins at `start`. Monotone in it. */
instant_ms clock_due(const struct rule *rule, const struct window *w, instant_ms start,
                     const struct excluded_list *x, const struct policy *p);
/* When a rung of a duty speaks, quiet hours applied. level: of the case. INSTANT_NONE: never. */
instant_ms clock_rung_at(const struct policy *p, const struct rung *rung,
                         const struct obligation *o, int level);

#endif
