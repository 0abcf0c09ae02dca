#include "conf/problems.h"

#include <stdlib.h>
#include <string.h>

struct problem *problems_add(struct problems *p, struct spot spot)
{
    if (p->n == LIMIT_CONF_PROBLEMS) {
        p->more++;
        return NULL;
    }
    p->items[p->n] = (struct problem){.spot = spot, .seq = p->n, .text = ""};
    return &p->items[p->n++];
}

static int size_compare(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int problem_compare(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    int order = strcmp(a->spot.file, b->spot.file);

    if (order == 0)
        order = size_compare(a->spot.line, b->spot.line);
    if (order == 0)
        order = size_compare(a->spot.column, b->spot.column);
    return order ? order : size_compare(a->seq, b->seq);
}

void problems_print(struct problems *p, struct buf *out)
{
    qsort(p->items, p->n, sizeof(p->items[0]), problem_compare);
    for (size_t i = 0; i < p->n; i++) {
        const struct problem *item = &p->items[i];

        buf_printf(out, "%s:%zu:%zu: %s\n", item->spot.file, item->spot.line, item->spot.column,
                   item->text);
    }
    if (p->more)
        buf_printf(out, "and %zu more\n", p->more);
}
