#include "http/framing.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"

/* RFC 9110 tchar */
#define TOKEN_BYTES "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST_BYTES "-._~%:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Eight hex digits are 4 GiB, far over the body limit, and can not overflow. */
#define CHUNK_DIGITS_MAX 8

static void bad(struct framing *f, int status, const char *field, const char *detail)
{
    f->step = FRAMING_BAD;
    f->status = status;
    f->field = field;
    f->detail = detail;
}

static void request_line(struct framing *f, char *line)
{
    static const struct {
        const char *name;
        bool may_body;
    } methods[] = {{"GET", false},  {"HEAD", false},   {"POST", true},    {"PUT", true},
                   {"PATCH", true}, {"DELETE", false}, {"OPTIONS", false}};
    char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
    size_t i = 0;

    if (!version || version == target + 1 || strchr(version + 1, ' ') || strchr(line, '\t')) {
        bad(f, 400, NULL, "the first line is not `METHOD target HTTP/1.1`");
        return;
    }
    *target++ = '\0';
    *version++ = '\0';
    while (i < sizeof(methods) / sizeof(methods[0]) && strcmp(line, methods[i].name) != 0)
        i++;
    f->old = strcmp(version, "HTTP/1.0") == 0;
    if (!f->old && strcmp(version, "HTTP/1.1") != 0) {
        bad(f, 505, NULL, "expected HTTP/1.1 or HTTP/1.0");
    } else if (i == sizeof(methods) / sizeof(methods[0])) {
        bad(f, 501, NULL, "this method is not known here");
    } else if (*target != '/' || target[1] == '/') {
        bad(f, 400, NULL, "the target is not a path that begins with one '/'");
    } else {
        f->may_body = methods[i].may_body;
        f->step = FRAMING_HEADER;
    }
}

static void header_length(struct framing *f, const char *value)
{
    int64_t length = 0;

    f->lengths++;
    if (f->lengths > 1)
        bad(f, 400, "Content-Length", "given more than once");
    else if (*value == '-' || text_to_int(value, 0, INT64_MAX, &length) < 0)
        bad(f, 400, "Content-Length", "expected digits only");
    else
        f->left = (uint64_t)length;
}

static void header_coding(struct framing *f, const char *value)
{
    f->codings++;
    if (f->codings > 1)
        bad(f, 400, "Transfer-Encoding", "given more than once");
    else if (f->old)
        bad(f, 400, "Transfer-Encoding", "HTTP/1.0 has none");
    else if (strcasecmp(value, "chunked") != 0)
        bad(f, 501, "Transfer-Encoding", "only `chunked` is known here");
}

static void keep(struct framing *f, enum framing_kept which, const char *value)
{
    if (f->keeps[which].n++ > 0)
        return;
    f->keeps[which].at = f->kept.len;
    buf_add(&f->kept, value, strlen(value) + 1);
}

static void header_host(struct framing *f, const char *value)
{
    keep(f, FRAMING_HOST, value);
    if (f->keeps[FRAMING_HOST].n > 1)
        bad(f, 400, "Host", "given more than once");
    else if (value[strspn(value, HOST_BYTES)] != '\0')
        bad(f, 400, "Host", "expected a host name or address, and a port");
}

static void header_origin(struct framing *f, const char *value)
{
    keep(f, FRAMING_ORIGIN, value);
    if (f->keeps[FRAMING_ORIGIN].n > 1)
        bad(f, 400, "Origin", "given more than once");
}

static void header_authorization(struct framing *f, const char *value)
{
    keep(f, FRAMING_AUTHORIZATION, value);
}

static void header_expect(struct framing *f, const char *value)
{
    if (strcasecmp(value, "100-continue") != 0)
        bad(f, 417, "Expect", "only `100-continue` is known here");
}

static void head_done(struct framing *f)
{
    bool has_body = f->codings || f->left > 0;

    if (f->kept.failed)
        bad(f, 431, NULL, "the headers are over 16 KiB");
    else if (f->keeps[FRAMING_HOST].n == 0 && !f->old)
        bad(f, 400, "Host", "missing; HTTP/1.1 asks for exactly one");
    else if (f->codings && f->lengths)
        bad(f, 400, "Content-Length", "given together with Transfer-Encoding");
    else if (has_body && !f->may_body)
        bad(f, 400, NULL, "this method takes no body");
    else if (f->may_body && !f->codings && !f->lengths)
        bad(f, 411, "Content-Length", "missing; this method asks for it, or for chunks");
    else if (f->left > LIMIT_BODY_BYTES)
        bad(f, 413, NULL, "the body is over 1 MiB");
    else if (!has_body)
        f->step = FRAMING_DONE;
    else
        f->step = f->codings ? FRAMING_CHUNK_SIZE : FRAMING_BODY;
    f->head_done = f->step != FRAMING_BAD;
}

static void header_line(struct framing *f, char *line)
{
    static const struct {
        const char *name;
        void (*read)(struct framing *f, const char *value);
    } headers[] = {{"content-length", header_length},
                   {"transfer-encoding", header_coding},
                   {"host", header_host},
                   {"origin", header_origin},
                   {"authorization", header_authorization},
                   {"expect", header_expect}};
    size_t name = strspn(line, TOKEN_BYTES), end = strlen(line);
    char *value = line + name + 1;

    if (end == 0) {
        head_done(f);
        return;
    }
    if (*line == ' ' || *line == '\t') {
        bad(f, 400, NULL, "a header continues on a second line; put it on one");
        return;
    }
    if (name == 0 || line[name] != ':') {
        bad(f, 400, NULL, "a header line is not `Name: value`");
        return;
    }
    line[name] = '\0';
    value += strspn(value, " \t");
    while (line + end > value && (line[end - 1] == ' ' || line[end - 1] == '\t'))
        line[--end] = '\0';
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        if (strcasecmp(line, headers[i].name) == 0)
            headers[i].read(f, value);
}

static unsigned hex_value(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : ((unsigned)digit | 0x20u) - 'a' + 10u;
}

static void chunk_size(struct framing *f, char *line)
{
    size_t digits = strspn(line, "0123456789abcdefABCDEF");

    if (digits == 0 || digits > CHUNK_DIGITS_MAX || line[digits] != '\0') {
        bad(f, 400, NULL, "a chunk does not begin with its size in hex digits only");
        return;
    }
    f->left = 0;
    for (size_t i = 0; i < digits; i++)
        f->left = f->left * 16 + hex_value(line[i]);
    if (f->left > LIMIT_BODY_BYTES - f->body_bytes)
        bad(f, 413, NULL, "the body is over 1 MiB");
    else
        f->step = f->left ? FRAMING_CHUNK_DATA : FRAMING_TRAILER;
    f->body_bytes += f->left;
}

static void chunk_end(struct framing *f, char *line)
{
    if (*line)
        bad(f, 400, NULL, "a chunk is longer than its size says");
    else
        f->step = FRAMING_CHUNK_SIZE;
}

static void trailer_line(struct framing *f, char *line)
{
    if (*line)
        bad(f, 400, NULL, "headers after the body are not taken");
    else
        f->step = FRAMING_DONE;
}

/* A line without its end, or NULL when it is not a proper one. */
static char *line_text(struct buf *line)
{
    size_t n = line->len;

    if (n < 2 || line->data[n - 2] != '\r')
        return NULL;
    line->data[n - 2] = '\0';
    for (size_t i = 0; i < n - 2; i++) {
        unsigned char c = (unsigned char)line->data[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return NULL;
    }
    return line->data;
}

static size_t feed_line(struct framing *f, const char *data, size_t n)
{
    static void (*const readers[])(struct framing * f, char *line) = {
        [FRAMING_REQUEST_LINE] = request_line, [FRAMING_HEADER] = header_line,
        [FRAMING_CHUNK_SIZE] = chunk_size,     [FRAMING_CHUNK_END] = chunk_end,
        [FRAMING_TRAILER] = trailer_line,
    };
    const char *end = memchr(data, '\n', n);
    size_t take = end ? (size_t)(end - data) + 1 : n;
    bool in_head = f->step <= FRAMING_HEADER;
    char *text;

    if (in_head)
        f->head_bytes += take;
    buf_add(&f->line, data, take);
    if (f->line.failed || f->head_bytes > LIMIT_HEADER_BYTES) {
        bad(f, in_head ? 431 : 400, NULL, "the headers are over 16 KiB");
        return take;
    }
    if (!end)
        return take;
    text = line_text(&f->line);
    if (text)
        readers[f->step](f, text);
    else
        bad(f, 400, NULL, "a line has control bytes, or does not end with CR LF");
    buf_clear(&f->line);
    return take;
}

static size_t feed_body(struct framing *f, size_t n)
{
    size_t take = n < f->left ? n : (size_t)f->left;

    f->left -= take;
    if (f->left == 0)
        f->step = f->step == FRAMING_BODY ? FRAMING_DONE : FRAMING_CHUNK_END;
    return take;
}

void framing_init(struct framing *f)
{
    *f = (struct framing){.line = BUF_INIT(LIMIT_HEADER_BYTES),
                          .kept = BUF_INIT(LIMIT_HEADER_BYTES)};
}

void framing_free(struct framing *f)
{
    buf_free(&f->line);
    buf_free(&f->kept);
}

void framing_next(struct framing *f)
{
    struct buf line = f->line, kept = f->kept;

    must(f->step == FRAMING_DONE);
    buf_clear(&line);
    buf_clear(&kept);
    *f = (struct framing){.line = line, .kept = kept};
}

const char *framing_value(const struct framing *f, enum framing_kept which)
{
    return f->keeps[which].n ? f->kept.data + f->keeps[which].at : NULL;
}

size_t framing_feed(struct framing *f, const char *data, size_t n)
{
    size_t used = 0;

    while (used < n && f->step != FRAMING_DONE && f->step != FRAMING_BAD) {
        f->begun = true;
        if (f->step == FRAMING_BODY || f->step == FRAMING_CHUNK_DATA)
            used += feed_body(f, n - used);
        else
            used += feed_line(f, data + used, n - used);
    }
    return used;
}
