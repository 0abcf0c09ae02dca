/* Fields of what a person does: shixian.case.<action>, and POST /v1/cases/{id}/actions. */
#include "codec/matter.h"

#include <errno.h>
#include "base/limits.h"
#include "base/must.h"

#define AT(member) .offset = offsetof(struct action, member)
#define LINE(title, member)                                                                        \
    {                                                                                              \
        .name = (title), .kind = FORM_LINE, .limit = LIMIT_ID_BYTES, AT(member)                    \
    }
#define WHY                                                                                        \
    .name = "text", .alias = "reason", .kind = FORM_PROSE, .limit = LIMIT_TEXT_BYTES, AT(text)

static const struct form_field set_level_fields[] = {
    {.name = "level", .kind = FORM_LEVEL, .required = true, AT(level)},
    {.name = "category",
     .kind = FORM_NAME,
     AT(category),
     .names = incident_category_names,
     .aliases = category_zh_names},
};
static const struct form_field assign_fields[] = {
    {.name = "lead_unit",
     .kind = FORM_LINE,
     .required = true,
     .limit = LIMIT_ID_BYTES,
     AT(lead_unit)},
    {.name = "assist_units",
     .kind = FORM_UNITS,
     .limit = LIMIT_ID_BYTES,
     AT(assist_units),
     .offset_n = offsetof(struct action, assist_unit_n)},
};
static const struct form_field acknowledge_fields[] = {LINE("unit", unit)};
static const struct form_field fulfil_fields[] = {
    {.name = "kind", .kind = FORM_NAME, .required = true, AT(kind), .names = act_kind_names},
    LINE("obligation", obligation),
    {.name = "happened_at", .kind = FORM_INSTANT, AT(happened_at)},
    {.name = "url", .kind = FORM_URL, .limit = LIMIT_URL_BYTES, AT(url)},
    LINE("outlet", outlet),
    LINE("spoken_by", spoken_by),
    LINE("reviewer", reviewer),
};
static const struct form_field why_fields[] = {{WHY}};
static const struct form_field why_required_fields[] = {{WHY, .required = true}};

#define FORM(rows)                                                                                 \
    {                                                                                              \
        (rows), sizeof(rows) / sizeof((rows)[0])                                                   \
    }
static const struct form forms[ACTION_COUNT] = {
    [ACTION_SET_LEVEL] = FORM(set_level_fields),
    [ACTION_ASSIGN] = FORM(assign_fields),
    [ACTION_ACKNOWLEDGE] = FORM(acknowledge_fields),
    [ACTION_FULFIL] = FORM(fulfil_fields),
    [ACTION_CLOSE] = FORM(why_fields),
    [ACTION_INVALIDATE] = FORM(why_required_fields),
    [ACTION_NOTE] = FORM(why_required_fields),
};

bool action_read(struct reading *r, enum action_type type, json_t *fields, const char *path,
                 const char *also, struct action *ret)
{
    struct action a = {.type = type, .happened_at = INSTANT_NONE};

    must(forms[type].n > 0);
    if (!form_read(r, &forms[type], fields, path, also, &a))
        return false;
    *ret = a;
    return true;
}

static bool action_body(struct reading *r, json_t *body, struct action *ret)
{
    json_t *name = json_object_get(body, "action");
    int type = name_find(action_names, json_string_value(name));

    if (!json_is_object(body))
        return form_refuse(r, 400, NULL, "expected an object with \"action\", found %s",
                           form_found(r, body));
    if (!name)
        return form_refuse(r, 422, "action", "is required: one of %s", form_list(r, action_names));
    if (type < 0)
        return form_refuse(r, 422, "action", "expected one of %s, found %s",
                           form_list(r, action_names), form_found(r, name));
    return action_read(r, (enum action_type)type, body, "", "action", ret);
}

int action_decode(const char *body, size_t n, instant_ms now, int offset_min, struct arena *arena,
                  struct action *ret, const char **ret_digest, struct problem *problem)
{
    size_t json_parts = 0;
    struct reading r = {arena, now, offset_min, problem, &json_parts};
    json_t *json = form_json(&r, NULL, body, n);
    bool ok;

    if (!json)
        return -EBADMSG;
    ok = action_body(&r, json, ret);
    if (ok)
        *ret_digest = matter_digest(json, arena);
    json_decref(json);
    return ok ? 0 : -EBADMSG;
}
