/* Where a Redis listens, as people write it. */
#ifndef REDIS_URL_H
#define REDIS_URL_H

#include <stdbool.h>
#include "base/err.h"

struct redis_url {
    char path[108]; /* unix socket (sun_path), or "" */
    char host[256]; /* name or address without brackets, or "" */
    int port;
    int db;
};

/* unix://PATH[?db=N] or redis://HOST[:PORT][/DB]; IPv6 in brackets. 0, or -EINVAL with err. */
int redis_url_parse(const char *text, struct redis_url *ret, struct err *reterr);

#endif
