/* The text a duty officer reads: lamp and remaining time in words first, then what,
 * where, who, and why. Built once, when the notice is; every retry sends the same bytes. */
#include "core/work.h"

#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/text.h"

#define TITLE_BYTES 240 /* ~80 Chinese characters: a phone shows no more */
#define TAIL_BYTES 600  /* room for what follows the items: level, place, unit, basis, case */

static const char *const level_zh[] = {"未定级", "Ⅰ级·特别重大", "Ⅱ级·重大", "Ⅲ级·较大",
                                       "Ⅳ级·一般"};
static const char *const category_zh[INCIDENT_CATEGORY_COUNT] = {
    [CATEGORY_NONE] = "",
    [CATEGORY_NATURAL] = " 自然灾害",
    [CATEGORY_ACCIDENT] = " 事故灾难",
    [CATEGORY_HEALTH] = " 公共卫生事件",
    [CATEGORY_SECURITY] = " 社会安全事件",
};
static const char *const act_zh[RUNG_ACT_COUNT] = {
    [RUNG_REMIND] = "",
    [RUNG_SUPERVISE] = "，请督办",
    [RUNG_URGE_NOTICE] = "，请发催办通知书",
    [RUNG_BULLETIN_DRAFT] = "，请拟通报稿",
};
static const char *const condition_zh[RUNG_CONDITION_COUNT] = {
    [IF_UNMET] = "",
    [IF_UNACKNOWLEDGED] = "（尚未签收）",
    [IF_UNASSIGNED] = "（尚未交办）",
};

/* To the minute, rounded down: nobody is told a later time than the true one. */
static const char *date_zh(instant_ms at, const struct zone *zone, struct arena *arena)
{
    struct civil c = zone_civil(zone, at);

    return arena_printf(arena, "%d月%d日 %02d:%02d", c.month, c.day, c.hour, c.minute);
}

/* "剩余 40分" or "已超时 1小时55分". */
static const char *left_zh(const struct notice_item *item, instant_ms now, struct arena *arena)
{
    char span[64];

    if (item->due_at == INSTANT_NONE)
        return "未规定时限";
    text_span_zh(item->due_at - now, span, sizeof(span));
    return arena_printf(arena, "%s %s", item->lamp == LAMP_RED ? "已超时" : "剩余", span);
}

static const char *item_line(const struct notice_item *item, const struct notice *n,
                             const struct policy *policy, struct arena *arena)
{
    const char *missed =
        item->missed ? arena_printf(arena, "（含此前未发的 %d 次提醒）", item->missed) : "";

    if (item->due_at == INSTANT_NONE)
        return arena_printf(arena, "· %s%s：未规定时限%s%s\n", item->title,
                            condition_zh[item->condition], act_zh[item->act], missed);
    return arena_printf(arena, "· %s%s：%s 前完成，%s%s%s\n", item->title,
                        condition_zh[item->condition], date_zh(item->due_at, policy->zone, arena),
                        left_zh(item, n->created_at, arena), act_zh[item->act], missed);
}

/* The item that gives the headline: the worst lamp, then the earliest due. */
static const struct notice_item *headline(const struct notice *n)
{
    const struct notice_item *best = &n->items[0];

    for (size_t i = 1; i < n->item_n; i++) {
        const struct notice_item *item = &n->items[i];

        if (item->lamp > best->lamp || (item->lamp == best->lamp && item->due_at < best->due_at))
            best = item;
    }
    return best;
}

static const char *basis_line(const struct notice_item *item, const struct policy *policy,
                              struct arena *arena)
{
    const struct rule *rule = policy_rule(policy, item->rule);
    const char *lapse = "";

    if (!rule)
        return "";
    if (item->state == OBLIGATION_OVERDUE && rule->on_lapse)
        lapse = arena_printf(arena, "%s\n", rule->on_lapse);
    if (!rule->basis || !rule->basis[0])
        return lapse;
    return arena_printf(arena, "%s依据：%s\n", lapse, rule->basis[0]);
}

static const char *unit_name(const struct opinion_case *c, const struct policy *policy)
{
    const struct unit *unit = directory_unit(policy->directory, c->lead_unit);

    if (unit && unit->name)
        return unit->name;
    return c->lead_unit ? c->lead_unit : "尚未交办";
}

/* Bytes at p that would break the line or turn its reading direction: control characters, line and
 * paragraph separators, bidirectional marks (U+200E..200F, 2028..202E, 2066..2069). */
static size_t steering(const unsigned char *p)
{
    if (*p < ' ' || *p == 0x7F)
        return *p ? 1 : 0;
    if (p[0] != 0xE2)
        return 0;
    if (p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F || (p[2] >= 0xA8 && p[2] <= 0xAE)))
        return 3;
    return p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9 ? 3 : 0;
}

/* text from outside, cut to whole characters of at most n bytes, on one line: nothing a sender
 * writes may look like a line of ours. */
static const char *one_line(const char *text, size_t n, struct arena *arena)
{
    size_t keep = strlen(text) <= n ? strlen(text) : text_utf8_cut(text, n);
    char *line = arena_printf(arena, "%.*s%s", (int)keep, text, text[keep] ? "…" : "");

    for (char *p = line; *p; p++)
        memset(p, ' ', steering((const unsigned char *)p));
    return line;
}

const char *message_text(const struct notice *notice, const struct opinion_case *c,
                         const struct policy *policy, struct arena *arena)
{
    static const char *const lamp_zh[LAMP_COUNT] = {"绿灯", "黄灯", "红灯"};
    const struct notice_item *top = headline(notice);
    const char *text =
        arena_printf(arena, "%s【%s·%s】%s%s\n%s\n", notice->exercise ? "【演练】" : "",
                     lamp_zh[notice->lamp], left_zh(top, notice->created_at, arena), top->title,
                     condition_zh[top->condition], one_line(c->title, TITLE_BYTES, arena));

    for (size_t i = 0; i < notice->item_n; i++) {
        const char *line = item_line(&notice->items[i], notice, policy, arena);

        if (strlen(text) + strlen(line) > LIMIT_MESSAGE_BYTES - TAIL_BYTES) {
            text = arena_printf(arena, "%s…（共 %zu 项，详见台账）\n", text, notice->item_n);
            break;
        }
        text = arena_printf(arena, "%s%s", text, line);
    }
    return arena_printf(arena, "%s等级：%s%s　属地：%s　责任单位：%s\n%s案件：%s", text,
                        level_zh[c->incident.level], category_zh[c->incident.category],
                        c->region ? one_line(c->region, 32, arena) : "未填",
                        one_line(unit_name(c, policy), 120, arena), basis_line(top, policy, arena),
                        c->id);
}
