/* The Lua scripts (lua/, embedded at build). Redis knows them by their SHA-1, so daemons of
 * different versions live side by side. */
#ifndef REDIS_SCRIPT_H
#define REDIS_SCRIPT_H

#include <stddef.h>

/* X(IDENTIFIER, file name without .lua) */
#define SCRIPTS(X)                                                                                 \
    X(LOAD, load)                                                                                  \
    X(COMMIT, commit)                                                                              \
    X(DUE, due)                                                                                    \
    X(TAKE, take)                                                                                  \
    X(POSTPONE, postpone)                                                                          \
    X(FACTS, facts)                                                                                \
    X(LIST, list)                                                                                  \
    X(RELEASE, release)

#define SCRIPT_ENUM(ID, file) SCRIPT_##ID,
enum script { SCRIPTS(SCRIPT_ENUM) SCRIPT_COUNT };
#undef SCRIPT_ENUM
#define SCRIPT_NONE SCRIPT_COUNT /* a plain command */
#define SCRIPT_SHA_SIZE 41

const char *script_text(enum script script, size_t *ret_len);

#endif
