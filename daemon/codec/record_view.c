/* Struct -> JSON for people and HTTP: all keys present, instants as text. */
#include "codec/record_type.h"

typedef json_t *show_fn(const struct record_field *f, const void *base, const struct zone *zone);

json_t *record_view_instant(instant_ms at, const struct zone *zone)
{
    char text[INSTANT_TEXT_SIZE];

    if (at == INSTANT_NONE)
        return json_null();
    zone_format(zone, at, text);
    return json_string(text);
}

static json_t *show_text(const struct record_field *f, const void *base, const struct zone *zone)
{
    const char *text = record_pointer(f, base);

    (void)zone;
    return text ? json_string(text) : json_null();
}

static json_t *show_instant(const struct record_field *f, const void *base, const struct zone *zone)
{
    return record_view_instant(record_instant(f, base), zone);
}

static json_t *show_number(const struct record_field *f, const void *base, const struct zone *zone)
{
    int64_t number = record_integer(f, base);

    (void)zone;
    return number == 0 && (f->traits & RECORD_LEVEL) ? json_null() : json_integer(number);
}

static json_t *show_bool(const struct record_field *f, const void *base, const struct zone *zone)
{
    (void)zone;
    return json_boolean(record_integer(f, base));
}

static json_t *show_enum(const struct record_field *f, const void *base, const struct zone *zone)
{
    const char *name = f->names[record_integer(f, base)];

    (void)zone;
    return *name ? json_string(name) : json_null();
}

static json_t *show_bits(const struct record_field *f, const void *base, const struct zone *zone)
{
    uint64_t bits = record_bits(f, base);
    json_t *list = json_array();

    (void)zone;
    for (int i = 0; i < 64; i++) {
        if (bits >> i & 1)
            json_array_append_new(list, f->kind == RECORD_FLAGS ? json_string(f->names[i])
                                                                : json_integer(i));
    }
    return list;
}

static json_t *show_texts(const struct record_field *f, const void *base, const struct zone *zone)
{
    const char *const *texts = record_pointer(f, base);
    size_t n = record_count(f, base);
    json_t *list = json_array();

    (void)zone;
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(texts[i]));
    return list;
}

static json_t *show_struct(const struct record_field *f, const void *base, const struct zone *zone)
{
    if (record_blank(f, base))
        return json_null();
    return record_view(f->type, record_pointer(f, base), zone);
}

static json_t *show_array(const struct record_field *f, const void *base, const struct zone *zone)
{
    const unsigned char *items = record_pointer(f, base);
    size_t n = record_count(f, base);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, record_view(f->type, items + i * f->type->size, zone));
    return list;
}

json_t *record_view(const struct record_type *type, const void *base, const struct zone *zone)
{
    static show_fn *const show[RECORD_KIND_COUNT] = {
        [RECORD_TEXT] = show_text,     [RECORD_INSTANT] = show_instant,
        [RECORD_INT] = show_number,    [RECORD_U32] = show_number,
        [RECORD_I64] = show_number,    [RECORD_BOOL] = show_bool,
        [RECORD_ENUM] = show_enum,     [RECORD_FLAGS] = show_bits,
        [RECORD_BITS] = show_bits,     [RECORD_TEXTS] = show_texts,
        [RECORD_STRUCT] = show_struct, [RECORD_POINTER] = show_struct,
        [RECORD_ARRAY] = show_array,
    };
    json_t *object = json_object();

    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];

        if (record_applies(type, f, base) && !(f->traits & RECORD_STORED))
            json_object_set_new(object, f->name, show[f->kind](f, base, zone));
    }
    return object;
}
