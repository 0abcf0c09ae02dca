/* Any bytes as a TZif file: refused with a complaint, or a zone in order whose local times go there
 * and back. */
#include <stdint.h>
#include "base/must.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const struct zone *z)
{
    for (size_t i = 0; i < z->n; i++) {
        const struct zone_change *c = &z->changes[i];

        must(c->offset_min > -1440 && c->offset_min < 1440);
        must(i == 0 || z->changes[i - 1].at < c->at);
        must(c->offset_min != (i ? z->changes[i - 1].offset_min : z->offset_min));
        must(zone_offset_min(z, c->at) == c->offset_min);
    }
}

static void check_day(const struct zone *z, day_no day)
{
    char out[INSTANT_TEXT_SIZE];
    instant_ms previous = zone_instant(z, day, 0), back;

    must(previous == zone_instant(z, day - 1, 1440));
    for (int minute = 30; minute <= 1440; minute += 30) {
        instant_ms at = zone_instant(z, day, minute);

        must(at >= previous);
        zone_format(z, at, out);
        must(zone_parse(&zone_utc, out, &back) == 0 && back == at);
        previous = at;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)1024 * 1024);
    const char *complaint = NULL;
    struct zone z;

    if (zone_read("fuzz", data, size, arena, &z, &complaint) == 0) {
        check_order(&z);
        for (size_t i = 0; i < z.n && i < 64; i++) {
            if (z.changes[i].at > 2 * DAY_MS)
                check_day(&z, zone_day(&z, z.changes[i].at));
        }
        check_day(&z, 20000);
    } else {
        must(complaint != NULL);
    }
    arena_free(arena);
    return 0;
}
