/* The text people read: what stands first, and that nothing from outside can pretend to be ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "base/limits.h"
#include "core/work.h"

static const char *const basis[] = {"国办发〔2016〕80号（5小时）", NULL};
static const struct rule rules[] = {{.id = "r", .title = "权威信息发布", .basis = basis}};
static const struct directory nobody;
static const struct policy policy = {
    .zone = &zone_china, .rules = rules, .rule_n = 1, .directory = &nobody};

static const char *text_of(struct arena *arena, const char *title, size_t items, enum lamp lamp)
{
    struct opinion_case c = {.id = "0123456789ABCDEF", .title = title, .region = "990102"};
    struct notice n = {.lamp = lamp, .created_at = 1784010000000, .item_n = items};
    struct notice_item *list = arena_alloc(arena, items * sizeof(*list));

    for (size_t i = 0; i < items; i++)
        list[i] = (struct notice_item){.rule = "r",
                                       .title = "权威信息发布",
                                       .lamp = lamp,
                                       .due_at = lamp == LAMP_RED ? n.created_at - 6900000
                                                                  : n.created_at + 2400000};
    n.items = list;
    return message_text(&n, &c, &policy, arena);
}

static void lamp_and_time_stand_first(void **state)
{
    struct arena *arena = arena_new(1 << 20);

    (void)state;
    assert_string_equal(text_of(arena, "某化工企业爆燃", 1, LAMP_RED),
                        "【红灯·已超时 1小时55分】权威信息发布\n"
                        "某化工企业爆燃\n"
                        "· 权威信息发布：7月14日 12:25 前完成，已超时 1小时55分\n"
                        "等级：未定级　属地：990102　责任单位：尚未交办\n"
                        "依据：国办发〔2016〕80号（5小时）\n"
                        "案件：0123456789ABCDEF");
    assert_memory_equal(text_of(arena, "t", 1, LAMP_YELLOW), "【黄灯·剩余 40分】",
                        strlen("【黄灯·剩余 40分】"));
    arena_free(arena);
}

static void nothing_from_outside_steers(void **state)
{
    /* line feed, carriage return, escape, U+2028, U+202E, U+2066, U+200F, delete */
    static const char title[] = "a\nb\rc\x1b"
                                "d\xE2\x80\xA8"
                                "e\xE2\x80\xAE"
                                "f\xE2\x81\xA6"
                                "g\xE2\x80\x8Fh\x7F";
    struct arena *arena = arena_new(1 << 20);
    const char *text = text_of(arena, title, 1, LAMP_GREEN);
    int lines = 0;

    (void)state;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 5);
    assert_non_null(strstr(text, "\na b c d   e   f   g   h \n"));
    assert_null(strchr(text, '\x1b'));
    arena_free(arena);
}

static void long_ones_are_cut_whole(void **state)
{
    struct arena *arena = arena_new(8 << 20);
    char title[LIMIT_TITLE_BYTES + 1] = "";
    const char *text;

    (void)state;
    for (int i = 0; i < 341; i++)
        strncat(title, "限", sizeof(title) - strlen(title) - 1);
    text = text_of(arena, title, 100, LAMP_RED);
    assert_true(strlen(text) <= LIMIT_MESSAGE_BYTES);
    assert_non_null(strstr(text, "限…\n"));
    assert_non_null(strstr(text, "…（共 100 项，详见台账）"));
    assert_non_null(strstr(text, "案件：0123456789ABCDEF"));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lamp_and_time_stand_first),
        cmocka_unit_test(nothing_from_outside_steers),
        cmocka_unit_test(long_ones_are_cut_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
