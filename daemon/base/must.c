#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_fail(const char *expr, const char *file, int line)
{
    fprintf(stderr, "shixian: broken promise of our own: %s at %s:%d\n", expr, file, line);
    abort();
}
