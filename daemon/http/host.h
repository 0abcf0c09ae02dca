/* Which Host and Origin a request may name where everyone on this machine is let in. Pure. */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include <stdbool.h>

/* `localhost` or an IP address, with or without a port: nobody can let these point elsewhere. */
bool host_is_plain(const char *host);
/* Whether the page behind Origin came from this very Host, port included. */
bool host_is_origin(const char *host, const char *origin);

#endif
