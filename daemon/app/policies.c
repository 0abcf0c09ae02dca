/* Which policy judges a case: the one it began with, for ever, unless somebody asks otherwise. What
 * the configuration has no more is kept in the store, from before the first case was judged by it.
 */
#include "app/app_priv.h"

#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"

const struct policy *policies_now(const struct app *app, instant_ms now)
{
    return policies_in_force(app->config.policies, now);
}

const struct policy *policies_known(const struct app *app, const struct policies *also,
                                    const char *version)
{
    const struct policy *found = also ? policies_find(also, version) : NULL;

    if (!found)
        found = policies_find(app->config.policies, version);
    for (size_t i = 0; !found && i < app->old_policy_n; i++) {
        if (text_equal(app->old_policies[i].policy.version, version))
            found = &app->old_policies[i].policy;
    }
    return found;
}

bool policies_learn(struct app *app, const char *version, const char *text)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct old_policy old = {.arena = arena_new(LIMIT_ARENA_BYTES)};
    bool ok = app->old_policy_n < LIMIT_OLD_POLICIES &&
              policy_from_text(text, strlen(text), old.arena, &old.policy, &errors) == 0 &&
              text_equal(old.policy.version, version);

    if (ok)
        app->old_policies[app->old_policy_n++] = old;
    else
        arena_free(old.arena);
    if (!ok)
        log_error("policy %s can not be read from the store: %s", version,
                  errors.len ? errors.data : "it is another one, or there are too many");
    buf_free(&errors);
    return ok;
}

const char *policies_name(struct arena *arena, const char *version)
{
    return arena_printf(arena, "policy:%s", version);
}

bool policies_archived(const struct app *app, const char *version)
{
    for (size_t i = 0; i < app->archived_n && i < LIMIT_OLD_POLICIES; i++) {
        if (text_equal(app->archived[i], version))
            return true;
    }
    return !policies_archive_text(app, version);
}

void policies_note_archived(struct app *app, const char *version)
{
    size_t at = app->archived_n++ % LIMIT_OLD_POLICIES;

    free((char *)app->archived[at]);
    app->archived[at] = strdup(version);
    must(app->archived[at] != NULL);
}

const char *policies_archive_text(const struct app *app, const char *version)
{
    const struct policies *p = app->config.policies;

    for (size_t i = 0; p->texts && i < p->n; i++) {
        if (text_equal(p->items[i].version, version))
            return p->texts[i];
    }
    return NULL;
}

void policies_free(struct app *app)
{
    for (size_t i = 0; i < app->old_policy_n; i++)
        arena_free(app->old_policies[i].arena);
    for (size_t i = 0; i < LIMIT_OLD_POLICIES; i++)
        free((char *)app->archived[i]);
}
