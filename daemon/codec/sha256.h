/* SHA-256 of two texts with one byte between them: what chain, case id and operation id all are. */
#ifndef CODEC_SHA256_H
#define CODEC_SHA256_H

#include "codec/digest.h"

#define SHA256_BYTES 32

void sha256_join(const char *a, char between, const char *b, unsigned char out[SHA256_BYTES]);
void sha256_hex(const unsigned char hash[SHA256_BYTES], char out[DIGEST_HEX_SIZE]);

#endif
