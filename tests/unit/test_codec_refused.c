/* Everything that can be wrong with an event or an action, and what the answer says. */
#include "unit/test_codec_refused.h"

static void whole_requests_refused(void **state)
{
    static const struct {
        const char *type;
        struct refused row;
    } rows[] = {
        {NULL, {"{}", 415, "Content-Type", "found none"}},
        {"text/plain", {"{}", 415, "Content-Type", "\"text/plain\""}},
        {"application/cloudevents+avro", {"{}", 415, "Content-Type", "expected application/"}},
        {"application/cloudevents-batch+avro", {"[]", 415, "Content-Type", "expected"}},
        {"application/json; charset=gbk", {"{}", 415, "Content-Type", "UTF-8"}},
        {"application/jsonx", {"{}", 415, "Content-Type", "expected"}},
        {STRUCTURED, {"", 400, NULL, "is empty"}},
        {STRUCTURED, {"{\n \"id\": x}", 400, NULL, "line 2, column"}},
        {STRUCTURED, {"{\"id\":1,\"id\":2}", 400, NULL, "duplicate object key"}},
        {STRUCTURED, {"{\"id\":\"\\u0000\"}", 400, NULL, "\\u0000"}},
        {STRUCTURED, {"{\"id\":\"\xC0\xA0\"}", 400, NULL, "line 1"}},
        {STRUCTURED, {"{\"id\":1e999}", 400, NULL, "line 1"}},
        {STRUCTURED, {"{} {}", 400, NULL, "line 1"}},
        {STRUCTURED, {"[]", 400, NULL, "one event (an object), found a list"}},
        {BATCH, {"{}", 400, NULL, "a list of events, found an object"}},
        {JSON, {"\"text\"", 400, NULL, "line 1"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(rows[i].type, rows[i].row.body, &rows[i].row);
}

static void envelopes_refused(void **state)
{
    static const struct refused rows[] = {
        {"{}", 400, "source", "is required"},
        {"{\"source\":\"\",\"id\":\"1\"}", 400, "source", "must not be empty"},
        {"{\"source\":5}", 400, "source", "expected text, found 5"},
        {"{\"source\":\"a\\tb\"}", 400, "source", "control characters, found \"a?b\""},
        {"{\"source\":\"s\",\"id\":null}", 400, "id", "is required"},
        {"{\"source\":\"s\",\"id\":\"1\",\"type\":\"t\"}", 400, "specversion", "is required"},
        {"{\"source\":\"s\",\"id\":\"1\",\"type\":\"t\",\"specversion\":\"0.3\"}", 400,
         "specversion", "expected \"1.0\", found \"0.3\""},
        {"{" HEAD "\"type\":\"t\",\"data\":{}}", 422, "type", "shixian.incident.reported"},
        {"{" HEAD "\"type\":\"shixian.case.delete\",\"data\":{}}", 422, "type", "set_level"},
        {"{" HEAD "\"type\":\"shixian.case.merge\",\"data\":{}}", 422, "subject", "is required"},
        {"{" HEAD "\"type\":\"t\",\"datacontenttype\":\"text/xml\",\"data\":\"<a/>\"}", 415,
         "datacontenttype", "found \"text/xml\""},
        {"{" HEAD "\"type\":\"t\",\"data\":{},\"data_base64\":\"e30=\"}", 400, "data_base64",
         "together"},
        {"{" HEAD "\"type\":\"t\",\"data_base64\":\"e30\"}", 400, "data_base64", "expected base64"},
        {"{" HEAD "\"type\":\"t\",\"data_base64\":\"e3s=\"}", 400, "data_base64", "line 1"},
        {"{" HEAD "\"type\":\"t\",\"data\":{},\"discovered_at\":\"x\"}", 400, "discovered_at",
         "put the fields of the matter in data"},
        {"{" HEAD "\"type\":\"t\",\"time\":\"yesterday\"}", 422, "time", "expected RFC 3339"},
        {"{" HEAD "\"type\":\"t\",\"time\":\"2026-02-30T00:00:00Z\"}", 422, "time",
         "does not exist in the calendar"},
        {"{" HEAD "\"type\":\"t\",\"time\":\"2026-07-14T14:25:01+08:00\"}", 422, "time",
         "at most 300 s after now (2026-07-14T14:20:00+08:00)"},
        {REPORT "7}", 422, "data", "expected an object, found 7"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void reports_refused(void **state)
{
#define TITLED REPORT "{\"title\":\"t\","
    static const struct refused rows[] = {
        {REPORT "{}}", 422, "data.title", "is required"},
        {REPORT "{\"title\":null}}", 422, "data.title", "expected text, found null"},
        {REPORT "{\"title\":\" \\n\"}}", 422, "data.title", "must not be empty"},
        {REPORT "{\"titel\":\"t\"}}", 422, "data.titel", "did you mean \"title\"?"},
        {TITLED "\"discoverd_at\":\"x\"}}", 422, "data.discoverd_at",
         "did you mean \"discovered_at\"?"},
        {TITLED "\"colour_of_the_sky\":1}}", 422, "data.colour_of_the_sky",
         "expected title, summary, url"},
        {TITLED "\"url\":\"javascript:alert(1)\"}}", 422, "data.url", "http:// or https://"},
        {TITLED "\"url\":\"https://\"}}", 422, "data.url", "http:// or https://"},
        {TITLED "\"url\":\"https://gov.cn@evil.example/\"}}", 422, "data.url", "http://"},
        {TITLED "\"url\":\"http://a/ b\"}}", 422, "data.url", "http://"},
        {TITLED "\"region\":\"99010\"}}", 422, "data.region", "6, 9 or 12 digits"},
        {TITLED "\"region\":990102}}", 422, "data.region", "expected text, found 990102"},
        {TITLED "\"region\":\"99010a\"}}", 422, "data.region", "digits, found \"99010a\""},
        {TITLED "\"case_type\":\"opinoin\"}}", 422, "data.case_type", "did you mean \"opinion\""},
        {TITLED "\"case_type\":\"Rumor\"}}", 422, "data.case_type", "lower-case"},
        {TITLED "\"case_type\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}", 422, "data.case_type",
         "at most 32 bytes of UTF-8, found 33"},
        {TITLED "\"channel\":\"a\\u0007\"}}", 422, "data.channel", "control characters"},
        {TITLED "\"incident\":[]}}", 422, "data.incident", "expected an object, found a list"},
        {TITLED "\"incident\":{\"levle\":2}}}", 422, "data.incident.levle", "\"level\"?"},
        {TITLED "\"incident\":{\"level\":5}}}", 422, "data.incident.level", "found 5"},
        {TITLED "\"incident\":{\"level\":0}}}", 422, "data.incident.level", "found 0"},
        {TITLED "\"incident\":{\"level\":\"2\"}}}", 422, "data.incident.level", "found \"2\""},
        {TITLED "\"incident\":{\"level\":2.0}}}", 422, "data.incident.level", "found 2"},
        {TITLED "\"incident\":{\"category\":\"flood\"}}}", 422, "data.incident.category",
         "natural, accident, health, security, 自然灾害"},
        {TITLED "\"incident\":{\"category\":3}}}", 422, "data.incident.category", "found 3"},
        {TITLED "\"incident\":{\"occurred_at\":\"2026-07-14T25:00:00+08:00\"}}}", 422,
         "data.incident.occurred_at", "does not exist"},
        {TITLED "\"discovered_at\":\"\"}}", 422, "data.discovered_at", "expected RFC 3339"},
        {TITLED "\"discovered_at\":1784010000}}", 422, "data.discovered_at", "found 1784010000"},
        {TITLED "\"discovered_at\":\"2026-07-14T14:30:00+08:00\"}}", 422, "data.discovered_at",
         "lies in the future"},
        {TITLED "\"discovered_at\":\"2026-07-14T09:00:00+08:00\",\"incident\":{\"occurred_at\":"
                "\"2026-07-14T09:00:01+08:00\"}}}",
         422, "data.discovered_at", "before incident.occurred_at (2026-07-14T09:00:01+08:00)"},
        {TITLED "\"received_at\":\"2026-07-14T09:00:00+08:00\",\"incident\":{\"occurred_at\":"
                "\"2026-07-14T09:00:01+08:00\"}}}",
         422, "data.received_at", "before incident.occurred_at"},
        {TITLED "\"heat\":-1}}", 422, "data.heat", "0 or more, found -1"},
        {TITLED "\"heat\":1.5}}", 422, "data.heat", "found 1.5"},
        {TITLED "\"exercise\":\"yes\"}}", 422, "data.exercise", "true or false"},
        {TITLED "\"assist_units\":\"a\"}}", 422, "data.assist_units", "a list of unit"},
        {TITLED "\"assist_units\":[\"a\",\"b\",\"a\"]}}", 422, "data.assist_units",
         "\"a\" is named twice"},
        {TITLED "\"assist_units\":[\"a\",\"\"]}}", 422, "data.assist_units", "at [1]"},
        {TITLED "\"assist_units\":[null]}}", 422, "data.assist_units", "found null"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void times_and_labels_refused(void **state)
{
    static const struct refused rows[] = {
        {TITLED "\"limit_at\":\"2151-01-02T00:00:00+08:00\"}}", 422, "data.limit_at", "after 2150"},
        {TITLED "\"limit_at\":\"2150-12-31T00:00:00+08:00\"}}", 422, "data.limit_at",
         "lies too far ahead"},
        {TITLED "\"limit_at\":\"2026-11-31T00:00:00+08:00\"}}", 422, "data.limit_at",
         "does not exist in the calendar"},
        {TITLED "\"published_at\":\"2026-07-15T00:00:00+08:00\"}}", 422, "data.published_at",
         "lies in the future"},
        {TITLED "\"decided_at\":\"2026-13-01T00:00:00+08:00\"}}", 422, "data.decided_at",
         "does not exist"},
        {TITLED "\"formed_at\":\"2026-00-01T00:00:00+08:00\"}}", 422, "data.formed_at",
         "does not exist"},
        {TITLED "\"received_at\":\"2100-02-29T00:00:00+08:00\"}}", 422, "data.received_at",
         "does not exist"},
        {TITLED "\"labels\":\"serious\"}}", 422, "data.labels", "a list of"},
        {TITLED "\"labels\":[5]}}", 422, "data.labels", "found 5"},
        {TITLED "\"labels\":[\"严重\"]}}", 422, "data.labels", "word of a-z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void plain_refused(void **state)
{
    static const struct refused rows[] = {
        {PLAIN "\"titel\":\"t\"}", 422, "titel", "\"title\"?"},
        {PLAIN "\"title\":\"t\",\"heat\":-1}", 422, "heat", "found -1"},
        {PLAIN "\"data\":{\"title\":\"t\"},\"heat\":1}", 400, "heat", "stands beside data"},
        {PLAIN "\"specversion\":\"2.0\",\"title\":\"t\"}", 400, "specversion", "\"2.0\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(JSON, rows[i].body, &rows[i]);
}

static void lengths_have_limits(void **state)
{
    static const struct {
        const char *field;
        size_t limit;
    } rows[] = {{"title", LIMIT_TITLE_BYTES},   {"summary", LIMIT_TEXT_BYTES},
                {"channel", LIMIT_ID_BYTES},    {"topic", LIMIT_ID_BYTES},
                {"lead_unit", LIMIT_ID_BYTES},  {"petitioner", LIMIT_ID_BYTES},
                {"correlation", LIMIT_ID_BYTES}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool title = i == 0;

        for (size_t extra = 0; extra < 2; extra++) {
            struct buf b = BUF_INIT(LIMIT_BODY_BYTES);
            struct decoded d;

            buf_printf(&b, "%s{%s\"%s\":\"", REPORT, title ? "" : "\"title\":\"t\",",
                       rows[i].field);
            for (size_t k = 0; k < rows[i].limit + extra; k++)
                buf_puts(&b, "x");
            buf_puts(&b, "\"}}");
            d = decode(STRUCTURED, b.data);
            assert_int_equal(only(&d)->kind, extra ? EVENT_REFUSED : EVENT_REPORT);
            if (extra) {
                assert_int_equal(only(&d)->problem.status, 422);
                assert_non_null(strstr(only(&d)->problem.detail, "bytes of UTF-8"));
            }
            end(&d);
            buf_free(&b);
        }
    }
}

/* However long and odd the input, an answer stays short and printable. */
static void answers_never_echo_much(void **state)
{
    struct buf b = BUF_INIT(LIMIT_BODY_BYTES);
    struct decoded d;

    (void)state;
    buf_puts(&b, REPORT "{\"title\":\"t\",\"");
    for (int i = 0; i < 30000; i++)
        buf_puts(&b, "中");
    buf_puts(&b, "\":1}}");
    d = decode(STRUCTURED, b.data);
    assert_int_equal(only(&d)->kind, EVENT_REFUSED);
    assert_true(strlen(only(&d)->problem.field) < 80);
    assert_true(strlen(only(&d)->problem.detail) < 1024);
    end(&d);
    buf_free(&b);
}

static void base64_add(struct buf *b, const char *text, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (; n >= 3; n -= 3, text += 3) {
        unsigned bits =
            (unsigned)text[0] << 16 | (unsigned)text[1] << 8 | (unsigned)(unsigned char)text[2];

        for (int shift = 18; shift >= 0; shift -= 6)
            buf_add(b, &digits[bits >> shift & 63], 1);
    }
}

/* `n` events, each with `parts` structural characters that only base64 shows. */
static struct decoded decode_hidden(size_t n, size_t parts)
{
    struct buf b = BUF_INIT(LIMIT_BODY_BYTES), inner = BUF_INIT(LIMIT_BODY_BYTES);
    struct decoded d;

    buf_puts(&inner, "[0");
    for (size_t i = 1; i < parts; i++)
        buf_puts(&inner, ",0");
    for (buf_puts(&inner, "]"); inner.len % 3;)
        buf_puts(&inner, " ");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, "%c{" HEAD "\"type\":\"t\",\"data_base64\":\"", i ? ',' : '[');
        base64_add(&b, inner.data, inner.len);
        buf_puts(&b, "\"}");
    }
    buf_puts(&b, "]");
    d = decode(BATCH, b.data);
    buf_free(&b);
    buf_free(&inner);
    return d;
}

/* What a parser would choke on is refused before it is parsed: [,,,... is no JSON, and yet 413. */
static void structure_is_limited_before_it_is_parsed(void **state)
{
    struct decoded d;

    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        struct buf b = BUF_INIT(LIMIT_BODY_BYTES);

        for (size_t i = 0; i < LIMIT_JSON_PARTS + over; i++)
            buf_puts(&b, i % 3 == 0 ? "[" : i % 3 == 1 ? "{" : ",");
        d = decode(BATCH, b.data);
        assert_int_equal(d.r, -EBADMSG);
        assert_int_equal(d.problem.status, over ? 413 : 400);
        end(&d);
        buf_free(&b);
    }
    d = decode_hidden(4, LIMIT_JSON_PARTS / 4); /* with the batch itself it is too much */
    assert_int_equal(d.r, 0);
    assert_int_equal(d.request.events[2].problem.status, 422);
    assert_int_equal(d.request.events[3].problem.status, 413);
    assert_string_equal(d.request.events[3].problem.field, "data_base64");
    end(&d);
}

static void text_is_not_structure(void **state)
{
    static const char quoted[] = "\\\\,[{\\\"[,{";
    struct buf b = BUF_INIT(LIMIT_BODY_BYTES);
    struct decoded d;

    (void)state;
    buf_puts(&b, "[");
    for (int i = 0; i < 30; i++) {
        buf_printf(&b, "%s" REPORT "{\"title\":\"t\",\"summary\":\"", i ? "," : "");
        for (size_t n = 0; n < LIMIT_TEXT_BYTES - sizeof(quoted); n += sizeof(quoted) - 3)
            buf_puts(&b, quoted);
        buf_puts(&b, "\"}}");
    }
    buf_puts(&b, "]");
    assert_false(b.failed);
    d = decode(BATCH, b.data);
    assert_int_equal(d.r, 0);
    for (size_t i = 0; i < d.request.n; i++)
        assert_int_equal(d.request.events[i].kind, EVENT_REPORT);
    end(&d);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_requests_refused),
        cmocka_unit_test(envelopes_refused),
        cmocka_unit_test(reports_refused),
        cmocka_unit_test(times_and_labels_refused),
        cmocka_unit_test(plain_refused),
        cmocka_unit_test(lengths_have_limits),
        cmocka_unit_test(answers_never_echo_much),
        cmocka_unit_test(text_is_not_structure),
        cmocka_unit_test(structure_is_limited_before_it_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
