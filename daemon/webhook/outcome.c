#include "webhook/outcome.h"

#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* First row that fits; what fits none (1xx, 5xx, nonsense) is tried again. */
static const struct status_rule {
    int from, to;
    enum send_outcome outcome;
    const char *words;
} status_rules[] = {
    {200, 299, SEND_ACCEPTED, ""}, {300, 399, SEND_MISSET, ": redirects are not followed"},
    {408, 408, SEND_RETRY, ""},    {410, 410, SEND_GONE, ": the receiver is gone for good"},
    {425, 425, SEND_RETRY, ""},    {429, 429, SEND_RETRY, ": too many requests"},
    {400, 499, SEND_MISSET, ""},
};

/* Failures without a whole answer. Those not listed are tried again, in libcurl's words. */
static const struct code_rule {
    CURLcode code;
    enum send_outcome outcome;
    const char *words;
} code_rules[] = {
    {CURLE_COULDNT_RESOLVE_HOST, SEND_RETRY, "host name not found"},
    {CURLE_COULDNT_CONNECT, SEND_RETRY, "connect: "},
    {CURLE_GOT_NOTHING, SEND_RETRY, "connection closed without an answer"},
    {CURLE_SEND_ERROR, SEND_RETRY, "connection broke while sending"},
    {CURLE_RECV_ERROR, SEND_RETRY, "connection broke before the answer was whole"},
    {CURLE_PARTIAL_FILE, SEND_RETRY, "connection broke before the answer was whole"},
    {CURLE_WEIRD_SERVER_REPLY, SEND_RETRY, "the answer is not HTTP"},
    {CURLE_SSL_CONNECT_ERROR, SEND_RETRY, "TLS handshake failed"},
    {CURLE_PEER_FAILED_VERIFICATION, SEND_MISSET, "TLS certificate is not valid for this host"},
    {CURLE_SSL_ISSUER_ERROR, SEND_MISSET, "TLS certificate is not valid for this host"},
    {CURLE_SSL_INVALIDCERTSTATUS, SEND_MISSET, "TLS certificate is not valid for this host"},
    {CURLE_SSL_CACERT_BADFILE, SEND_MISSET, "trusted TLS certificates can not be read"},
    {CURLE_URL_MALFORMAT, SEND_MISSET, "the address is not a URL"},
    {CURLE_LOGIN_DENIED, SEND_MISSET, "the address holds a user name"},
};

static enum send_outcome by_status(int status, char *detail, size_t size)
{
    for (size_t i = 0; i < COUNT(status_rules); i++) {
        const struct status_rule *rule = &status_rules[i];

        if (status >= rule->from && status <= rule->to) {
            snprintf(detail, size, "HTTP %d%s", status, rule->words);
            return rule->outcome;
        }
    }
    snprintf(detail, size, "HTTP %d", status);
    return SEND_RETRY;
}

static enum send_outcome by_code(const struct attempt_end *end, char *detail, size_t size)
{
    for (size_t i = 0; i < COUNT(code_rules); i++) {
        const struct code_rule *rule = &code_rules[i];

        if (rule->code == end->code) {
            snprintf(detail, size, "%s%s", rule->words,
                     end->code != CURLE_COULDNT_CONNECT ? ""
                     : end->os_error                    ? strerror(end->os_error)
                                                        : "failed");
            return rule->outcome;
        }
    }
    snprintf(detail, size, "%s", curl_easy_strerror(end->code));
    return SEND_RETRY;
}

static enum send_outcome by_timeout(const struct attempt_end *end, char *detail, size_t size)
{
    if (end->connected)
        snprintf(detail, size, "no %sanswer within %d s", end->status ? "whole " : "",
                 end->timeout_s);
    else
        snprintf(detail, size, "no connection within %d s", end->connect_s);
    return SEND_RETRY;
}

/* libcurl has one code for "ftp://" and for an answer in HTTP/0.9, that is, anything at all. */
static enum send_outcome by_protocol(const struct attempt_end *end, char *detail, size_t size)
{
    snprintf(detail, size, "%s",
             end->connected ? "the answer is not HTTP" : "the address is neither http nor https");
    return end->connected ? SEND_RETRY : SEND_MISSET;
}

struct send_result outcome_of(const struct attempt_end *end, char *detail, size_t size)
{
    struct send_result result = {
        .status = end->status, .retry_after = end->retry_after, .detail = detail};

    if (end->refused) {
        snprintf(detail, size, "the address is one that is never sent to (link-local, multicast)");
        result.outcome = SEND_RETRY; /* a name may mean such an address for a moment only */
    } else if (end->code == CURLE_OK || end->cut) {
        result.outcome = by_status(end->status, detail, size);
    } else if (end->code == CURLE_OPERATION_TIMEDOUT) {
        result.outcome = by_timeout(end, detail, size);
    } else if (end->code == CURLE_UNSUPPORTED_PROTOCOL) {
        result.outcome = by_protocol(end, detail, size);
    } else {
        result.outcome = by_code(end, detail, size);
    }
    return result;
}
