/* webhook/sender.h: what each answer, and each lack of one, means. */
#include "unit/webhook_world.h"

static void certificate_make(const char *key, const char *cert)
{
    const pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(126);
        execlp("openssl", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
               "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void test_every_answer_has_its_meaning(void **state)
{
    static const struct {
        const char *behaviour;
        enum send_outcome outcome;
        int status;
        const char *detail;
    } rows[] = {
        {"ok", SEND_ACCEPTED, 204, "HTTP 204"},
        {"200", SEND_ACCEPTED, 200, "HTTP 200"},
        {"299", SEND_ACCEPTED, 299, "HTTP 299"},
        {"302", SEND_MISSET, 302, "HTTP 302: redirects are not followed"},
        {"304", SEND_MISSET, 304, "HTTP 304: redirects are not followed"},
        {"400", SEND_MISSET, 400, "HTTP 400"},
        {"401", SEND_MISSET, 401, "HTTP 401"},
        {"404", SEND_MISSET, 404, "HTTP 404"},
        {"408", SEND_RETRY, 408, "HTTP 408"},
        {"410", SEND_GONE, 410, "HTTP 410: the receiver is gone for good"},
        {"413", SEND_MISSET, 413, "HTTP 413"},
        {"425", SEND_RETRY, 425, "HTTP 425"},
        {"429", SEND_RETRY, 429, "HTTP 429: too many requests"},
        {"499", SEND_MISSET, 499, "HTTP 499"},
        {"500", SEND_RETRY, 500, "HTTP 500"},
        {"503", SEND_RETRY, 503, "HTTP 503"},
        {"999", SEND_RETRY, 999, "HTTP 999"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(behaving(NULL, rows[i].behaviour), rows[i].outcome, rows[i].status, rows[i].detail);
    assert_int_equal(log_count("\"verified\": true"), sizeof(rows) / sizeof(rows[0]));
}

static void test_hostile_answers_are_tried_again(void **state)
{
    static const struct {
        const char *behaviour;
        int status;
        const char *detail;
    } rows[] = {
        {"slow", 0, "no answer within 1 s"},
        {"drip", 0, "no answer within 1 s"},
        {"drip-body", 200, "no whole answer within 1 s"},
        {"reset", 0, "connection broke before the answer was whole"},
        {"reset-body", 200, "connection broke before the answer was whole"},
        {"cut-body", 200, "connection broke before the answer was whole"},
        {"close", 0, "connection closed without an answer"},
        {"garbage", 0, "the answer is not HTTP"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect(behaving(NULL, rows[i].behaviour), SEND_RETRY, rows[i].status, rows[i].detail);
    assert_int_equal(deliver(behaving(NULL, "bad-status")).result.outcome, SEND_RETRY);
}

static void test_odd_but_whole_answers_count_by_status(void **state)
{
    double start = ms_now();

    (void)state;
    expect(behaving(NULL, "http10"), SEND_ACCEPTED, 200, "HTTP 200");
    expect(behaving(NULL, "big"), SEND_ACCEPTED, 200, "HTTP 200");
    expect(behaving(NULL, "big:404"), SEND_MISSET, 404, "HTTP 404");
    expect(behaving(NULL, "big:503"), SEND_RETRY, 503, "HTTP 503");
    expect(behaving(NULL, "big-headers"), SEND_ACCEPTED, 200, "HTTP 200");
    assert_true(ms_now() - start < SECONDS(3)); /* 10 MB were not read to their end */
}

static void test_connection_closed_while_idle_is_opened_again(void **state)
{
    const struct conf_receiver *receiver = behaving("r", "ok-then-close");

    (void)state;
    for (int i = 0; i < 5; i++) {
        expect(receiver, SEND_ACCEPTED, 204, "HTTP 204");
        usleep(30000);
    }
}

static void test_retry_after_is_read_and_not_remembered(void **state)
{
    struct end end;

    (void)state;
    assert_int_equal(deliver(behaving(NULL, "503-retry-after:7")).result.retry_after, 7000);
    assert_int_equal(deliver(behaving(NULL, "429-retry-after:3600")).result.retry_after, 3600000);
    assert_int_equal(deliver(behaving(NULL, "500")).result.retry_after, 0);
    end = deliver(behaving(NULL, "503-retry-date:60"));
    assert_in_range(end.result.retry_after, 57000, 60000);
    assert_int_equal(deliver(behaving(NULL, "503-retry-date:-60")).result.retry_after, 0);
    assert_int_equal(deliver(behaving(NULL, "503-retry-after:-5")).result.retry_after, 0);
    assert_int_equal(deliver(behaving(NULL, "503-retry-after:soon")).result.retry_after, 0);
    end = deliver(behaving(NULL, "503-retry-after:99999999999999999999"));
    assert_in_range(end.result.retry_after, 0, 365 * DAY_MS);
}

static void test_unreachable_addresses(void **state)
{
    (void)state;
    expect(receiver_add(NULL, "http://127.0.0.1:1/h" QUERY), SEND_RETRY, 0,
           "connect: Connection refused");
    expect(receiver_add(NULL, "http://nobody.test/h" QUERY), SEND_RETRY, 0, "host name not found");
}

static void test_wrong_addresses_are_misset(void **state)
{
    (void)state;
    expect(receiver_add(NULL, "ftp://127.0.0.1/h" QUERY), SEND_MISSET, 0,
           "the address is neither http nor https");
    expect(receiver_add(NULL, "file:///etc/passwd" QUERY), SEND_MISSET, 0,
           "the address is neither http nor https");
    expect(receiver_add(NULL, "http://[::1/h" QUERY), SEND_MISSET, 0, "the address is not a URL");
    expect(receiver_add(NULL, "http://"), SEND_MISSET, 0, "the address is not a URL");
    expect(receiver_add(NULL, "http://user:KEYOFQUERY@127.0.0.1/"), SEND_MISSET, 0,
           "the address holds a user name");
}

static void test_guard_refuses_after_resolution(void **state)
{
    static const char *const urls[] = {
        "http://169.254.169.254/latest",
        "http://metadata.test/",
        "http://0/",
        "http://[fe80::1]/",
        "http://2852039166/",
        "http://224.0.0.1/",
        "http://100.100.100.200/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        expect(receiver_add(NULL, urls[i]), SEND_RETRY, 0,
               "the address is one that is never sent to (link-local, multicast)");
}

static void test_untrusted_certificate_is_misset(void **state)
{
    char key[96], cert[96], url[64];
    const char *const options[] = {"--cert", cert, "--key", key, NULL};
    struct peer peer;

    (void)state;
    snprintf(key, sizeof(key), "%s/key", w.dir);
    snprintf(cert, sizeof(cert), "%s/cert", w.dir);
    certificate_make(key, cert);
    peer = peer_start(options);
    unlink(key);
    unlink(cert);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/_as/ok", peer.port);
    expect(receiver_add("untrusted", url), SEND_MISSET, 0,
           "TLS certificate is not valid for this host");
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/_as/ok", w.peer.port);
    assert_int_equal(deliver(receiver_add("not-tls", url)).result.outcome, SEND_RETRY);
    assert_int_equal(log_count("webhook-id"), 0); /* nothing was told to either */
    peer_stop(peer);
}

static void beat(evutil_socket_t fd, short what, void *arg)
{
    double *beats = arg; /* last, longest gap */
    const double now = ms_now();

    (void)fd;
    (void)what;
    if (now - beats[0] > beats[1])
        beats[1] = now - beats[0];
    beats[0] = now;
}

static void test_slow_name_lookup_does_not_stop_the_loop(void **state)
{
    const struct timeval often = {.tv_usec = 10000};
    double beats[2] = {ms_now(), 0};
    struct event *heart = event_new(w.base, -1, EV_PERSIST, beat, beats);

    (void)state;
    event_add(heart, &often);
    expect(receiver_add(NULL, "http://slow.test/h" QUERY), SEND_RETRY, 0,
           "no connection within 1 s");
    event_free(heart);
    assert_true(beats[1] < 500);
    sleep(2); /* its thread ends by itself; only then can a leak be told from it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_every_answer_has_its_meaning),
        WORLD_TEST(test_hostile_answers_are_tried_again),
        WORLD_TEST(test_odd_but_whole_answers_count_by_status),
        WORLD_TEST(test_connection_closed_while_idle_is_opened_again),
        WORLD_TEST(test_retry_after_is_read_and_not_remembered),
        WORLD_TEST(test_unreachable_addresses),
        WORLD_TEST(test_wrong_addresses_are_misset),
        WORLD_TEST(test_guard_refuses_after_resolution),
        WORLD_TEST(test_untrusted_certificate_is_misset),
        WORLD_TEST(test_slow_name_lookup_does_not_stop_the_loop),
    };

    return cmocka_run_group_tests(tests, world_start, world_stop);
}
