#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "app/app.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "http/server.h"
#include "redis/store.h"
#include "sys/disk.h"
#include "sys/loop.h"
#include "sys/redis_child.h"
#include "sys/state.h"
#include "sys/systemd.h"
#include "webhook/sender.h"

/* Configurations replaced by a reload but perhaps still pointed to by work under way: requests and
 * decisions. Deliveries hold nothing of one. */
#define RETIRED_MAX 16
/* One delivery attempt (30 s at most) and its wait for a connection. */
#define FLIGHT_MS (45 * SECOND_MS)

struct daemon {
    const struct daemon_options *options;
    struct conf *conf, *retired[RETIRED_MAX];
    struct conf *started; /* with which we started: much of it stays in force until the end */
    struct state *state;
    struct loop *loop;
    struct disk *disk;
    struct redis_child *child; /* NULL: an outside Redis */
    struct redis_store *store;
    struct webhook_sender *sender;
    struct app *app;
    struct http_server *http;
    char status[160];
};

/* Each line of text, with what it is in front. */
static void print_lines(const char *what, const char *text)
{
    while (text && *text) {
        int n = (int)strcspn(text, "\n");

        fprintf(stderr, "%s%.*s\n", what, n, text);
        text += n + (text[n] == '\n');
    }
}

struct conf *daemon_conf(const char *file)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct buf warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct conf *conf = NULL;

    if (conf_load(file, &conf, &errors, &warnings) < 0)
        print_lines("", errors.data ? errors.data : "the configuration has too many errors");
    print_lines("warning: ", warnings.data);
    buf_free(&errors);
    buf_free(&warnings);
    return conf;
}

static span_ms on_turn(void *arg)
{
    struct daemon *d = arg;

    if (app_deciding(d->app) + http_server_busy(d->http) == 0) {
        for (size_t i = 0; i < RETIRED_MAX; i++)
            d->retired[i] = conf_free(d->retired[i]);
    }
    return app_turn(d->app);
}

static bool same_listen(const struct conf *a, const struct conf *b)
{
    for (size_t i = 0; i < a->listen_n && i < b->listen_n; i++) {
        if (!text_equal(a->listen[i], b->listen[i]))
            return false;
    }
    return a->listen_n == b->listen_n;
}

static bool same_redis(const struct conf *a, const struct conf *b)
{
    return text_equal(a->redis.url, b->redis.url) && text_equal(a->redis.user, b->redis.user) &&
           text_equal(a->redis.password, b->redis.password) && a->redis.shards == b->redis.shards;
}

/* What a reload does not reach. Unsaid, someone would believe that an exercise is over. */
static void say_unreached(const struct conf *was, const struct conf *is)
{
    const struct {
        const char *key;
        bool same;
    } keys[] = {
        {"listen", same_listen(was, is)},
        {"socket", text_equal(was->socket, is->socket)},
        {"state_dir", text_equal(was->state_dir, is->state_dir)},
        {"runtime_dir", text_equal(was->runtime_dir, is->runtime_dir)},
        {"exercise", was->exercise == is->exercise},
        {"redis", same_redis(was, is)},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!keys[i].same)
            log_warning("reload: %s changed, which takes effect at the next start only",
                        keys[i].key);
    }
}

static void on_reload(void *arg)
{
    struct daemon *d = arg;
    struct conf *conf;
    size_t i = 0;

    while (i < RETIRED_MAX && d->retired[i])
        i++;
    if (i == RETIRED_MAX) {
        log_error("reload refused, %d old configurations are still in use; try again", RETIRED_MAX);
        return;
    }
    conf = daemon_conf(d->options->file);
    if (!conf) {
        log_error("reload refused, the old configuration stays in force");
        return;
    }
    say_unreached(d->started, conf);
    if (d->conf != d->started)
        d->retired[i] = d->conf;
    d->conf = conf;
    app_set_policies(d->app, &conf->policies);
    webhook_sender_set_conf(d->sender, conf);
    http_server_set_conf(d->http, conf);
    systemd_log_setup((enum log_level)conf->log_level);
    log_notice("configuration reloaded file=%s", d->options->file);
}

static const char *on_status(void *arg)
{
    struct daemon *d = arg;
    const struct app_counters *n = app_counters(d->app);

    snprintf(d->status, sizeof(d->status), "%s; %llu reports, %llu notices accepted, %llu given up",
             redis_store_port(d->store)->health(d->store).state,
             (unsigned long long)n->reports_accepted, (unsigned long long)n->notices_accepted,
             (unsigned long long)n->notices_dead);
    return d->status;
}

static void on_stop(void *arg)
{
    struct daemon *d = arg;

    http_server_stop(d->http);
    app_stop(d->app);
}

static unsigned on_busy(void *arg)
{
    struct daemon *d = arg;

    return app_busy(d->app) + http_server_busy(d->http);
}

static void on_finish(void *arg)
{
    struct store *store = redis_store_port(((struct daemon *)arg)->store);

    store->release(store->self);
}

static bool room_left(void *arg, const char **why)
{
    struct daemon *d = arg;

    return !d->child || disk_ok(d->disk, why);
}

/* The first of what is wrong: without Redis the rest follows by itself. */
static const char *trouble(void *arg)
{
    struct daemon *d = arg;
    struct clock_port *clock = loop_clock(d->loop);
    const char *why = d->child ? redis_child_trouble(d->child) : NULL;

    if (!why)
        why = loop_clock_trouble(d->loop);
    return why ? why : app_trouble(d->app, clock->now(clock->self).mono);
}

static int start_store(struct daemon *d, struct err *err)
{
    const struct conf *conf = d->conf;
    struct redis_store_config config = {.base = loop_base(d->loop),
                                        .url = conf->redis.url,
                                        .user = conf->redis.user,
                                        .password = conf->redis.password,
                                        .shards = conf->redis.shards,
                                        .time_scale = (unsigned)d->options->scale,
                                        .daemon_id = state_instance(d->state),
                                        .embedded = !conf->redis.url};

    if (!conf->redis.url) {
        d->disk = disk_new(loop_base(d->loop), conf->state_dir, err);
        d->child =
            d->disk ? redis_child_new(loop_base(d->loop), conf->state_dir, conf->runtime_dir, err)
                    : NULL;
        if (!d->child)
            return -1;
        config.url = redis_child_url(d->child);
    }
    d->store = redis_store_new(&config, err);
    return d->store ? 0 : -1;
}

static int start(struct daemon *d, struct err *err)
{
    struct app_config app = {.policies = &d->conf->policies,
                             .keeper = true,
                             .retries = &retry_deadline_schedule,
                             .exercise = d->conf->exercise || d->options->exercise,
                             .time_scale = d->options->scale,
                             .flight_time = FLIGHT_MS};
    struct http_server_config http = {.conf = d->conf,
                                      .version = SHIXIAN_VERSION,
                                      .disk_ok = room_left,
                                      .trouble = trouble,
                                      .arg = d};

    if (d->options->scale != 1.0 && !app.exercise)
        return err_set(err, EINVAL,
                       "--time-scale needs exercise mode: --exercise or `exercise: true`");
    if (state_open(d->conf->state_dir, &d->state, err) < 0)
        return -1;
    d->loop = loop_new(d->options->scale, err);
    if (!d->loop || start_store(d, err) < 0)
        return -1;
    loop_watch_clock(d->loop, redis_store_port(d->store));
    d->sender = webhook_sender_new(loop_base(d->loop), d->conf, loop_clock(d->loop));
    app.store = http.store = redis_store_port(d->store);
    app.sender = webhook_sender_port(d->sender);
    app.clock = http.clock = loop_clock(d->loop);
    app.wake = loop_wake;
    app.wake_arg = d->loop;
    app.seed = text_fnv1a(state_instance(d->state));
    d->app = http.app = app_new(&app);
    http.base = loop_base(d->loop);
    d->http = http_server_new(&http, err);
    return d->http ? 0 : -1;
}

/* In reverse order of start; each free accepts what was never started. */
static void stop(struct daemon *d)
{
    http_server_free(d->http);
    webhook_sender_free(d->sender);
    redis_store_free(d->store); /* ends what still waits for an answer, so app is idle after it */
    app_free(d->app);
    redis_child_free(d->child);
    disk_free(d->disk);
    loop_free(d->loop);
    state_close(d->state);
    for (size_t i = 0; i < RETIRED_MAX; i++)
        conf_free(d->retired[i]);
    if (d->conf != d->started)
        conf_free(d->conf);
    conf_free(d->started);
}

int daemon_run(const struct daemon_options *options, struct conf *conf, struct err *reterr)
{
    struct daemon d = {.options = options, .conf = conf, .started = conf};
    struct loop_hooks hooks = {&d, on_turn, on_reload, on_status, on_stop, on_busy, on_finish};
    int r;

    systemd_log_setup((enum log_level)conf->log_level);
    r = start(&d, reterr);
    if (r == 0)
        r = loop_run(d.loop, &hooks);
    stop(&d);
    return r;
}
