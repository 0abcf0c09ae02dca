/* What happens to a world: reports, actions, repeats, time and faults, drawn from its seed. */
#ifndef SIM_GEN_H
#define SIM_GEN_H

#include "world.h"

void gen_step(struct world *w);

#endif
