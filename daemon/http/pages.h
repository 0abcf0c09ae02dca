/* A JSON answer that is too long to build as one tree: items are printed as they come. */
#ifndef HTTP_PAGES_H
#define HTTP_PAGES_H

#include <jansson.h>
#include "base/buf.h"
#include "http/exchange.h"

struct pages {
    struct exchange *ex;
    struct buf text;
    size_t n;       /* items */
    size_t counted; /* bytes of text that are in the server's `building` */
};

void pages_begin(struct pages *p, struct exchange *ex, const char *name); /* {"<name>":[ */
void pages_add(struct pages *p, json_t *item);                            /* steals item */
/* Whether no more should be added: the rest is behind the cursor. */
bool pages_full(const struct pages *p);
/* ],"next":...} and answers. next may be NULL. */
void pages_end(struct pages *p, const char *next);
/* The same with these members instead. Steals rest. */
void pages_end_with(struct pages *p, json_t *rest);
/* Instead of pages_end(): something else is the answer. */
void pages_drop(struct pages *p);

#endif
