/* What is due in a shard, and who works on it. */
#include <string.h>
#include "base/log.h"
#include "base/must.h"
#include "redis/op.h"

/* Documents in one answer; the rest is due in the next one. Keeps a turn short and its memory far
 * below LIMIT_ARENA_BYTES. */
#define DUE_BYTES (2 * 1024 * 1024)
/* A case that can not be read must not hold up its shard, nor fill the log. */
#define UNREADABLE_RETRY_MS MINUTE_MS
#define DUE_FIRST_CASE 3 /* in the answer of due.lua */

static void finish_quietly(struct op *op, enum store_status status, const char *why,
                           const redisReply *reply)
{
    (void)op;
    (void)status;
    (void)why;
    (void)reply; /* asked again on the next pass anyway */
}

/* Asks again later, unless someone disposed of the case meanwhile. */
static void put_off(struct redis_store *s, unsigned shard, const char *case_id, instant_ms at)
{
    struct op *op = op_new(s, SCRIPT_NONE, NULL, finish_quietly, NULL);

    op_text(op, "ZADD");
    op_key(op, shard, KEY_ATTENTION, "");
    op_text(op, "XX");
    op_number(op, at);
    op_text(op, case_id);
    op_send(op);
}

static void read_cases(struct op *op, const redisReply *reply, struct store_due *ret)
{
    const char *why = NULL, *first_id = NULL, *first_why = NULL;

    ret->cases = arena_alloc(op->arena, reply->elements * sizeof(*ret->cases));
    for (size_t i = DUE_FIRST_CASE; i < reply->elements; i++) {
        const redisReply *row = reply->element[i];
        const char *id = reply_text(reply_at(row, 0));
        struct stored_case *to = &ret->cases[ret->n];
        int r = reply_case(row, 1, op->arena, to, &why);

        if (r == 0 && !to->c->rev)
            why = "there is no such case";
        if (r == 0 && to->c->rev) {
            ret->n++;
        } else if (id) {
            put_off(op->store, op->shard, id, instant_add(op->now, UNREADABLE_RETRY_MS));
            first_id = first_id ? first_id : id;
            first_why = first_why ? first_why : why;
            ret->unreadable++;
        }
    }
    if (ret->unreadable)
        log_error("redis: due cases can not be read, skipped shard=%u n=%zu first=%s why=\"%s\"",
                  op->shard, ret->unreadable, first_id, first_why);
}

static void finish_due(struct op *op, enum store_status status, const char *why,
                       const redisReply *reply)
{
    struct store_due result = {.status = status, .why = why, .next_at = INSTANT_NONE};
    int64_t leased = 0, outbox = 0;

    if (status == STORE_OK && (reply_number(reply_at(reply, 0), &leased) < 0 ||
                               reply_number(reply_at(reply, 2), &outbox) < 0)) {
        result.status = STORE_CORRUPT;
        result.why = "the server's answer makes no sense";
    } else if (status == STORE_OK) {
        op->store->held[op->shard] = result.leased = leased == 1;
        if (leased) {
            result.next_at = reply_instant(reply_at(reply, 1));
            result.outbox = outbox == 1;
            read_cases(op, reply, &result);
        }
    }
    op->done.due(op->arg, &result);
}

void store_due(void *self, unsigned shard, instant_ms now, unsigned limit, struct arena *arena,
               store_due_fn *done, void *arg)
{
    struct redis_store *s = self;
    struct op *op = op_new(s, SCRIPT_DUE, arena, finish_due, arg);

    must(limit > 0);
    op->done.due = done;
    op->shard = shard;
    op->now = now;
    op_key(op, shard, KEY_ATTENTION, "");
    op_key(op, shard, KEY_LEASE, "");
    op_key(op, shard, KEY_CASE, "");
    op_key(op, shard, KEY_OUTBOX, "");
    op_key(op, shard, KEY_RETRY, "");
    op_text(op, s->daemon_id);
    op_number(op, now);
    op_number(op, limit);
    op_number(op, LEASE_MS);
    op_number(op, DUE_BYTES);
    op_send(op);
}

void store_release(void *self)
{
    struct redis_store *s = self;

    for (unsigned shard = 0; shard < s->port.shards; shard++) {
        struct op *op;

        if (!s->held[shard])
            continue;
        s->held[shard] = false;
        op = op_new(s, SCRIPT_RELEASE, NULL, finish_quietly, NULL);
        op_key(op, shard, KEY_LEASE, "");
        op_text(op, s->daemon_id);
        op_send(op);
    }
}
