/* Room left for the embedded Redis: a full disk makes it exit, so writes are refused before. */
#ifndef SYS_DISK_H
#define SYS_DISK_H

#include <event2/event.h>
#include <stdbool.h>
#include "base/err.h"

struct disk;

/* Looks at the file system of dir at once and then every second. */
struct disk *disk_new(struct event_base *base, const char *dir, struct err *reterr);
struct disk *disk_free(struct disk *d); /* accepts NULL */
/* arg: the disk. false: *why says what is short and what to do; it lives until the next look. */
bool disk_ok(void *arg, const char **why);

#endif
