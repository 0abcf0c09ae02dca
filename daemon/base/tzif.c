/* TZif files, RFC 8536: a header and a block with 32-bit times for old readers, the same again with
 * 64-bit times, and a footer with the rule for all later times. */
#include "base/zone.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include "base/limits.h"
#include "base/tz_rule.h"

#define TYPE_BYTES 6
#define YEAR_FIRST 1800 /* no rule is expanded for earlier years: nothing of ours lies there */
#define YEAR_LAST 2199

static const char cut_short[] = "it is cut short";

struct bytes {
    const unsigned char *p;
    size_t left;
};

struct counts {
    uint64_t isut, isstd, leaps, times, types, chars; /* in the order of the file */
};

/* The parts of the second block that matter. */
struct block {
    size_t times;
    const unsigned char *at, *type_of, *types; /* times, a byte each, TYPE_BYTES each */
};

struct builder {
    struct arena *arena;
    int first; /* offset before the changes */
    struct zone_change *changes;
    size_t n, cap;
    int64_t last_s; /* time of the last change in the file, INT64_MIN: none */
};

/* NULL when fewer than n bytes are left. */
static const unsigned char *take(struct bytes *b, uint64_t n)
{
    const unsigned char *p = b->p;

    if (n > b->left)
        return NULL;
    b->p += n;
    b->left -= (size_t)n;
    return p;
}

static uint64_t big_endian(const unsigned char *p, int n)
{
    uint64_t value = 0;

    for (int i = 0; i < n; i++)
        value = value << 8 | p[i];
    return value;
}

static const char *read_header(struct bytes *b, struct counts *ret)
{
    uint64_t *const counts[] = {&ret->isut,  &ret->isstd, &ret->leaps,
                                &ret->times, &ret->types, &ret->chars};
    const unsigned char *magic = take(b, 20), *p = take(b, 24);

    if (!magic || !p)
        return cut_short;
    if (memcmp(magic, "TZif", 4) != 0)
        return "it is no TZif file";
    if (magic[4] < '2')
        return "it is a TZif file of version 1, without a rule for the future";
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = big_endian(p + 4 * i, 4);
    return NULL;
}

static const char *check_counts(const struct counts *n)
{
    if (n->leaps)
        return "its times count leap seconds; take the zone without \"right/\"";
    if (n->times > LIMIT_ZONE_CHANGES)
        return "it has too many changes";
    if (n->types < 1 || n->types > 256 || n->chars < 1)
        return "it has no kind of local time, or too many";
    if ((n->isut && n->isut != n->types) || (n->isstd && n->isstd != n->types))
        return "its counts do not agree";
    return NULL;
}

/* Seconds of one kind of local time, which is in range. */
static int type_seconds(const struct block *block, unsigned type)
{
    return (int32_t)(uint32_t)big_endian(block->types + (size_t)type * TYPE_BYTES, 4);
}

static const char *check_types(const struct block *block, const struct counts *n)
{
    for (unsigned i = 0; i < n->types; i++) {
        const unsigned char *type = block->types + (size_t)i * TYPE_BYTES;

        /* Less than a day even when rounded to minutes; zone.c relies on it. */
        if (type_seconds(block, i) >= 86370 || type_seconds(block, i) <= -86370)
            return "it has an offset of a day or more";
        if (type[4] > 1 || type[5] >= n->chars)
            return "it has a kind of local time that makes no sense";
    }
    return NULL;
}

static int64_t time_of(const struct block *block, size_t i)
{
    return (int64_t)big_endian(block->at + i * 8, 8);
}

static const char *check_times(const struct block *block, const struct counts *n)
{
    for (size_t i = 0; i < block->times; i++) {
        if (i && time_of(block, i) <= time_of(block, i - 1))
            return "its changes are not in order";
        if (block->type_of[i] >= n->types)
            return "it has a change to a local time that is not in it";
    }
    return NULL;
}

static const char *read_block(struct bytes *b, struct block *ret)
{
    struct counts n;
    const char *complaint = read_header(b, &n);

    if (!complaint)
        complaint = check_counts(&n);
    if (complaint)
        return complaint;
    *ret = (struct block){.times = (size_t)n.times, .at = take(b, n.times * 8)};
    ret->type_of = take(b, n.times);
    ret->types = take(b, n.types * TYPE_BYTES);
    if (!ret->at || !ret->type_of || !ret->types || !take(b, n.chars + n.isstd + n.isut))
        return cut_short;
    complaint = check_types(ret, &n);
    return complaint ? complaint : check_times(ret, &n);
}

/* The first block says the same in 32 bits. */
static const char *skip_block(struct bytes *b)
{
    struct counts n;
    const char *complaint = read_header(b, &n);

    if (complaint)
        return complaint;
    return take(b, n.times * (4 + 1) + n.types * TYPE_BYTES + n.chars + n.leaps * (4 + 4) +
                       n.isstd + n.isut)
               ? NULL
               : cut_short;
}

/* *ret_present: a file may have no rule; then the last offset stays. */
static const char *read_footer(struct bytes *b, bool *ret_present, struct tz_rule *ret)
{
    char text[128]; /* the longest in tzdata has 44 bytes */
    size_t n;

    if (b->left < 2 || b->p[0] != '\n' || b->p[b->left - 1] != '\n')
        return "its footer is missing or cut short";
    n = b->left - 2;
    if (n >= sizeof(text) || memchr(b->p, '\0', b->left))
        return "its footer is no rule";
    memcpy(text, b->p + 1, n);
    text[n] = '\0';
    *ret_present = n > 0;
    return n ? tz_rule_parse(text, ret) : NULL;
}

static int minutes(int seconds)
{
    return seconds >= -30 ? (seconds + 30) / 60 : -((29 - seconds) / 60);
}

/* Changes of the name only are left out, and what is taken back the moment it happens: an eternal
 * summer is written as one that ends when the next begins. */
static void add_change(struct builder *b, instant_ms at, int offset_min)
{
    struct zone_change *change;

    if (b->n && b->changes[b->n - 1].at == at)
        b->n--;
    if (offset_min == (b->n ? b->changes[b->n - 1].offset_min : b->first))
        return;
    change = arena_push(b->arena, &b->changes, &b->n, &b->cap, sizeof(*change));
    *change = (struct zone_change){.at = at, .offset_min = offset_min};
}

static void add_block(struct builder *b, const struct block *block)
{
    b->first = minutes(type_seconds(block, 0));
    for (size_t i = 0; i < block->times; i++) {
        int64_t at = b->last_s = time_of(block, i);
        int offset_min = minutes(type_seconds(block, block->type_of[i]));

        /* A time may be any 64-bit number; -2^59 for "always" has been seen in the wild. */
        if (at < -(INSTANT_MAX / SECOND_MS))
            b->first = offset_min;
        else if (at <= INSTANT_MAX / SECOND_MS)
            add_change(b, at * SECOND_MS, offset_min);
    }
}

static const char *add_rule(struct builder *b, const struct tz_rule *rule)
{
    int year = 1970, seconds[2];
    int64_t previous = INT64_MIN;

    if (b->n)
        year = instant_civil(b->changes[b->n - 1].at, 0).year;
    if (year < YEAR_FIRST)
        year = YEAR_FIRST;
    /* From the year before: its last change may lie in this one, and may be what is in force. */
    for (year--; year <= YEAR_LAST; year++) {
        int64_t at[2] = {tz_rule_to_summer(rule, year), tz_rule_to_standard(rule, year)};
        bool south = at[1] <= at[0];

        seconds[south] = rule->summer;
        seconds[!south] = rule->standard;
        if (south) {
            int64_t first = at[1];

            at[1] = at[0];
            at[0] = first;
        }
        for (int i = 0; i < 2; i++) {
            if (at[i] < previous)
                return "the changes of its footer overlap";
            if (at[i] > b->last_s)
                add_change(b, at[i] * SECOND_MS, minutes(seconds[i]));
            previous = at[i];
        }
    }
    return NULL;
}

int zone_read(const char *name, const void *data, size_t n, struct arena *arena, struct zone *ret,
              const char **ret_complaint)
{
    struct bytes b = {data, n};
    struct builder zone = {.arena = arena, .last_s = INT64_MIN};
    struct block block = {0};
    struct tz_rule rule = {0};
    bool has_rule = false;
    const char *complaint = skip_block(&b);

    if (!complaint)
        complaint = read_block(&b, &block);
    if (!complaint)
        complaint = read_footer(&b, &has_rule, &rule);
    if (!complaint) {
        add_block(&zone, &block);
        if (has_rule && rule.changes)
            complaint = add_rule(&zone, &rule);
    }
    if (complaint) {
        *ret_complaint = complaint;
        return -EBADMSG;
    }
    *ret = (struct zone){.name = arena_strdup(arena, name),
                         .offset_min = zone.first,
                         .changes = zone.changes,
                         .n = zone.n};
    return 0;
}
