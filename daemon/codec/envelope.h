/* Attributes of one event, from JSON or from ce- headers. */
#ifndef CODEC_ENVELOPE_H
#define CODEC_ENVELOPE_H

#include "codec/matter.h"

#define ENVELOPE_BLANK ((struct envelope){.prefix = "", .path = "data.", .time_at = INSTANT_NONE})

/* plain: our own JSON, where specversion may be missing and the data fields may stand beside the
 * attributes. What could be read stays in e also on failure. e->data is owned by the caller. */
bool envelope_from_json(struct reading *r, json_t *object, bool plain, struct envelope *e);
bool envelope_from_headers(struct reading *r, const struct header_source *headers,
                           struct envelope *e);

/* Whether a request has all mandatory ce- headers: then it is an event in binary mode. */
bool envelope_in_headers(const struct header_source *headers);

/* application/json or application/...+json, parameters aside. */
bool media_is_json(const char *type);

#endif
