/* A hash table from 64 bits to 64 bits, for millions of entries. Zeroed: empty. */
#ifndef CLI_SEEN_H
#define CLI_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct seen_entry {
    uint64_t key, value; /* key 0: free */
};

struct seen {
    struct seen_entry *entries;
    size_t n, size; /* a power of two */
};

/* FNV-1a, never 0. */
uint64_t seen_key(const char *text);
const uint64_t *seen_get(const struct seen *s, uint64_t key); /* or NULL */
void seen_put(struct seen *s, uint64_t key, uint64_t value);
void seen_free(struct seen *s);

#endif
