/* What an acknowledged write is worth, from the server's own settings. */
#ifndef REDIS_PROMISE_H
#define REDIS_PROMISE_H

#include <stdbool.h>
#include <stddef.h>

/* "" = not known: an ACL may forbid to ask. */
struct redis_settings {
    char appendonly[8];
    char appendfsync[16];
    char maxmemory[24];
    char maxmemory_policy[24];
    char role[16];
    char replicas[16];
    bool embedded;
};

/* Writes it in words; true when an acknowledged write survives kill -9 of the server. */
bool redis_promise(const struct redis_settings *settings, char *out, size_t size);

#endif
