#include "codec/record.h"

#include "base/limits.h"
#include "base/must.h"
#include "codec/record_type.h"

/* Every field is bounded where it comes in, so its JSON fits; see LIMIT_CASE_BYTES. */
static char *encode(const struct record_type *type, const void *base, struct arena *arena)
{
    struct buf b = BUF_INIT(LIMIT_CASE_BYTES);
    char *json;

    record_encode(type, base, &b);
    must(!b.failed);
    json = arena_strndup(arena, b.data, b.len);
    buf_free(&b);
    return json;
}

char *case_encode(const struct opinion_case *c, struct arena *arena)
{
    return encode(&case_record, c, arena);
}

int case_decode(const char *json, size_t n, struct arena *arena, struct opinion_case **ret,
                struct err *reterr)
{
    struct opinion_case *c = arena_alloc(arena, sizeof(*c));
    int r = record_decode(&case_record, json, n, arena, c, reterr);

    if (r < 0)
        return r;
    case_complete(c);
    *ret = c;
    return 0;
}

char *fact_encode(const struct fact *fact, const char *case_id, struct arena *arena)
{
    struct fact_record record = {.case_id = case_id, .fact = *fact};

    return encode(&fact_record, &record, arena);
}

int fact_decode(const char *json, size_t n, struct arena *arena, struct fact *ret,
                struct err *reterr)
{
    struct fact_record record;
    int r = record_decode(&fact_record, json, n, arena, &record, reterr);

    if (r == 0)
        *ret = record.fact;
    return r;
}

json_t *obligation_lamp_view(const struct obligation *o)
{
    bool gone = o->state == OBLIGATION_WAIVED || o->state == OBLIGATION_CANCELLED ||
                o->state == OBLIGATION_SUPERSEDED;

    return gone ? json_null() : json_string(lamp_names[obligation_lamp(o)]);
}

static json_t *late_view(const struct obligation *o)
{
    if (o->state != OBLIGATION_MET_LATE || o->met_at == INSTANT_NONE)
        return json_null();
    return json_integer(instant_second(o->met_at) - instant_second(o->due_at));
}

json_t *case_view(const struct opinion_case *c, const struct zone *zone)
{
    json_t *view = record_view(&case_record, c, zone);
    json_t *list = json_object_get(view, "obligations");

    json_object_set_new(view, "lamp", json_string(lamp_names[case_lamp(c)]));
    for (size_t i = 0; i < c->obligation_n; i++) {
        json_t *o = json_array_get(list, i);

        json_object_set_new(o, "lamp", obligation_lamp_view(&c->obligations[i]));
        json_object_set_new(o, "late_s", late_view(&c->obligations[i]));
    }
    return view;
}

json_t *fact_view(const struct fact *fact, const struct zone *zone)
{
    struct fact_record record = {.fact = *fact};

    return record_view(&fact_record, &record, zone);
}
