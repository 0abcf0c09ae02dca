/* /etc/shixian/shixian.yaml as one checked, immutable struct. Loaded whole: every error is
 * collected with its place, nothing starts half-configured, and a reload keeps the old one on any
 * error. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/buf.h"
#include "conf/policy.h"
#include "core/calendar.h"
#include "core/policy.h"

struct conf_receiver {
    const char *id;              /* named by targets and units; [a-z0-9_-], unique */
    const char *url;             /* http or https, no user info */
    const char *secret_file;     /* holds whsec_<base64>; NULL: unsigned, warned about */
    const unsigned char *secret; /* decoded, 24..64 bytes; NULL: none */
    size_t secret_len;
    int timeout_s; /* whole attempt; default 10, 1..30 */
};

struct conf_token {
    const char *name; /* the actor in facts */
    char sha256[65];  /* hex of SHA-256(token) */
};

struct conf {
    struct arena *arena; /* owns everything below */
    const char *file;
    const char *const *listen; /* "127.0.0.1:5248", "[::1]:5248"; port 0 = any */
    size_t listen_n;
    const char *socket;      /* unix socket of the API, or NULL */
    const char *state_dir;   /* embedded Redis, instance id */
    const char *runtime_dir; /* socket of the embedded Redis: short path (sun_path is 108 bytes) */
    bool exercise;           /* every case is a 演练 */
    int log_level;           /* enum log_level */
    const struct conf_token *tokens; /* from tokens_file: "name sha256hex" a line */
    size_t token_n;
    struct {
        const char *url; /* NULL: embedded. unix://PATH[?db=N], redis://HOST:PORT[/DB] */
        const char *user;
        const char *password; /* content of password_file, or NULL */
        unsigned shards;      /* wanted at first start; 1..LIMIT_SHARDS, default 64 */
    } redis;
    const struct conf_receiver *receivers;
    size_t receiver_n;
    struct policies policies; /* with zone, calendar and directory of this office */
    const struct zone *zone;
    const struct calendar *calendar;
    struct directory *directory;
};

/* Reads and checks file. On success *ret is owned by the caller (conf_free). On failure -EINVAL and
 * `errors` holds one line per error: file:line:column: key.path: what is wrong, what is expected.
 * Warnings (unsigned receiver, role that reaches nobody) go to `warnings`, same form. */
int conf_load(const char *file, struct conf **ret, struct buf *errors, struct buf *warnings);
struct conf *conf_free(struct conf *conf); /* accepts NULL; returns NULL */

const struct conf_receiver *conf_receiver(const struct conf *conf, const char *id); /* or NULL */

/* A time zone as `timezone` names it. NULL, or what is wrong with the text ("is not an offset"). */
const char *conf_zone(const char *text, struct arena *arena, const struct zone **ret);

/* The policy built into the program, its newest version: Chinese time, built-in calendar, nobody to
 * tell. All memory is the arena's. */
const struct policy *conf_builtin(struct arena *arena);
/* Every version of it, without zone, calendar and directory; and the calendar. */
void conf_builtin_policies(struct arena *arena, struct policies *ret);
const struct calendar *conf_builtin_calendar(struct arena *arena);
/* A calendar from files. 0, or -EINVAL with errors as in conf_load(). */
int conf_calendar(const char *const *national, size_t national_n, const char *const *local,
                  size_t local_n, struct arena *arena, const struct calendar **ret,
                  struct buf *errors);

#endif
