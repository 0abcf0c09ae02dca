/* The zone of the office: an offset, or a file of tzdata. */
#include "conf/check.h"

#include <errno.h>
#include <string.h>
#include "base/text.h"
#include "base/zone.h"
#include "conf/conf.h"
#include "conf/file.h"

#define ZONEINFO "/usr/share/zoneinfo/"
#define ZONE_CHARS                                                                                 \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                                                   \
    "abcdefghijklmnopqrstuvwxyz0123456789_+-/"
#define NAME_MAX_BYTES 64 /* the longest of tzdata has 32 */

static const char *read_offset(struct reader *r, const char *text, struct zone *ret)
{
    int result = zone_fixed(text, r->arena, ret);

    if (result == -ERANGE)
        return "is no offset in use";
    return result < 0 ? "is not an offset" : NULL;
}

/* Third column of the table of places, CN <tab> +3114+12128 <tab> Asia/Shanghai <tab> comment. */
static void guess_places(struct guess *guess, char *table)
{
    for (char *line = table, *next; *line; line = next) {
        size_t n = strcspn(line, "\n");
        char *name = line;

        next = line + n + (line[n] != '\0');
        line[n] = '\0';
        for (int column = 0; name && column < 2; column++) {
            name = strchr(name, '\t');
            name = name ? name + 1 : NULL;
        }
        if (*line == '#' || !name)
            continue;
        name[strcspn(name, "\t")] = '\0';
        text_guess(guess, name);
    }
}

static const char *not_found(struct reader *r, const char *name)
{
    struct guess guess = guess_new(r, name);
    struct file table;

    if (file_read(r->arena, ZONEINFO "zone.tab", LIMIT_ZONE_BYTES, &table) < 0)
        return "is not in " ZONEINFO " (is the package tzdata installed?)";
    guess_places(&guess, table.data);
    return guess.best
               ? arena_printf(r->arena, "is not in " ZONEINFO " (did you mean \"%s\"?)", guess.best)
               : "is not in " ZONEINFO;
}

static const char *read_name(struct reader *r, const char *name, struct zone *ret)
{
    const char *complaint;
    struct file file;
    int result;

    /* The name becomes a path, which must not lead out of the folder. */
    if (!check_charset(name, ZONE_CHARS, NAME_MAX_BYTES) || name[0] == '/')
        return "is not the name of a zone";
    result =
        file_read(r->arena, arena_printf(r->arena, ZONEINFO "%s", name), LIMIT_ZONE_BYTES, &file);
    if (result == -ENOENT || result == -ENOTDIR)
        return not_found(r, name);
    if (result < 0)
        return arena_printf(r->arena, "cannot be read from " ZONEINFO ": %s", file_error(result));
    if (zone_read(name, file.data, file.len, r->arena, ret, &complaint) < 0)
        return arena_printf(r->arena, "cannot be used: %s", complaint);
    return NULL;
}

const char *check_timezone(struct reader *r, const struct at *at, const char *text, void *target)
{
    const struct zone **field = target;
    struct zone *zone = arena_alloc(r->arena, sizeof(*zone));
    const char *complaint;

    (void)at;
    if (strchr("+-0123456789",
               text[0])) /* no zone's name begins like this; an empty text neither */
        complaint = read_offset(r, text, zone);
    else
        complaint = read_name(r, text, zone);
    if (!complaint)
        *field = zone;
    return complaint;
}

const char *conf_zone(const char *text, struct arena *arena, const struct zone **ret)
{
    struct reader r = {.arena = arena};

    return check_timezone(&r, NULL, text, ret);
}
