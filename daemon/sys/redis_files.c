#include "sys/redis_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "sys/files.h"

#define CONF_BYTES (4 * PATH_MAX * 4) /* two paths, each byte at most \xHH */

static const char conf_head[] =
    "# Written by shixiand at each start; changes here are lost.\n"
    "port 0\n"
    "unixsocketperm 700\n"
    "maxclients 512\n"
    "daemonize no\n"
    "supervised no\n"
    "logfile \"\"\n"
    /* A write that was answered is on disk: nothing less is promised to those who report. */
    "appendonly yes\n"
    "appendfsync always\n"
    "no-appendfsync-on-rewrite no\n"
    "aof-use-rdb-preamble yes\n"
    "aof-load-truncated yes\n" /* a torn tail was never acknowledged */
    "save \"\"\n"
    "maxmemory-policy noeviction\n";

/* In quotes, with every unusual byte as \xHH: a path may hold blanks, quotes, Chinese. */
static void add_path(struct buf *b, const char *key, const char *path)
{
    buf_printf(b, "%s \"", key);
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || strchr("/._-", *p);

        buf_printf(b, plain ? "%c" : "\\x%02x", *p);
    }
    buf_puts(b, "\"\n");
}

/* Untouched when it is right already: a full disk must not keep the daemon from starting. */
static int write_conf(const struct redis_files *f, struct err *reterr)
{
    struct buf text = BUF_INIT(CONF_BYTES);
    char *old = malloc(CONF_BYTES + 1);
    int r = -ENOMEM;

    buf_puts(&text, conf_head);
    add_path(&text, "dir", f->dir);
    add_path(&text, "unixsocket", f->socket);
    if (old && !text.failed) {
        r = 0;
        if (files_read(f->conf, old, CONF_BYTES + 1) < 0 || !text_equal(old, text.data))
            r = files_replace(f->conf, text.data, reterr);
    } else {
        err_set(reterr, ENOMEM, "out of memory");
    }
    free(old);
    buf_free(&text);
    return r;
}

static int find_server(char ret[PATH_MAX], struct err *reterr)
{
    const char *path = getenv("PATH");
    char places[4 * PATH_MAX], *rest = places, *place;
    struct err too_long;

    snprintf(places, sizeof(places), "%s:/usr/bin:/usr/local/bin", path ? path : "");
    while ((place = strsep(&rest, ":"))) {
        if (*place == '/' && files_join(ret, place, "redis-server", &too_long) == 0 &&
            access(ret, X_OK) == 0)
            return 0;
    }
    return err_set(reterr, ENOENT,
                   "redis-server is not installed; install it (apt install redis-server), or give "
                   "the address of a Redis under redis.url");
}

static int place_socket(struct redis_files *f, const char *runtime_dir, int *ret_lock,
                        struct err *reterr)
{
    char dir[PATH_MAX], path[PATH_MAX], lock[PATH_MAX];
    int r = files_dir(dir, runtime_dir, 0755, reterr);

    if (r == 0)
        r = files_join(path, dir, "redis.sock", reterr);
    if (r == 0)
        r = files_join(lock, dir, "redis.sock.lock", reterr);
    if (r < 0)
        return r;
    if (strlen(path) >= sizeof(f->socket))
        return err_set(reterr, ENAMETOOLONG,
                       "%.300s: a socket path may have %zu bytes; set a shorter runtime_dir", path,
                       sizeof(f->socket) - 1);
    if (strchr(path, '?') || strchr(path, '%'))
        return err_set(reterr, EINVAL,
                       "%.300s: ? and %% mean something else in an address; set "
                       "another runtime_dir",
                       path);
    snprintf(f->socket, sizeof(f->socket), "%s", path);
    r = files_lock(lock, ret_lock, reterr);
    if (r == -EBUSY)
        return err_set(
            reterr, EBUSY,
            "another shixiand (pid %d) has its Redis socket in %.300s; each daemon needs "
            "its own runtime_dir",
            (int)files_noted_pid(lock), dir);
    if (r == 0)
        files_note_pid(*ret_lock, getpid());
    return r;
}

int redis_files_prepare(struct redis_files *ret, const char *state_dir, const char *runtime_dir,
                        int *ret_lock, struct err *reterr)
{
    char state[PATH_MAX], data[PATH_MAX];
    int r = find_server(ret->server, reterr);

    if (r == 0)
        r = files_dir(state, state_dir, 0700, reterr);
    if (r == 0)
        r = files_join(data, state, "redis", reterr);
    if (r == 0)
        r = files_dir(ret->dir, data, 0700, reterr);
    if (r == 0)
        r = files_join(ret->conf, ret->dir, "redis.conf", reterr);
    if (r == 0)
        r = files_join(ret->lock, state, "redis.lock", reterr);
    if (r == 0)
        r = place_socket(ret, runtime_dir, ret_lock, reterr);
    return r == 0 ? write_conf(ret, reterr) : r;
}

void redis_files_clean(const struct redis_files *f)
{
    DIR *dir = opendir(f->dir);
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        if (text_starts(entry->d_name, "temp-") && unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            log_notice("redis_left_over_removed file=%s", entry->d_name);
    }
    closedir(dir);
}
