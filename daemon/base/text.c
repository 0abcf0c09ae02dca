#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/instant.h"
#include "base/must.h"

bool text_empty(const char *text)
{
    return !text || !*text;
}

bool text_starts(const char *text, const char *prefix)
{
    return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

int text_to_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = *text == '-';
    int64_t value = 0;

    text += negative;
    if (!*text)
        return -EINVAL;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -EINVAL;
        if (__builtin_mul_overflow(value, (int64_t)10, &value) ||
            __builtin_sub_overflow(value, (int64_t)(*text - '0'), &value))
            return -ERANGE;
    }
    /* Counted downwards, because INT64_MIN has no positive counterpart. */
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return -ERANGE;
    if (value < min || value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}

static span_ms unit_span(const char *unit, size_t *ret_length)
{
    static const struct {
        const char *name;
        span_ms span;
    } units[] = {{"ms", 1}, {"s", SECOND_MS}, {"m", MINUTE_MS}, {"h", HOUR_MS}, {"d", DAY_MS}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (text_starts(unit, units[i].name)) {
            *ret_length = strlen(units[i].name);
            return units[i].span;
        }
    }
    return 0;
}

int text_to_span(const char *text, int64_t *ret_ms)
{
    int64_t total = 0;

    if (!*text)
        return -EINVAL;
    while (*text) {
        int64_t count = 0, part;
        size_t digits = strspn(text, "0123456789"), length = 0;
        char number[20];
        span_ms unit;

        if (digits == 0 || digits >= sizeof(number))
            return digits ? -ERANGE : -EINVAL;
        memcpy(number, text, digits);
        number[digits] = '\0';
        if (text_to_int(number, 0, INT64_MAX, &count) < 0)
            return -ERANGE;
        unit = unit_span(text + digits, &length);
        if (!unit)
            return -EINVAL;
        if (__builtin_mul_overflow(count, unit, &part) ||
            __builtin_add_overflow(total, part, &total))
            return -ERANGE;
        text += digits + length;
    }
    *ret_ms = total;
    return 0;
}

void text_span_zh(int64_t ms, char *out, size_t size)
{
    int64_t s = (ms < 0 ? -ms : ms) / SECOND_MS;
    long long d = s / 86400, h = s / 3600 % 24, m = s / 60 % 60;

    if (d && h)
        snprintf(out, size, "%lld天%lld小时", d, h);
    else if (d)
        snprintf(out, size, "%lld天", d);
    else if (h && m)
        snprintf(out, size, "%lld小时%lld分", h, m);
    else if (h)
        snprintf(out, size, "%lld小时", h);
    else if (m)
        snprintf(out, size, "%lld分", m);
    else
        snprintf(out, size, "%lld秒", (long long)s);
}

size_t text_utf8_cut(const char *text, size_t n)
{
    while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

#define DISTANCE_MAX 8
#define DISTANCE_BYTES 64

unsigned text_distance(const char *a, const char *b)
{
    size_t an = strlen(a), bn = strlen(b);
    unsigned char row[DISTANCE_BYTES + 1];

    if (an > DISTANCE_BYTES || bn > DISTANCE_BYTES)
        return DISTANCE_MAX;
    for (size_t j = 0; j <= bn; j++)
        row[j] = (unsigned char)j;
    for (size_t i = 1; i <= an; i++) {
        unsigned char diagonal = row[0];

        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= bn; j++) {
            unsigned char above = row[j];
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);

            best = best < above + 1u ? best : above + 1u;
            best = best < row[j - 1] + 1u ? best : row[j - 1] + 1u;
            diagonal = above;
            row[j] = (unsigned char)best;
        }
    }
    return row[bn] < DISTANCE_MAX ? row[bn] : DISTANCE_MAX;
}

void text_guess(struct guess *g, const char *name)
{
    unsigned distance;

    if (!name || g->distance == 0)
        return;
    distance = text_distance(g->text, name);
    if (distance < g->distance) {
        g->best = name;
        g->distance = distance;
    }
}

uint32_t text_fnv1a(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

void text_replace(char **text, const char *by)
{
    size_t n = strlen(by) + 1;

    *text = realloc(*text, n);
    must(*text != NULL);
    memcpy(*text, by, n);
}
