/* Struct -> storage JSON, written straight into a buffer: this runs for every commit. */
#include "codec/record_type.h"

#include <string.h>
#include "codec/utf8.h"

static void put_escaped(struct buf *b, unsigned char c)
{
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    char pair[2] = {'\\', '\0'};

    if (c < sizeof(letters))
        pair[1] = letters[c];
    if (pair[1])
        buf_add(b, pair, sizeof(pair));
    else
        buf_printf(b, "\\u%04x", c);
}

/* What is malformed becomes U+FFFD: a receiver's answer may hold anything, and what we could not
 * read back would lock the case. */
static void put_text(struct buf *b, const char *text)
{
    size_t left = strlen(text);
    const char *run = text;

    buf_puts(b, "\"");
    while (left > 0) {
        unsigned char c = (unsigned char)*text;
        size_t n = utf8_length(text, left);

        if (n == 0 || c < 0x20 || c == '"' || c == '\\') {
            buf_add(b, run, (size_t)(text - run));
            if (n == 0)
                buf_puts(b, "\xEF\xBF\xBD");
            else
                put_escaped(b, c);
            n = 1;
            run = text + 1;
        }
        text += n;
        left -= n;
    }
    buf_add(b, run, (size_t)(text - run));
    buf_puts(b, "\"");
}

static void put_integer(struct buf *b, int64_t value)
{
    char digits[24], *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--p = '-';
    buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

static void put_name(struct buf *b, const char *name)
{
    buf_puts(b, "\"");
    buf_puts(b, name);
    buf_puts(b, "\"");
}

static void put_text_field(struct buf *b, const struct record_field *f, const void *base)
{
    const char *text = record_pointer(f, base);

    put_text(b, text ? text : "");
}

static void put_instant(struct buf *b, const struct record_field *f, const void *base)
{
    put_integer(b, record_instant(f, base));
}

static void put_number(struct buf *b, const struct record_field *f, const void *base)
{
    put_integer(b, record_integer(f, base));
}

static void put_bool(struct buf *b, const struct record_field *f, const void *base)
{
    buf_puts(b, record_integer(f, base) ? "true" : "false");
}

static void put_enum(struct buf *b, const struct record_field *f, const void *base)
{
    put_name(b, f->names[record_integer(f, base)]);
}

/* By name where the field has names, else by number. */
static void put_bits(struct buf *b, const struct record_field *f, const void *base)
{
    uint64_t bits = record_bits(f, base);
    const char *comma = "";

    buf_puts(b, "[");
    for (int i = 0; i < 64; i++) {
        if (!(bits >> i & 1))
            continue;
        buf_puts(b, comma);
        comma = ",";
        if (f->kind == RECORD_FLAGS)
            put_name(b, f->names[i]);
        else
            put_integer(b, i);
    }
    buf_puts(b, "]");
}

static void put_texts(struct buf *b, const struct record_field *f, const void *base)
{
    const char *const *texts = record_pointer(f, base);
    size_t n = record_count(f, base);

    buf_puts(b, "[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, i ? "," : "");
        put_text(b, texts[i]);
    }
    buf_puts(b, "]");
}

static void put_struct(struct buf *b, const struct record_field *f, const void *base)
{
    record_encode(f->type, record_pointer(f, base), b);
}

static void put_array(struct buf *b, const struct record_field *f, const void *base)
{
    const unsigned char *items = record_pointer(f, base);
    size_t n = record_count(f, base);

    buf_puts(b, "[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, i ? "," : "");
        record_encode(f->type, items + i * f->type->size, b);
    }
    buf_puts(b, "]");
}

void record_encode(const struct record_type *type, const void *base, struct buf *b)
{
    static void (*const put[RECORD_KIND_COUNT])(struct buf * b, const struct record_field *f,
                                                const void *base) = {
        [RECORD_TEXT] = put_text_field, [RECORD_INSTANT] = put_instant,
        [RECORD_INT] = put_number,      [RECORD_U32] = put_number,
        [RECORD_I64] = put_number,      [RECORD_BOOL] = put_bool,
        [RECORD_ENUM] = put_enum,       [RECORD_FLAGS] = put_bits,
        [RECORD_BITS] = put_bits,       [RECORD_TEXTS] = put_texts,
        [RECORD_STRUCT] = put_struct,   [RECORD_POINTER] = put_struct,
        [RECORD_ARRAY] = put_array,
    };
    const char *comma = "";

    buf_puts(b, "{");
    for (size_t i = 0; i < type->field_n; i++) {
        const struct record_field *f = &type->fields[i];

        if (!record_applies(type, f, base) ||
            (!(f->traits & RECORD_REQUIRED) && record_blank(f, base)))
            continue;
        buf_puts(b, comma);
        comma = ",";
        put_name(b, f->name);
        buf_puts(b, ":");
        put[f->kind](b, f, base);
    }
    buf_puts(b, "}");
}
