/* What the duties must have come to: the three of opinions from their whole history; the others,
 * with working days, exclusions, restarts and extensions, from the case as it stands. All is,
 * worked out a second time and differently, straight from what the case holds; of the product's
 * core only whether a day is a working day is asked. */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "core/case.h"
#include "core/decide.h"
#include "core/policy.h"

/* One thing people said or did, as the ledger has it. */
struct said {
    enum fact_type type; /* reported, level_set, fulfilled, closed, invalidated */
    instant_ms recorded, happened;
    int level;
    bool opinion; /* reported: case type */
    instant_ms occurred, discovered;
    enum act_kind kind;
};

struct history {
    bool
        mixed; /* times were corrected, cases joined, rules changed: the three are not told by it */
    struct said *said;
    size_t n, cap;
};

/* Remembers facts that came from people; ignores what the daemon concluded. */
void oracle_hear(struct history *h, const struct fact *fact, struct arena *arena);

/* Compares at time of record now. NULL: as it must be; else what differs, in words. */
const char *oracle_compare(const struct history *h, const struct opinion_case *c, instant_ms now,
                           struct arena *arena);

/* When a rung must speak for a duty with these times at this level. */
instant_ms oracle_rung_at(const struct rung *rung, instant_ms start, instant_ms due, int level,
                          const struct calendar *calendar);
/* When a duty that began at o->start_at must be due. */
instant_ms oracle_due(const struct rule *rule, const struct opinion_case *c,
                      const struct obligation *o, const struct calendar *calendar);
/* Compares result of one duty per case or report with the case's acts. NULL: as it must be. */
const char *oracle_result(const struct rule *rule, const struct opinion_case *c,
                          const struct obligation *o, struct arena *arena);
/* First instant at which a duty is past due. */
instant_ms oracle_overdue_at(instant_ms due);

#endif
