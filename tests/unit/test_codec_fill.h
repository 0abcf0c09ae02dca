/* Filling a record by its table. */
#ifndef TEST_CODEC_FILL_H
#define TEST_CODEC_FILL_H

#include <stddef.h>
#include <string.h>

static inline void put(unsigned char *base, size_t offset, const void *value, size_t size)
{
    memcpy(base + offset, value, size);
}

static inline unsigned name_count(const char *const *names)
{
    unsigned n = 0;

    while (names[n])
        n++;
    return n;
}

#endif
