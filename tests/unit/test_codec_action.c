/* Every action has a form, and everything that can be wrong with one is named. */
#include "unit/test_codec_refused.h"

#define MINUTES_AGO(n) (NOW - (n)*MINUTE_MS)
#define T(minute) "\"2026-07-14T14:" minute ":00+08:00\""

/* --- what is accepted ------------------------------------------------------------------------- */

#define NONE                                                                                       \
    .happened_at = INSTANT_NONE, .promise_due = INSTANT_NONE, .at = INSTANT_NONE,                  \
    .from = INSTANT_NONE, .to = INSTANT_NONE, .letter_received_at = INSTANT_NONE,                  \
    .notified_at = INSTANT_NONE, .approved = true

static const char *labels[] = {"serious", "complex"}, *helpers[] = {"v"};

#pragma GCC diagnostic ignored "-Woverride-init" /* a row may give a time itself */
static const struct {
    const char *fields; /* after "action" */
    struct action a;
} accepted[] = {
    {",\"level\":1,\"category\":\"health\"",
     {NONE, .type = ACTION_SET_LEVEL, .level = 1, .category = CATEGORY_HEALTH}},
    {",\"level\":null", {NONE, .type = ACTION_SET_LEVEL}},
    {",\"lead_unit\":\"u\",\"assist_units\":[\"v\"]",
     {NONE, .type = ACTION_ASSIGN, .lead_unit = "u", .assist_units = helpers, .assist_unit_n = 1}},
    {",\"unit\":\"u\"", {NONE, .type = ACTION_ACKNOWLEDGE, .unit = "u"}},
    {",\"kind\":\"briefing\",\"happened_at\":" T(
         "00") ",\"url\":\"http://a/\",\"outlet\":\"o\","
               "\"spoken_by\":\"principal\",\"reviewer\":\"李\",\"author\":\"王\",\"obligation\":"
               "\"x\","
               "\"report\":\"0123456789ABCDEF\",\"promise\":\"p\",\"promise_due\":"
               "\"2026-07-14T14:20:00+08:00\"",
     {NONE, .type = ACTION_FULFIL, .kind = ACT_BRIEFING, .happened_at = MINUTES_AGO(20),
      .url = "http://a/", .outlet = "o", .spoken_by = "principal", .reviewer = "李", .author = "王",
      .obligation = "x", .report = "0123456789ABCDEF", .promise = "p", .promise_due = NOW}},
    {"", {NONE, .type = ACTION_CLOSE}},
    {",\"reason\":\"重复\"", {NONE, .type = ACTION_INVALIDATE, .text = "重复"}},
    {",\"text\":\"n\"", {NONE, .type = ACTION_NOTE, .text = "n"}},
    {",\"labels\":[\"serious\",\"complex\"],\"text\":\"t\"",
     {NONE, .type = ACTION_JUDGE, .labels = labels, .label_n = 2, .labels_given = true,
      .text = "t"}},
    {",\"labels\":[]", {NONE, .type = ACTION_JUDGE, .labels_given = true}},
    {"", {NONE, .type = ACTION_JUDGE}},
    {",\"text\":\"r\",\"url\":\"http://a/\"",
     {NONE, .type = ACTION_RECTIFY, .text = "r", .url = "http://a/"}},
    {",\"reviewer\":\"李\"", {NONE, .type = ACTION_ASSESS, .reviewer = "李"}},
    {",\"outlet\":\"电话\"", {NONE, .type = ACTION_CALLBACK, .outlet = "电话"}},
    {",\"field\":\"act\",\"act\":7,\"at\":" T("00") ",\"reason\":\"r\"",
     {NONE, .type = ACTION_CORRECT_TIME, .field = TIME_ACT, .act = 7, .at = MINUTES_AGO(20),
      .text = "r"}},
    {",\"kind\":\"third_party\",\"from\":" T("00") ",\"to\":" T("10") ",\"letter_received_at\":" T(
         "05") ",\"obligation\":\"o\"",
     {NONE, .type = ACTION_EXCLUDE, .word = "third_party", .from = MINUTES_AGO(20),
      .to = MINUTES_AGO(10), .letter_received_at = MINUTES_AGO(15), .obligation = "o"}},
    {",\"kind\":\"third_party\",\"at\":" T("00"),
     {NONE, .type = ACTION_RESUME, .word = "third_party", .at = MINUTES_AGO(20)}},
    {",\"at\":" T("00") ",\"obligation\":\"o\"",
     {NONE, .type = ACTION_RESTART, .at = MINUTES_AGO(20), .obligation = "o"}},
    {",\"obligation\":\"o\",\"window\":\"20wd\"",
     {NONE, .type = ACTION_EXTEND_REQUEST, .obligation = "o", .window = "20wd"}},
    {",\"obligation\":\"o\",\"approved\":false,\"approver\":\"李\",\"notified_at\":" T("00"),
     {NONE, .type = ACTION_EXTEND_DECIDE, .obligation = "o", .approved = false, .approver = "李",
      .notified_at = MINUTES_AGO(20)}},
    {",\"obligation\":\"o\",\"by\":\"principal\",\"reason\":\"w\"",
     {NONE, .type = ACTION_WAIVE, .obligation = "o", .by = "principal", .text = "w"}},
    {",\"into\":\"0123456789ABCDEF\"", {NONE, .type = ACTION_MERGE, .into = "0123456789ABCDEF"}},
    {",\"report\":\"0123456789ABCDEF\"",
     {NONE, .type = ACTION_SPLIT, .report = "0123456789ABCDEF"}},
    {",\"reason\":\"again\"", {NONE, .type = ACTION_REOPEN, .text = "again"}},
    {"", {NONE, .type = ACTION_REEVALUATE}},
};

static void same_texts(const struct action *a, const struct action *b)
{
    static const size_t texts[] = {
        offsetof(struct action, lead_unit),  offsetof(struct action, unit),
        offsetof(struct action, obligation), offsetof(struct action, report),
        offsetof(struct action, url),        offsetof(struct action, outlet),
        offsetof(struct action, spoken_by),  offsetof(struct action, reviewer),
        offsetof(struct action, author),     offsetof(struct action, promise),
        offsetof(struct action, text),       offsetof(struct action, word),
        offsetof(struct action, window),     offsetof(struct action, approver),
        offsetof(struct action, by),         offsetof(struct action, into)};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *x, *y;

        memcpy(&x, (const char *)a + texts[i], sizeof(x));
        memcpy(&y, (const char *)b + texts[i], sizeof(y));
        assert_int_equal(!x, !y);
        assert_true(text_equal(x, y));
    }
}

static void same_action(const struct action *a, const struct action *b)
{
    assert_int_equal(a->type, b->type);
    assert_true(a->happened_at == b->happened_at && a->promise_due == b->promise_due);
    assert_true(a->at == b->at && a->from == b->from && a->to == b->to);
    assert_true(a->letter_received_at == b->letter_received_at && a->notified_at == b->notified_at);
    assert_int_equal(a->level, b->level);
    assert_int_equal(a->category, b->category);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->field, b->field);
    assert_int_equal(a->act, b->act);
    assert_int_equal(a->approved, b->approved);
    assert_int_equal(a->labels_given, b->labels_given);
    assert_int_equal(a->label_n, b->label_n);
    for (size_t i = 0; i < a->label_n; i++)
        assert_string_equal(a->labels[i], b->labels[i]);
    assert_int_equal(a->assist_unit_n, b->assist_unit_n);
    for (size_t i = 0; i < a->assist_unit_n; i++)
        assert_string_equal(a->assist_units[i], b->assist_units[i]);
    same_texts(a, b);
}

static void every_action_has_a_form(void **state)
{
    uint64_t seen = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        struct problem problem = {0};
        const char *digest = NULL, *json;
        struct action a;

        json = arena_printf(arena, "{\"action\":\"%s\"%s}", action_names[accepted[i].a.type],
                            accepted[i].fields);
        if (action_decode(json, strlen(json), NOW, CHINA, arena, &a, &digest, &problem))
            fail_msg("%s: %s: %s", json, problem.field, problem.detail);
        same_action(&a, &accepted[i].a);
        assert_int_equal(strlen(digest), 64);
        seen |= (uint64_t)1 << a.type;
        arena_free(arena);
    }
    assert_true(seen == ((uint64_t)1 << ACTION_COUNT) - 1);
}

/* --- what is not ------------------------------------------------------------------------------ */

#define LABELS_17                                                                                  \
    "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\",\"n\",\"o\","  \
    "\"p\",\"q\"]"
static void actions_refused(void **state)
{
    static const struct refused rows[] = {
        {ACTION("set_level") "\"data\":{}}", 422, "data.level", "is required"},
        {ACTION("set_level") "\"data\":{\"level\":9}}", 422, "data.level", "found 9"},
        {ACTION("assign") "\"data\":{\"lead_unit\":\"\"}}", 422, "data.lead_unit", "empty"},
        {ACTION("assign") "\"data\":{\"lead_unit\":\"a\",\"url\":\"http://a\"}}", 422, "data.url",
         "there is no such field; expected lead_unit, assist_units, happened_at, report"},
        {ACTION("fulfil") "\"data\":{}}", 422, "data.kind", "is required"},
        {ACTION("fulfil") "\"data\":{\"kind\":\"tweet\"}}", 422, "data.kind", "press_conference"},
        {ACTION("fulfil") "\"data\":{\"kind\":\"\"}}", 422, "data.kind", "press_conference"},
        {ACTION("note") "\"data\":{}}", 422, "data.text", "is required"},
        {ACTION("note") "\"data\":{\"text\":\"a\",\"reason\":\"b\"}}", 422, "data.text", "twice"},
        {ACTION("invalidate") "\"data\":{\"reason\":\"\"}}", 422, "data.text", "empty"},
        {"{" HEAD "\"type\":\"shixian.case.close\",\"subject\":\"0123456789abcdef\"}", 422,
         "subject", "expected a case id"},
        {"{" HEAD "\"type\":\"shixian.case.close\"}", 422, "subject", "or data.report"},
        {"{" HEAD "\"type\":\"shixian.case.close\",\"data\":{\"report\":{\"source\":\"s\"}}}", 422,
         "data.report.id", "is required"},
        {"{" HEAD "\"type\":\"shixian.case.close\",\"data\":{\"report\":\"s\"}}", 422,
         "data.report", "expected a case id of 16 characters, or an object"},
        {ACTION("judge") "\"data\":{\"labels\":\"serious\"}}", 422, "data.labels", "a list of"},
        {ACTION("judge") "\"data\":{\"labels\":[\"Serious\"]}}", 422, "data.labels", "word of a-z"},
        {ACTION("judge") "\"data\":{\"labels\":[\"\"]}}", 422, "data.labels", "at [0]"},
        {ACTION("judge") "\"data\":{\"labels\":[\"a\",\"a\"]}}", 422, "data.labels", "twice"},
        {ACTION("judge") "\"data\":{\"labels\":" LABELS_17 "}}", 422, "data.labels", "at most 16"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void corrections_refused(void **state)
{
    static const struct refused rows[] = {
        {ACTION("correct_time") "\"data\":{\"at\":\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.field", "is required"},
        {ACTION("correct_time") "\"data\":{\"field\":\"discovered_at\",\"reason\":\"r\"}}", 422,
         "data.at", "is required"},
        {ACTION("correct_time") "\"data\":{\"field\":\"discovered_at\",\"at\":"
                                "\"2026-07-14T14:00:00+08:00\"}}",
         422, "data.text", "is required"},
        {ACTION("correct_time") "\"data\":{\"field\":\"closed_at\",\"at\":"
                                "\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.field", "limit_at, act"},
        {ACTION("correct_time") "\"data\":{\"field\":\"discovered_at\",\"at\":"
                                "\"2026-07-15T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.at", "in the future"},
        {ACTION("correct_time") "\"data\":{\"field\":\"discovered_at\",\"at\":"
                                "\"2026-02-29T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.at", "does not exist in the calendar"},
        {ACTION("correct_time") "\"data\":{\"field\":\"limit_at\",\"at\":"
                                "\"2150-07-15T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.at", "too far ahead"},
        {ACTION("correct_time") "\"data\":{\"field\":\"act\",\"at\":"
                                "\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.act", "is required"},
        {ACTION("correct_time") "\"data\":{\"field\":\"discovered_at\",\"act\":3,\"at\":"
                                "\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.act", "belongs to field"},
        {ACTION("correct_time") "\"data\":{\"field\":\"act\",\"act\":0,\"at\":"
                                "\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.act", "1 or more"},
        {ACTION("correct_time") "\"data\":{\"field\":\"act\",\"act\":4294967296,\"at\":"
                                "\"2026-07-14T14:00:00+08:00\",\"reason\":\"r\"}}",
         422, "data.act", "found 4294967296"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void clock_actions_refused(void **state)
{
    static const struct refused rows[] = {
        {ACTION("exclude") "\"data\":{}}", 422, "data.kind", "is required"},
        {ACTION("exclude") "\"data\":{\"kind\":\"Third party\"}}", 422, "data.kind", "lower-case"},
        {ACTION("exclude") "\"data\":{\"kind\":\"third_party\",\"from\":\"2026-06-31\"}}", 422,
         "data.from", "2026-06-31"},
        {ACTION("exclude") "\"data\":{\"kind\":\"third_party\",\"to\":"
                           "\"2026-06-31T00:00:00+08:00\"}}",
         422, "data.to", "does not exist in the calendar"},
        {ACTION("exclude") "\"data\":{\"kind\":\"third_party\",\"letter_received_at\":5}}", 422,
         "data.letter_received_at", "RFC 3339"},
        {ACTION("resume") "\"data\":{\"at\":\"2026-07-15T00:00:00+08:00\"}}", 422, "data.at",
         "in the future"},
        {ACTION("restart") "\"data\":{\"at\":\"now\"}}", 422, "data.at", "RFC 3339"},
        {ACTION("extend_request") "\"data\":{}}", 422, "data.obligation", "is required"},
        {ACTION("extend_decide") "\"data\":{\"obligation\":\"o\",\"approved\":\"yes\"}}", 422,
         "data.approved", "true or false"},
        {ACTION("extend_decide") "\"data\":{\"obligation\":\"o\",\"notified_at\":"
                                 "\"2026-07-15T00:00:00+08:00\"}}",
         422, "data.notified_at", "in the future"},
        {ACTION("waive") "\"data\":{\"by\":\"principal\"}}", 422, "data.obligation", "is required"},
        {ACTION("merge") "\"data\":{}}", 422, "data.into", "is required"},
        {ACTION("merge") "\"data\":{\"into\":\"0123456789abcdef\"}}", 422, "data.into", "case id"},
        {ACTION("merge") "\"data\":{\"into\":{\"source\":\"s\"}}}", 422, "data.into.id",
         "is required"},
        {ACTION("split") "\"data\":{}}", 422, "data.report", "is required"},
        {ACTION("split") "\"data\":{\"report\":7}}", 422, "data.report", "expected a case id"},
        {ACTION("fulfil") "\"data\":{\"kind\":\"briefing\",\"promise_due\":"
                          "\"2150-01-01T00:00:00+08:00\"}}",
         422, "data.promise_due", "too far ahead"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_refused(STRUCTURED, rows[i].body, &rows[i]);
}

static void action_bodies_refused(void **state)
{
    static const struct refused rows[] = {
        {"", 400, NULL, "is empty"},
        {"{", 400, NULL, "line 1"},
        {"[]", 400, NULL, "found a list"},
        {"{}", 422, "action", "is required: one of set_level, assign"},
        {"{\"action\":3}", 422, "action", "found 3"},
        {"{\"action\":\"fulfill\"}", 422, "action", "found \"fulfill\""},
        {"{\"action\":\"close\",\"report\":{}}", 422, "report", "no such field"},
        {"{\"action\":\"fulfil\",\"kind\":\"briefing\",\"hapened_at\":\"x\"}", 422, "hapened_at",
         "\"happened_at\"?"},
        {"{\"action\":\"fulfil\",\"kind\":\"briefing\",\"url\":\"ftp://a\"}", 422, "url", "http"},
        {"{\"action\":\"fulfil\",\"kind\":\"briefing\",\"happened_at\":\"2026-07-14T15:00:00Z\"}",
         422, "happened_at", "in the future"},
        {"{\"action\":\"fulfil\",\"kind\":\"briefing\",\"report\":7}", 422, "report",
         "expected a case id"},
        {"{\"action\":\"merge\",\"into\":\"x\"}", 422, "into", "expected a case id"},
        {"{\"action\":\"judge\",\"labels\":[\"A\"]}", 422, "labels", "word of a-z"},
        {"{\"action\":\"correct_time\",\"field\":\"act\",\"at\":\"2026-07-14T06:00:00Z\","
         "\"reason\":\"r\"}",
         422, "act", "is required"},
        {"{\"action\":\"set_level\",\"level\":\"Ⅱ\"}", 422, "level", "found \"Ⅱ\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
        struct problem problem = {0};
        const char *digest;
        struct action a;

        assert_int_equal(action_decode(rows[i].body, strlen(rows[i].body), NOW, CHINA, arena, &a,
                                       &digest, &problem),
                         -EBADMSG);
        check_problem(rows[i].body, &problem, &rows[i]);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_has_a_form), cmocka_unit_test(actions_refused),
        cmocka_unit_test(corrections_refused),     cmocka_unit_test(clock_actions_refused),
        cmocka_unit_test(action_bodies_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
