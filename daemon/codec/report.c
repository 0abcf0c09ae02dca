/* Fields of shixian.incident.reported and shixian.opinion.reported. */
#include "codec/matter.h"

#include <string.h>
#include "base/limits.h"
#include "base/text.h"

const char *const category_zh_names[] = {
    [CATEGORY_NONE] = "",
    [CATEGORY_NATURAL] = "自然灾害",
    [CATEGORY_ACCIDENT] = "事故灾难",
    [CATEGORY_HEALTH] = "公共卫生事件",
    [CATEGORY_SECURITY] = "社会安全事件",
    NULL,
};

#define AT(member) .offset = offsetof(struct incident, member)
static const struct form_field incident_fields[] = {
    {.name = "category",
     .kind = FORM_NAME,
     AT(category),
     .names = incident_category_names,
     .aliases = category_zh_names},
    {.name = "level", .kind = FORM_LEVEL, AT(level)},
    {.name = "occurred_at", .kind = FORM_INSTANT, AT(occurred_at)},
};
static const struct form incident_form = {incident_fields, 3};
#undef AT

#define AT(member) .offset = offsetof(struct report_input, member)
#define LINE(title, member)                                                                        \
    {                                                                                              \
        .name = (title), .kind = FORM_LINE, .limit = LIMIT_ID_BYTES, AT(member)                    \
    }
static const struct form_field report_fields[] = {
    {.name = "title", .kind = FORM_PROSE, .required = true, .limit = LIMIT_TITLE_BYTES, AT(title)},
    {.name = "summary", .kind = FORM_PROSE, .limit = LIMIT_TEXT_BYTES, AT(summary)},
    {.name = "url", .kind = FORM_URL, .limit = LIMIT_URL_BYTES, AT(url)},
    LINE("channel", channel),
    LINE("topic", topic),
    {.name = "region", .kind = FORM_REGION, .limit = LIMIT_ID_BYTES, AT(region)},
    {.name = "case_type", .kind = FORM_WORD, .limit = WORD_BYTES, AT(case_type)},
    {.name = "incident", .kind = FORM_OBJECT, AT(incident), .form = &incident_form},
    {.name = "labels",
     .kind = FORM_WORDS,
     .limit = WORD_BYTES,
     AT(labels),
     .offset_n = offsetof(struct report_input, label_n)},
    {.name = "discovered_at", .kind = FORM_INSTANT, AT(discovered_at)},
    {.name = "received_at", .kind = FORM_INSTANT, AT(received_at)},
    {.name = "published_at", .kind = FORM_INSTANT, AT(published_at)},
    {.name = "decided_at", .kind = FORM_INSTANT, AT(decided_at)},
    {.name = "formed_at", .kind = FORM_INSTANT, AT(formed_at)},
    {.name = "limit_at", .kind = FORM_LATER, AT(limit_at)},
    LINE("lead_unit", lead_unit),
    {.name = "assist_units",
     .kind = FORM_UNITS,
     .limit = LIMIT_ID_BYTES,
     AT(assist_units),
     .offset_n = offsetof(struct report_input, assist_unit_n)},
    {.name = "heat", .kind = FORM_COUNT, AT(heat)},
    LINE("petitioner", petitioner),
    LINE("correlation", correlation),
    {.name = "exercise", .kind = FORM_BOOL, AT(exercise)},
};
static const struct form report_form = {report_fields,
                                        sizeof(report_fields) / sizeof(report_fields[0])};

/* When the government learnt of it: as said, else as received, else as sent, else now. It can not
 * be before the matter began; only `now` may run behind a sender's clock. */
static bool settle_discovered(struct reading *r, const struct envelope *e, struct report_input *in)
{
    const struct {
        instant_ms at;
        const char *field;
    } known[] = {
        {in->discovered_at, arena_printf(r->arena, "%sdiscovered_at", e->path)},
        {in->received_at, arena_printf(r->arena, "%sreceived_at", e->path)},
        {e->time_at, arena_printf(r->arena, "%stime", e->prefix)},
    };
    instant_ms occurred = in->incident.occurred_at;
    char text[INSTANT_TEXT_SIZE];

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].at == INSTANT_NONE)
            continue;
        in->discovered_at = known[i].at;
        if (occurred == INSTANT_NONE || instant_second(known[i].at) >= instant_second(occurred))
            return true;
        zone_format(r->zone, occurred, text);
        return form_refuse(r, 422, known[i].field,
                           "lies before incident.occurred_at (%s): nothing is known before it "
                           "happened",
                           text);
    }
    in->discovered_at = occurred > r->now ? occurred : r->now;
    in->discovered_assumed = true;
    return true;
}

/* Kinds of case the rules speak of. An office may use others; but one that is nearly one of these
 * is a slip that would leave the case without its duties. */
static bool case_type_meant(struct reading *r, const struct envelope *e, const char *type)
{
    static const char *const known[] = {"opinion",         "rumor",    "bad_review", "foi",
                                        "policy_document", "petition", "request",    "site_error",
                                        "deputy_proposal", "permit",   "penalty",    "calendar"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        unsigned distance = text_distance(type, known[i]);

        if (distance == 0)
            return true;
        if (distance <= 2 && strlen(type) > 3)
            return form_refuse(r, 422, arena_printf(r->arena, "%scase_type", e->path),
                               "found \"%s\"; did you mean \"%s\"?", type, known[i]);
    }
    return true;
}

bool report_read(struct reading *r, const struct envelope *e, bool incident,
                 struct report_input *ret)
{
    struct report_input in = {.source = e->source,
                              .id = e->id,
                              .case_type = "opinion",
                              .incident = {.occurred_at = INSTANT_NONE},
                              .discovered_at = INSTANT_NONE,
                              .received_at = INSTANT_NONE,
                              .published_at = INSTANT_NONE,
                              .decided_at = INSTANT_NONE,
                              .formed_at = INSTANT_NONE,
                              .limit_at = INSTANT_NONE};

    in.incident.present = incident || json_is_object(json_object_get(e->data, "incident"));
    if (!form_read(r, &report_form, e->data, e->path, NULL, &in) || !settle_discovered(r, e, &in))
        return false;
    if (!in.case_type)
        in.case_type = "opinion";
    if (!case_type_meant(r, e, in.case_type))
        return false;
    *ret = in;
    return true;
}
