/* libcurl's multi interface on a libevent base: sockets and one timer, nothing of webhooks. */
#ifndef WEBHOOK_MULTI_H
#define WEBHOOK_MULTI_H

#include <curl/curl.h>
#include <event2/event.h>
#include <stdbool.h>

struct multi;

/* A transfer ended; `easy` has left the multi handle already. Runs between libcurl's own calls, so
 * it may start and stop transfers. */
typedef void multi_done_fn(void *owner, CURL *easy, CURLcode code);

struct multi *multi_new(struct event_base *base, multi_done_fn *done, void *owner);
/* All transfers have been stopped before. Accepts NULL; returns NULL. */
struct multi *multi_free(struct multi *m);
bool multi_start(struct multi *m, CURL *easy); /* false: out of memory, nothing started */
void multi_stop(struct multi *m, CURL *easy);  /* without `done` */

#endif
