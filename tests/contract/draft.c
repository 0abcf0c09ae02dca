#include "draft.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define HEAD "0000000000000000000000000000000000000000000000000000000000000000"

void draft_init(struct draft *d, unsigned n)
{
    memset(d, 0, sizeof(*d));
    snprintf(d->id, sizeof(d->id), "FAVLT%011u", n);
    snprintf(d->op, sizeof(d->op), "op-%u", n);
    d->duties[0] = (struct obligation){.key = "met",
                                       .rule = "met",
                                       .state = OBLIGATION_MET,
                                       .start_at = T0,
                                       .due_at = T0 + 1,
                                       .reference_due_at = INSTANT_NONE,
                                       .opened_at = T0,
                                       .overdue_at = INSTANT_NONE,
                                       .met_at = T0};
    d->duties[1] = d->duties[0];
    d->duties[1].key = d->duties[1].rule = "release";
    d->duties[1].state = OBLIGATION_OPEN;
    d->duties[1].due_at = T0 + 5 * HOUR_MS;
    d->duties[1].met_at = INSTANT_NONE;
    d->c = (struct opinion_case){.id = d->id,
                                 .rev = 1,
                                 .status = CASE_OPEN,
                                 .policy_version = "1",
                                 .title = "停水",
                                 .incident.occurred_at = INSTANT_NONE,
                                 .discovered_at = T0,
                                 .received_at = INSTANT_NONE,
                                 .reported_at = T0,
                                 .level_set_at = INSTANT_NONE,
                                 .assigned_at = INSTANT_NONE,
                                 .acknowledged_at = INSTANT_NONE,
                                 .closed_at = INSTANT_NONE,
                                 .obligations = d->duties,
                                 .obligation_n = 2,
                                 .obligation_cap = 2};
    d->fact = (struct fact){.seq = 1,
                            .type = FACT_NOTED,
                            .recorded_at = T0,
                            .happened_at = INSTANT_NONE,
                            .scheduled_at = INSTANT_NONE,
                            .actor = "test",
                            .text = "x"};
    d->notice = (struct notice){
        .id = d->id, .receiver = "duty", .case_id = d->id, .created_at = T0, .text = "催办"};
    d->decision = (struct decision){.next = &d->c,
                                    .facts = &d->fact,
                                    .fact_n = 1,
                                    .notices = &d->notice,
                                    .notice_n = 1,
                                    .attention_at = T0 + HOUR_MS};
    d->commit = (struct store_commit){.case_id = d->id,
                                      .head = HEAD,
                                      .decision = &d->decision,
                                      .op = d->op,
                                      .op_digest = "digest",
                                      .now = T0,
                                      .zone = &zone_china};
}

void draft_on_done(void *arg, enum store_status status, const char *why)
{
    struct draft *d = arg;

    (void)why;
    d->calls++;
    d->status = status;
}

void draft_send(struct store *s, struct draft *d)
{
    d->calls = 0;
    s->commit(s->self, &d->commit, draft_on_done, d);
    assert_int_equal(d->calls, 0);
}

enum store_status draft_commit(struct redis_world *w, struct store *s, struct draft *d)
{
    time_t end = time(NULL) + 20;

    draft_send(s, d);
    while (!d->calls && time(NULL) < end)
        redis_world_pump(w);
    assert_int_equal(d->calls, 1);
    return d->status;
}

unsigned draft_shard(const struct draft *d)
{
    return store_shard(d->id, CONTRACT_SHARDS);
}
