/* Values of fields, by the row that describes them. */
#include "codec/record_type.h"

#include <string.h>
#include "base/text.h"

static const void *at(const void *base, size_t offset)
{
    return (const unsigned char *)base + offset;
}

int64_t record_integer(const struct record_field *f, const void *base)
{
    const void *p = at(base, f->offset);
    int64_t i64;
    uint32_t u32;
    bool flag;

    if (f->kind == RECORD_BOOL)
        return memcpy(&flag, p, sizeof(flag)), flag;
    if (f->kind == RECORD_I64)
        return memcpy(&i64, p, sizeof(i64)), i64;
    return memcpy(&u32, p, sizeof(u32)), u32;
}

uint64_t record_bits(const struct record_field *f, const void *base)
{
    uint64_t u64;
    uint32_t u32;

    if (f->kind == RECORD_BITS)
        return memcpy(&u64, at(base, f->offset), sizeof(u64)), u64;
    return memcpy(&u32, at(base, f->offset), sizeof(u32)), u32;
}

instant_ms record_instant(const struct record_field *f, const void *base)
{
    instant_ms instant;

    memcpy(&instant, at(base, f->offset), sizeof(instant));
    return instant;
}

const void *record_pointer(const struct record_field *f, const void *base)
{
    const void *p;

    if (f->kind == RECORD_STRUCT)
        return at(base, f->offset);
    memcpy(&p, at(base, f->offset), sizeof(p));
    return p;
}

size_t record_count(const struct record_field *f, const void *base)
{
    size_t n;

    memcpy(&n, at(base, f->offset_n), sizeof(n));
    return n;
}

bool record_applies(const struct record_type *type, const struct record_field *f, const void *base)
{
    unsigned tag;

    if (!f->when)
        return true;
    memcpy(&tag, at(base, type->tag), sizeof(tag));
    return f->when >> tag & 1;
}

static bool struct_blank(const struct record_type *type, const void *base)
{
    for (size_t i = 0; i < type->field_n; i++) {
        if (!record_blank(&type->fields[i], base))
            return false;
    }
    return true;
}

bool record_blank(const struct record_field *f, const void *base)
{
    switch (f->kind) {
    case RECORD_TEXT:
        return text_empty(record_pointer(f, base));
    case RECORD_INSTANT:
        return record_instant(f, base) == INSTANT_NONE;
    case RECORD_FLAGS:
    case RECORD_BITS:
        return record_bits(f, base) == 0;
    case RECORD_TEXTS:
    case RECORD_ARRAY:
        return record_count(f, base) == 0;
    case RECORD_STRUCT:
        return struct_blank(f->type, record_pointer(f, base));
    case RECORD_POINTER:
        return !record_pointer(f, base);
    case RECORD_INT:
    case RECORD_U32:
    case RECORD_I64:
    case RECORD_BOOL:
    case RECORD_ENUM:
    case RECORD_KIND_COUNT:
        break;
    }
    return record_integer(f, base) == 0;
}
