/* The heart: two pure functions, exactly one of each. Nothing else changes a case.
 *
 *   decide(case, input, policy, now) -> facts (each with a reason), notices, next attention
 *   evolve(case, fact)               -> case
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/instant.h"
#include "core/case.h"
#include "core/policy.h"

/* Content of a report as decoded and validated (codec). Strings live as long as the input. */
struct report_input {
    const char *case_id; /* derived from (source, id) */
    const char *source, *id, *digest;
    const char *title, *summary, *url, *channel, *topic, *region, *case_type;
    const char *correlation, *petitioner, *lead_unit;
    const char **assist_units;
    size_t assist_unit_n;
    int64_t heat;
    struct incident incident;
    instant_ms discovered_at; /* always known: the codec falls back to received_at, time, now */
    bool discovered_assumed;  /* it is our `now`: nobody said when */
    instant_ms received_at;   /* INSTANT_NONE when not said; so are the next */
    instant_ms published_at, decided_at, formed_at, limit_at;
    const char **labels;
    size_t label_n;
    bool exercise;
};

/* What a person (or a system for them) asks. Only the fields of its type are read. */
struct action {
    enum action_type type;
    instant_ms happened_at;          /* INSTANT_NONE: now */
    int level;                       /* set_level: 0 (not graded) .. 4 */
    enum incident_category category; /* set_level: CATEGORY_NONE keeps what is known */
    const char *lead_unit;           /* assign */
    const char **assist_units;
    size_t assist_unit_n;
    const char *unit;       /* acknowledge: NULL = the lead unit */
    enum act_kind kind;     /* fulfil */
    const char *obligation; /* key, or rule id where only one fits; NULL = by itself. fulfil: the
                               act counts for all it satisfies either way */
    const char *report;     /* key of the report it is about, or NULL */
    const char *url, *outlet, *spoken_by, *reviewer, *author; /* of an act */
    const char *promise;
    instant_ms promise_due;
    const char *text;    /* why; what was noted, judged, ... */
    const char **labels; /* judge: replace the case's */
    size_t label_n;
    bool labels_given;
    enum time_field field; /* correct_time */
    uint32_t act;          /* correct_time of act, exclusion: position, from 1 */
    const char *word;      /* exclude, resume: kind of exclusion */
    instant_ms at, from, to, letter_received_at; /* INSTANT_NONE: not said */
    const char *window;                          /* extend: "20wd", checked by core/window.h */
    bool approved;                               /* extend_decide */
    const char *approver, *by;                   /* extend_decide; waive: on whose word */
    instant_ms notified_at;                      /* extend_decide: the applicant was told */
    const char *into;                            /* merge: case id */
    const struct opinion_case *other;            /* merge: that case as it stands, or NULL */
};

/* One of which nothing is said yet. */
struct action action_new(enum action_type type);

/* Part of another case that is to go on in this one. */
struct join {
    const struct opinion_case *from;
    const struct handover *handover; /* of it */
};

/* What became of one notice at one receiver. */
struct delivery {
    const char *notice, *receiver;
    bool accepted; /* else dead: given up */
    int attempts;
    const char *detail; /* "HTTP 204", "HTTP 404: ...", "connect: refused" */
    bool exhausted; /* dead because retries ran out, not because the receiver refused for good */
};

/* INPUT_JOIN: take over; INPUT_HANDED: the other case has taken over (u.handed). */
enum input_type {
    INPUT_TIME,
    INPUT_REPORT,
    INPUT_ACTION,
    INPUT_DELIVERY,
    INPUT_JOIN,
    INPUT_HANDED
};

struct input {
    enum input_type type;
    const char *actor; /* who: token or user name, "system" for time and delivery; never NULL */
    const char *op;    /* operation id of an action, or NULL */
    union {
        const struct report_input *report;
        const struct action *action;
        const struct delivery *delivery;
        const struct join *join;
        struct {
            uint32_t seq;
            bool back; /* it can not be taken: this case stays what it was */
        } handed;
    } u;
};

/* A clock that reads otherwise than before: by correction, exclusion, restart, extension, merge,
 * another level, policy or calendar. */
struct clock_change {
    enum clock_start start_from;
    instant_ms start_at, start_before;
    instant_ms due_at, due_before;
    instant_ms reference_due_at;
    uint32_t flags;      /* OBLIGATION_PROVISIONAL, _EXTENDED, _RESTARTED as they are now */
    uint32_t variant;    /* of the rule */
    uint64_t rungs_done; /* what lies ahead again may speak again */
    enum lamp lamp;      /* of the rungs done */
    enum obligation_state state;
};

struct fact {
    uint32_t seq; /* 1.. without gaps, per case */
    enum fact_type type;
    enum reason reason;
    instant_ms recorded_at; /* now of the decision */
    instant_ms happened_at; /* as claimed; INSTANT_NONE where there is none */
    const char *actor;
    const char *op;
    /* The rest by type; unused stay zero (times: INSTANT_NONE by fact_new()). */
    struct opinion_case
        *reported;   /* FACT_REPORTED: the whole new case, one report, no obligation */
    struct act *act; /* FACT_FULFILLED */
    struct obligation *obligation; /* FACT_OBLIGATION_OPENED, _MOVED */
    struct clock_change *clock;    /* FACT_OBLIGATION_CLOCK */
    struct exclusion *exclusion;   /* FACT_EXCLUDED, _EXCLUSION_ENDED */
    struct extension *extension;   /* FACT_EXTENSION_REQUESTED, _DECIDED */
    struct report *reports;        /* FACT_JOINED */
    size_t report_n;
    struct opinion_case *joined;     /* FACT_JOINED: times, level, labels, ... of the other case */
    const char *key;                 /* the other FACT_OBLIGATION_*, FACT_RUNG_*: obligation key */
    enum obligation_state state;     /* FACT_OBLIGATION_MET: met or met_late */
    uint32_t flags;                  /* FACT_FLAGGED: case flag; FACT_OBLIGATION_*: flags it adds */
    uint32_t met_by;                 /* FACT_OBLIGATION_MET: act seq; happened_at says when */
    int level, level_before;         /* FACT_LEVEL_SET */
    enum incident_category category; /* FACT_LEVEL_SET: after it */
    const char *lead_unit;           /* FACT_ASSIGNED */
    const char **assist_units;       /* FACT_ASSIGNED */
    size_t assist_unit_n;
    const char *unit;    /* FACT_ACKNOWLEDGED */
    const char *text;    /* note, close, invalidate; delivery detail; conflict: "source id" */
    const char **labels; /* FACT_JUDGED */
    size_t label_n;
    bool labels_given;
    enum time_field field;    /* FACT_TIME_CORRECTED */
    instant_ms at, at_before; /* FACT_TIME_CORRECTED, FACT_RESTARTED (at) */
    const char *report;       /* FACT_TIME_CORRECTED, FACT_SPLIT, FACT_REPORT_CONFLICT: its key */
    uint32_t other_seq;       /* FACT_TIME_CORRECTED: of the act; FACT_JOINED, _HANDED_OVER: of the
                                 handover */
    const char *other_case;   /* FACT_MERGED, _SPLIT: to; FACT_JOINED: from */
    const char *by;           /* FACT_OBLIGATION_WAIVED: on whose word */
    const char *policy_version; /* FACT_POLICY_SET */
    const char *digest;         /* FACT_REPORT_CONFLICT: of the refused body */
    const char *rung;           /* FACT_RUNG_*: id of the rung that speaks */
    uint64_t rungs;             /* FACT_RUNG_*: bits this fact settles, the speaking one included */
    instant_ms
        scheduled_at; /* FACT_RUNG_*: when that rung was to speak (lateness = recorded - this) */
    enum lamp lamp;   /* FACT_RUNG_FIRED */
    const char *
        *notices; /* FACT_RUNG_FIRED: ids of the notices it caused; none = nobody reachable */
    size_t notice_n;
    const char *notice, *receiver; /* FACT_NOTICE_* */
    int attempts;                  /* FACT_NOTICE_* */
};

/* One line of a notice: one obligation that speaks. */
struct notice_item {
    const char *obligation, *rule, *title, *rung;
    enum rung_act act;
    enum rung_condition condition; /* why it speaks: unacknowledged, unassigned, or just unmet */
    enum obligation_state state;
    enum lamp lamp;
    instant_ms due_at, scheduled_at;
    int missed; /* earlier rungs folded into this one */
};

/* One message to one receiver. At most one a receiver and decision: everything due at once is one
 * message. The id is stable: `<case>-<fact seq>-<n>`, no '.', (Standard Webhooks). */
struct notice {
    const char *id, *receiver;
    const char *case_id, *case_title, *region, *lead_unit;
    int level;
    bool exercise;
    enum lamp lamp; /* the worst of its items */
    instant_ms created_at;
    unsigned roles;    /* why this receiver: ROLE_BIT()s */
    uint32_t sequence; /* case revision: receivers can order messages of one case */
    const struct notice_item *items;
    size_t item_n;
    const char *text; /* for people, UTF-8, <= LIMIT_MESSAGE_BYTES */
};

enum verdict {
    DECIDED,   /* facts to commit; none = only attention to re-arm */
    DUPLICATE, /* already recorded: same success, nothing to commit */
    CONFLICT,  /* same report, other body: 409, and facts to commit */
    REFUSED    /* nothing changes; refusal says why */
};

enum refusal_code {
    REFUSAL_NONE,
    REFUSAL_INVALID,   /* 422: the value can not be */
    REFUSAL_STATE,     /* 409: not in this state of the case */
    REFUSAL_NOT_FOUND, /* 404: no such case */
    REFUSAL_LIMIT,     /* 409: the case is full */
    REFUSAL_MERGED     /* it lives on in next->merged_into: ask there */
};

struct refusal {
    enum refusal_code code;
    const char *field;  /* of the request: "happened_at"; or NULL */
    const char *detail; /* what is wrong and what was expected */
};

struct decision {
    enum verdict verdict;
    struct refusal refusal;
    struct opinion_case *next; /* the case after the facts; == fold(case, facts) */
    struct fact *facts;
    size_t fact_n, fact_cap;
    struct notice *notices;
    size_t notice_n, notice_cap;
    instant_ms attention_at; /* when time must be looked at again; INSTANT_NONE = never */
};

/* Whether the policy now in force judges from this input on; else the one the case began with. */
bool input_takes_policy(const struct opinion_case *c, const struct input *input);

/* case: as loaded, not changed; rev 0 for a report's new case. now: >= every recorded time in it
 * (a `now` behind the case's last fact is raised to it: time does not run back in a ledger).
 * Deterministic: same arguments, same result. All memory from arena. */
struct decision decide(const struct opinion_case *c, const struct input *input,
                       const struct policy *policy, instant_ms now, struct arena *arena);

/* Applies one fact in place. Facts come in order of seq; must() if not. */
void evolve(struct opinion_case *c, const struct fact *fact, struct arena *arena);

/* What version 0.1 did not write down of a report: its key, and that nobody said when it was
 * discovered. In place. */
void case_complete(struct opinion_case *c);

/* The empty case that facts are folded into, and a deep-enough copy: arrays are copied, text
 * shared. */
struct opinion_case *case_new(struct arena *arena);
struct opinion_case *case_copy(const struct opinion_case *c, struct arena *arena);

#endif
