/* What operations tell the ticker and the outbox, through the shard they touched. */
#include "app/app_priv.h"

span_ms record_span(const struct app *app, span_ms real)
{
    return (span_ms)((double)real * app->config.time_scale);
}

void shard_committed(struct app *app, const char *case_id, instant_ms attention_at, size_t notices)
{
    struct shard *s;

    if (!app->shard_n)
        return;
    s = &app->shards[store_shard(case_id, app->shard_n)];
    if (attention_at != INSTANT_NONE && (s->next_at == INSTANT_NONE || attention_at < s->next_at))
        s->next_at = attention_at;
    if (notices)
        s->outbox_kick = true;
    app->config.wake(app->config.wake_arg);
}
