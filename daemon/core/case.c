#include "core/case.h"

#include "base/text.h"

bool obligation_active(const struct obligation *o)
{
    return o->state == OBLIGATION_OPEN || o->state == OBLIGATION_OVERDUE;
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

const struct report *case_report(const struct opinion_case *c, const char *source, const char *id)
{
    for (size_t i = 0; i < c->report_n; i++) {
        if (text_equal(c->reports[i].source, source) && text_equal(c->reports[i].id, id))
            return &c->reports[i];
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
        enum lamp lamp = obligation_lamp(&c->obligations[i]);

        worst = lamp > worst ? lamp : worst;
    }
    return worst;
}
