/* Growing byte buffer, born with its limit. On overflow or no memory it is emptied, marked `failed`
 * and ignores further appends: append freely, look at `failed` once at the end. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;   /* NUL-terminated whenever not NULL; owned */
    size_t len;   /* bytes, without the NUL */
    size_t cap;   /* allocated bytes */
    size_t limit; /* most bytes it may hold */
    bool failed;
};

#define BUF_INIT(max) ((struct buf){.limit = (max)})

void buf_free(struct buf *b); /* back to empty, not failed; keeps limit */
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_puts(struct buf *b, const char *text);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *fmt, ...);

#endif
