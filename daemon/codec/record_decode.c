/* Storage JSON -> struct. Whoever can write to the store can write anything: every value is
 * checked, so that the core may trust what it loads. */
#include "codec/record_type.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/limits.h"

struct decoding {
    struct arena *arena;
    struct err *err;
    char path[256]; /* "obligations[3].due_at", for the message */
};

typedef int take_fn(struct decoding *d, const struct record_field *f, json_t *value, void *base);

static int take_record(struct decoding *d, const struct record_type *type, json_t *object,
                       void *base);

static void *at(void *base, size_t offset)
{
    return (unsigned char *)base + offset;
}

static const char *kind_name(const json_t *value)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",    [JSON_STRING] = "text",
        [JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null"};

    return names[json_typeof(value)];
}

static int expected(struct decoding *d, const char *what, json_t *found)
{
    return err_set(d->err, EBADMSG, "%s: expected %s, found %s", d->path, what, kind_name(found));
}

static int take_text(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    const char *text;

    if (!json_is_string(value))
        return expected(d, "text", value);
    if (json_string_length(value) == 0)
        return 0;
    text = arena_strndup(d->arena, json_string_value(value), json_string_length(value));
    memcpy(at(base, f->offset), &text, sizeof(text));
    return 0;
}

/* Whole number in [min,max]. */
static int take_range(struct decoding *d, json_t *value, int64_t min, int64_t max, int64_t *ret)
{
    int64_t number = json_integer_value(value);

    if (!json_is_integer(value))
        return expected(d, "a whole number", value);
    if (number < min || number > max)
        return err_set(d->err, EBADMSG, "%s: expected %lld to %lld, found %lld", d->path,
                       (long long)min, (long long)max, (long long)number);
    *ret = number;
    return 0;
}

static int take_instant(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    instant_ms instant = INSTANT_NONE;
    int r = take_range(d, value, -INSTANT_MAX, INSTANT_MAX + DAY_MS, &instant);

    if (r == 0)
        memcpy(at(base, f->offset), &instant, sizeof(instant));
    return r;
}

static int take_number(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    int64_t most = f->kind == RECORD_INT ? f->max : f->kind == RECORD_U32 ? UINT32_MAX : INT64_MAX;
    int64_t number = 0;
    uint32_t narrow;
    int r = take_range(d, value, 0, most, &number);

    if (r < 0)
        return r;
    narrow = (uint32_t)number;
    if (f->kind == RECORD_I64)
        memcpy(at(base, f->offset), &number, sizeof(number));
    else
        memcpy(at(base, f->offset), &narrow, sizeof(narrow));
    return 0;
}

static int take_bool(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    bool flag = json_is_true(value);

    if (!json_is_boolean(value))
        return expected(d, "true or false", value);
    memcpy(at(base, f->offset), &flag, sizeof(flag));
    return 0;
}

static int take_name(struct decoding *d, const char *const *names, json_t *value, int *ret)
{
    int i = name_find(names, json_string_value(value));

    if (!json_is_string(value))
        return expected(d, "a name", value);
    if (i < 0)
        return err_set(d->err, EBADMSG, "%s: unknown name \"%.64s\"", d->path,
                       json_string_value(value));
    *ret = i;
    return 0;
}

static int take_enum(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    int i = 0, r = take_name(d, f->names, value, &i);

    if (r == 0)
        memcpy(at(base, f->offset), &i, sizeof(i));
    return r;
}

static int take_bit(struct decoding *d, const struct record_field *f, json_t *value, uint64_t *bits)
{
    int64_t number = 0;
    int name = 0, r;

    if (f->kind == RECORD_FLAGS)
        r = take_name(d, f->names, value, &name);
    else
        r = take_range(d, value, 0, 63, &number);
    if (r == 0)
        *bits |= (uint64_t)1 << (f->kind == RECORD_FLAGS ? name : number);
    return r;
}

static int take_bits(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    uint64_t bits = 0;
    uint32_t narrow;
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return expected(d, "a list", value);
    json_array_foreach(value, i, item)
    {
        int r = take_bit(d, f, item, &bits);

        if (r < 0)
            return r;
    }
    narrow = (uint32_t)bits;
    if (f->kind == RECORD_BITS)
        memcpy(at(base, f->offset), &bits, sizeof(bits));
    else
        memcpy(at(base, f->offset), &narrow, sizeof(narrow));
    return 0;
}

static int check_list(struct decoding *d, const struct record_field *f, json_t *value)
{
    if (!json_is_array(value))
        return expected(d, "a list", value);
    if (json_array_size(value) > (size_t)f->max)
        return err_set(d->err, EBADMSG, "%s: expected at most %lld elements, found %zu", d->path,
                       (long long)f->max, json_array_size(value));
    return 0;
}

static void set_list(const struct record_field *f, void *base, const void *items, size_t n)
{
    if (n == 0)
        return;
    memcpy(at(base, f->offset), &items, sizeof(items));
    memcpy(at(base, f->offset_n), &n, sizeof(n));
    if (f->offset_cap)
        memcpy(at(base, f->offset_cap), &n, sizeof(n));
}

static int take_texts(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    size_t n = json_array_size(value);
    int r = check_list(d, f, value);
    const char **texts;

    if (r < 0)
        return r;
    texts = arena_alloc(d->arena, n * sizeof(*texts));
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_array_get(value, i);

        if (!json_is_string(item))
            return expected(d, "a list of text", item);
        texts[i] = arena_strndup(d->arena, json_string_value(item), json_string_length(item));
    }
    set_list(f, base, texts, n);
    return 0;
}

static int take_struct(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    return take_record(d, f->type, value, at(base, f->offset));
}

static int take_pointer(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    void *record = arena_alloc(d->arena, f->type->size);
    int r = take_record(d, f->type, value, record);

    if (r == 0)
        memcpy(at(base, f->offset), &record, sizeof(record));
    return r;
}

static int take_array(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    size_t n = json_array_size(value), end = strlen(d->path);
    int r = check_list(d, f, value);
    unsigned char *items;

    if (r < 0)
        return r;
    items = arena_alloc(d->arena, n * f->type->size);
    for (size_t i = 0; i < n; i++) {
        snprintf(d->path + end, sizeof(d->path) - end, "[%zu]", i);
        r = take_record(d, f->type, json_array_get(value, i), items + i * f->type->size);
        if (r < 0)
            return r;
        d->path[end] = '\0';
    }
    set_list(f, base, items, n);
    return 0;
}

/* Absent: zero as the memory is, but no instant is INSTANT_NONE, also inside. */
static void set_absent(const struct record_field *f, void *base)
{
    const instant_ms none = INSTANT_NONE;

    if (f->kind == RECORD_INSTANT)
        memcpy(at(base, f->offset), &none, sizeof(none));
    for (size_t i = 0; f->kind == RECORD_STRUCT && i < f->type->field_n; i++)
        set_absent(&f->type->fields[i], at(base, f->offset));
}

static int take_field(struct decoding *d, const struct record_field *f, json_t *value, void *base)
{
    static take_fn *const take[RECORD_KIND_COUNT] = {
        [RECORD_TEXT] = take_text,     [RECORD_INSTANT] = take_instant,
        [RECORD_INT] = take_number,    [RECORD_U32] = take_number,
        [RECORD_I64] = take_number,    [RECORD_BOOL] = take_bool,
        [RECORD_ENUM] = take_enum,     [RECORD_FLAGS] = take_bits,
        [RECORD_BITS] = take_bits,     [RECORD_TEXTS] = take_texts,
        [RECORD_STRUCT] = take_struct, [RECORD_POINTER] = take_pointer,
        [RECORD_ARRAY] = take_array,
    };
    size_t end = strlen(d->path);
    int r;

    if (!value && !(f->traits & RECORD_REQUIRED)) {
        set_absent(f, base);
        return 0;
    }
    snprintf(d->path + end, sizeof(d->path) - end, "%s%s", end ? "." : "", f->name);
    if (!value)
        return err_set(d->err, EBADMSG, "%s is missing", d->path);
    r = take[f->kind](d, f, value, base);
    if (r == 0)
        d->path[end] = '\0';
    return r;
}

static int take_record(struct decoding *d, const struct record_type *type, json_t *object,
                       void *base)
{
    if (!json_is_object(object))
        return expected(d, "an object", object);
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];
        int r = 0;

        /* The tag stands before the rows that look at it. */
        if (record_applies(type, f, base))
            r = take_field(d, f, json_object_get(object, f->name), base);
        else
            set_absent(f, base);
        if (r < 0)
            return r;
    }
    return 0;
}

int record_decode(const struct record_type *type, const char *json, size_t n, struct arena *arena,
                  void *ret, struct err *reterr)
{
    struct decoding d = {.arena = arena, .err = reterr};
    json_error_t error;
    json_t *root;
    int r;

    if (n > LIMIT_CASE_BYTES)
        return err_set(reterr, EBADMSG, "%zu bytes, more than %d", n, LIMIT_CASE_BYTES);
    root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return err_set(reterr, EBADMSG, "line %d, column %d: %s", error.line, error.column,
                       error.text);
    memset(ret, 0, type->size);
    r = take_record(&d, type, root, ret);
    json_decref(root);
    return r;
}
