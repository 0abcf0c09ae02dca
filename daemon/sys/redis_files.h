/* Where the embedded Redis lives, and its configuration. */
#ifndef SYS_REDIS_FILES_H
#define SYS_REDIS_FILES_H

#include <limits.h>
#include <sys/un.h>
#include "base/err.h"

#define REDIS_SOCKET_BYTES sizeof(((struct sockaddr_un *)0)->sun_path)

struct redis_files {
    char server[PATH_MAX];           /* the program */
    char dir[PATH_MAX];              /* its data, 0700 */
    char conf[PATH_MAX];             /* in dir; written at each start of the daemon */
    char lock[PATH_MAX];             /* held by the server itself */
    char socket[REDIS_SOCKET_BYTES]; /* under the runtime directory */
};

/* ret_lock: of the socket, so that two daemons with two state directories never share one. */
int redis_files_prepare(struct redis_files *ret, const char *state_dir, const char *runtime_dir,
                        int *ret_lock, struct err *reterr);
/* Removes what a server that was killed in the middle of a rewrite left behind: as large as the
 * data, and Redis never looks at it again. Only under the lock. */
void redis_files_clean(const struct redis_files *f);

#endif
