#include "gen.h"

#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "check.h"
#include "codec/digest.h"
#include "gen_priv.h"
#include "town.h"

/* --- asking ----------------------------------------------------------------------------------- */

static const char *const answer_words[ANSWERS] = {
    [APP_DONE] = "done",         [APP_DUPLICATE] = "duplicate", [APP_CONFLICT] = "conflict",
    [APP_REFUSED] = "refused",   [APP_NOT_FOUND] = "not found", [APP_UNAVAILABLE] = "unavailable",
    [APP_OVERLOAD] = "overload",
};

static void on_answer(void *arg, const struct app_result *result)
{
    struct request *q = arg;

    if (!q->waiting)
        return; /* its daemon died: nobody heard this */
    q->waiting = false;
    trace(q->world, "  request %u: %s%s%s", q->no, answer_words[result->status],
          result->status == APP_REFUSED ? ": " : "",
          result->status == APP_REFUSED && result->refusal.detail ? result->refusal.detail : "");
    check_answer(q->world, q, result);
}

static struct daemon *any_daemon(struct world *w)
{
    unsigned begin = rng_below(&w->rng, w->daemon_n);

    for (unsigned i = 0; i < w->daemon_n; i++) {
        struct daemon *d = &w->daemons[(begin + i) % w->daemon_n];

        if (d->app)
            return d;
    }
    return NULL;
}

/* The daemon owns and frees its arguments, as behind a socket; requests live with the world. */
static void ask(struct world *w, struct request *q)
{
    struct daemon *d = any_daemon(w);
    struct arena *arena;

    if (!d)
        return;
    q->daemon = d->id;
    q->waiting = true;
    w->counts.requests++;
    arena = arena_new(LIMIT_ARENA_BYTES);
    if (q->report)
        app_report(d->app, arena, &q->content, "feed", on_answer, q);
    else
        app_action(d->app, arena, q->case_id, &q->action, q->op, q->op_digest, "duty", on_answer,
                   q);
}

static struct request *request_new(struct world *w)
{
    struct request *q = arena_alloc(w->arena, sizeof(*q));

    *(struct request **)arena_push(w->arena, &w->requests, &w->request_n, &w->request_cap,
                                   sizeof(q)) = q;
    q->world = w;
    q->no = (unsigned)w->request_n;
    q->first_at = w->time.now;
    return q;
}

static const char *digest_of(struct world *w, const char *what, unsigned no)
{
    char *hex = arena_alloc(w->arena, DIGEST_HEX_SIZE);
    char text[64];

    digest_sha256_hex(text, (size_t)snprintf(text, sizeof(text), "%s %u", what, no), hex);
    return hex;
}

/* --- reports ---------------------------------------------------------------------------------- */

/* Short spans are as likely as long ones: 1 ms .. about 12 h. */
span_ms gen_span(struct world *w)
{
    return rng_between(&w->rng, 0, (span_ms)1 << rng_below(&w->rng, 26));
}

instant_ms gen_time_ago(struct world *w, unsigned unknown_percent)
{
    instant_ms now = world_record(w);
    static const span_ms windows[] = {2 * HOUR_MS, 5 * HOUR_MS, 24 * HOUR_MS, 48 * HOUR_MS};

    if (rng_percent(&w->rng, unknown_percent))
        return INSTANT_NONE;
    /* Sometimes a window ends just about now. */
    if (rng_percent(&w->rng, 15))
        return now - windows[rng_below(&w->rng, 4)] + rng_between(&w->rng, -2000, 4000);
    return now - gen_span(w);
}

/* Kinds of matter, opinions most of all. */
static const struct matter {
    unsigned weight;
    const char *case_type, *channel;
} matters[] = {
    {56, "opinion", "weibo"},
    {8, "rumor", "weibo"},
    {8, "foi", "post"},
    {8, "hotline", "hotline_12345"},
    {4, "opinion", "website_message"},
    {5, "mailbox", "leader_mailbox"},
    {5, "bad_review", "counter"},
    {6, "petition", "xinfang"},
};

static const char *const label_words[] = {
    "serious", "complex", "incomplete", "production_accident", "withdrawn", "review", "fire"};

size_t gen_labels(struct world *w, const char ***ret)
{
    size_t n = rng_below(&w->rng, 3), first = rng_below(&w->rng, 7);

    *ret = arena_alloc(w->arena, 2 * sizeof(**ret));
    for (size_t i = 0; i < n; i++)
        (*ret)[i] = label_words[(first + i) % 7];
    return n;
}

/* Of a matter with working days: up to a few weeks ago. */
instant_ms gen_days_ago(struct world *w, unsigned unknown_percent)
{
    if (rng_percent(&w->rng, unknown_percent))
        return INSTANT_NONE;
    return world_record(w) - rng_between(&w->rng, 0, rng_percent(&w->rng, 20) ? 40 : 6) * DAY_MS -
           gen_span(w);
}

static void choose_matter(struct world *w, struct report_input *in)
{
    unsigned chance = rng_below(&w->rng, 100);
    size_t i = 0;

    while (chance >= matters[i].weight)
        chance -= matters[i++].weight;
    in->case_type = matters[i].case_type;
    in->channel = matters[i].channel;
    if (i < 2)
        return;
    if (rng_percent(&w->rng, 50))
        in->discovered_at = gen_days_ago(w, 0);
    in->received_at = gen_days_ago(w, 30);
    in->formed_at = gen_days_ago(w, 85);
    in->published_at = gen_days_ago(w, 85);
    if (rng_percent(&w->rng, 30))
        in->limit_at = world_record(w) + rng_between(&w->rng, -2, 5) * DAY_MS + gen_span(w);
}

static struct request *report_new(struct world *w)
{
    struct request *q = request_new(w);
    struct report_input *in = &q->content;
    char *id = arena_alloc(w->arena, CASE_ID_SIZE);

    q->report = true;
    in->source = arena_printf(w->arena, "/feed/%u", q->no % 3);
    in->id = arena_printf(w->arena, "r%u", q->no);
    digest_case_id(in->source, in->id, id);
    in->case_id = q->case_id = id;
    in->digest = digest_of(w, "report", q->no);
    in->title = arena_printf(w->arena, "第%u号舆情", q->no);
    in->topic = "公共安全";
    in->region = "990102";
    in->heat = rng_below(&w->rng, 5000);
    in->exercise = rng_percent(&w->rng, 10);
    in->discovered_at = gen_time_ago(w, 0);
    in->received_at = gen_time_ago(w, 60);
    in->published_at = in->decided_at = in->formed_at = in->limit_at = INSTANT_NONE;
    choose_matter(w, in);
    if (rng_percent(&w->rng, 15))
        in->label_n = gen_labels(w, &in->labels);
    if (rng_percent(&w->rng, 50))
        in->lead_unit = town_units[rng_below(&w->rng, 4)];
    in->incident.occurred_at = INSTANT_NONE;
    if (rng_percent(&w->rng, 70))
        in->incident = (struct incident){
            .present = true,
            .category = (enum incident_category)rng_below(&w->rng, CATEGORY_SECURITY),
            .level = (int)rng_below(&w->rng, 5),
            .occurred_at = gen_time_ago(w, 25),
        };
    return q;
}

static void send_report(struct world *w, struct request *q)
{
    const struct report_input *in = &q->content;

    trace(w, "request %u: report %s %s -> case %s, level %d, lead %s", q->no, in->source, in->id,
          q->case_id, in->incident.level, in->lead_unit ? in->lead_unit : "nobody");
    ask(w, q);
}

static void new_report(struct world *w)
{
    send_report(w, report_new(w));
}

/* Rarely, far more at once than one turn takes up, and all with the same due instants. */
static void storm(struct world *w)
{
    instant_ms now = world_record(w);

    if (!rng_percent(&w->rng, 3))
        return;
    for (unsigned n = 100 + rng_below(&w->rng, 150); n > 0; n--) {
        struct request *q = report_new(w);

        q->content.discovered_at = now;
        q->content.incident = (struct incident){.occurred_at = INSTANT_NONE};
        send_report(w, q);
    }
}

/* --- actions ---------------------------------------------------------------------------------- */

static void act_on(struct world *w, const struct request *report, enum action_type type)
{
    struct request *q = request_new(w);

    q->case_id = rng_percent(&w->rng, 98) ? report->case_id : "0000000000000000";
    gen_action(w, type, &q->action, report, q->no);
    q->op = arena_printf(w->arena, "op%u", q->no);
    q->op_digest = digest_of(w, "action", q->no);
    trace(w, "request %u: %s %s%s on case %s", q->no, action_names[q->action.type],
          q->action.type == ACTION_FULFIL ? act_kind_names[q->action.kind] : "",
          q->action.type == ACTION_SET_LEVEL
              ? (const char *[]){"0", "1", "2", "3", "4"}[q->action.level]
              : "",
          q->case_id);
    ask(w, q);
}

static void new_action(struct world *w)
{
    enum action_type type = gen_action_type(w);
    const struct request *report =
        rng_percent(&w->rng, 70) ? gen_fitting_report(w, type) : gen_some_report(w);

    if (report)
        act_on(w, report, type);
}

/* Several people on one case at once, through any daemon. */
static void crowd(struct world *w)
{
    const struct request *report = gen_some_report(w);

    for (unsigned n = 2 + rng_below(&w->rng, 4); report && n > 0; n--)
        act_on(w, report, gen_action_type(w));
}

/* Two cases are being made one, or two of one, when the daemon that does it dies or is cut off; and
 * when somebody sees to it again, much may be due. */
static void interrupted(struct world *w)
{
    enum action_type type = rng_percent(&w->rng, 50) ? ACTION_MERGE : ACTION_SPLIT;
    const struct request *report = gen_fitting_report(w, type);
    struct daemon *d;

    if (!report)
        return;
    act_on(w, report, type);
    d = &w->daemons[w->requests[w->request_n - 1]->daemon];
    world_pump(w, rng_below(&w->rng, 20));
    if (d->app && rng_percent(&w->rng, 60))
        daemon_crash(d);
    else if (d->app)
        world_cut(w, d);
    if (rng_percent(&w->rng, 50))
        world_stall(w,
                    rng_percent(&w->rng, 50) ? gen_span(w) : rng_between(&w->rng, 1, 4) * DAY_MS);
}

/* --- repeats ---------------------------------------------------------------------------------- */

/* The same key with another body. */
static void alter(struct world *w, struct request *q)
{
    if (q->report) {
        q->content.digest = digest_of(w, "altered", q->no);
        q->content.title = arena_printf(w->arena, "改过的第%u号", q->no);
        return;
    }
    q->op_digest = digest_of(w, "altered", q->no);
    if (q->action.text)
        q->action.text = arena_printf(w->arena, "text %u", q->no);
    if (q->action.url)
        q->action.url = arena_printf(w->arena, "https://gov.example/%u", q->no);
}

static void repeat(struct world *w)
{
    const struct request *was;
    struct request *q;
    unsigned no;
    bool altered;

    if (!w->request_n)
        return;
    was = w->requests[w->request_n - 1 -
                      rng_below(&w->rng, (unsigned)w->request_n) % 24 % w->request_n];
    /* An operation is remembered for so long, and no longer. */
    if (!was->report && w->time.now - was->first_at > OP_TTL_S * SECOND_MS - HOUR_MS)
        return;
    q = request_new(w);
    no = q->no;
    *q = *was;
    q->no = no;
    altered = rng_percent(&w->rng, 20);
    if (altered)
        alter(w, q);
    trace(w, "request %u: %s %u", no, altered ? "altered repeat of" : "repeat of", was->no);
    ask(w, q);
}

/* --- time and faults -------------------------------------------------------------------------- */

static span_ms until_next(struct world *w)
{
    instant_ms next = INSTANT_MAX;

    for (size_t i = 0; i < w->db->case_n; i++)
        if (w->db->cases[i]->attention != INSTANT_NONE && w->db->cases[i]->attention < next)
            next = w->db->cases[i]->attention;
    next -= world_record(w);
    return next > 0 && next < 6 * HOUR_MS ? next : gen_span(w);
}

static void pass_time(struct world *w)
{
    span_ms span =
        rng_percent(&w->rng, 25) ? until_next(w) + rng_between(&w->rng, -1, 1) : gen_span(w);

    trace(w, "%lld ms pass", (long long)span);
    world_run(w, span);
}

/* Days go by: what counts them comes to its end. */
static void pass_days(struct world *w)
{
    span_ms span = rng_between(&w->rng, 1, 4) * DAY_MS + gen_span(w);

    trace(w, "%lld ms pass", (long long)span);
    world_run(w, span);
}

static void reload(struct world *w)
{
    world_reload(w, (enum town_conf)rng_below(&w->rng, TOWN_CONFS));
}

static void stall(struct world *w)
{
    span_ms span = gen_span(w);

    trace(w, "%lld ms pass while nobody runs", (long long)span);
    world_stall(w, span);
}

static void pump(struct world *w)
{
    world_pump(w, rng_below(&w->rng, 30));
}

static void crash(struct world *w)
{
    struct daemon *d = any_daemon(w);

    if (d)
        daemon_crash(d);
}

static void cut(struct world *w)
{
    struct daemon *d = any_daemon(w);

    if (d)
        world_cut(w, d);
}

static void down(struct world *w)
{
    if (rng_percent(&w->rng, 60))
        world_store(w, !w->store_up);
    else
        daemon_link(&w->daemons[rng_below(&w->rng, w->daemon_n)], rng_percent(&w->rng, 30));
}

static void clock_step(struct world *w)
{
    unsigned kind = rng_below(&w->rng, 10);

    if (kind < 5)
        world_clock_step(w, rng_between(&w->rng, -4500, 4500));
    else if (kind < 8)
        world_clock_step(w, -rng_between(&w->rng, 6000, 60000));
    else
        world_clock_step(w, rng_between(&w->rng, 6000, 3 * HOUR_MS));
}

static void mood(struct world *w)
{
    static const char *const words[MOOD_COUNT] = {"well", "flaky", "down", "set wrongly"};

    w->receivers.mood = (enum receiver_mood)rng_below(&w->rng, MOOD_COUNT);
    trace(w, "receivers are %s", words[w->receivers.mood]);
}

struct gen_row {
    unsigned weight;
    unsigned fault; /* FAULT_BIT, or 0: always */
    void (*run)(struct world *w);
};
static const struct gen_row rows[] = {
    {13, 0, new_report},
    {28, 0, new_action},
    {4, 0, crowd},
    {1, 0, storm},
    {10, 0, repeat},
    {22, 0, pass_time},
    {2, 0, pass_days},
    {1, 0, reload},
    {8, 0, pump},
    {3, FAULT_BIT(FAULT_STALL), stall},
    {3, FAULT_BIT(FAULT_CRASH), crash},
    {3, FAULT_BIT(FAULT_CUT), cut},
    {3, FAULT_BIT(FAULT_CRASH), interrupted},
    {3, FAULT_BIT(FAULT_DOWN), down},
    {2, FAULT_BIT(FAULT_CLOCK), clock_step},
    {2, FAULT_BIT(FAULT_RECEIVER), mood},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void choose(struct world *w)
{
    unsigned all = 0, chance;
    size_t i = 0;

    for (i = 0; i < ROWS; i++)
        if (!rows[i].fault || (w->faults & rows[i].fault))
            all += rows[i].weight;
    chance = rng_below(&w->rng, all);
    for (i = 0;; i++) {
        if (rows[i].fault && !(w->faults & rows[i].fault))
            continue;
        if (chance < rows[i].weight)
            break;
        chance -= rows[i].weight;
    }
    rows[i].run(w);
}

void gen_step(struct world *w)
{
    w->step++;
    w->counts.steps++;
    choose(w);
    for (unsigned i = 0; i < w->daemon_n && !w->failed; i++)
        if (!w->daemons[i].app && rng_percent(&w->rng, 30))
            daemon_start(&w->daemons[i]);
    if (!w->store_up && rng_percent(&w->rng, 30))
        world_store(w, true);
    if (rng_percent(&w->rng, 60))
        world_drain(w);
    else
        check_commits(w);
}
