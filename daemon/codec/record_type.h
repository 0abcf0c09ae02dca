/* How core structs are laid out for the codec: one row per field, one table per struct. Encoder,
 * decoder and view read nothing but these tables. */
#ifndef CODEC_RECORD_TYPE_H
#define CODEC_RECORD_TYPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/zone.h"
#include "core/decide.h"

enum record_kind {
    RECORD_TEXT,    /* const char *; empty is absent */
    RECORD_INSTANT, /* instant_ms; INSTANT_NONE is absent, 0 is 1970 */
    RECORD_INT,     /* int, 0..max */
    RECORD_U32,
    RECORD_I64, /* 0..INT64_MAX */
    RECORD_BOOL,
    RECORD_ENUM,    /* by names; 0 is absent unless required */
    RECORD_FLAGS,   /* uint32_t or unsigned; list of names by bit */
    RECORD_BITS,    /* uint64_t; list of bit numbers */
    RECORD_TEXTS,   /* const char ** and a count */
    RECORD_STRUCT,  /* struct inside the struct */
    RECORD_POINTER, /* pointer to one struct */
    RECORD_ARRAY,   /* pointer to structs and a count */
    RECORD_KIND_COUNT
};

#define RECORD_REQUIRED 1u /* always written; missing when read is an error */
#define RECORD_STORED 2u   /* in storage only, not in the view */
#define RECORD_LEVEL 4u    /* 0 means not graded: null in the view */

struct record_field {
    const char *name;
    enum record_kind kind;
    unsigned traits;
    uint64_t when; /* bits of the record's tag the field belongs to; 0 = all */
    size_t offset;
    size_t offset_n;   /* TEXTS, ARRAY: of the count */
    size_t offset_cap; /* ARRAY: of the capacity; 0 = none */
    int64_t max;       /* INT: largest value; TEXTS, ARRAY: most elements */
    const char *const *names;
    const struct record_type *type;
};

struct record_type {
    const struct record_field *fields;
    size_t field_n;
    size_t size;
    size_t tag; /* offset of the enum that `when` looks at */
};

/* A fact as stored: it names its case. */
struct fact_record {
    const char *case_id;
    struct fact fact;
};

extern const struct record_type case_record, fact_record, notice_record;

/* Whether the field belongs to this record; whether it holds nothing worth writing. */
bool record_applies(const struct record_type *type, const struct record_field *f, const void *base);
bool record_blank(const struct record_field *f, const void *base);

/* A field's value. Reached by offset; memcpy keeps that free of aliasing trouble and compiles to a
 * load. */
int64_t record_integer(const struct record_field *f, const void *base); /* INT U32 I64 BOOL ENUM */
uint64_t record_bits(const struct record_field *f, const void *base);   /* FLAGS BITS */
instant_ms record_instant(const struct record_field *f, const void *base);
const void *record_pointer(const struct record_field *f, const void *base);
size_t record_count(const struct record_field *f, const void *base);

void record_encode(const struct record_type *type, const void *base, struct buf *b);
/* Fills the whole struct at ret; absent fields become 0, NULL, INSTANT_NONE. 0 or -EBADMSG. */
int record_decode(const struct record_type *type, const char *json, size_t n, struct arena *arena,
                  void *ret, struct err *reterr);
json_t *record_view(const struct record_type *type, const void *base, const struct zone *zone);

/* RFC 3339 at an offset, or null. */
json_t *record_view_instant(instant_ms at, const struct zone *zone);

#endif
