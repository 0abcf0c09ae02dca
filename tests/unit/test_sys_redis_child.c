/* The embedded Redis against what can happen to it: killed, its daemon killed, a second daemon,
 * a damaged file. Uses a real redis-server in a temporary directory. */
#include <dirent.h>
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
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include "base/log.h"
#include "sys/redis_child.h"

struct world {
    char root[64];
    char state[96], run[96], socket[128];
};

static void quiet(enum log_level level, const char *line)
{
    (void)level;
    (void)line;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    log_setup(LOG_LEVEL_ERROR, quiet);
    snprintf(w->root, sizeof(w->root), "/tmp/shixian-child-XXXXXX");
    if (!mkdtemp(w->root))
        return -1;
    /* A blank and Chinese in the path: redis.conf must quote them. */
    snprintf(w->state, sizeof(w->state), "%s/st 时限\"'", w->root);
    snprintf(w->run, sizeof(w->run), "%s/run", w->root);
    snprintf(w->socket, sizeof(w->socket), "%s/run/redis.sock", w->root);
    *state = w;
    return 0;
}

static void remove_tree(const char *path)
{
    pid_t pid = fork();

    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

static int tear_down(void **state)
{
    struct world *w = *state;

    remove_tree(w->root);
    free(w);
    return 0;
}

static void pause_ms(int ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    nanosleep(&ts, NULL);
}

/* One inline command; the first bytes of the answer, or "" when nobody answers. */
static void ask(const struct world *w, const char *command, char *answer, size_t size)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 2};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n = 0;

    answer[0] = '\0';
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%.100s", w->socket);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
        send(fd, command, strlen(command), MSG_NOSIGNAL) > 0)
        n = recv(fd, answer, size - 1, 0);
    close(fd);
    answer[n > 0 ? n : 0] = '\0';
}

/* Pid of the server that answers, 0: nobody. */
static int server_pid(const struct world *w)
{
    char answer[8192];
    const char *at;

    ask(w, "INFO server\r\n", answer, sizeof(answer));
    at = strstr(answer, "process_id:");
    return at ? (int)strtol(at + strlen("process_id:"), NULL, 10) : 0;
}

/* Processes on our files, whoever started them: their command line names our root. */
static int count_alive(const struct world *w, const char *name)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int n = 0;

    assert_non_null(proc);
    while ((entry = readdir(proc))) {
        char path[300], line[512];
        size_t len;
        FILE *f;

        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        f = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (!f)
            continue;
        len = fread(line, 1, sizeof(line), f);
        fclose(f);
        n += memmem(line, len, name, strlen(name)) && memmem(line, len, w->root, strlen(w->root));
    }
    closedir(proc);
    return n;
}

static int servers_alive(const struct world *w)
{
    return count_alive(w, "redis-server");
}

static void run_loop_ms(struct event_base *base, int ms)
{
    struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};

    event_base_loopexit(base, &tv);
    event_base_dispatch(base);
}

/* Runs the loop until another server than `not` answers; its pid. */
static int wait_server(struct event_base *base, const struct world *w, int not )
{
    for (int i = 0; i < 200; i++) {
        int pid = server_pid(w);

        if (pid && pid != not )
            return pid;
        if (base)
            run_loop_ms(base, 50);
        else
            pause_ms(50);
    }
    fail_msg("no redis-server came up within 10 s");
    return 0;
}

static void killed_server_comes_back_with_its_data(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct err err = {""};
    struct redis_child *c = redis_child_new(base, w->state, w->run, &err);
    char answer[256];
    int first, second;

    if (!c)
        fail_msg("%s", err.text);
    first = wait_server(base, w, 0);
    assert_null(redis_child_trouble(c));
    ask(w, "SET k acknowledged\r\n", answer, sizeof(answer));
    assert_string_equal(answer, "+OK\r\n");
    kill(first, SIGKILL);
    second = wait_server(base, w, first);
    ask(w, "GET k\r\n", answer, sizeof(answer));
    assert_string_equal(answer, "$12\r\nacknowledged\r\n");
    assert_int_not_equal(first, second);
    assert_null(redis_child_trouble(c));
    kill(second, SIGKILL);
    wait_server(base, w, second);
    assert_non_null(strstr(redis_child_trouble(c), "signal 9 (2 in a row)"));
    assert_int_equal(servers_alive(w), 1);
    redis_child_free(c);
    assert_int_equal(servers_alive(w), 0);
    event_base_free(base);
}

static void settings_are_what_is_promised(void **state)
{
    static const char *const settings[][2] = {
        {"appendonly", "yes"},
        {"appendfsync", "always"},
        {"no-appendfsync-on-rewrite", "no"},
        {"maxmemory-policy", "noeviction"},
        {"port", "0"},
        {"unixsocketperm", "700"},
        {"save", ""},
    };
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    struct stat st;

    assert_non_null(c);
    wait_server(base, w, 0);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        char command[128], answer[256], expected[256];

        snprintf(command, sizeof(command), "CONFIG GET %s\r\n", settings[i][0]);
        ask(w, command, answer, sizeof(answer));
        snprintf(expected, sizeof(expected), "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                 strlen(settings[i][0]), settings[i][0], strlen(settings[i][1]), settings[i][1]);
        assert_string_equal(answer, expected);
    }
    assert_int_equal(stat(w->socket, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(w->state, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    redis_child_free(c);
    event_base_free(base);
}

/* A process that runs a child like the daemon does, until it is killed. */
static pid_t start_parent(const struct world *w)
{
    pid_t pid = fork();

    if (pid == 0) {
        struct event_base *base = event_base_new();

        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nor does a failed test leave anything behind */
        if (!redis_child_new(base, w->state, w->run, NULL))
            _exit(1);
        event_base_dispatch(base);
        _exit(2);
    }
    return pid;
}

static void killed_daemon_leaves_nothing_and_loses_nothing(void **state)
{
    struct world *w = *state;
    char answer[256], command[64], expected[64];
    int last = 0;

    for (int i = 1; i <= 3; i++) {
        pid_t parent = start_parent(w);
        int pid = wait_server(NULL, w, last);

        snprintf(expected, sizeof(expected), ":%d\r\n", i);
        ask(w, "INCR n\r\n", answer, sizeof(answer));
        assert_string_equal(answer, expected);
        kill(parent, SIGKILL);
        waitpid(parent, NULL, 0);
        /* At once the next: it has to wait for the server that is going. */
        parent = start_parent(w);
        last = wait_server(NULL, w, pid);
        assert_int_equal(servers_alive(w), 1);
        snprintf(command, sizeof(command), "GET n\r\n");
        ask(w, command, answer, sizeof(answer));
        snprintf(expected, sizeof(expected), "$1\r\n%d\r\n", i);
        assert_string_equal(answer, expected);
        kill(parent, SIGKILL);
        waitpid(parent, NULL, 0);
    }
    for (int i = 0; i < 100 && servers_alive(w) > 0; i++)
        pause_ms(50);
    assert_int_equal(servers_alive(w), 0);
}

static void earlier_server_is_waited_for(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    char path[256];
    int fd;

    assert_non_null(c);
    snprintf(path, sizeof(path), "%s/redis.lock", w->state);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(write(fd, "4242\n", 5), 5);
    run_loop_ms(base, 500);
    assert_int_equal(servers_alive(w), 0);
    assert_non_null(strstr(redis_child_trouble(c), "pid 4242"));
    close(fd);
    wait_server(base, w, 0);
    assert_null(redis_child_trouble(c));
    /* Now the server has it, and nobody else. */
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
    redis_child_free(c);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
    event_base_free(base);
}

static void second_daemon_on_the_socket_is_refused(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    struct err err = {""};
    char other[128];

    assert_non_null(c);
    snprintf(other, sizeof(other), "%s/other", w->root);
    assert_null(redis_child_new(base, other, w->run, &err));
    assert_non_null(strstr(err.text, "another shixiand"));
    redis_child_free(c);
    event_base_free(base);
}

static void damaged_file_is_retried_and_said(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    char path[256], answer[64];
    FILE *f;

    assert_non_null(c);
    wait_server(base, w, 0);
    for (int i = 0; i < 50; i++)
        ask(w, "INCR n\r\n", answer, sizeof(answer));
    redis_child_free(c);
    snprintf(path, sizeof(path), "%s/redis/appendonlydir/appendonly.aof.1.incr.aof", w->state);
    f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, 100, SEEK_SET);
    fputs("!!damaged!!", f);
    fclose(f);
    c = redis_child_new(base, w->state, w->run, NULL);
    run_loop_ms(base, 1500);
    assert_non_null(strstr(redis_child_trouble(c), "status 1"));
    assert_int_equal(server_pid(w), 0);
    redis_child_free(c);
    assert_int_equal(servers_alive(w), 0);
    event_base_free(base);
}

static void left_over_of_a_rewrite_is_removed(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    char path[256];
    FILE *f;

    assert_non_null(c);
    snprintf(path, sizeof(path), "%s/redis/temp-rewriteaof-bg-77.aof", w->state);
    f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    wait_server(base, w, 0);
    assert_int_equal(access(path, F_OK), -1);
    redis_child_free(c);
    event_base_free(base);
}

/* And with it the child that rewrites its file, which would keep the files for long. */
static void hung_server_is_killed_at_the_end(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct redis_child *c = redis_child_new(base, w->state, w->run, NULL);
    char answer[256];
    int pid;

    assert_non_null(c);
    pid = wait_server(base, w, 0);
    ask(w, "SET k v\r\n", answer, sizeof(answer));
    ask(w, "CONFIG SET rdb-key-save-delay 100000000\r\n", answer, sizeof(answer));
    assert_string_equal(answer, "+OK\r\n");
    ask(w, "BGREWRITEAOF\r\n", answer, sizeof(answer));
    for (int i = 0; i < 200 && count_alive(w, "redis-aof-rewrite") == 0; i++)
        pause_ms(50);
    assert_int_equal(count_alive(w, "redis-aof-rewrite"), 1);
    kill(pid, SIGSTOP);
    redis_child_free(c);
    for (int i = 0; i < 200 && count_alive(w, "redis-") > 0; i++)
        pause_ms(50);
    assert_int_equal(count_alive(w, "redis-"), 0);
    event_base_free(base);
}

static void bad_places_are_refused(void **state)
{
    struct world *w = *state;
    struct event_base *base = event_base_new();
    struct err err = {""};
    char longer[256];

    snprintf(longer, sizeof(longer), "%s/%0100d", w->root, 0);
    assert_null(redis_child_new(base, w->state, longer, &err));
    assert_non_null(strstr(err.text, "shorter runtime_dir"));
    snprintf(longer, sizeof(longer), "%s/a?b", w->root);
    assert_null(redis_child_new(base, w->state, longer, &err));
    assert_non_null(strstr(err.text, "another runtime_dir"));
    assert_null(redis_child_new(base, "/proc/no/such", w->run, &err));
    assert_non_null(strstr(err.text, "/proc/no/such"));
    assert_null(redis_child_new(base, "/dev/null", w->run, &err));
    assert_non_null(strstr(err.text, "not a directory"));
    event_base_free(base);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(killed_server_comes_back_with_its_data),
        WITH_WORLD(settings_are_what_is_promised),
        WITH_WORLD(killed_daemon_leaves_nothing_and_loses_nothing),
        WITH_WORLD(earlier_server_is_waited_for),
        WITH_WORLD(second_daemon_on_the_socket_is_refused),
        WITH_WORLD(damaged_file_is_retried_and_said),
        WITH_WORLD(left_over_of_a_rewrite_is_removed),
        WITH_WORLD(hung_server_is_killed_at_the_end),
        WITH_WORLD(bad_places_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
