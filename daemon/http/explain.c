/* GET /v1/cases/{id}/explain: why each deadline is what it is. */
#include <string.h>
#include "base/limits.h"
#include "codec/record.h"
#include "core/explain.h"
#include "http/exchange.h"
#include "http/outcome.h"
#include "http/pages.h"
#include "http/query.h"

struct explaining {
    struct exchange *ex;
    struct explain_query query;
    bool text; /* the lines alone, for a terminal */
};

static const char *const day_kind_names[] = {[DAY_WORKDAY] = "workday",
                                             [DAY_WEEKEND] = "weekend",
                                             [DAY_HOLIDAY] = "holiday",
                                             [DAY_MAKEUP] = "makeup",
                                             [DAY_STATUTORY] = "statutory"};

static json_t *flags_json(uint32_t flags)
{
    json_t *list = json_array();

    for (unsigned bit = 0; obligation_flag_names[bit]; bit++)
        if (flags >> bit & 1)
            json_array_append_new(list, json_string(obligation_flag_names[bit]));
    return list;
}

static json_t *day_json(const struct explained_day *day, const struct explain_query *query,
                        struct arena *arena)
{
    enum explain_language language = (enum explain_language)query->lang;
    char date[12];

    day_format(day->day, date);
    return json_pack("{s:s, s:o, s:s, s:s?, s:b, s:b, s:s}", "day", date, "counted",
                     day->number ? json_integer(day->number) : json_null(), "kind",
                     day_kind_names[day->kind], "name", day->name, "excluded", day->excluded,
                     "provisional", day->provisional, "text", explain_day(day, language, arena));
}

/* Title of the variant that holds for this duty; its rule may have left the policy. */
static const char *title_of(const struct opinion_case *c, const struct obligation *o,
                            const struct policy *policy)
{
    const struct rule *rule = policy_rule(policy, o->rule), *variant;
    struct anchor anchor;

    if (!rule)
        return NULL;
    anchor = obligation_anchor(c, rule, o);
    variant = rule_variant(rule, c, &anchor);
    return variant ? variant->title : rule->title;
}

static json_t *duty_json(const struct opinion_case *c, const struct obligation *o,
                         const struct app_result *result, const struct explain_query *query,
                         struct arena *arena)
{
    const struct policy *policy = result->policy;
    struct explanation why =
        explain(c, o, policy, result->now, (enum explain_language)query->lang, arena);
    json_t *lines = json_array(), *days = json_array();

    for (size_t i = 0; i < why.line_n; i++)
        json_array_append_new(lines, json_string(why.lines[i]));
    for (size_t i = 0; i < why.day_n; i++)
        json_array_append_new(days, day_json(&why.days[i], query, arena));
    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "key", o->key,
                     "rule", o->rule, "title", title_of(c, o, policy), "kind",
                     rule_kind_names[o->kind], "state", obligation_state_names[o->state],
                     "start_at", instant_json(o->start_at, policy->zone), "due_at",
                     instant_json(o->due_at, policy->zone), "reference_due_at",
                     instant_json(o->reference_due_at, policy->zone), "flags", flags_json(o->flags),
                     "lines", lines, "days", days);
}

/* By its key, or by its rule: then all duties of that rule. */
static bool asked_for(const struct explaining *e, const struct obligation *o)
{
    return !e->query.obligation || text_equal(e->query.obligation, o->key) ||
           text_equal(e->query.obligation, o->rule);
}

static bool anything_asked_for(const struct explaining *e, const struct opinion_case *c)
{
    for (size_t i = 0; i < c->obligation_n; i++) {
        if (asked_for(e, &c->obligations[i]))
            return true;
    }
    return !e->query.obligation;
}

/* Each duty takes its own memory: a year of days for a thousand of them is not little. */
static void answer_json(struct explaining *e, const struct app_result *result)
{
    const struct opinion_case *c = result->c;
    struct pages pages;

    pages_begin(&pages, e->ex, "obligations");
    for (size_t i = 0; i < c->obligation_n && !pages_full(&pages); i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);

        if (asked_for(e, &c->obligations[i]))
            pages_add(&pages, duty_json(c, &c->obligations[i], result, &e->query, arena));
        arena_free(arena);
    }
    if (pages_full(&pages)) {
        pages_drop(&pages);
        exchange_problem(e->ex, PROBLEM_INVALID, "obligation",
                         "is required: all that this case owes is too much for one answer");
        return;
    }
    pages_end_with(&pages,
                   json_pack("{s:s, s:s?, s:s, s:s?, s:s?, s:s, s:o}", "case", c->id, "title",
                             c->title, "status", case_status_names[c->status], "merged_into",
                             c->merged_into, "policy_version", result->policy->version, "lang",
                             e->query.lang == EXPLAIN_EN ? "en" : "zh", "now",
                             instant_json(result->now, result->policy->zone)));
}

static void answer_text(struct explaining *e, const struct app_result *result)
{
    const struct opinion_case *c = result->c;
    struct buf text = BUF_INIT(LIMIT_ANSWER_BYTES);

    for (size_t i = 0; i < c->obligation_n; i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        struct explanation why = {0};

        if (asked_for(e, &c->obligations[i]))
            why = explain(c, &c->obligations[i], result->policy, result->now,
                          (enum explain_language)e->query.lang, arena);
        if (why.line_n && text.len)
            buf_puts(&text, "\n");
        for (size_t line = 0; line < why.line_n; line++)
            buf_printf(&text, "%s\n", why.lines[line]);
        arena_free(arena);
    }
    if (text.failed)
        exchange_problem(e->ex, PROBLEM_INVALID, "obligation",
                         "is required: all that this case owes is too much for one answer");
    else
        exchange_text(e->ex, 200, "text/plain; charset=utf-8", text.data ? text.data : "",
                      text.len);
    buf_free(&text);
}

static void no_such_duty(struct explaining *e, const struct opinion_case *c)
{
    struct buf list = BUF_INIT(4096);

    for (size_t i = 0; i < c->obligation_n && list.len < 2048; i++)
        buf_printf(&list, "%s%s", i ? ", " : "", c->obligations[i].key);
    exchange_problem(
        e->ex, PROBLEM_NOT_FOUND, "obligation",
        list.len
            ? arena_printf(e->ex->arena, "the case has no such obligation; it has: %s", list.data)
            : "the case has no obligations");
    buf_free(&list);
}

static void on_tried(void *arg, const struct app_result *result)
{
    struct explaining *e = arg;
    const struct opinion_case *c = result->c;
    json_t *problem;
    int status = outcome_status(result, 200, &problem);

    if (!e->ex->req) { /* nobody waits any more */
        json_decref(problem);
        exchange_text(e->ex, 200, "", "", 0);
    } else if (problem) {
        exchange_problem_doc(e->ex, status, problem);
    } else if (!anything_asked_for(e, c)) {
        no_such_duty(e, c);
    } else if (!exchange_room(e->ex)) {
        exchange_no_room(e->ex);
    } else if (e->text) {
        answer_text(e, result);
    } else {
        answer_json(e, result);
    }
}

void handle_explain(struct exchange *ex)
{
    static const struct app_trial as_it_is = {0};
    const char *accept = exchange_asked(ex, "Accept", NULL);
    struct explaining *e = arena_alloc(ex->arena, sizeof(*e));
    struct problem problem;

    e->ex = ex;
    e->text = accept && strstr(accept, "text/plain") && !strstr(accept, "json");
    if (explain_query_parse(exchange_query(ex), &e->query, ex->arena, &problem) < 0)
        exchange_problem(ex, problem_of_status(problem.status), problem.field, problem.detail);
    else
        app_try(ex->server->config.app, arena_new(LIMIT_ARENA_BYTES), ex->id, &as_it_is, on_tried,
                e);
}
