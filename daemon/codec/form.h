/* What a sender may put into an object: one row per field. Reads JSON into a struct, or says what
 * is wrong with it. A field that is not in the table is refused, because a misspelt discovered_at
 * must never silently move a deadline. null and "" mean "not given". */
#ifndef CODEC_FORM_H
#define CODEC_FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/instant.h"
#include "base/zone.h"
#include "codec/event.h"

/* One event or action being read. */
struct reading {
    struct arena *arena;
    instant_ms now;
    const struct zone *zone;
    struct problem *problem; /* filled once, by the check that failed */
    size_t *json_parts;      /* LIMIT_JSON_PARTS: so many were met in this request */
};

enum form_kind {
    FORM_LINE,    /* text of at most `limit` bytes without control characters */
    FORM_PROSE,   /* the same, any characters */
    FORM_URL,     /* http or https */
    FORM_REGION,  /* division code of 6, 9 or 12 digits */
    FORM_WORD,    /* [a-z_], at most `limit` */
    FORM_INSTANT, /* RFC 3339, not more than FUTURE_SKEW_MS ahead of now */
    FORM_LATER,   /* the same, but up to LATER_YEARS ahead: a limit, a promise */
    FORM_LEVEL,   /* 1..4, or null: not graded */
    FORM_COUNT,   /* int64_t >= 0 */
    FORM_BOOL,
    FORM_NAME,  /* one of `names`, or of `aliases` at the same index */
    FORM_UNITS, /* list of different identifiers; with a count */
    FORM_WORDS, /* list of different words [a-z_]; with a count */
    FORM_CASE,  /* case id, or {source, id} of the report that opened it; stored as the id */
    FORM_U32,
    FORM_OBJECT,
    FORM_KIND_COUNT
};

#define LATER_YEARS 10 /* no limit that is known runs longer */
#define WORD_BYTES 32  /* names of ours, not prose */

struct form_field {
    const char *name;
    const char *alias; /* another name for the same field, or NULL */
    enum form_kind kind;
    bool required;
    size_t limit;
    size_t offset;
    size_t offset_n; /* UNITS: of the count */
    const char *const *names, *const *aliases;
    const struct form *form; /* OBJECT */
};

struct form {
    const struct form_field *fields;
    size_t n;
};

/* Fills the fields of target that object gives; leaves the others. path: prefix of field names in
 * problems ("data."). also: one more name that is allowed and that the caller reads itself, or
 * NULL. */
bool form_read(struct reading *r, const struct form *form, json_t *object, const char *path,
               const char *also, void *target);

/* Parses an object or a list. New reference, or NULL and a problem: with line and column, or 413
 * before anything is parsed. */
json_t *form_json(struct reading *r, const char *field, const char *text, size_t n);

/* Always false, so: return form_refuse(r, 422, ...). */
__attribute__((format(printf, 4, 5))) bool form_refuse(struct reading *r, int status,
                                                       const char *field, const char *fmt, ...);

/* A JSON value in words, in at most 64 bytes of its own text. */
const char *form_found(struct reading *r, const json_t *value);
/* At most 64 bytes of text, without anything that could upset a log or a terminal. */
const char *form_quote(struct reading *r, const char *text);
/* "a, b, c" of names, up to NULL; empty ones are left out. */
const char *form_list(struct reading *r, const char *const *names);

/* Also for text that is no JSON: attributes of the envelope. */
bool form_instant(struct reading *r, const char *field, const char *text, instant_ms *ret);
/* A case named as FORM_CASE: its id. */
bool form_case(struct reading *r, const char *field, json_t *json, const char **ret);
bool form_has_control(const char *text);
bool form_is_utf8(const char *text);

#endif
