/* What people and receivers see: views of cases and facts, and notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/limits.h"
#include "codec/record.h"

#define CHINA (&zone_china)

static int setup(void **state)
{
    *state = arena_new(LIMIT_ARENA_BYTES);
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- view ------------------------------------------------------------------------------------- */

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void view_shows_everything(void **state)
{
    struct opinion_case *c = case_new(*state);
    struct obligation obligations[4] = {
        {.key = "a",
         .rule = "a",
         .state = OBLIGATION_MET_LATE,
         .due_at = 3600999,
         .met_at = 3725000},
        {.key = "b", .rule = "b", .state = OBLIGATION_OVERDUE, .due_at = 1, .lamp = LAMP_YELLOW},
        {.key = "c", .rule = "c", .state = OBLIGATION_CANCELLED, .due_at = 1},
        {.key = "d", .rule = "d", .state = OBLIGATION_MET, .due_at = 5, .met_at = 4},
    };
    json_t *view, *list;

    c->id = "0123456789ABCDEF";
    c->status = CASE_OPEN;
    c->discovered_at = 0;
    c->obligations = obligations;
    c->obligation_n = 4;
    view = case_view(c, CHINA);
    list = json_object_get(view, "obligations");
    assert_string_equal(text_of(view, "discovered_at"), "1970-01-01T08:00:00+08:00");
    assert_string_equal(text_of(view, "lamp"), "red");
    assert_true(json_is_null(json_object_get(view, "title")));
    assert_true(json_is_null(json_object_get(view, "incident")));
    assert_true(json_is_null(json_object_get(view, "closed_at")));
    assert_true(json_is_false(json_object_get(view, "exercise")));
    assert_int_equal(json_array_size(json_object_get(view, "acts")), 0);
    assert_true(json_is_array(json_object_get(view, "assist_units")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "late_s")), 125);
    assert_string_equal(text_of(json_array_get(list, 0), "lamp"), "yellow");
    assert_string_equal(text_of(json_array_get(list, 1), "lamp"), "red");
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "late_s")));
    assert_true(json_is_null(json_object_get(json_array_get(list, 2), "lamp")));
    assert_string_equal(text_of(json_array_get(list, 3), "lamp"), "green");
    json_decref(view);
    c->incident.present = true;
    view = case_view(c, &zone_utc);
    assert_true(json_is_null(json_object_get(json_object_get(view, "incident"), "level")));
    assert_true(json_is_null(json_object_get(json_object_get(view, "incident"), "category")));
    assert_null(json_object_get(json_object_get(view, "incident"), "present"));
    json_decref(view);
}

static void fact_view_has_the_keys_of_its_type(void **state)
{
    struct fact fact = {.seq = 2,
                        .type = FACT_LEVEL_SET,
                        .reason = REASON_REQUESTED,
                        .happened_at = INSTANT_NONE,
                        .scheduled_at = INSTANT_NONE,
                        .actor = "zhang",
                        .level = 2};
    json_t *view = fact_view(&fact, CHINA);

    (void)state;
    assert_string_equal(text_of(view, "type"), "level_set");
    assert_string_equal(text_of(view, "by"), "zhang");
    assert_int_equal(json_integer_value(json_object_get(view, "level")), 2);
    assert_true(json_is_null(json_object_get(view, "level_before")));
    assert_true(json_is_null(json_object_get(view, "happened_at")));
    assert_true(json_is_null(json_object_get(view, "category")));
    assert_null(json_object_get(view, "rung"));
    json_decref(view);
}

/* --- notice ----------------------------------------------------------------------------------- */

static struct notice notice_with(const struct notice_item *items, size_t n)
{
    return (struct notice){.id = "0123456789ABCDEF-3-1",
                           .receiver = "office",
                           .case_id = "0123456789ABCDEF",
                           .case_title = "滨河区某化工企业\"爆燃\"",
                           .level = 2,
                           .lamp = LAMP_RED,
                           .created_at = INT64_C(1784010000000),
                           .roles = ROLE_BIT(ROLE_OFFICE) | ROLE_BIT(ROLE_UNIT),
                           .sequence = 3,
                           .items = items,
                           .item_n = n,
                           .text = "【红灯】"};
}

static void notice_is_an_event(void **state)
{
    struct notice_item item = {.obligation = "press_conference",
                               .rule = "press_conference",
                               .title = "新闻发布会",
                               .rung = "due",
                               .act = RUNG_SUPERVISE,
                               .state = OBLIGATION_OVERDUE,
                               .lamp = LAMP_RED,
                               .due_at = INT64_C(1784009999000),
                               .scheduled_at = INT64_C(1784010000000),
                               .missed = 2};
    struct notice notice = notice_with(&item, 1);

    assert_string_equal(
        notice_encode(&notice, CHINA, *state),
        "{\"specversion\":\"1.0\",\"id\":\"0123456789ABCDEF-3-1\",\"source\":\"shixian\","
        "\"type\":\"shixian.notice.overdue\",\"subject\":\"0123456789ABCDEF\","
        "\"time\":\"2026-07-14T14:20:00+08:00\",\"timestamp\":\"2026-07-14T14:20:00+08:00\","
        "\"datacontenttype\":\"application/json\",\"data\":{\"case\":\"0123456789ABCDEF\","
        "\"title\":\"滨河区某化工企业\\\"爆燃\\\"\",\"region\":null,\"level\":2,"
        "\"lead_unit\":null,\"exercise\":false,\"lamp\":\"red\",\"sequence\":3,"
        "\"roles\":[\"unit\",\"office\"],\"text\":\"【红灯】\",\"obligations\":[{"
        "\"obligation\":\"press_conference\",\"rule\":\"press_conference\","
        "\"title\":\"新闻发布会\",\"state\":\"overdue\",\"lamp\":\"red\",\"rung\":\"due\","
        "\"act\":\"supervise\",\"condition\":\"unmet\",\"due\":\"2026-07-14T14:19:59+08:00\","
        "\"scheduled\":\"2026-07-14T14:20:00+08:00\",\"missed\":2}]}}");
}

static void notice_type_follows_lamp(void **state)
{
    static const char *const types[LAMP_COUNT] = {"reminder\"", "due_soon\"", "overdue\""};

    for (int lamp = 0; lamp < LAMP_COUNT; lamp++) {
        struct notice notice = notice_with(NULL, 0);

        notice.lamp = (enum lamp)lamp;
        assert_non_null(strstr(notice_encode(&notice, CHINA, *state), types[lamp]));
    }
}

static void notice_is_bounded(void **state)
{
    struct notice_item *items = arena_alloc(*state, LIMIT_OBLIGATIONS * sizeof(*items));
    char *title = arena_alloc(*state, LIMIT_TITLE_BYTES + 1);
    char *text = arena_alloc(*state, LIMIT_MESSAGE_BYTES + 1);
    struct notice notice = notice_with(items, LIMIT_OBLIGATIONS);
    json_t *sent, *data;
    char *json;

    memset(title, 1, LIMIT_TITLE_BYTES);
    memset(text, 1, LIMIT_MESSAGE_BYTES);
    for (size_t i = 0; i < LIMIT_OBLIGATIONS; i++)
        items[i] = (struct notice_item){.obligation = "rolling_update.7", .rule = "rolling_update"};
    notice.case_title = title;
    notice.text = text;
    json = notice_encode(&notice, CHINA, *state);
    assert_true(strlen(json) <= LIMIT_NOTICE_BYTES);
    sent = json_loads(json, 0, NULL);
    data = json_object_get(sent, "data");
    assert_int_equal(json_array_size(json_object_get(data, "obligations")) +
                         (size_t)json_integer_value(json_object_get(data, "left_out")),
                     LIMIT_OBLIGATIONS);
    assert_true(json_array_size(json_object_get(data, "obligations")) > 50);
    json_decref(sent);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(view_shows_everything), TEST(fact_view_has_the_keys_of_its_type),
        TEST(notice_is_an_event),    TEST(notice_type_follows_lamp),
        TEST(notice_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
