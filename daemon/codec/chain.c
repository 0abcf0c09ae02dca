#include "codec/chain.h"

#include "codec/sha256.h"

void chain_next(const char *head, const char *fact_json, char out[DIGEST_HEX_SIZE])
{
    unsigned char hash[SHA256_BYTES];

    sha256_join(head, '\n', fact_json, hash);
    sha256_hex(hash, out);
}
