#include "redis_world.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/must.h"

#define PATIENCE_S 10

/* --- the proxy: one pair of connections for each client ----------------------------------------
 */

struct pair {
    struct redis_world *world;
    struct bufferevent *client, *server;
};

static void pair_free(struct pair *p)
{
    bufferevent_free(p->client);
    bufferevent_free(p->server);
    free(p);
}

static void on_pair_read(struct bufferevent *from, void *arg)
{
    struct pair *p = arg;

    if (from == p->server && p->world->lose_next) {
        p->world->lose_next = false;
        pair_free(p);
        return;
    }
    bufferevent_write_buffer(from == p->server ? p->client : p->server,
                             bufferevent_get_input(from));
}

static void on_pair_event(struct bufferevent *bev, short what, void *arg)
{
    struct pair *p = arg;

    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        pair_free(p);
}

static struct sockaddr_un unix_address(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};

    snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
    return un;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                      int len, void *arg)
{
    struct redis_world *w = arg;
    struct sockaddr_un un = unix_address(w->socket);
    struct pair *p = calloc(1, sizeof(*p));

    (void)listener;
    (void)from;
    (void)len;
    must(p != NULL);
    p->world = w;
    p->client = bufferevent_socket_new(w->base, fd, BEV_OPT_CLOSE_ON_FREE);
    p->server = bufferevent_socket_new(w->base, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(p->client, on_pair_read, NULL, on_pair_event, p);
    bufferevent_setcb(p->server, on_pair_read, NULL, on_pair_event, p);
    bufferevent_enable(p->client, EV_READ | EV_WRITE);
    bufferevent_enable(p->server, EV_READ | EV_WRITE);
    if (bufferevent_socket_connect(p->server, (struct sockaddr *)&un, sizeof(un)) < 0)
        pair_free(p);
}

static void listen_proxy(struct redis_world *w)
{
    struct sockaddr_un un = unix_address(w->proxy);

    unlink(w->proxy);
    w->listener = evconnlistener_new_bind(w->base, on_accept, w,
                                          LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16,
                                          (struct sockaddr *)&un, sizeof(un));
    assert_non_null(w->listener);
}

/* --- the server ------------------------------------------------------------------------------- */

void redis_world_start(struct redis_world *w)
{
    pid_t parent = getpid();

    must(w->pid == 0);
    fflush(NULL);
    w->pid = fork();
    if (w->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent || chdir(w->dir) < 0)
            _exit(1);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", w->socket, "--save",
               "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", "log",
               "--enable-debug-command", "yes", (char *)NULL);
        _exit(127);
    }
    assert_true(w->pid > 0);
    for (int i = 0; i < PATIENCE_S * 100; i++) {
        w->control = redisConnectUnix(w->socket);
        if (w->control && !w->control->err && strcmp(redis_world_do(w, "PING"), "PONG") == 0)
            return;
        redisFree(w->control);
        w->control = NULL;
        usleep(10000);
    }
    fail_msg("redis-server does not start");
}

void redis_world_stop(struct redis_world *w, int sig)
{
    if (w->control)
        redisFree(w->control);
    w->control = NULL;
    if (w->pid) {
        kill(w->pid, sig);
        kill(w->pid, SIGCONT);
        waitpid(w->pid, NULL, 0);
    }
    w->pid = 0;
}

static void print_reply(const redisReply *r, FILE *out)
{
    switch (r->type) {
    case REDIS_REPLY_NIL:
        fputs("nil", out);
        break;
    case REDIS_REPLY_INTEGER:
        fprintf(out, "%lld", r->integer);
        break;
    case REDIS_REPLY_ERROR:
        fprintf(out, "(error) %s", r->str);
        break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < r->elements; i++) {
            fputs(i ? " " : "", out);
            print_reply(r->element[i], out);
        }
        break;
    default:
        fputs(r->str, out);
    }
}

const char *redis_world_do(struct redis_world *w, const char *format, ...)
{
    FILE *out = fmemopen(w->text, sizeof(w->text), "w");
    redisReply *reply;
    va_list args;

    va_start(args, format);
    reply = redisvCommand(w->control, format, args);
    va_end(args);
    must(out != NULL);
    w->text[0] = '\0';
    if (reply)
        print_reply(reply, out);
    else
        fputs("(no reply)", out);
    fclose(out);
    freeReplyObject(reply);
    return w->text;
}

/* --- the world -------------------------------------------------------------------------------- */

void redis_world_pump(void *self)
{
    struct redis_world *w = self;
    struct timeval most = {.tv_usec = 10000};

    event_base_loopexit(w->base, &most);
    event_base_loop(w->base, EVLOOP_ONCE);
}

struct redis_store *redis_world_store(struct redis_world *w, const char *path, const char *name,
                                      const char *password)
{
    char url[128];
    struct redis_store *s;

    snprintf(url, sizeof(url), "unix://%s", path);
    s = redis_store_new(
        &(struct redis_store_config){
            .base = w->base,
            .url = url,
            .password = password,
            .shards = CONTRACT_SHARDS,
            .time_scale = 1,
            .daemon_id = name,
        },
        NULL);
    assert_non_null(s);
    return s;
}

void redis_world_ready(struct redis_world *w, struct store *s)
{
    time_t end = time(NULL) + PATIENCE_S;

    while (!s->health(s->self).ready) {
        if (time(NULL) > end)
            fail_msg("not ready: %s", s->health(s->self).state);
        redis_world_pump(w);
    }
}

static void restart_a(struct contract_env *env)
{
    struct redis_world *w = env->self;

    redis_store_free(w->a);
    w->a = redis_world_store(w, w->proxy, "a", NULL);
    env->a = redis_store_port(w->a);
    redis_world_ready(w, env->a);
}

static void spoil(void *self, unsigned shard, const char *case_id)
{
    redis_world_do(self, "HSET shixian:{%03u}:case:%s doc {\"id\":", shard, case_id);
}

static void lose_next_reply(void *self)
{
    struct redis_world *w = self;

    w->lose_next = true;
}

int redis_world_setup(void **state)
{
    struct redis_world *w = calloc(1, sizeof(*w));

    must(w != NULL);
    signal(SIGPIPE, SIG_IGN); /* as the daemon does: libevent writes to connections that ended */
    snprintf(w->dir, sizeof(w->dir), "/tmp/shixian.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->socket, sizeof(w->socket), "%s/redis.sock", w->dir);
    snprintf(w->proxy, sizeof(w->proxy), "%s/proxy.sock", w->dir);
    *state = &w->env; /* first member: also the world */
    redis_world_start(w);
    w->base = event_base_new();
    listen_proxy(w);
    w->a = redis_world_store(w, w->proxy, "a", NULL);
    w->b = redis_world_store(w, w->socket, "b", NULL);
    w->env = (struct contract_env){
        .a = redis_store_port(w->a),
        .b = redis_store_port(w->b),
        .self = w,
        .pump = redis_world_pump,
        .restart_a = restart_a,
        .spoil = spoil,
        .lose_next_reply = lose_next_reply,
    };
    redis_world_ready(w, w->env.a);
    redis_world_ready(w, w->env.b);
    return 0;
}

static void remove_dir(const char *dir)
{
    pid_t pid = fork();

    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", dir, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

int redis_world_teardown(void **state)
{
    struct redis_world *w = (struct redis_world *)*state;

    redis_store_free(w->a);
    redis_store_free(w->b);
    for (int i = 0; i < 5; i++)
        redis_world_pump(w); /* the proxy sees the ends and frees its pairs */
    evconnlistener_free(w->listener);
    redis_world_stop(w, SIGKILL);
    for (int i = 0; i < 5; i++)
        redis_world_pump(w);
    event_base_free(w->base);
    remove_dir(w->dir);
    free(w);
    return 0;
}
