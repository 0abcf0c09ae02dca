/* Addresses no notice is ever sent to, looked at after name resolution. */
#ifndef WEBHOOK_GUARD_H
#define WEBHOOK_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

/* Offices deliver inside their own networks, and only the administrator names receivers, so private
 * and loopback addresses are fine. Refused is what can not be a receiver but can do harm when a
 * name suddenly resolves to it: link-local, cloud metadata services, multicast, broadcast, "this
 * host", and whatever is neither IPv4 nor IPv6. */
bool guard_allows(const struct sockaddr *address);

#endif
