#include "codec/envelope.h"

#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "base/text.h"
#include "codec/digest.h"

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"

struct attribute {
    const char *name;
    bool required;
    size_t limit; /* bytes; 0 = only the event's own limit */
    size_t offset;
};

#define AT(member) offsetof(struct envelope, member)
static const struct attribute attributes[] = {
    {"source", true, LIMIT_ID_BYTES, AT(source)},
    {"id", true, LIMIT_ID_BYTES, AT(id)},
    {"type", true, LIMIT_ID_BYTES, AT(type)},
    {"specversion", true, LIMIT_ID_BYTES, AT(specversion)},
    {"subject", false, 0, AT(subject)},
    {"time", false, LIMIT_ID_BYTES, AT(time)},
    {"datacontenttype", false, LIMIT_ID_BYTES, AT(datacontenttype)},
};
#define ATTRIBUTE_N (sizeof(attributes) / sizeof(attributes[0]))

static const struct attribute *attribute_find(const char *name)
{
    for (size_t i = 0; i < ATTRIBUTE_N; i++) {
        if (text_equal(attributes[i].name, name))
            return &attributes[i];
    }
    return NULL;
}

static const char *attribute_get(const struct envelope *e, const struct attribute *a)
{
    const char *text;

    memcpy(&text, (const unsigned char *)e + a->offset, sizeof(text));
    return text;
}

static bool attribute_set(struct reading *r, struct envelope *e, const struct attribute *a,
                          const char *text)
{
    const char *field = arena_printf(r->arena, "%s%s", e->prefix, a->name);

    if (!*text && !a->required)
        return true;
    if (!*text)
        return form_refuse(r, 400, field, "must not be empty");
    if (form_has_control(text))
        return form_refuse(r, 400, field, "must not hold control characters, found \"%s\"",
                           form_quote(r, text));
    if (a->limit && strlen(text) > a->limit)
        return form_refuse(r, 422, field, "expected at most %zu bytes of UTF-8, found %zu",
                           a->limit, strlen(text));
    text = arena_strdup(r->arena, text);
    memcpy((unsigned char *)e + a->offset, &text, sizeof(text));
    return true;
}

bool media_is_json(const char *type)
{
    size_t n = strcspn(type, "; \t");

    if (n < 16 || strncasecmp(type, "application/", 12) != 0)
        return false;
    return n == 16 ? strncasecmp(type + 12, "json", 4) == 0
                   : strncasecmp(type + n - 5, "+json", 5) == 0;
}

/* What both forms have in common, once all attributes are read. */
static bool envelope_check(struct reading *r, struct envelope *e)
{
    instant_ms at;

    for (size_t i = 0; i < ATTRIBUTE_N; i++) {
        if (attributes[i].required && !attribute_get(e, &attributes[i]))
            return form_refuse(r, 400,
                               arena_printf(r->arena, "%s%s", e->prefix, attributes[i].name),
                               "is required");
    }
    if (!text_equal(e->specversion, "1.0"))
        return form_refuse(r, 400, arena_printf(r->arena, "%sspecversion", e->prefix),
                           "expected \"1.0\", found \"%s\"", form_quote(r, e->specversion));
    if (e->datacontenttype && !media_is_json(e->datacontenttype))
        return form_refuse(r, 415, "datacontenttype", "expected application/json, found \"%s\"",
                           form_quote(r, e->datacontenttype));
    if (!e->time)
        return true;
    if (!form_instant(r, arena_printf(r->arena, "%stime", e->prefix), e->time, &at))
        return false;
    e->time_at = at;
    return true;
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* Not given, or null, which CloudEvents reads as absent. */
static json_t *member(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);

    return json_is_null(value) ? NULL : value;
}

static bool read_attributes(struct reading *r, json_t *object, struct envelope *e)
{
    for (size_t i = 0; i < ATTRIBUTE_N; i++) {
        const struct attribute *a = &attributes[i];
        json_t *value = member(object, a->name);

        if (!value)
            continue;
        if (!json_is_string(value))
            return form_refuse(r, 400, a->name, "expected text, found %s", form_found(r, value));
        if (!attribute_set(r, e, a, json_string_value(value)))
            return false;
    }
    return true;
}

static bool read_base64(struct reading *r, json_t *value, struct envelope *e)
{
    const char *text = json_string_value(value);
    size_t size = json_string_length(value) / 4 * 3;
    unsigned char *bytes;
    int n;

    if (!text)
        return form_refuse(r, 400, "data_base64", "expected text, found %s", form_found(r, value));
    bytes = arena_alloc(r->arena, size);
    n = digest_base64_decode(text, bytes, size);
    if (n < 0)
        return form_refuse(r, 400, "data_base64", "expected base64, found \"%s\"",
                           form_quote(r, text));
    e->data = form_json(r, "data_base64", (const char *)bytes, (size_t)n);
    return e->data != NULL;
}

static bool is_envelope_member(const char *name)
{
    return attribute_find(name) || text_equal(name, "data") || text_equal(name, "data_base64") ||
           text_equal(name, "dataschema");
}

/* Members that are neither attribute nor data. In plain JSON they can only be misplaced fields; a
 * CloudEvent may carry extensions, but no name with '_' is one: a field that slipped out of data
 * must not be lost. */
static bool check_others(struct reading *r, json_t *object, bool extensions)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (is_envelope_member(name) ||
            (extensions && *name && !name[strspn(name, LOWER_AND_DIGITS)]))
            continue;
        return form_refuse(r, 400, form_quote(r, name), "%s; put the fields of the matter in data",
                           extensions ? "is no CloudEvents attribute name (a-z and 0-9)"
                                      : "stands beside data");
    }
    return true;
}

static json_t *flat_data(json_t *object)
{
    json_t *data = json_object(), *value;
    const char *name;

    json_object_foreach(object, name, value)
    {
        if (!is_envelope_member(name))
            json_object_set(data, name, value);
    }
    return data;
}

static bool read_data(struct reading *r, json_t *object, bool plain, struct envelope *e)
{
    json_t *data = member(object, "data"), *base64 = member(object, "data_base64");

    if (data && base64)
        return form_refuse(r, 400, "data_base64", "must not be given together with data");
    if (plain && !data && !base64) {
        e->path = "";
        e->data = flat_data(object);
        return true;
    }
    if (!check_others(r, object, !plain || member(object, "specversion")))
        return false;
    if (base64)
        return read_base64(r, base64, e);
    e->data = data ? json_incref(data) : json_object();
    return true;
}

bool envelope_from_json(struct reading *r, json_t *object, bool plain, struct envelope *e)
{
    if (!json_is_object(object))
        return form_refuse(r, 400, NULL, "expected an event (an object), found %s",
                           form_found(r, object));
    if (!read_attributes(r, object, e))
        return false;
    if (plain && !e->specversion)
        e->specversion = "1.0";
    return envelope_check(r, e) && read_data(r, object, plain, e);
}

/* --- headers ---------------------------------------------------------------------------------- */

struct header_reading {
    struct reading *r;
    struct envelope *e;
    bool failed;
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *p = c ? strchr(digits, c) : NULL;

    if (!p)
        return -1;
    return p - digits < 16 ? (int)(p - digits) : (int)(p - digits) - 6;
}

/* "a \"quoted\" value" as old senders write it -> its content. */
static void unquote(char *text)
{
    size_t n = strlen(text), out = 0;

    if (n < 2 || text[0] != '"' || text[n - 1] != '"')
        return;
    for (size_t i = 1; i < n - 1; i++) {
        if (text[i] == '\\' && i + 1 < n - 1)
            i++;
        text[out++] = text[i];
    }
    text[out] = '\0';
}

/* One round, as the HTTP binding says. False when % is not followed by two hex digits, or hides a
 * NUL. */
static bool percent_decode(char *text)
{
    char *out = text;

    for (; *text; text++) {
        int high = *text == '%' ? hex_digit(text[1]) : 0;
        int low = *text == '%' && high >= 0 ? hex_digit(text[2]) : 0;

        if (high < 0 || low < 0 || (*text == '%' && high == 0 && low == 0))
            return false;
        if (*text != '%') {
            *out++ = *text;
            continue;
        }
        *out++ = (char)(high << 4 | low);
        text += 2;
    }
    *out = '\0';
    return true;
}

static bool read_header(struct reading *r, struct envelope *e, const char *name, const char *value)
{
    const struct attribute *a = attribute_find(name + strlen(e->prefix));
    const char *field = form_quote(r, name);
    char *text = arena_strdup(r->arena, value);

    if (text_equal(name, "ce-datacontenttype"))
        return form_refuse(r, 400, field, "is not allowed in binary mode: Content-Type says it");
    unquote(text);
    if (!percent_decode(text))
        return form_refuse(r, 400, field, "expected %%XX with two hex digits, not %%00: \"%s\"",
                           form_quote(r, value));
    if (!form_is_utf8(text))
        return form_refuse(r, 400, field, "is not valid UTF-8 after percent-decoding: \"%s\"",
                           form_quote(r, value));
    if (a && attribute_get(e, a))
        return form_refuse(r, 400, field, "given twice");
    return !a || attribute_set(r, e, a, text);
}

static void on_header(void *arg, const char *name, const char *value)
{
    struct header_reading *h = arg;

    h->failed = h->failed || !read_header(h->r, h->e, name, value);
}

bool envelope_from_headers(struct reading *r, const struct header_source *headers,
                           struct envelope *e)
{
    struct header_reading h = {r, e, false};

    e->prefix = "ce-";
    headers->each_ce(headers->self, on_header, &h);
    return !h.failed && envelope_check(r, e);
}

bool envelope_in_headers(const struct header_source *headers)
{
    static const char *const mandatory[] = {"ce-id", "ce-source", "ce-specversion", "ce-type"};
    int count;

    for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++) {
        if (!headers->get(headers->self, mandatory[i], &count))
            return false;
    }
    return true;
}
