/* Arena and buffer: limits hold, nothing is handed out twice, old data survives growth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

static void arena_hands_out_zeroed_aligned(void **state)
{
    struct arena *a = arena_new(1 << 20);
    unsigned char *last = NULL;

    (void)state;
    for (size_t n = 1; n < 400; n++) {
        unsigned char *p = arena_alloc(a, n);

        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
        if (last)
            assert_int_equal(*last, 0xAA);
        last = p;
    }
    arena_reset(a);
    assert_int_equal(arena_used(a), 0);
    assert_int_equal(*(unsigned char *)arena_alloc(a, 1), 0);
    assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
    assert_null(arena_strdup(a, NULL));
    arena_free(a);
    arena_free(NULL);
}

static void arena_past_its_limit_aborts(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0) {
        struct arena *a = arena_new(1024);

        close(STDERR_FILENO);
        arena_alloc(a, 512);
        arena_alloc(a, 513);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void push_keeps_what_was_there(void **state)
{
    struct arena *a = arena_new(1 << 20);
    size_t n = 0, cap = 0;
    int *items = NULL;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int *item = arena_push(a, &items, &n, &cap, sizeof(*items));

        assert_int_equal(*item, 0);
        *item = i;
    }
    assert_int_equal(n, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    arena_free(a);
}

static void buf_stops_at_its_limit(void **state)
{
    struct buf b = BUF_INIT(10);

    (void)state;
    buf_puts(&b, "12345");
    buf_printf(&b, "%d", 67890);
    assert_false(b.failed);
    assert_string_equal(b.data, "1234567890");
    buf_puts(&b, "");
    assert_false(b.failed);
    buf_puts(&b, "x");
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    buf_puts(&b, "y");
    assert_true(b.failed && b.len == 0);
    buf_free(&b);
    buf_puts(&b, "z");
    assert_string_equal(b.data, "z");
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void err_names_what_is_wrong(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(err_set(&err, 22, "port %d: expected 1..65535", 70000), -22);
    assert_string_equal(err.text, "port 70000: expected 1..65535");
    assert_int_equal(err_set(NULL, 5, "ignored"), -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_hands_out_zeroed_aligned),
        cmocka_unit_test(arena_past_its_limit_aborts),
        cmocka_unit_test(push_keeps_what_was_there),
        cmocka_unit_test(buf_stops_at_its_limit),
        cmocka_unit_test(err_names_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
