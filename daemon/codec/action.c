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
/* The same, where the case itself keeps it: that must stay small, see LIMIT_CASE_BYTES. */
#define WHY_KEPT                                                                                   \
    .name = "text", .alias = "reason", .kind = FORM_PROSE, .limit = LIMIT_TITLE_BYTES, AT(text)

#define HAPPENED                                                                                   \
    {                                                                                              \
        .name = "happened_at", .kind = FORM_INSTANT, AT(happened_at)                               \
    }
#define INSTANT(member)                                                                            \
    {                                                                                              \
        .name = #member, .kind = FORM_INSTANT, AT(member)                                          \
    }
#define REPORT .name = "report", .kind = FORM_CASE, AT(report)
#define WORD .name = "kind", .kind = FORM_WORD, .limit = WORD_BYTES, AT(word)
#define OBLIGATION .name = "obligation", .kind = FORM_LINE, .limit = LIMIT_ID_BYTES, AT(obligation)
#define REQUIRED .required = true

static const struct form_field set_level_fields[] = {
    {.name = "level", .kind = FORM_LEVEL, REQUIRED, AT(level)},
    {.name = "category",
     .kind = FORM_NAME,
     AT(category),
     .names = incident_category_names,
     .aliases = category_zh_names},
    HAPPENED,
};
static const struct form_field assign_fields[] = {
    {.name = "lead_unit", .kind = FORM_LINE, REQUIRED, .limit = LIMIT_ID_BYTES, AT(lead_unit)},
    {.name = "assist_units",
     .kind = FORM_UNITS,
     .limit = LIMIT_ID_BYTES,
     AT(assist_units),
     .offset_n = offsetof(struct action, assist_unit_n)},
    HAPPENED,
};
static const struct form_field acknowledge_fields[] = {LINE("unit", unit), HAPPENED};
#define ACT_FIELDS                                                                                 \
    {REPORT}, {OBLIGATION}, HAPPENED,                                                              \
        {.name = "url", .kind = FORM_URL, .limit = LIMIT_URL_BYTES, AT(url)},                      \
        LINE("outlet", outlet), LINE("spoken_by", spoken_by), LINE("reviewer", reviewer),          \
        LINE("author", author),                                                                    \
        {.name = "promise", .kind = FORM_LINE, .limit = LIMIT_TITLE_BYTES, AT(promise)},           \
    {                                                                                              \
        .name = "promise_due", .kind = FORM_LATER, AT(promise_due)                                 \
    }
static const struct form_field fulfil_fields[] = {
    {.name = "kind", .kind = FORM_NAME, REQUIRED, AT(kind), .names = act_kind_names},
    ACT_FIELDS,
    {WHY},
};
static const struct form_field shortcut_fields[] = {ACT_FIELDS, {WHY}};
static const struct form_field judge_fields[] = {
    {.name = "labels",
     .kind = FORM_WORDS,
     .limit = WORD_BYTES,
     AT(labels),
     .offset_n = offsetof(struct action, label_n)},
    HAPPENED,
    {WHY},
};
static const struct form_field correct_time_fields[] = {
    {.name = "field", .kind = FORM_NAME, REQUIRED, AT(field), .names = time_field_names},
    {.name = "at", .kind = FORM_LATER, REQUIRED, AT(at)},
    {.name = "act", .kind = FORM_U32, AT(act)},
    {REPORT},
    HAPPENED,
    {WHY, REQUIRED},
};
static const struct form_field exclude_fields[] = {
    {WORD, REQUIRED}, INSTANT(from), INSTANT(to), INSTANT(letter_received_at),
    {OBLIGATION},     {REPORT},      HAPPENED,    {WHY_KEPT},
};
static const struct form_field resume_fields[] = {{WORD},      {OBLIGATION}, {REPORT},
                                                  INSTANT(at), HAPPENED,     {WHY}};
static const struct form_field restart_fields[] = {
    {OBLIGATION}, {REPORT}, INSTANT(at), HAPPENED, {WHY}};
#define WINDOW                                                                                     \
    {                                                                                              \
        .name = "window", .kind = FORM_LINE, .limit = WORD_BYTES, AT(window)                       \
    }
static const struct form_field extend_request_fields[] = {
    {OBLIGATION, REQUIRED}, {REPORT}, WINDOW, HAPPENED, {WHY_KEPT}};
static const struct form_field extend_decide_fields[] = {
    {OBLIGATION, REQUIRED},
    {REPORT},
    WINDOW,
    {.name = "approved", .kind = FORM_BOOL, AT(approved)},
    LINE("approver", approver),
    INSTANT(notified_at),
    HAPPENED,
    {WHY_KEPT},
};
static const struct form_field waive_fields[] = {
    {OBLIGATION, REQUIRED}, {REPORT}, LINE("by", by), HAPPENED, {WHY}};
static const struct form_field merge_fields[] = {
    {.name = "into", .kind = FORM_CASE, REQUIRED, AT(into)}, HAPPENED, {WHY}};
static const struct form_field split_fields[] = {{REPORT, REQUIRED}, HAPPENED, {WHY}};
static const struct form_field why_fields[] = {{WHY}, HAPPENED};
static const struct form_field why_required_fields[] = {{WHY, REQUIRED}, HAPPENED};

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
    [ACTION_JUDGE] = FORM(judge_fields),
    [ACTION_RECTIFY] = FORM(shortcut_fields),
    [ACTION_ASSESS] = FORM(shortcut_fields),
    [ACTION_CALLBACK] = FORM(shortcut_fields),
    [ACTION_CORRECT_TIME] = FORM(correct_time_fields),
    [ACTION_EXCLUDE] = FORM(exclude_fields),
    [ACTION_RESUME] = FORM(resume_fields),
    [ACTION_RESTART] = FORM(restart_fields),
    [ACTION_EXTEND_REQUEST] = FORM(extend_request_fields),
    [ACTION_EXTEND_DECIDE] = FORM(extend_decide_fields),
    [ACTION_WAIVE] = FORM(waive_fields),
    [ACTION_MERGE] = FORM(merge_fields),
    [ACTION_SPLIT] = FORM(split_fields),
    [ACTION_REOPEN] = FORM(why_fields),
    [ACTION_REEVALUATE] = FORM(why_fields),
};

/* Only a limit written on a ticket may lie ahead. */
static bool time_passed(struct reading *r, const struct action *a, const char *path)
{
    char now[INSTANT_TEXT_SIZE];

    if (a->type != ACTION_CORRECT_TIME || a->field == TIME_LIMIT ||
        a->at <= instant_add(r->now, FUTURE_SKEW_MS))
        return true;
    zone_format(r->zone, r->now, now);
    return form_refuse(r, 422, arena_printf(r->arena, "%sat", path),
                       "lies in the future: expected at most %d s after now (%s)",
                       FUTURE_SKEW_MS / 1000, now);
}

static bool act_named(struct reading *r, const struct action *a, const char *path)
{
    if (a->type != ACTION_CORRECT_TIME || a->field == TIME_LETTER ||
        (a->field == TIME_ACT) == (a->act > 0))
        return true;
    return form_refuse(r, 422, arena_printf(r->arena, "%sact", path),
                       a->act ? "belongs to field \"act\" only"
                              : "is required: which act of the case, 1 for the first");
}

bool action_read(struct reading *r, enum action_type type, json_t *fields, const char *path,
                 const char *also, struct action *ret)
{
    struct action a = action_new(type);

    must(forms[type].n > 0);
    if (!form_read(r, &forms[type], fields, path, also, &a) || !time_passed(r, &a, path) ||
        !act_named(r, &a, path))
        return false;
    a.labels_given = json_is_array(json_object_get(fields, "labels"));
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

int action_decode(const char *body, size_t n, instant_ms now, const struct zone *zone,
                  struct arena *arena, struct action *ret, const char **ret_digest,
                  struct problem *problem)
{
    size_t json_parts = 0;
    struct reading r = {arena, now, zone, problem, &json_parts};
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
