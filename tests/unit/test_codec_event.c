#include "unit/test_codec_event.h"

/* --- what is accepted ------------------------------------------------------------------------- */

static const char full_report[] =
    REPORT "{\"title\":\"滨河区某化工企业发生爆燃\",\"summary\":\"浓烟\\n大\",\"url\":"
           "\"https://weibo.example/1?a=b#c\",\"channel\":\"weibo\",\"topic\":\"安全生产\","
           "\"region\":\"990102\",\"case_type\":\"rumor\",\"incident\":{\"category\":"
           "\"事故灾难\",\"level\":2,\"occurred_at\":\"2026-07-14T09:20:00+08:00\"},"
           "\"discovered_at\":\"2026-07-14T09:26:00+08:00\",\"received_at\":"
           "\"2026-07-14 09:30:00\",\"published_at\":\"2026-07-01T00:00:00+08:00\",\"decided_at\":"
           "\"2026-07-02T00:00:00+08:00\",\"formed_at\":\"2026-07-03T00:00:00+08:00\","
           "\"limit_at\":\"2026-08-14T14:20:00+08:00\",\"labels\":[\"serious\",\"complex\"],"
           "\"lead_unit\":\"emergency\",\"assist_units\":[\"fire\","
           "\"health\"],\"heat\":12345678901,\"petitioner\":\"p1\",\"correlation\":\"c1\","
           "\"exercise\":true},\"time\":\"2026-07-14T09:27:00+08:00\",\"traceparent\":\"x\"}";

static void report_is_read_whole(void **state)
{
    struct decoded d = decode(STRUCTURED "; charset=UTF-8", full_report);
    const struct report_input *in = &only(&d)->report;
    char id[CASE_ID_SIZE];

    (void)state;
    assert_int_equal(only(&d)->kind, EVENT_REPORT);
    assert_false(d.request.batch);
    digest_case_id("//s", "1", id);
    assert_string_equal(only(&d)->case_id, id);
    assert_string_equal(in->case_id, id);
    assert_string_equal(in->source, "//s");
    assert_string_equal(in->id, "1");
    assert_string_equal(in->title, "滨河区某化工企业发生爆燃");
    assert_string_equal(in->summary, "浓烟\n大");
    assert_string_equal(in->url, "https://weibo.example/1?a=b#c");
    assert_string_equal(in->channel, "weibo");
    assert_string_equal(in->topic, "安全生产");
    assert_string_equal(in->region, "990102");
    assert_string_equal(in->case_type, "rumor");
    assert_true(in->incident.present);
    assert_int_equal(in->incident.category, CATEGORY_ACCIDENT);
    assert_int_equal(in->incident.level, 2);
    assert_true(in->incident.occurred_at == NOW - 5 * HOUR_MS);
    assert_true(in->discovered_at == NOW - 294 * MINUTE_MS);
    assert_true(in->received_at == NOW - 290 * MINUTE_MS);
    assert_false(in->discovered_assumed);
    assert_true(in->decided_at - in->published_at == DAY_MS);
    assert_true(in->formed_at - in->decided_at == DAY_MS);
    assert_true(in->limit_at == NOW + 31 * DAY_MS);
    assert_int_equal(in->label_n, 2);
    assert_string_equal(in->labels[1], "complex");
    assert_string_equal(in->lead_unit, "emergency");
    assert_int_equal(in->assist_unit_n, 2);
    assert_string_equal(in->assist_units[1], "health");
    assert_true(in->heat == INT64_C(12345678901));
    assert_string_equal(in->petitioner, "p1");
    assert_string_equal(in->correlation, "c1");
    assert_true(in->exercise);
    assert_int_equal(strlen(in->digest), 64);
    end(&d);
}

static void what_is_not_said_is_none(void **state)
{
    struct decoded d = decode(STRUCTURED, REPORT "{\"title\":\"t\",\"summary\":\"\",\"url\":null,"
                                                 "\"region\":\"\",\"incident\":null,"
                                                 "\"assist_units\":[]}}");
    const struct report_input *in = &only(&d)->report;

    (void)state;
    assert_int_equal(only(&d)->kind, EVENT_REPORT);
    assert_null(in->summary);
    assert_null(in->url);
    assert_null(in->region);
    assert_string_equal(in->case_type, "opinion");
    assert_true(in->incident.present); /* the type says so */
    assert_true(in->incident.level == 0 && in->incident.occurred_at == INSTANT_NONE);
    assert_true(in->discovered_at == NOW && in->received_at == INSTANT_NONE);
    assert_true(in->discovered_assumed);
    assert_true(in->published_at == INSTANT_NONE && in->decided_at == INSTANT_NONE &&
                in->formed_at == INSTANT_NONE && in->limit_at == INSTANT_NONE);
    assert_int_equal(in->label_n, 0);
    end(&d);
    d = decode(JSON, PLAIN "\"title\":\"t\"}");
    assert_false(only(&d)->report.incident.present);
    end(&d);
    d = decode(JSON, PLAIN "\"title\":\"t\",\"incident\":{}}");
    assert_true(only(&d)->report.incident.present);
    end(&d);
}

static void discovered_falls_back(void **state)
{
#define T(minute) "\"2026-07-14T14:" minute ":00+08:00\""
    static const struct {
        const char *body;
        span_ms before_now;
    } rows[] = {
        {PLAIN "\"title\":\"t\",\"discovered_at\":" T("01") ",\"received_at\":" T(
             "02") ",\"time\":" T("03") "}",
         19},
        {PLAIN "\"title\":\"t\",\"received_at\":" T("02") ",\"time\":" T("03") "}", 18},
        {PLAIN "\"title\":\"t\",\"time\":" T("03") "}", 17},
        {PLAIN "\"title\":\"t\"}", 0},
        {PLAIN "\"title\":\"t\",\"discovered_at\":" T("25") "}", -5},
        /* The sender's clock is ahead of ours: known no earlier than it happened. */
        {PLAIN "\"title\":\"t\",\"incident\":{\"occurred_at\":" T("22") "}}", -2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decoded d = decode(JSON, rows[i].body);

        assert_int_equal(only(&d)->kind, EVENT_REPORT);
        assert_true(only(&d)->report.discovered_at == NOW - rows[i].before_now * MINUTE_MS);
        end(&d);
    }
}

static void category_by_either_name(void **state)
{
    static const struct {
        const char *name;
        enum incident_category category;
    } rows[] = {
        {"natural", CATEGORY_NATURAL},
        {"accident", CATEGORY_ACCIDENT},
        {"health", CATEGORY_HEALTH},
        {"security", CATEGORY_SECURITY},
        {"自然灾害", CATEGORY_NATURAL},
        {"事故灾难", CATEGORY_ACCIDENT},
        {"公共卫生事件", CATEGORY_HEALTH},
        {"社会安全事件", CATEGORY_SECURITY},
        {"", CATEGORY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = BUF_INIT(4096);
        struct decoded d;

        buf_printf(&b, REPORT "{\"title\":\"t\",\"incident\":{\"category\":\"%s\"}}}",
                   rows[i].name);
        d = decode(STRUCTURED, b.data);
        assert_int_equal(only(&d)->kind, EVENT_REPORT);
        assert_int_equal(only(&d)->report.incident.category, rows[i].category);
        end(&d);
        buf_free(&b);
    }
}

static const struct header binary_headers[] = {
    {"content-type", "Application/JSON; charset=\"utf-8\""},
    {"ce-specversion", "1.0"},
    {"ce-id", "a%20%e4%b8%ad"},
    {"ce-source", "\"//s/\\\"q\\\"\""},
    {"ce-type", "shixian.opinion.reported"},
    {"ce-time", "2026-07-14T14:00:00+08:00"},
    {"ce-subject", "%2525"},
    {"ce-traceparent", "%E4%B8%AD"},
};

/* One matter sent in every mode is the same matter, and the same content. */
static void modes_agree(void **state)
{
#define DATA "{\"title\":\"t\",\"heat\":3}"
#define BESIDE                                                                                     \
    "\"id\":\"a 中\",\"source\":\"//s/\\\"q\\\"\",\"type\":\"shixian.opinion.reported\","         \
    "\"time\":\"2026-07-14T14:00:00+08:00\",\"subject\":\"%25\""
    struct decoded modes[] = {
        decode_with(binary_headers, 8, DATA, strlen(DATA)),
        decode("APPLICATION/CloudEvents+JSON",
               "{\"specversion\":\"1.0\"," BESIDE ",\"data\":" DATA "}"),
        decode("application/cloudevents", "{\"specversion\":\"1.0\"," BESIDE
                                          ",\"data_base64\":\"eyJoZWF0IjozLCJ0aXRsZSI6InQifQ==\"}"),
        decode(BATCH, "[{\"specversion\":\"1.0\",\"ext\":1," BESIDE ",\"data\":" DATA "}]"),
        decode(JSON, "{" BESIDE ",\"data\":" DATA "}"),
        decode(JSON, "{\"heat\":3,\"title\":\"t\"," BESIDE "}"),
        decode(JSON, "[{\"heat\":3,\"title\":\"t\",\"data\":null," BESIDE "}]"),
        decode("application/vnd.office+json",
               "{\"specversion\":\"1.0\"," BESIDE ",\"ext\":1,\"data\":" DATA "}"),
    };
    const struct event *first = only(&modes[0]);

    (void)state;
    assert_int_equal(first->kind, EVENT_REPORT);
    assert_string_equal(first->id, "a 中");
    assert_string_equal(first->source, "//s/\"q\"");
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const struct event *e = only(&modes[i]);

        assert_int_equal(e->kind, EVENT_REPORT);
        assert_string_equal(e->case_id, first->case_id);
        assert_string_equal(e->report.digest, first->report.digest);
        assert_true(e->report.discovered_at == NOW - 20 * MINUTE_MS);
        assert_int_equal(modes[i].request.batch, i == 3 || i == 6);
    }
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        end(&modes[i]);
}

static void digest_sees_every_difference(void **state)
{
    static const char *const bodies[] = {
        PLAIN "\"title\":\"t\"}",
        PLAIN "\"title\":\"u\"}",
        PLAIN "\"title\":\"t\",\"heat\":1}",
        PLAIN "\"title\":\"t\",\"time\":\"2026-07-14T14:00:00+08:00\"}",
        PLAIN "\"title\":\"t\",\"subject\":\"x\"}",
        "{\"source\":\"s\",\"id\":\"1\",\"type\":\"shixian.incident.reported\",\"title\":\"t\"}",
    };
    enum { N = sizeof(bodies) / sizeof(bodies[0]) };
    struct decoded d[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        d[i] = decode(JSON, bodies[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(only(&d[i])->report.digest, only(&d[k])->report.digest);
    }
    for (size_t i = 0; i < N; i++)
        end(&d[i]);
}

/* --- binary mode ------------------------------------------------------------------------------ */

static void bad_headers_refused(void **state)
{
    static const struct {
        struct header extra;
        const char *field, *detail;
    } rows[] = {
        {{"ce-datacontenttype", "application/json"}, "ce-datacontenttype", "not allowed"},
        {{"ce-dataschema", "%C0%A0"}, "ce-dataschema", "not valid UTF-8"},
        {{"ce-traceparent", "%ED%A0%80"}, "ce-traceparent", "not valid UTF-8"},
        {{"ce-traceparent", "\xC0\xA0"}, "ce-traceparent", "not valid UTF-8"},
        {{"ce-subject", "100%"}, "ce-subject", "%XX"},
        {{"ce-subject", "%0"}, "ce-subject", "%XX"},
        {{"ce-subject", "a%00b"}, "ce-subject", "%XX"},
        {{"ce-subject", "a%0Ab"}, "ce-subject", "control characters"},
        {{"ce-id", "2"}, "ce-id", "given twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct header list[] = {{"content-type", JSON},
                                {"ce-specversion", "1.0"},
                                {"ce-id", "1"},
                                {"ce-source", "s"},
                                {"ce-type", "shixian.opinion.reported"},
                                rows[i].extra};
        struct decoded d = decode_with(list, 6, DATA, strlen(DATA));
        const struct event *e = only(&d);

        assert_int_equal(e->kind, EVENT_REFUSED);
        assert_int_equal(e->problem.status, 400);
        assert_string_equal(e->problem.field, rows[i].field);
        assert_non_null(strstr(e->problem.detail, rows[i].detail));
        assert_string_equal(e->source, "s");
        end(&d);
    }
}

static void binary_body_may_be_absent(void **state)
{
    struct header list[] = {{"ce-specversion", "1.0"},
                            {"ce-id", "1"},
                            {"ce-source", "s"},
                            {"ce-type", "shixian.case.close"},
                            {"ce-subject", "0123456789ABCDEF"}};
    struct decoded d = decode_with(list, 5, "", 0);

    (void)state;
    assert_int_equal(only(&d)->kind, EVENT_ACTION);
    assert_int_equal(only(&d)->action.type, ACTION_CLOSE);
    end(&d);
    d = decode_with(list, 5, "{", 1);
    assert_int_equal(d.r, -EBADMSG);
    assert_int_equal(d.problem.status, 400);
    end(&d);
    list[0].value = "0.3";
    d = decode_with(list, 5, "", 0);
    assert_string_equal(only(&d)->problem.field, "ce-specversion");
    end(&d);
}

/* Some ce- headers are not an event: the body is, or must be. */
static void half_binary_is_plain(void **state)
{
    struct header list[] = {{"content-type", JSON}, {"ce-id", "9"}};
    struct decoded d =
        decode_with(list, 2, PLAIN "\"title\":\"t\"}", strlen(PLAIN "\"title\":\"t\"}"));

    (void)state;
    assert_int_equal(only(&d)->kind, EVENT_REPORT);
    assert_string_equal(only(&d)->id, "1");
    end(&d);
}

static void two_content_types_refused(void **state)
{
    struct header list[] = {{"content-type", JSON}, {"content-type", STRUCTURED}};
    struct decoded d = decode_with(list, 2, "{}", 2);

    (void)state;
    assert_int_equal(d.r, -EBADMSG);
    assert_int_equal(d.problem.status, 400);
    end(&d);
}

/* --- batches and sizes ------------------------------------------------------------------------ */

static void batch_keeps_the_good(void **state)
{
    struct decoded d = decode(BATCH, "[" REPORT "{\"title\":\"t\"}},7," REPORT "{}},null]");

    (void)state;
    assert_int_equal(d.r, 0);
    assert_true(d.request.batch);
    assert_int_equal(d.request.n, 4);
    assert_int_equal(d.request.events[0].kind, EVENT_REPORT);
    assert_int_equal(d.request.events[1].kind, EVENT_REFUSED);
    assert_int_equal(d.request.events[1].problem.status, 400);
    assert_null(d.request.events[1].id);
    assert_int_equal(d.request.events[2].kind, EVENT_REFUSED);
    assert_string_equal(d.request.events[2].id, "1");
    assert_string_equal(d.request.events[2].problem.field, "data.title");
    assert_int_equal(d.request.events[3].kind, EVENT_REFUSED);
    end(&d);
}

static void batch_has_a_size(void **state)
{
    (void)state;
    for (size_t n = 0; n <= LIMIT_BATCH + 1; n += n ? 1 + (n == 1) * (LIMIT_BATCH - 2) : 1) {
        struct buf b = BUF_INIT(LIMIT_BODY_BYTES);
        struct decoded d;

        buf_puts(&b, "[");
        for (size_t i = 0; i < n; i++)
            buf_puts(&b, i ? ",{}" : "{}");
        buf_puts(&b, "]");
        d = decode(BATCH, b.data);
        assert_int_equal(d.r, n > LIMIT_BATCH ? -EBADMSG : 0);
        if (n > LIMIT_BATCH)
            assert_int_equal(d.problem.status, 413);
        else
            assert_int_equal(d.request.n, n);
        end(&d);
        buf_free(&b);
    }
}

static void too_large_refused(void **state)
{
    static const struct {
        const char *type;
        size_t bytes;
        bool whole;
    } rows[] = {{STRUCTURED, LIMIT_EVENT_BYTES + 1, true},
                {JSON, LIMIT_EVENT_BYTES + 1, true},
                {BATCH, LIMIT_EVENT_BYTES + 100, false},
                {BATCH, LIMIT_BODY_BYTES + 1, true}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool batch = text_equal(rows[i].type, BATCH);
        struct buf b = BUF_INIT((size_t)LIMIT_BODY_BYTES * 2);
        struct decoded d;

        buf_printf(&b, "%s{\"id\":\"", batch ? "[" : "");
        while (b.len + 2 + batch < rows[i].bytes)
            buf_puts(&b, "x");
        buf_printf(&b, "\"}%s", batch ? "]" : "");
        d = decode(rows[i].type, b.data);
        assert_int_equal(d.r, rows[i].whole ? -EBADMSG : 0);
        assert_int_equal((rows[i].whole ? &d.problem : &only(&d)->problem)->status, 413);
        end(&d);
        buf_free(&b);
    }
}

static void depth_is_no_bomb(void **state)
{
    struct buf b = BUF_INIT(LIMIT_BODY_BYTES);
    struct decoded d;

    (void)state;
    for (int i = 0; i < LIMIT_JSON_PARTS; i++)
        buf_puts(&b, "[");
    d = decode(JSON, b.data);
    assert_int_equal(d.r, -EBADMSG);
    assert_int_equal(d.problem.status, 400);
    end(&d);
    buf_free(&b);
}

/* --- actions ---------------------------------------------------------------------------------- */

static void action_event_is_read(void **state)
{
    struct decoded d = decode(
        STRUCTURED, ACTION("fulfil") "\"time\":\"2026-07-14T14:00:00+08:00\",\"data\":{\"kind\":"
                                     "\"authoritative_release\",\"obligation\":\"o\",\"url\":"
                                     "\"http://gov.example/1\",\"outlet\":\"官方微博\","
                                     "\"spoken_by\":\"principal\",\"reviewer\":\"李\"}}");
    const struct action *a = &only(&d)->action;

    (void)state;
    assert_int_equal(only(&d)->kind, EVENT_ACTION);
    assert_string_equal(only(&d)->case_id, "0123456789ABCDEF");
    assert_int_equal(strlen(only(&d)->op), 66);
    assert_true(text_starts(only(&d)->op, "e:"));
    assert_int_equal(strlen(only(&d)->op_digest), 64);
    assert_int_equal(a->type, ACTION_FULFIL);
    assert_int_equal(a->kind, ACT_AUTHORITATIVE_RELEASE);
    assert_string_equal(a->obligation, "o");
    assert_string_equal(a->url, "http://gov.example/1");
    assert_string_equal(a->outlet, "官方微博");
    assert_string_equal(a->spoken_by, "principal");
    assert_string_equal(a->reviewer, "李");
    assert_true(a->happened_at == NOW - 20 * MINUTE_MS);
    end(&d);
}

static void action_by_report(void **state)
{
    struct decoded d = decode(
        STRUCTURED, "{" HEAD "\"type\":\"shixian.case.set_level\",\"data\":{\"level\":null,"
                    "\"category\":\"社会安全事件\",\"report\":{\"source\":\"//w\",\"id\":\"7\"}}}");
    char id[CASE_ID_SIZE];

    (void)state;
    digest_case_id("//w", "7", id);
    assert_int_equal(only(&d)->kind, EVENT_ACTION);
    assert_string_equal(only(&d)->case_id, id);
    assert_int_equal(only(&d)->action.level, 0);
    assert_int_equal(only(&d)->action.category, CATEGORY_SECURITY);
    assert_true(only(&d)->action.happened_at == INSTANT_NONE);
    end(&d);
}

/* The report may have been merged into the case that subject names: only the store knows. */
static void subject_wins_over_report(void **state)
{
    struct decoded d =
        decode(STRUCTURED, ACTION("fulfil") "\"data\":{\"kind\":\"individual_reply\",\"report\":{"
                                            "\"source\":\"//w\",\"id\":\"7\"}}}");
    char id[CASE_ID_SIZE];

    (void)state;
    digest_case_id("//w", "7", id);
    assert_int_equal(only(&d)->kind, EVENT_ACTION);
    assert_string_equal(only(&d)->case_id, "0123456789ABCDEF");
    assert_string_equal(only(&d)->action.report, id);
    end(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_is_read_whole),
        cmocka_unit_test(what_is_not_said_is_none),
        cmocka_unit_test(discovered_falls_back),
        cmocka_unit_test(category_by_either_name),
        cmocka_unit_test(modes_agree),
        cmocka_unit_test(digest_sees_every_difference),
        cmocka_unit_test(bad_headers_refused),
        cmocka_unit_test(binary_body_may_be_absent),
        cmocka_unit_test(half_binary_is_plain),
        cmocka_unit_test(two_content_types_refused),
        cmocka_unit_test(batch_keeps_the_good),
        cmocka_unit_test(batch_has_a_size),
        cmocka_unit_test(too_large_refused),
        cmocka_unit_test(depth_is_no_bomb),
        cmocka_unit_test(action_event_is_read),
        cmocka_unit_test(action_by_report),
        cmocka_unit_test(subject_wins_over_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
