/* Which names a request may come by where everyone on this machine is let in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "http/host.h"

static void names_that_can_point_elsewhere_are_not_plain(void **state)
{
    static const struct {
        const char *host;
        bool plain;
    } rows[] = {
        {"localhost", true},
        {"LocalHost:5248", true},
        {"127.0.0.1", true},
        {"127.0.0.1:5248", true},
        {"10.1.2.3:1", true},
        {"[::1]", true},
        {"[::1]:5248", true},
        {"[2001:db8::1]:65535", true},
        {"", false},
        {":5248", false},
        {"evil.example", false},
        {"localhost.evil.example", false},
        {"localhost.", false},
        {"127.0.0.1.evil.example", false},
        {"127.1", false},
        {"2130706433", false},
        {"0x7f.0.0.1", false},
        {"localhost:", false},
        {"localhost:-1", false},
        {"localhost:65536", false},
        {"localhost:5248:1", false},
        {"127.0.0.1:evil", false},
        {"::1", false},
        {"[::1", false},
        {"[", false},
        {"[]", false},
        {"[::1]x", false},
        {"[::1%lo]", false},
        {"[127.0.0.1]", false},
        {"[evil.example]", false},
        {"[00000000000000000000000000000000000000000000000000000000000000::1]", false},
        {"0000000000000000000000000000000000000000000000000000000000000000127.0.0.1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (host_is_plain(rows[i].host) != rows[i].plain)
            fail_msg("%s", rows[i].host);
}

static void only_the_same_host_and_port_is_the_same_origin(void **state)
{
    static const struct {
        const char *host, *origin;
        bool same;
    } rows[] = {
        {"localhost:5248", "http://localhost:5248", true},
        {"localhost:5248", "http://LOCALHOST:5248", true},
        {"[::1]:5248", "http://[::1]:5248", true},
        {"127.0.0.1", "http://127.0.0.1", true},
        {"localhost:5248", "http://localhost:3000", false},
        {"localhost:5248", "http://localhost", false},
        {"127.0.0.1:5248", "http://localhost:5248", false},
        {"localhost:5248", "http://evil.example", false},
        {"localhost:5248", "http://localhost:5248.evil.example", false},
        {"localhost", "null", false},
        {"localhost", "localhost", false},
        {"localhost", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (host_is_origin(rows[i].host, rows[i].origin) != rows[i].same)
            fail_msg("%s %s", rows[i].host, rows[i].origin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_can_point_elsewhere_are_not_plain),
        cmocka_unit_test(only_the_same_host_and_port_is_the_same_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
