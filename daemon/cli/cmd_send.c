/* send: events from a file, as they are. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"
#include "cli/http.h"
#include "cli/view.h"

/* Of one request, well below what the daemon takes. */
#define BATCH_BYTES (LIMIT_BODY_BYTES / 2)
#define BATCH_PARTS (LIMIT_JSON_PARTS / 2)
#define BATCH_TIMEOUT_S 120

struct sending {
    struct client *client;
    json_t *batch;
    size_t bytes, parts; /* of the batch */
    uint64_t sent;       /* before the batch */
    uint64_t taken, repeated, refused;
    bool json;
};

static void tell_refused(uint64_t number, const json_t *result)
{
    const json_t *problem = json_object_get(result, "problem");
    const char *field = view_text(problem, "field");

    fprintf(stderr, "shixianctl: event %llu (id %s): %s%s%s\n", (unsigned long long)number + 1,
            view_text(result, "id"), field, *field ? ": " : "", view_text(problem, "detail"));
}

static void note_results(struct sending *s, const json_t *results)
{
    const json_t *r;
    size_t i;

    json_array_foreach(results, i, r)
    {
        if (json_integer_value(json_object_get(r, "status")) / 100 != 2) {
            s->refused++;
            tell_refused(s->sent + i, r);
        } else if (json_is_true(json_object_get(r, "duplicate"))) {
            s->repeated++;
        } else {
            s->taken++;
        }
        if (!s->json && json_is_string(json_object_get(r, "case"))) {
            view_column(view_text(r, "case"), 17);
            view_column(json_is_true(json_object_get(r, "duplicate")) ? "重复" : "已收", 5);
            view_line(view_text(r, "id"));
        }
    }
}

/* Sends what was gathered. */
static int flush(struct sending *s)
{
    struct request request = {.body = s->batch, .timeout_s = BATCH_TIMEOUT_S, .partial = true};
    json_t *answer = NULL;
    int status;

    if (json_array_size(s->batch) == 0)
        return CLI_OK;
    request.path = client_path(s->client, "/v1/events", NULL, NULL);
    status = client_ask(s->client, &request, &answer);
    if (answer && s->json)
        client_print(answer);
    note_results(s, json_object_get(answer, "results"));
    s->sent += answer ? json_array_size(s->batch) : 0;
    json_decref(answer);
    json_array_clear(s->batch);
    s->bytes = s->parts = 0;
    return status;
}

static size_t parts_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '{' || *text == '[' || *text == ',';
    return n;
}

static int add(struct sending *s, json_t *event)
{
    char *text = json_dumps(event, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t bytes = text ? strlen(text) : 0, parts = text ? parts_of(text) : 0;
    int status = CLI_OK;

    free(text);
    if (json_array_size(s->batch) >= LIMIT_BATCH || s->bytes + bytes > BATCH_BYTES ||
        s->parts + parts > BATCH_PARTS)
        status = flush(s);
    s->bytes += bytes;
    s->parts += parts;
    json_array_append(s->batch, event);
    return status;
}

/* Behind white space; false: the end. */
static bool more(FILE *in)
{
    int c;

    do
        c = getc(in);
    while (c != EOF && isspace(c));
    return c != EOF && ungetc(c, in) != EOF;
}

/* Objects one after another (JSON lines), a list of them, or both. */
static int send_all(struct sending *s, FILE *in, const char *name)
{
    int status = CLI_OK;

    while (status == CLI_OK && more(in)) {
        json_error_t error;
        json_t *value = json_loadf(in, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
        json_t *event;
        size_t i;

        if (!value) {
            status = flush(s); /* those before it are whole */
            cli_fail("%s: event %llu is not JSON: line %d of it: %s", name,
                     (unsigned long long)s->sent + 1, error.line, error.text);
            return status == CLI_OK ? CLI_FAILED : status;
        }
        if (json_is_array(value)) {
            for (i = 0; status == CLI_OK && (event = json_array_get(value, i)); i++)
                status = add(s, event);
        } else {
            status = add(s, value);
        }
        json_decref(value);
    }
    if (status == CLI_OK && ferror(in))
        return cli_fail("%s: can not be read: %s", name, strerror(errno));
    return status == CLI_OK ? flush(s) : status;
}

static int send_file(struct sending *s, const char *name)
{
    bool standard = text_equal(name, "-");
    FILE *in = standard ? stdin : fopen(name, "re");
    int status;

    if (!in)
        return cli_fail("%s: can not be read: %s", name, strerror(errno));
    s->batch = json_array();
    status = send_all(s, in, name);
    json_decref(s->batch);
    if (!standard)
        fclose(in);
    if (!s->json)
        printf("共 %llu 条：已收 %llu，重复 %llu，拒绝 %llu\n", (unsigned long long)s->sent,
               (unsigned long long)s->taken, (unsigned long long)s->repeated,
               (unsigned long long)s->refused);
    return status == CLI_OK && s->refused ? CLI_FAILED : status;
}

int cmd_send(int argc, char **argv)
{
    struct client_options options = {0};
    const struct option_row rows[] = {CLIENT_OPTIONS(&options)};
    struct options o = {
        .help =
            "usage: shixianctl send FILE\n\n"
            "Sends events: JSON lines, one object, or a list; \"-\" is standard input. What was\n"
            "sent before is known as a repeat, so a file may be sent again.\n\n" CLIENT_HELP,
        .rows = rows,
        .n = sizeof(rows) / sizeof(rows[0]),
        .least = 1,
        .most = 1};
    struct sending s = {0};
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    s.json = options.json;
    status = client_open(&s.client, &options);
    if (status == CLI_OK)
        status = send_file(&s, o.operands[0]);
    client_close(s.client);
    return status;
}
