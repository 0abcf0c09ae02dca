/* What the daemon answers, in words for a terminal. Texts are of the JSON or static. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include <jansson.h>

/* A member as text; "" when it is null or missing. */
const char *view_text(const json_t *object, const char *name);
struct view_time {
    char text[20];
};
/* "2026-07-14 15:40:00" of an instant in RFC 3339, at the daemon's offset; "-" for null. */
struct view_time view_time(const json_t *object, const char *name);
const char *view_lamp(const json_t *object);  /* 红, 黄, 绿, or - */
const char *view_state(const char *state);    /* of an obligation: 超时 */
const char *view_status(const char *status);  /* of a case: 办理中 */
const char *view_level(const json_t *a_case); /* Ⅰ to Ⅳ, or - */
/* Prints text, and spaces up to this many columns: a Chinese character takes two. What came from
 * outside can not move the cursor. */
void view_column(const char *text, int columns);
void view_line(const char *text); /* without control characters, and a line end */

#endif
