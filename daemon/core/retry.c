#include "core/retry.h"

#include "base/must.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* With the attempt at once: eight in under two hours, five of them in the first seven minutes. */
static const span_ms deadline_delays[] = {
    5 * SECOND_MS,   15 * SECOND_MS,   60 * SECOND_MS,   300 * SECOND_MS,
    900 * SECOND_MS, 1800 * SECOND_MS, 3600 * SECOND_MS,
};

const struct retry_schedule retry_deadline_schedule = {
    .delays = deadline_delays,
    .n = COUNT(deadline_delays),
    .misset_tries = 3,
    .jitter_percent = 20,
    .retry_after_max = HOUR_MS, /* our own longest wait: nobody may silence a deadline for a day */
};

/* Attempts in all, the first one included. */
static size_t tries_of(const struct retry_schedule *schedule, enum send_outcome outcome)
{
    switch (outcome) {
    case SEND_RETRY:
        return schedule->n + 1;
    case SEND_MISSET:
        return schedule->misset_tries <= schedule->n ? schedule->misset_tries : schedule->n + 1;
    case SEND_ACCEPTED:
    case SEND_GONE:
        return 0;
    }
    return 0;
}

/* delay, moved by -jitter..+jitter percent. */
static span_ms jittered(span_ms delay, unsigned percent, uint32_t random)
{
    const span_ms reach = delay * percent / 100;

    return delay - reach + (span_ms)((uint64_t)random % (uint64_t)(2 * reach + 1));
}

bool retry_next(const struct retry_schedule *schedule, int attempts,
                const struct send_result *result, uint32_t random, span_ms *ret_delay)
{
    span_ms asked = result->retry_after;
    span_ms delay;

    must(attempts >= 1);
    must(schedule->jitter_percent <= 100);
    if ((size_t)attempts >= tries_of(schedule, result->outcome))
        return false;
    if (asked > schedule->retry_after_max)
        asked = schedule->retry_after_max;
    delay = jittered(schedule->delays[attempts - 1], schedule->jitter_percent, random);
    *ret_delay = delay > asked ? delay : asked;
    return true;
}
