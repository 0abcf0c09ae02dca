#include "codec/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>
#include "base/must.h"
#include "codec/sha256.h"

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void sha256_hex(const unsigned char hash[SHA256_BYTES], char out[DIGEST_HEX_SIZE])
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[2 * i] = hex[hash[i] >> 4];
        out[2 * i + 1] = hex[hash[i] & 15];
    }
    out[DIGEST_HEX_SIZE - 1] = '\0';
}

void sha256_join(const char *a, char between, const char *b, unsigned char out[SHA256_BYTES])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    must(ctx != NULL);
    must(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    must(EVP_DigestUpdate(ctx, a, strlen(a)) == 1);
    must(EVP_DigestUpdate(ctx, &between, 1) == 1);
    must(EVP_DigestUpdate(ctx, b, strlen(b)) == 1);
    must(EVP_DigestFinal_ex(ctx, out, NULL) == 1);
    EVP_MD_CTX_free(ctx);
}

void digest_sha256_hex(const void *data, size_t n, char out[DIGEST_HEX_SIZE])
{
    unsigned char hash[SHA256_BYTES];

    SHA256(data, n, hash);
    sha256_hex(hash, out);
}

void digest_case_id(const char *source, const char *id, char out[CASE_ID_SIZE])
{
    unsigned char hash[SHA256_BYTES];

    sha256_join(source, '\0', id, hash);
    for (size_t i = 0; i < CASE_ID_SIZE - 1; i++) {
        size_t bit = 5 * i;
        unsigned pair = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];

        out[i] = crockford[pair >> (11 - bit % 8) & 31];
    }
    out[CASE_ID_SIZE - 1] = '\0';
}

_Bool digest_is_case_id(const char *text)
{
    return strlen(text) == CASE_ID_SIZE - 1 && strspn(text, crockford) == CASE_ID_SIZE - 1;
}

void digest_hmac_base64(const void *key, size_t key_len, const void *data, size_t n, char out[45])
{
    unsigned char mac[SHA256_BYTES];

    must(HMAC(EVP_sha256(), key, (int)key_len, data, n, mac, NULL) != NULL);
    EVP_EncodeBlock((unsigned char *)out, mac, SHA256_BYTES);
}

int digest_base64_decode(const char *text, unsigned char *out, size_t size)
{
    size_t len = strlen(text), letters = strspn(text, base64), padding = len - letters;
    unsigned char again[5];
    int n;

    if (len % 4 || padding > 2 || strspn(text + letters, "=") != padding || size < len / 4 * 3 ||
        len > INT32_MAX)
        return -EINVAL;
    if (!len)
        return 0;
    n = EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
    must(n == (int)(len / 4 * 3));
    /* Bits that padding drops must be 0, else two texts would stand for the same bytes. */
    EVP_EncodeBlock(again, out + n - 3, 3 - (int)padding);
    if (memcmp(again, text + len - 4, 4) != 0)
        return -EINVAL;
    return n - (int)padding;
}
