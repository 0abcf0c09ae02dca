/* One decision under way; private to core. */
#ifndef CORE_WORK_H
#define CORE_WORK_H

#include "core/clock.h"
#include "core/decide.h"

struct work {
    const struct opinion_case *before; /* as loaded */
    struct opinion_case *c;            /* folded forward with every fact added */
    const struct input *input;
    const struct policy *policy;
    instant_ms now;
    enum reason clock_reason; /* why a clock that reads otherwise now does */
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
/* The actions, one each. (action.c, action_act.c, action_clock.c, action_case.c) */
typedef void work_action_fn(struct work *w, const struct action *a);
work_action_fn act_fulfil, act_judge, act_shortcut;
work_action_fn act_correct_time, act_exclude, act_resume, act_restart, act_extend_request,
    act_extend_decide, act_waive;
work_action_fn act_close, act_reopen, act_merge, act_split, act_reevaluate;
/* Takes over part of another case; notes that the other has done so. (join.c) */
void work_join(struct work *w, const struct join *join);
void work_handed(struct work *w, uint32_t handover, bool back);
/* The duty an action names: by key, by rule and report, or by rule if only one of it fits. NULL:
 * refused. owed: it must still be. (action.c) */
const struct obligation *work_obligation(struct work *w, const struct action *a, bool owed);
/* "key (state), ..." of the duties; owed: statutory ones that are. (action.c) */
const char *work_obligations(struct work *w, bool owed);
/* Whether there is no room for one more; then it is refused. what: plural. */
bool work_full(struct work *w, size_t n, size_t most, const char *what);
/* An instant as messages have it, in the office's zone. */
const char *work_when(struct work *w, instant_ms at);
/* When it happened: as claimed, or now. */
instant_ms work_happened(const struct work *w, const struct action *a);
/* Adds a fact that holds only why and when. (action.c) */
void work_text_fact(struct work *w, const struct action *a, enum fact_type type);

/* Brings the obligations in line with the case: opens, ends, re-clocks, meets, marks overdue.
 * (settle.c) */
void work_settle(struct work *w);
/* Met by the earliest act that counts, also when that act is learnt of after a later one; owed
 * again if none does any more. (meet.c) */
void work_meet(struct work *w, const struct obligation *o);
/* Order of acts: by the second in which they happened; recorded order breaks a tie. */
bool work_act_before(const struct act *a, const struct act *b);
/* Whether an act of that kind can meet a duty of this rule. */
bool work_rule_takes(const struct rule *rule, enum act_kind kind);
/* Lets every due rung of the active obligations speak, in one notice per receiver. (rung.c) */
void work_rungs(struct work *w);
/* The rule of a duty whose ladder runs: it is active, and its rule lives in the case as it stands;
 * else NULL. */
const struct rule *work_runs(const struct opinion_case *c, const struct policy *p,
                             const struct obligation *o);
/* The rule of a duty: the variant that applies, else the first; NULL: not in this policy. */
const struct rule *work_rule(const struct opinion_case *c, const struct policy *p,
                             const struct obligation *o);

/* Text of a notice for people. (message.c) */
const char *message_text(const struct notice *notice, const struct opinion_case *c,
                         const struct policy *policy, struct arena *arena);

#endif
