#include "cli/seen.h"

#include <stdlib.h>
#include "base/must.h"

uint64_t seen_key(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        h = (h ^ *p) * UINT64_C(1099511628211);
    return h ? h : 1;
}

/* Where the key is, or where it would go. */
static struct seen_entry *place(const struct seen *s, uint64_t key)
{
    /* The low bits of FNV spread worse than the high ones. */
    size_t i = (size_t)(key ^ key >> 32) & (s->size - 1);

    while (s->entries[i].key && s->entries[i].key != key)
        i = (i + 1) & (s->size - 1);
    return &s->entries[i];
}

const uint64_t *seen_get(const struct seen *s, uint64_t key)
{
    const struct seen_entry *e = s->size ? place(s, key) : NULL;

    return e && e->key ? &e->value : NULL;
}

static void grow(struct seen *s)
{
    struct seen old = *s;

    s->size = old.size ? old.size * 2 : 256;
    s->entries = calloc(s->size, sizeof(*s->entries));
    must(s->entries != NULL);
    for (size_t i = 0; i < old.size; i++) {
        if (old.entries[i].key)
            *place(s, old.entries[i].key) = old.entries[i];
    }
    free(old.entries);
}

void seen_put(struct seen *s, uint64_t key, uint64_t value)
{
    struct seen_entry *e;

    if (2 * (s->n + 1) > s->size)
        grow(s);
    e = place(s, key);
    s->n += e->key == 0;
    *e = (struct seen_entry){key, value};
}

void seen_free(struct seen *s)
{
    free(s->entries);
    *s = (struct seen){0};
}
