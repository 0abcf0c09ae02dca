/* One decision under way; private to core. */
#ifndef CORE_WORK_H
#define CORE_WORK_H

#include "core/decide.h"

struct work {
    const struct opinion_case *before; /* as loaded */
    struct opinion_case *c;            /* folded forward with every fact added */
    const struct input *input;
    const struct policy *policy;
    instant_ms now;
    struct arena *arena;
    struct decision *d;
};

/* A fact of this decision, all its times INSTANT_NONE but recorded_at. Fill, then work_add(). */
struct fact work_fact(const struct work *w, enum fact_type type, enum reason reason);
/* Appends it to the decision and folds it into w->c. */
void work_add(struct work *w, const struct fact *fact);
__attribute__((format(printf, 4, 5))) void work_refuse(struct work *w, enum refusal_code code,
                                                       const char *field, const char *fmt, ...);

/* What a person asked: facts, DUPLICATE or REFUSED. (action.c) */
void work_action(struct work *w, const struct action *action);
/* Brings the obligations in line with the case: opens, cancels, meets, marks overdue. (settle.c) */
void work_settle(struct work *w);
/* Lets every due rung of the active obligations speak, in one notice per receiver. (rung.c) */
void work_rungs(struct work *w);

/* Text of a notice for people. (message.c) */
const char *message_text(const struct notice *notice, const struct opinion_case *c,
                         const struct policy *policy, struct arena *arena);

/* Whether an act counts for an obligation of this rule. (settle.c) */
bool rule_accepts(const struct rule *rule, enum act_kind kind);

#endif
