/* The sender port by libcurl multi on the daemon's loop: POST, Standard Webhooks headers, no
 * redirects. */
#ifndef WEBHOOK_SENDER_H
#define WEBHOOK_SENDER_H

#include <event2/event.h>
#include <stdint.h>
#include "conf/conf.h"
#include "port/clock.h"
#include "port/sender.h"

struct webhook_sender;

/* The process ignores SIGPIPE: TLS writes without MSG_NOSIGNAL. clock: its wall time goes into the
 * signature. */
struct webhook_sender *webhook_sender_new(struct event_base *base, const struct conf *conf,
                                          struct clock_port *clock);
/* Running attempts end with SEND_RETRY before this returns. */
struct webhook_sender *webhook_sender_free(struct webhook_sender *s);
/* After a reload; attempts under way keep what they started with (URL and secret are copied). */
void webhook_sender_set_conf(struct webhook_sender *s, const struct conf *conf);
struct sender *webhook_sender_port(struct webhook_sender *s);

/* Signs at send time: "v1,<base64 HMAC-SHA256(secret, id.timestamp.body)>"; out holds 64 bytes. */
void webhook_sign(const unsigned char *secret, size_t secret_len, const char *id,
                  int64_t timestamp_s, const char *body, size_t body_len, char out[64]);

#endif
