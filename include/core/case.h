/* The case (政务舆情) and what belongs to it. A case is the fold of its facts: only evolve()
 * changes one (core/decide.h). All memory is the arena's of whoever loaded the case. */
#ifndef CORE_CASE_H
#define CORE_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/instant.h"
#include "core/names.h"

/* 突发事件 behind the case. Its level (Ⅰ..Ⅳ) decides on 5 h / 24 h, not the heat of the opinion. */
struct incident {
    bool present;
    enum incident_category category;
    int level; /* 1 (特别重大) .. 4 (一般); 0 = not graded: the law grades no 社会安全事件 */
    instant_ms occurred_at; /* INSTANT_NONE when unknown */
};

/* Length of a limit; n by unit, see WINDOW_UNITS. */
struct window {
    enum window_unit unit;
    int64_t n;
};

/* One sighting or message on one channel; identified by (source, id), many reports one case. */
struct report {
    const char *key; /* id of the case it opened; names the report for ever, wherever it goes */
    const char *source, *id; /* CloudEvents source and id, as sent */
    const char *via; /* case that it came from by a merge, or NULL: it is judged by what that case
                        was then, which the next two say, and goes back with it */
    const char *case_type;
    const char **labels;
    size_t label_n;
    const char *digest;  /* hex SHA-256 of its canonical content: same key, other digest = 409 */
    const char *channel; /* weibo, hotline_12345, ...; configurable, so text */
    const char *url;     /* where it was seen */
    uint32_t refused_n;  /* other bodies under this key that are in the ledger */
    const char *
        refused_digest; /* last other body sent under this key, or NULL: told once, not per retry */
    const char *petitioner;   /* opaque key of who asked; never a name */
    instant_ms discovered_at; /* when the government learnt of it */
    bool assumed;             /* nobody said when: it is the time of recording */
    instant_ms received_at;   /* when this message was received; INSTANT_NONE when not said */
    instant_ms limit_at;      /* the limit written on the ticket, or INSTANT_NONE */
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
    const char *author;       /* who wrote it, if not who recorded it */
    const char *obligation; /* the duty it was meant for, or NULL; it counts for all it satisfies */
    const char *report;     /* key of the report it answers, or NULL: it answers all */
    const char *promise;    /* what was promised in it, and until when, or NULL, INSTANT_NONE */
    instant_ms promise_due;
};

/* 不计入期限 (e.g. 条例 art. 33, 征求意见): time that does not count. Kept as an interval, never as
 * a total, so that every day can be explained. */
struct exclusion {
    uint32_t seq;     /* the fact that began it; names it */
    const char *kind; /* third_party, other_agency, ...: which clocks it stops is the rule's */
    const char *obligation;    /* key of the only duty it stops, or NULL: all that know its kind */
    instant_ms from_at, to_at; /* to_at INSTANT_NONE: still open */
    instant_ms recorded_at;    /* when we learnt of it, in whichever case */
    instant_ms ended_at;       /* recorded: when we learnt of its end, or INSTANT_NONE */
    instant_ms letter_received_at; /* when the asked one got the letter, or INSTANT_NONE */
    const char *why;
};

/* 延期: asked for and decided; both dues are kept. */
struct extension {
    uint32_t seq; /* the fact that began it */
    const char *obligation;
    struct window asked;                 /* unit NONE: decided without a request */
    instant_ms requested_at, decided_at; /* happened; INSTANT_NONE: not (yet) */
    uint32_t decided_seq;                /* 0: not yet */
    bool approved;
    struct window granted;
    const char *approver, *why;
    instant_ms notified_at; /* when the applicant was told, or INSTANT_NONE */
    instant_ms due_before;  /* of the duty, when decided */
};

/* 补正 (条例 art. 30): a clock begins anew. */
struct restart {
    uint32_t seq;
    instant_ms at;
    const char *obligation;
};

/* What of this case is to go on in another, until that one has written it down. */
struct handover {
    uint32_t seq;       /* the fact that began it */
    const char *to;     /* case id */
    const char *report; /* key of the report that leaves (split), or NULL: all of it (merge) */
};

/* Whether it takes this report along: all of a merge; of a split the one that is named, and what
 * came with its case. */
static inline bool handover_takes(const struct handover *h, const struct report *r)
{
    return !h->report || strcmp(h->report, r->key) == 0 || (r->via && strcmp(h->to, r->via) == 0);
}

/* What of another case goes on in this one: known, so that a repeat adds nothing. */
struct joining {
    const char *from; /* case id */
    uint32_t seq;     /* of its handover */
};

/* One duty with its clock. Times are kept as computed when it was opened: results stay what they
 * were judged to be, whatever the policy file says later. */
struct obligation {
    const char *key;     /* unique in the case: rule id, "rule.<report key>" or "rule.<seq>" */
    const char *rule;    /* policy rule id */
    const char *report;  /* key of the report it answers (per: report), or NULL */
    uint32_t anchor;     /* seq of the act, assignment or exclusion it hangs on, or 0 */
    uint32_t variant;    /* of the rule, by position: whose window and ladder it has */
    enum rule_kind kind; /* only what is statutory makes a lamp red or keeps a case open */
    enum obligation_state state;
    enum clock_start start_from; /* which time stamp start_at is */
    instant_ms start_at;
    instant_ms due_at;           /* inclusive, to the second; INSTANT_NONE: no limit */
    instant_ms reference_due_at; /* the same window on the reference clock, or INSTANT_NONE */
    instant_ms opened_at;        /* recorded */
    instant_ms paused_at;        /* recorded: since when it is paused; INSTANT_NONE: it is not */
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
    const char **labels; /* set by 研判: serious, complex, ...; rules may ask for them */
    size_t label_n;
    instant_ms discovered_at; /* earliest of its reports; the opinion clock starts here */
    instant_ms received_at;   /* earliest received, or INSTANT_NONE */
    instant_ms published_at;  /* of the document it is about, or INSTANT_NONE */
    instant_ms decided_at;    /* of the decision it is about, or INSTANT_NONE */
    instant_ms formed_at;     /* of the information it is about, or INSTANT_NONE */
    instant_ms reported_at;   /* recorded: when the case came into being */
    instant_ms level_set_at;  /* happened, or INSTANT_NONE */

    const char *lead_unit;     /* 第一责任主体; NULL = nobody yet */
    const char **assist_units; /* 协办单位 */
    size_t assist_unit_n;
    instant_ms assigned_at;     /* happened, or INSTANT_NONE */
    uint32_t assigned_seq;      /* the fact that assigned it, or 0 */
    instant_ms acknowledged_at; /* recorded 签收, or INSTANT_NONE; cleared by a new assignment */
    const char *acknowledged_by;
    instant_ms updated_at;   /* recorded: its last fact */
    instant_ms closed_at;    /* happened: closed, invalid or merged; or INSTANT_NONE */
    const char *merged_into; /* case id, while status is merged */

    struct report *reports;
    size_t report_n, report_cap;
    struct act *acts; /* in order of recording */
    size_t act_n, act_cap;
    struct obligation *obligations; /* in order of opening */
    size_t obligation_n, obligation_cap;
    struct exclusion *exclusions;
    size_t exclusion_n, exclusion_cap;
    struct extension *extensions;
    size_t extension_n, extension_cap;
    struct restart *restarts;
    size_t restart_n, restart_cap;
    struct handover *handovers; /* under way */
    size_t handover_n, handover_cap;
    struct joining *joinings;
    size_t joining_n, joining_cap;
};

/* Ⅰ is the highest, not graded the lowest. */
bool level_graver(int level, int than);
/* open or overdue: it still waits for an act, and its ladder runs. */
bool obligation_active(const struct obligation *o);
/* active or paused: it is not done with. */
bool obligation_owed(const struct obligation *o);
/* in time or late */
bool obligation_met(const struct obligation *o);
struct obligation *case_obligation(const struct opinion_case *c, const char *key); /* or NULL */
const struct act *case_act(const struct opinion_case *c, uint32_t seq);            /* or NULL */
struct report *case_report(const struct opinion_case *c, const char *source, const char *id);
struct report *case_report_key(const struct opinion_case *c, const char *key); /* or NULL */
/* Whether a report, and what hangs on it, is on its way to another case: that one sees to it. */
bool case_leaves(const struct opinion_case *c, const char *report);
struct exclusion *case_exclusion(const struct opinion_case *c, uint32_t seq); /* or NULL */
/* Lamp of one obligation, of the whole case (its worst). An obligation turns yellow with its
 * ladder's yellow rung; met_late stays yellow, it is not green. */
enum lamp obligation_lamp(const struct obligation *o);
enum lamp case_lamp(const struct opinion_case *c); /* of what is statutory */

#endif
