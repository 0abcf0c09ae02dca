/* Small text helpers. Text is UTF-8 and NUL-terminated; NULL means "absent". */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* NULL equals only NULL. Inline: the core asks it of every rule and duty, and most differ in their
 * first byte. */
static inline bool text_equal(const char *a, const char *b)
{
    return a == b || (a && b && *a == *b && strcmp(a, b) == 0);
}
bool text_empty(const char *text); /* NULL or "" */
bool text_starts(const char *text, const char *prefix);

/* Decimal integer, whole text, in [min,max]. 0, -EINVAL or -ERANGE. */
int text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret);

/* "90s" "30m" "5h" "2d", or several "1h30m". 0, -EINVAL or -ERANGE. */
int text_to_span(const char *text, int64_t *ret_ms);

/* "1小时55分", "40分", "12秒", "2天3小时": the two largest units, for people. */
void text_span_zh(int64_t ms, char *out, size_t size);

/* Largest n' <= n that does not cut a UTF-8 character of text. */
size_t text_utf8_cut(const char *text, size_t n);

/* Levenshtein distance, capped at 8 (for "did you mean"); texts over 64 bytes are 8 apart. */
unsigned text_distance(const char *a, const char *b);

/* "did you mean": of the names tried, the first of the closest that is nearer than `distance`. */
struct guess {
    const char *text; /* what was typed */
    const char *best; /* NULL: none is near */
    unsigned distance;
};
void text_guess(struct guess *g, const char *name); /* NULL: nothing to try */

/* FNV-1a, 32 bits: spreads case ids over shards. Part of the Redis contract; never change it. */
uint32_t text_fnv1a(const char *text);

/* *text (malloc, or NULL) becomes a copy of `by`; the caller frees it. */
void text_replace(char **text, const char *by);

#endif
