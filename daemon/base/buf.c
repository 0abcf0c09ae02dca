#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_free(struct buf *b)
{
    free(b->data);
    *b = BUF_INIT(b->limit);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->data)
        b->data[0] = '\0';
}

/* Room for n more bytes and a NUL, or failed. */
static bool buf_room(struct buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 256;
    char *grown;

    if (b->failed)
        return false;
    if (n > b->limit - b->len)
        goto fail;
    while (cap < b->len + n + 1)
        cap *= 2;
    if (cap == b->cap)
        return true;
    grown = realloc(b->data, cap);
    if (!grown)
        goto fail;
    b->data = grown;
    b->cap = cap;
    return true;
fail:
    buf_free(b);
    b->failed = true;
    return false;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
    if (!buf_room(b, n))
        return;
    memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0 || !buf_room(b, (size_t)n))
        return;
    va_start(args, fmt);
    vsnprintf(b->data + b->len, (size_t)n + 1, fmt, args);
    va_end(args);
    b->len += (size_t)n;
}
