#include "sys/disk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"

struct disk {
    struct event *timer;
    bool ok;
    char dir[PATH_MAX];
    char why[256];
};

#define MIB (1024LL * 1024)

/* Fills why when something is short; limits are higher on the way back. */
static void look(const struct disk *d, char *why, size_t size)
{
    long long need = d->ok ? DISK_FREE_MIN_BYTES : DISK_FREE_AGAIN_BYTES, left;
    unsigned long inodes = d->ok ? DISK_INODES_MIN : 2 * DISK_INODES_MIN;
    struct statvfs st;

    why[0] = '\0';
    if (statvfs(d->dir, &st) < 0) {
        snprintf(why, size, "%.100s: can not be looked at: %s", d->dir, strerror(errno));
        return;
    }
    left = (long long)st.f_bavail * (long long)st.f_frsize;
    if (left < need)
        snprintf(why, size, "disk of %.100s is nearly full: %lld MiB left, %lld needed; make room",
                 d->dir, left / MIB, need / MIB);
    else if (st.f_files > 0 && st.f_favail < inodes) /* some file systems count no inodes */
        snprintf(why, size, "disk of %.100s has %lu inodes left, %lu needed; remove files", d->dir,
                 (unsigned long)st.f_favail, inodes);
    else if (st.f_flag & ST_RDONLY)
        snprintf(why, size, "disk of %.100s is mounted read-only", d->dir);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct disk *d = (struct disk *)arg;
    bool ok;

    (void)fd;
    (void)what;
    look(d, d->why, sizeof(d->why));
    ok = !d->why[0];
    if (ok && !d->ok)
        log_notice("disk_ok_again dir=%s", d->dir);
    if (!ok && d->ok)
        log_error("disk_short, new input is refused: %s", d->why);
    d->ok = ok;
}

struct disk *disk_new(struct event_base *base, const char *dir, struct err *reterr)
{
    static const struct timeval second = {.tv_sec = 1};
    struct disk *d = calloc(1, sizeof(*d));

    must(d != NULL);
    if (!realpath(dir, d->dir)) {
        err_set(reterr, errno, "%.300s: %s", dir, strerror(errno));
        return disk_free(d);
    }
    d->ok = true;
    d->timer = event_new(base, -1, EV_PERSIST, on_timer, d);
    must(d->timer != NULL && event_add(d->timer, &second) == 0);
    on_timer(-1, 0, d);
    return d;
}

struct disk *disk_free(struct disk *d)
{
    if (d) {
        if (d->timer)
            event_free(d->timer);
        free(d);
    }
    return NULL;
}

bool disk_ok(void *arg, const char **why)
{
    struct disk *d = (struct disk *)arg;

    if (!d->ok)
        *why = d->why;
    return d->ok;
}
