#include "core/explain.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "core/names.h"
#include "core/window.h"
#include "core/work.h"

/* Days that are told one by one; past it only their number. Longer than any limit in law. */
#define DAYS_TOLD 400

struct telling {
    const struct opinion_case *c;
    const struct obligation *o;
    const struct rule *rule;
    const struct policy *p;
    instant_ms now;
    bool english;
    struct arena *arena;
    struct anchor anchor;
    const struct restart *restart; /* in force, or NULL */
    struct excluded_list excluded;
    bool by_days;
    const char **lines;
    size_t n, cap;
};

struct words {
    const char *zh, *en;
};

static const struct words kind_words[RULE_KIND_COUNT] = {
    [RULE_STATUTORY] = {"法定时限", "statutory"},
    [RULE_TARGET] = {"内部目标", "internal target"},
    [RULE_ADVISORY] = {"倡导性要求", "advisory"},
};
static const struct words start_words[CLOCK_START_COUNT] = {
    [START_OCCURRED] = {"事发时间", "when it happened"},
    [START_DISCOVERED] = {"发现时间（合并后取最早）", "when it was discovered (earliest report)"},
    [START_RELEASE] = {"上一次发布时间", "the release before"},
    [START_RECEIVED] = {"收到时间（取最早）", "when it was received (earliest report)"},
    [START_REPORTED] = {"系统登记时间", "when it was recorded"},
    [START_LEVEL_SET] = {"定级时间", "when the level was set"},
    [START_JUDGED] = {"首次研判时间", "the first judgement"},
    [START_ASSIGNED] = {"交办时间", "when it was assigned"},
    [START_CLOSED] = {"办结时间", "when it was closed"},
    [START_PUBLISHED] = {"文件公开时间", "when the document was published"},
    [START_DECIDED] = {"决定作出时间", "when the decision was made"},
    [START_FORMED] = {"信息形成或变更时间", "when the information was formed"},
    [START_REPORT_RECEIVED] = {"收到该来信（来电）时间", "when this message was received"},
    [START_REPORT_DISCOVERED] = {"发现该来信（来电）时间", "when this message was discovered"},
    [START_REPORT_LIMIT] = {"工单载明的时限", "the limit written on the ticket"},
    [START_ASSIGNMENT] = {"本次交办时间", "this assignment"},
    [START_EXCLUSION] = {"不计入期限的开始时间", "when the excluded time began"},
    [START_LETTER] = {"对方收到征求意见函时间", "when the other side got the letter"},
    [START_PROMISE] = {"承诺的完成时间", "the date promised"},
    [START_AFTER] = {"前一事项完成时间", "when the duty before it was met"},
    [START_RAISED] = {"等级升高的时间", "when the level was raised"},
    [START_RESTARTED] = {"补正后重新起算", "begun anew after correction"},
};
static const struct words act_words[ACT_KIND_COUNT] = {
    [ACT_AUTHORITATIVE_RELEASE] = {"权威信息发布", "authoritative release"},
    [ACT_PRESS_CONFERENCE] = {"新闻发布会", "press conference"},
    [ACT_BRIEFING] = {"吹风会", "briefing"},
    [ACT_PUBLIC_RESPONSE] = {"公开回应", "public response"},
    [ACT_ROLLING_UPDATE] = {"滚动发布", "rolling update"},
    [ACT_MEDIA_INTERVIEW] = {"接受采访", "media interview"},
    [ACT_WRITTEN_QA] = {"书面答问", "written answers"},
    [ACT_ONLINE_INTERVIEW] = {"在线访谈", "online interview"},
    [ACT_ARTICLE] = {"发表文章", "article"},
    [ACT_INDIVIDUAL_REPLY] = {"答复诉求人", "reply to the petitioner"},
    [ACT_RUMOR_CLARIFICATION] = {"辟谣", "clarification"},
    [ACT_RUMOR_REFERRAL] = {"线索移交", "referral"},
    [ACT_INTERPRETATION] = {"政策解读", "interpretation"},
    [ACT_JUDGEMENT] = {"研判", "judgement"},
    [ACT_ASSESSMENT] = {"评估", "assessment"},
    [ACT_RECTIFY] = {"整改", "rectification"},
    [ACT_CALLBACK] = {"回访", "callback"},
    [ACT_ACKNOWLEDGE] = {"签收", "acknowledgement"},
    [ACT_RETURN_REQUEST] = {"退单申请", "return request"},
    [ACT_CORRECTION_NOTICE] = {"补正告知", "correction notice"},
    [ACT_THIRD_PARTY_OPINION] = {"第三方意见", "third party's opinion"},
    [ACT_OTHER_AGENCY_OPINION] = {"其他机关意见", "other agency's opinion"},
    [ACT_FOI_ANSWER] = {"依申请公开答复", "answer to the application"},
    [ACT_PUBLICATION] = {"主动公开", "publication"},
    [ACT_PETITION_REGISTER] = {"信访登记", "registration"},
    [ACT_PETITION_OBJECTION] = {"信访事项退回", "objection"},
    [ACT_PETITION_DECISION] = {"信访处理意见", "decision"},
    [ACT_PETITION_REVIEW] = {"信访复查复核", "review"},
    [ACT_SUPERIOR_REPORT] = {"向上级报告", "report to the superior"},
    [ACT_SUPPLEMENT_REPORT] = {"续报补报", "supplementary report"},
    [ACT_INVESTIGATION_REPORT] = {"事故调查报告", "investigation report"},
    [ACT_SITE_CORRECTION] = {"网站纠错", "correction of the site"},
    [ACT_DEPUTY_REPLY] = {"建议提案答复", "answer to deputies"},
    [ACT_CALENDAR_LOADED] = {"导入放假安排", "loading the calendar"},
};

static const struct words state_words[OBLIGATION_STATE_COUNT] = {
    [OBLIGATION_OPEN] = {"进行中", "open"},
    [OBLIGATION_MET] = {"按时完成", "met in time"},
    [OBLIGATION_MET_LATE] = {"逾期完成", "met late"},
    [OBLIGATION_OVERDUE] = {"超时", "overdue"},
    [OBLIGATION_PAUSED] = {"暂停计时", "paused"},
    [OBLIGATION_WAIVED] = {"已免除", "waived"},
    [OBLIGATION_CANCELLED] = {"已取消", "cancelled"},
    [OBLIGATION_SUPERSEDED] = {"已被替代", "superseded"},
};
static const struct words field_words[CONDITION_FIELD_COUNT] = {
    [FIELD_CASE_TYPE] = {"事项类型", "case_type"},
    [FIELD_CATEGORY] = {"事件类别", "incident_category"},
    [FIELD_LEVEL] = {"事件等级", "incident_level"},
    [FIELD_CHANNEL] = {"渠道", "channel"},
    [FIELD_TOPIC] = {"主题", "topic"},
    [FIELD_REGION] = {"区划代码前缀", "region"},
    [FIELD_LABEL] = {"标签", "label"},
    [FIELD_LEAD_UNIT] = {"承办单位", "lead_unit"},
    [FIELD_SOURCE] = {"来源前缀", "source"},
    [FIELD_HEAT] = {"热度不低于", "heat_at_least"},
    [FIELD_EXERCISE] = {"演练", "exercise"},
    [FIELD_STATUS] = {"案件状态", "case_status"},
    [FIELD_EXCLUSION] = {"不计入期限的种类", "exclusion"},
};

static const char *say(const struct telling *t, const struct words *w)
{
    return t->english ? w->en : w->zh;
}

static void tell(struct telling *t, const char *line)
{
    const char **slot = arena_push(t->arena, &t->lines, &t->n, &t->cap, sizeof(*slot));

    *slot = line;
}

static const char *at_text(const struct telling *t, instant_ms at)
{
    char text[INSTANT_TEXT_SIZE];

    zone_format(t->p->zone, at, text);
    return arena_strdup(t->arena, text);
}

/* --- what asks for it ------------------------------------------------------------------------- */

static void tell_rule(struct telling *t)
{
    const struct rule *rule = t->rule;
    const char *basis = "";

    tell(t, arena_printf(t->arena,
                         t->english ? "Rule: %s (%s), %s; policy version %s"
                                    : "规则：%s（%s），%s；政策版本 %s",
                         rule->title, rule->id, say(t, &kind_words[rule->kind]),
                         t->c->policy_version ? t->c->policy_version : "?"));
    for (size_t i = 0; rule->basis && rule->basis[i]; i++)
        basis = arena_printf(t->arena, "%s%s%s", basis, i ? "; " : "", rule->basis[i]);
    if (*basis)
        tell(t, arena_printf(t->arena, t->english ? "Basis: %s" : "依据：%s", basis));
}

static const char *values_text(const struct telling *t, const struct condition *k)
{
    static const char *const levels[] = {"null", "1", "2", "3", "4", NULL};
    static const char *const flags[] = {"false", "true", NULL};
    const char *const *names = k->field == FIELD_LEVEL      ? levels
                               : k->field == FIELD_CATEGORY ? incident_category_names
                                                            : flags;
    const char *list = "";

    if (k->field == FIELD_HEAT)
        return arena_printf(t->arena, "%lld", (long long)k->least);
    for (size_t i = 0; i < k->n; i++)
        list = arena_printf(t->arena, "%s%s%s", list, *list ? ", " : "", k->texts[i]);
    for (int i = 0; k->n == 0 && names[i]; i++) {
        if (k->bits >> i & 1)
            list = arena_printf(t->arena, "%s%s%s", list, *list ? ", " : "", names[i]);
    }
    return list;
}

static const char *conditions_text(const struct telling *t, const struct conditions *all)
{
    const char *list = "";

    for (size_t i = 0; i < all->n; i++)
        list =
            arena_printf(t->arena, "%s%s%s = %s", list, i ? "; " : "",
                         say(t, &field_words[all->items[i].field]), values_text(t, &all->items[i]));
    return list;
}

static void tell_conditions(struct telling *t)
{
    const char *when = conditions_text(t, &t->rule->when);
    const char *unless = conditions_text(t, &t->rule->unless);

    if (*when)
        tell(t, arena_printf(t->arena, t->english ? "Asked when: %s" : "适用条件：%s", when));
    if (*unless)
        tell(t, arena_printf(t->arena, t->english ? "But not when: %s" : "除外条件：%s", unless));
}

/* --- the clock -------------------------------------------------------------------------------- */

/* Those that would have come first, and why they did not. */
static void tell_unknown_starts(struct telling *t)
{
    const struct rule *rule = t->rule;

    for (size_t i = 0; rule->start[i] != START_NONE && rule->start[i] != t->o->start_from; i++) {
        if (clock_start_instant(t->c, rule, rule->start[i], &t->anchor) != INSTANT_NONE)
            continue;
        tell(t,
             arena_printf(t->arena,
                          t->english ? "Start: %s (%s) is not known, so the next one counts"
                                     : "起算：%s（%s）未知，改用下一项",
                          say(t, &start_words[rule->start[i]]), clock_start_names[rule->start[i]]));
    }
}

static void tell_start(struct telling *t)
{
    const struct obligation *o = t->o;
    char window[WINDOW_TEXT_SIZE];

    if (!t->restart)
        tell_unknown_starts(t);
    tell(t, arena_printf(t->arena, t->english ? "Start: %s (%s): %s" : "起算：%s（%s）：%s",
                         say(t, &start_words[o->start_from]), clock_start_names[o->start_from],
                         at_text(t, o->start_at)));
    window_words(rule_window(t->rule, t->c), t->english, window);
    if (t->by_days && o->due_at != INSTANT_NONE)
        tell(t, arena_printf(t->arena,
                             t->english ? "Limit: %s; the day of the start is day 0"
                                        : "期限：%s；起算当日不计入，次日为第1日",
                             window));
    else
        tell(t, arena_printf(t->arena, t->english ? "Limit: %s%s" : "期限：%s%s", window,
                             o->due_at == INSTANT_NONE ? ""
                             : t->english              ? ", running through nights and holidays"
                                                       : "，夜间和节假日连续计算"));
}

static void tell_exclusions(struct telling *t)
{
    for (size_t i = 0; i < t->c->exclusion_n; i++) {
        const struct exclusion *e = &t->c->exclusions[i];

        if (!clock_stops(t->rule, e, t->o->key))
            continue;
        if (e->to_at == INSTANT_NONE)
            tell(t, arena_printf(t->arena,
                                 t->english ? "Excluded (%s): since %s, still open: paused"
                                            : "不计入期限（%s）：自 %s 起，尚未恢复，计时暂停",
                                 e->kind, at_text(t, e->from_at)));
        else
            tell(t, arena_printf(
                        t->arena,
                        t->english ? "Excluded (%s): %s to %s%s" : "不计入期限（%s）：%s 至 %s%s",
                        e->kind, at_text(t, e->from_at), at_text(t, e->to_at),
                        !t->by_days  ? ""
                        : t->english ? "; the first day still counts, counting goes on the "
                                       "day after the last"
                                     : "；开始当日仍计入，结束次日继续计算"));
    }
}

static void tell_extensions(struct telling *t)
{
    char window[WINDOW_TEXT_SIZE];

    for (size_t i = 0; i < t->c->extension_n; i++) {
        const struct extension *e = &t->c->extensions[i];

        if (!text_equal(e->obligation, t->o->key))
            continue;
        window_words(e->decided_seq && e->approved ? &e->granted : &e->asked, t->english, window);
        if (!e->decided_seq)
            tell(t, arena_printf(t->arena,
                                 t->english ? "Extension of %s asked for, not decided"
                                            : "延期申请：%s，尚未批准",
                                 window));
        else if (!e->approved)
            tell(t, arena_printf(t->arena,
                                 t->english ? "Extension of %s refused" : "延期申请：%s，未获批准",
                                 window));
        else
            tell(t, arena_printf(t->arena,
                                 t->english ? "Extended by %s (approved by %s); it was due %s%s"
                                            : "延期：增加%s（批准人：%s）；原到期时间 %s%s",
                                 window, e->approver ? e->approver : "-", at_text(t, e->due_before),
                                 clock_extends(e, t->restart, t->o->key) ? ""
                                 : t->english ? "; void, the clock began anew afterwards"
                                              : "；其后重新起算，不再适用"));
    }
}

/* --- days ------------------------------------------------------------------------------------- */

static bool day_excluded(const struct telling *t, day_no day)
{
    for (size_t i = 0; i < t->excluded.n; i++) {
        if (day > t->excluded.items[i].from && day <= t->excluded.items[i].to)
            return true;
    }
    return false;
}

/* Counted days of the limit and its extensions together: what rolls on after them is not one. */
static int64_t days_in_all(const struct telling *t)
{
    int64_t n = rule_window(t->rule, t->c)->n;

    for (size_t i = 0; i < t->c->extension_n; i++) {
        if (clock_extends(&t->c->extensions[i], t->restart, t->o->key))
            n += t->c->extensions[i].granted.n;
    }
    return n;
}

static void list_days(struct telling *t, struct explanation *ret)
{
    enum window_unit unit = rule_window(t->rule, t->c)->unit;
    day_no first = zone_day(t->p->zone, t->o->start_at);
    day_no last = zone_day(t->p->zone, t->o->due_at);
    int64_t in_all = days_in_all(t);
    struct explained_day *days;
    size_t n = last < first ? 0 : (size_t)(last - first) + 1;
    int counted = 0;

    if ((unit != WINDOW_WORKDAYS && unit != WINDOW_DAYS) || n > DAYS_TOLD)
        return;
    days = arena_alloc(t->arena, n * sizeof(*days));
    for (size_t i = 0; i < n; i++) {
        struct explained_day *d = &days[i];
        const struct calendar *calendar = t->p->calendar;

        d->day = first + (day_no)i;
        d->kind = calendar_kind(calendar, d->day);
        d->name = calendar_name(calendar, d->day);
        d->provisional = !calendar_covers(calendar, d->day);
        d->first = i == 0;
        d->excluded = i > 0 && day_excluded(t, d->day);
        if (i > 0 && !d->excluded && counted < in_all &&
            (unit == WINDOW_DAYS || calendar_is_workday(calendar, d->day)))
            d->number = ++counted;
    }
    ret->days = days;
    ret->day_n = n;
}

static void tell_days(struct telling *t, const struct explanation *e)
{
    int counted = 0, excluded = 0, off = 0, makeup = 0;

    for (size_t i = 1; i < e->day_n; i++) {
        const struct explained_day *d = &e->days[i];

        counted += d->number > 0;
        excluded += d->excluded;
        off += !d->number && !d->excluded;
        makeup += d->number && d->kind == DAY_MAKEUP;
    }
    if (e->day_n)
        tell(t, arena_printf(t->arena,
                             t->english ? "Counted: %d days, of which %d are make-up working days; "
                                          "passed over: %d days off, %d excluded"
                                        : "计数：计入 %d 日（其中调休上班 %d 日）；跳过休息日和"
                                          "节假日 %d 日，不计入期限 %d 日",
                             counted, makeup, off, excluded));
}

const char *explain_day(const struct explained_day *day, enum explain_language language,
                        struct arena *arena)
{
    static const struct words weekdays[] = {{"周一", "Mon"}, {"周二", "Tue"}, {"周三", "Wed"},
                                            {"周四", "Thu"}, {"周五", "Fri"}, {"周六", "Sat"},
                                            {"周日", "Sun"}};
    static const struct words kinds[] = {[DAY_WORKDAY] = {"工作日", "working day"},
                                         [DAY_WEEKEND] = {"周末", "weekend"},
                                         [DAY_HOLIDAY] = {"放假", "holiday"},
                                         [DAY_MAKEUP] = {"调休上班", "make-up working day"},
                                         [DAY_STATUTORY] = {"法定节假日", "statutory holiday"}};
    bool english = language == EXPLAIN_EN;
    const struct words *weekday = &weekdays[day_of_week(day->day) - 1], *kind = &kinds[day->kind];
    const char *what, *name = day->name ? arena_printf(arena, " %s", day->name) : "";
    char date[12];

    day_format(day->day, date);
    if (day->first)
        what = english ? "day 0, the start" : "起算日，不计入";
    else if (day->number)
        what = arena_printf(arena, english ? "counts as day %d" : "计第%d日", day->number);
    else if (day->excluded)
        what = english ? "excluded" : "不计入期限";
    else
        what = english ? "not counted" : "不计";
    return arena_printf(arena, "%s %s %s%s %s%s", date, english ? weekday->en : weekday->zh,
                        english ? kind->en : kind->zh, name, what,
                        !day->provisional ? ""
                        : english         ? " (provisional: this year's arrangement is not loaded)"
                                          : "（暂定：当年放假安排尚未导入）");
}

/* --- the end ---------------------------------------------------------------------------------- */

static void tell_due(struct telling *t)
{
    const struct obligation *o = t->o;

    if (o->due_at == INSTANT_NONE) {
        tell(t, t->english ? "Due: no limit in the text" : "到期：条文未规定时限");
        return;
    }
    tell(t, arena_printf(t->arena,
                         t->english ? "Due: %s (the whole second is in time)"
                                    : "到期：%s（该秒仍属按时）",
                         at_text(t, o->due_at)));
    if (o->flags & OBLIGATION_PROVISIONAL)
        tell(t, t->english
                    ? "Provisional: it counts days of a year whose arrangement is not "
                      "loaded; recomputed when it is"
                    : "暂定：涉及放假安排尚未导入的年度，仅按法定节假日和周末计算，导入后重新"
                      "计算");
    if (o->reference_due_at != INSTANT_NONE)
        tell(t, arena_printf(
                    t->arena,
                    t->english ? "For reference, counted from %s: %s" : "参考时钟，自%s起算：%s",
                    say(t, &start_words[t->rule->reference]), at_text(t, o->reference_due_at)));
}

/* By which act, and where it can be seen. */
static const char *met_text(struct telling *t)
{
    const struct obligation *o = t->o;
    const struct act *by = case_act(t->c, o->met_by);
    static const struct words end = {"不计入期限结束", "the end of the excluded time"};
    bool url = by && by->url;

    return arena_printf(
        t->arena, t->english ? "State: %s, by %s at %s%s%s" : "状态：%s（%s），完成时间 %s%s%s",
        say(t, &state_words[o->state]), say(t, by ? &act_words[by->kind] : &end),
        at_text(t, o->met_at), url ? " " : "", url ? by->url : "");
}

static const char *left_text(struct telling *t)
{
    static const struct words late = {"已超时", "late by"}, left = {"剩余", "left:"};
    span_ms span = t->o->due_at - t->now;
    char text[64];

    text_span_zh(span, text, sizeof(text));
    if (t->english)
        snprintf(text, sizeof(text), "%lld s", (long long)(span < 0 ? -span : span) / SECOND_MS);
    return arena_printf(t->arena, t->english ? "State: %s, %s %s" : "状态：%s，%s %s",
                        say(t, &state_words[t->o->state]), say(t, span < 0 ? &late : &left), text);
}

static void tell_state(struct telling *t)
{
    const struct obligation *o = t->o;

    if (o->met_at != INSTANT_NONE)
        tell(t, met_text(t));
    else if (obligation_active(o) && o->due_at != INSTANT_NONE)
        tell(t, left_text(t));
    else
        tell(t, arena_printf(t->arena, t->english ? "State: %s" : "状态：%s",
                             say(t, &state_words[o->state])));
    if (o->flags & OBLIGATION_BREACHED)
        tell(t, t->english ? "It was breached: that stays in the ledger"
                           : "曾超过时限：该记录不因后续操作消除");
}

static void tell_satisfied_by(struct telling *t)
{
    const char *list = "";

    for (int i = 0; i < ACT_KIND_COUNT; i++) {
        if (t->rule->satisfied_by >> i & 1)
            list =
                arena_printf(t->arena, "%s%s%s (%s)", list, *list ? (t->english ? ", " : "、") : "",
                             say(t, &act_words[i]), act_kind_names[i]);
    }
    tell(t, arena_printf(t->arena, t->english ? "Satisfied by: %s%s%s" : "可由下列行为满足：%s%s%s",
                         list,
                         !t->rule->spoken_by ? ""
                         : t->english        ? "; spoken by: "
                                             : "；须由其发声：",
                         t->rule->spoken_by ? t->rule->spoken_by : ""));
    if (t->rule->on_lapse)
        tell(t, arena_printf(t->arena, t->english ? "When it lapses: %s" : "逾期后果：%s",
                             t->rule->on_lapse));
}

struct explanation explain(const struct opinion_case *c, const struct obligation *o,
                           const struct policy *p, instant_ms now, enum explain_language language,
                           struct arena *arena)
{
    struct telling t = {.c = c,
                        .o = o,
                        .p = p,
                        .now = now,
                        .english = language == EXPLAIN_EN,
                        .arena = arena,
                        .rule = work_rule(c, p, o)};
    struct explanation ret = {0};

    if (!t.rule) {
        tell(&t, t.english ? "The policy that judges this case has no such rule"
                           : "适用的政策中没有这条规则");
    } else {
        t.by_days = rule_window(t.rule, c)->unit != WINDOW_TIME;
        t.anchor = obligation_anchor(c, t.rule, o);
        t.restart = o->start_from == START_RESTARTED ? clock_restart(c, t.rule, o->key) : NULL;
        clock_excluded(c, t.rule, o->key, p, t.by_days, &t.excluded);
        tell_rule(&t);
        tell_conditions(&t);
        tell_start(&t);
        tell_exclusions(&t);
        tell_extensions(&t);
        if (o->due_at != INSTANT_NONE)
            list_days(&t, &ret);
        tell_days(&t, &ret);
        tell_due(&t);
        tell_state(&t);
        tell_satisfied_by(&t);
    }
    ret.lines = t.lines;
    ret.line_n = t.n;
    return ret;
}
