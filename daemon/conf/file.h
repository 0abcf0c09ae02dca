/* A small file read whole: regular, and not above its limit. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <stddef.h>
#include "base/arena.h"

struct file {
    char *data; /* NUL-terminated, arena */
    size_t len;
    unsigned mode; /* st_mode */
};

/* 0, or -errno: -EFBIG above limit, -EINVAL not a regular file. */
int file_read(struct arena *arena, const char *path, size_t limit, struct file *ret);
/* A path as another file names it: a relative one starts at the folder of that file. */
const char *file_beside(struct arena *arena, const char *file, const char *path);
const char *file_error(int result); /* in words */

#endif
