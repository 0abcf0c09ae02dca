#include "sys/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include "base/log.h"
#include "base/must.h"
#include "sys/files.h"

#define INSTANCE_HEX 32

/* A daemon killed between fork and exec of its Redis leaves a copy of the lock for this long. */
#define LOCK_TRIES 10
#define LOCK_PAUSE_NS (100 * 1000 * 1000)

struct state {
    int lock;
    char instance[INSTANCE_HEX + 1];
};

static int take_lock(const char *dir, int *ret_fd, struct err *reterr)
{
    static const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    char path[PATH_MAX];
    int r = files_join(path, dir, "shixiand.lock", reterr);

    if (r < 0)
        return r;
    for (int i = 0; i < LOCK_TRIES; i++) {
        r = files_lock(path, ret_fd, reterr);
        if (r != -EBUSY)
            break;
        nanosleep(&pause, NULL);
    }
    if (r == -EBUSY)
        return err_set(
            reterr, EBUSY,
            "another shixiand (pid %d) uses the state directory %.300s; each daemon needs "
            "its own",
            (int)files_noted_pid(path), dir);
    if (r == 0)
        files_note_pid(*ret_fd, getpid());
    return r;
}

static int make_instance(const char *path, char hex[INSTANCE_HEX + 1], struct err *reterr)
{
    unsigned char random[INSTANCE_HEX / 2];
    char line[INSTANCE_HEX + 2];

    must(getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++)
        snprintf(hex + 2 * i, 3, "%02x", random[i]);
    snprintf(line, sizeof(line), "%s\n", hex);
    return files_replace(path, line, reterr);
}

static int load_instance(const char *dir, char hex[INSTANCE_HEX + 1], struct err *reterr)
{
    char path[PATH_MAX], text[INSTANCE_HEX + 8];
    int r = files_join(path, dir, "instance", reterr);
    ssize_t n;

    if (r < 0)
        return r;
    n = files_read(path, text, sizeof(text));
    if (n == -ENOENT)
        return make_instance(path, hex, reterr);
    if (n < 0)
        return err_set(reterr, (int)-n, "%.300s: %s", path, strerror((int)-n));
    if (n == INSTANCE_HEX + 1 && strspn(text, "0123456789abcdef") == INSTANCE_HEX &&
        text[INSTANCE_HEX] == '\n') {
        snprintf(hex, INSTANCE_HEX + 1, "%.*s", INSTANCE_HEX, text);
        return 0;
    }
    log_warning("instance_unreadable file=%s, making a new one", path);
    return make_instance(path, hex, reterr);
}

int state_open(const char *dir, struct state **ret, struct err *reterr)
{
    struct state *s = calloc(1, sizeof(*s));
    char path[PATH_MAX];
    int r;

    must(s != NULL);
    s->lock = -1;
    r = files_dir(path, dir, 0700, reterr);
    if (r == 0)
        r = take_lock(path, &s->lock, reterr);
    if (r == 0)
        r = load_instance(path, s->instance, reterr);
    if (r < 0) {
        state_close(s);
        return r;
    }
    *ret = s;
    return 0;
}

struct state *state_close(struct state *s)
{
    if (s) {
        if (s->lock >= 0)
            close(s->lock);
        free(s);
    }
    return NULL;
}

const char *state_instance(const struct state *s)
{
    return s->instance;
}
