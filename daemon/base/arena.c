#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/must.h"

/* Big enough that an ordinary operation (a case of 2 KiB and its facts) needs one block only. */
#define BLOCK_BYTES ((size_t)16 * 1024)
#define ALIGN ((size_t)16)

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(16) unsigned char data[];
};

struct arena {
    struct block *first; /* kept over arena_reset() */
    struct block *last;
    size_t limit, used; /* used counts what was handed out, over all blocks */
};

static struct block *block_new(size_t size)
{
    struct block *b = malloc(sizeof(*b) + size);

    must(b != NULL);
    b->next = NULL;
    b->size = size;
    b->used = 0;
    return b;
}

struct arena *arena_new(size_t limit)
{
    struct arena *a = malloc(sizeof(*a));

    must(a != NULL);
    a->first = a->last = block_new(BLOCK_BYTES);
    a->limit = limit;
    a->used = 0;
    return a;
}

static void blocks_free(struct block *b)
{
    while (b) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
}

struct arena *arena_free(struct arena *arena)
{
    if (arena) {
        blocks_free(arena->first);
        free(arena);
    }
    return NULL;
}

void arena_reset(struct arena *arena)
{
    blocks_free(arena->first->next);
    arena->first->next = NULL;
    arena->first->used = 0;
    arena->last = arena->first;
    arena->used = 0;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t need = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct block *b = arena->last;
    void *p;

    must(need >= size && need <= arena->limit - arena->used);
    if (b->size - b->used < need) {
        b = block_new(need > BLOCK_BYTES ? need : BLOCK_BYTES);
        arena->last->next = b;
        arena->last = b;
    }
    p = b->data + b->used;
    b->used += need;
    arena->used += need;
    memset(p, 0, need);
    return p;
}

char *arena_strndup(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);

    memcpy(copy, text, n);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    char shorts[256]; /* most texts fit: one pass is enough */
    va_list args;
    char *out;
    int n;

    va_start(args, fmt);
    n = vsnprintf(shorts, sizeof(shorts), fmt, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n < sizeof(shorts))
        return arena_strndup(arena, shorts, (size_t)n);
    out = arena_alloc(arena, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(out, (size_t)n + 1, fmt, args);
    va_end(args);
    return out;
}

void *arena_push(struct arena *arena, void *items, size_t *n, size_t *cap, size_t size)
{
    unsigned char *array;

    memcpy(&array, items, sizeof(array)); /* any T ** comes in; a cast would break aliasing */
    if (*n == *cap) {
        size_t more = *cap ? *cap * 2 : 4;
        unsigned char *grown = arena_alloc(arena, more * size);

        if (*n)
            memcpy(grown, array, *n * size);
        array = grown;
        *cap = more;
        memcpy(items, &array, sizeof(array));
    }
    memset(array + *n * size, 0, size);
    return array + (*n)++ * size;
}
