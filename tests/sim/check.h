/* The promises, checked on what the store holds: after every step on every case that
 * was written, and at the end on everything. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "world.h"

struct check *check_new(struct world *w);
void check_free(struct check *check);

/* Every case written since the last call. */
void check_commits(struct world *w);
/* All is well for a while: nothing that was due may be pending. */
void check_nothing_due(struct world *w);
/* The case as its facts tell it so far, or NULL: for who wants to ask something that fits. */
const struct opinion_case *check_case_now(struct world *w, const char *case_id);
/* What a daemon answered must be true. */
void check_answer(struct world *w, const struct request *request, const struct app_result *result);
/* After healing: nothing is left, the ledger proves itself, the oracle agrees. */
void check_end(struct world *w);

#endif
