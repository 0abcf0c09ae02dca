/* Hands one notice to one receiver. Asynchronous; the callback runs exactly once, from the event
 * loop. Implementations: webhook/sender.c, tests/sim/fake_sender.c. */
#ifndef PORT_SENDER_H
#define PORT_SENDER_H

#include <stddef.h>
#include "core/retry.h"

struct send_request {
    const char *receiver; /* id in the configuration */
    const char *notice;   /* stable id: the receiver's idempotency key */
    const char *body;     /* exactly the bytes to sign and send; copied */
    size_t body_len;
};
typedef void send_fn(void *arg, const struct send_result *result);

struct sender {
    void *self;
    /* 0; -EBUSY: this receiver has all its connections in use, try later; -ENOENT: no such receiver
     * (it left the configuration). No callback on failure. */
    int (*send)(void *self, const struct send_request *request, send_fn *done, void *arg);
};

#endif
