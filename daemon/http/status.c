/* /healthz, /readyz: whether to restart us, whether to send us work, and why not. */
#include <string.h>
#include "http/exchange.h"

/* The ticker looks at every shard at least once a second; this late, time is not watched. */
#define PASS_MAX_MS (5 * SECOND_MS)

void handle_healthz(struct exchange *ex)
{
    exchange_text(ex, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

static void add(json_t *troubles, const char *text)
{
    if (text)
        json_array_append_new(troubles, problem_text(text));
}

static json_t *troubles_now(const struct http_server *s)
{
    const struct http_server_config *config = &s->config;
    struct now now = config->clock->now(config->clock->self);
    mono_ms pass = app_last_pass(config->app);
    json_t *troubles = json_array();
    const char *why = NULL;

    if (!config->store->health(config->store->self).ready)
        add(troubles, "the store is not ready");
    if (now.record == INSTANT_NONE)
        add(troubles, "the clock of record is not known yet");
    if (pass == 0)
        add(troubles, "no pass over all shards yet");
    else if (now.mono - pass > PASS_MAX_MS)
        add(troubles, "the last pass over all shards is older than 5 seconds");
    if (config->disk_ok && !config->disk_ok(config->arg, &why))
        add(troubles, why ? why : "the disk is full");
    if (config->trouble)
        add(troubles, config->trouble(config->arg));
    if (s->stopping)
        add(troubles, "the daemon is stopping");
    return troubles;
}

/* What people must see to, and what sends no work elsewhere. */
static json_t *warnings_now(const struct http_server *s, const struct now *now)
{
    json_t *warnings = json_array();
    char text[APP_WARNING_SIZE];

    add(warnings, app_calendar_warning(s->config.app, now->record, text));
    return warnings;
}

bool status_ready(const struct http_server *s)
{
    json_t *troubles = troubles_now(s);
    bool ready = json_array_size(troubles) == 0;

    json_decref(troubles);
    return ready;
}

static json_t *clock_json(const struct now *now, const struct zone *zone)
{
    char record[INSTANT_TEXT_SIZE], wall[INSTANT_TEXT_SIZE];

    zone_format(zone, now->wall, wall);
    if (now->record == INSTANT_NONE)
        return json_pack("{s:n, s:s, s:n}", "record", "wall", wall, "wall_ahead_ms");
    zone_format(zone, now->record, record);
    return json_pack("{s:s, s:s, s:I}", "record", record, "wall", wall, "wall_ahead_ms",
                     (json_int_t)(now->wall - now->record));
}

void handle_readyz(struct exchange *ex)
{
    const struct http_server *s = ex->server;
    struct store *store = s->config.store;
    struct now now = s->config.clock->now(s->config.clock->self);
    struct store_health health = store->health(store->self);
    json_t *troubles = troubles_now(s);
    bool ready = json_array_size(troubles) == 0;

    exchange_json(ex, ready ? 200 : 503,
                  json_pack("{s:b, s:{s:o, s:o, s:b}, s:o, s:o, s:o}", "ready", ready, "store",
                            "state", problem_text(health.state), "promise",
                            problem_text(health.promise), "durable", health.durable, "clock",
                            clock_json(&now, s->conf->zone), "troubles", troubles, "warnings",
                            warnings_now(s, &now)));
}
