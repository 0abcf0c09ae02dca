/* A decision made by hand for tests that look into Redis itself. */
#ifndef CONTRACT_DRAFT_H
#define CONTRACT_DRAFT_H

#include "redis_world.h"

#define T0 ((instant_ms)1784000000000)

/* A case with one fact, one duty and one notice, to be written whole. */
struct draft {
    struct opinion_case c;
    struct obligation duties[2];
    struct fact fact;
    struct notice notice;
    struct decision decision;
    struct store_commit commit;
    char id[17], op[17];
    int calls;
    enum store_status status;
};

void draft_init(struct draft *d, unsigned n); /* another case for each n */
void draft_send(struct store *s, struct draft *d);
enum store_status draft_commit(struct redis_world *w, struct store *s, struct draft *d);
void draft_on_done(void *arg, enum store_status status, const char *why);
unsigned draft_shard(const struct draft *d);

#endif
