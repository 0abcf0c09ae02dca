/* What the tests of the sender share: a real receiver (tests/support/receiver.py) as child process,
 * a sender on its own loop, and a name service that never leaves the machine. Included once a test
 * program; run from the top of the repository. */
#ifndef UNIT_WEBHOOK_WORLD_H
#define UNIT_WEBHOOK_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/limits.h"
#include "webhook/sender.h"

#define SECRET_TEXT "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SECRET "0123456789abcdef0123456789abcdef"
#define QUERY "?access_token=KEYOFQUERY" /* must never show up in a detail */
#define RECEIVERS_MAX 64
#define SECONDS(n) ((n)*1000.0)

struct peer {
    pid_t pid;
    int port;
};

static struct world {
    char dir[64], log[96];
    struct peer peer;
    struct event_base *base;
    struct webhook_sender *sender;
    struct conf conf;
    struct conf_receiver receivers[RECEIVERS_MAX];
    char urls[RECEIVERS_MAX][256];
    size_t receiver_n;
} w;

/* --- the world -------------------------------------------------------------------------------- */

static inline double ms_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* libcurl resolves through this one: no name leaves the machine, and slow ones are really slow. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **res)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (node && strcmp(node, "slow.test") == 0) {
        sleep(2);
        return EAI_AGAIN;
    }
    if (node && strcmp(node, "metadata.test") == 0)
        return real("169.254.169.254", service, hints, res);
    if (node && strstr(node, ".test"))
        return EAI_NONAME;
    return real(node, service, hints, res);
}

static inline struct now wall_clock(void *self)
{
    (void)self;
    return (struct now){.wall = (instant_ms)time(NULL) * 1000 + 999};
}
static struct clock_port clock_port = {.now = wall_clock};

static inline struct peer peer_start(const char *const *extra)
{
    const char *argv[16] = {
        "/usr/bin/python3", "tests/support/receiver.py", "--port", "0", "--log", w.log};
    struct peer peer = {0};
    char line[16] = "";
    int out[2];
    FILE *from;

    for (size_t i = 0, n = 6; extra[i]; i++)
        argv[n++] = extra[i];
    assert_int_equal(pipe(out), 0);
    peer.pid = fork();
    assert_true(peer.pid >= 0);
    if (peer.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], 1);
        execv(argv[0], (char **)argv);
        _exit(127);
    }
    close(out[1]);
    from = fdopen(out[0], "r");
    assert_non_null(fgets(line, sizeof(line), from));
    fclose(from);
    peer.port = (int)strtol(line, NULL, 10);
    assert_in_range(peer.port, 1, 65535);
    return peer;
}

static inline void peer_stop(struct peer peer)
{
    kill(peer.pid, SIGKILL);
    waitpid(peer.pid, NULL, 0);
}

static inline int world_start(void **state)
{
    const char *const options[] = {"--secret", SECRET_TEXT, NULL};

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    setenv("http_proxy", "http://127.0.0.1:1", 1); /* must not matter */
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    snprintf(w.dir, sizeof(w.dir), "/tmp/webhook-test-XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    snprintf(w.log, sizeof(w.log), "%s/log", w.dir);
    w.peer = peer_start(options);
    return 0;
}

static inline int world_stop(void **state)
{
    (void)state;
    peer_stop(w.peer);
    unlink(w.log);
    return rmdir(w.dir);
}

/* --- one test --------------------------------------------------------------------------------- */

static inline int setup(void **state)
{
    (void)state;
    assert_int_equal(truncate(w.log, 0), 0);
    w.base = event_base_new();
    w.receiver_n = 0;
    w.conf = (struct conf){.receivers = w.receivers};
    w.sender = webhook_sender_new(w.base, &w.conf, &clock_port);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    w.sender = webhook_sender_free(w.sender);
    event_base_free(w.base);
    return 0;
}

/* A receiver of any URL, signed; its URL is its id unless said otherwise. */
static inline struct conf_receiver *receiver_add(const char *id, const char *url)
{
    struct conf_receiver *receiver = &w.receivers[w.receiver_n];

    assert_true(w.receiver_n < RECEIVERS_MAX);
    snprintf(w.urls[w.receiver_n], sizeof(w.urls[0]), "%s", url);
    *receiver = (struct conf_receiver){.id = id ? id : w.urls[w.receiver_n],
                                       .url = w.urls[w.receiver_n],
                                       .secret = (const unsigned char *)SECRET,
                                       .secret_len = strlen(SECRET),
                                       .timeout_s = 1};
    w.conf.receiver_n = ++w.receiver_n;
    return receiver;
}

static inline struct conf_receiver *behaving(const char *id, const char *behaviour)
{
    char url[128];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/_as/%s" QUERY, w.peer.port, behaviour);
    return receiver_add(id, url);
}

struct end {
    int calls;
    bool in_send; /* the callback ran inside send() */
    struct send_result result;
    char detail[256];
};

static bool sending;

static inline void on_end(void *arg, const struct send_result *result)
{
    struct end *end = arg;

    end->calls++;
    end->in_send = end->in_send || sending;
    end->result = *result;
    assert_non_null(result->detail);
    assert_null(strstr(result->detail, "KEYOFQUERY"));
    assert_null(strstr(result->detail, "whsec"));
    snprintf(end->detail, sizeof(end->detail), "%s", result->detail);
}

static inline int send_body(const char *receiver, const char *notice, const char *body, size_t n,
                            struct end *end)
{
    const struct send_request request = {
        .receiver = receiver, .notice = notice, .body = body, .body_len = n};
    struct sender *port = webhook_sender_port(w.sender);
    int r;

    sending = true;
    r = port->send(port->self, &request, on_end, end);
    sending = false;
    return r;
}

static inline int send_to(const char *receiver, struct end *end)
{
    static const char body[] = "{\"data\":{\"text\":\"距首次发布时限还有40分\"}}";

    return send_body(receiver, "01ABC-3-1", body, strlen(body), end);
}

/* Runs the loop until *calls reaches n, or fails the test. */
static inline void run_until(const int *calls, int n, double limit_ms)
{
    const double stop = ms_now() + limit_ms;

    while (*calls < n && ms_now() < stop) {
        const struct timeval turn = {.tv_usec = 20000};

        event_base_loopexit(w.base, &turn);
        event_base_dispatch(w.base);
    }
    assert_int_equal(*calls, n);
}

static inline struct end deliver(const struct conf_receiver *receiver)
{
    struct end end = {0};

    assert_int_equal(send_to(receiver->id, &end), 0);
    run_until(&end.calls, 1, SECONDS(8));
    assert_false(end.in_send);
    return end;
}

static inline void expect(const struct conf_receiver *receiver, enum send_outcome outcome,
                          int status, const char *detail)
{
    const struct end end = deliver(receiver);

    if (end.result.outcome != outcome || end.result.status != status ||
        strcmp(end.detail, detail) != 0)
        fail_msg("%s: outcome %d status %d \"%s\", expected %d %d \"%s\"", receiver->url,
                 (int)end.result.outcome, end.result.status, end.detail, (int)outcome, status,
                 detail);
}

static inline char *log_text(void)
{
    static char text[4 * 1024 * 1024];
    FILE *file = fopen(w.log, "r");
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

static inline size_t log_count(const char *needle)
{
    size_t n = 0;

    for (const char *at = log_text(); (at = strstr(at, needle)) != NULL; at += strlen(needle))
        n++;
    return n;
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
