/* A rule as named fields in words: what `policy show` lists, and what `policy diff` compares. */
#ifndef CLI_DESCRIBE_H
#define CLI_DESCRIBE_H

#include "base/arena.h"
#include "core/policy.h"

struct field {
    const char *name, *text; /* "window": "5 hours", "rung due-60m": "yellow, tells unit" */
};

struct fields {
    struct arena *arena;
    struct field *items;
    size_t n, cap;
};

/* Only what the rule says; what it leaves out is left out. */
void describe_rule(const struct rule *rule, struct fields *ret);
void describe_settings(const struct policy *p, struct fields *ret);
const char *fields_get(const struct fields *f, const char *name); /* or NULL */

#endif
