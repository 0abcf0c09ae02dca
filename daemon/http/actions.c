/* POST /v1/cases/{id}/actions: what a person does. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/record.h"
#include "http/exchange.h"
#include "http/outcome.h"

/* The operation id makes a repeat harmless. With a key of the client's also its own repeat; else
 * only ours, after a lost reply of the store. NULL: answered. */
static const char *operation(struct exchange *ex)
{
    int count = 0;
    const char *key = exchange_asked(ex, "Idempotency-Key", &count);
    uint64_t random[2];
    size_t n;

    if (!key) {
        must(getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random));
        return arena_printf(ex->arena, "r:%016llx%016llx", (unsigned long long)random[0],
                            (unsigned long long)random[1]);
    }
    n = strlen(key);
    for (const char *p = key; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            n = 0;
    if (count > 1 || n == 0 || n > LIMIT_ID_BYTES) {
        exchange_problem(ex, PROBLEM_BAD_REQUEST, "Idempotency-Key",
                         "expected once, 1 to 256 printable ASCII characters");
        return NULL;
    }
    return arena_printf(ex->arena, "k:%s:%s:%s", ex->actor, ex->id, key);
}

static void on_action(void *arg, const struct app_result *result)
{
    struct exchange *ex = arg;
    json_t *problem;
    int status = outcome_status(result, 200, &problem);

    if (problem)
        exchange_problem_doc(ex, status, problem);
    else
        exchange_json(ex, status,
                      ex->server ? case_view(result->c, exchange_zone(ex)) : json_null());
}

void handle_action(struct exchange *ex)
{
    const struct zone *zone = exchange_zone(ex);
    const char *op = NULL, *digest = NULL, *body;
    struct problem problem = {.status = 400};
    struct action *action;
    instant_ms now;
    size_t size;

    if (!exchange_wants_json(ex))
        return;
    now = exchange_now(ex);
    if (now == INSTANT_NONE)
        return;
    op = operation(ex);
    if (!op)
        return;
    action = arena_alloc(ex->arena, sizeof(*action));
    body = exchange_body(ex, &size);
    if (action_decode(body, size, now, zone, ex->arena, action, &digest, &problem) < 0)
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
    else
        app_action(ex->server->config.app, arena_new(LIMIT_ARENA_BYTES), ex->id, action, op, digest,
                   ex->actor, on_action, ex);
}
