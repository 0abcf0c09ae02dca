/* Hypothetical cases, and what a policy makes of each: what `policy diff` compares. */
#ifndef CLI_OUTCOME_H
#define CLI_OUTCOME_H

#include "base/buf.h"
#include "conf/policy.h"
#include "core/decide.h"

/* One value that a rule asks for, beside type and level of the case. */
struct trait {
    enum condition_field field; /* CONDITION_FIELD_COUNT: none of them */
    const char *text;
    int64_t number; /* FIELD_CATEGORY, FIELD_HEAT */
};

/* What the conditions of policies name, each once, and one more that no rule names. */
struct grid {
    struct arena *arena;
    const char **types;
    size_t type_n, type_cap;
    struct trait *traits;
    size_t trait_n, trait_cap;
};

void grid_collect(struct grid *g, const struct policies *policies);

/* One case of the grid. */
struct sketch {
    const char *type;
    int level;
    const struct trait *trait;
    instant_ms at; /* reported */
};

/* "case_type=opinion level=2 channel=weibo, reported 2026-...". */
const char *sketch_words(const struct sketch *s, const struct zone *zone, struct arena *arena);
/* A line for each obligation: rule, start, due, and when each rung speaks. */
void sketch_outcome(const struct sketch *s, const struct policies *policies, struct arena *arena,
                    struct buf *out);

#endif
