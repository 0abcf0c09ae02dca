#include "sys/aof_tail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"
#include "base/text.h"
#include "sys/files.h"

#define PREFIX "appendonly.aof."
#define SUFFIX ".incr.aof"

struct cursor {
    const char *at, *end;
};

enum part { PART_WHOLE, PART_TORN, PART_BAD };

static size_t left(const struct cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* "*3\r\n", "$12\r\n" */
static enum part read_number(struct cursor *c, char mark, size_t *ret)
{
    size_t n = 0;

    if (left(c) == 0)
        return PART_TORN;
    if (*c->at++ != mark)
        return PART_BAD;
    for (; left(c) > 0 && *c->at >= '0' && *c->at <= '9' && n < SIZE_MAX / 100; c->at++)
        n = n * 10 + (size_t)(*c->at - '0');
    if (left(c) < 2)
        return PART_TORN;
    if (c->at[0] != '\r' || c->at[1] != '\n')
        return PART_BAD;
    c->at += 2;
    *ret = n;
    return PART_WHOLE;
}

static bool is_word(const char *text, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(text, word, n) == 0;
}

/* One command, or a line of annotation. multi: whether a transaction is open behind it. */
static enum part read_command(struct cursor *c, bool *multi)
{
    const char *newline = *c->at == '#' ? memchr(c->at, '\n', left(c)) : NULL;
    size_t words, n;
    enum part part;

    if (*c->at == '#') {
        c->at = newline ? newline + 1 : c->end;
        return newline ? PART_WHOLE : PART_TORN;
    }
    part = read_number(c, '*', &words);
    for (size_t i = 0; part == PART_WHOLE && i < words; i++) {
        part = read_number(c, '$', &n);
        if (part != PART_WHOLE)
            break;
        if (left(c) < 2 || left(c) - 2 < n)
            return PART_TORN;
        if (i == 0 && is_word(c->at, n, "MULTI"))
            *multi = true;
        if (i == 0 && is_word(c->at, n, "EXEC"))
            *multi = false;
        c->at += n + 2;
    }
    return part;
}

/* Bytes up to the end of the last whole transaction; -1: not a file we understand. */
static off_t whole_bytes(const char *data, size_t size)
{
    struct cursor c = {data, data + size};
    size_t whole = 0;
    bool multi = false;

    while (left(&c) > 0) {
        bool open = multi;
        enum part part = read_command(&c, &open);

        if (part == PART_BAD)
            return -1;
        if (part == PART_TORN)
            break;
        multi = open;
        if (!multi)
            whole = (size_t)(c.at - data);
    }
    return (off_t)whole;
}

static void repair(int fd, const char *path)
{
    struct stat st;
    void *data;
    off_t whole;

    if (fstat(fd, &st) < 0 || st.st_size == 0)
        return;
    data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        log_warning("aof_not_checked file=%s error=%s", path, strerror(errno));
        return;
    }
    whole = whole_bytes(data, (size_t)st.st_size);
    munmap(data, (size_t)st.st_size);
    if (whole < 0 || whole == st.st_size)
        return;
    if (ftruncate(fd, whole) < 0 || fsync(fd) < 0)
        log_error("aof_not_repaired file=%s error=%s", path, strerror(errno));
    else
        log_notice("aof_torn_end_cut file=%s bytes=%lld, never acknowledged", path,
                   (long long)(st.st_size - whole));
}

/* Its number; 0: no file that Redis appends to. */
static unsigned long sequence(const char *name)
{
    char *end;
    unsigned long n;

    if (!text_starts(name, PREFIX))
        return 0;
    n = strtoul(name + strlen(PREFIX), &end, 10);
    return text_equal(end, SUFFIX) ? n : 0;
}

void aof_tail_repair(const char *data_dir)
{
    char dir[PATH_MAX], newest[NAME_MAX + 1] = "", path[PATH_MAX];
    unsigned long highest = 0;
    struct dirent *entry;
    struct err err;
    DIR *files;
    int fd;

    if (files_join(dir, data_dir, "appendonlydir", &err) < 0)
        return;
    files = opendir(dir);
    if (!files)
        return; /* a first start */
    while ((entry = readdir(files))) {
        unsigned long n = sequence(entry->d_name);

        if (n <= highest)
            continue;
        highest = n;
        memcpy(newest, entry->d_name, strlen(entry->d_name) + 1);
    }
    closedir(files);
    if (highest == 0 || files_join(path, dir, newest, &err) < 0)
        return;
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    repair(fd, path);
    close(fd);
}
