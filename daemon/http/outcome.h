/* What became of a report or an action, in the words of HTTP. */
#ifndef HTTP_OUTCOME_H
#define HTTP_OUTCOME_H

#include <jansson.h>
#include "app/app.h"

/* The status; ret_problem gets a new problem document, or NULL on success. done: status of
 * APP_DONE (201 for a report, 200 for an action). */
int outcome_status(const struct app_result *result, int done, json_t **ret_problem);

/* RFC 3339, or null. New reference. */
json_t *instant_json(instant_ms at, const struct zone *zone);
/* {"case", "duplicate", "revision", "status", "lamp", "obligations": [...]}: enough for a sender to
 * see what clocks run. New reference. */
json_t *outcome_short(const struct app_result *result, const struct zone *zone);

#endif
