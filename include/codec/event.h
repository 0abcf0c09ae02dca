/* What senders give us -> core input, validated field by field. Knows CloudEvents 1.0 (structured,
 * batch, binary) and plain JSON with the same fields. Bad input never reaches the core. */
#ifndef CODEC_EVENT_H
#define CODEC_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/instant.h"
#include "base/zone.h"
#include "core/decide.h"

/* Why something was refused: becomes an RFC 9457 problem document. */
struct problem {
    int status;         /* HTTP: 400, 413, 415, 422 */
    const char *field;  /* "data.incident.level", "ce-id"; NULL = the whole */
    const char *detail; /* what was found and what is expected; never echoes more than 64 bytes */
};

enum event_kind { EVENT_REPORT, EVENT_ACTION, EVENT_REFUSED };

struct event {
    enum event_kind kind;
    const char *source, *id;    /* as sent, NULL if unreadable */
    struct problem problem;     /* EVENT_REFUSED */
    struct report_input report; /* EVENT_REPORT */
    struct action action;       /* EVENT_ACTION */
    const char *case_id;        /* both: the case it is about (subject, or from data.report) */
    const char *op;             /* EVENT_ACTION: operation id from (source, id) */
    const char *op_digest;      /* EVENT_ACTION: of its content */
};

/* Headers of a request, by lower-case name; NULL when absent; *count tells how many there are. */
struct header_source {
    void *self;
    const char *(*get)(void *self, const char *name, int *count);
    /* Calls each with every header whose name starts with "ce-" (name lower-cased). */
    void (*each_ce)(void *self, void (*each)(void *arg, const char *name, const char *value),
                    void *arg);
};

struct event_request {
    bool batch; /* answer with results[] */
    struct event *events;
    size_t n;
};

/* now: to refuse times more than FUTURE_SKEW_MS ahead, and as last resort for discovered_at.
 * 0, or -EBADMSG with *problem when the request as a whole can not be read (bad JSON, unknown
 * format, too large, a batch of more than LIMIT_BATCH). A bad event, alone or in a batch, is
 * read: it is EVENT_REFUSED with its own problem, and the result is 0. */
int event_decode(const char *body, size_t n, const struct header_source *headers, instant_ms now,
                 const struct zone *zone, struct arena *arena, struct event_request *ret,
                 struct problem *problem);

/* Body of POST /v1/cases/{id}/actions: {"action": "fulfil", "kind": ..., ...}. */
int action_decode(const char *body, size_t n, instant_ms now, const struct zone *zone,
                  struct arena *arena, struct action *ret, const char **ret_digest,
                  struct problem *problem);

/* Body of POST /v1/reevaluation: what would become of open cases under other rules or days. */
enum reevaluation_what { REEVALUATE_POLICY, REEVALUATE_CALENDAR };
struct reevaluation_input {
    enum reevaluation_what what;
    bool dry_run;        /* default */
    bool from_disk;      /* under what the configuration file says now */
    const char *case_id; /* NULL: all open cases */
};
extern const char *const reevaluation_names[]; /* by enum reevaluation_what */
int reevaluation_decode(const char *body, size_t n, struct arena *arena,
                        struct reevaluation_input *ret, struct problem *problem);

#endif
