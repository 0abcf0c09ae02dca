/* Keeps an eye on the calendar. When it changes, every open case is looked at once more, so that
 * each limit that reads otherwise becomes a fact; when it ends, the daemon opens a case of its own,
 * whose ladder reminds the office until next year's arrangement is there. */
#include "app/app_priv.h"

#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "codec/digest.h"

#define LOOK_MS MINUTE_MS   /* real time between two looks at the year's end */
#define SWEEP_RETRY_MS 5000 /* real time after the store could not */
#define WARN_MONTH 12       /* the notice comes in November */
#define SWEPT "calendar"    /* in the store's book: what the open cases were counted with */
#define SELF "/shixian"     /* source of the daemon's own reports */

static const struct policy *office(const struct app *app)
{
    return &app->config.policies->items[0];
}

/* What limits depend on beside the cases and their policies. */
static const char *counted_with(const struct app *app, struct arena *arena)
{
    return arena_printf(arena, "%s %s", calendar_version(office(app)->calendar),
                        office(app)->zone->name);
}

/* --- going through ---------------------------------------------------------------------------- */

static void next_page(struct app *app);

static void sweep_stop(struct app *app, bool again)
{
    struct sweep *s = &app->sweep;
    struct now now = app->config.clock->now(app->config.clock->self);

    s->running = false;
    s->asked = s->asked || again;
    s->retry = again ? now.mono + SWEEP_RETRY_MS : 0;
    app->polls--;
}

static void on_swept(void *arg, enum store_status status, const char *why)
{
    struct app *app = arg;

    (void)why;
    if (status == STORE_OK)
        app->counters.sweeps++;
    sweep_stop(app, status != STORE_OK);
}

static void on_case_end(void *arg, const struct app_result *result)
{
    struct app *app = arg;
    struct sweep *s = &app->sweep;

    s->failed = s->failed || result->status == APP_UNAVAILABLE;
    if (--s->left > 0)
        return;
    s->arena = arena_free(s->arena);
    if (s->failed)
        sweep_stop(app, true);
    else
        next_page(app);
}

static void on_page(void *arg, const struct store_listed *listed)
{
    struct app *app = arg;
    struct sweep *s = &app->sweep;
    const struct store *store = app->config.store;

    if (listed->status != STORE_OK) {
        s->arena = arena_free(s->arena);
        sweep_stop(app, true);
        return;
    }
    if (listed->n == 0) {
        log_notice("all open cases are counted with calendar %s", counted_with(app, s->arena));
        store->remember(store->self, SWEPT, counted_with(app, s->arena), on_swept, app);
        s->arena = arena_free(s->arena);
        return;
    }
    s->before_at = listed->cases[listed->n - 1].c->reported_at;
    snprintf(s->before_id, sizeof(s->before_id), "%s", listed->cases[listed->n - 1].c->id);
    s->left = 1;
    for (size_t i = 0; i < listed->n; i++) {
        struct op_request request = {
            .arena = arena_new(LIMIT_ARENA_BYTES),
            .case_id = listed->cases[i].c->id,
            .input = {.type = INPUT_TIME, .actor = "system"},
            .stored = &listed->cases[i],
            .end = on_case_end,
            .arg = app,
        };

        if (listed->cases[i].c->rev == 0) { /* can not be read: told elsewhere */
            arena_free(request.arena);
            continue;
        }
        s->left++;
        op_start(app, &request);
    }
    on_case_end(app, &(struct app_result){.status = APP_DONE}); /* our own share */
}

static void next_page(struct app *app)
{
    struct sweep *s = &app->sweep;
    const struct store *store = app->config.store;
    struct store_list_query query = {.open = true,
                                     .closed = true, /* what follows a case's end, too */
                                     .before_at = s->before_at,
                                     .before_id = s->before_id,
                                     .limit = LIMIT_LIST_PAGE};

    s->arena = arena_new(LIMIT_LIST_ARENA_BYTES);
    store->list(store->self, &query, s->arena, on_page, app);
}

static void on_recalled(void *arg, const struct store_recalled *recalled)
{
    struct app *app = arg;
    struct sweep *s = &app->sweep;
    bool same = recalled->status == STORE_OK && recalled->text &&
                text_equal(recalled->text, counted_with(app, s->arena));

    s->arena = arena_free(s->arena);
    if (recalled->status != STORE_OK || same) {
        sweep_stop(app, recalled->status != STORE_OK);
        return;
    }
    s->before_at = INSTANT_NONE;
    s->before_id[0] = '\0';
    s->failed = false;
    next_page(app);
}

static void sweep_start(struct app *app)
{
    struct sweep *s = &app->sweep;
    const struct store *store = app->config.store;

    s->asked = false;
    s->running = true;
    app->polls++;
    s->arena = arena_new(LIMIT_ARENA_BYTES);
    store->recall(store->self, SWEPT, s->arena, on_recalled, app);
}

/* --- the year's end --------------------------------------------------------------------------- */

/* The year whose arrangement is missing and should be there by now; 0: none. */
static int missing_year(const struct app *app, instant_ms now)
{
    struct civil today = zone_civil(office(app)->zone, now);
    const struct calendar *calendar = office(app)->calendar;

    if (!calendar_covers(calendar, zone_day(office(app)->zone, now)))
        return today.year;
    if (today.month < WARN_MONTH || calendar_covers(calendar, day_of_date(today.year + 1, 1, 1)))
        return 0;
    return today.year + 1;
}

const char *app_calendar_warning(const struct app *app, instant_ms now, char out[APP_WARNING_SIZE])
{
    int year = now == INSTANT_NONE ? 0 : missing_year(app, now);

    if (!year)
        return NULL;
    snprintf(out, APP_WARNING_SIZE,
             "calendar: the holidays of %d are not loaded; working days of that year are "
             "provisional",
             year);
    return out;
}

int app_calendar_days(const struct app *app, instant_ms now)
{
    day_no today = zone_day(office(app)->zone, now);

    return calendar_covered_to(office(app)->calendar, today) - today;
}

static void on_told(void *arg, const struct app_result *result)
{
    (void)arg;
    (void)result;
}

static const char *own_case(struct arena *arena, const char *id)
{
    char case_id[CASE_ID_SIZE];

    digest_case_id(SELF, id, case_id);
    return arena_strdup(arena, case_id);
}

/* The same report each time, and from each daemon: one case. */
static void report_missing(struct app *app, int year, instant_ms now)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct report_input in = {
        .source = SELF,
        .id = arena_printf(arena, "calendar-%d", year),
        .title = arena_printf(arena, "%d年放假安排尚未导入，跨年工作日时限为暂定", year),
        .channel = "internal_report",
        .case_type = "calendar",
        .incident = {.occurred_at = INSTANT_NONE},
        .discovered_at = now,
        .received_at = INSTANT_NONE,
        .published_at = INSTANT_NONE,
        .decided_at = INSTANT_NONE,
        .formed_at = INSTANT_NONE,
        .limit_at = INSTANT_NONE};

    in.digest = in.id;
    in.case_id = own_case(arena, in.id);
    app_report(app, arena, &in, "system", on_told, NULL);
}

/* On the case of that year, if there is one. */
static void act_on_own(struct app *app, int year, struct action action, const char *word)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    const char *id = own_case(arena, arena_printf(arena, "calendar-%d", year));

    action.text = action.text ? arena_strdup(arena, action.text) : NULL;
    app_action(app, arena, id, &action, arena_printf(arena, "calendar-%s:%d", word, year), word,
               "system", on_told, NULL);
}

/* The year is there: its case, if there was one, is done. */
static void report_loaded(struct app *app, int year)
{
    struct action loaded = action_new(ACTION_FULFIL), closed = action_new(ACTION_CLOSE);
    char text[64];

    loaded.kind = ACT_CALENDAR_LOADED;
    snprintf(text, sizeof(text), "%d年放假安排已导入", year);
    closed.text = text;
    act_on_own(app, year, loaded, "loaded");
    act_on_own(app, year, closed, "closed");
    app->calendar_settled = true;
}

static void look(struct app *app, instant_ms now)
{
    int year = missing_year(app, now), next = zone_civil(office(app)->zone, now).year + 1;

    if (year)
        report_missing(app, year, now);
    else if (!app->calendar_settled &&
             calendar_covers(office(app)->calendar, day_of_date(next, 1, 1)))
        report_loaded(app, next);
}

void keeper_turn(struct app *app, const struct now *now)
{
    if (app->sweep.asked && !app->sweep.running && now->mono >= app->sweep.retry)
        sweep_start(app);
    if (app->calendar_looked && now->mono - app->calendar_looked < LOOK_MS)
        return;
    app->calendar_looked = now->mono;
    look(app, now->record);
}
