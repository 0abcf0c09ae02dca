#include "http/auth.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>
#include "codec/digest.h"

const char *auth_actor(const struct conf *conf, const char *authorization, bool needed)
{
    static const char scheme[] = "Bearer ";
    const char *actor = NULL, *token;
    char hex[DIGEST_HEX_SIZE];

    if (conf->token_n == 0 || !authorization)
        return needed ? NULL : AUTH_LOCAL;
    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    token = authorization + sizeof(scheme) - 1;
    token += strspn(token, " ");
    digest_sha256_hex(token, strlen(token), hex);
    for (size_t i = 0; i < conf->token_n; i++)
        if (CRYPTO_memcmp(hex, conf->tokens[i].sha256, sizeof(hex) - 1) == 0)
            actor = conf->tokens[i].name;
    return actor;
}
