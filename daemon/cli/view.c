#include "cli/view.h"

#include <stdio.h>
#include <string.h>
#include "core/names.h"

const char *view_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

struct view_time view_time(const json_t *object, const char *name)
{
    struct view_time time = {"-"};
    const char *text = view_text(object, name);

    if (strlen(text) < sizeof(time.text) - 1)
        return time;
    memcpy(time.text, text, sizeof(time.text) - 1);
    time.text[strlen("2026-07-14")] = ' ';
    time.text[sizeof(time.text) - 1] = '\0';
    return time;
}

const char *view_lamp(const json_t *object)
{
    static const char *const zh[LAMP_COUNT] = {
        [LAMP_GREEN] = "绿", [LAMP_YELLOW] = "黄", [LAMP_RED] = "红"};
    int lamp = name_find(lamp_names, json_string_value(json_object_get(object, "lamp")));

    return lamp < 0 ? "-" : zh[lamp];
}

const char *view_state(const char *state)
{
    static const char *const zh[OBLIGATION_STATE_COUNT] = {
        [OBLIGATION_OPEN] = "办理中",       [OBLIGATION_MET] = "按时完成",
        [OBLIGATION_MET_LATE] = "超时完成", [OBLIGATION_OVERDUE] = "超时",
        [OBLIGATION_PAUSED] = "暂停",       [OBLIGATION_WAIVED] = "免除",
        [OBLIGATION_CANCELLED] = "取消",    [OBLIGATION_SUPERSEDED] = "被替代"};
    int i = name_find(obligation_state_names, state);

    return i < 0 ? state : zh[i];
}

const char *view_status(const char *status)
{
    static const char *const zh[CASE_STATUS_COUNT] = {[CASE_NONE] = "-",
                                                      [CASE_OPEN] = "办理中",
                                                      [CASE_CLOSED] = "办结",
                                                      [CASE_INVALID] = "作废",
                                                      [CASE_MERGED] = "已并入"};
    int i = name_find(case_status_names, status);

    return i < 0 ? status : zh[i];
}

const char *view_level(const json_t *a_case)
{
    static const char *const roman[] = {"-", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"};
    const json_t *incident = json_object_get(a_case, "incident");
    json_int_t level = json_integer_value(json_object_get(incident, "level"));

    return level >= 1 && level <= 4 ? roman[level] : roman[0];
}

/* Prints one character and returns its columns; *text moves behind it. */
static int put(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    size_t n = 1;

    while ((p[n] & 0xc0) == 0x80)
        n++;
    *text += n;
    if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] < 0xa0)) {
        putchar(' ');
        return 1;
    }
    fwrite(p, 1, n, stdout);
    /* From U+2E80 on: Chinese and its full-width signs. */
    return n > 3 || (n == 3 && (*p > 0xe2 || (*p == 0xe2 && p[1] >= 0xba))) ? 2 : 1;
}

void view_column(const char *text, int columns)
{
    int used = 0;

    while (*text)
        used += put(&text);
    do
        putchar(' ');
    while (++used < columns);
}

void view_line(const char *text)
{
    while (*text)
        put(&text);
    putchar('\n');
}
