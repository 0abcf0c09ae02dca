/* The store contract on the simulator's fake: what the simulator proves holds only as far as its
 * store behaves as the real one. */
#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "sim/fake_store.h"
#include "store_contract.h"

struct fake_world {
    struct contract_env env;
    struct fake_time time;
    struct fake_db *db;
    struct fake_store *a, *b;
};

static void pump(void *self)
{
    struct fake_world *w = self;

    fake_store_execute(w->b);
    fake_store_execute(w->a);
    fake_store_deliver(w->a);
    fake_store_deliver(w->b);
}

static void restart_a(struct contract_env *env)
{
    struct fake_world *w = env->self;

    fake_store_free(w->a);
    w->a = fake_store_new(w->db, 0);
    env->a = fake_store_port(w->a);
}

static void spoil(void *self, unsigned shard, const char *case_id)
{
    struct fake_world *w = self;
    struct db_case *c = db_case(w->db, case_id);

    must(c && c->shard == shard);
    c->doc[strlen(c->doc) / 2] = '\0';
}

static void lose_next_reply(void *self)
{
    struct fake_world *w = self;

    fake_store_lose_commit(w->a);
}

static int setup(void **state)
{
    struct fake_world *w = calloc(1, sizeof(*w));

    must(w != NULL);
    w->time.now = 1784000000000;
    w->db = fake_db_new(&w->time, CONTRACT_SHARDS);
    w->a = fake_store_new(w->db, 0);
    w->b = fake_store_new(w->db, 1);
    w->env = (struct contract_env){
        .a = fake_store_port(w->a),
        .b = fake_store_port(w->b),
        .self = w,
        .pump = pump,
        .restart_a = restart_a,
        .spoil = spoil,
        .lose_next_reply = lose_next_reply,
    };
    *state = &w->env;
    return 0;
}

static int teardown(void **state)
{
    struct contract_env *env = *state;
    struct fake_world *w = env->self;

    fake_store_free(w->a);
    fake_store_free(w->b);
    fake_db_free(w->db);
    free(w);
    return 0;
}

int main(void)
{
    return store_contract_run("store_fake", setup, teardown);
}
