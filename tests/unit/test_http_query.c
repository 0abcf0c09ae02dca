/* Query parameters, the list's filter and cursor, and who may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include "codec/digest.h"
#include "core/names.h"
#include "http/auth.h"
#include "http/problem.h"
#include "http/query.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena = arena_free(arena);
    return 0;
}

static void test_defaults_and_values(void **state)
{
    struct problem problem;
    struct cases_query q;

    (void)state;
    assert_int_equal(cases_query_parse("", &q, arena, &problem), 0);
    assert_int_equal(q.status, QUERY_OPEN);
    assert_int_equal(q.limit, 50);
    assert_int_equal(q.level, -1);
    assert_int_equal(q.lamp, -1);
    assert_null(q.region);
    assert_int_equal(cases_query_parse("status=all&&level=2&region=3301&topic=%E7%81%AB+a&lamp=red&"
                                       "state=overdue&exercise=false&limit=200&unit=u",
                                       &q, arena, &problem),
                     0);
    assert_int_equal(q.status, QUERY_ALL);
    assert_int_equal(q.level, 2);
    assert_string_equal(q.topic, "火 a");
    assert_int_equal(q.lamp, LAMP_RED);
    assert_int_equal(q.state, OBLIGATION_OVERDUE);
    assert_int_equal(q.exercise, QUERY_EXERCISE_FALSE);
    assert_int_equal(q.limit, 200);
}

static void test_refusals_name_the_parameter(void **state)
{
    static const struct {
        const char *query, *field, *says;
    } rows[] = {
        {"limt=3", "limt", "did you mean `limit`"},
        {"x=3", "x", "no such parameter"},
        {"=3", "", "no such parameter"},
        {"%6cimit=3", "%6cimit", "no such parameter"},
        {"\xff=3", "?", "no such parameter"},
        {"limit=0", "limit", "from 1 to 200"},
        {"limit=201", "limit", "from 1 to 200"},
        {"limit=1e2", "limit", "whole number"},
        {"limit", "limit", "whole number"},
        {"level=5", "level", "from 0 to 4"},
        {"limit=1&limit=1", "limit", "more than once"},
        {"status=opn", "status", "open, closed, all"},
        {"lamp=blue", "lamp", "green, yellow, red"},
        {"region=", "region", "1 to 256"},
        {"region=a%00b", "region", "zero byte"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct problem problem = {0};
        struct cases_query q;

        assert_int_equal(cases_query_parse(rows[i].query, &q, arena, &problem), -EINVAL);
        assert_int_equal(problem.status, 400);
        assert_string_equal(problem.field, rows[i].field);
        assert_non_null(strstr(problem.detail, rows[i].says));
    }
}

static void test_facts_query(void **state)
{
    struct problem problem;
    struct facts_query q;

    (void)state;
    assert_int_equal(facts_query_parse("before=17-0&limit=1000", &q, arena, &problem), 0);
    assert_string_equal(q.before, "17-0");
    assert_int_equal(q.limit, 1000);
    assert_int_equal(facts_query_parse("before=(17-0", &q, arena, &problem), -EINVAL);
    assert_int_equal(facts_query_parse("cursor=1", &q, arena, &problem), -EINVAL);
}

static void test_filter(void **state)
{
    struct obligation o = {.key = "release", .state = OBLIGATION_OVERDUE};
    const struct opinion_case c = {.region = "330106",
                                   .topic = "fire",
                                   .lead_unit = "u1",
                                   .incident = {.present = true, .level = 2},
                                   .obligations = &o,
                                   .obligation_n = 1};
    static const struct {
        const char *query;
        bool matches;
    } rows[] = {
        {"", true},
        {"region=3301", true},
        {"region=3302", false},
        {"topic=fire", true},
        {"topic=fir", false},
        {"unit=u1", true},
        {"unit=u", false},
        {"level=2", true},
        {"level=0", false},
        {"state=overdue", true},
        {"state=met", false},
        {"lamp=red", true},
        {"lamp=green", false},
        {"exercise=true", false},
        {"exercise=false", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct problem problem;
        struct cases_query q;

        assert_int_equal(cases_query_parse(rows[i].query, &q, arena, &problem), 0);
        assert_int_equal(cases_query_matches(&q, &c), rows[i].matches);
    }
}

static void test_cursor_goes_round(void **state)
{
    static const instant_ms instants[] = {0, 7, 1752480000123, INSTANT_MAX};
    static const char *const broken[] = {"",     "A",  "====", "AAAA",
                                         "MTIz", "!!", "MCww", "LTEsMDEyMzQ1Njc4OUFCQ0RFRg"};
    const char *id = NULL;
    instant_ms at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
        const char *cursor = cursor_encode(instants[i], "0123456789ABCDEF", arena);

        assert_null(strpbrk(cursor, "+/="));
        assert_int_equal(cursor_decode(cursor, &at, &id, arena), 0);
        assert_int_equal(at, instants[i]);
        assert_string_equal(id, "0123456789ABCDEF");
    }
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_int_equal(cursor_decode(broken[i], &at, &id, arena), -EINVAL);
}

static void test_tokens(void **state)
{
    struct conf_token tokens[2] = {{.name = "alice"}, {.name = "bob"}};
    const struct conf with = {.tokens = tokens, .token_n = 2}, without = {0};

    (void)state;
    digest_sha256_hex("secret", 6, tokens[0].sha256);
    digest_sha256_hex("other", 5, tokens[1].sha256);
    assert_string_equal(auth_actor(&with, "Bearer secret", true), "alice");
    assert_string_equal(auth_actor(&with, "bearer   other", true), "bob");
    assert_null(auth_actor(&with, "Bearer wrong", true));
    assert_null(auth_actor(&with, "Bearer ", true));
    assert_null(auth_actor(&with, "Bearersecret", true));
    assert_null(auth_actor(&with, "Basic secret", true));
    assert_null(auth_actor(&with, NULL, true));
    /* The unix socket: no token is fine, a wrong one is not. */
    assert_string_equal(auth_actor(&with, NULL, false), AUTH_LOCAL);
    assert_string_equal(auth_actor(&with, "Bearer secret", false), "alice");
    assert_null(auth_actor(&with, "Bearer wrong", false));
    assert_string_equal(auth_actor(&without, "Bearer x", false), AUTH_LOCAL);
    /* Beyond loopback, after a reload took the last token away. */
    assert_null(auth_actor(&without, "Bearer x", true));
}

static void test_problem_documents(void **state)
{
    json_t *doc = problem_json(PROBLEM_INVALID, "data.\xff", "found \xe7\x81");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(doc, "type")),
                        "urn:shixian:problem:invalid");
    assert_int_equal(json_integer_value(json_object_get(doc, "status")), 422);
    assert_string_equal(json_string_value(json_object_get(doc, "field")), "data.?");
    assert_string_equal(json_string_value(json_object_get(doc, "detail")), "found ??");
    json_decref(doc);
    assert_int_equal(problem_of_status(409), PROBLEM_CONFLICT);
    assert_int_equal(problem_of_status(299), PROBLEM_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_and_values),
        cmocka_unit_test(test_refusals_name_the_parameter),
        cmocka_unit_test(test_facts_query),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_cursor_goes_round),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_problem_documents),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
