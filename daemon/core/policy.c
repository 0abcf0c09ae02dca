#include "core/policy.h"

#include "base/must.h"
#include "base/text.h"

const struct rule *policy_rule(const struct policy *p, const char *id)
{
    for (size_t i = 0; i < p->rule_n; i++) {
        if (text_equal(p->rules[i].id, id))
            return &p->rules[i];
    }
    return NULL;
}

const struct unit *directory_unit(const struct directory *d, const char *id)
{
    for (size_t i = 0; i < d->unit_n; i++) {
        if (text_equal(d->units[i].id, id))
            return &d->units[i];
    }
    return NULL;
}

instant_ms policy_overdue_at(instant_ms due)
{
    return instant_add(instant_second(due) * SECOND_MS, SECOND_MS);
}

/* Before quiet hours. */
static instant_ms rung_nominal(const struct rung *rung, const struct obligation *o)
{
    switch (rung->base) {
    case RUNG_FROM_START:
        return instant_add(o->start_at, rung->offset);
    case RUNG_FROM_DUE:
        return rung->offset ? instant_add(o->due_at, rung->offset) : policy_overdue_at(o->due_at);
    case RUNG_PERCENT_LEFT:
        return o->due_at - (o->due_at - o->start_at) / 100 * rung->offset;
    }
    must(!"rung base");
    return INSTANT_NONE;
}

/* End of the quiet hours that `at` lies in, or `at` itself. */
static instant_ms quiet_end(const struct policy *p, instant_ms at)
{
    int minute = instant_minute_of_day(at, p->offset_min);
    int from = p->quiet.from_min, to = p->quiet.to_min;
    bool wraps = from > to;
    bool inside = wraps ? minute >= from || minute < to : minute >= from && minute < to;
    int wait = to > minute ? to - minute : to + 24 * 60 - minute;

    if (from == to || !inside)
        return at;
    return instant_add(instant_second(at) / 60 * MINUTE_MS, wait * MINUTE_MS);
}

instant_ms policy_rung_at(const struct policy *p, const struct rung *rung,
                          const struct obligation *o, int level)
{
    instant_ms at = rung_nominal(rung, o), overdue = policy_overdue_at(o->due_at), held;

    if (at >= overdue || (p->quiet.never_levels & LEVEL_BIT(level)))
        return at;
    held = quiet_end(p, at);
    return held < overdue ? held : overdue;
}
