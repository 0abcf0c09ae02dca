/* Who asks: bearer tokens, known by the SHA-256 of each. */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include <stdbool.h>
#include "conf/conf.h"

#define AUTH_LOCAL "local" /* actor where no token is asked for */

/* authorization: the header, or NULL. needed: an anonymous request is refused. Returns the actor,
 * or NULL: 401. Takes the same time whatever the token. */
const char *auth_actor(const struct conf *conf, const char *authorization, bool needed);

#endif
