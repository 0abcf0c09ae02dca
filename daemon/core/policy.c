#include "core/policy.h"

#include "base/text.h"

const struct rule *policy_rule(const struct policy *p, const char *id)
{
    for (size_t i = 0; i < p->rule_n; i++) {
        if (p->rules[i].id == id || text_equal(p->rules[i].id, id))
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
    if (due == INSTANT_NONE)
        return INSTANT_NONE;
    return instant_add(instant_second(due) * SECOND_MS, SECOND_MS);
}
