/* From connected to ready: who we are, what database this is, what its promises are worth, and the
 * scripts. One command after the other; the first that goes wrong ends the connection, and the next
 * one starts all over. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/log.h"
#include "redis/keys.h"
#include "redis/store_priv.h"

#define SCHEMA "2"
#define SCHEMA_BEFORE "1" /* all of it reads as before; from here on it is of this one */
#define ARGS_MAX 4

struct step {
    /* A word from variables[] stands for its value; the step is left out if the last one has none.
     */
    const char *words[ARGS_MAX + 1];
    /* Not called on an error reply. NULL, or why we can not work with this server. */
    const char *(*learn)(struct redis_store *s, const redisReply *reply);
    bool optional; /* an ACL may forbid it */
};

static const struct {
    const char *word;
    size_t offset;
} variables[] = {
    {"$user", offsetof(struct redis_store, user)},
    {"$password", offsetof(struct redis_store, password)},
    {"$db", offsetof(struct redis_store, db)},
    {"$shards", offsetof(struct redis_store, wanted_shards)},
    {"$time_scale", offsetof(struct redis_store, time_scale)},
};

static const char *word_value(const struct redis_store *s, const char *word)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
        if (text_equal(word, variables[i].word))
            return *(char *const *)((const char *)s + variables[i].offset);
    return word;
}

static const char *learn_schema(struct redis_store *s, const redisReply *reply)
{
    (void)s;
    return reply->type == REDIS_REPLY_STRING &&
                   (text_equal(reply->str, SCHEMA) || text_equal(reply->str, SCHEMA_BEFORE))
               ? NULL
               : "schema: this database was written by another version (" KEY_META
                 " schema is not " SCHEMA ")";
}

/* Times of a faster clock among real ones would fire real duties early, and hold production still
 * until the real clock has caught up. */
static const char *learn_time_scale(struct redis_store *s, const redisReply *reply)
{
    const char *stored = reply->type == REDIS_REPLY_STRING ? reply->str : "?";

    if (text_equal(stored, s->time_scale))
        return NULL;
    snprintf(
        s->refusal, sizeof(s->refusal),
        "this database belongs to a daemon with --time-scale %.16s; use another state directory",
        stored);
    return s->refusal;
}

static const char *learn_shards(struct redis_store *s, const redisReply *reply)
{
    int64_t n;

    if (reply->type != REDIS_REPLY_STRING || text_to_int(reply->str, 1, LIMIT_SHARDS, &n) < 0)
        return "schema: " KEY_META " shards is not a number from 1 to 1000";
    if (s->port.shards && s->port.shards != n)
        return "schema: this is another database than before (" KEY_META
               " shards differs); start the daemon again";
    s->port.shards = (unsigned)n;
    return NULL;
}

static const char *learn_config(struct redis_store *s, const redisReply *reply)
{
    struct redis_settings *to = &s->settings;
    const struct {
        const char *name;
        char *value;
        size_t size;
    } known[] = {
        {"appendonly", to->appendonly, sizeof(to->appendonly)},
        {"appendfsync", to->appendfsync, sizeof(to->appendfsync)},
        {"maxmemory", to->maxmemory, sizeof(to->maxmemory)},
        {"maxmemory-policy", to->maxmemory_policy, sizeof(to->maxmemory_policy)},
    };

    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements; i += 2)
        for (size_t k = 0; k < sizeof(known) / sizeof(*known); k++)
            if (text_equal(reply->element[i]->str, known[k].name) && reply->element[i + 1]->str)
                snprintf(known[k].value, known[k].size, "%s", reply->element[i + 1]->str);
    return NULL;
}

/* Value of "name:value\r\n" in the text of INFO; "" when it is not there. */
static void info_value(const char *text, const char *name, char *out, size_t size)
{
    const char *at = strstr(text, name);

    if (at) {
        at += strlen(name);
        snprintf(out, size, "%.*s", (int)strcspn(at, "\r\n"), at);
    }
}

static const char *learn_role(struct redis_store *s, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING)
        return NULL;
    info_value(reply->str, "role:", s->settings.role, sizeof(s->settings.role));
    info_value(reply->str, "connected_slaves:", s->settings.replicas, sizeof(s->settings.replicas));
    return text_equal(s->settings.role, "slave") ? "this server is a read-only replica" : NULL;
}

static const struct step steps[] = {
    {{"AUTH", "$user", "$password"}, NULL, false},
    {{"SELECT", "$db"}, NULL, false},
    {{"HSETNX", KEY_META, "schema", SCHEMA}, NULL, false},
    {{"HGET", KEY_META, "schema"}, learn_schema, false},
    {{"HSET", KEY_META, "schema", SCHEMA}, NULL, false},
    {{"HSETNX", KEY_META, "time_scale", "$time_scale"}, NULL, false},
    {{"HGET", KEY_META, "time_scale"}, learn_time_scale, false},
    {{"HSETNX", KEY_META, "shards", "$shards"}, NULL, false},
    {{"HGET", KEY_META, "shards"}, learn_shards, false},
    {{"CONFIG", "GET", "append*"}, learn_config, true},
    {{"CONFIG", "GET", "maxmemory*"}, learn_config, true},
    {{"INFO", "replication"}, learn_role, true},
};
#define STEPS (sizeof(steps) / sizeof(*steps)) /* then SCRIPT LOAD, one step a script */

static void ready(struct redis_store *s)
{
    s->durable = redis_promise(&s->settings, s->promise, sizeof(s->promise));
    s->ready = true;
    snprintf(s->state, sizeof(s->state), "ready");
    conn_useful(s->conn);
    if (s->durable)
        log_notice("redis: ready shards=%u promise=\"%s\"", s->port.shards, s->promise);
    else
        log_warning("redis: ready, but not durable shards=%u promise=\"%s\"", s->port.shards,
                    s->promise);
    if (s->changed)
        s->changed(s->changed_arg, true);
}

static void ask(struct redis_store *s);

static const char *learn_script(struct redis_store *s, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING || reply->len != SCRIPT_SHA_SIZE - 1)
        return "SCRIPT LOAD gave no SHA-1";
    memcpy(s->sha[s->step - STEPS], reply->str, SCRIPT_SHA_SIZE);
    return NULL;
}

static void on_answer(void *arg, const struct conn_answer *answer)
{
    struct redis_store *s = arg;
    const redisReply *reply = answer->reply;
    const struct step *step = s->step < STEPS ? &steps[s->step] : NULL;
    const char *why = NULL;
    char text[256];

    if (!reply)
        return; /* the connection is gone; the next one starts over */
    if (reply->type == REDIS_REPLY_ERROR) {
        if (!step || !step->optional) {
            snprintf(text, sizeof(text), "%s: %s", step ? step->words[0] : "SCRIPT LOAD",
                     reply->str);
            why = text;
        }
    } else if (!step) {
        why = learn_script(s, reply);
    } else if (step->learn) {
        why = step->learn(s, reply);
    }
    if (why) {
        conn_drop(s->conn, why);
        return;
    }
    s->step++;
    ask(s);
}

/* The next step that is needed. */
static void ask(struct redis_store *s)
{
    const char *argv[ARGS_MAX];
    size_t lens[ARGS_MAX], argc = 0;

    for (; s->step < STEPS && !argc; s->step += !argc) {
        const char *const *words = steps[s->step].words;
        const char *value = NULL;

        for (; *words; words++) {
            value = word_value(s, *words);
            if (value)
                argv[argc++] = value;
        }
        if (!value)
            argc = 0;
    }
    if (!argc && s->step == STEPS + SCRIPT_COUNT) {
        ready(s);
        return;
    }
    for (size_t i = 0; i < argc; i++)
        lens[i] = strlen(argv[i]);
    if (!argc) {
        argv[0] = "SCRIPT";
        argv[1] = "LOAD";
        lens[0] = 6;
        lens[1] = 4;
        argv[2] = script_text((enum script)(s->step - STEPS), &lens[2]);
        argc = 3;
    }
    conn_send(s->conn, argc, argv, lens, on_answer, s);
}

void handshake_start(struct redis_store *s)
{
    s->step = 0;
    s->settings = (struct redis_settings){.embedded = s->settings.embedded};
    ask(s);
}
