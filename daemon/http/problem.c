#include "http/problem.h"

#include <stdio.h>
#include <string.h>

#define PROBLEM_ROW(id, status, slug, title) {status, "urn:shixian:problem:" slug, title},
static const struct {
    int status;
    const char *type, *title;
} kinds[] = {PROBLEM_KINDS(PROBLEM_ROW)};

int problem_status(enum problem_kind kind)
{
    return kinds[kind].status;
}

const char *problem_title(enum problem_kind kind)
{
    return kinds[kind].title;
}

enum problem_kind problem_of_status(int status)
{
    for (int i = 0; i < PROBLEM_KIND_COUNT; i++)
        if (kinds[i].status == status)
            return (enum problem_kind)i;
    return PROBLEM_INTERNAL;
}

enum problem_kind problem_of_refusal(enum refusal_code code)
{
    static const enum problem_kind of_code[] = {
        [REFUSAL_NONE] = PROBLEM_INTERNAL, [REFUSAL_INVALID] = PROBLEM_INVALID,
        [REFUSAL_STATE] = PROBLEM_STATE,   [REFUSAL_NOT_FOUND] = PROBLEM_NOT_FOUND,
        [REFUSAL_LIMIT] = PROBLEM_FULL,    [REFUSAL_MERGED] = PROBLEM_STATE,
    };

    return of_code[code];
}

json_t *problem_text(const char *text)
{
    char safe[256];
    json_t *value;

    if (!text)
        return json_null();
    value = json_string(text);
    if (value)
        return value;
    snprintf(safe, sizeof(safe), "%s", text);
    for (char *p = safe; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return json_string(safe);
}

json_t *problem_json(enum problem_kind kind, const char *field, const char *detail)
{
    json_t *doc = json_pack("{s:s, s:s, s:i}", "type", kinds[kind].type, "title", kinds[kind].title,
                            "status", kinds[kind].status);

    if (detail)
        json_object_set_new(doc, "detail", problem_text(detail));
    if (field)
        json_object_set_new(doc, "field", problem_text(field));
    return doc;
}
