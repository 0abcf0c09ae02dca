/* The pure parts of webhook: signature, address guard, meaning of an attempt's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include "webhook/guard.h"
#include "webhook/outcome.h"
#include "webhook/sender.h"

/* The published example of the Standard Webhooks libraries. */
static const unsigned char key[] = {49, 242, 144, 246, 191, 6,  41,  138, 171, 79, 8,   212,
                                    60, 63,  8,   44,  246, 72, 163, 98,  218, 45, 164, 176};

static void test_signature_is_the_published_one(void **state)
{
    static const char body[] = "{\"test\": 2432232314}";
    char out[64];

    (void)state;
    webhook_sign(key, sizeof(key), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body),
                 out);
    assert_string_equal(out, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void test_signature_covers_every_part_and_any_byte(void **state)
{
    char first[64], other[64];

    (void)state;
    webhook_sign(key, sizeof(key), "a", 1, "b\0c", 3, first);
    webhook_sign(key, sizeof(key), "a", 1, "b\0d", 3, other);
    assert_string_not_equal(first, other);
    webhook_sign(key, sizeof(key), "a", 2, "b\0c", 3, other);
    assert_string_not_equal(first, other);
    webhook_sign(key, sizeof(key), "A", 1, "b\0c", 3, other);
    assert_string_not_equal(first, other);
    webhook_sign(key, sizeof(key), "a", INT64_MIN, "", 0, other);
    assert_int_equal(strlen(other), 47);
}

static bool allowed(const char *text)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (void *)&storage;
    struct sockaddr_in6 *v6 = (void *)&storage;

    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        storage.ss_family = AF_INET;
    } else {
        storage.ss_family = AF_INET6;
        assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    }
    return guard_allows((const struct sockaddr *)&storage);
}

static void test_guard_lets_offices_through(void **state)
{
    static const char *const fine[] = {
        "10.1.2.3",        "172.16.0.1",     "192.168.1.1",     "127.0.0.1",    "100.64.0.1",
        "169.253.1.1",     "169.255.0.1",    "223.255.255.255", "1.0.0.0",      "::1",
        "fd00::1",         "fd00:ec2::253",  "100.100.100.201", "2400:3200::1", "fec0::1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        if (!allowed(fine[i]))
            fail_msg("%s is refused", fine[i]);
    }
}

static void test_guard_stops_what_no_receiver_can_be(void **state)
{
    static const char *const stopped[] = {
        "0.0.0.0",
        "0.1.2.3",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "fe80::1",
        "febf::1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "64:ff9b::a9fe:a9fe",
        "100.100.100.200",
        "::ffff:100.100.100.200",
        "fd00:ec2::254",
    };
    const struct sockaddr local = {.sa_family = AF_UNIX};

    (void)state;
    for (size_t i = 0; i < sizeof(stopped) / sizeof(stopped[0]); i++) {
        if (allowed(stopped[i]))
            fail_msg("%s is allowed", stopped[i]);
    }
    assert_false(guard_allows(&local));
}

static void expect(struct attempt_end end, enum send_outcome outcome, const char *detail)
{
    char text[160];
    const struct send_result result = outcome_of(&end, text, sizeof(text));

    assert_int_equal(result.outcome, outcome);
    assert_string_equal(result.detail, detail);
    assert_int_equal(result.status, end.status);
}

static void test_ends_that_no_test_server_produces(void **state)
{
    (void)state;
    expect((struct attempt_end){.code = CURLE_COULDNT_CONNECT, .os_error = EHOSTUNREACH},
           SEND_RETRY, "connect: No route to host");
    expect((struct attempt_end){.code = CURLE_COULDNT_CONNECT}, SEND_RETRY, "connect: failed");
    expect((struct attempt_end){.code = CURLE_SSL_CONNECT_ERROR}, SEND_RETRY,
           "TLS handshake failed");
    expect((struct attempt_end){.code = CURLE_SSL_CACERT_BADFILE}, SEND_MISSET,
           "trusted TLS certificates can not be read");
    expect((struct attempt_end){.code = CURLE_OUT_OF_MEMORY}, SEND_RETRY, "Out of memory");
    expect((struct attempt_end){.code = CURLE_OPERATION_TIMEDOUT, .connect_s = 3, .timeout_s = 10},
           SEND_RETRY, "no connection within 3 s");
    expect((struct attempt_end){.code = CURLE_OK, .status = 101}, SEND_RETRY, "HTTP 101");
    expect((struct attempt_end){.code = CURLE_OK, .status = 0}, SEND_RETRY, "HTTP 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature_is_the_published_one),
        cmocka_unit_test(test_signature_covers_every_part_and_any_byte),
        cmocka_unit_test(test_guard_lets_offices_through),
        cmocka_unit_test(test_guard_stops_what_no_receiver_can_be),
        cmocka_unit_test(test_ends_that_no_test_server_produces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
