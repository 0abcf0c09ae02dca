/* The content of an event: a report of a matter, or an action on a case. */
#ifndef CODEC_MATTER_H
#define CODEC_MATTER_H

#include "codec/form.h"

/* What an event says about itself. Strings are the arena's. */
struct envelope {
    const char *prefix; /* of attribute names in problems: "", "ce-" in headers */
    const char *path;   /* of data fields in problems: "data.", "" where they stand beside them */
    const char *source, *id, *type, *subject, *time;
    const char *specversion, *datacontenttype;
    instant_ms time_at; /* INSTANT_NONE when not given */
    json_t *data;       /* owned; NULL: none */
};

/* Checks type and data and fills ret for one event whose envelope is sound. */
bool matter_read(struct reading *r, const struct envelope *e, struct event *ret);

/* One action out of its fields; `also` as for form_read(). */
bool action_read(struct reading *r, enum action_type type, json_t *fields, const char *path,
                 const char *also, struct action *ret);
bool report_read(struct reading *r, const struct envelope *e, bool incident,
                 struct report_input *ret);

/* Chinese names of incident categories, by enum incident_category; senders may use them too. */
extern const char *const category_zh_names[];

/* Hex SHA-256 of sorted, compact JSON: the same content gives the same digest, however sent. */
const char *matter_digest(const json_t *content, struct arena *arena);

#endif
