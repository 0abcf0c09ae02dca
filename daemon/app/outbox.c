/* Notices: takes what waits in the outbox, hands it to the sender, writes down what became of it.
 */
#include "app/app_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"

/* Entries asked for at once. Room is reserved for each take() under way, so this also says how many
 * shards are asked together. */
#define TAKE_BATCH 16
/* A receiver whose connections are all in use: this many wait here for one to come free, the rest
 * goes back to the outbox, so that a dead receiver can not fill all flights. */
#define WAITING_PER_RECEIVER 32
/* How long one may wait here (real ms). Waiting and attempt together must stay under flight_time.
 */
#define WAITING_MS 2000
/* One that went back is looked at again after half the time since its receiver last took anything,
 * in these bounds (real ms): soon while it is only busy, seldom while it hangs. */
#define BUSY_MIN_MS 1000
#define BUSY_MAX_MS 30000

/* One take(); its entries live in its arena until the callback returns. */
struct take {
    struct app *app;
    struct shard *shard;
    struct arena *arena;
    unsigned room; /* flights reserved for it */
};

/* One attempt under way. */
struct flight {
    struct app *app;
    struct arena *arena; /* owns this flight */
    unsigned shard;
    int attempts; /* made before this one */
    const char *entry, *notice, *receiver, *case_id, *body;
    size_t body_len;
    mono_ms waiting_since;
    TAILQ_ENTRY(flight) waiting; /* in app->waiting while the receiver is busy */
};

static mono_ms mono_now(const struct app *app)
{
    return app->config.clock->now(app->config.clock->self).mono;
}

static uint32_t random_next(struct app *app)
{
    app->random ^= app->random << 13;
    app->random ^= app->random >> 17;
    app->random ^= app->random << 5;
    return app->random;
}

/* What is known of this receiver; the least lively one makes room for a new one. */
static struct reach *reach_of(struct app *app, const char *receiver)
{
    struct reach *least = &app->reaches[0];

    for (size_t i = 0; i < LIMIT_RECEIVERS; i++) {
        struct reach *r = &app->reaches[i];

        if (text_equal(r->receiver, receiver))
            return r;
        if (r->accepted < least->accepted)
            least = r;
    }
    snprintf(least->receiver, sizeof(least->receiver), "%s", receiver);
    least->accepted = mono_now(app);
    return least;
}

static span_ms busy_delay(struct app *app, const char *receiver)
{
    span_ms half = (mono_now(app) - reach_of(app, receiver)->accepted) / 2;
    span_ms delay = half < BUSY_MIN_MS ? BUSY_MIN_MS : half > BUSY_MAX_MS ? BUSY_MAX_MS : half;

    return delay + (span_ms)(random_next(app) % (uint32_t)delay) / 2;
}

static void retry_at(struct shard *s, instant_ms at)
{
    if (s->retry_at == INSTANT_NONE || at < s->retry_at)
        s->retry_at = at;
}

static void flight_over(struct app *app)
{
    app->flights--;
    app->config.wake(app->config.wake_arg); /* there is room for another */
}

static void on_postponed(void *arg, enum store_status status, const char *why)
{
    struct app *app = arg;

    flight_over(app);
    if (status == STORE_OK)
        return;
    /* Nothing is lost: the entry becomes visible by itself when its flight time is over. */
    app->counters.store_errors++;
    log_warning("putting a notice off failed, it is tried again soon: %s", why ? why : "?");
}

/* Try again `delay` (real ms) from now. The flight ends when the store has it. */
static void postpone(struct flight *flight, int attempts, span_ms delay)
{
    struct app *app = flight->app;
    const struct app_config *config = &app->config;
    instant_ms now = config->clock->now(config->clock->self).record;
    instant_ms at = instant_add(now, record_span(app, delay));

    retry_at(&app->shards[flight->shard], at);
    config->store->postpone(config->store->self, flight->shard, flight->entry, attempts, at,
                            on_postponed, app);
    arena_free(flight->arena);
}

/* The end of a delivery that could not be written down. The notice is sent again, because only the
 * ledger proves that it arrived; seldom, because the case may be unreadable for good. */
static void on_recorded(void *arg, const struct app_result *result)
{
    struct flight *flight = arg;
    const struct retry_schedule *r = flight->app->config.retries;
    size_t step = (size_t)flight->attempts < r->n ? (size_t)flight->attempts : r->n - 1;

    if (result->status == APP_DONE || result->status == APP_DUPLICATE) {
        flight_over(flight->app);
        arena_free(flight->arena);
        return;
    }
    log_error("the end of a delivery can not be recorded case=%s notice=%s: %s", flight->case_id,
              flight->notice, result->why ? result->why : "no such case");
    postpone(flight, flight->attempts + 1, r->delays[step]);
}

/* Its end is a fact of the case: "we reminded unit X, the robot accepted" is evidence. */
static void record(struct flight *flight, const struct send_result *result)
{
    struct app *app = flight->app;
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct delivery *delivery = arena_alloc(arena, sizeof(*delivery));
    struct outbox_done *done = arena_alloc(arena, sizeof(*done));
    struct op_request request = {
        .arena = arena,
        .case_id = flight->case_id,
        .input = {.type = INPUT_DELIVERY, .actor = "system", .u.delivery = delivery},
        .done = done,
        .end = on_recorded,
        .arg = flight,
    };

    *delivery = (struct delivery){
        .notice = flight->notice,
        .receiver = flight->receiver,
        .accepted = result->outcome == SEND_ACCEPTED,
        .attempts = flight->attempts + 1,
        .detail = arena_strdup(arena, result->detail),
        .exhausted = result->outcome == SEND_RETRY,
    };
    *done = (struct outbox_done){flight->entry, delivery->attempts, !delivery->accepted,
                                 delivery->detail};
    op_start(app, &request);
}

static void launch(struct flight *flight);

/* A connection to this receiver came free: the one that has waited longest for it goes. */
static void launch_waiting(struct app *app, const char *receiver)
{
    struct flight *flight;

    TAILQ_FOREACH(flight, &app->waiting, waiting)
    {
        if (text_equal(flight->receiver, receiver))
            break;
    }
    if (!flight)
        return;
    TAILQ_REMOVE(&app->waiting, flight, waiting);
    launch(flight);
}

static void on_sent(void *arg, const struct send_result *result)
{
    struct flight *flight = arg;
    struct app *app = flight->app;
    span_ms delay;

    if (result->outcome == SEND_ACCEPTED)
        reach_of(app, flight->receiver)->accepted = mono_now(app);
    launch_waiting(app, flight->receiver);
    if (result->outcome != SEND_ACCEPTED &&
        retry_next(app->config.retries, flight->attempts + 1, result, random_next(app), &delay)) {
        app->counters.notices_retried++;
        log_info("notice put off notice=%s receiver=%s attempt=%d: %s", flight->notice,
                 flight->receiver, flight->attempts + 1, result->detail ? result->detail : "");
        postpone(flight, flight->attempts + 1, delay);
        return;
    }
    record(flight, result);
}

static void wait_for_receiver(struct flight *flight)
{
    struct app *app = flight->app;
    const struct flight *other;
    unsigned waiting = 0;

    TAILQ_FOREACH(other, &app->waiting, waiting)
    {
        waiting += text_equal(other->receiver, flight->receiver);
    }
    if (app->stopping || waiting >= WAITING_PER_RECEIVER) {
        postpone(flight, flight->attempts, busy_delay(app, flight->receiver));
        return;
    }
    TAILQ_INSERT_TAIL(&app->waiting, flight, waiting);
}

static void launch(struct flight *flight)
{
    static const struct send_result gone = {.outcome = SEND_GONE,
                                            .detail = "the receiver is not in the configuration"};
    const struct sender *sender = flight->app->config.sender;
    struct send_request request = {flight->receiver, flight->notice, flight->body,
                                   flight->body_len};
    int r = sender->send(sender->self, &request, on_sent, flight);

    if (r == -ENOENT)
        record(flight, &gone);
    else if (r < 0)
        wait_for_receiver(flight);
}

static void start_flight(struct app *app, unsigned shard, const struct outbox_entry *entry)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct flight *flight = arena_alloc(arena, sizeof(*flight));

    *flight = (struct flight){
        .app = app,
        .arena = arena,
        .shard = shard,
        .attempts = entry->attempts,
        .entry = arena_strdup(arena, entry->entry),
        .notice = arena_strdup(arena, entry->notice),
        .receiver = arena_strdup(arena, entry->receiver),
        .case_id = arena_strdup(arena, entry->case_id),
        .body = arena_strndup(arena, entry->body, entry->body_len),
        .body_len = entry->body_len,
        .waiting_since = mono_now(app),
    };
    app->flights++;
    launch(flight);
}

/* Back to the outbox with those that waited too long; all of them when the daemon stops. */
static void expire_waiting(struct app *app, mono_ms before)
{
    struct flight *flight;

    while ((flight = TAILQ_FIRST(&app->waiting)) && flight->waiting_since <= before) {
        TAILQ_REMOVE(&app->waiting, flight, waiting);
        postpone(flight, flight->attempts, busy_delay(app, flight->receiver));
    }
}

void outbox_stop(struct app *app)
{
    expire_waiting(app, INT64_MAX);
}

static void on_taken(void *arg, const struct store_taken *taken)
{
    struct take take = *(struct take *)arg;
    struct app *app = take.app;
    struct shard *s = take.shard;

    free(arg);
    app->polls--;
    app->reserved -= take.room;
    s->taking = false;
    if (taken->status == STORE_OK) {
        s->recovered = true;
        s->retry_at = taken->next_at;
        s->outbox_kick = s->outbox_kick || taken->more;
        for (size_t i = 0; i < taken->n; i++)
            start_flight(app, (unsigned)(s - app->shards), &taken->entries[i]);
    } else {
        app->counters.store_errors++;
        s->taken -= OUTBOX_POLL_MS - TICK_MAX_MS; /* again in a tick */
    }
    app->config.wake(app->config.wake_arg); /* other shards may have waited for the room */
    arena_free(take.arena);
}

static bool wants_take(const struct shard *s, const struct now *now)
{
    if (!s->leased || s->taking)
        return false;
    return s->outbox_kick || !s->taken || now->mono - s->taken >= OUTBOX_POLL_MS ||
           (s->retry_at != INSTANT_NONE && s->retry_at <= now->record);
}

static void start_take(struct app *app, struct shard *s, const struct now *now, unsigned room)
{
    const struct store *store = app->config.store;
    instant_ms visible = instant_add(now->record, record_span(app, app->config.flight_time));
    struct take *take = malloc(sizeof(*take));

    must(take != NULL);
    *take = (struct take){app, s, arena_new(LIMIT_ARENA_BYTES), room};
    s->taking = true;
    s->taken = now->mono;
    s->outbox_kick = false;
    s->retry_at = INSTANT_NONE;
    app->reserved += room;
    app->polls++;
    store->take(store->self, (unsigned)(s - app->shards), now->record, visible, room, !s->recovered,
                take->arena, on_taken, take);
}

void outbox_turn(struct app *app, const struct now *now)
{
    expire_waiting(app, now->mono - WAITING_MS);
    /* From where the last turn stopped: under load every shard gets its share of the room. */
    for (unsigned n = 0; n < app->shard_n; n++) {
        struct shard *s = &app->shards[(app->outbox_next + n) % app->shard_n];
        unsigned used = app->flights + app->reserved;

        if (!wants_take(s, now))
            continue;
        if (used + TAKE_BATCH > LIMIT_DELIVERIES) {
            app->outbox_next = (unsigned)(s - app->shards);
            return;
        }
        start_take(app, s, now, TAKE_BATCH);
    }
}
