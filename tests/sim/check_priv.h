/* Inside of check.c, check_fact.c, check_answer.c and check_end.c: what the checker remembers of
 * each case, built only from the facts in the store. */
#ifndef SIM_CHECK_PRIV_H
#define SIM_CHECK_PRIV_H

#include "check.h"
#include "oracle.h"

/* One obligation as its facts tell it. */
struct duty_seen {
    const char *key, *rule;
    const char *report; /* key of the report it hangs on, or NULL: it goes where that goes */
    bool waits;         /* opened, and not met, stopped or called off since */
    bool overdue;
    bool breached;
    instant_ms overdue_at; /* first */
    instant_ms due_at;
    uint64_t rungs; /* that spoke on the clock as it is */
};

/* An operation that changed the case. */
struct op_seen {
    const char *id;
    uint64_t commit;
    enum fact_type type;
    int level;
    instant_ms happened_at;
};

/* A text or url that somebody sent, and the commit that wrote it. */
struct mark_seen {
    const char *text;
    uint64_t commit;
};

struct notice_seen {
    const char *id;
    bool settled; /* accepted or dead */
};

struct shadow {
    struct arena *arena;
    struct db_case *db;
    struct opinion_case *c; /* fold of the facts read so far */
    size_t fact_n;
    char head[DIGEST_HEX_SIZE];
    instant_ms last_at; /* recorded time of the last fact */
    instant_ms next;    /* when something is due next, by these calendars */
    unsigned next_by;   /* 0: not known */
    struct duty_seen *duties;
    size_t duty_n, duty_cap;
    struct op_seen *ops;
    size_t op_n, op_cap;
    struct notice_seen *notices;
    size_t notice_n, notice_cap;
    struct mark_seen *marks; /* texts and urls that people sent: each may be there once */
    size_t mark_n, mark_cap;
    const char **conflicts; /* digests of refused bodies */
    size_t conflict_n, conflict_cap;
    const char **breached; /* keys of duties that were overdue here once, wherever they are now */
    size_t breached_n, breached_cap;
    struct history history;
};

struct check {
    struct world *world;
    struct arena *scratch;  /* of one check */
    struct shadow *shadows; /* shadows[i] is of db->cases[i] */
    size_t shadow_n, shadow_cap;
};

struct shadow *shadow_of(struct check *check, const char *case_id); /* or NULL */
/* Whether `id` is the case asked for, or the one it lives on in. */
bool leads_to(struct check *check, const char *asked, const char *id);
/* Next instant at which anything can become due, by the oracle and one calendar; INSTANT_MAX: none.
 */
instant_ms next_due_by(const struct world *w, const struct opinion_case *c, unsigned calendar);
/* Whether a duty that is owed has the clock that the case and its rule give it. p NULL: no. */
bool clock_stands(const struct policy *p, const struct opinion_case *c, const struct obligation *o);
/* Everything a single fact can break; run before it is folded in. */
void check_fact(struct world *w, struct shadow *sh, const struct db_fact *row,
                const struct fact *f);
size_t check_shadow_n(const struct world *w);
struct shadow *check_shadow(struct world *w, size_t i);
struct duty_seen *shadow_duty(struct shadow *sh, const char *key); /* or NULL */
/* The policy of a case with one of the calendars in use; NULL: that one is not. */
const struct policy *case_policy(const struct world *w, const struct opinion_case *c,
                                 unsigned calendar);
/* Variant of a duty's rule that applies, else the one it had; NULL: not in this policy. */
const struct rule *duty_rule(const struct policy *p, const struct opinion_case *c,
                             const struct obligation *o);

#endif
