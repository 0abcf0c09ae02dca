/* Time: asks each shard what is due, lets the core decide, and remembers when to ask again. */
#include "app/app_priv.h"

#include <stdlib.h>
#include "base/limits.h"
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
};

static void poll_end(struct poll *poll)
{
    poll->shard->polling = false;
    poll->app->polls--;
    poll->app->config.wake(poll->app->config.wake_arg);
    arena_free(poll->arena);
    free(poll);
}

static void on_time_end(void *arg, const struct app_result *result)
{
    struct poll *poll = arg;

    (void)result; /* what was not committed is still due, and asked for again within a tick */
    if (--poll->left == 0)
        poll_end(poll);
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
        op_start(app, &request);
    }
    on_time_end(poll, NULL); /* our own share: operations may all have ended already */
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
        *poll = (struct poll){app, s, arena_new(POLL_ARENA_BYTES), 0};
        s->polling = true;
        s->asked = now->mono;
        app->polls++;
        store->due(store->self, i, now->record, LIMIT_DUE_BATCH, poll->arena, on_due, poll);
    }
}
