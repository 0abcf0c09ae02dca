/* The small town every world plays in: its units, who can be told, and the built-in rules. */
#ifndef SIM_TOWN_H
#define SIM_TOWN_H

#include "core/policy.h"

extern const char *const town_receivers[]; /* NULL-terminated */
extern const char *const town_units[];     /* ids, the unknown "ghost" included; NULL-terminated */

void town_policy(struct policy *ret);

#endif
