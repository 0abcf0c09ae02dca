#include "codec/form.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "base/text.h"
#include "codec/digest.h"
#include "codec/utf8.h"

#define ECHO_BYTES 60 /* with quotes and "…" less than 70 */
#define NEAR 3        /* most edits at which "did you mean" helps */

struct value {
    struct reading *r;
    const struct form_field *f;
    const char *path; /* whole name of the field */
    json_t *json;
    void *target;
};

bool form_refuse(struct reading *r, int status, const char *field, const char *fmt, ...)
{
    char detail[1024];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    if (n >= (int)sizeof(detail))
        detail[text_utf8_cut(detail, sizeof(detail) - 1)] = '\0';
    r->problem->status = status;
    r->problem->field = arena_strdup(r->arena, field);
    r->problem->detail = arena_strdup(r->arena, detail);
    return false;
}

bool form_has_control(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            return true;
    }
    return false;
}

bool form_is_utf8(const char *text)
{
    size_t left = strlen(text), length = 1;

    for (; left > 0 && length > 0; text += length, left -= length)
        length = utf8_length(text, left);
    return length > 0;
}

/* Without anything that could upset a log or a terminal. In place. */
static char *clean(char *text)
{
    for (char *p = text; *p;) {
        size_t length = utf8_length(p, strlen(p));

        if (length == 0 || (unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
        p += length ? length : 1;
    }
    return text;
}

const char *form_quote(struct reading *r, const char *text)
{
    size_t len = strlen(text), n = len <= ECHO_BYTES ? len : text_utf8_cut(text, ECHO_BYTES);

    return clean(arena_printf(r->arena, "%.*s%s", (int)n, text, n < len ? "…" : ""));
}

const char *form_found(struct reading *r, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return arena_printf(r->arena, "\"%s\"", form_quote(r, json_string_value(value)));
    case JSON_INTEGER:
        return arena_printf(r->arena, "%lld", (long long)json_integer_value(value));
    case JSON_REAL:
        return arena_printf(r->arena, "%g", json_real_value(value));
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        break;
    }
    return "null";
}

const char *form_list(struct reading *r, const char *const *names)
{
    const char *list = "";

    for (; *names; names++) {
        if (**names)
            list = arena_printf(r->arena, "%s%s%s", list, *list ? ", " : "", *names);
    }
    return list;
}

/* How many '{', '[' and ',' stand outside of strings: values that a parser makes, as long as the
 * text is JSON. */
static size_t json_parts(const char *text, size_t n)
{
    bool in_string = false;
    size_t parts = 0;

    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            in_string = !in_string;
        else if (in_string)
            i += text[i] == '\\';
        else
            parts += text[i] == '{' || text[i] == '[' || text[i] == ',';
    }
    return parts;
}

json_t *form_json(struct reading *r, const char *field, const char *text, size_t n)
{
    json_error_t error;
    json_t *json;

    *r->json_parts += json_parts(text, n);
    if (*r->json_parts > LIMIT_JSON_PARTS) {
        form_refuse(r, 413, field, "expected at most %d of `{`, `[` and `,` in one request",
                    LIMIT_JSON_PARTS);
        return NULL;
    }
    json = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (!json && n == 0)
        form_refuse(r, 400, field, "is empty; expected a JSON object");
    else if (!json)
        form_refuse(r, 400, field, "not JSON at line %d, column %d: %s", error.line, error.column,
                    clean(error.text));
    return json;
}

static bool refuse_kind(const struct value *v, const char *expected)
{
    return form_refuse(v->r, 422, v->path, "expected %s, found %s", expected,
                       form_found(v->r, v->json));
}

static void store(const struct value *v, const void *data, size_t size)
{
    memcpy((unsigned char *)v->target + v->f->offset, data, size);
}

/* The value as text within its limit, "" when not given, or NULL and a problem. */
static const char *bounded(const struct value *v, json_t *json)
{
    const char *text = json_string_value(json);

    if (!text) {
        form_refuse(v->r, 422, v->path, "expected text, found %s", form_found(v->r, json));
        return NULL;
    }
    if (json_string_length(json) > v->f->limit) {
        form_refuse(v->r, 422, v->path, "expected at most %zu bytes of UTF-8, found %zu",
                    v->f->limit, json_string_length(json));
        return NULL;
    }
    if (v->f->required && !text[strspn(text, " \t\r\n")]) {
        form_refuse(v->r, 422, v->path, "must not be empty");
        return NULL;
    }
    return text;
}

static bool store_text(const struct value *v, const char *text)
{
    const char *copy = *text ? arena_strdup(v->r->arena, text) : NULL;

    store(v, &copy, sizeof(copy));
    return true;
}

static bool read_prose(const struct value *v)
{
    const char *text = bounded(v, v->json);

    return text && store_text(v, text);
}

static bool read_line(const struct value *v)
{
    const char *text = bounded(v, v->json);

    if (text && form_has_control(text))
        return refuse_kind(v, "text without control characters");
    return text && store_text(v, text);
}

/* Syntax only: it is shown as a link, never fetched. Without user info, which misleads the eye. */
static bool is_url(const char *url)
{
    size_t scheme = strncasecmp(url, "https://", 8) == 0 ? 8 : 7, host;

    if (scheme == 7 && strncasecmp(url, "http://", 7) != 0)
        return false;
    host = strcspn(url + scheme, "/?#");
    return host > 0 && url[scheme] != ':' && !memchr(url + scheme, '@', host) &&
           !form_has_control(url) && !strpbrk(url, " \"<>\\^`{|}");
}

static bool read_url(const struct value *v)
{
    const char *text = bounded(v, v->json);

    if (text && *text && !is_url(text))
        return refuse_kind(v, "an http:// or https:// address");
    return text && store_text(v, text);
}

static bool read_region(const struct value *v)
{
    const char *text = bounded(v, v->json);
    size_t n = text ? strlen(text) : 0;

    if (n > 0 && (strspn(text, "0123456789") != n || (n != 6 && n != 9 && n != 12)))
        return refuse_kind(v, "a division code of 6, 9 or 12 digits");
    return text && store_text(v, text);
}

static bool is_word(const char *text)
{
    return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz_")];
}

static bool read_word(const struct value *v)
{
    const char *text = bounded(v, v->json);

    if (text && *text && !is_word(text))
        return refuse_kind(v, "lower-case letters and _");
    return text && store_text(v, text);
}

/* Working days are known to 2199; every limit that begins before this ends by then. */
#define LAST_YEAR 2150

static bool instant_until(struct reading *r, const char *field, const char *text, instant_ms latest,
                          instant_ms *ret)
{
    int e = zone_parse(r->zone, text, ret);
    char now[INSTANT_TEXT_SIZE];

    if (e == -ERANGE)
        return form_refuse(r, 422, field,
                           "\"%s\" does not exist in the calendar; expected a real date and time "
                           "such as 2026-07-14T14:20:00+08:00",
                           form_quote(r, text));
    if (e < 0)
        return form_refuse(r, 422, field,
                           "expected RFC 3339 such as 2026-07-14T14:20:00+08:00, found \"%s\"",
                           form_quote(r, text));
    if (zone_civil(&zone_utc, *ret).year > LAST_YEAR)
        return form_refuse(r, 422, field, "\"%s\" lies after %d, where no calendar reaches",
                           form_quote(r, text), LAST_YEAR);
    if (*ret <= latest)
        return true;
    zone_format(r->zone, r->now, now);
    if (latest > instant_add(r->now, DAY_MS))
        return form_refuse(r, 422, field,
                           "\"%s\" lies too far ahead: expected at most %d years "
                           "after now (%s)",
                           form_quote(r, text), LATER_YEARS, now);
    return form_refuse(r, 422, field,
                       "\"%s\" lies in the future: expected at most %d s after now (%s)",
                       form_quote(r, text), FUTURE_SKEW_MS / 1000, now);
}

bool form_instant(struct reading *r, const char *field, const char *text, instant_ms *ret)
{
    return instant_until(r, field, text, instant_add(r->now, FUTURE_SKEW_MS), ret);
}

static bool read_until(const struct value *v, instant_ms latest)
{
    instant_ms at;

    if (!json_is_string(v->json))
        return refuse_kind(v, "RFC 3339 text such as \"2026-07-14T14:20:00+08:00\"");
    if (!instant_until(v->r, v->path, json_string_value(v->json), latest, &at))
        return false;
    store(v, &at, sizeof(at));
    return true;
}

static bool read_instant(const struct value *v)
{
    return read_until(v, instant_add(v->r->now, FUTURE_SKEW_MS));
}

static bool read_later(const struct value *v)
{
    return read_until(v, instant_add(v->r->now, LATER_YEARS * 366 * DAY_MS));
}

static bool read_u32(const struct value *v)
{
    json_int_t n = json_integer_value(v->json);
    uint32_t u = (uint32_t)n;

    if (!json_is_integer(v->json) || n < 1 || n > UINT32_MAX)
        return refuse_kind(v, "a whole number of 1 or more");
    store(v, &u, sizeof(u));
    return true;
}

static bool read_level(const struct value *v)
{
    json_int_t level = json_integer_value(v->json);
    int graded = (int)level;

    if (!json_is_null(v->json) && (!json_is_integer(v->json) || level < 1 || level > 4))
        return refuse_kind(v, "a whole number from 1 (Ⅰ, 特别重大) to 4 (Ⅳ, 一般), "
                              "or null when not graded");
    store(v, &graded, sizeof(graded));
    return true;
}

static bool read_count(const struct value *v)
{
    int64_t count = json_integer_value(v->json);

    if (!json_is_integer(v->json) || count < 0)
        return refuse_kind(v, "a whole number of 0 or more");
    store(v, &count, sizeof(count));
    return true;
}

static bool read_bool(const struct value *v)
{
    bool flag = json_is_true(v->json);

    if (!json_is_boolean(v->json))
        return refuse_kind(v, "true or false");
    store(v, &flag, sizeof(flag));
    return true;
}

static bool read_name(const struct value *v)
{
    const char *text = json_string_value(v->json);
    int i = name_find(v->f->names, text);

    if (text && !*text && !v->f->required)
        return true;
    if (i < 0 && v->f->aliases)
        i = name_find(v->f->aliases, text);
    if (!text || i < 0 || !*text)
        return refuse_kind(v, arena_printf(v->r->arena, "one of %s%s%s",
                                           form_list(v->r, v->f->names), v->f->aliases ? ", " : "",
                                           v->f->aliases ? form_list(v->r, v->f->aliases) : ""));
    store(v, &i, sizeof(i));
    return true;
}

static bool text_repeated(const char *const *texts, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        if (text_equal(texts[i], text))
            return true;
    }
    return false;
}

/* A list of texts of one kind, each once. words: not identifiers. */
static bool read_texts(const struct value *v, size_t most, const char *what, bool words)
{
    size_t n = json_array_size(v->json);
    const char **texts;

    if (!json_is_array(v->json))
        return refuse_kind(v, arena_printf(v->r->arena, "a list of %ss", what));
    if (n > most)
        return form_refuse(v->r, 422, v->path, "expected at most %zu %ss, found %zu", most, what,
                           n);
    texts = arena_alloc(v->r->arena, n * sizeof(*texts));
    for (size_t i = 0; i < n; i++) {
        const char *text = bounded(v, json_array_get(v->json, i));

        if (!text)
            return false;
        if (words ? !is_word(text) : !*text || form_has_control(text))
            return form_refuse(v->r, 422, v->path, "expected a %s at [%zu], found %s", what, i,
                               form_found(v->r, json_array_get(v->json, i)));
        if (text_repeated(texts, i, text))
            return form_refuse(v->r, 422, v->path, "\"%s\" is named twice", form_quote(v->r, text));
        texts[i] = arena_strdup(v->r->arena, text);
    }
    if (n > 0) {
        store(v, &texts, sizeof(texts));
        memcpy((unsigned char *)v->target + v->f->offset_n, &n, sizeof(n));
    }
    return true;
}

static bool read_units(const struct value *v)
{
    return read_texts(v, LIMIT_ASSIST_UNITS, "unit identifier", false);
}

static bool read_words(const struct value *v)
{
    return read_texts(v, LIMIT_LABELS, "word of a-z and _", true);
}

/* Systems that do not know our case ids name the case by the report that opened it. */
struct report_name {
    const char *source, *id;
};

#define KEY(member)                                                                                \
    {                                                                                              \
        .name = #member, .kind = FORM_LINE, .required = true, .limit = LIMIT_ID_BYTES,             \
        .offset = offsetof(struct report_name, member)                                             \
    }
static const struct form_field report_name_fields[] = {KEY(source), KEY(id)};
static const struct form report_name_form = {report_name_fields, 2};

bool form_case(struct reading *r, const char *field, json_t *json, const char **ret)
{
    struct report_name name = {0};
    const char *text = json_string_value(json);
    char id[CASE_ID_SIZE];

    if (text && digest_is_case_id(text)) {
        *ret = arena_strdup(r->arena, text);
        return true;
    }
    if (!json_is_object(json))
        return form_refuse(r, 422, field,
                           "expected a case id of 16 characters, or an object of source and id, "
                           "found %s",
                           form_found(r, json));
    if (!form_read(r, &report_name_form, json, arena_printf(r->arena, "%s.", field), NULL, &name))
        return false;
    digest_case_id(name.source, name.id, id);
    *ret = arena_strdup(r->arena, id);
    return true;
}

static bool read_case(const struct value *v)
{
    const char *id;

    if (!form_case(v->r, v->path, v->json, &id))
        return false;
    store(v, &id, sizeof(id));
    return true;
}

static bool read_object(const struct value *v)
{
    if (!json_is_object(v->json))
        return refuse_kind(v, "an object");
    return form_read(v->r, v->f->form, v->json, arena_printf(v->r->arena, "%s.", v->path), NULL,
                     (unsigned char *)v->target + v->f->offset);
}

static bool read_value(const struct value *v)
{
    static bool (*const readers[FORM_KIND_COUNT])(const struct value *v) = {
        [FORM_LINE] = read_line,     [FORM_PROSE] = read_prose, [FORM_URL] = read_url,
        [FORM_REGION] = read_region, [FORM_WORD] = read_word,   [FORM_INSTANT] = read_instant,
        [FORM_LEVEL] = read_level,   [FORM_COUNT] = read_count, [FORM_BOOL] = read_bool,
        [FORM_NAME] = read_name,     [FORM_UNITS] = read_units, [FORM_OBJECT] = read_object,
        [FORM_LATER] = read_later,   [FORM_WORDS] = read_words, [FORM_CASE] = read_case,
        [FORM_U32] = read_u32,
    };

    return readers[v->f->kind](v);
}

static bool form_knows(const struct form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++) {
        if (text_equal(form->fields[i].name, name) ||
            (form->fields[i].alias && text_equal(form->fields[i].alias, name)))
            return true;
    }
    return false;
}

static bool refuse_unknown(struct reading *r, const struct form *form, const char *path,
                           const char *also, const char *name)
{
    const char *field = arena_printf(r->arena, "%s%s", path, form_quote(r, name)), *all = "";
    struct guess guess = {.text = name, .distance = NEAR + 1};

    text_guess(&guess, also);
    for (size_t i = 0; i < form->n; i++) {
        const char *known = form->fields[i].name;

        text_guess(&guess, known);
        all = arena_printf(r->arena, "%s%s%s", all, i ? ", " : "", known);
    }
    if (guess.best)
        return form_refuse(r, 422, field, "there is no such field; did you mean \"%s\"?",
                           guess.best);
    return form_refuse(r, 422, field, "there is no such field; expected %s%s%s", all,
                       also ? ", " : "", also ? also : "");
}

static bool read_field(struct reading *r, const struct form_field *f, json_t *object,
                       const char *path, void *target)
{
    json_t *json = json_object_get(object, f->name);
    json_t *other = f->alias ? json_object_get(object, f->alias) : NULL;
    struct value v = {r, f, arena_printf(r->arena, "%s%s", path, f->name), json, target};

    if (json && other)
        return form_refuse(r, 422, v.path, "given twice, as %s and %s", f->name, f->alias);
    v.json = json ? json : other;
    if (!v.json && f->required)
        return form_refuse(r, 422, v.path, "is required");
    if (!v.json || (json_is_null(v.json) && !f->required))
        return true;
    return read_value(&v);
}

bool form_read(struct reading *r, const struct form *form, json_t *object, const char *path,
               const char *also, void *target)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (!form_knows(form, name) && !(also && text_equal(also, name)))
            return refuse_unknown(r, form, path, also, name);
    }
    for (size_t i = 0; i < form->n; i++) {
        if (!read_field(r, &form->fields[i], object, path, target))
            return false;
    }
    return true;
}
