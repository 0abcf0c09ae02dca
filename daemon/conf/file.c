#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_whole(int fd, char *data, size_t limit, size_t *ret_len)
{
    size_t len = 0;

    while (len <= limit) {
        ssize_t n = read(fd, data + len, limit + 1 - len);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0) {
            *ret_len = len;
            return 0;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    return -EFBIG;
}

int file_read(struct arena *arena, const char *path, size_t limit, struct file *ret)
{
    /* A FIFO would otherwise hold the start until somebody writes. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;
    int result;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &info) < 0) {
        result = -errno;
    } else if (!S_ISREG(info.st_mode)) {
        result = -EINVAL;
    } else {
        struct file file = {.data = arena_alloc(arena, limit + 2), .mode = info.st_mode};

        result = read_whole(fd, file.data, limit, &file.len);
        if (result == 0) {
            file.data[file.len] = '\0';
            *ret = file;
        }
    }
    close(fd);
    return result;
}

const char *file_beside(struct arena *arena, const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');

    if (path[0] == '/' || !slash)
        return arena_strdup(arena, path);
    return arena_printf(arena, "%.*s%s", (int)(slash + 1 - file), file, path);
}

const char *file_error(int result)
{
    if (result == -EINVAL)
        return "not a regular file";
    return result == -EFBIG ? "larger than allowed" : strerror(-result);
}
