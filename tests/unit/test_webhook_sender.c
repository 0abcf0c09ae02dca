/* webhook/sender.h: what is sent, how much at once, reload, end, and many deliveries. */
#include "unit/webhook_world.h"

static void test_headers_and_body_are_exactly_ours(void **state)
{
    static const char body[] = "{\"a\":\"\\u0000 时限\"}";
    struct end end = {0};
    const char *log, *stamp;

    (void)state;
    behaving("signed", "ok");
    behaving("unsigned", "200")->secret = NULL;
    assert_int_equal(send_body("signed", "01ABC-3-1", body, strlen(body), &end), 0);
    run_until(&end.calls, 1, SECONDS(3));
    log = log_text();
    assert_non_null(strstr(log, "\"verified\": true"));
    assert_non_null(strstr(log, "\"webhook-id\": \"01ABC-3-1\""));
    assert_non_null(
        strstr(log, "\"content-type\": \"application/cloudevents+json; charset=utf-8\""));
    assert_non_null(strstr(log, "\"user-agent\": \"shixian/"));
    assert_non_null(strstr(log, "\"webhook-signature\": \"v1,"));
    assert_non_null(strstr(log, "{\\\"a\\\":\\\"\\\\u0000 时限\\\"}"));
    assert_null(strstr(log, "\"expect\""));
    assert_null(strstr(log, "\"transfer-encoding\""));
    stamp = strstr(log, "\"webhook-timestamp\": \"");
    assert_non_null(stamp);
    assert_in_range(strtol(stamp + 22, NULL, 10), time(NULL) - 5, time(NULL));

    assert_int_equal(truncate(w.log, 0), 0);
    assert_int_equal(send_body("unsigned", "01ABC-3-2", body, strlen(body), &end), 0);
    run_until(&end.calls, 2, SECONDS(3));
    assert_int_equal(log_count("webhook-signature\""), 0);
    assert_int_equal(log_count("\"webhook-id\": \"01ABC-3-2\""), 1);
}

static void test_wrong_key_is_noticed(void **state)
{
    struct conf_receiver *receiver = behaving("r", "ok");

    (void)state;
    receiver->secret = (const unsigned char *)"0123456789abcdef0123456789abcdeX";
    expect(receiver, SEND_MISSET, 401, "HTTP 401");
}

static void test_notice_that_can_not_be_sent_is_misset(void **state)
{
    static char large[LIMIT_NOTICE_BYTES + 1];
    static const char *const ids[] = {"", "a\r\nX-Evil: 1", "a b", "a.b", "时限"};
    struct end end = {0};
    int calls = 0;

    (void)state;
    behaving("r", "ok");
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(send_body("r", ids[i], "{}", 2, &end), 0);
        run_until(&end.calls, ++calls, SECONDS(1));
        assert_int_equal(end.result.outcome, SEND_MISSET);
        assert_string_equal(end.detail, "the notice's id is not letters, digits, - and _");
    }
    assert_int_equal(send_body("r", "ok", large, sizeof(large), &end), 0);
    run_until(&end.calls, ++calls, SECONDS(1));
    assert_string_equal(end.detail, "the notice is too large");
    assert_false(end.in_send);
    assert_int_equal(log_count("webhook-id"), 0);

    memset(large, 'x', LIMIT_NOTICE_BYTES);
    assert_int_equal(send_body("r", "ok", large, LIMIT_NOTICE_BYTES, &end), 0);
    run_until(&end.calls, ++calls, SECONDS(3));
    assert_int_equal(end.result.outcome, SEND_ACCEPTED);
}

static void test_limits_per_receiver_and_in_all(void **state)
{
    static char ids[LIMIT_DELIVERIES / LIMIT_DELIVERIES_PER_RECEIVER + 1][16];
    struct end end = {0};
    int sent = 0;

    (void)state;
    assert_int_equal(send_to("nobody", &end), -ENOENT);
    for (size_t r = 0; r < sizeof(ids) / sizeof(ids[0]); r++) {
        const bool last = r == sizeof(ids) / sizeof(ids[0]) - 1;

        snprintf(ids[r], sizeof(ids[r]), "r%zu", r);
        behaving(ids[r], "slow:0.5")->timeout_s = 30;
        for (int i = 0; i < LIMIT_DELIVERIES_PER_RECEIVER && !last; i++, sent++)
            assert_int_equal(send_to(ids[r], &end), 0);
        assert_int_equal(send_to(ids[r], &end), -EBUSY);
    }
    assert_int_equal(sent, LIMIT_DELIVERIES);
    run_until(&end.calls, sent, SECONDS(30));
    assert_int_equal(send_to(ids[0], &end), 0);
    run_until(&end.calls, sent + 1, SECONDS(5));
    assert_int_equal(log_count("\"verified\": true"), sent + 1);
}

static void again(void *arg, const struct send_result *result)
{
    struct end end = {0};

    on_end(arg, result);
    assert_int_equal(send_to("r", &end), -EBUSY); /* closing */
}

static void test_free_ends_what_runs_and_refuses_more(void **state)
{
    struct end slow = {0}, early = {0}, refused = {0};
    struct sender *port = webhook_sender_port(w.sender);
    const struct send_request request = {
        .receiver = "r", .notice = "n", .body = "{}", .body_len = 2};

    (void)state;
    behaving("r", "slow");
    receiver_add("dns", "http://slow.test/");
    assert_int_equal(port->send(port->self, &request, again, &slow), 0);
    assert_int_equal(send_to("dns", &early), 0);
    event_base_loop(w.base, EVLOOP_NONBLOCK);
    usleep(50000);
    event_base_loop(w.base, EVLOOP_NONBLOCK);
    assert_int_equal(send_body("r", "not fit", "{}", 2, &refused), 0);
    w.sender = webhook_sender_free(w.sender);
    assert_int_equal(slow.calls, 1);
    assert_int_equal(slow.result.outcome, SEND_RETRY);
    assert_string_equal(slow.detail, "the daemon stopped");
    assert_int_equal(early.calls, 1);
    assert_int_equal(early.result.outcome, SEND_RETRY);
    assert_int_equal(refused.calls, 1);
    assert_int_equal(refused.result.outcome, SEND_MISSET);
    event_base_loop(w.base, EVLOOP_NONBLOCK); /* nothing of it is left in the loop */
    assert_int_equal(event_base_get_num_events(w.base, EVENT_BASE_COUNT_ADDED), 0);
    assert_null(webhook_sender_free(NULL));
    sleep(2);
}

static void test_reload_leaves_running_attempts_alone(void **state)
{
    struct conf_receiver *receiver = behaving("r", "slow:0.3");
    struct conf empty = {0};
    struct end end = {0};

    (void)state;
    assert_int_equal(send_to("r", &end), 0);
    memset(w.urls, 0, sizeof(w.urls));
    memset(receiver, 0, sizeof(*receiver));
    webhook_sender_set_conf(w.sender, &empty);
    assert_int_equal(send_to("r", &end), -ENOENT);
    run_until(&end.calls, 1, SECONDS(3));
    assert_int_equal(end.result.outcome, SEND_ACCEPTED);
    assert_int_equal(log_count("\"verified\": true"), 1);
}

struct stream {
    int sent, ended, total, not_accepted;
};

static void on_stream_end(void *arg, const struct send_result *result);

static void stream_fill(struct stream *stream)
{
    struct sender *port = webhook_sender_port(w.sender);
    char notice[32], body[600];
    const struct send_request request = {
        .receiver = "r", .notice = notice, .body = body, .body_len = sizeof(body)};

    memset(body, '7', sizeof(body));
    while (stream->sent < stream->total) {
        snprintf(notice, sizeof(notice), "N-%d-x", stream->sent);
        if (port->send(port->self, &request, on_stream_end, stream))
            return;
        stream->sent++;
    }
}

static void on_stream_end(void *arg, const struct send_result *result)
{
    struct stream *stream = arg;

    stream->ended++;
    stream->not_accepted += result->outcome != SEND_ACCEPTED;
    assert_true(stream->sent - stream->ended < LIMIT_DELIVERIES_PER_RECEIVER);
    stream_fill(stream);
}

static size_t connections_in_log(void)
{
    long ports[64];
    size_t n = 0;

    for (const char *at = log_text(); (at = strstr(at, "\"peer\": ")) != NULL; at++) {
        const long port = strtol(at + 8, NULL, 10);
        size_t i = 0;

        while (i < n && ports[i] != port)
            i++;
        if (i == n && n < sizeof(ports) / sizeof(ports[0]))
            ports[n++] = port;
    }
    return n;
}

static void test_two_thousand_on_few_connections(void **state)
{
    struct stream stream = {.total = 2000};

    (void)state;
    behaving("r", "ok")->timeout_s = 30;
    stream_fill(&stream);
    assert_int_equal(stream.sent, LIMIT_DELIVERIES_PER_RECEIVER);
    run_until(&stream.ended, stream.total, SECONDS(60));
    assert_int_equal(stream.not_accepted, 0);
    assert_int_equal(log_count("\"verified\": true"), stream.total);
    assert_int_equal(log_count("\"webhook-id\": \"N-1999-x\""), 1);
    assert_in_range(connections_in_log(), 1, LIMIT_DELIVERIES_PER_RECEIVER);
}

static void test_flaky_receiver_every_end_is_told_once(void **state)
{
    struct stream stream = {.total = 500};

    (void)state;
    behaving("r", "flaky:0.5")->timeout_s = 30;
    stream_fill(&stream);
    run_until(&stream.ended, stream.total, SECONDS(30));
    assert_in_range(stream.not_accepted, 150, 350);
    assert_int_equal(log_count("\"verified\": true"), stream.total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_headers_and_body_are_exactly_ours),
        WORLD_TEST(test_wrong_key_is_noticed),
        WORLD_TEST(test_notice_that_can_not_be_sent_is_misset),
        WORLD_TEST(test_limits_per_receiver_and_in_all),
        WORLD_TEST(test_free_ends_what_runs_and_refuses_more),
        WORLD_TEST(test_reload_leaves_running_attempts_alone),
        WORLD_TEST(test_two_thousand_on_few_connections),
        WORLD_TEST(test_flaky_receiver_every_end_is_told_once),
    };

    return cmocka_run_group_tests(tests, world_start, world_stop);
}
