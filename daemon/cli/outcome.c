#include "cli/outcome.h"

#include <inttypes.h>
#include "base/must.h"
#include "base/text.h"
#include "cli/rows.h"
#include "codec/digest.h"
#include "core/clock.h"

/* A value that no policy names. */
#define OTHER "other"

/* --- the grid --------------------------------------------------------------------------------- */

static void add_type(struct grid *g, const char *type)
{
    const char **slot;

    for (size_t i = 0; i < g->type_n; i++) {
        if (text_equal(g->types[i], type))
            return;
    }
    slot = arena_push(g->arena, &g->types, &g->type_n, &g->type_cap, sizeof(*g->types));
    *slot = type;
}

static void add_trait(struct grid *g, enum condition_field field, const char *text, int64_t number)
{
    struct trait *trait;

    for (size_t i = 0; i < g->trait_n; i++) {
        trait = &g->traits[i];
        if (trait->field == field && trait->number == number && text_equal(trait->text, text))
            return;
    }
    trait = arena_push(g->arena, &g->traits, &g->trait_n, &g->trait_cap, sizeof(*g->traits));
    *trait = (struct trait){field, text, number};
}

static void add_condition(struct grid *g, const struct condition *c)
{
    switch (c->field) {
    case FIELD_CASE_TYPE:
        for (size_t i = 0; i < c->n; i++)
            add_type(g, c->texts[i]);
        break;
    case FIELD_CHANNEL:
    case FIELD_TOPIC:
    case FIELD_REGION:
    case FIELD_LABEL:
    case FIELD_LEAD_UNIT:
    case FIELD_SOURCE:
        for (size_t i = 0; i < c->n; i++)
            add_trait(g, c->field, c->texts[i], 0);
        break;
    case FIELD_CATEGORY:
        for (int i = CATEGORY_NONE + 1; i < INCIDENT_CATEGORY_COUNT; i++)
            add_trait(g, FIELD_CATEGORY, NULL, i);
        break;
    case FIELD_HEAT:
        add_trait(g, FIELD_HEAT, NULL, c->least);
        break;
    case FIELD_EXERCISE:
        add_trait(g, FIELD_EXERCISE, NULL, 1);
        break;
    case FIELD_LEVEL:     /* all are tried */
    case FIELD_STATUS:    /* the case is open */
    case FIELD_EXCLUSION: /* nobody has acted */
    case CONDITION_FIELD_COUNT:
        break;
    }
}

static void add_rule(struct grid *g, const struct rule *rule)
{
    for (size_t i = 0; i < rule->when.n; i++)
        add_condition(g, &rule->when.items[i]);
    for (size_t i = 0; i < rule->unless.n; i++)
        add_condition(g, &rule->unless.items[i]);
}

void grid_collect(struct grid *g, const struct policies *policies)
{
    add_trait(g, CONDITION_FIELD_COUNT, NULL, 0);
    for (size_t i = 0; i < policies->n; i++) {
        const struct policy *p = &policies->items[i];

        for (size_t k = 0; k < p->rule_n; k++) {
            for (const struct rule *r = &p->rules[k]; r; r = r->otherwise)
                add_rule(g, r);
        }
    }
    add_type(g, OTHER);
}

/* --- one case --------------------------------------------------------------------------------- */

const char *sketch_words(const struct sketch *s, const struct zone *zone, struct arena *arena)
{
    const struct trait *t = s->trait;
    const char *level = s->level ? arena_printf(arena, "%d", s->level) : "none", *trait = "";
    char at[INSTANT_TEXT_SIZE];

    zone_format(zone, s->at, at);
    if (t->field == FIELD_CATEGORY)
        trait = arena_printf(arena, " incident_category=%s", incident_category_names[t->number]);
    else if (t->text)
        trait = arena_printf(arena, " %s=%s", condition_field_names[t->field], t->text);
    else if (t->field != CONDITION_FIELD_COUNT)
        trait = arena_printf(arena, " %s=%" PRId64, condition_field_names[t->field], t->number);
    return arena_printf(arena, "case_type=%s level=%s%s, reported %s", s->type, level, trait, at);
}

static void apply_trait(struct report_input *in, const struct trait *t, struct arena *arena)
{
    switch (t->field) {
    case FIELD_CHANNEL:
        in->channel = t->text;
        break;
    case FIELD_TOPIC:
        in->topic = t->text;
        break;
    case FIELD_REGION:
        in->region = t->text;
        break;
    case FIELD_LEAD_UNIT:
        in->lead_unit = t->text;
        break;
    case FIELD_SOURCE:
        in->source = t->text;
        break;
    case FIELD_LABEL:
        in->labels = arena_alloc(arena, sizeof(*in->labels));
        in->labels[0] = t->text;
        in->label_n = 1;
        break;
    case FIELD_CATEGORY:
        in->incident.category = (enum incident_category)t->number;
        break;
    case FIELD_HEAT:
        in->heat = t->number;
        break;
    case FIELD_EXERCISE:
        in->exercise = true;
        break;
    case FIELD_CASE_TYPE:
    case FIELD_LEVEL:
    case FIELD_STATUS:
    case FIELD_EXCLUSION:
    case CONDITION_FIELD_COUNT:
        break;
    }
}

/* All its times are known, each another one, so that a rule that counts from another shows. */
static struct report_input input_of(const struct sketch *s, struct arena *arena)
{
    struct report_input in = {
        .source = OTHER,
        .id = "1",
        .digest = "0",
        .title = OTHER,
        .case_type = s->type,
        .channel = OTHER,
        .region = "990100",
        .lead_unit = OTHER,
        .incident = {.present = true, .level = s->level, .occurred_at = s->at - 90 * MINUTE_MS},
        .discovered_at = s->at - HOUR_MS,
        .received_at = s->at - 30 * MINUTE_MS,
        .published_at = s->at - 2 * DAY_MS,
        .decided_at = s->at - 3 * DAY_MS,
        .formed_at = s->at - 4 * DAY_MS,
        .limit_at = s->at + 5 * DAY_MS,
    };
    char id[CASE_ID_SIZE];

    apply_trait(&in, s->trait, arena);
    digest_case_id(in.source, in.id, id);
    in.case_id = arena_strdup(arena, id);
    return in;
}

static void write_rungs(const struct policy *p, const struct opinion_case *c,
                        const struct obligation *o, struct buf *out)
{
    const struct rule *first = policy_rule(p, o->rule);
    struct anchor a = obligation_anchor(c, first, o);
    const struct rule *rule = rule_variant(first, c, &a);

    for (size_t i = 0; rule && i < rule->ladder->n; i++) {
        const struct rung *rung = &rule->ladder->rungs[i];

        buf_printf(out, " %s@", rung->id);
        rows_instant(out, p->zone, clock_rung_at(p, rung, o, c->incident.level));
    }
}

void sketch_outcome(const struct sketch *s, const struct policies *policies, struct arena *arena,
                    struct buf *out)
{
    const struct policy *p = policies_in_force(policies, s->at);
    struct report_input in = input_of(s, arena);
    struct input input = {.type = INPUT_REPORT, .actor = OTHER, .u.report = &in};
    struct decision d = decide(case_new(arena), &input, p, s->at, arena);

    must(d.verdict == DECIDED);
    for (size_t i = 0; i < d.next->obligation_n; i++) {
        const struct obligation *o = &d.next->obligations[i];

        buf_printf(out, "%s start ", o->rule);
        rows_instant(out, p->zone, o->start_at);
        buf_puts(out, " due ");
        rows_instant(out, p->zone, o->due_at);
        write_rungs(p, d.next, o, out);
        buf_puts(out, "\n");
    }
}
