/* The embedded Redis: a private redis-server on a unix socket, AOF with fsync always, no TCP port.
 *
 * Started again when it dies, never two on the same files, never left behind: its lock descriptor
 * is inherited on purpose, so the lock lives exactly as long as the server (and its rewrite child),
 * whatever becomes of the daemon; and the kernel sends it SIGTERM when the daemon dies. */
#ifndef SYS_REDIS_CHILD_H
#define SYS_REDIS_CHILD_H

#include <event2/event.h>
#include "base/err.h"

struct redis_child;

/* Writes STATE_DIR/redis/redis.conf and starts the server at RUNTIME_DIR/redis.sock from the loop,
 * as soon as an earlier one has let go of the files. NULL with reterr: no redis-server installed,
 * socket path too long, directories not usable, RUNTIME_DIR in use by another daemon. */
struct redis_child *redis_child_new(struct event_base *base, const char *state_dir,
                                    const char *runtime_dir, struct err *reterr);
/* SIGTERM, waits up to REDIS_STOP_MS, then SIGKILL. Blocks: after the loop. Accepts NULL. */
struct redis_child *redis_child_free(struct redis_child *c);
const char *redis_child_url(const struct redis_child *c); /* for the store */
/* Why it does not run (properly), for people and /readyz; NULL: it does. */
const char *redis_child_trouble(struct redis_child *c);

#endif
