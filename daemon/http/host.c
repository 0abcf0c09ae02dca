#include "http/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include "base/text.h"

static bool is_port(const char *text)
{
    int64_t port;

    return strspn(text, "0123456789") == strlen(text) &&
           text_to_int(text, 0, UINT16_MAX, &port) == 0;
}

bool host_is_plain(const char *host)
{
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    char name[INET6_ADDRSTRLEN + sizeof("[]")];
    unsigned char address[sizeof(struct in6_addr)];

    if (n >= sizeof(name) || n > strlen(host) ||
        (host[n] && (host[n] != ':' || !is_port(host + n + 1))))
        return false;
    memcpy(name, host, n);
    name[n] = '\0';
    if (*name != '[')
        return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1;
    name[n - 1] = '\0';
    return inet_pton(AF_INET6, name + 1, address) == 1;
}

bool host_is_origin(const char *host, const char *origin)
{
    const char *authority = strstr(origin, "://");

    return authority && strcasecmp(authority + strlen("://"), host) == 0;
}
