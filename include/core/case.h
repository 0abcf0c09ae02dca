/* The case (政务舆情) and what belongs to it. A case is the fold of its facts: only evolve()
 * changes one (core/decide.h). All memory is the arena's of whoever loaded the case. */
#ifndef CORE_CASE_H
#define CORE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"
#include "core/names.h"

/* 突发事件 behind the case. Its level (Ⅰ..Ⅳ) decides on 5 h / 24 h, not the heat of the opinion. */
struct incident {
    bool present;
    enum incident_category category;
    int level; /* 1 (特别重大) .. 4 (一般); 0 = not graded: the law grades no 社会安全事件 */
    instant_ms occurred_at; /* INSTANT_NONE when unknown */
};

/* One sighting or message on one channel; identified by (source, id), many reports one case. */
struct report {
    const char *source, *id; /* CloudEvents source and id, as sent */
    const char *digest;  /* hex SHA-256 of its canonical content: same key, other digest = 409 */
    const char *channel; /* weibo, hotline_12345, ...; configurable, so text */
    const char *url;     /* where it was seen */
    uint32_t refused_n;  /* other bodies under this key that are in the ledger */
    const char *
        refused_digest; /* last other body sent under this key, or NULL: told once, not per retry */
    const char *petitioner;   /* opaque key of who asked; never a name */
    instant_ms discovered_at; /* when the government learnt of it; INSTANT_NONE when not said */
    instant_ms received_at;   /* when this message was received; INSTANT_NONE when not said */
    instant_ms recorded_at;   /* when we committed it */
};

/* One act towards the public. Two times: happened decides lateness, recorded is ours. */
struct act {
    uint32_t seq; /* the fact that recorded it; names the act in the case */
    enum act_kind kind;
    instant_ms happened_at, recorded_at;
    const char *url, *outlet; /* where it was published */
    const char *spoken_by;    /* "principal" when the 主要负责同志 spoke */
    const char *reviewer;     /* who released it; not its author */
    const char *obligation; /* the duty it was meant for, or NULL; it counts for all it satisfies */
};

/* One duty with its clock. Times are kept as computed when it was opened: results stay what they
 * were judged to be, whatever the policy file says later. */
struct obligation {
    const char *key;  /* unique in the case: rule id, or "rule.<act seq>" if repeating */
    const char *rule; /* policy rule id */
    uint32_t anchor;  /* act that a repeating duty counts from; 0 otherwise */
    enum obligation_state state;
    enum clock_start start_from; /* which time stamp start_at is */
    instant_ms start_at;
    instant_ms due_at;           /* inclusive, to the second */
    instant_ms reference_due_at; /* the same window on the reference clock, or INSTANT_NONE */
    instant_ms opened_at;        /* recorded */
    instant_ms overdue_at;       /* recorded: when it was first seen past due, or INSTANT_NONE.
                                    Never cleared: a breach is never un-happened */
    instant_ms met_at;           /* happened: the act that met it, or INSTANT_NONE */
    uint32_t met_by;             /* act seq, 0 = none */
    uint32_t flags;              /* enum obligation_flag */
    enum lamp lamp;              /* highest its ladder has reached while open */
    uint64_t rungs_done;         /* bit i: rung i of its ladder fired, was collapsed or skipped */
};

struct opinion_case {
    const char *id; /* 16 characters of Crockford base 32, derived from its first report */
    uint32_t rev;   /* seq of its last fact; 0 = does not exist yet */
    enum case_status status;
    uint32_t flags;             /* enum case_flag */
    bool exercise;              /* 演练: said in every message, out of all statistics */
    const char *policy_version; /* the policy it is judged by */

    const char *title, *summary, *url, *channel, *topic, *region, *case_type;
    const char *correlation; /* business key given by the sender, opaque */
    const char *petitioner;
    int64_t heat; /* as reported; 0 when not said */
    struct incident incident;
    instant_ms discovered_at; /* earliest of its reports; the opinion clock starts here */
    instant_ms received_at;   /* earliest received, or INSTANT_NONE */
    instant_ms reported_at;   /* recorded: when the case came into being */
    instant_ms level_set_at;  /* recorded, or INSTANT_NONE */

    const char *lead_unit;     /* 第一责任主体; NULL = nobody yet */
    const char **assist_units; /* 协办单位 */
    size_t assist_unit_n;
    instant_ms assigned_at;     /* recorded, or INSTANT_NONE */
    instant_ms acknowledged_at; /* recorded 签收, or INSTANT_NONE; cleared by a new assignment */
    const char *acknowledged_by;
    instant_ms updated_at; /* recorded: its last fact */
    instant_ms closed_at;  /* recorded, closed or invalid, or INSTANT_NONE */

    struct report *reports;
    size_t report_n, report_cap;
    struct act *acts; /* in order of recording */
    size_t act_n, act_cap;
    struct obligation *obligations; /* in order of opening */
    size_t obligation_n, obligation_cap;
};

/* open or overdue: it still waits for an act, and its ladder runs. */
bool obligation_active(const struct obligation *o);
struct obligation *case_obligation(const struct opinion_case *c, const char *key); /* or NULL */
const struct act *case_act(const struct opinion_case *c, uint32_t seq);            /* or NULL */
const struct report *case_report(const struct opinion_case *c, const char *source, const char *id);
/* Lamp of one obligation, of the whole case (its worst). An obligation turns yellow with its
 * ladder's yellow rung; met_late stays yellow, it is not green. */
enum lamp obligation_lamp(const struct obligation *o);
enum lamp case_lamp(const struct opinion_case *c);

#endif
