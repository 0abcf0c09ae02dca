#include "redis/op.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "codec/chain.h"
#include "codec/record.h"

#define SCRIPT_ARGS 3 /* EVALSHA, SHA-1, number of keys */

/* Words in a server's error and what they mean; no other error lets us say that nothing was
 * written. A script's error may have its own words around them. */
static const struct {
    const char *word;
    enum store_status status;
} errors[] = {
    {"WRONGTYPE ", STORE_CORRUPT},      {"LOADING ", STORE_UNAVAILABLE},
    {"BUSY ", STORE_UNAVAILABLE},       {"OOM ", STORE_UNAVAILABLE},
    {"MISCONF ", STORE_UNAVAILABLE},    {"READONLY ", STORE_UNAVAILABLE},
    {"MASTERDOWN ", STORE_UNAVAILABLE}, {"NOREPLICAS ", STORE_UNAVAILABLE},
    {"NOSCRIPT ", STORE_UNAVAILABLE},
};

struct op *op_new(struct redis_store *s, enum script script, struct arena *arena,
                  op_finish_fn *finish, void *arg)
{
    struct arena *own = arena ? NULL : arena_new(LIMIT_ARENA_BYTES);
    struct op *op = arena_alloc(arena ? arena : own, sizeof(*op));

    op->store = s;
    op->arena = arena ? arena : own;
    op->own = own;
    op->script = script;
    op->finish = finish;
    op->arg = arg;
    if (script != SCRIPT_NONE)
        for (size_t i = 0; i < SCRIPT_ARGS; i++)
            op_bytes(op, "", 0);
    return op;
}

void op_bytes(struct op *op, const char *data, size_t n)
{
    const char **arg = arena_push(op->arena, &op->argv, &op->argc, &op->argv_cap, sizeof(*arg));
    size_t *len = arena_push(op->arena, &op->lens, &op->lens_n, &op->lens_cap, sizeof(*len));

    *arg = data;
    *len = n;
}

void op_text(struct op *op, const char *text)
{
    const char *copy = text ? arena_strdup(op->arena, text) : "";

    op_bytes(op, copy, strlen(copy));
}

void op_number(struct op *op, int64_t value)
{
    const char *text = arena_printf(op->arena, "%" PRId64, value);

    op_bytes(op, text, strlen(text));
}

void op_instant(struct op *op, instant_ms at)
{
    if (at == INSTANT_NONE)
        op_bytes(op, "", 0);
    else
        op_number(op, at);
}

void op_key(struct op *op, unsigned shard, enum key key, const char *id)
{
    const char *name = key_name(op->arena, shard, key, id);

    must(op->script == SCRIPT_NONE || op->argc == SCRIPT_ARGS + op->keys);
    op->keys++;
    op_bytes(op, name, strlen(name));
}

static void on_reply(void *arg, const struct conn_answer *answer);

static void arg_set(struct op *op, size_t i, const char *data, size_t n)
{
    op->argv[i] = data;
    op->lens[i] = n;
}

void op_send(struct op *op)
{
    struct redis_store *s = op->store;
    const char *keys;
    size_t n;

    if (!s->ready) {
        conn_refuse(s->conn, s->state, on_reply, op);
        return;
    }
    if (op->script != SCRIPT_NONE) {
        const char *text = script_text(op->script, &n);

        if (op->by_text) {
            arg_set(op, 0, "EVAL", 4);
            arg_set(op, 1, text, n);
        } else {
            arg_set(op, 0, "EVALSHA", 7);
            arg_set(op, 1, s->sha[op->script], SCRIPT_SHA_SIZE - 1);
        }
        keys = arena_printf(op->arena, "%zu", op->keys);
        arg_set(op, 2, keys, strlen(keys));
    }
    conn_send(s->conn, op->argc, op->argv, op->lens, on_reply, op);
}

static enum store_status answer_status(const struct conn_answer *answer, const char **ret_why)
{
    const redisReply *reply = answer->reply;

    if (!reply) {
        *ret_why = answer->why;
        return answer->sent ? STORE_UNKNOWN : STORE_UNAVAILABLE;
    }
    if (reply->type != REDIS_REPLY_ERROR)
        return STORE_OK;
    *ret_why = reply->str;
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        if (strstr(reply->str, errors[i].word))
            return errors[i].status;
    log_error("redis: unexpected error reply text=\"%s\"", reply->str);
    return STORE_UNKNOWN;
}

static void on_reply(void *arg, const struct conn_answer *answer)
{
    struct op *op = arg;
    struct arena *own = op->own;
    const redisReply *reply = answer->reply;
    const char *why = NULL;
    enum store_status status = answer_status(answer, &why);

    if (reply && reply->type == REDIS_REPLY_ERROR) {
        if (text_starts(reply->str, "NOSCRIPT ") && !op->by_text) {
            op->by_text = true;
            op_send(op);
            return;
        }
        /* The master became a replica: connect again, the address may lead to the new one. */
        if (text_starts(reply->str, "READONLY "))
            conn_drop(op->store->conn, reply->str);
    }
    op->finish(op, status, why, status == STORE_OK ? reply : NULL);
    arena_free(own);
}

const redisReply *reply_at(const redisReply *reply, size_t i)
{
    if (!reply || reply->type != REDIS_REPLY_ARRAY || i >= reply->elements)
        return NULL;
    return reply->element[i];
}

const char *reply_text(const redisReply *reply)
{
    if (!reply || (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS))
        return NULL;
    return reply->str;
}

int reply_number(const redisReply *reply, int64_t *ret)
{
    if (reply && reply->type == REDIS_REPLY_INTEGER) {
        *ret = reply->integer;
        return 0;
    }
    return reply_text(reply) && text_to_int(reply->str, INT64_MIN, INT64_MAX, ret) == 0 ? 0
                                                                                        : -EINVAL;
}

instant_ms reply_instant(const redisReply *reply)
{
    int64_t value;

    return reply_number(reply, &value) == 0 ? value : INSTANT_NONE;
}

int reply_case(const redisReply *reply, size_t i, struct arena *arena, struct stored_case *ret,
               const char **ret_why)
{
    const redisReply *doc = reply_at(reply, i + 1);
    const char *head = reply_text(reply_at(reply, i + 2));
    struct opinion_case *c;
    struct err err;
    int64_t rev;

    if (!reply_text(reply_at(reply, i)) && !reply_text(doc)) {
        *ret = (struct stored_case){.c = case_new(arena), .head = CHAIN_GENESIS};
        return 0;
    }
    if (reply_number(reply_at(reply, i), &rev) < 0 || !reply_text(doc) || !head) {
        *ret_why = "the hash lacks rev, doc or head";
        return -EBADMSG;
    }
    if (case_decode(doc->str, doc->len, arena, &c, &err) < 0) {
        *ret_why = arena_strdup(arena, err.text);
        return -EBADMSG;
    }
    if (c->rev != rev || strlen(head) != DIGEST_HEX_SIZE - 1) {
        *ret_why = "rev or head do not fit the document";
        return -EBADMSG;
    }
    *ret = (struct stored_case){.c = c, .head = arena_strdup(arena, head)};
    return 0;
}
