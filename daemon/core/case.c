#include "core/case.h"

#include "base/text.h"

bool obligation_active(const struct obligation *o)
{
    return o->state == OBLIGATION_OPEN || o->state == OBLIGATION_OVERDUE;
}

bool level_graver(int level, int than)
{
    return level && (!than || level < than);
}

bool obligation_owed(const struct obligation *o)
{
    return obligation_active(o) || o->state == OBLIGATION_PAUSED;
}

bool obligation_met(const struct obligation *o)
{
    return o->state == OBLIGATION_MET || o->state == OBLIGATION_MET_LATE;
}

struct obligation *case_obligation(const struct opinion_case *c, const char *key)
{
    for (size_t i = 0; i < c->obligation_n; i++) {
        if (text_equal(c->obligations[i].key, key))
            return &c->obligations[i];
    }
    return NULL;
}

const struct act *case_act(const struct opinion_case *c, uint32_t seq)
{
    for (size_t i = 0; i < c->act_n; i++) {
        if (c->acts[i].seq == seq)
            return &c->acts[i];
    }
    return NULL;
}

struct report *case_report(const struct opinion_case *c, const char *source, const char *id)
{
    for (size_t i = 0; i < c->report_n; i++) {
        if (text_equal(c->reports[i].source, source) && text_equal(c->reports[i].id, id))
            return &c->reports[i];
    }
    return NULL;
}

struct report *case_report_key(const struct opinion_case *c, const char *key)
{
    for (size_t i = 0; key && i < c->report_n; i++) {
        if (text_equal(c->reports[i].key, key))
            return &c->reports[i];
    }
    return NULL;
}

bool case_leaves(const struct opinion_case *c, const char *report)
{
    const struct report *r = c->handover_n ? case_report_key(c, report) : NULL;

    for (size_t i = 0; r && i < c->handover_n; i++) {
        const struct handover *h = &c->handovers[i];

        /* A case that came back before its merge was noted keeps what it has. */
        if ((h->report || c->status == CASE_MERGED) && handover_takes(h, r))
            return true;
    }
    return false;
}

struct exclusion *case_exclusion(const struct opinion_case *c, uint32_t seq)
{
    for (size_t i = 0; i < c->exclusion_n; i++) {
        if (c->exclusions[i].seq == seq)
            return &c->exclusions[i];
    }
    return NULL;
}

enum lamp obligation_lamp(const struct obligation *o)
{
    switch (o->state) {
    case OBLIGATION_OPEN:
    case OBLIGATION_PAUSED:
        return o->lamp;
    case OBLIGATION_OVERDUE:
        return LAMP_RED;
    case OBLIGATION_MET_LATE:
        return LAMP_YELLOW;
    case OBLIGATION_MET:
    case OBLIGATION_WAIVED:
    case OBLIGATION_CANCELLED:
    case OBLIGATION_SUPERSEDED:
    case OBLIGATION_STATE_COUNT:
        break;
    }
    return LAMP_GREEN;
}

enum lamp case_lamp(const struct opinion_case *c)
{
    enum lamp worst = LAMP_GREEN;

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];
        enum lamp lamp = obligation_lamp(o);

        if (o->kind == RULE_STATUTORY && lamp > worst)
            worst = lamp;
    }
    return worst;
}
