#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/must.h"
#include "codec/digest.h"
#include "webhook/sender.h"

void webhook_sign(const unsigned char *secret, size_t secret_len, const char *id,
                  int64_t timestamp_s, const char *body, size_t body_len, char out[64])
{
    char prefix[32], mac[45];
    struct buf signed_text = BUF_INIT(strlen(id) + sizeof(prefix) + body_len);

    snprintf(prefix, sizeof(prefix), ".%" PRId64 ".", timestamp_s);
    buf_puts(&signed_text, id);
    buf_puts(&signed_text, prefix);
    buf_add(&signed_text, body, body_len);
    must(!signed_text.failed);
    digest_hmac_base64(secret, secret_len, signed_text.data, signed_text.len, mac);
    buf_free(&signed_text);
    snprintf(out, 64, "v1,%s", mac);
}
