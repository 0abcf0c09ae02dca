/* What is wrong with a configuration: collected whole, then printed in the order of the file. */
#ifndef CONF_PROBLEMS_H
#define CONF_PROBLEMS_H

#include <stddef.h>
#include "base/buf.h"
#include "base/limits.h"

struct spot {
    const char *file;
    size_t line, column; /* from 1; columns count characters */
};

struct problem {
    struct spot spot;
    size_t seq; /* keeps the order of problems at one spot */
    const char *text;
};

struct problems {
    struct problem items[LIMIT_CONF_PROBLEMS];
    size_t n;
    size_t more; /* that found no room */
};

/* Counts a problem; NULL when there is no room to tell it. */
struct problem *problems_add(struct problems *p, struct spot spot);
void problems_print(struct problems *p, struct buf *out); /* sorts them */

#endif
