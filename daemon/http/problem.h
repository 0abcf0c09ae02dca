/* RFC 9457 problem documents: every refusal of the API, one row each. */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include <jansson.h>
#include "core/decide.h"

/* X(identifier, status, "slug", "title"); type is urn:shixian:problem:<slug>. Of several rows with
 * one status the first is the general one. */
#define PROBLEM_KINDS(X)                                                                           \
    X(PROBLEM_BAD_REQUEST, 400, "bad-request", "Bad request")                                      \
    X(PROBLEM_UNAUTHORIZED, 401, "unauthorized", "Unauthorized")                                   \
    X(PROBLEM_FORBIDDEN, 403, "forbidden", "Forbidden")                                            \
    X(PROBLEM_NOT_FOUND, 404, "not-found", "Not found")                                            \
    X(PROBLEM_METHOD, 405, "method-not-allowed", "Method not allowed")                             \
    X(PROBLEM_TIMEOUT, 408, "request-timeout", "Request timeout")                                  \
    X(PROBLEM_CONFLICT, 409, "conflict", "Recorded before with another content")                   \
    X(PROBLEM_STATE, 409, "state", "Not in this state of the case")                                \
    X(PROBLEM_FULL, 409, "case-full", "The case is full")                                          \
    X(PROBLEM_LENGTH, 411, "length-required", "Length required")                                   \
    X(PROBLEM_TOO_LARGE, 413, "too-large", "Content too large")                                    \
    X(PROBLEM_MEDIA_TYPE, 415, "unsupported-media-type", "Unsupported media type")                 \
    X(PROBLEM_EXPECT, 417, "expectation-failed", "Expectation failed")                             \
    X(PROBLEM_MISDIRECTED, 421, "misdirected", "Misdirected request")                              \
    X(PROBLEM_INVALID, 422, "invalid", "Value not possible")                                       \
    X(PROBLEM_HEADERS, 431, "headers-too-large", "Headers too large")                              \
    X(PROBLEM_INTERNAL, 500, "internal", "Internal error")                                         \
    X(PROBLEM_NOT_IMPLEMENTED, 501, "not-implemented", "Not implemented")                          \
    X(PROBLEM_UNAVAILABLE, 503, "unavailable", "Unavailable; nothing was promised, send again")    \
    X(PROBLEM_OVERLOAD, 503, "overload", "Too many waiting; send again later")                     \
    X(PROBLEM_VERSION, 505, "http-version", "HTTP version not supported")

#define PROBLEM_ENUM(id, status, slug, title) id,
enum problem_kind { PROBLEM_KINDS(PROBLEM_ENUM) PROBLEM_KIND_COUNT };

int problem_status(enum problem_kind kind);
const char *problem_title(enum problem_kind kind);
enum problem_kind problem_of_status(int status);
enum problem_kind problem_of_refusal(enum refusal_code code);

/* New reference. field and detail may be NULL. */
json_t *problem_json(enum problem_kind kind, const char *field, const char *detail);

/* A JSON string of text that others gave us: what is not UTF-8 shows as '?'. NULL gives null. */
json_t *problem_text(const char *text);

#endif
