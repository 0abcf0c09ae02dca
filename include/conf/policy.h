/* Policy files (docs/POLICY.md) as policies. Several files, one a field, are in force together: a
 * bundle. A new bundle begins on each day on which one of them takes effect. */
#ifndef CONF_POLICY_H
#define CONF_POLICY_H

#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "core/policy.h"

/* One file. */
struct policy_source {
    const char *name; /* path: errors name it so; its last part goes into the archive */
    const char *text;
    size_t n;
};

struct policies {
    const struct policy *items; /* by effective day, each day once */
    /* The archive of each: its files in one text, from which the very same policy can be built
     * again when the files are long gone. */
    const char *const *texts;
    size_t n;
};

/* Reads files in this order, which is that of variants of one duty. All memory is the arena's. 0,
 * or -EINVAL and `errors` holds one line per error, as in conf_load(). zone, calendar and directory
 * of each policy are left NULL for the caller. */
int policies_read(const struct policy_source *files, size_t n, struct arena *arena,
                  struct policies *ret, struct buf *errors);
/* The same from disk. */
int policies_load(const char *const *paths, size_t n, struct arena *arena, struct policies *ret,
                  struct buf *errors);
/* The same from an archive text: one policy, of the same version as it had. */
int policy_from_text(const char *text, size_t n, struct arena *arena, struct policy *ret,
                     struct buf *errors);

/* In force on that local day; the earliest if none is yet. */
const struct policy *policies_at(const struct policies *p, day_no day);
/* The same on the local day of that moment. */
const struct policy *policies_in_force(const struct policies *p, instant_ms now);
const struct policy *policies_find(const struct policies *p, const char *version); /* or NULL */

#endif
