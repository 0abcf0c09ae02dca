/* What is refused, and what the answer says of it: one row each. */
#ifndef TEST_CODEC_REFUSED_H
#define TEST_CODEC_REFUSED_H

#include "unit/test_codec_event.h"

struct refused {
    const char *body;
    int status;
    const char *field, *detail; /* detail: part of it */
};

static inline void check_problem(const char *body, const struct problem *p,
                                 const struct refused *row)
{
    if (p->status != row->status || !text_equal(p->field, row->field) ||
        !strstr(p->detail, row->detail))
        fail_msg("%s: %d %s: %s", body, p->status, p->field ? p->field : "-", p->detail);
}

static inline void check_refused(const char *type, const char *body, const struct refused *row)
{
    struct decoded d = decode(type, body);

    if (d.r == 0 && d.request.events->kind == EVENT_REFUSED)
        check_problem(body, &d.request.events->problem, row);
    else if (d.r == -EBADMSG)
        check_problem(body, &d.problem, row);
    else
        fail_msg("%s: accepted", body);
    end(&d);
}

#endif
