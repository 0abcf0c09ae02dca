/* A calendar file: CSV with the header "date,type,name"; type is "off" or "work" (调休上班). */
#ifndef CONF_CALENDAR_H
#define CONF_CALENDAR_H

#include <stddef.h>
#include "base/arena.h"
#include "core/calendar.h"

struct problems;

/* Reads text (n bytes) of the file `name`, which must outlive `errors`. On success 0 and the rows
 * in the order of the file, their names copied to the arena (NULL for an empty one). Otherwise
 * -EINVAL and what is wrong, all of it, was added to errors; the results stay as they were.
 *
 * A byte order mark, CRLF, blank lines and lines that begin with # are accepted anywhere they can
 * stand, and fields in quotes ("" for one of them). A day may be repeated with the same type. */
int calendar_parse(const char *name, const char *text, size_t n, struct arena *arena,
                   struct calendar_row **ret, size_t *ret_n, struct problems *errors);

#endif
