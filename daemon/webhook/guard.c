#include "webhook/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block {
    unsigned char prefix[16];
    unsigned bits;
};

static const struct block blocks_v4[] = {
    {{0}, 8},                   /* this host, this network */
    {{169, 254}, 16},           /* link-local; metadata services */
    {{100, 100, 100, 200}, 32}, /* a metadata service in shared address space */
    {{224}, 3},                 /* multicast, reserved, broadcast */
};

static const struct block blocks_v6[] = {
    {{0}, 128},                                                             /* :: */
    {{0xfe, 0x80}, 10},                                                     /* link-local */
    {{0xff}, 8},                                                            /* multicast */
    {{0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128}, /* metadata service */
};

/* IPv6 addresses that carry an IPv4 address in their last four bytes. */
static const struct block carriers[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, /* ::ffff:0:0/96, mapped */
    {{0x00, 0x64, 0xff, 0x9b}, 96},                   /* 64:ff9b::/96, NAT64 */
};

static bool in_block(const unsigned char *address, const struct block *block)
{
    const unsigned whole = block->bits / 8, rest = block->bits % 8;
    const unsigned mask = rest ? 0xffU << (8 - rest) & 0xffU : 0;

    if (memcmp(address, block->prefix, whole) != 0)
        return false;
    return rest == 0 || ((unsigned)(address[whole] ^ block->prefix[whole]) & mask) == 0;
}

static bool in_any(const unsigned char *address, const struct block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (in_block(address, &blocks[i]))
            return true;
    }
    return false;
}

#define IN_ANY(address, blocks) in_any(address, blocks, sizeof(blocks) / sizeof((blocks)[0]))

bool guard_allows(const struct sockaddr *address)
{
    unsigned char bytes[16];

    if (address->sa_family == AF_INET) {
        memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in, sin_addr), 4);
        return !IN_ANY(bytes, blocks_v4);
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in6, sin6_addr), 16);
    if (IN_ANY(bytes, carriers))
        return !IN_ANY(bytes + 12, blocks_v4);
    return !IN_ANY(bytes, blocks_v6);
}
