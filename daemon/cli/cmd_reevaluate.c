/* policy reevaluate, calendar check: what would become of the open cases. */
#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "cli/http.h"
#include "cli/view.h"
#include "conf/conf.h"

#define CONFIG "/etc/shixian/shixian.yaml"
#define TIMEOUT_ALL_S 600 /* all open cases of a province */

static void print_change(const json_t *c)
{
    const char *change = view_text(c, "change");

    view_column(view_text(c, "case"), 17);
    view_column(view_text(c, "obligation"), 28);
    if (strcmp(change, "opened") == 0)
        printf("新增 %s", view_time(c, "due_after").text);
    else if (strcmp(change, "ended") == 0)
        printf("终止 %s", view_time(c, "due_before").text);
    else if (strcmp(change, "clock") == 0)
        printf("%s -> %s", view_time(c, "due_before").text, view_time(c, "due_after").text);
    if (strcmp(view_text(c, "state_before"), view_text(c, "state_after")) != 0)
        printf("  %s -> %s", view_state(view_text(c, "state_before")),
               view_state(view_text(c, "state_after")));
    view_column("", 2);
    view_line(view_text(c, "title"));
}

static void print_changes(const json_t *answer)
{
    json_int_t cases = json_integer_value(json_object_get(answer, "cases"));
    json_int_t changed = json_integer_value(json_object_get(answer, "changed_cases"));
    const json_t *c;
    size_t i;

    json_array_foreach(json_object_get(answer, "changes"), i, c) print_change(c);
    if (json_is_true(json_object_get(answer, "truncated")))
        puts("（还有更多，未列出）");
    printf("查看 %lld 件，%s %lld 件；政策 %s，日历 %s\n", (long long)cases,
           json_is_true(json_object_get(answer, "dry_run")) ? "将变化" : "已变化",
           (long long)changed, view_text(answer, "policy_version"),
           view_text(answer, "calendar_version"));
}

static int reevaluate(const struct client_options *options, const json_t *body)
{
    struct client *client = NULL;
    json_t *answer = NULL;
    int status = client_open(&client, options);

    if (status == CLI_OK) {
        struct request request = {.path = client_path(client, "/v1/reevaluation", NULL, NULL),
                                  .body = body,
                                  .timeout_s = TIMEOUT_ALL_S};

        status = client_ask(client, &request, &answer);
    }
    client_end(client, options, answer, print_changes);
    return status;
}

int cmd_policy_reevaluate(int argc, char **argv)
{
    struct client_options options = {0};
    bool apply = false, from_disk = false;
    const char *a_case = NULL;
    const struct option_row rows[] = {CLIENT_OPTIONS(&options),
                                      {"apply", OPTION_FLAG, &apply},
                                      {"from-disk", OPTION_FLAG, &from_disk},
                                      {"case", OPTION_TEXT, &a_case}};
    struct options o = {
        .help = "usage: shixianctl policy reevaluate [OPTION]...\n\n"
                "Open cases are judged by the policy they began with. This shows what the one in\n"
                "force would change.\n\n"
                "  --apply            have it so: each case goes on under the policy in force\n"
                "  --from-disk        the policy in the daemon's configuration file instead\n"
                "  --case CASE        this one only: its id, or SOURCE:ID\n" CLIENT_HELP,
        .rows = rows,
        .n = sizeof(rows) / sizeof(rows[0])};
    int status = options_read(&o, argc, argv);
    json_t *body, *one;

    if (status != OPTIONS_GO)
        return status;
    one = a_case ? client_case(a_case) : json_null();
    body = json_pack("{s:s, s:b, s:b, s:o}", "what", "policy", "dry_run", !apply, "from_disk",
                     from_disk, "case", one);
    status = body ? reevaluate(&options, body) : cli_usage("--case: expected UTF-8");
    json_decref(body);
    return status;
}

/* The files alone: every error with its place, as shixiand --check has it. */
static int check_files(const char *file)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct buf warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    struct conf *conf = NULL;
    int r = conf_load(file, &conf, &errors, &warnings);

    if (warnings.len)
        fputs(warnings.data, stderr);
    if (errors.len)
        fputs(errors.data, stderr);
    buf_free(&errors);
    buf_free(&warnings);
    conf_free(conf);
    return r < 0 ? CLI_FAILED : CLI_OK;
}

int cmd_calendar_check(int argc, char **argv)
{
    struct client_options options = {0};
    const char *file = CONFIG;
    const struct option_row rows[] = {CLIENT_OPTIONS(&options), {"config", OPTION_TEXT, &file}};
    struct options o = {
        .help = "usage: shixianctl calendar check [OPTION]...\n\n"
                "Checks the calendar files, then asks the daemon which deadlines they would move.\n"
                "Nothing is changed; a reload of the daemon does that.\n\n"
                "  --config FILE      default " CONFIG "\n" CLIENT_HELP,
        .rows = rows,
        .n = sizeof(rows) / sizeof(rows[0])};
    int status = options_read(&o, argc, argv);
    json_t *body;

    if (status != OPTIONS_GO)
        return status;
    status = check_files(file);
    if (status != CLI_OK)
        return status;
    body = json_pack("{s:s, s:b, s:b}", "what", "calendar", "dry_run", true, "from_disk", true);
    status = reevaluate(&options, body);
    json_decref(body);
    return status;
}
