/* Query parameters by table, the filter they make, and the list's cursor. Pure. */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "codec/event.h"
#include "core/case.h"

/* The parsers fill what is given, the rest keeps its defaults; text lives in the arena. 0, or
 * -EINVAL and problem: an unknown name, a name given twice, a value that can not be. */

/* GET /v1/cases */
enum query_status { QUERY_OPEN, QUERY_CLOSED, QUERY_ALL };
enum query_exercise { QUERY_EXERCISE_ALL, QUERY_EXERCISE_TRUE, QUERY_EXERCISE_FALSE };

struct cases_query {
    int status;    /* enum query_status */
    int exercise;  /* enum query_exercise */
    int lamp;      /* enum lamp, or -1: any */
    int state;     /* enum obligation_state that one obligation must be in, or -1 */
    int64_t level; /* -1: any */
    int64_t limit;
    const char *region; /* a prefix: codes of regions nest */
    const char *topic, *unit;
    const char *cursor;
};
int cases_query_parse(const char *query, struct cases_query *ret, struct arena *arena,
                      struct problem *problem);
/* status is not looked at: it picks the index. */
bool cases_query_matches(const struct cases_query *q, const struct opinion_case *c);

/* GET /v1/cases/{id}/facts */
struct facts_query {
    int64_t limit;
    const char *before; /* position in the stream, or NULL */
};
int facts_query_parse(const char *query, struct facts_query *ret, struct arena *arena,
                      struct problem *problem);

/* GET /v1/cases/{id}/explain */
struct explain_query {
    int lang;               /* enum explain_language */
    const char *obligation; /* its key, or NULL: all */
};
int explain_query_parse(const char *query, struct explain_query *ret, struct arena *arena,
                        struct problem *problem);

/* Opaque to clients: base64url of "<reported_at>,<id>". */
const char *cursor_encode(instant_ms at, const char *id, struct arena *arena);
int cursor_decode(const char *cursor, instant_ms *ret_at, const char **ret_id, struct arena *arena);

#endif
