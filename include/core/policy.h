/* Rules and people as data. A policy is built whole (conf/policy.h), never changed, and outlives
 * every case decided with it. Each number and its legal source stand in config/policy/. */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"
#include "base/zone.h"
#include "core/calendar.h"
#include "core/case.h"

#define LEVEL_BIT(level) (1u << (level)) /* level 0 = not graded */
#define LEVELS_MAJOR (LEVEL_BIT(1) | LEVEL_BIT(2))
#define LEVELS_OTHER (LEVEL_BIT(0) | LEVEL_BIT(3) | LEVEL_BIT(4))
#define LEVELS_ALL (LEVELS_MAJOR | LEVELS_OTHER)
#define ROLE_BIT(role) (1u << (role))
#define ACT_BIT(kind) ((uint64_t)1 << (kind))
#define STATUS_BIT(status) (1u << (status))

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
    int workdays;   /* working days from the base, walked through the case's own calendar; then
                       offset is 0 unless timed */
    bool timed;     /* at this minute of that day instead of the base's time of day */
    int minute;
};

struct ladder {
    const char *id;
    /* Index = bit in the rungs_done of every stored case; another ladder needs another policy
     * version, which it gets by itself (a version is a digest of the files). */
    const struct rung *rungs;
    size_t n; /* <= LIMIT_RUNGS */
};

/* One thing a rule asks of a case: any of the values. */
struct condition {
    enum condition_field field;
    uint64_t bits; /* LEVEL, CATEGORY, STATUS, EXERCISE: 1 << value */
    int64_t least; /* HEAT */
    const char *const *texts;
    size_t n;
};

struct conditions {
    const struct condition *items;
    size_t n;
};

struct extension_rule {
    struct window max; /* unit NONE: no extension */
    int times;
    bool approver, notice; /* required */
};

struct waiver_rule {
    const char *const *by; /* who may; NULL-terminated; NULL: no waiver */
    bool reason;           /* required */
};

struct rule {
    const char *id;
    const struct rule *otherwise; /* next variant of the same id, tried when this does not apply */
    const char *title;            /* 权威信息发布 */
    enum rule_kind kind;
    enum per per;
    unsigned statuses; /* STATUS_BIT()s of the case it lives in; default open */
    unsigned levels;   /* LEVEL_BIT()s of `when`, looked at first: LEVELS_ALL if it says nothing */
    struct conditions when, unless; /* all of the first, none of the second; never FIELD_STATUS */
    const char *after;              /* id of a duty that must be met first, or NULL */
    uint64_t after_acts;            /* PER_RELEASE: ACT_BIT()s whose first act begins the chain */
    enum clock_start start[6];      /* first one known wins; ends with START_NONE */
    enum clock_start reference;     /* second clock for the record, or START_NONE */
    struct window window[5];        /* by level 0..4 */
    int day_end;                    /* minute of the last day at which it ends; 1440: 23:59:59 */
    bool roll;                      /* DAYS, DATE, YEARLY: a last day off moves to a working day */
    uint64_t satisfied_by;          /* ACT_BIT()s */
    const char *spoken_by;          /* only acts with this spoken_by, or NULL */
    const char *const *exclude;     /* kinds of exclusion that stop it, NULL-terminated; or NULL */
    bool restart;
    struct extension_rule extend;
    struct waiver_rule waiver;
    bool restart_on_upgrade;     /* else the case's own start is kept: the strict reading */
    bool keep_on_downgrade;      /* else cancelled if not due */
    bool keep_on_correction;     /* else recomputed */
    span_ms backdated_after;     /* an act recorded this long after it happened is flagged */
    const struct ladder *ladder; /* never NULL; may have no rungs */
    const char *on_lapse;        /* words, or NULL */
    const char *const *basis;    /* legal sources, NULL-terminated, or NULL */
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
    const char *version; /* "2026-11-01+1a2b3c4d": newest file, digest of all */
    day_no effective;    /* cases reported from this local day on */
    struct {
        int from_min, to_min;  /* local minutes of day, may wrap midnight; equal = none */
        unsigned never_levels; /* LEVEL_BIT()s that are never held */
    } quiet;                   /* holds rungs before due, never past it */
    span_ms late_report_after; /* occurrence to report; longer is flagged 迟报 */
    unsigned late_report_levels;
    uint64_t public_acts; /* ACT_BIT()s that need what follows */
    bool need_url, need_reviewer;
    const struct rule *rules; /* one per duty, first variant; variants hang on `otherwise` */
    size_t rule_n;
    /* Of the office and of now, the same for every version: */
    const struct zone *zone;
    const struct calendar *calendar;
    const struct directory *directory; /* never NULL */
};

const struct rule *policy_rule(const struct policy *p, const char *id);       /* or NULL */
const struct unit *directory_unit(const struct directory *d, const char *id); /* or NULL */

/* First instant at which an obligation due at `due` is overdue: the second after it. INSTANT_NONE
 * (no limit) stays INSTANT_NONE. */
instant_ms policy_overdue_at(instant_ms due);

#endif
