/* Core structs <-> JSON, driven by one table of fields per struct (record_fields.c).
 *
 * Two forms from the same tables: *storage* (instants as integer UTC ms; absent, zero, empty and
 * INSTANT_NONE are left out; key order fixed, so equal structs give equal bytes) and *view* for
 * people and HTTP (instants as RFC 3339 at an offset; null where absent). */
#ifndef CODEC_RECORD_H
#define CODEC_RECORD_H

#include <jansson.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/zone.h"
#include "core/case.h"
#include "core/decide.h"

/* Storage. Encoders return NUL-terminated text in the arena. Decoders: 0, or -EBADMSG with err. */
char *case_encode(const struct opinion_case *c, struct arena *arena);
int case_decode(const char *json, size_t n, struct arena *arena, struct opinion_case **ret,
                struct err *reterr);
char *fact_encode(const struct fact *fact, const char *case_id, struct arena *arena);
int fact_decode(const char *json, size_t n, struct arena *arena, struct fact *ret,
                struct err *reterr);
/* Body of one notice: CloudEvents 1.0 structured JSON, the bytes that are signed and sent.
 * type: shixian.notice.<reminder|due_soon|overdue>, subject: case id, data: the notice. */
char *notice_encode(const struct notice *notice, const struct zone *zone, struct arena *arena);

/* View; new references. case_view adds lamp, and per obligation lamp. */
json_t *case_view(const struct opinion_case *c, const struct zone *zone);
json_t *fact_view(const struct fact *fact, const struct zone *zone);
/* Name of its lamp, or null where nothing is owed any more. */
json_t *obligation_lamp_view(const struct obligation *o);

#endif
