/* The book: small named texts, in one hash. */
#include <string.h>
#include "redis/op.h"

static void finish_recall(struct op *op, enum store_status status, const char *why,
                          const redisReply *reply)
{
    struct store_recalled result = {.status = status, .why = why};

    if (status == STORE_OK && reply_text(reply))
        result.text = arena_strndup(op->arena, reply->str, reply->len);
    op->done.recall(op->arg, &result);
}

void store_recall(void *self, const char *name, struct arena *arena, store_recall_fn *done,
                  void *arg)
{
    struct op *op = op_new(self, SCRIPT_NONE, arena, finish_recall, arg);

    op->done.recall = done;
    op_text(op, "HGET");
    op_text(op, KEY_BOOK);
    op_text(op, name);
    op_send(op);
}

static void finish_remember(struct op *op, enum store_status status, const char *why,
                            const redisReply *reply)
{
    (void)reply;
    op->done.commit(op->arg, status, why);
}

void store_remember(void *self, const char *name, const char *text, store_commit_fn *done,
                    void *arg)
{
    struct op *op = op_new(self, SCRIPT_NONE, NULL, finish_remember, arg);

    op->done.commit = done;
    op_text(op, "HSET");
    op_text(op, KEY_BOOK);
    op_text(op, name);
    op_text(op, text);
    op_send(op);
}
