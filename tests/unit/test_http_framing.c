/* Where a request ends, and what is refused: whatever way the bytes are cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/limits.h"
#include "http/framing.h"

#define HOST "Host: x\r\n"
#define GET "GET /healthz HTTP/1.1\r\n" HOST
#define POST "POST /v1/events HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define DONE 0
#define MORE 1

struct row {
    const char *bytes;
    int want; /* a status, DONE or MORE */
};

static const struct row rows[] = {
    {GET "\r\n", DONE},
    {GET "A:\r\nB:  c \t\r\n\r\n", DONE},
    {"GET / HTTP/1.0\r\n\r\n", DONE},
    {POST "Content-Length: 5\r\n\r\nhello", DONE},
    {POST "content-length:\t5 \r\n\r\nhello", DONE},
    {POST "Content-Length: 0\r\n\r\n", DONE},
    {POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx", DONE},
    {CHUNKED "5\r\nhello\r\n0\r\n\r\n", DONE},
    {CHUNKED "0005\r\nhello\r\n0A\r\n0123456789\r\n0\r\n\r\n", DONE},
    {"", MORE},
    {"GET /healthz HTTP/1.1\r\nHo", MORE},
    {POST "Content-Length: 6\r\n\r\nhello", MORE},
    {CHUNKED "5\r\nhello\r\n0\r\n", MORE},
    /* Two lengths, or none that is clear. */
    {POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
    {POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
    {POST "Content-Length: 5, 5\r\n\r\nhello", 400},
    {POST "Content-Length: +5\r\n\r\nhello", 400},
    {POST "Content-Length: -0\r\n\r\n", 400},
    {POST "Content-Length: 0x5\r\n\r\nhello", 400},
    {POST "Content-Length:\r\n\r\n", 400},
    {POST "Content-Length: 99999999999999999999\r\n\r\n", 400},
    {POST "Content-Length : 5\r\n\r\nhello", 400},
    {POST "\r\n", 411},
    {POST "Content-Length: 1048577\r\n\r\n", 413},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {GET "Content-Length: 5\r\n\r\nhello", 400},
    {GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    /* Chunks. */
    {CHUNKED "0x5\r\nhello\r\n", 400},
    {CHUNKED "+5\r\nhello\r\n", 400},
    {CHUNKED " 5\r\nhello\r\n", 400},
    {CHUNKED "5 \r\nhello\r\n", 400},
    {CHUNKED "5;a=b\r\nhello\r\n", 400},
    {CHUNKED "\r\n", 400},
    {CHUNKED "zz\r\n", 400},
    {CHUNKED "000000005\r\nhello\r\n", 400},
    {CHUNKED "3\r\nhello\r\n", 400},
    {CHUNKED "0\r\nHost: y\r\n\r\n", 400},
    {CHUNKED "ffffffff\r\n", 413},
    {CHUNKED "100001\r\n", 413},
    /* Host. */
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
    {GET "Origin: http://x\r\nOrigin: http://x\r\n\r\n", 400},
    /* Lines. */
    {GET "A: b\r\n c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\nHost: x\n\n", 400},
    {GET "A: b\rc\r\n\r\n", 400},
    {GET "A: \x7f\r\n\r\n", 400},
    {GET "no colon\r\n\r\n", 400},
    {GET ": b\r\n\r\n", 400},
    {"\r\nGET / HTTP/1.1\r\n", 400},
    {"GET  / HTTP/1.1\r\n", 400},
    {"GET / HTTP/1.1 \r\n", 400},
    {"GET /\r\n", 400},
    {"GET //x HTTP/1.1\r\n", 400},
    {"GET http://x/ HTTP/1.1\r\n", 400},
    {"get / HTTP/1.1\r\n", 501},
    {"CONNECT /x HTTP/1.1\r\n", 501},
    {"PRI * HTTP/2.0\r\n", 505},
    {POST "Expect: 200-ok\r\n", 417},
};

static void feed(struct framing *f, const char *bytes, size_t n, size_t piece)
{
    for (size_t at = 0; at < n;) {
        size_t left = n - at, used;
        char *copy = malloc(left < piece ? left : piece); /* so that ASan sees a read too far */

        assert_non_null(copy);
        memcpy(copy, bytes + at, left < piece ? left : piece);
        used = framing_feed(f, copy, left < piece ? left : piece);
        free(copy);
        if (used == 0)
            return;
        at += used;
    }
}

static void test_every_row_in_every_cut(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
            struct framing f;
            int got;

            framing_init(&f);
            feed(&f, rows[i].bytes, strlen(rows[i].bytes), pieces[p]);
            got = f.step == FRAMING_DONE ? DONE : f.step == FRAMING_BAD ? f.status : MORE;
            if (got != rows[i].want)
                print_error("%s\n", rows[i].bytes);
            assert_int_equal(got, rows[i].want);
            assert_true(f.step != FRAMING_BAD || f.detail);
            framing_free(&f);
        }
    }
}

static void test_stops_at_the_end_of_one_request(void **state)
{
    static const char two[] = POST "Content-Length: 5\r\n\r\nhello" GET "\r\n";
    struct framing f;
    size_t used;

    (void)state;
    framing_init(&f);
    used = framing_feed(&f, two, strlen(two));
    assert_int_equal(f.step, FRAMING_DONE);
    assert_int_equal(used, strlen(two) - strlen(GET "\r\n"));
    assert_int_equal(framing_feed(&f, two + used, 10), 0);
    framing_next(&f);
    assert_false(f.begun);
    assert_int_equal(framing_feed(&f, two + used, strlen(two) - used), strlen(two) - used);
    assert_int_equal(f.step, FRAMING_DONE);
    framing_free(&f);
}

static void test_limits_on_the_byte(void **state)
{
    static char head[LIMIT_HEADER_BYTES + 1];
    static const char start[] = GET "A: ";
    static const char largest[] = POST "Content-Length: 1048576\r\n\r\n";
    struct framing f;

    (void)state;
    for (int over = 0; over <= 1; over++) {
        size_t n = LIMIT_HEADER_BYTES + (size_t)over;

        memset(head, 'x', sizeof(head));
        memcpy(head, start, strlen(start));
        memcpy(head + n - 4, "\r\n\r\n", 4);
        framing_init(&f);
        feed(&f, head, n, 1000);
        assert_int_equal(f.step, over ? FRAMING_BAD : FRAMING_DONE);
        assert_int_equal(f.status, over ? 431 : 0);
        framing_free(&f);
    }
    framing_init(&f);
    feed(&f, largest, strlen(largest), 1000);
    assert_int_equal(f.step, FRAMING_BODY);
    assert_int_equal(f.left, LIMIT_BODY_BYTES);
    framing_free(&f);
}

/* Each chunk fits, both together do not. */
static void test_chunks_are_limited_together(void **state)
{
    static char half[LIMIT_BODY_BYTES / 2];
    static const char *const sizes[] = {"80000\r\n", "80001\r\n"};
    static const char start[] = CHUNKED "80000\r\n";

    (void)state;
    for (int over = 0; over <= 1; over++) {
        struct framing f;

        framing_init(&f);
        feed(&f, start, strlen(start), 9);
        feed(&f, half, sizeof(half), 4096);
        feed(&f, "\r\n", 2, 1);
        feed(&f, sizes[over], strlen(sizes[over]), 9);
        assert_int_equal(f.step, over ? FRAMING_BAD : FRAMING_CHUNK_DATA);
        assert_int_equal(f.status, over ? 413 : 0);
        framing_free(&f);
    }
}

static void test_zero_bytes_are_no_text(void **state)
{
    static const char bytes[] = GET "A: b\0c\r\n\r\n";
    struct framing f;

    (void)state;
    framing_init(&f);
    feed(&f, bytes, sizeof(bytes) - 1, 5);
    assert_int_equal(f.status, 400);
    framing_free(&f);
}

/* Before the body is here, and of this request only. */
static void test_headers_that_decide_are_kept(void **state)
{
    static const char head[] = "POST /v1/events HTTP/1.1\r\nAuthorization: Bearer a\r\n"
                               "HOST:  [::1]:5248 \r\norigin: null\r\nauthorization: Bearer b\r\n"
                               "Content-Length: 3\r\n";
    struct framing f;

    (void)state;
    framing_init(&f);
    feed(&f, head, strlen(head), 5);
    assert_false(f.head_done);
    feed(&f, "\r\n", 2, 1);
    assert_true(f.head_done);
    assert_int_equal(f.step, FRAMING_BODY);
    assert_string_equal(framing_value(&f, FRAMING_HOST), "[::1]:5248");
    assert_string_equal(framing_value(&f, FRAMING_ORIGIN), "null");
    assert_string_equal(framing_value(&f, FRAMING_AUTHORIZATION), "Bearer a");
    assert_int_equal(f.keeps[FRAMING_AUTHORIZATION].n, 2);
    feed(&f, "abc", 3, 3);
    framing_next(&f);
    feed(&f, GET "\r\n", strlen(GET "\r\n"), 7);
    assert_true(f.head_done);
    assert_string_equal(framing_value(&f, FRAMING_HOST), "x");
    assert_null(framing_value(&f, FRAMING_ORIGIN));
    assert_null(framing_value(&f, FRAMING_AUTHORIZATION));
    framing_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_in_every_cut),
        cmocka_unit_test(test_stops_at_the_end_of_one_request),
        cmocka_unit_test(test_limits_on_the_byte),
        cmocka_unit_test(test_chunks_are_limited_together),
        cmocka_unit_test(test_zero_bytes_are_no_text),
        cmocka_unit_test(test_headers_that_decide_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
