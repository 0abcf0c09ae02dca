/* Where one HTTP/1.x request ends, read as strictly as RFC 9112 allows: two readers of the same
 * bytes must never disagree (request smuggling). evhttp 2.1 takes two Content-Lengths, "+5", "0x5",
 * folded lines and a missing Host; this reader sees every byte first and takes none of them. Pure.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"

enum framing_step {
    FRAMING_REQUEST_LINE,
    FRAMING_HEADER,
    FRAMING_BODY, /* of `left` bytes */
    FRAMING_CHUNK_SIZE,
    FRAMING_CHUNK_DATA, /* of `left` bytes */
    FRAMING_CHUNK_END,
    FRAMING_TRAILER,
    FRAMING_DONE, /* whole; framing_next() goes on */
    FRAMING_BAD   /* status and detail say why; nothing more is read */
};

/* Headers that decide whether a request is let in at all. */
enum framing_kept { FRAMING_HOST, FRAMING_ORIGIN, FRAMING_AUTHORIZATION, FRAMING_KEPT };

struct framing {
    enum framing_step step;
    struct buf line; /* the line being read */
    struct buf kept; /* values of the kept headers, each with its NUL */
    struct {
        size_t at;  /* of the first one's value */
        unsigned n; /* given so often */
    } keeps[FRAMING_KEPT];
    size_t head_bytes; /* of this request so far */
    size_t body_bytes;
    uint64_t left;
    bool begun;       /* its first byte was seen */
    bool head_done;   /* its headers are whole and clear */
    bool may_body;    /* evhttp reads a body of POST, PUT and PATCH only */
    bool old;         /* HTTP/1.0 */
    unsigned lengths; /* Content-Length headers */
    unsigned codings; /* Transfer-Encoding headers */
    int status;       /* FRAMING_BAD: 400, 411, 413, 417, 431, 501 or 505 */
    const char *field, *detail;
};

void framing_init(struct framing *f);
void framing_free(struct framing *f);
/* Forget the request that is done; the next byte begins another one. */
void framing_next(struct framing *f);
/* Reads up to the end of the request or the first fault; returns how many bytes it took. */
size_t framing_feed(struct framing *f, const char *data, size_t n);
/* With head_done: the first value of a header, or NULL. */
const char *framing_value(const struct framing *f, enum framing_kept which);

#endif
