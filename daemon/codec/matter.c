#include "codec/matter.h"

#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "codec/digest.h"
#include "codec/sha256.h"

#define ACTION_PREFIX "shixian.case."

const char *matter_digest(const json_t *content, struct arena *arena)
{
    char *json = json_dumps(content, JSON_SORT_KEYS | JSON_COMPACT), hex[DIGEST_HEX_SIZE];

    must(json != NULL);
    digest_sha256_hex(json, strlen(json), hex);
    free(json);
    return arena_strdup(arena, hex);
}

static const char *event_digest(const struct envelope *e, struct arena *arena)
{
    json_t *content = json_pack("{s:s, s:s*, s:s*, s:O}", "type", e->type, "subject", e->subject,
                                "time", e->time, "data", e->data);
    const char *digest = matter_digest(content, arena);

    json_decref(content);
    return digest;
}

/* The case an action is about: as subject says, else the one that the report in data opened; that
 * one may have been merged, which the store knows. */
static bool case_of_action(struct reading *r, const struct envelope *e, const char **ret)
{
    json_t *report = json_object_get(e->data, "report");
    const char *subject = arena_printf(r->arena, "%ssubject", e->prefix);
    const char *field = arena_printf(r->arena, "%sreport", e->path), *key = NULL;

    if (e->subject && !digest_is_case_id(e->subject))
        return form_refuse(r, 422, subject, "expected a case id of 16 characters, found \"%s\"",
                           form_quote(r, e->subject));
    if (report && !json_is_null(report) && !form_case(r, field, report, &key))
        return false;
    *ret = e->subject ? e->subject : key;
    return *ret || form_refuse(r, 422, subject,
                               "is required: the case id; or %s with the source and id of its "
                               "report",
                               field);
}

static bool read_action(struct reading *r, const struct envelope *e, enum action_type type,
                        struct event *ret)
{
    unsigned char hash[SHA256_BYTES];
    char hex[DIGEST_HEX_SIZE];

    if (!case_of_action(r, e, &ret->case_id) ||
        !action_read(r, type, e->data, e->path, "report", &ret->action))
        return false;
    if (ret->action.happened_at == INSTANT_NONE)
        ret->action.happened_at = e->time_at;
    sha256_join(e->source, '\0', e->id, hash);
    sha256_hex(hash, hex);
    ret->op = arena_printf(r->arena, "e:%s", hex);
    ret->op_digest = event_digest(e, r->arena);
    ret->kind = EVENT_ACTION;
    return true;
}

static bool read_report(struct reading *r, const struct envelope *e, bool incident,
                        struct event *ret)
{
    char id[CASE_ID_SIZE];

    if (!report_read(r, e, incident, &ret->report))
        return false;
    digest_case_id(e->source, e->id, id);
    ret->case_id = ret->report.case_id = arena_strdup(r->arena, id);
    ret->report.digest = event_digest(e, r->arena);
    ret->kind = EVENT_REPORT;
    return true;
}

bool matter_read(struct reading *r, const struct envelope *e, struct event *ret)
{
    bool incident = text_equal(e->type, "shixian.incident.reported");
    int action = text_starts(e->type, ACTION_PREFIX)
                     ? name_find(action_names, e->type + strlen(ACTION_PREFIX))
                     : -1;

    if (!json_is_object(e->data))
        return form_refuse(r, 422, "data", "expected an object, found %s", form_found(r, e->data));
    if (incident || text_equal(e->type, "shixian.opinion.reported"))
        return read_report(r, e, incident, ret);
    if (action >= 0)
        return read_action(r, e, (enum action_type)action, ret);
    return form_refuse(r, 422, arena_printf(r->arena, "%stype", e->prefix),
                       "expected shixian.incident.reported, shixian.opinion.reported or "
                       "shixian.case.<action> with one of %s; found \"%s\"",
                       form_list(r, action_names), form_quote(r, e->type));
}
