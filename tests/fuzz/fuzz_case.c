/* What stands in the store, altered by anyone: refused, or read and written back the same. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "codec/record.h"

#define CHINA (&zone_china)

static void view(json_t *view)
{
    size_t n = json_dumpb(view, NULL, 0, JSON_COMPACT);

    must(n > 0);
    json_decref(view);
}

static void run_case(const char *json, size_t n, struct arena *arena)
{
    struct opinion_case *c, *again;
    struct err err;
    char *first;

    if (case_decode(json, n, arena, &c, &err) < 0)
        return;
    first = case_encode(c, arena);
    must(case_decode(first, strlen(first), arena, &again, &err) == 0);
    must(strcmp(first, case_encode(again, arena)) == 0);
    view(case_view(c, CHINA));
}

static void run_fact(const char *json, size_t n, struct arena *arena)
{
    struct fact fact, again;
    struct err err;
    char *first;

    if (fact_decode(json, n, arena, &fact, &err) < 0)
        return;
    first = fact_encode(&fact, "0123456789ABCDEF", arena);
    must(fact_decode(first, strlen(first), arena, &again, &err) == 0);
    must(strcmp(first, fact_encode(&again, "0123456789ABCDEF", arena)) == 0);
    view(fact_view(&fact, CHINA));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);

    run_case((const char *)data, size, arena);
    run_fact((const char *)data, size, arena);
    arena_free(arena);
    return 0;
}
