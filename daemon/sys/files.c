#include "sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"

int files_join(char ret[PATH_MAX], const char *dir, const char *name, struct err *reterr)
{
    int n = snprintf(ret, PATH_MAX, "%s/%s", dir, name);

    if (n < 0 || n >= PATH_MAX)
        return err_set(reterr, ENAMETOOLONG, "%.200s...: the path is too long", dir);
    return 0;
}

int files_dir(char ret[PATH_MAX], const char *dir, mode_t mode, struct err *reterr)
{
    struct stat st;

    if (mkdir(dir, mode) < 0 && errno != EEXIST)
        return err_set(reterr, errno, "%.300s: can not make this directory: %s", dir,
                       strerror(errno));
    if (!realpath(dir, ret) || stat(ret, &st) < 0)
        return err_set(reterr, errno, "%.300s: %s", dir, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(reterr, ENOTDIR, "%.300s: is not a directory", dir);
    if (access(ret, W_OK | X_OK) < 0)
        return err_set(reterr, errno, "%.300s: can not write here: %s", dir, strerror(errno));
    return 0;
}

int files_lock(const char *path, int *ret_fd, struct err *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int code;

    if (fd < 0)
        return err_set(reterr, errno, "%.300s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        code = errno == EWOULDBLOCK ? EBUSY : errno;
        close(fd);
        return err_set(reterr, code, "%.300s: %s", path, strerror(code));
    }
    *ret_fd = fd;
    return 0;
}

void files_note_pid(int fd, pid_t pid)
{
    char text[16];
    int n = snprintf(text, sizeof(text), "%d\n", (int)pid);

    /* For people only: a disk too full to take it must not keep anything from running. */
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0)
        return;
}

pid_t files_noted_pid(const char *path)
{
    char text[16];
    ssize_t n = files_read(path, text, sizeof(text));
    int64_t pid;

    if (n < 2)
        return 0;
    text[n - 1] = '\0';
    return text_to_int(text, 1, INT_MAX, &pid) < 0 ? 0 : (pid_t)pid;
}

ssize_t files_read(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    size_t len = 0;
    ssize_t n = 0;

    if (fd < 0)
        return -errno;
    while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
        len += (size_t)n;
    if (n < 0)
        n = -errno;
    close(fd);
    buf[len] = '\0';
    return n < 0 ? n : (ssize_t)len;
}

static int write_all(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len) {
        ssize_t n = write(fd, text, len);

        if (n < 0)
            return -errno;
        text += n;
        len -= (size_t)n;
    }
    return fsync(fd) < 0 ? -errno : 0;
}

static int sync_parent(const char *path)
{
    char copy[PATH_MAX];
    int fd, r = 0;

    snprintf(copy, sizeof(copy), "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (fsync(fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

int files_replace(const char *path, const char *text, struct err *reterr)
{
    char fresh[PATH_MAX];
    int fd, r;

    if (snprintf(fresh, sizeof(fresh), "%s.new", path) >= (int)sizeof(fresh))
        return err_set(reterr, ENAMETOOLONG, "%.200s...: the path is too long", path);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(reterr, errno, "%.300s: %s", fresh, strerror(errno));
    r = write_all(fd, text);
    close(fd);
    if (r == 0 && rename(fresh, path) < 0)
        r = -errno;
    if (r == 0)
        r = sync_parent(path);
    if (r < 0) {
        unlink(fresh);
        return err_set(reterr, -r, "%.300s: %s", path, strerror(-r));
    }
    return 0;
}
