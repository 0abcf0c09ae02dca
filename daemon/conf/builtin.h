/* Files of config/ that are part of the program. */
#ifndef CONF_BUILTIN_H
#define CONF_BUILTIN_H

#include <stddef.h>

struct builtin {
    const char *name; /* in config/policy or config/calendar */
    const char *text; /* NUL-terminated */
    const size_t *n;
};

/* Policy files in this order: variants of one duty are tried in it. Each ends with a NULL name. */
extern const struct builtin builtin_policies[], builtin_calendars[];

#endif
