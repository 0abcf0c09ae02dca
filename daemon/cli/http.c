#include "cli/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "base/buf.h"
#include "base/must.h"
#include "base/text.h"

#define SOCKET "/run/shixian/shixiand.sock"
#define SERVER "http://127.0.0.1:5248"
#define CONNECT_TIMEOUT_S 5L
#define TIMEOUT_S 30L
#define TOKEN_MAX 512
#define ANSWER_MAX ((size_t)64 * 1024 * 1024) /* twice the longest of the daemon */
#define PATH_MAX_BYTES 8192
#define SERVER_MAX 1024

struct client {
    CURL *curl;
    struct curl_slist *headers;
    const char *server; /* as given, for messages */
    const char *base;   /* before the path */
    struct buf path, url, answer;
    bool json;
};

/* --- where, and who --------------------------------------------------------------------------- */

static const char *default_server(void)
{
    const char *server = getenv("SHIXIAN_SERVER");
    struct stat info;

    if (server && *server)
        return server;
    return stat(SOCKET, &info) == 0 && S_ISSOCK(info.st_mode) ? "unix:" SOCKET : SERVER;
}

static int set_server(struct client *c, const char *server)
{
    c->server = server ? server : default_server();
    c->base = c->server;
    if (strlen(c->server) > SERVER_MAX)
        return cli_usage("--server: expected at most %d bytes", SERVER_MAX);
    if (text_starts(c->server, "unix:/")) {
        const char *path = c->server + strlen("unix:");
        struct sockaddr_un address;

        c->base = "http://localhost";
        if (strlen(path) >= sizeof(address.sun_path))
            return cli_usage("--server: a socket path has at most %zu bytes",
                             sizeof(address.sun_path) - 1);
        must(curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, path) == CURLE_OK);
        return CLI_OK;
    }
    if (text_starts(c->server, "http://") || text_starts(c->server, "https://"))
        return CLI_OK;
    return cli_usage("--server: expected http://HOST:PORT, https://HOST or unix:/PATH, found "
                     "\"%.200s\"",
                     c->server);
}

static void add_header(struct client *c, const char *line)
{
    c->headers = curl_slist_append(c->headers, line);
    must(c->headers != NULL);
}

/* Never from the command line: everybody on the machine can read that. */
static int set_token(struct client *c, const char *file)
{
    char line[TOKEN_MAX + 2], header[TOKEN_MAX + 64];
    FILE *in;
    size_t n;
    bool ok;

    if (!file)
        file = getenv("SHIXIAN_TOKEN_FILE");
    if (!file || !*file)
        return CLI_OK;
    in = fopen(file, "re");
    if (!in)
        return cli_fail("%s: the token can not be read: %s", file, strerror(errno));
    ok = fgets(line, sizeof(line), in) != NULL;
    fclose(in);
    n = ok ? strcspn(line, "\r\n") : 0;
    ok = n > 0 && n <= TOKEN_MAX;
    for (size_t i = 0; ok && i < n; i++)
        ok = line[i] > ' ' && line[i] < 0x7f;
    if (!ok)
        return cli_fail("%s: expected a token in the first line, at most %d printable characters",
                        file, TOKEN_MAX);
    snprintf(header, sizeof(header), "Authorization: Bearer %.*s", (int)n, line);
    add_header(c, header);
    return CLI_OK;
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
    struct buf *answer = arg;

    buf_add(answer, data, size * n);
    return answer->failed ? 0 : size * n;
}

static void set_up(struct client *c)
{
    CURL *curl = c->curl;

    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PROXY,
                     ""); /* the daemon is near, whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "shixianctl/" SHIXIAN_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &c->answer);
}

int client_open(struct client **ret, const struct client_options *options)
{
    struct client *c = calloc(1, sizeof(*c));
    int status;

    must(c != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    *ret = c;
    c->curl = curl_easy_init();
    must(c->curl != NULL);
    c->json = options->json;
    c->path = BUF_INIT(PATH_MAX_BYTES);
    c->url = BUF_INIT(PATH_MAX_BYTES + SERVER_MAX);
    c->answer = BUF_INIT(ANSWER_MAX);
    set_up(c);
    add_header(c, "Content-Type: application/json");
    add_header(c, "Accept: application/json");
    add_header(c, "Expect:");
    status = set_server(c, options->server);
    return status == CLI_OK ? set_token(c, options->token_file) : status;
}

struct client *client_close(struct client *client)
{
    if (!client)
        return NULL;
    curl_slist_free_all(client->headers);
    curl_easy_cleanup(client->curl);
    curl_global_cleanup();
    buf_free(&client->path);
    buf_free(&client->url);
    buf_free(&client->answer);
    free(client);
    return NULL;
}

/* --- a request -------------------------------------------------------------------------------- */

static void escaped(struct client *c, const char *text)
{
    char *out = curl_easy_escape(c->curl, text, 0);

    must(out != NULL);
    buf_puts(&c->path, out);
    curl_free(out);
}

const char *client_path(struct client *client, const char *before, const char *id,
                        const char *after)
{
    buf_clear(&client->path);
    buf_puts(&client->path, before);
    if (id)
        escaped(client, id);
    if (after)
        buf_puts(&client->path, after);
    return client->path.data;
}

const char *client_query(struct client *client, const char *name, const char *value)
{
    if (value && client->path.data) {
        buf_printf(&client->path, "%c%s=", strchr(client->path.data, '?') ? '&' : '?', name);
        escaped(client, value);
    }
    return client->path.data;
}

static const char *member(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The refusal in words: what the daemon said, and which field it meant. */
static int refused(const struct client *c, long http, const json_t *answer)
{
    const char *detail = member(answer, "detail"), *field = member(answer, "field");
    const json_t *errors = json_object_get(answer, "errors"), *line;
    size_t i;

    if (c->json && answer)
        client_print(answer);
    json_array_foreach(errors, i, line) fprintf(stderr, "%s\n", json_string_value(line));
    if (!detail)
        detail = member(answer, "title");
    if (!detail)
        return cli_fail("%s answered %ld, which is not shixiand's way", c->server, http);
    if (field)
        return cli_fail("%s: %s", field, detail);
    return cli_fail("%s", detail);
}

static int perform(struct client *c, const struct request *r, long *ret_http)
{
    char *body = r->body ? json_dumps(r->body, JSON_COMPACT) : NULL;
    struct curl_slist *key = NULL, *last = c->headers;
    size_t base = strlen(c->base);
    CURLcode code;

    while (last->next)
        last = last->next;
    if (r->key) { /* hung onto ours for this once */
        buf_clear(&c->url);
        buf_printf(&c->url, "Idempotency-Key: %s", r->key);
        key = curl_slist_append(NULL, c->url.data ? c->url.data : "");
        last->next = key;
    }
    buf_clear(&c->answer);
    buf_clear(&c->url);
    base -= c->base[base - 1] == '/';
    buf_printf(&c->url, "%.*s%s", (int)base, c->base, r->path);
    must(!c->url.failed && (!r->body || body));
    curl_easy_setopt(c->curl, CURLOPT_URL, c->url.data);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, r->timeout_s ? r->timeout_s : TIMEOUT_S);
    if (body) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, body);
    } else {
        curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
    }
    code = curl_easy_perform(c->curl);
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, ret_http);
    last->next = NULL;
    curl_slist_free_all(key);
    free(body);
    if (code != CURLE_OK)
        return cli_fail("the daemon at %s can not be reached: %s", c->server,
                        curl_easy_strerror(code));
    return CLI_OK;
}

int client_ask(struct client *client, const struct request *request, json_t **ret)
{
    const struct buf *b = &client->answer;
    long http = 0;
    int status;
    json_t *json;

    if (client->path.failed || (request->key && strpbrk(request->key, "\r\n")))
        return cli_usage("what was given is too long, or has a line end");
    status = perform(client, request, &http);
    if (status != CLI_OK)
        return status;
    json = b->len ? json_loadb(b->data, b->len, 0, NULL) : NULL;
    if (json && (http / 100 == 2 || (request->partial && json_object_get(json, "results")))) {
        *ret = json;
        return CLI_OK;
    }
    status = refused(client, http, json);
    json_decref(json);
    return status;
}

void client_print(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
}

void client_end(struct client *client, const struct client_options *options, json_t *answer,
                void (*print)(const json_t *answer))
{
    if (answer && options->json)
        client_print(answer);
    else if (answer)
        print(answer);
    json_decref(answer);
    client_close(client);
}

/* Sources may have colons, ids rarely do. */
json_t *client_case(const char *text)
{
    const char *colon = strrchr(text, ':');

    if (!colon)
        return json_string(text);
    return json_pack("{s:o, s:s}", "source", json_stringn(text, (size_t)(colon - text)), "id",
                     colon + 1);
}
