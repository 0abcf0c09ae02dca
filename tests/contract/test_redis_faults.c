/* What only a real server can do to us: go away, hang, refuse, hold something else. */
#include <dlfcn.h>
#include <event2/dns.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "base/limits.h"
#include "draft.h"

static void wait_state(struct redis_world *w, struct store *s, const char *word)
{
    time_t end = time(NULL) + 10;

    while (!strstr(s->health(s->self).state, word)) {
        if (time(NULL) > end)
            fail_msg("state is \"%s\", expected \"%s\"", s->health(s->self).state, word);
        redis_world_pump(w);
    }
    assert_true(s->health(s->self).ready == !strcmp(word, "ready"));
}

#define WORLD(state) ((struct redis_world *)*(state))

/* Traffic, and the server dies in the middle of it; what was acknowledged is there, nothing twice.
 */
static void test_killed_and_restarted(void **state)
{
    enum { N = 2000 };
    struct redis_world *w = WORLD(state);
    struct draft *drafts = calloc(N, sizeof(*drafts));
    unsigned ok = 0, open = 0;

    for (unsigned i = 0; i < N; i++) {
        draft_init(&drafts[i], i);
        draft_send(w->env.a, &drafts[i]);
        while (i == N / 2 && !drafts[N / 4].calls)
            redis_world_pump(w);
    }
    redis_world_stop(w, SIGKILL);
    for (int i = 0; i < 20; i++)
        redis_world_pump(w);
    assert_false(w->env.a->health(w->env.a->self).ready);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(drafts[i].calls, 1);
        assert_true(drafts[i].status == STORE_OK || drafts[i].status == STORE_UNKNOWN ||
                    drafts[i].status == STORE_UNAVAILABLE);
        ok += drafts[i].status == STORE_OK;
    }
    print_message("acknowledged before the kill: %u of %d\n", ok, N);
    assert_true(ok > 0 && ok < N);

    redis_world_start(w);
    redis_world_ready(w, w->env.a);
    for (unsigned i = 0; i < N; i++) {
        bool acknowledged = drafts[i].status == STORE_OK;
        enum store_status again = draft_commit(w, w->env.a, &drafts[i]);

        assert_true(again == STORE_REPEATED || (!acknowledged && again == STORE_OK));
    }
    for (unsigned i = 0; i < CONTRACT_SHARDS; i++)
        open += (unsigned)strtoul(redis_world_do(w, "XLEN shixian:{%03u}:facts", i), NULL, 10);
    assert_int_equal(open, N);
    free(drafts);
}

static void test_hanging_server(void **state)
{
    struct redis_world *w = WORLD(state);
    time_t start = time(NULL);
    enum store_status again;
    struct draft d;

    draft_init(&d, 1);
    kill(w->pid, SIGSTOP);
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_UNKNOWN);
    assert_in_range(time(NULL) - start, REDIS_REPLY_TIMEOUT_MS / 1000 - 2,
                    REDIS_REPLY_TIMEOUT_MS / 1000 + 3);
    kill(w->pid, SIGCONT);
    redis_world_ready(w, w->env.b);
    again = draft_commit(w, w->env.b, &d);
    assert_true(again == STORE_OK || again == STORE_REPEATED);
    assert_string_equal(redis_world_do(w, "XLEN shixian:{%03u}:facts", draft_shard(&d)), "1");
}

static void test_socket_missing_then_there(void **state)
{
    struct redis_world *w = WORLD(state);
    struct timespec from, to;
    time_t start;
    struct draft d;

    draft_init(&d, 1);
    start = time(NULL);
    redis_world_stop(w, SIGTERM);
    wait_state(w, w->env.b, "connect: ");
    while (time(NULL) < start + 4)
        redis_world_pump(w);
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_UNAVAILABLE);
    redis_world_start(w);
    wait_state(w, w->env.b, "ready");
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_OK);
    /* The back-off had grown to a second or more by then; it starts short again. */
    redis_world_do(w, "CLIENT KILL TYPE normal SKIPME yes");
    wait_state(w, w->env.b, "closed");
    clock_gettime(CLOCK_MONOTONIC, &from);
    wait_state(w, w->env.b, "ready");
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < 700);
}

static void test_password(void **state)
{
    struct redis_world *w = WORLD(state);
    struct redis_store *s;
    struct draft d;

    draft_init(&d, 1);
    redis_world_do(w, "CONFIG SET requirepass secret");
    s = redis_world_store(w, w->socket, "c", "wrong");
    wait_state(w, redis_store_port(s), "AUTH: WRONGPASS");
    assert_int_equal(draft_commit(w, redis_store_port(s), &d), STORE_UNAVAILABLE);
    redis_world_do(w, "CONFIG SET requirepass wrong"); /* healed without a restart */
    wait_state(w, redis_store_port(s), "ready");
    redis_store_free(s);
    s = redis_world_store(w, w->socket, "c", NULL);
    wait_state(w, redis_store_port(s), "NOAUTH");
    redis_store_free(s);
}

static void test_meta(void **state)
{
    struct redis_world *w = WORLD(state);
    struct redis_store *s;

    redis_world_do(w, "HSET shixian:meta shards 7");
    s = redis_world_store(w, w->socket, "c", NULL); /* asks for 4 */
    redis_world_ready(w, redis_store_port(s));
    assert_int_equal(redis_store_port(s)->shards, 7);
    redis_store_free(s);
    redis_world_do(w, "CLIENT KILL TYPE normal SKIPME yes"); /* b knew four */
    wait_state(w, w->env.b, "another database");
    assert_int_equal(w->env.b->shards, CONTRACT_SHARDS);

    redis_world_do(w, "HSET shixian:meta schema 3");
    s = redis_world_store(w, w->socket, "c", NULL);
    wait_state(w, redis_store_port(s), "schema: ");
    redis_store_free(s);

    redis_world_do(w, "HSET shixian:meta schema 2 shards 0");
    s = redis_world_store(w, w->socket, "c", NULL);
    wait_state(w, redis_store_port(s), "schema: ");
    redis_store_free(s);
}

static struct redis_store *scaled(struct redis_world *w, unsigned db, unsigned time_scale)
{
    char url[128];
    struct redis_store *s;

    snprintf(url, sizeof(url), "unix://%s?db=%u", w->socket, db);
    s = redis_store_new(
        &(struct redis_store_config){
            .base = w->base,
            .url = url,
            .shards = 2,
            .time_scale = time_scale,
            .daemon_id = "c",
        },
        NULL);
    assert_non_null(s);
    return s;
}

/* An exercise in a hurry must not fire real duties, nor the real daemon wait for its clock. */
static void test_another_time_scale_is_refused(void **state)
{
    struct redis_world *w = WORLD(state);
    struct redis_store *s = scaled(w, 0, 60);
    struct draft d;

    draft_init(&d, 1);
    wait_state(
        w, redis_store_port(s),
        "this database belongs to a daemon with --time-scale 1; use another state directory");
    assert_int_equal(draft_commit(w, redis_store_port(s), &d), STORE_UNAVAILABLE);
    redis_store_free(s);
    s = scaled(w, 1, 60); /* one of its own */
    redis_world_ready(w, redis_store_port(s));
    redis_store_free(s);
    s = scaled(w, 1, 60);
    redis_world_ready(w, redis_store_port(s));
    redis_store_free(s);
    s = scaled(w, 1, 1);
    wait_state(w, redis_store_port(s), "--time-scale 60; ");
    redis_store_free(s);
    redis_world_do(w, "HSET shixian:meta time_scale nonsense");
    s = scaled(w, 0, 1);
    wait_state(w, redis_store_port(s), "--time-scale nonsense; ");
    redis_store_free(s);
}

static void expect_promise(struct redis_world *w, bool durable, const char *words)
{
    struct redis_store *s = redis_world_store(w, w->socket, "c", NULL);
    struct store_health health;

    redis_world_ready(w, redis_store_port(s));
    health = redis_store_port(s)->health(s);
    assert_int_equal(health.durable, durable);
    if (!strstr(health.promise, words))
        fail_msg("\"%s\" says not \"%s\"", health.promise, words);
    redis_store_free(s);
}

static void test_promise(void **state)
{
    struct redis_world *w = WORLD(state);

    expect_promise(w, true, "on the disk of this one server");
    redis_world_do(w, "CONFIG SET appendfsync everysec");
    expect_promise(w, false, "1 s");
    redis_world_do(w, "CONFIG SET appendfsync always maxmemory 1gb maxmemory-policy allkeys-lru");
    expect_promise(w, false, "allkeys-lru may evict cases");
    redis_world_do(w, "CONFIG SET maxmemory 0 appendonly no");
    expect_promise(w, false, "NOTHING is durable");
    redis_world_do(w, "ACL SETUSER default -config -info");
    expect_promise(w, false, "unknown");
    redis_world_do(w, "ACL SETUSER default +@all");
}

static void test_demoted_master(void **state)
{
    struct redis_world *w = WORLD(state);
    struct draft d;

    draft_init(&d, 1);
    redis_world_do(w, "REPLICAOF 127.0.0.1 1");
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_UNAVAILABLE);
    wait_state(w, w->env.b, "READONLY");
    redis_world_do(w, "REPLICAOF NO ONE");
    wait_state(w, w->env.b, "ready");
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_OK);
}

static void on_clock(void *arg, const struct store_clock *clock)
{
    unsigned *counts = arg;

    counts[clock->status]++;
}

/* More commands than may wait: the rest is refused, every one is answered, and the store works. */
static void test_too_much_at_once(void **state)
{
    enum { N = 5000 };
    struct redis_world *w = WORLD(state);
    unsigned counts[STORE_CORRUPT + 1] = {0};
    struct draft d;

    for (int i = 0; i < N; i++)
        w->env.b->clock(w->env.b->self, on_clock, counts); /* five commands each */
    assert_int_equal(counts[STORE_OK] + counts[STORE_UNAVAILABLE], 0);
    for (int i = 0; i < 1000 && counts[STORE_OK] + counts[STORE_UNAVAILABLE] < N; i++)
        redis_world_pump(w);
    assert_int_equal(counts[STORE_OK], LIMIT_REDIS_PENDING / 5);
    assert_int_equal(counts[STORE_UNAVAILABLE], N - LIMIT_REDIS_PENDING / 5);
    draft_init(&d, 1);
    assert_int_equal(draft_commit(w, w->env.b, &d), STORE_OK);
}

/* Everything that waits is answered when the store ends. */
static void test_end_with_work_on_the_way(void **state)
{
    struct redis_world *w = WORLD(state);
    struct draft d[3];

    for (unsigned i = 0; i < 3; i++) {
        draft_init(&d[i], i);
        draft_send(w->env.b, &d[i]);
    }
    w->b = redis_store_free(w->b);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(d[i].calls, 1);
        assert_int_equal(d[i].status, STORE_UNKNOWN);
    }
}

static int free_port(void)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
    close(fd);
    return ntohs(in.sin_port);
}

static void count_changes(void *arg, bool ready)
{
    int *changes = arg;

    changes[ready]++;
}

/* By name, by address, in another database. */
static void test_tcp(void **state)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::ffff:127.0.0.1]"};
    struct redis_world *w = WORLD(state);
    int port = free_port();

    redis_world_do(w, "CONFIG SET port %d", port);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        char url[64];
        int changes[2] = {0, 0};
        struct redis_store *s;

        snprintf(url, sizeof(url), "redis://%s:%d/3", hosts[i], port);
        s = redis_store_new(
            &(struct redis_store_config){
                .base = w->base,
                .url = url,
                .shards = 2,
                .time_scale = 1,
                .daemon_id = "c",
                .changed = count_changes,
                .changed_arg = changes,
            },
            NULL);
        redis_world_ready(w, redis_store_port(s));
        assert_int_equal(changes[1], 1);
        redis_world_do(w, "CLIENT KILL TYPE normal SKIPME yes");
        wait_state(w, redis_store_port(s), "closed");
        assert_int_equal(changes[0], 1);
        wait_state(w, redis_store_port(s), "ready");
        redis_store_free(s);
    }
    redis_world_do(w, "SELECT 3");
    assert_string_equal(redis_world_do(w, "HGET shixian:meta shards"), "2");
}

/* As libevent is on a host whose resolv.conf is empty: no base that wants name servers, and reading
 * the file is an error. */
static bool no_nameservers;

struct evdns_base *evdns_base_new(struct event_base *base, int flags)
{
    struct evdns_base *(*real)(struct event_base *, int) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "evdns_base_new");
    return no_nameservers && flags & EVDNS_BASE_INITIALIZE_NAMESERVERS ? NULL : real(base, flags);
}

int evdns_base_resolv_conf_parse(struct evdns_base *base, int flags, const char *file)
{
    int (*real)(struct evdns_base *, int, const char *) = NULL;

    *(void **)&real = dlsym(RTLD_NEXT, "evdns_base_resolv_conf_parse");
    return real(base, flags, no_nameservers ? "/dev/null" : file);
}

static void test_tcp_without_name_servers(void **state)
{
    no_nameservers = true;
    test_tcp(state);
    no_nameservers = false;
}

static void test_tcp_refused(void **state)
{
    struct redis_world *w = WORLD(state);
    char url[64];
    struct redis_store *s;

    snprintf(url, sizeof(url), "redis://127.0.0.1:%d", free_port());
    s = redis_store_new(
        &(struct redis_store_config){
            .base = w->base, .url = url, .shards = 2, .time_scale = 1, .daemon_id = "c"},
        NULL);
    wait_state(w, redis_store_port(s), "refused");
    redis_store_free(s);
}

#define FAULT_TEST(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, redis_world_setup, redis_world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_TEST(test_killed_and_restarted),
        FAULT_TEST(test_hanging_server),
        FAULT_TEST(test_socket_missing_then_there),
        FAULT_TEST(test_password),
        FAULT_TEST(test_meta),
        FAULT_TEST(test_another_time_scale_is_refused),
        FAULT_TEST(test_promise),
        FAULT_TEST(test_demoted_master),
        FAULT_TEST(test_too_much_at_once),
        FAULT_TEST(test_end_with_work_on_the_way),
        FAULT_TEST(test_tcp),
        FAULT_TEST(test_tcp_without_name_servers),
        FAULT_TEST(test_tcp_refused),
    };

    return cmocka_run_group_tests_name("redis_faults", tests, NULL, NULL);
}
