/* Notices on their way. */
#include <string.h>
#include "base/must.h"
#include "redis/op.h"

/* Value of a field in a stream entry's {field, value...}; "" when it is not there. */
static const redisReply *field(const redisReply *fields, const char *name)
{
    for (size_t i = 0; reply_at(fields, i + 1); i += 2)
        if (text_equal(reply_text(reply_at(fields, i)), name))
            return reply_text(reply_at(fields, i + 1)) ? reply_at(fields, i + 1) : NULL;
    return NULL;
}

static const char *field_text(struct arena *arena, const redisReply *fields, const char *name)
{
    const redisReply *value = field(fields, name);

    return value ? arena_strndup(arena, value->str, value->len) : "";
}

static void finish_take(struct op *op, enum store_status status, const char *why,
                        const redisReply *reply)
{
    struct store_taken result = {.status = status, .why = why, .next_at = INSTANT_NONE};
    int64_t more = 0, attempts = 0;

    if (status == STORE_OK && reply_number(reply_at(reply, 1), &more) < 0) {
        result.status = STORE_CORRUPT;
        result.why = "the server's answer makes no sense";
    } else if (status == STORE_OK) {
        result.next_at = reply_instant(reply_at(reply, 0));
        result.more = more == 1;
        result.entries = arena_alloc(op->arena, reply->elements * sizeof(*result.entries));
        for (size_t i = 2; i < reply->elements; i++) {
            const redisReply *row = reply->element[i], *fields = reply_at(row, 2);
            struct outbox_entry *to = &result.entries[result.n];

            if (!reply_text(reply_at(row, 0)) || reply_number(reply_at(row, 1), &attempts) < 0)
                continue;
            to->entry = arena_strdup(op->arena, reply_text(reply_at(row, 0)));
            to->attempts = (int)attempts;
            to->notice = field_text(op->arena, fields, "notice");
            to->receiver = field_text(op->arena, fields, "receiver");
            to->case_id = field_text(op->arena, fields, "case");
            to->body = field_text(op->arena, fields, "body");
            to->body_len = strlen(to->body);
            result.n++;
        }
    }
    op->done.take(op->arg, &result);
}

void store_take(void *self, unsigned shard, instant_ms now, instant_ms visible_at, unsigned limit,
                bool recover, struct arena *arena, store_taken_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct op *op = op_new(s, SCRIPT_TAKE, arena, finish_take, arg);

    must(limit > 0 && visible_at > now);
    op->done.take = done;
    op_key(op, shard, KEY_OUTBOX, "");
    op_key(op, shard, KEY_RETRY, "");
    op_text(op, GROUP_DELIVER);
    op_text(op, s->daemon_id);
    op_number(op, now);
    op_number(op, visible_at);
    op_number(op, limit);
    op_number(op, recover);
    op_send(op);
}

static void finish_postpone(struct op *op, enum store_status status, const char *why,
                            const redisReply *reply)
{
    (void)reply;
    op->done.commit(op->arg, status, why);
}

void store_postpone(void *self, unsigned shard, const char *entry, int attempts, instant_ms at,
                    store_commit_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct op *op = op_new(s, SCRIPT_POSTPONE, NULL, finish_postpone, arg);

    must(attempts >= 0);
    op->done.commit = done;
    op_key(op, shard, KEY_OUTBOX, "");
    op_key(op, shard, KEY_RETRY, "");
    op_text(op, GROUP_DELIVER);
    op_text(op, entry);
    op_number(op, attempts);
    op_number(op, at);
    op_send(op);
}
