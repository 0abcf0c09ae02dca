/* The state directory: one daemon at a time, and an identity that survives restarts. */
#ifndef SYS_STATE_H
#define SYS_STATE_H

#include "base/err.h"

struct state;

/* Makes the directory if it is missing and locks it until state_close() or death. -EBUSY: another
 * daemon has it (reterr names its pid). */
int state_open(const char *dir, struct state **ret, struct err *reterr);
struct state *state_close(struct state *s); /* accepts NULL */
/* 32 hex digits, random, made once: lease owner and stream consumer in the store. */
const char *state_instance(const struct state *s);

#endif
