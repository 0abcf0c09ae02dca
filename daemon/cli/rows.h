/* What is said of one obligation: a line of text with tabs, or of JSON with the same columns. */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/zone.h"
#include "core/case.h"

#define ROWS_HEADER "case\treport\tobligation\tstart\tdue\tstate\thappened_at\tlate_s\tflags\n"

/* Appends the line and its end. */
void rows_write(const struct opinion_case *c, const struct obligation *o, const struct zone *zone,
                bool json, struct buf *out);
/* Appends a JSON string; text NULL: null. */
void rows_json_text(struct buf *out, const char *text);
/* The same of an instant; INSTANT_NONE: null. */
void rows_json_instant(struct buf *out, const struct zone *zone, instant_ms at);
/* An instant as text, "-" for none. */
void rows_instant(struct buf *out, const struct zone *zone, instant_ms at);

#endif
