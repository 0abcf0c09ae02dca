#include "app/app.h"

#include <stdlib.h>
#include "app/app_priv.h"
#include "base/limits.h"
#include "base/must.h"

struct app *app_new(const struct app_config *config)
{
    struct app *app = calloc(1, sizeof(*app));

    must(app != NULL && config->policies && config->policies->n && config->time_scale > 0);
    app->config = *config;
    app->random = config->seed ? config->seed : 1;
    app->sweep.asked = config->keeper;
    TAILQ_INIT(&app->waiting);
    return app;
}

struct app *app_free(struct app *app)
{
    if (app) {
        must(app_busy(app) == 0);
        policies_free(app);
        free(app->shards);
        free(app);
    }
    return NULL;
}

unsigned app_busy(const struct app *app)
{
    return app->ops + app->polls + app->flights;
}

unsigned app_deciding(const struct app *app)
{
    return app->ops + app->polls;
}

void app_set_policies(struct app *app, const struct policies *policies)
{
    app->config.policies = policies;
    app->sweep.asked = app->config.keeper;
    app->calendar_looked = 0;
    app->calendar_settled = false;
}

void app_stop(struct app *app)
{
    app->stopping = true;
    outbox_stop(app);
}

const struct app_counters *app_counters(const struct app *app)
{
    return &app->counters;
}

const struct lateness *app_lateness(const struct app *app)
{
    return &app->lateness;
}

mono_ms app_last_pass(const struct app *app)
{
    mono_ms oldest = app->shard_n ? app->shards[0].polled : 0;

    for (unsigned i = 1; i < app->shard_n; i++)
        oldest = app->shards[i].polled < oldest ? app->shards[i].polled : oldest;
    return oldest;
}

/* The number of shards is the store's to say, and known once it is ready. */
static bool shards_known(struct app *app)
{
    const struct store *store = app->config.store;

    if (app->shard_n)
        return true;
    if (!store->health(store->self).ready)
        return false;
    app->shards = calloc(store->shards, sizeof(*app->shards));
    must(app->shards != NULL && store->shards > 0);
    app->shard_n = store->shards;
    for (unsigned i = 0; i < app->shard_n; i++)
        app->shards[i].next_at = app->shards[i].retry_at = INSTANT_NONE;
    return true;
}

/* Real ms until `at` of the clock of record, rounded up so that we never wake a moment early. */
static span_ms real_until(const struct app *app, instant_ms at, const struct now *now)
{
    double left;

    if (at == INSTANT_NONE)
        return TICK_MAX_MS;
    left = (double)(at - now->record) / app->config.time_scale;
    if (left > TICK_MAX_MS)
        return TICK_MAX_MS;
    return left < 1 ? 1 : (span_ms)(left + 0.999);
}

static span_ms sleep_for(const struct app *app, const struct now *now)
{
    span_ms sleep = TICK_MAX_MS;

    for (unsigned i = 0; i < app->shard_n; i++) {
        const struct shard *s = &app->shards[i];
        span_ms until;

        if (!s->polling && s->leased) {
            until = real_until(app, s->next_at, now);
            sleep = until < sleep ? until : sleep;
        }
        if (!s->taking && s->leased) {
            until = real_until(app, s->retry_at, now);
            sleep = until < sleep ? until : sleep;
        }
    }
    return sleep;
}

span_ms app_turn(struct app *app)
{
    struct now now = app->config.clock->now(app->config.clock->self);

    if (app->stopping || now.record == INSTANT_NONE || !shards_known(app))
        return TICK_MAX_MS;
    ticker_turn(app, &now);
    outbox_turn(app, &now);
    if (app->config.keeper)
        keeper_turn(app, &now);
    return sleep_for(app, &now);
}
