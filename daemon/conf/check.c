#include "conf/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include "base/log.h"
#include "base/text.h"
#include "conf/file.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define HOST_MAX 253 /* a DNS name */
#define EMBEDDED_SOCKET "/redis.sock"
#define REDIS_DB_MAX 9999 /* Redis has 16 unless told otherwise */

static const size_t sun_path_max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

bool check_charset(const char *text, const char *allowed, size_t max)
{
    size_t len = strlen(text);

    return len > 0 && len <= max && strspn(text, allowed) == len;
}

static void keep(struct reader *r, const char *text, void *target)
{
    const char **field = target;

    *field = arena_strdup(r->arena, text);
}

/* HOST, HOST:PORT or [IPv6]:PORT. */
struct authority {
    char host[HOST_MAX + 1]; /* without brackets */
    int64_t port;            /* -1: none */
    bool v6;
};

static const char *authority_host(const char *host, size_t n, bool v6, struct authority *ret)
{
    struct in6_addr address;

    if (n == 0)
        return "has no host";
    if (n > HOST_MAX)
        return "has a host that is too long";
    memcpy(ret->host, host, n);
    ret->host[n] = '\0';
    ret->v6 = v6;
    if (v6)
        return inet_pton(AF_INET6, ret->host, &address) == 1 ? NULL : "has no valid IPv6 address";
    return check_charset(ret->host, LOWER UPPER DIGITS "-._", HOST_MAX)
               ? NULL
               : "has a host with characters that no host has";
}

static const char *authority_port(const char *text, size_t n, struct authority *ret)
{
    char digits[6];

    if (n == 0 || n >= sizeof(digits))
        return "has no valid port";
    memcpy(digits, text, n);
    digits[n] = '\0';
    return check_charset(digits, DIGITS, 5) && text_to_int(digits, 0, 65535, &ret->port) == 0
               ? NULL
               : "has no valid port";
}

static const char *authority_parse(const char *text, size_t n, struct authority *ret)
{
    bool v6 = n > 0 && text[0] == '[';
    const char *end = text + n, *host = text + v6, *rest;
    const char *host_end = memchr(text, v6 ? ']' : ':', n);
    const char *complaint;

    if (memchr(text, '@', n))
        return "carries a user or password";
    if (v6 && !host_end)
        return "has a [ without ]";
    if (!host_end)
        host_end = end;
    complaint = authority_host(host, (size_t)(host_end - host), v6, ret);
    if (complaint)
        return complaint;
    rest = host_end + v6;
    ret->port = -1;
    if (rest == end)
        return NULL;
    return *rest == ':' ? authority_port(rest + 1, (size_t)(end - rest - 1), ret)
                        : "has something between ] and the port";
}

const char *check_listen(struct reader *r, const struct at *at, const char *text, void *target)
{
    struct authority authority;
    struct in_addr address;
    const char *complaint = authority_parse(text, strlen(text), &authority);

    (void)at;
    if (complaint)
        return complaint;
    if (authority.port < 0)
        return "has no port";
    if (!authority.v6 && inet_pton(AF_INET, authority.host, &address) != 1)
        return "is not a literal IP address";
    keep(r, text, target);
    return NULL;
}

bool check_is_loopback(const char *listen)
{
    struct authority authority;
    struct in6_addr address;

    if (authority_parse(listen, strlen(listen), &authority))
        return false;
    if (authority.v6)
        return inet_pton(AF_INET6, authority.host, &address) == 1 && IN6_IS_ADDR_LOOPBACK(&address);
    return text_starts(authority.host, "127.");
}

const char *check_path(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text[0] != '/')
        return "is not an absolute path";
    keep(r, text, target);
    return NULL;
}

/* Not resolved yet: sources.c does, when the file is read. */
const char *check_file(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text_empty(text))
        return "names no file";
    keep(r, text, target);
    return NULL;
}

const char *check_socket(struct reader *r, const struct at *at, const char *text, void *target)
{
    if (strlen(text) > sun_path_max)
        return "is too long for a socket";
    return check_path(r, at, text, target);
}

const char *check_runtime_dir(struct reader *r, const struct at *at, const char *text, void *target)
{
    if (strlen(text) + strlen(EMBEDDED_SOCKET) > sun_path_max)
        return "is too long for a socket in it";
    return check_path(r, at, text, target);
}

const char *check_bool(struct reader *r, const struct at *at, const char *text, void *target)
{
    bool *field = target;

    (void)r;
    (void)at;
    *field = text_equal(text, "true");
    return *field || text_equal(text, "false") ? NULL : "is something else";
}

const char *check_log_level(struct reader *r, const struct at *at, const char *text, void *target)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {{"error", LOG_LEVEL_ERROR},
                  {"warning", LOG_LEVEL_WARNING},
                  {"notice", LOG_LEVEL_NOTICE},
                  {"info", LOG_LEVEL_INFO},
                  {"debug", LOG_LEVEL_DEBUG}};
    int *field = target;
    struct guess guess = guess_new(r, text);

    (void)at;
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (text_equal(text, levels[i].name)) {
            *field = (int)levels[i].level;
            return NULL;
        }
        text_guess(&guess, levels[i].name);
    }
    return guess.best ? arena_printf(r->arena, "is no level (did you mean \"%s\"?)", guess.best)
                      : "is no level";
}

static const char *redis_db(const char *text)
{
    int64_t db;

    return check_charset(text, DIGITS, 5) && text_to_int(text, 0, REDIS_DB_MAX, &db) == 0
               ? NULL
               : "has no valid database number";
}

static const char *redis_unix(const char *path)
{
    const char *query = strchr(path, '?');
    size_t n = query ? (size_t)(query - path) : strlen(path);

    if (path[0] != '/' || n < 2)
        return "has no absolute path";
    if (n > sun_path_max)
        return "is too long for a socket";
    if (!query)
        return NULL;
    return text_starts(query, "?db=") ? redis_db(query + 4) : "has more than ?db=N";
}

static const char *redis_tcp(const char *rest)
{
    struct authority authority;
    size_t n = strcspn(rest, "/");
    const char *complaint = authority_parse(rest, n, &authority);

    if (complaint)
        return complaint;
    if (authority.port < 1)
        return "has no port";
    return rest[n] ? redis_db(rest + n + 1) : NULL;
}

const char *check_redis_url(struct reader *r, const struct at *at, const char *text, void *target)
{
    const char *complaint = "is of no known form";

    (void)at;
    if (text_starts(text, "unix://"))
        complaint = redis_unix(text + strlen("unix://"));
    else if (text_starts(text, "redis://"))
        complaint = redis_tcp(text + strlen("redis://"));
    if (!complaint)
        keep(r, text, target);
    return complaint;
}

const char *check_user(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text_empty(text) || strlen(text) > LIMIT_ID_BYTES || strchr(text, ' '))
        return "is no user name";
    keep(r, text, target);
    return NULL;
}

const char *check_shards(struct reader *r, const struct at *at, const char *text, void *target)
{
    unsigned *field = target;
    int64_t n;

    (void)r;
    (void)at;
    if (text_to_int(text, 1, LIMIT_SHARDS, &n) < 0)
        return "is no such number";
    *field = (unsigned)n;
    return NULL;
}

/* Kept even if wrong: what refers to it is then not reported as well. */
const char *check_receiver_id(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    keep(r, text, target);
    return check_charset(text, LOWER DIGITS "_-", LIMIT_ID_BYTES) ? NULL : "is no such id";
}

const char *check_unit_id(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text_empty(text) || strlen(text) > LIMIT_ID_BYTES || strchr(text, ' '))
        return "is no such id";
    keep(r, text, target);
    return NULL;
}

const char *check_name(struct reader *r, const struct at *at, const char *text, void *target)
{
    (void)at;
    if (text_empty(text) || strlen(text) > LIMIT_TITLE_BYTES)
        return "is empty or too long";
    keep(r, text, target);
    return NULL;
}

const char *check_region(struct reader *r, const struct at *at, const char *text, void *target)
{
    size_t len = strlen(text);

    (void)at;
    if (!check_charset(text, DIGITS, 12) || (len != 6 && len != 9 && len != 12))
        return "is no division code";
    keep(r, text, target);
    return NULL;
}

const char *check_receiver_url(struct reader *r, const struct at *at, const char *text,
                               void *target)
{
    struct authority authority;
    const char *rest = strstr(text, "://"), *complaint;
    size_t n;

    (void)at;
    if (strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0)
        return "does not begin with http:// or https://";
    if (strchr(text, '#'))
        return "has a fragment (#)";
    if (!check_charset(text, LOWER UPPER DIGITS "-._~:/?[]@!$&'()*+,;=%", LIMIT_URL_BYTES))
        return "has characters that must be written as %XX";
    rest += strlen("://");
    n = strcspn(rest, "/?");
    complaint = authority_parse(rest, n, &authority);
    if (complaint)
        return complaint;
    if (authority.port == 0)
        return "has port 0";
    keep(r, text, target);
    return NULL;
}

const char *check_timeout(struct reader *r, const struct at *at, const char *text, void *target)
{
    int *field = target;
    int64_t ms;

    (void)r;
    (void)at;
    if (check_charset(text, DIGITS, LIMIT_ID_BYTES))
        return "has no unit";
    if (text_to_span(text, &ms) < 0 || ms % 1000 != 0)
        return "is no such duration";
    if (ms < 1000 || ms > 30000)
        return "is out of range";
    *field = (int)(ms / 1000);
    return NULL;
}

const char *check_receiver_ref(struct reader *r, const struct at *at, const char *text,
                               void *target)
{
    const struct draft *draft = r->draft;
    const struct conf *conf = &draft->conf;
    const struct conf_receiver *receiver = conf_receiver(conf, text);
    struct guess guess = guess_new(r, text);
    const char **field = target;

    (void)at;
    if (receiver) {
        *field = receiver->id;
        return NULL;
    }
    for (size_t i = 0; i < conf->receiver_n; i++)
        text_guess(&guess, conf->receivers[i].id);
    return guess.best ? arena_printf(r->arena, "does not exist (did you mean \"%s\"?)", guess.best)
                      : "does not exist";
}
