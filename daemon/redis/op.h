/* One script or command on its way to Redis, with its arguments, so that it can be sent again when
 * the server does not know the script (any more). */
#ifndef REDIS_OP_H
#define REDIS_OP_H

#include <hiredis/hiredis.h>
#include "redis/keys.h"
#include "redis/store_priv.h"

struct op;
/* reply: NULL unless status is STORE_OK. Last use of the op. */
typedef void op_finish_fn(struct op *op, enum store_status status, const char *why,
                          const redisReply *reply);

struct op {
    struct redis_store *store;
    struct arena *arena; /* of the op itself and of its results */
    struct arena *own;   /* the same, when it ends with the op; or NULL */
    enum script script;
    bool by_text; /* EVAL, not EVALSHA */
    size_t keys;
    const char **argv;
    size_t argc, argv_cap;
    size_t *lens;
    size_t lens_n, lens_cap;
    op_finish_fn *finish;
    union {
        store_load_fn *load;
        store_commit_fn *commit;
        store_due_fn *due;
        store_taken_fn *take;
        store_facts_fn *facts;
        store_recall_fn *recall;
    } done;
    void *arg;
    unsigned shard;
    instant_ms now;
};

/* arena NULL: the op brings its own. SCRIPT_NONE: the arguments are a whole command. */
struct op *op_new(struct redis_store *s, enum script script, struct arena *arena,
                  op_finish_fn *finish, void *arg);
/* Keys come first. */
void op_key(struct op *op, unsigned shard, enum key key, const char *id);
void op_bytes(struct op *op, const char *data, size_t n); /* not copied */
void op_text(struct op *op, const char *text);            /* copied; NULL: "" */
void op_number(struct op *op, int64_t value);
void op_instant(struct op *op, instant_ms at); /* INSTANT_NONE: "" */
void op_send(struct op *op);

/* Parts of a reply; a missing or odd one gives NULL, which all of them take. */
const redisReply *reply_at(const redisReply *reply, size_t i);
const char *reply_text(const redisReply *reply); /* bulk or status */
/* 0, or -EINVAL: nil or not a whole number. Takes integers and text. */
int reply_number(const redisReply *reply, int64_t *ret);
instant_ms reply_instant(const redisReply *reply); /* INSTANT_NONE for nil or odd */

/* Reads {rev, doc, head}, which start at reply i. No rev: the case does not exist (rev 0). 0, or
 * -EBADMSG; then *why (in the arena) says what is wrong. */
int reply_case(const redisReply *reply, size_t i, struct arena *arena, struct stored_case *ret,
               const char **ret_why);

#endif
