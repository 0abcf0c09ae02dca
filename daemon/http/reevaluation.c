/* POST /v1/reevaluation: what would become of the open cases under the policy or the calendar of
 * now, or of the configuration file; and have it so. Goes through them a page at a time, as the
 * list does; each case is decided on its own. */
#include <string.h>
#include <sys/random.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/record.h"
#include "http/exchange.h"
#include "http/outcome.h"
#include "http/pages.h"

#define CHANGES_MAX 10000 /* told in one answer; all are counted */

struct reevaluation {
    struct exchange *ex;
    struct reevaluation_input input;
    const struct conf *conf; /* under which; not freed while anybody is being answered */
    struct conf *from_disk;  /* owned; or NULL */
    struct pages pages;
    uint64_t cases, changed_cases, changes;
    instant_ms before_at; /* the last case looked at */
    const char *before_id;
    struct arena *page; /* of the page being read: a case may be large, so each page has its own */
    size_t left;        /* of this page */
    bool last;          /* nothing is behind this page */
    json_t *problem;    /* the first; ends it all */
    int status;         /* of it */
};

static void next_page(struct reevaluation *re);

/* --- what is different ------------------------------------------------------------------------ */

/* NULL: nothing that anybody would see. */
static const char *change_of(const struct obligation *before, const struct obligation *after)
{
    if (!before)
        return "opened";
    if (obligation_owed(before) &&
        (after->state == OBLIGATION_CANCELLED || after->state == OBLIGATION_SUPERSEDED))
        return "ended";
    if (before->start_at != after->start_at || before->due_at != after->due_at)
        return "clock";
    return before->state != after->state ? "state" : NULL;
}

static json_t *change_json(const struct reevaluation *re, const struct opinion_case *c,
                           const struct obligation *before, const struct obligation *after,
                           const char *change)
{
    const struct zone *zone = exchange_zone(re->ex);

    return json_pack("{s:s, s:s?, s:s, s:s, s:o, s:o, s:o, s:o, s:s?, s:s}", "case", c->id, "title",
                     c->title, "obligation", after->key, "change", change, "start_before",
                     instant_json(before ? before->start_at : INSTANT_NONE, zone), "start_after",
                     instant_json(after->start_at, zone), "due_before",
                     instant_json(before ? before->due_at : INSTANT_NONE, zone), "due_after",
                     instant_json(after->due_at, zone), "state_before",
                     before ? obligation_state_names[before->state] : NULL, "state_after",
                     obligation_state_names[after->state]);
}

static void compare(struct reevaluation *re, const struct opinion_case *before,
                    const struct opinion_case *after)
{
    uint64_t changes = re->changes;

    for (size_t i = 0; i < after->obligation_n; i++) {
        const struct obligation *o = &after->obligations[i];
        const struct obligation *was = case_obligation(before, o->key);
        const char *change = change_of(was, o);

        if (!change)
            continue;
        if (re->changes++ < CHANGES_MAX && !pages_full(&re->pages))
            pages_add(&re->pages, change_json(re, after, was, o, change));
    }
    re->cases++;
    re->changed_cases += re->changes > changes;
}

/* --- the end ---------------------------------------------------------------------------------- */

static const char *version_now(const struct reevaluation *re)
{
    struct clock_port *clock = re->ex->server->config.clock;
    instant_ms now = clock->now(clock->self).record;

    return policies_at(&re->conf->policies, zone_day(re->conf->zone, now))->version;
}

static json_t *summary(const struct reevaluation *re)
{
    return json_pack("{s:s, s:b, s:b, s:s, s:s, s:I, s:I, s:I, s:b}", "what",
                     reevaluation_names[re->input.what], "dry_run", re->input.dry_run, "from_disk",
                     re->input.from_disk, "policy_version", version_now(re), "calendar_version",
                     calendar_version(re->conf->calendar), "cases", (json_int_t)re->cases,
                     "changed_cases", (json_int_t)re->changed_cases, "changed_obligations",
                     (json_int_t)re->changes, "truncated", re->changes > re->pages.n);
}

/* Answers, or lets it be when nobody waits any more. */
static void finish(struct reevaluation *re)
{
    struct conf *from_disk = re->from_disk;
    struct exchange *ex = re->ex;

    if (ex->req && !re->problem) {
        pages_end_with(&re->pages, summary(re));
    } else {
        pages_drop(&re->pages);
        if (ex->req) {
            exchange_problem_doc(ex, re->status, re->problem);
        } else {
            json_decref(re->problem);
            exchange_text(ex, 200, "", "", 0);
        }
    }
    conf_free(from_disk);
}

static void fail(struct reevaluation *re, int status, json_t *problem)
{
    if (re->problem) {
        json_decref(problem);
        return;
    }
    if (!re->input.dry_run)
        json_object_set_new(problem, "changed_cases", json_integer((json_int_t)re->changed_cases));
    re->problem = problem;
    re->status = status;
}

/* --- going through ---------------------------------------------------------------------------- */

static void share_end(struct reevaluation *re)
{
    if (--re->left > 0)
        return;
    re->page = arena_free(re->page);
    if (re->last || re->problem || !re->ex->req)
        finish(re);
    else
        next_page(re);
}

/* A case that somebody closed meanwhile, or that is judged so already, is as it should be. */
static void on_case(void *arg, const struct app_result *result)
{
    struct reevaluation *re = arg;
    json_t *problem;
    int status;

    if (result->status == APP_DONE && re->ex->req) {
        compare(re, result->before, result->c);
    } else if (result->status == APP_DUPLICATE || result->status == APP_REFUSED) {
        re->cases++;
    } else if (result->status != APP_DONE &&
               (result->status != APP_NOT_FOUND || re->input.case_id)) {
        status = outcome_status(result, 200, &problem);
        fail(re, status, problem);
    }
    share_end(re);
}

/* Ours alone: only a lost reply of the store repeats it. */
static const char *operation(struct arena *arena)
{
    uint64_t random[2];

    must(getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random));
    return arena_printf(arena, "r:%016llx%016llx", (unsigned long long)random[0],
                        (unsigned long long)random[1]);
}

static void one_case(struct reevaluation *re, const char *id)
{
    const struct action reevaluate = action_new(ACTION_REEVALUATE);
    bool policy = re->input.what == REEVALUATE_POLICY;
    const struct app_trial trial = {.calendar = policy ? NULL : re->conf->calendar,
                                    .policies = policy ? &re->conf->policies : NULL};
    struct app *app = re->ex->server->config.app;
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);

    id = arena_strdup(arena, id);
    if (re->input.dry_run)
        app_try(app, arena, id, &trial, on_case, re);
    else
        app_action(app, arena, id, &reevaluate, operation(arena), "reevaluate",
                   arena_strdup(arena, re->ex->actor), on_case, re);
}

static void one_of_page(struct reevaluation *re, const struct opinion_case *c)
{
    bool same = re->input.what == REEVALUATE_POLICY && c->rev && re->ex->req &&
                text_equal(c->policy_version, version_now(re));

    re->cases += same;
    if (!same && c->rev && re->ex->req)
        one_case(re, c->id);
    else
        re->left--; /* nothing to do; or it can not be read, which is told elsewhere */
}

static void on_page(void *arg, const struct store_listed *listed)
{
    struct reevaluation *re = arg;

    re->left = 1;
    re->last = listed->n < LIMIT_LIST_PAGE;
    if (listed->status != STORE_OK)
        fail(re, 503,
             problem_json(PROBLEM_UNAVAILABLE, NULL,
                          listed->why ? listed->why : "the store did not answer"));
    if (listed->status == STORE_OK && re->ex->req && listed->n) {
        re->before_at = listed->cases[listed->n - 1].c->reported_at;
        re->before_id = arena_strdup(re->ex->arena, listed->cases[listed->n - 1].c->id);
        re->left += listed->n;
        for (size_t i = 0; i < listed->n; i++)
            one_of_page(re, listed->cases[i].c);
    }
    share_end(re); /* our own share: the others may all have ended already */
}

static void next_page(struct reevaluation *re)
{
    struct store *store = re->ex->server->config.store;
    /* Some duties only begin when a case has ended; the calendar moves them, too. */
    const struct store_list_query query = {.open = true,
                                           .closed = re->input.what == REEVALUATE_CALENDAR,
                                           .before_at = re->before_at,
                                           .before_id = re->before_id,
                                           .limit = LIMIT_LIST_PAGE};

    re->page = arena_new(LIMIT_LIST_ARENA_BYTES);
    store->list(store->self, &query, re->page, on_page, re);
}

/* --- the request ------------------------------------------------------------------------------ */

static json_t *lines_json(const char *text)
{
    json_t *list = json_array();

    while (text && *text) {
        size_t n = strcspn(text, "\n");
        json_t *line = json_stringn(text, n); /* NULL: a file name that is not UTF-8 */

        json_array_append_new(list, line ? line : json_string("?"));
        text += n + (text[n] == '\n');
    }
    return list;
}

/* Reads the file here and now: tens of milliseconds, for an operator who asked. */
static bool load_from_disk(struct reevaluation *re)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct buf warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    int r = conf_load(re->conf->file, &re->from_disk, &errors, &warnings);
    json_t *problem;

    if (r < 0) {
        problem = problem_json(PROBLEM_INVALID, "from_disk",
                               "the configuration file can not be used as it is now: see `errors`");
        json_object_set_new(problem, "errors", lines_json(errors.data));
        exchange_problem_doc(re->ex, problem_status(PROBLEM_INVALID), problem);
    } else {
        re->conf = re->from_disk;
    }
    buf_free(&errors);
    buf_free(&warnings);
    return r == 0;
}

/* What is on the disk is not in force: applied would be something else than was shown. */
static bool can_be(struct exchange *ex, const struct reevaluation_input *in)
{
    static const char calendar[] = "a calendar takes effect for all open cases by itself: reload "
                                   "the daemon (systemctl reload shixiand)";
    static const char disk[] = "only what is in force can be applied: reload the daemon first "
                               "(systemctl reload shixiand)";

    if (in->dry_run || (in->what == REEVALUATE_POLICY && !in->from_disk))
        return true;
    exchange_problem(ex, PROBLEM_INVALID, "dry_run",
                     in->what == REEVALUATE_CALENDAR ? calendar : disk);
    return false;
}

void handle_reevaluation(struct exchange *ex)
{
    struct reevaluation *re = arena_alloc(ex->arena, sizeof(*re));
    struct problem problem = {.status = 400};
    const char *body;
    size_t size;

    if (!exchange_wants_json(ex))
        return;
    *re = (struct reevaluation){.ex = ex, .conf = ex->server->conf, .before_at = INSTANT_NONE};
    body = exchange_body(ex, &size);
    if (reevaluation_decode(body, size, ex->arena, &re->input, &problem) < 0) {
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
        return;
    }
    if (exchange_now(ex) == INSTANT_NONE || !can_be(ex, &re->input) ||
        (re->input.from_disk && !load_from_disk(re)))
        return;
    pages_begin(&re->pages, ex, "changes");
    if (re->input.case_id) {
        re->left = 1;
        re->last = true;
        one_case(re, re->input.case_id);
    } else {
        next_page(re);
    }
}
