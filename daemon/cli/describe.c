#include "cli/describe.h"

#include <inttypes.h>
#include "base/limits.h"
#include "base/text.h"
#include "core/window.h"

static void add(struct fields *f, const char *name, const char *text)
{
    struct field *field;

    if (text_empty(text))
        return;
    field = arena_push(f->arena, &f->items, &f->n, &f->cap, sizeof(*field));
    *field = (struct field){name, text};
}

const char *fields_get(const struct fields *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++) {
        if (text_equal(f->items[i].name, name))
            return f->items[i].text;
    }
    return NULL;
}

/* "a, b" and c -> "a, b, c". */
static const char *join(struct arena *arena, const char *list, const char *word)
{
    return *list ? arena_printf(arena, "%s, %s", list, word) : word;
}

static const char *bit_names(struct arena *arena, uint64_t bits, const char *const *names)
{
    const char *list = "";

    for (int i = 0; names[i]; i++) {
        if (bits >> i & 1)
            list = join(arena, list, names[i]);
    }
    return list;
}

static const char *texts(struct arena *arena, const char *const *items)
{
    const char *list = "";

    for (size_t i = 0; items && items[i]; i++)
        list = join(arena, list, items[i]);
    return list;
}

static const char *minute_text(struct arena *arena, int minute)
{
    return arena_printf(arena, "%02d:%02d", minute / 60, minute % 60);
}

static const char *window_text(struct arena *arena, const struct window *w)
{
    char text[WINDOW_TEXT_SIZE];

    window_words(w, true, text);
    return arena_strdup(arena, text);
}

static const char *span_text(struct arena *arena, span_ms span)
{
    struct window w = {WINDOW_TIME, span};

    return window_text(arena, &w);
}

/* --- conditions ------------------------------------------------------------------------------- */

static const char *level_names_of(struct arena *arena, uint64_t bits)
{
    static const char *const levels[] = {"", "1", "2", "3", "4", NULL};
    const char *list = bit_names(arena, bits & ~UINT64_C(1), levels);

    return bits & 1 ? join(arena, list, "none") : list;
}

static const char *condition_text(struct arena *arena, const struct condition *c)
{
    static const char *const yes[] = {"false", "true", NULL};
    const char *list = "";

    switch (c->field) {
    case FIELD_LEVEL:
        return level_names_of(arena, c->bits);
    case FIELD_CATEGORY:
        list = bit_names(arena, c->bits & ~UINT64_C(1), incident_category_names);
        return c->bits & 1 ? join(arena, list, "none") : list;
    case FIELD_EXERCISE:
        return bit_names(arena, c->bits, yes);
    case FIELD_STATUS:
        return bit_names(arena, c->bits, case_status_names);
    case FIELD_HEAT:
        return arena_printf(arena, "%" PRId64, c->least);
    case FIELD_CASE_TYPE:
    case FIELD_CHANNEL:
    case FIELD_TOPIC:
    case FIELD_REGION:
    case FIELD_LABEL:
    case FIELD_LEAD_UNIT:
    case FIELD_SOURCE:
    case FIELD_EXCLUSION:
    case CONDITION_FIELD_COUNT:
        break;
    }
    for (size_t i = 0; i < c->n; i++)
        list = join(arena, list, c->texts[i]);
    return list;
}

static void describe_conditions(struct fields *f, const char *word, const struct conditions *c)
{
    for (size_t i = 0; i < c->n; i++)
        add(f, arena_printf(f->arena, "%s %s", word, condition_field_names[c->items[i].field]),
            condition_text(f->arena, &c->items[i]));
}

/* --- clock ------------------------------------------------------------------------------------ */

static bool same_window(const struct window *a, const struct window *b)
{
    return a->unit == b->unit && a->n == b->n;
}

static void describe_window(struct fields *f, const struct rule *rule)
{
    static const char *const levels[] = {"not graded", "level 1", "level 2", "level 3", "level 4"};
    bool same = true;

    for (int level = 1; level < 5; level++)
        same = same && same_window(&rule->window[0], &rule->window[level]);
    if (same) {
        add(f, "window", window_text(f->arena, &rule->window[0]));
        return;
    }
    for (int i = 1; i <= 5; i++) {
        int level = i % 5;

        if (rule->levels & LEVEL_BIT(level))
            add(f, arena_printf(f->arena, "window, %s", levels[level]),
                window_text(f->arena, &rule->window[level]));
    }
}

static void describe_clock(struct fields *f, const struct rule *rule)
{
    const char *starts = "";

    for (size_t i = 0; rule->start[i] != START_NONE; i++)
        starts = join(f->arena, starts, clock_start_names[rule->start[i]]);
    add(f, "after", rule->after);
    add(f, "after acts", bit_names(f->arena, rule->after_acts, act_kind_names));
    add(f, "start", starts);
    add(f, "reference", clock_start_names[rule->reference]);
    describe_window(f, rule);
    if (rule->day_end != 1440)
        add(f, "day end", minute_text(f->arena, rule->day_end));
    if (!rule->roll)
        add(f, "roll", "a last day off does not move");
}

static void describe_changes(struct fields *f, const struct rule *rule)
{
    const struct extension_rule *e = &rule->extend;

    add(f, "stopped by", texts(f->arena, rule->exclude));
    add(f, "restart", rule->restart ? "can begin anew" : NULL);
    if (e->max.unit != WINDOW_NONE)
        add(f, "extension",
            arena_printf(f->arena, "%d of at most %s%s%s", e->times, window_text(f->arena, &e->max),
                         e->approver ? ", approver required" : "",
                         e->notice ? ", notice required" : ""));
    if (rule->waiver.by)
        add(f, "waiver",
            arena_printf(f->arena, "by %s%s", texts(f->arena, rule->waiver.by),
                         rule->waiver.reason ? ", reason required" : ""));
    add(f, "on upgrade", rule->restart_on_upgrade ? "starts when the level was raised" : NULL);
    add(f, "on downgrade", rule->keep_on_downgrade ? "stays" : NULL);
    add(f, "on correction", rule->keep_on_correction ? "clock stays" : NULL);
    add(f, "backdated after", span_text(f->arena, rule->backdated_after));
}

/* --- ladder ----------------------------------------------------------------------------------- */

static const char *rung_text(struct arena *arena, const struct rung *r)
{
    const char *text = arena_printf(arena, "%s, tells %s", lamp_names[r->lamp],
                                    bit_names(arena, r->roles, role_names));

    if (r->condition != IF_UNMET)
        text = arena_printf(arena, "%s, if %s", text, rung_condition_names[r->condition]);
    if (r->act != RUNG_REMIND)
        text = arena_printf(arena, "%s, %s", text, rung_act_names[r->act]);
    return text;
}

void describe_rule(const struct rule *rule, struct fields *ret)
{
    struct fields *f = ret;

    add(f, "title", rule->title);
    add(f, "kind", rule_kind_names[rule->kind]);
    add(f, "per", per_names[rule->per]);
    if (rule->statuses != STATUS_BIT(CASE_OPEN))
        add(f, "case status", bit_names(f->arena, rule->statuses, case_status_names));
    if (rule->levels != LEVELS_ALL) /* the loader takes them out of `when` */
        add(f, "when incident_level", level_names_of(f->arena, rule->levels));
    describe_conditions(f, "when", &rule->when);
    describe_conditions(f, "unless", &rule->unless);
    describe_clock(f, rule);
    add(f, "satisfied by", bit_names(f->arena, rule->satisfied_by, act_kind_names));
    add(f, "spoken by", rule->spoken_by);
    describe_changes(f, rule);
    for (size_t i = 0; i < rule->ladder->n; i++)
        add(f, arena_printf(f->arena, "rung %s", rule->ladder->rungs[i].id),
            rung_text(f->arena, &rule->ladder->rungs[i]));
    add(f, "on lapse", rule->on_lapse);
    add(f, "basis", texts(f->arena, rule->basis));
}

void describe_settings(const struct policy *p, struct fields *ret)
{
    struct fields *f = ret;

    if (p->quiet.from_min != p->quiet.to_min)
        add(f, "quiet hours",
            arena_printf(f->arena, "%s to %s, never for levels %s",
                         minute_text(f->arena, p->quiet.from_min),
                         minute_text(f->arena, p->quiet.to_min),
                         p->quiet.never_levels ? level_names_of(f->arena, p->quiet.never_levels)
                                               : "(none of them)"));
    if (p->late_report_levels)
        add(f, "late report",
            arena_printf(f->arena, "after %s, levels %s", span_text(f->arena, p->late_report_after),
                         level_names_of(f->arena, p->late_report_levels)));
    add(f, "public acts", bit_names(f->arena, p->public_acts, act_kind_names));
    add(f, "public acts need",
        p->need_url && p->need_reviewer ? "url, reviewer"
        : p->need_url                   ? "url"
        : p->need_reviewer              ? "reviewer"
                                        : NULL);
}
