/* Inside of gen.c and gen_action.c. */
#ifndef SIM_GEN_PRIV_H
#define SIM_GEN_PRIV_H

#include "gen.h"

/* Short spans are as likely as long ones: 1 ms .. about 12 h. */
span_ms gen_span(struct world *w);
instant_ms gen_time_ago(struct world *w, unsigned unknown_percent);
/* Of a matter with working days: up to a few weeks ago. */
instant_ms gen_days_ago(struct world *w, unsigned unknown_percent);
size_t gen_labels(struct world *w, const char ***ret);

/* A request that is a report, rather a late one; NULL: there is none. */
const struct request *gen_some_report(struct world *w);
/* One whose case the action was made for, if a few looks find one. */
const struct request *gen_fitting_report(struct world *w, enum action_type type);
enum action_type gen_action_type(struct world *w);
/* Arguments are such as the codec lets through; whether they fit the case is the core's to say. */
void gen_action(struct world *w, enum action_type type, struct action *a,
                const struct request *report, unsigned no);

#endif
