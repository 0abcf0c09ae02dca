#include "fake_sender.h"

#include <errno.h>
#include <string.h>
#include "base/limits.h"

/* What happens to one attempt. */
enum fate {
    FATE_ACCEPT,
    FATE_RETRY,
    FATE_LOST /* seen, but the answer never came */,
    FATE_MISSET,
    FATE_GONE,
    FATE_COUNT
};

/* Percent by mood and fate. */
static const unsigned fates[MOOD_COUNT][FATE_COUNT] = {
    [MOOD_WELL] = {[FATE_ACCEPT] = 100},
    [MOOD_FLAKY] = {[FATE_ACCEPT] = 50,
                    [FATE_RETRY] = 25,
                    [FATE_LOST] = 15,
                    [FATE_MISSET] = 7,
                    [FATE_GONE] = 3},
    [MOOD_DOWN] = {[FATE_RETRY] = 90, [FATE_LOST] = 10},
    [MOOD_MISSET] = {[FATE_ACCEPT] = 20, [FATE_MISSET] = 70, [FATE_GONE] = 10},
};

static const struct send_result results[FATE_COUNT] = {
    [FATE_ACCEPT] = {.outcome = SEND_ACCEPTED, .status = 204, .detail = "HTTP 204"},
    [FATE_RETRY] = {.outcome = SEND_RETRY,
                    .status = 503,
                    .retry_after = 7 * SECOND_MS,
                    .detail = "HTTP 503"},
    [FATE_LOST] = {.outcome = SEND_RETRY, .detail = "time-out"},
    [FATE_MISSET] = {.outcome = SEND_MISSET, .status = 404, .detail = "HTTP 404"},
    [FATE_GONE] = {.outcome = SEND_GONE, .status = 410, .detail = "HTTP 410"},
};

void fake_receivers_init(struct fake_receivers *r, struct arena *arena, struct rng *rng,
                         const char *const *ids)
{
    *r = (struct fake_receivers){.arena = arena, .rng = rng, .ids = ids};
}

static struct seen *seen_find(const struct fake_receivers *r, const char *receiver,
                              const char *notice)
{
    for (size_t i = r->seen_n; i-- > 0;)
        if (!strcmp(r->seen[i].notice, notice) && !strcmp(r->seen[i].receiver, receiver))
            return &r->seen[i];
    return NULL;
}

const struct seen *fake_receivers_seen(const struct fake_receivers *r, const char *receiver,
                                       const char *notice)
{
    return seen_find(r, receiver, notice);
}

static void receive(struct fake_receivers *r, const struct send_request *q, bool accepted)
{
    struct seen *s = seen_find(r, q->receiver, q->notice);

    if (!s) {
        s = arena_push(r->arena, &r->seen, &r->seen_n, &r->seen_cap, sizeof(*s));
        s->receiver = arena_strdup(r->arena, q->receiver);
        s->notice = arena_strdup(r->arena, q->notice);
        s->body = arena_strndup(r->arena, q->body, q->body_len);
    }
    s->times++;
    s->accepted += accepted;
    if (!r->differs && (strlen(s->body) != q->body_len || memcmp(s->body, q->body, q->body_len)))
        r->differs = s;
}

static int sender_send(void *self, const struct send_request *request, send_fn *done, void *arg)
{
    struct fake_sender *s = self;
    struct arena *arena = s->receivers->arena;
    struct sending *sending;
    const char *const *id = s->receivers->ids;
    unsigned busy = 0;

    while (*id && strcmp(*id, request->receiver))
        id++;
    if (!*id)
        return -ENOENT;
    for (size_t i = 0; i < s->n; i++)
        busy += !strcmp(s->sendings[i].request.receiver, request->receiver);
    if (busy >= LIMIT_DELIVERIES_PER_RECEIVER)
        return -EBUSY;
    sending = arena_push(arena, &s->sendings, &s->n, &s->cap, sizeof(*sending));
    sending->request = (struct send_request){
        .receiver = *id,
        .notice = arena_strdup(arena, request->notice),
        .body = arena_strndup(arena, request->body, request->body_len),
        .body_len = request->body_len,
    };
    sending->done = done;
    sending->arg = arg;
    return 0;
}

void fake_sender_init(struct fake_sender *s, struct fake_receivers *receivers)
{
    *s = (struct fake_sender){.receivers = receivers};
    s->port = (struct sender){.self = s, .send = sender_send};
}

static struct sending sending_take(struct fake_sender *s, size_t i)
{
    struct sending sending = s->sendings[i];

    memmove(&s->sendings[i], &s->sendings[i + 1], (s->n - i - 1) * sizeof(sending));
    s->n--;
    return sending;
}

static void sending_end(struct fake_sender *s, const struct sending *sending, enum fate fate)
{
    if (fate == FATE_ACCEPT || fate == FATE_LOST)
        receive(s->receivers, &sending->request, fate == FATE_ACCEPT);
    sending->done(sending->arg, &results[fate]);
}

bool fake_sender_deliver(struct fake_sender *s)
{
    const unsigned *percent = fates[s->receivers->mood];
    struct sending sending;
    unsigned chance, fate = 0;

    if (s->n == 0)
        return false;
    sending = sending_take(s, rng_below(s->receivers->rng, (unsigned)s->n));
    chance = rng_below(s->receivers->rng, 100);
    while (chance >= percent[fate])
        chance -= percent[fate++];
    sending_end(s, &sending, (enum fate)fate);
    return true;
}

void fake_sender_abort(struct fake_sender *s)
{
    while (s->n > 0) {
        struct sending sending = sending_take(s, 0);

        sending_end(s, &sending, rng_percent(s->receivers->rng, 50) ? FATE_LOST : FATE_RETRY);
    }
}
