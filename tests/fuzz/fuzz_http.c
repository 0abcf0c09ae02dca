/* Any bytes as HTTP requests, whole and in pieces: the strict reader must come to the same end
 * however they are cut; and as query string and cursor. */
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/limits.h"
#include "base/must.h"
#include "http/framing.h"
#include "http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct end {
    enum framing_step step;
    int status;
    size_t requests, taken;
};

/* Reads all of it, `piece` bytes at a time. */
static struct end read_requests(const char *data, size_t size, size_t piece)
{
    struct framing f;
    struct end end = {0};

    framing_init(&f);
    while (end.taken < size && f.step != FRAMING_BAD) {
        size_t n = size - end.taken < piece ? size - end.taken : piece, took;

        took = framing_feed(&f, data + end.taken, n);
        must(took <= n);
        end.taken += took;
        if (f.step == FRAMING_DONE) {
            end.requests++;
            framing_next(&f);
        } else {
            must(took > 0 || f.step == FRAMING_BAD);
        }
    }
    end.step = f.step;
    end.status = f.step == FRAMING_BAD ? f.status : 0;
    must(f.step != FRAMING_BAD || (f.status >= 400 && f.detail));
    framing_free(&f);
    return end;
}

static void try_query(const char *text)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct cases_query cases = {0};
    struct facts_query facts = {0};
    struct problem problem = {0};
    instant_ms at;
    const char *id;

    must(cases_query_parse(text, &cases, arena, &problem) == 0 || problem.detail);
    must(facts_query_parse(text, &facts, arena, &problem) == 0 || problem.detail);
    if (cursor_decode(text, &at, &id, arena) == 0) {
        instant_ms again;

        must(cursor_decode(cursor_encode(at, id, arena), &again, &id, arena) == 0 && again == at);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct end whole = read_requests((const char *)data, size, size ? size : 1);
    char text[512];

    for (size_t piece = 1; piece <= 7; piece += 3) {
        struct end cut = read_requests((const char *)data, size, piece);

        must(cut.step == whole.step && cut.status == whole.status);
        must(cut.requests == whole.requests);
    }
    if (size < sizeof(text)) {
        memcpy(text, data, size);
        text[size] = '\0';
        try_query(text);
    }
    return 0;
}
