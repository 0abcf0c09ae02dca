/* What port/store.h promises, as tests that run on every implementation. */
#ifndef CONTRACT_STORE_CONTRACT_H
#define CONTRACT_STORE_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "port/store.h"

/* One implementation under test: two daemons on one database of CONTRACT_SHARDS shards, both
 * ready. Each test starts on empty data and may leave anything behind. */
#define CONTRACT_SHARDS 4
struct contract_env {
    struct store *a, *b;
    void *self;
    void (*pump)(void *self); /* one turn of the event loop: runs callbacks; waits 10 ms at most */
    /* `a` ends without any good-bye and starts again under the same name, ready. Updates env->a.
     * Calls that were on the way get no callback any more. */
    void (*restart_a)(struct contract_env *env);
    /* Makes what is stored of this case unreadable. */
    void (*spoil)(void *self, unsigned shard, const char *case_id);
    /* The next commit of `a` is carried out, but its answer never arrives: STORE_UNKNOWN. */
    void (*lose_next_reply)(void *self);
};

/* setup puts a struct contract_env * into *state; teardown ends it. Both run around each test.
 * Returns the number of failed tests. */
int store_contract_run(const char *name, CMFixtureFunction setup, CMFixtureFunction teardown);

#endif
