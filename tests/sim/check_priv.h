/* Inside of check.c and check_fact.c: what the checker remembers of each case, built only from the
 * facts in the store. */
#ifndef SIM_CHECK_PRIV_H
#define SIM_CHECK_PRIV_H

#include "check.h"
#include "oracle.h"

/* One obligation as its facts tell it. */
struct duty_seen {
    const char *key;
    bool waits; /* opened, and not met or called off since */
    bool breached;
    instant_ms overdue_at;
    uint64_t rungs;
};

/* An operation that changed the case. */
struct op_seen {
    const char *id;
    uint64_t commit;
    enum fact_type type;
    int level;
    instant_ms happened_at;
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
    struct duty_seen *duties;
    size_t duty_n, duty_cap;
    struct op_seen *ops;
    size_t op_n, op_cap;
    struct notice_seen *notices;
    size_t notice_n, notice_cap;
    const char **marks; /* texts and urls that people sent: each may be there once */
    size_t mark_n, mark_cap;
    const char **conflicts; /* digests of refused bodies */
    size_t conflict_n, conflict_cap;
    struct history history;
};

/* Everything a single fact can break; run before it is folded in. */
void check_fact(struct world *w, struct shadow *sh, const struct db_fact *row,
                const struct fact *f);
struct duty_seen *shadow_duty(struct shadow *sh, const char *key); /* or NULL */

#endif
