/* The running daemon as a command sees it: one request, one answer. */
#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "cli/cli.h"
#include "cli/options.h"
#include "core/names.h"

struct client_options {
    const char *server;     /* http://HOST:PORT, https://..., unix:PATH; NULL: see CLIENT_HELP */
    const char *token_file; /* its first line is the token */
    bool json;              /* print what the daemon answers */
};

/* Rows of a command's table. */
#define CLIENT_OPTIONS(o)                                                                          \
    {"server", OPTION_TEXT, &(o)->server}, {"token-file", OPTION_TEXT, &(o)->token_file},          \
    {                                                                                              \
        "json", OPTION_FLAG, &(o)->json                                                            \
    }
#define CLIENT_HELP                                                                                \
    "  --server URL       http://HOST:PORT, https://HOST or unix:PATH. Default: "                  \
    "$SHIXIAN_SERVER,\n"                                                                           \
    "                     else unix:/run/shixian/shixiand.sock if it is there, else\n"             \
    "                     http://127.0.0.1:5248\n"                                                 \
    "  --token-file FILE  its first line is the token. Default: $SHIXIAN_TOKEN_FILE\n"             \
    "  --json             print the answer of the daemon as it is\n"

struct client;

/* CLI_OK, or what is wrong was told and the exit status. client_close() either way. */
int client_open(struct client **ret, const struct client_options *options);
struct client *client_close(struct client *client); /* accepts NULL; returns NULL */

struct request {
    const char *path;   /* with its query; see client_path() */
    const json_t *body; /* POST; NULL: GET */
    const char *key;    /* Idempotency-Key, or NULL */
    long timeout_s;     /* of the whole; 0: 30 */
    bool partial;       /* a refusal with `results` (a batch) is an answer, too */
};

/* CLI_OK and *ret (a new reference; print it or json_decref() it); or the refusal was told, with
 * --json also printed, and the exit status. */
int client_ask(struct client *client, const struct request *request, json_t **ret);

/* "/v1/cases/", an id to be escaped or NULL, "/facts" or NULL. Lives until the next call. */
const char *client_path(struct client *client, const char *before, const char *id,
                        const char *after);
/* Appends "?name=value" or "&name=value" to the path; a value of NULL adds nothing. */
const char *client_query(struct client *client, const char *name, const char *value);

/* JSON on stdout, one line. */
void client_print(const json_t *json);
/* Prints the answer, with --json as it is, else by `print`; ends both. Accepts NULL for each. */
void client_end(struct client *client, const struct client_options *options, json_t *answer,
                void (*print)(const json_t *answer));

/* A case as people name it: its id, or source:id of the report that opened it. New reference;
 * NULL: not UTF-8. */
json_t *client_case(const char *text);

/* On the running daemon. The words of cmd_case_action are "case " and a name of ACTIONS. */
command_fn cmd_case_list, cmd_case_show, cmd_case_facts, cmd_case_explain, cmd_case_action,
    cmd_send, cmd_policy_reevaluate, cmd_calendar_check;

/* Their rows for main.c. */
#define HTTP_ACTION_ROW(id, name)                                                                  \
    {"case " name, cmd_case_action, "record it on a case: CASE [FIELD=VALUE]..."},
#define HTTP_COMMANDS                                                                              \
    {"case list", cmd_case_list, "cases, by status, level, region, lamp, ..."},                    \
        {"case show", cmd_case_show, "one case: what is known, what is owed"},                     \
        {"case facts", cmd_case_facts, "all that happened to a case"},                             \
        {"case explain", cmd_case_explain, "why each deadline of a case is what it is"},           \
        ACTIONS(HTTP_ACTION_ROW){"send", cmd_send, "send events of a file"},                       \
        {"policy reevaluate", cmd_policy_reevaluate,                                               \
         "what the policy in force would change in open cases"},                                   \
    {                                                                                              \
        "calendar check", cmd_calendar_check,                                                      \
            "check calendar files, and which deadlines they would move"                            \
    }

#endif
