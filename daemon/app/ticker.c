/* Time: asks each shard what is due, lets the core decide, and remembers when to ask again. */
#include "app/app_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/limits.h"
#include "base/log.h"
#include "base/must.h"

/* What one answer may hold: each case as JSON and decoded. A bound, not a reservation. */
#define POLL_ARENA_BYTES ((size_t)LIMIT_DUE_BATCH * 4 * LIMIT_CASE_BYTES)

/* One due() and the operations it leads to; the cases live in its arena until the last has ended.
 */
struct poll {
    struct app *app;
    struct shard *shard;
    struct arena *arena;
    size_t left;
    bool failed; /* something due could not be committed: the shard is left alone for a tick */
};

static void poll_end(struct poll *poll)
{
    poll->shard->polling = false;
    if (poll->failed)
        poll->shard->next_at = INSTANT_NONE;
    poll->app->polls--;
    poll->app->config.wake(poll->app->config.wake_arg);
    arena_free(poll->arena);
    free(poll);
}

const char *app_trouble(const struct app *app, mono_ms mono)
{
    return app->failed_at && mono - app->failed_at < TROUBLE_MS ? app->failed_why : NULL;
}

static void poll_share_end(struct poll *poll)
{
    if (--poll->left == 0)
        poll_end(poll);
}

/* What could not be committed is still due, and asked for again; but nobody may be left to think
 * that silence means that nothing is due. */
static void firing_failed(struct poll *poll, const char *why)
{
    struct app *app = poll->app;

    poll->failed = true;
    snprintf(app->failed_why, sizeof(app->failed_why), "what is due can not be committed: %s",
             why ? why : "?");
    if (!app_trouble(app, poll->shard->asked))
        log_error("%s", app->failed_why);
    app->failed_at = poll->shard->asked;
}

static void on_time_end(void *arg, const struct app_result *result)
{
    struct poll *poll = arg;

    if (result->status == APP_UNAVAILABLE)
        firing_failed(poll, result->why);
    poll_share_end(poll);
}

static void on_due(void *arg, const struct store_due *due)
{
    struct poll *poll = arg;
    struct app *app = poll->app;
    struct shard *s = poll->shard;

    if (due->status != STORE_OK) {
        app->counters.store_errors++;
        s->next_at = INSTANT_NONE; /* asked again in a tick; `polled` stays old: /readyz sees it */
        poll_end(poll);
        return;
    }
    s->polled = app->config.clock->now(app->config.clock->self).mono;
    s->leased = due->leased;
    s->outbox_kick = s->outbox_kick || (due->leased && due->outbox);
    app->counters.cases_unreadable += due->unreadable;
    s->next_at = due->leased ? due->next_at : INSTANT_NONE;
    poll->left = due->leased ? due->n + 1 : 1;
    for (size_t i = 0; due->leased && i < due->n; i++) {
        struct op_request request = {
            .arena = arena_new(LIMIT_ARENA_BYTES),
            .case_id = due->cases[i].c->id,
            .input = {.type = INPUT_TIME, .actor = "system"},
            .stored = &due->cases[i],
            .end = on_time_end,
            .arg = poll,
        };
        /* Its daemon may have died between the two commits of a merge. Copies what it needs. */
        if (due->cases[i].c->handover_n)
            handover_run(app, due->cases[i].c, NULL, NULL);
        op_start(app, &request);
    }
    poll_share_end(poll); /* our own share: operations may all have ended already */
}

static bool wants_poll(const struct shard *s, const struct now *now)
{
    if (s->polling)
        return false;
    return !s->asked || now->mono - s->asked >= TICK_MAX_MS ||
           (s->next_at != INSTANT_NONE && s->next_at <= now->record);
}

void ticker_turn(struct app *app, const struct now *now)
{
    const struct store *store = app->config.store;

    for (unsigned i = 0; i < app->shard_n; i++) {
        struct shard *s = &app->shards[i];
        struct poll *poll;

        if (!wants_poll(s, now))
            continue;
        poll = calloc(1, sizeof(*poll));
        must(poll != NULL);
        *poll = (struct poll){app, s, arena_new(POLL_ARENA_BYTES), 0, false};
        s->polling = true;
        s->asked = now->mono;
        app->polls++;
        store->due(store->self, i, now->record, LIMIT_DUE_BATCH, poll->arena, on_due, poll);
    }
}
