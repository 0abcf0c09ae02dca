/* Hashes and identifiers, by libcrypto. */
#ifndef CODEC_DIGEST_H
#define CODEC_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX_SIZE 65 /* 64 hex digits and NUL */
#define CASE_ID_SIZE 17    /* 16 characters of Crockford base 32 (80 bits) and NUL */

void digest_sha256_hex(const void *data, size_t n, char out[DIGEST_HEX_SIZE]);

/* Case id of the first report: base 32 of the first 80 bits of SHA-256(source, 0x00, id). The same
 * report always leads to the same case, so re-sending is harmless without any lookup table. */
void digest_case_id(const char *source, const char *id, char out[CASE_ID_SIZE]);
/* Whether text has the form of a case id. */
_Bool digest_is_case_id(const char *text);

/* base64(HMAC-SHA256(key, data)); out holds 45 bytes. */
void digest_hmac_base64(const void *key, size_t key_len, const void *data, size_t n, char out[45]);
/* Strict base64. Returns bytes written, or -EINVAL. out holds 3*(strlen/4) bytes. */
int digest_base64_decode(const char *text, unsigned char *out, size_t size);

#endif
