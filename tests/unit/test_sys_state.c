/* The state directory, the look at the disk, and what the log makes of a line. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include "base/limits.h"
#include "base/log.h"
#include "sys/disk.h"
#include "sys/state.h"
#include "sys/systemd.h"

static void quiet(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static int set_up(void **state)
{
    char *root = strdup("/tmp/shixian-state-XXXXXX");

    log_setup(LOG_LEVEL_ERROR, quiet);
    *state = root;
    return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"s/instance", "s/instance.new", "s/shixiand.lock", "s", "m",
                                        "log"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[i]);
        remove(path);
    }
    remove(*state);
    free(*state);
    return 0;
}

static struct state *open_or_fail(const char *dir)
{
    struct err err = {""};
    struct state *s = NULL;

    if (state_open(dir, &s, &err) < 0)
        fail_msg("%s", err.text);
    return s;
}

static void instance_survives_and_heals(void **state)
{
    char dir[64], path[96], first[40];
    struct state *s;
    struct stat st;
    FILE *f;

    snprintf(dir, sizeof(dir), "%s/s", (char *)*state);
    snprintf(path, sizeof(path), "%s/instance", dir);
    s = open_or_fail(dir);
    snprintf(first, sizeof(first), "%s", state_instance(s));
    assert_int_equal(strlen(first), 32);
    assert_int_equal(strspn(first, "0123456789abcdef"), 32);
    state_close(s);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);

    s = open_or_fail(dir);
    assert_string_equal(state_instance(s), first);
    state_close(s);

    for (int i = 0; i < 3; i++) {
        static const char *const damaged[] = {"", "0123", "0123456789ABCDEF0123456789abcdef\n"};

        f = fopen(path, "w");
        fputs(damaged[i], f);
        fclose(f);
        s = open_or_fail(dir);
        assert_int_equal(strlen(state_instance(s)), 32);
        assert_string_not_equal(state_instance(s), first);
        state_close(s);
    }
}

static void one_daemon_at_a_time(void **state)
{
    char dir[64], pid[32];
    struct state *s, *second = NULL;
    struct err err = {""};

    snprintf(dir, sizeof(dir), "%s/s", (char *)*state);
    snprintf(pid, sizeof(pid), "(pid %d)", (int)getpid());
    s = open_or_fail(dir);
    assert_int_equal(state_open(dir, &second, &err), -EBUSY);
    assert_null(second);
    assert_non_null(strstr(err.text, pid));
    state_close(s);
    state_close(open_or_fail(dir));
}

static void death_frees_the_lock(void **state)
{
    char dir[64], ready;
    int pipes[2];
    pid_t pid;

    snprintf(dir, sizeof(dir), "%s/s", (char *)*state);
    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    if (pid == 0) {
        struct state *s;

        if (state_open(dir, &s, NULL) < 0 || write(pipes[1], "1", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(pipes[0], &ready, 1), 1);
    assert_int_equal(state_open(dir, &(struct state *){NULL}, NULL), -EBUSY);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    state_close(open_or_fail(dir));
    close(pipes[0]);
    close(pipes[1]);
}

static void bad_directories_are_named(void **state)
{
    static const char *const bad[] = {"/dev/null", "/proc/nothing/here", ""};
    struct err err = {""};
    struct state *s;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_true(state_open(bad[i], &s, &err) < 0);
        assert_non_null(strstr(err.text, bad[i]));
    }
}

static void turn(struct event_base *base, int ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};

    event_base_loopexit(base, &tv);
    event_base_dispatch(base);
}

/* A file that leaves `left` bytes of a small file system free. */
static void fill(const char *mount_point, long long left)
{
    struct statvfs st;
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/big", mount_point);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(statvfs(mount_point, &st), 0);
    assert_int_equal(
        posix_fallocate(fd, 0, (off_t)((long long)st.f_bavail * (long long)st.f_frsize - left)), 0);
    close(fd);
}

static void short_disk_is_seen_and_healed(void **state)
{
    struct event_base *base = event_base_new();
    const char *why = NULL;
    struct disk *d;
    char dir[64];

    snprintf(dir, sizeof(dir), "%s/m", (char *)*state);
    assert_int_equal(mkdir(dir, 0700), 0);
    if (mount("none", dir, "tmpfs", 0, "size=100m") < 0) {
        event_base_free(base);
        skip(); /* needs the right to mount */
    }
    d = disk_new(base, dir, NULL);
    assert_true(disk_ok(d, &why));
    fill(dir, DISK_FREE_MIN_BYTES - 4096);
    turn(base, 1200);
    assert_false(disk_ok(d, &why));
    assert_non_null(strstr(why, "nearly full: 63 MiB left, 64 needed"));
    fill(dir, DISK_FREE_MIN_BYTES + 4096); /* not enough to come back */
    turn(base, 1200);
    assert_false(disk_ok(d, &why));
    fill(dir, DISK_FREE_AGAIN_BYTES + 4096);
    turn(base, 1200);
    assert_true(disk_ok(d, &why));
    disk_free(d);
    assert_int_equal(umount(dir), 0);

    assert_int_equal(mount("none", dir, "tmpfs", 0, "size=100m,nr_inodes=40"), 0);
    d = disk_new(base, dir, NULL);
    assert_false(disk_ok(d, &why));
    assert_non_null(strstr(why, "inodes left"));
    disk_free(d);
    assert_int_equal(umount(dir), 0);
    event_base_free(base);
}

static void directory_that_vanishes_is_not_ok(void **state)
{
    struct event_base *base = event_base_new();
    const char *why = NULL;
    struct disk *d;
    char dir[64];

    snprintf(dir, sizeof(dir), "%s/m", (char *)*state);
    assert_null(disk_new(base, dir, NULL));
    assert_int_equal(mkdir(dir, 0700), 0);
    d = disk_new(base, dir, NULL);
    assert_true(disk_ok(d, &why));
    rmdir(dir);
    turn(base, 1200);
    assert_false(disk_ok(d, &why));
    assert_non_null(strstr(why, "can not be looked at"));
    disk_free(d);
    event_base_free(base);
}

/* Writes one line with stderr on a file; what the file then holds. */
static void logged(const char *root, const char *line, char *out, size_t size)
{
    char path[96];
    int old = dup(STDERR_FILENO), fd;
    ssize_t n;

    snprintf(path, sizeof(path), "%s/log", root);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    systemd_log_setup(LOG_LEVEL_INFO);
    log_warning("%s", line);
    log_debug("not kept");
    dup2(old, STDERR_FILENO);
    close(old);
    n = pread(fd, out, size - 1, 0);
    out[n > 0 ? n : 0] = '\0';
    close(fd);
}

static void text_log_is_one_line_with_time(void **state)
{
    char out[8192], longer[4000];
    static const char evil[] = "title=a\n2026-01-01T00:00:00Z error forged\r\x1b[31m 时限";

    logged(*state, evil, out, sizeof(out));
    assert_int_equal(out[4], '-');
    assert_non_null(strstr(out, "Z warning title=a 2026-01-01"));
    assert_non_null(strstr(out, "时限\n"));
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    assert_null(strchr(out, '\x1b'));

    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    logged(*state, longer, out, sizeof(out));
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
}

/* JOURNAL_STREAM of someone else (a log redirected, a child of a service): the line must not be
 * given to a journal that is not there. */
static void foreign_journal_stream_is_not_believed(void **state)
{
    char out[512];

    setenv("JOURNAL_STREAM", "1:2", 1);
    logged(*state, "hello", out, sizeof(out));
    unsetenv("JOURNAL_STREAM");
    assert_non_null(strstr(out, "warning hello\n"));
}

int main(void)
{
#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ROOT(instance_survives_and_heals),
        WITH_ROOT(one_daemon_at_a_time),
        WITH_ROOT(death_frees_the_lock),
        WITH_ROOT(bad_directories_are_named),
        WITH_ROOT(short_disk_is_seen_and_healed),
        WITH_ROOT(directory_that_vanishes_is_not_ok),
        WITH_ROOT(text_log_is_one_line_with_time),
        WITH_ROOT(foreign_journal_stream_is_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
