/* Reading cases: list, one, its history, why its deadlines are what they are. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cli/http.h"
#include "cli/view.h"

#define PAGE_CASES 200
#define PAGE_FACTS 1000

/* --- pages ------------------------------------------------------------------------------------ */

/* A list that comes in pages. */
struct listing {
    struct client *client;
    const char *list;   /* its name in an answer */
    const char *cursor; /* the parameter that `next` goes into */
    int64_t most;
    int page;
    const char *(*path)(void *arg, struct client *client); /* without cursor and limit */
    void *arg;
};

/* Follows the pages up to the most that is wanted: all items in one list, a new reference. */
static int read_pages(const struct listing *l, json_t **ret)
{
    json_t *all = json_array(), *answer = NULL;
    int status = CLI_OK;
    char *next = NULL;

    do {
        int64_t left = l->most - (int64_t)json_array_size(all);
        struct request request = {0};
        char limit[32];

        snprintf(limit, sizeof(limit), "%d", left < l->page ? (int)left : l->page);
        l->path(l->arg, l->client);
        client_query(l->client, l->cursor, next);
        request.path = client_query(l->client, "limit", limit);
        json_decref(answer);
        answer = NULL;
        status = client_ask(l->client, &request, &answer);
        json_array_extend(all, json_object_get(answer, l->list));
        next = (char *)json_string_value(json_object_get(answer, "next"));
    } while (status == CLI_OK && next && (int64_t)json_array_size(all) < l->most);
    if (status == CLI_OK)
        *ret = json_pack("{s:o, s:s?}", l->list, all, "next", next);
    else
        json_decref(all);
    json_decref(answer);
    return status;
}

static int read_limit(const char *text, int64_t *ret)
{
    *ret = INT64_MAX;
    if (!text || text_to_int(text, 1, INT32_MAX, ret) == 0)
        return CLI_OK;
    return cli_usage("--limit: expected a whole number from 1 on, found \"%.64s\"", text);
}

/* --- case list -------------------------------------------------------------------------------- */

struct filter {
    const char *status, *level, *region, *topic, *unit, *lamp, *state;
};

static const char *list_path(void *arg, struct client *client)
{
    const struct filter *f = arg;

    client_path(client, "/v1/cases", NULL, NULL);
    client_query(client, "status", f->status);
    client_query(client, "level", f->level);
    client_query(client, "region", f->region);
    client_query(client, "topic", f->topic);
    client_query(client, "unit", f->unit);
    client_query(client, "lamp", f->lamp);
    return client_query(client, "state", f->state);
}

/* What comes next of all it owes, or NULL. */
static const json_t *next_due(const json_t *a_case)
{
    const json_t *list = json_object_get(a_case, "obligations"), *o, *best = NULL;
    size_t i;

    json_array_foreach(list, i, o)
    {
        const char *state = view_text(o, "state"), *due = view_text(o, "due_at");

        if (!text_equal(state, "open") && !text_equal(state, "overdue"))
            continue;
        if (*due && (!best || strcmp(due, view_text(best, "due_at")) < 0))
            best = o;
    }
    return best;
}

static void print_cases(const json_t *answer)
{
    const json_t *cases = json_object_get(answer, "cases"), *c;
    size_t i;

    view_column("编号", 17);
    view_column("灯", 3);
    view_column("级", 3);
    view_column("状态", 7);
    view_column("最近时限", 20);
    view_column("责任单位", 17);
    view_line("标题");
    json_array_foreach(cases, i, c)
    {
        view_column(view_text(c, "id"), 17);
        view_column(view_lamp(c), 3);
        view_column(view_level(c), 3);
        view_column(view_status(view_text(c, "status")), 7);
        view_column(view_time(next_due(c), "due_at").text, 20);
        view_column(*view_text(c, "lead_unit") ? view_text(c, "lead_unit") : "-", 17);
        view_line(view_text(c, "title"));
    }
}

int cmd_case_list(int argc, char **argv)
{
    struct client_options options = {0};
    struct filter f = {0};
    struct listing l = {
        .list = "cases", .cursor = "cursor", .page = PAGE_CASES, .path = list_path, .arg = &f};
    const char *limit = NULL;
    const struct option_row rows[] = {
        CLIENT_OPTIONS(&options),         {"status", OPTION_TEXT, &f.status},
        {"level", OPTION_TEXT, &f.level}, {"region", OPTION_TEXT, &f.region},
        {"topic", OPTION_TEXT, &f.topic}, {"unit", OPTION_TEXT, &f.unit},
        {"lamp", OPTION_TEXT, &f.lamp},   {"state", OPTION_TEXT, &f.state},
        {"limit", OPTION_TEXT, &limit},
    };
    struct options o = {
        .help = "usage: shixianctl case list [OPTION]...\n\n"
                "Cases, newest report first.\n\n"
                "  --status STATUS    open (default), closed, all\n"
                "  --level N          0 (not graded) to 4\n"
                "  --region PREFIX    the code begins with it\n"
                "  --topic TEXT, --unit UNIT\n"
                "  --lamp LAMP        green, yellow, red\n"
                "  --state STATE      of at least one obligation: open, overdue, paused, ...\n"
                "  --limit N          at most so many; default: all\n" CLIENT_HELP,
        .rows = rows,
        .n = sizeof(rows) / sizeof(rows[0])};
    json_t *answer = NULL;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    status = read_limit(limit, &l.most);
    if (status == CLI_OK)
        status = client_open(&l.client, &options);
    if (status == CLI_OK)
        status = read_pages(&l, &answer);
    client_end(l.client, &options, answer, print_cases);
    return status;
}

/* --- case show -------------------------------------------------------------------------------- */

static void field(const char *title, const char *value)
{
    if (!*value)
        return;
    view_column(title, 11);
    view_line(value);
}

static void print_duties(const json_t *duties)
{
    const json_t *o;
    size_t i;

    json_array_foreach(duties, i, o)
    {
        view_column("", 2);
        view_column(view_lamp(o), 3);
        view_column(view_state(view_text(o, "state")), 9);
        view_column(view_time(o, "due_at").text, 20);
        view_line(view_text(o, "key"));
    }
}

static void print_acts(const json_t *acts)
{
    const json_t *a;
    size_t i;

    json_array_foreach(acts, i, a)
    {
        printf("  %-4" JSON_INTEGER_FORMAT " ", json_integer_value(json_object_get(a, "seq")));
        view_column(view_time(a, "happened_at").text, 20);
        view_column(view_text(a, "kind"), 24);
        view_line(view_text(a, "url"));
    }
}

static void print_case(const json_t *c)
{
    field("编号", view_text(c, "id"));
    field("标题", view_text(c, "title"));
    field("状态", view_status(view_text(c, "status")));
    field("并入", view_text(c, "merged_into"));
    field("灯", view_lamp(c));
    field("级别", view_level(c));
    field("类型", view_text(c, "case_type"));
    field("地区", view_text(c, "region"));
    field("主题", view_text(c, "topic"));
    field("渠道", view_text(c, "channel"));
    field("责任单位", view_text(c, "lead_unit"));
    field("获知", view_time(c, "discovered_at").text);
    field("录入", view_time(c, "reported_at").text);
    field("交办", view_time(c, "assigned_at").text);
    field("签收", view_time(c, "acknowledged_at").text);
    field("政策版本", view_text(c, "policy_version"));
    if (json_array_size(json_object_get(c, "obligations")))
        puts("时限");
    print_duties(json_object_get(c, "obligations"));
    if (json_array_size(json_object_get(c, "acts")))
        puts("发布与回应");
    print_acts(json_object_get(c, "acts"));
}

/* Options of a command about one case that only reads it. */
static int about_one(int argc, char **argv, struct options *o, const struct client_options *options,
                     struct client **ret)
{
    int status = options_read(o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    status = client_open(ret, options);
    return status == CLI_OK ? OPTIONS_GO : status;
}

int cmd_case_show(int argc, char **argv)
{
    struct client_options options = {0};
    const struct option_row rows[] = {CLIENT_OPTIONS(&options)};
    struct options o = {.help = "usage: shixianctl case show CASE\n\n"
                                "One case: what is known, what is owed.\n\n" CLIENT_HELP,
                        .rows = rows,
                        .n = sizeof(rows) / sizeof(rows[0]),
                        .least = 1,
                        .most = 1};
    struct client *client = NULL;
    json_t *answer = NULL;
    int status = about_one(argc, argv, &o, &options, &client);

    if (status == OPTIONS_GO) {
        struct request request = {.path = client_path(client, "/v1/cases/", o.operands[0], NULL)};

        status = client_ask(client, &request, &answer);
    }
    client_end(client, &options, answer, print_case);
    return status;
}

/* --- case facts ------------------------------------------------------------------------------- */

static const char *facts_path(void *arg, struct client *client)
{
    return client_path(client, "/v1/cases/", arg, "/facts");
}

static void print_fact(const json_t *f)
{
    const json_t *clock = json_object_get(f, "clock");

    printf("%-4" JSON_INTEGER_FORMAT " ", json_integer_value(json_object_get(f, "seq")));
    view_column(view_time(f, "recorded_at").text, 20);
    view_column(view_text(f, "type"), 22);
    view_column(view_text(f, "reason"), 20);
    view_column(view_text(f, "by"), 10);
    view_column(view_text(f, "obligation"), 0);
    if (json_is_object(clock))
        printf("%s -> %s ", view_time(clock, "due_before").text, view_time(clock, "due_at").text);
    view_line(view_text(f, "text"));
}

/* The story is told from its beginning; the daemon gives the newest first. */
static void print_facts(const json_t *answer)
{
    const json_t *facts = json_object_get(answer, "facts");

    for (size_t i = json_array_size(facts); i > 0; i--)
        print_fact(json_array_get(facts, i - 1));
}

int cmd_case_facts(int argc, char **argv)
{
    struct client_options options = {0};
    struct listing l = {
        .list = "facts", .cursor = "before", .page = PAGE_FACTS, .path = facts_path};
    const char *limit = NULL;
    const struct option_row rows[] = {CLIENT_OPTIONS(&options), {"limit", OPTION_TEXT, &limit}};
    struct options o = {.help =
                            "usage: shixianctl case facts CASE [OPTION]...\n\n"
                            "All that happened to a case, oldest first.\n\n"
                            "  --limit N          only the newest N; default: all\n" CLIENT_HELP,
                        .rows = rows,
                        .n = sizeof(rows) / sizeof(rows[0]),
                        .least = 1,
                        .most = 1};
    json_t *answer = NULL;
    int status = about_one(argc, argv, &o, &options, &l.client);

    if (status == OPTIONS_GO) {
        l.arg = o.operands[0];
        status = read_limit(limit, &l.most);
        if (status == CLI_OK)
            status = read_pages(&l, &answer);
    }
    client_end(l.client, &options, answer, print_facts);
    return status;
}

/* --- case explain ----------------------------------------------------------------------------- */

static void print_explained(const json_t *answer)
{
    const json_t *duties = json_object_get(answer, "obligations"), *o, *item;
    size_t i, n;

    json_array_foreach(duties, i, o)
    {
        if (i)
            putchar('\n');
        json_array_foreach(json_object_get(o, "lines"), n, item) view_line(json_string_value(item));
        json_array_foreach(json_object_get(o, "days"), n, item)
        {
            view_column("", 4);
            view_line(view_text(item, "text"));
        }
    }
}

int cmd_case_explain(int argc, char **argv)
{
    struct client_options options = {0};
    const char *lang = NULL;
    const struct option_row rows[] = {CLIENT_OPTIONS(&options), {"lang", OPTION_TEXT, &lang}};
    struct options o = {.help = "usage: shixianctl case explain CASE [OBLIGATION] [OPTION]...\n\n"
                                "Why each deadline of a case is what it is, day by day.\n\n"
                                "  --lang zh|en       default zh\n" CLIENT_HELP,
                        .rows = rows,
                        .n = sizeof(rows) / sizeof(rows[0]),
                        .least = 1,
                        .most = 2};
    struct client *client = NULL;
    json_t *answer = NULL;
    int status = about_one(argc, argv, &o, &options, &client);

    if (status == OPTIONS_GO) {
        struct request request = {0};

        client_path(client, "/v1/cases/", o.operands[0], "/explain");
        client_query(client, "obligation", o.operand_n > 1 ? o.operands[1] : NULL);
        request.path = client_query(client, "lang", lang);
        status = client_ask(client, &request, &answer);
    }
    client_end(client, &options, answer, print_explained);
    return status;
}
