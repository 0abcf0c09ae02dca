/* A ladder: its rungs with their repeats written out. */
#include "conf/policy_draft.h"

#include <stdio.h>
#include "base/text.h"

#define EXPECT_TO "a list of roles, such as [unit, office]"

/* Whether the step is of a kind that this rung can repeat. */
static bool step_fits(const struct rung_draft *draft)
{
    if (draft->rung.base == RUNG_PERCENT_LEFT)
        return false;
    if (draft->step.unit == WINDOW_WORKDAYS)
        return draft->rung.offset == 0;
    return draft->rung.workdays == 0 && !draft->rung.timed;
}

static size_t rung_count(const struct rung_draft *draft)
{
    return draft->step.unit == WINDOW_NONE || draft->max == 0 ? 1 : (size_t)draft->max;
}

static void check_rung(struct reader *r, const struct at *at, const struct rung_draft *draft)
{
    struct at repeat = at_child(r, at, "repeat"), max = at_child(r, at, "max");
    struct at to = at_child(r, at, "to");

    if (to.node && to.node->type == YAML_SEQUENCE_NODE && draft->roles == 0 &&
        to.node->data.sequence.items.start == to.node->data.sequence.items.top)
        reader_error(r, &to, "is empty, expected " EXPECT_TO);
    if (repeat.node && !max.node)
        reader_error(r, &max, "is missing, expected how many rungs this makes, from 1 to 100");
    if (max.node && !repeat.node)
        reader_error(r, &max, "is given without repeat, expected both or none");
    if (draft->text && draft->step.unit != WINDOW_NONE && !step_fits(draft))
        reader_error(r, &repeat, "does not fit \"%s\", expected %s", draft->text,
                     draft->rung.base == RUNG_PERCENT_LEFT ? "no repeat behind a percentage"
                     : draft->step.unit == WINDOW_WORKDAYS ? "hours or minutes, such as 30m"
                                                           : "working days, such as 1wd");
}

/* "due+90m", "due", "start+2wd 09:00". */
static const char *rung_id(struct reader *r, const struct rung_draft *draft,
                           const struct rung *rung)
{
    const char *base = rung->base == RUNG_FROM_START ? "start" : "due";
    char distance[32] = "", time[12] = "";

    if (rung->workdays)
        snprintf(distance, sizeof(distance), "%+dwd", rung->workdays);
    else if (rung->offset && draft->hours && rung->offset % HOUR_MS == 0)
        snprintf(distance, sizeof(distance), "%+dh", (int)(rung->offset / HOUR_MS));
    else if (rung->offset)
        snprintf(distance, sizeof(distance), "%+dm", (int)(rung->offset / MINUTE_MS));
    if (rung->timed)
        snprintf(time, sizeof(time), " %02d:%02d", rung->minute / 60 % 24, rung->minute % 60);
    return arena_printf(r->arena, "%s%s%s", base, distance, time);
}

/* The k-th of what a rung stands for. */
static struct rung rung_repeat(struct reader *r, const struct rung_draft *draft, size_t k)
{
    struct rung rung = draft->rung;

    if (draft->step.unit == WINDOW_WORKDAYS)
        rung.workdays += (int)((int64_t)k * draft->step.n);
    else if (draft->step.unit == WINDOW_TIME)
        rung.offset += (span_ms)k * draft->step.n;
    rung.id = k == 0 ? draft->text : rung_id(r, draft, &rung);
    rung.roles = (unsigned)draft->roles;
    return rung;
}

static void rung_add(struct reader *r, const struct at *at, struct rung *rungs, size_t *n,
                     const struct rung *rung)
{
    struct at when = at_child(r, at, "at");

    for (size_t i = 0; i < *n; i++) {
        if (text_equal(rungs[i].id, rung->id)) {
            reader_error(r, &when, "\"%s\" is in this ladder already, expected each only once",
                         rung->id);
            return;
        }
    }
    rungs[(*n)++] = *rung;
}

void ladder_finish(struct reader *r, const struct at *at, void *target)
{
    struct ladder_draft *draft = target;
    struct at list = at_child(r, at, "rungs");
    struct rung *rungs;
    enum lamp lamp = LAMP_GREEN;
    size_t total = 0, n = 0;

    for (size_t i = 0; i < draft->n; i++) {
        struct at at_rung = at_element(r, &list, i);

        check_rung(r, &at_rung, &draft->rungs[i]);
        total += rung_count(&draft->rungs[i]);
    }
    if (total > LIMIT_RUNGS)
        reader_error(r, &list, "makes %zu rungs with its repeats, expected at most %d", total,
                     LIMIT_RUNGS);
    rungs = arena_alloc(r->arena, total <= LIMIT_RUNGS ? total * sizeof(*rungs) : 0);
    for (size_t i = 0; i < draft->n && total <= LIMIT_RUNGS; i++) {
        struct at at_rung = at_element(r, &list, i);
        struct rung_draft *rung = &draft->rungs[i];

        lamp = rung->lamp ? *rung->lamp : lamp;
        rung->rung.lamp = lamp;
        for (size_t k = 0; rung->text && k < rung_count(rung); k++) {
            struct rung one = rung_repeat(r, rung, k);

            rung_add(r, &at_rung, rungs, &n, &one);
            draft->due = draft->due || one.base != RUNG_FROM_START;
        }
    }
    draft->ladder = (struct ladder){.id = draft->id, .rungs = rungs, .n = n};
}
