/* Receivers of notices, and each daemon's sender to them: seeded outcomes, and an exact memory of
 * what every receiver saw under every notice id. */
#ifndef SIM_FAKE_SENDER_H
#define SIM_FAKE_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "port/sender.h"
#include "rng.h"

/* How a receiver behaves for now. */
enum receiver_mood { MOOD_WELL, MOOD_FLAKY, MOOD_DOWN, MOOD_MISSET, MOOD_COUNT };

/* One body a receiver was handed under one notice id. */
struct seen {
    const char *receiver, *notice, *body;
    unsigned times;    /* handed over, whatever the sender learnt */
    unsigned accepted; /* of these, how often the sender was told so */
};

struct fake_receivers {
    struct arena *arena;
    struct rng *rng;
    const char *const *ids; /* NULL-terminated */
    enum receiver_mood mood;
    struct seen *seen;
    size_t seen_n, seen_cap;
    const struct seen *differs; /* two bodies under one id: the first such pair's later one */
};

void fake_receivers_init(struct fake_receivers *r, struct arena *arena, struct rng *rng,
                         const char *const *ids);
const struct seen *fake_receivers_seen(const struct fake_receivers *r, const char *receiver,
                                       const char *notice); /* or NULL */

struct sending {
    struct send_request request;
    send_fn *done;
    void *arg;
};

/* Deliveries under way of one daemon. */
struct fake_sender {
    struct sender port;
    struct fake_receivers *receivers;
    struct sending *sendings;
    size_t n, cap;
};

void fake_sender_init(struct fake_sender *s, struct fake_receivers *receivers);
/* Ends one delivery, any of them; false: none is under way. */
bool fake_sender_deliver(struct fake_sender *s);
/* The daemon dies: every delivery under way may have arrived, none is answered well. */
void fake_sender_abort(struct fake_sender *s);

#endif
