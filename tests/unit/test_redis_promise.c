#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "redis/promise.h"

static const struct {
    struct redis_settings settings;
    bool durable;
    const char *says; /* in whole */
} rows[] = {
    {{.appendonly = "yes", .appendfsync = "always", .maxmemory_policy = "noeviction"},
     true,
     "on the disk of this one server (appendonly yes, appendfsync always)"},
    {{.appendonly = "yes", .appendfsync = "always", .embedded = true, .replicas = "0"},
     true,
     "embedded server: on the disk of this one server (appendonly yes, appendfsync always)"},
    {{.appendonly = "yes", .appendfsync = "always", .replicas = "2"},
     true,
     "on the disk of this one server (appendonly yes, appendfsync always); replicas that may lag: "
     "2"},
    {{.appendonly = "yes", .appendfsync = "everysec"},
     false,
     "up to 1 s of acknowledged writes may be lost: appendfsync everysec"},
    {{.appendonly = "yes", .appendfsync = "no"},
     false,
     "acknowledged writes may be lost: appendfsync is not always"},
    {{.appendonly = "no", .appendfsync = "always"}, false, "NOTHING is durable: appendonly no"},
    {{.appendonly = ""}, false, "unknown: not allowed to read the server's settings"},
    {{.appendonly = "yes",
      .appendfsync = "always",
      .maxmemory = "1073741824",
      .maxmemory_policy = "allkeys-lru"},
     false,
     "on the disk of this one server (appendonly yes, appendfsync always); maxmemory-policy "
     "allkeys-lru may evict cases"},
    {{.appendonly = "yes",
      .appendfsync = "always",
      .maxmemory = "0", /* no limit: nothing is evicted */
      .maxmemory_policy = "allkeys-lru"},
     true,
     "on the disk of this one server (appendonly yes, appendfsync always)"},
};

static void test_promise(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[512];

        assert_int_equal(redis_promise(&rows[i].settings, text, sizeof(text)), rows[i].durable);
        assert_string_equal(text, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_promise)};

    return cmocka_run_group_tests_name("redis_promise", tests, NULL, NULL);
}
