/* Bump allocator: everything one operation needs, freed in one go.
 *
 * The core takes all memory from here, so it can be pure and needs no free paths. An arena has a
 * limit; its callers bound their input (base/limits.h) so that reaching it is our own fault, and it
 * then aborts (must). Returned memory is zeroed and aligned to 16 bytes. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* limit: bytes the arena may hand out in total. Never NULL. */
struct arena *arena_new(size_t limit);
struct arena *arena_free(struct arena *arena); /* accepts NULL; returns NULL */
void arena_reset(struct arena *arena);         /* forget all, keep the first block */
size_t arena_used(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);            /* NULL in, NULL out */
char *arena_strndup(struct arena *arena, const char *text, size_t n); /* n bytes and a NUL */
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *arena, const char *fmt, ...);

/* Grow *items (of *cap elements of `size` bytes, *n used) so that one more fits; returns the new
 * element, zeroed, and counts it. For arrays that live in an arena: the old copy is left behind. */
void *arena_push(struct arena *arena, void *items, size_t *n, size_t *cap, size_t size);

#endif
