/* Parts of evolve(); private to core. */
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include "core/decide.h"

/* evolve.c */
void fold_ended(struct opinion_case *c, const struct fact *f, enum case_status status);
void fold_reopened(struct opinion_case *c);

/* fold_two.c */
void fold_reports_changed(struct opinion_case *c); /* what they say together */
void fold_merged(struct opinion_case *c, const struct fact *f, struct arena *arena);
void fold_split(struct opinion_case *c, const struct fact *f, struct arena *arena);
void fold_handed_over(struct opinion_case *c, const struct fact *f);
void fold_joined(struct opinion_case *c, const struct fact *f, struct arena *arena);

#endif
