/* case ACTION: what a person does, as field=value. */
#include <string.h>
#include "base/must.h"
#include "base/text.h"
#include "cli/http.h"
#include "cli/view.h"
#include "core/names.h"

enum value_kind {
    VALUE_ANY,  /* number, true, false or null, if it reads so; else text */
    VALUE_TEXT, /* always: a note may say just "2026" */
    VALUE_LIST, /* a,b,c */
    VALUE_CASE  /* case id, or source:id */
};

static enum value_kind kind_of(const char *name, size_t n)
{
    static const struct {
        const char *name;
        enum value_kind kind;
    } kinds[] = {
        {"text", VALUE_TEXT},     {"reason", VALUE_TEXT},       {"lead_unit", VALUE_TEXT},
        {"unit", VALUE_TEXT},     {"kind", VALUE_TEXT},         {"obligation", VALUE_TEXT},
        {"url", VALUE_TEXT},      {"outlet", VALUE_TEXT},       {"spoken_by", VALUE_TEXT},
        {"reviewer", VALUE_TEXT}, {"author", VALUE_TEXT},       {"promise", VALUE_TEXT},
        {"approver", VALUE_TEXT}, {"by", VALUE_TEXT},           {"window", VALUE_TEXT},
        {"labels", VALUE_LIST},   {"assist_units", VALUE_LIST}, {"into", VALUE_CASE},
        {"report", VALUE_CASE},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strlen(kinds[i].name) == n && strncmp(kinds[i].name, name, n) == 0)
            return kinds[i].kind;
    }
    return VALUE_ANY;
}

static json_t *list_of(const char *text)
{
    json_t *list = json_array();

    while (*text) {
        size_t n = strcspn(text, ",");

        if (json_array_append_new(list, json_stringn(text, n)) < 0) {
            json_decref(list);
            return NULL;
        }
        text += n + (text[n] == ',');
    }
    return list;
}

static json_t *any_of(const char *text)
{
    int64_t number;

    if (text_to_int(text, INT64_MIN, INT64_MAX, &number) == 0)
        return json_integer(number);
    if (text_equal(text, "true") || text_equal(text, "false"))
        return json_boolean(*text == 't');
    return text_equal(text, "null") ? json_null() : json_string(text);
}

/* NULL: not UTF-8. */
static json_t *value_of(enum value_kind kind, const char *text)
{
    switch (kind) {
    case VALUE_ANY:
        return any_of(text);
    case VALUE_TEXT:
        return json_string(text);
    case VALUE_LIST:
        return list_of(text);
    case VALUE_CASE:
        return client_case(text);
    }
    must(!"value kind");
    return NULL;
}

/* Adds one "field=value". */
static int add_field(json_t *body, const char *word)
{
    size_t n = strcspn(word, "=");
    json_t *value;

    if (n == 0 || word[n] != '=')
        return cli_usage("expected field=value, found \"%.64s\"", word);
    if (json_object_getn(body, word, n))
        return cli_usage("\"%.*s\" is given more than once", (int)n, word);
    value = value_of(kind_of(word, n), word + n + 1);
    if (!value || json_object_setn_new(body, word, n, value) < 0)
        return cli_usage("\"%.64s\": expected UTF-8", word);
    return CLI_OK;
}

static void print_result(const json_t *c)
{
    const json_t *o;
    size_t i;

    view_column(view_text(c, "id"), 17);
    view_column(view_status(view_text(c, "status")), 7);
    view_column(view_lamp(c), 3);
    view_line(view_text(c, "title"));
    json_array_foreach(json_object_get(c, "obligations"), i, o)
    {
        view_column("", 2);
        view_column(view_state(view_text(o, "state")), 9);
        view_column(view_time(o, "due_at").text, 20);
        view_line(view_text(o, "key"));
    }
}

static int act(const char *action, const struct options *o, const char *key,
               const struct client_options *options)
{
    json_t *body = json_pack("{s:s}", "action", action), *answer = NULL;
    struct client *client = NULL;
    int status = CLI_OK;

    for (int i = 1; i < o->operand_n && status == CLI_OK; i++)
        status = add_field(body, o->operands[i]);
    if (status == CLI_OK)
        status = client_open(&client, options);
    if (status == CLI_OK) {
        struct request request = {.path =
                                      client_path(client, "/v1/cases/", o->operands[0], "/actions"),
                                  .body = body,
                                  .key = key};

        status = client_ask(client, &request, &answer);
    }
    json_decref(body);
    client_end(client, options, answer, print_result);
    return status;
}

int cmd_case_action(int argc, char **argv)
{
    struct client_options options = {0};
    const char *key = NULL;
    const struct option_row rows[] = {CLIENT_OPTIONS(&options),
                                      {"idempotency-key", OPTION_TEXT, &key}};
    struct options o = {
        .help = "usage: shixianctl case ACTION CASE [FIELD=VALUE]...\n\n"
                "Records what somebody did; the fields of each action are in docs/HTTP.md.\n"
                "labels and assist_units are lists: a,b. into and report take a case id or\n"
                "SOURCE:ID. Numbers, true, false and null are taken as such.\n\n"
                "  shixianctl case fulfil 46VQM0982H07D2PQ kind=public_response \\\n"
                "      url=https://example.gov.cn/1 reviewer=li\n\n"
                "  --idempotency-key KEY  a repeat with the same key does nothing\n" CLIENT_HELP,
        .rows = rows,
        .n = sizeof(rows) / sizeof(rows[0]),
        .least = 1,
        .most = 64};
    const char *action = strrchr(argv[0], ' ');
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    must(action && name_find(action_names, action + 1) >= 0);
    return act(action + 1, &o, key, &options);
}
