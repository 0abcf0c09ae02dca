/* The ledger's hash chain: hash(n) = hex SHA-256( hash(n-1) "\n" fact JSON ). One altered byte
 * anywhere breaks every later hash of the case. */
#ifndef CODEC_CHAIN_H
#define CODEC_CHAIN_H

#include "codec/digest.h"

#define CHAIN_GENESIS "0000000000000000000000000000000000000000000000000000000000000000"

void chain_next(const char *head, const char *fact_json, char out[DIGEST_HEX_SIZE]);

#endif
