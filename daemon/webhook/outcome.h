/* What an attempt's end means for its notice. */
#ifndef WEBHOOK_OUTCOME_H
#define WEBHOOK_OUTCOME_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include "core/retry.h"

struct attempt_end {
    CURLcode code;
    int status;          /* HTTP, 0: none came */
    span_ms retry_after; /* asked, 0: not said */
    int os_error;        /* errno of a failed connect, 0: none */
    bool connected;      /* the request could be sent */
    bool cut;            /* we stopped reading a long answer; its status counts */
    bool refused;        /* every address of the host was refused by the guard */
    int connect_s, timeout_s;
};

/* detail is written in words for people; it never holds any part of the URL, nor of the answer's
 * text, which may repeat a key of the URL. */
struct send_result outcome_of(const struct attempt_end *end, char *detail, size_t size);

#endif
