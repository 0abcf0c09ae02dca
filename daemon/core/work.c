/* What every part of a decision does: make a fact, add it, or refuse the whole. */
#include "core/work.h"

#include <stdio.h>
#include "base/must.h"

struct fact work_fact(const struct work *w, enum fact_type type, enum reason reason)
{
    return (struct fact){
        .seq = w->c->rev + 1,
        .type = type,
        .reason = reason,
        .recorded_at = w->now,
        .happened_at = INSTANT_NONE,
        .scheduled_at = INSTANT_NONE,
        .at = INSTANT_NONE,
        .at_before = INSTANT_NONE,
        .actor = reason == REASON_REQUESTED ? w->input->actor : "system",
        .op = reason == REASON_REQUESTED ? w->input->op : NULL,
    };
}

void work_add(struct work *w, const struct fact *fact)
{
    struct decision *d = w->d;
    struct fact *kept = arena_push(w->arena, &d->facts, &d->fact_n, &d->fact_cap, sizeof(*kept));

    *kept = *fact;
    evolve(w->c, kept, w->arena);
}

bool work_full(struct work *w, size_t n, size_t most, const char *what)
{
    if (n < most)
        return false;
    work_refuse(w, REFUSAL_LIMIT, NULL, "the case holds %zu %s, the most it can", n, what);
    return true;
}

const char *work_when(struct work *w, instant_ms at)
{
    char text[INSTANT_TEXT_SIZE];

    zone_format(w->policy->zone, at, text);
    return arena_strdup(w->arena, text);
}

void work_refuse(struct work *w, enum refusal_code code, const char *field, const char *fmt, ...)
{
    char detail[512];
    va_list args;

    must(w->d->fact_n == 0);
    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    w->d->verdict = REFUSED;
    w->d->refusal = (struct refusal){code, field, arena_strdup(w->arena, detail)};
}
