/* Rules and people as data. A policy is built whole (conf), never changed, and outlives every case
 * decided with it. The numbers with their legal sources stand in conf/policy_default.c. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"
#include "core/case.h"

#define LEVEL_BIT(level) (1u << (level)) /* level 0 = not graded */
#define LEVELS_MAJOR (LEVEL_BIT(1) | LEVEL_BIT(2))
#define LEVELS_OTHER (LEVEL_BIT(0) | LEVEL_BIT(3) | LEVEL_BIT(4))
#define ROLE_BIT(role) (1u << (role))
#define ACT_BIT(kind) (1u << (kind))

enum rung_base {
    RUNG_FROM_START,  /* start + offset */
    RUNG_FROM_DUE,    /* due + offset; offset 0 = the first second past due */
    RUNG_PERCENT_LEFT /* due - percent of the window */
};

/* One step of a ladder. Repeats are expanded when the policy is built ("due+30m".."due+3h"). */
struct rung {
    const char *id; /* "start+30m", "due-50%", "due": unique in its ladder */
    enum rung_base base;
    span_ms offset; /* ms; for RUNG_PERCENT_LEFT 1..99 */
    enum rung_condition condition;
    enum lamp lamp;
    enum rung_act act;
    unsigned roles; /* ROLE_BIT()s that are told */
};

struct ladder {
    const char *id;
    /* Index = bit in the rungs_done of every stored case: a released ladder is only ever appended
     * to; another one gets another id and policy version. */
    const struct rung *rungs;
    size_t n; /* <= LIMIT_RUNGS */
};

struct rule {
    const char *id;
    const char *title_zh; /* 权威信息发布 */
    enum rule_kind kind;
    unsigned levels;            /* LEVEL_BIT()s of the incident it applies to */
    const char *case_type;      /* it applies to, or NULL for any */
    bool repeats;               /* restarts at every act of satisfied_by once `after` is there */
    unsigned after;             /* repeating: ACT_BIT()s whose first act starts the chain */
    enum clock_start start[4];  /* first one known wins; ends with START_NONE */
    enum clock_start reference; /* second clock for the record, or START_NONE */
    span_ms window[5];          /* by level 0..4, so one rule may differ by level */
    unsigned satisfied_by;      /* ACT_BIT()s */
    const struct ladder *ladder;
    const char *const *basis; /* legal sources, NULL-terminated */
};

/* Receivers that a role reaches. Ids name entries of the configuration's `receivers`. */
struct receiver_list {
    const char *const *ids;
    size_t n;
};

struct unit {
    const char *id, *name;
    const char *region;
    struct receiver_list contact; /* ROLE_UNIT */
    struct receiver_list head;    /* ROLE_UNIT_HEAD */
};

struct directory {
    const struct unit *units;
    size_t unit_n;
    struct receiver_list roles[ROLE_COUNT]; /* ROLE_UNIT, ROLE_UNIT_HEAD: when no unit leads yet */
};

struct policy {
    const char *version;
    int offset_min; /* display and day limits; +480 */
    struct {
        int from_min, to_min;  /* local minutes of day, may wrap midnight; equal = none */
        unsigned never_levels; /* LEVEL_BIT()s that are never held */
    } quiet;                   /* holds rungs before due, never past it */
    span_ms late_report_after; /* occurrence to report; longer is flagged 迟报 */
    span_ms backdated_after;   /* an act recorded this long after it happened is flagged */
    unsigned late_report_levels;
    const struct rule *rules;
    size_t rule_n;
    const struct directory *directory; /* never NULL */
};

const struct rule *policy_rule(const struct policy *p, const char *id);       /* or NULL */
const struct unit *directory_unit(const struct directory *d, const char *id); /* or NULL */

/* First instant at which an obligation due at `due` is overdue: the second after it. */
instant_ms policy_overdue_at(instant_ms due);
/* When a rung speaks, quiet hours applied. level: of the case. */
instant_ms policy_rung_at(const struct policy *p, const struct rung *rung,
                          const struct obligation *o, int level);

#endif
