#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "redis/url.h"

static const struct {
    const char *text, *path, *host;
    int port, db;
} good[] = {
    {"unix:///run/shixian/redis.sock", "/run/shixian/redis.sock", "", 0, 0},
    {"unix:///a?db=7", "/a", "", 0, 7},
    {"unix:///a b/\xE5\xBA\x93.sock?db=0", "/a b/\xE5\xBA\x93.sock", "", 0, 0},
    {"redis://127.0.0.1:6380", "", "127.0.0.1", 6380, 0},
    {"redis://db.example.gov.cn:6379/3", "", "db.example.gov.cn", 6379, 3},
    {"redis://db", "", "db", 6379, 0},
    {"redis://db/", "", "db", 6379, 0},
    {"redis://db/15", "", "db", 6379, 15},
    {"redis://[::1]:7000/2", "", "::1", 7000, 2},
    {"redis://[fe80::1%eth0]", "", "fe80::1%eth0", 6379, 0},
};

static const struct {
    const char *text, *says;
} bad[] = {
    {"", "expected unix://"},
    {"/run/redis.sock", "expected unix://"},
    {"http://localhost", "expected unix://"},
    {"rediss://localhost", "expected unix://"},
    {"unix://", "absolute path"},
    {"unix://redis.sock", "absolute path"},
    {"unix:///a?db=", "database"},
    {"unix:///a?db=1x", "database"},
    {"unix:///a?db=-1", "database"},
    {"unix:///a?password=x", "only db=N"},
    {"redis://", "host"},
    {"redis://:6379", "host"},
    {"redis:///1", "host"},
    {"redis://user:secret@db:6379", "password"},
    {"redis://db:", "port"},
    {"redis://db:0", "port"},
    {"redis://db:65536", "port"},
    {"redis://db:12345678901234567890", "port"},
    {"redis://db:63x9", "port"},
    {"redis://db:6379/x", "database"},
    {"redis://db:6379/1/2", "database"},
    {"redis://[::1", "host"},
    {"redis://[]:1", "host"},
    {"redis://[::1]6379", "port"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct redis_url url;

        assert_int_equal(redis_url_parse(good[i].text, &url, NULL), 0);
        assert_string_equal(url.path, good[i].path);
        assert_string_equal(url.host, good[i].host);
        assert_int_equal(url.port, good[i].port);
        assert_int_equal(url.db, good[i].db);
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct redis_url url = {.port = -1};
        struct err err = {.text = ""};

        if (redis_url_parse(bad[i].text, &url, &err) != -EINVAL)
            fail_msg("accepted: %s", bad[i].text);
        if (!strstr(err.text, bad[i].says))
            fail_msg("%s: \"%s\" says not \"%s\"", bad[i].text, err.text, bad[i].says);
        assert_null(strstr(err.text, "secret"));
        assert_int_equal(url.port, -1); /* untouched */
    }
}

/* The longest path a unix socket can have, and one more. */
static void test_path_limit(void **state)
{
    char text[160] = "unix:///";
    struct redis_url url;

    (void)state;
    memset(text + 8, 'x', 106);
    assert_int_equal(redis_url_parse(text, &url, NULL), 0);
    assert_int_equal(strlen(url.path), 107);
    text[8 + 106] = 'x';
    assert_int_equal(redis_url_parse(text, &url, NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_path_limit),
    };

    return cmocka_run_group_tests_name("redis_url", tests, NULL, NULL);
}
