/* When to try a delivery again, and when to give up. Pure: the random number is given. */
#ifndef CORE_RETRY_H
#define CORE_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/instant.h"

enum send_outcome {
    SEND_ACCEPTED, /* 2xx */
    SEND_RETRY,    /* 5xx, 408, 425, 429, time-out, DNS, connect, reset */
    SEND_MISSET,   /* 3xx and other 4xx: the address or the key is wrong; few quick tries, then dead
                    */
    SEND_GONE      /* 410: dead at once */
};

struct send_result {
    enum send_outcome outcome;
    int status;          /* HTTP, 0 = none */
    span_ms retry_after; /* asked by the receiver, 0 = not said */
    const char *detail;  /* for people; lives during the call only */
};

/* Deadline notices lose value, so early and often: after attempt i, wait delays[i]. */
struct retry_schedule {
    const span_ms *delays;
    size_t n;            /* attempts in all = n + 1 */
    size_t misset_tries; /* attempts in all for SEND_MISSET */
    unsigned jitter_percent;
    span_ms retry_after_max; /* cap on what a receiver may ask for */
};
extern const struct retry_schedule retry_deadline_schedule; /* 5,15,60,300,900,1800,3600 s */

/* attempts: made so far, this one included (>= 1). random: any. true: try again after *ret_delay.
 */
bool retry_next(const struct retry_schedule *schedule, int attempts,
                const struct send_result *result, uint32_t random, span_ms *ret_delay);

#endif
