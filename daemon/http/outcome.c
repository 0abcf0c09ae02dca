#include "http/outcome.h"

#include "base/must.h"
#include "codec/record.h"
#include "core/case.h"
#include "http/problem.h"

int outcome_status(const struct app_result *result, int done, json_t **ret_problem)
{
    const struct refusal *refusal = &result->refusal;

    *ret_problem = NULL;
    switch (result->status) {
    case APP_DONE:
        return done;
    case APP_DUPLICATE:
        return 200;
    case APP_CONFLICT:
        *ret_problem = problem_json(PROBLEM_CONFLICT, NULL,
                                    "the same identifier was recorded before with another content");
        return problem_status(PROBLEM_CONFLICT);
    case APP_REFUSED:
        *ret_problem =
            problem_json(problem_of_refusal(refusal->code), refusal->field, refusal->detail);
        return problem_status(problem_of_refusal(refusal->code));
    case APP_NOT_FOUND:
        *ret_problem = problem_json(PROBLEM_NOT_FOUND, refusal->field,
                                    refusal->detail ? refusal->detail : "no such case");
        return problem_status(PROBLEM_NOT_FOUND);
    case APP_UNAVAILABLE:
        *ret_problem = problem_json(PROBLEM_UNAVAILABLE, NULL, result->why);
        return problem_status(PROBLEM_UNAVAILABLE);
    case APP_OVERLOAD:
        *ret_problem = problem_json(PROBLEM_OVERLOAD, NULL, result->why);
        return problem_status(PROBLEM_OVERLOAD);
    }
    must(!"app status");
    return 0;
}

json_t *instant_json(instant_ms at, const struct zone *zone)
{
    char text[INSTANT_TEXT_SIZE];

    if (at == INSTANT_NONE)
        return json_null();
    zone_format(zone, at, text);
    return json_string(text);
}

json_t *outcome_short(const struct app_result *result, const struct zone *zone)
{
    const struct opinion_case *c = result->c;
    json_t *duties = json_array();

    for (size_t i = 0; i < c->obligation_n; i++) {
        const struct obligation *o = &c->obligations[i];

        json_array_append_new(duties, json_pack("{s:s, s:s, s:o, s:o}", "key", o->key, "state",
                                                obligation_state_names[o->state], "lamp",
                                                obligation_lamp_view(o), "due_at",
                                                instant_json(o->due_at, zone)));
    }
    return json_pack("{s:s, s:b, s:I, s:s, s:s, s:o}", "case", c->id, "duplicate",
                     result->status == APP_DUPLICATE, "revision", (json_int_t)c->rev, "status",
                     case_status_names[c->status], "lamp", lamp_names[case_lamp(c)], "obligations",
                     duties);
}
