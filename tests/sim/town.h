/* The small town every world plays in: its units, who can be told, its policies and calendars. */
#ifndef SIM_TOWN_H
#define SIM_TOWN_H

#include "conf/policy.h"
#include "core/policy.h"

extern const char *const town_receivers[]; /* NULL-terminated */
extern const char *const town_units[];     /* ids, the unknown "ghost" included; NULL-terminated */

/* What a configuration can say, one after another: the built-in policy; a newer version with other
 * rules, in which the first is no more; and each of them with next year's holidays loaded. */
enum town_conf { TOWN_BUILTIN, TOWN_NEWER, TOWN_BUILTIN_2027, TOWN_NEWER_2027, TOWN_CONFS };
#define TOWN_CALENDARS 2

const struct policies *town_policies(enum town_conf conf);
const struct calendar *town_calendar(unsigned i); /* 0: to 2026; 1: to 2027 */
/* By version, with that calendar; NULL: none of the town's. */
const struct policy *town_policy(const char *version, unsigned calendar);

#endif
