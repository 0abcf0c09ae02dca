#include "redis/url.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include "base/text.h"

#define UNIX_SCHEME "unix://"
#define TCP_SCHEME "redis://"
#define EXPECTED "expected unix://PATH[?db=N] or redis://HOST:PORT[/DB]"
#define DEFAULT_PORT 6379
#define MAX_DB 1023

static bool copy(char *out, size_t size, const char *from, size_t n)
{
    if (!n || n >= size)
        return false;
    memcpy(out, from, n);
    out[n] = '\0';
    return true;
}

static int number(const char *text, int64_t min, int64_t max, const char *what, int *ret,
                  struct err *reterr)
{
    int64_t value;

    if (text_to_int(text, min, max, &value) < 0)
        return err_set(reterr, EINVAL, "%s: expected a number from %d to %d", what, (int)min,
                       (int)max);
    *ret = (int)value;
    return 0;
}

static int parse_unix(const char *rest, struct redis_url *url, struct err *reterr)
{
    const char *query = strchr(rest, '?');
    size_t n = query ? (size_t)(query - rest) : strlen(rest);

    if (!copy(url->path, sizeof(url->path), rest, n) || rest[0] != '/')
        return err_set(reterr, EINVAL, "unix socket: expected an absolute path of 1 to %zu bytes",
                       sizeof(url->path) - 1);
    if (!query)
        return 0;
    if (!text_starts(query, "?db="))
        return err_set(reterr, EINVAL, "after \"?\": only db=N is known");
    return number(query + 4, 0, MAX_DB, "database", &url->db, reterr);
}

static int parse_tcp(const char *rest, struct redis_url *url, struct err *reterr)
{
    char port[16];
    const char *slash = strchr(rest, '/');
    const char *end = slash ? slash : rest + strlen(rest);
    const char *host = rest, *host_end, *after;
    int r;

    if (memchr(rest, '@', (size_t)(end - rest)))
        return err_set(reterr, EINVAL, "user and password do not belong into the address");
    if (*rest == '[') {
        host = rest + 1;
        host_end = memchr(host, ']', (size_t)(end - host));
        after = host_end ? host_end + 1 : NULL;
    } else {
        host_end = memchr(host, ':', (size_t)(end - host));
        after = host_end = host_end ? host_end : end;
    }
    if (!host_end || !copy(url->host, sizeof(url->host), host, (size_t)(host_end - host)))
        return err_set(reterr, EINVAL, "host: %s", EXPECTED);
    url->port = DEFAULT_PORT;
    if (after < end) {
        if (*after != ':' || !copy(port, sizeof(port), after + 1, (size_t)(end - after - 1)))
            return err_set(reterr, EINVAL, "port: %s", EXPECTED);
        r = number(port, 1, 65535, "port", &url->port, reterr);
        if (r < 0)
            return r;
    }
    return slash && slash[1] ? number(slash + 1, 0, MAX_DB, "database", &url->db, reterr) : 0;
}

int redis_url_parse(const char *text, struct redis_url *ret, struct err *reterr)
{
    struct redis_url url = {.db = 0};
    int r;

    if (text_starts(text, UNIX_SCHEME))
        r = parse_unix(text + strlen(UNIX_SCHEME), &url, reterr);
    else if (text_starts(text, TCP_SCHEME))
        r = parse_tcp(text + strlen(TCP_SCHEME), &url, reterr);
    else
        r = err_set(reterr, EINVAL, "%s", EXPECTED);
    if (r == 0)
        *ret = url;
    return r;
}
