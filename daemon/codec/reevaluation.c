/* POST /v1/reevaluation: which cases, under what. */
#include <errno.h>
#include "codec/form.h"

const char *const reevaluation_names[] = {
    [REEVALUATE_POLICY] = "policy", [REEVALUATE_CALENDAR] = "calendar", NULL};

#define AT(member) .offset = offsetof(struct reevaluation_input, member)

static const struct form_field fields[] = {
    {.name = "what", .kind = FORM_NAME, .required = true, AT(what), .names = reevaluation_names},
    {.name = "dry_run", .kind = FORM_BOOL, AT(dry_run)},
    {.name = "from_disk", .kind = FORM_BOOL, AT(from_disk)},
    {.name = "case", .kind = FORM_CASE, AT(case_id)},
};
static const struct form form = {fields, sizeof(fields) / sizeof(fields[0])};

int reevaluation_decode(const char *body, size_t n, struct arena *arena,
                        struct reevaluation_input *ret, struct problem *problem)
{
    size_t json_parts = 0;
    struct reading r = {arena, INSTANT_NONE, &zone_utc, problem, &json_parts};
    struct reevaluation_input in = {.dry_run = true};
    json_t *json = form_json(&r, NULL, body, n);
    bool ok;

    if (!json)
        return -EBADMSG;
    if (json_is_object(json))
        ok = form_read(&r, &form, json, "", NULL, &in);
    else
        ok = form_refuse(&r, 400, NULL, "expected an object with \"what\", found %s",
                         form_found(&r, json));
    json_decref(json);
    if (ok)
        *ret = in;
    return ok ? 0 : -EBADMSG;
}
