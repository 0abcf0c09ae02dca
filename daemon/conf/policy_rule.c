/* One duty: what concerns several of its keys, and what its file left unsaid. */
#include "conf/policy_draft.h"

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define STATUSES_ALL (STATUS_BIT(CASE_OPEN) | STATUS_BIT(CASE_CLOSED))

static const struct ladder no_ladder = {.id = ""};

/* --- starts ----------------------------------------------------------------------------------- */

/* Starts that only one sort of duty has. */
static const struct {
    enum clock_start start;
    enum per per;
} bound_starts[] = {
    {START_REPORT_RECEIVED, PER_REPORT}, {START_REPORT_DISCOVERED, PER_REPORT},
    {START_REPORT_LIMIT, PER_REPORT},    {START_ASSIGNMENT, PER_ASSIGNMENT},
    {START_EXCLUSION, PER_EXCLUSION},    {START_LETTER, PER_EXCLUSION},
    {START_RELEASE, PER_RELEASE},        {START_PROMISE, PER_PROMISE},
};

static void check_clock_fits(struct reader *r, const struct at *at, const struct rule *rule,
                             enum clock_start start)
{
    if (start == START_AFTER && !rule->after)
        reader_error(r, at, "\"after\" is the start of a duty without after, expected that key");
    for (size_t i = 0; i < COUNT(bound_starts); i++) {
        if (bound_starts[i].start == start && bound_starts[i].per != rule->per)
            reader_error(r, at, "\"%s\" does not fit a duty per: %s, expected per: %s",
                         clock_start_names[start], per_names[rule->per],
                         per_names[bound_starts[i].per]);
    }
}

static void default_starts(struct rule *rule)
{
    static const enum clock_start defaults[PER_COUNT][2] = {
        [PER_CASE] = {START_DISCOVERED},
        [PER_REPORT] = {START_REPORT_RECEIVED, START_REPORT_DISCOVERED},
        [PER_ASSIGNMENT] = {START_ASSIGNMENT},
        [PER_EXCLUSION] = {START_EXCLUSION},
        [PER_RELEASE] = {START_RELEASE},
        [PER_PROMISE] = {START_PROMISE},
    };

    if (rule->after) {
        rule->start[0] = START_AFTER;
        return;
    }
    for (size_t i = 0; i < COUNT(defaults[0]); i++)
        rule->start[i] = defaults[rule->per][i];
}

static void check_starts(struct reader *r, const struct at *at, struct rule *rule)
{
    struct at list = at_child(r, at, "start"), reference = at_child(r, at, "reference");

    if (!list.node)
        default_starts(rule);
    for (size_t i = 0; list.node && rule->start[i] != START_NONE; i++) {
        struct at start = at_text(r, &list, i);

        check_clock_fits(r, &start, rule, rule->start[i]);
    }
    if (reference.node)
        check_clock_fits(r, &reference, rule, rule->reference);
}

static void check_per(struct reader *r, const struct at *at, const struct rule *rule)
{
    struct at acts = at_child(r, at, "after_acts");

    if (rule->per == PER_RELEASE && !acts.node)
        reader_error(r, &acts,
                     "is missing, expected the kinds of act that begin a duty per: "
                     "release");
    if (rule->per != PER_RELEASE && acts.node)
        reader_error(r, &acts, "does not fit a duty per: %s, expected per: release",
                     per_names[rule->per]);
}

/* --- conditions ------------------------------------------------------------------------------- */

static size_t condition_count(const struct conditions_draft *draft)
{
    size_t n = draft->heat;

    for (int field = 0; field < CONDITION_FIELD_COUNT; field++)
        n += draft->bits[field] != 0 || draft->texts[field].n > 0;
    return n;
}

/* What is asked beside level and status, which have fields of their own. */
static struct conditions conditions_build(struct reader *r, const struct conditions_draft *draft)
{
    struct condition *items =
        arena_alloc(r->arena, condition_count(draft) * sizeof(struct condition));
    size_t n = 0;

    for (int field = 0; field < CONDITION_FIELD_COUNT; field++) {
        struct condition item = {.field = (enum condition_field)field,
                                 .bits = draft->bits[field],
                                 .texts = draft->texts[field].items,
                                 .n = draft->texts[field].n};

        if (field == FIELD_LEVEL || field == FIELD_STATUS)
            continue;
        item.least = field == FIELD_HEAT ? draft->least : 0;
        if (item.bits || item.n > 0 || (field == FIELD_HEAT && draft->heat))
            items[n++] = item;
    }
    return (struct conditions){items, n};
}

static void check_conditions(struct reader *r, const struct at *at, const char *key,
                             const struct rule *rule)
{
    struct at all = at_child(r, at, key), exclusion = at_child(r, &all, "exclusion");

    if (exclusion.node && rule->per != PER_EXCLUSION)
        reader_error(r, &exclusion, "does not fit a duty per: %s, expected per: exclusion",
                     per_names[rule->per]);
    for (int field = 0; all.node && field < CONDITION_FIELD_COUNT; field++) {
        struct at list = at_child(r, &all, condition_field_names[field]);

        if (list.node && list.node->type == YAML_SEQUENCE_NODE &&
            list.node->data.sequence.items.start == list.node->data.sequence.items.top)
            reader_error(r, &list, "is empty, expected at least one value");
    }
}

static void build_conditions(struct reader *r, const struct at *at, struct rule_draft *draft)
{
    struct at when = at_child(r, at, "when"), unless = at_child(r, at, "unless");
    uint64_t statuses = draft->when.bits[FIELD_STATUS], levels = draft->when.bits[FIELD_LEVEL];
    struct rule *rule = &draft->rule;

    rule->statuses = statuses ? (unsigned)statuses : STATUS_BIT(CASE_OPEN);
    rule->levels = levels ? (unsigned)levels : LEVELS_ALL;
    rule->statuses &= ~(unsigned)draft->unless.bits[FIELD_STATUS];
    rule->levels &= ~(unsigned)draft->unless.bits[FIELD_LEVEL];
    rule->when = conditions_build(r, &draft->when);
    rule->unless = conditions_build(r, &draft->unless);
    check_conditions(r, at, "when", rule);
    check_conditions(r, at, "unless", rule);
    if (!rule->statuses)
        reader_error(r, &unless, "leaves no case_status, expected one that can be");
    if (!rule->levels)
        reader_error(r, when.node ? &when : &unless,
                     "leaves no incident_level, expected one that can be");
}

/* --- windows ---------------------------------------------------------------------------------- */

static const char *level_word(int level)
{
    static const char *const words[] = {"null", "1", "2", "3", "4"};

    return words[level];
}

static void by_level(struct reader *r, const struct at *at, struct rule_draft *draft)
{
    struct at given = at_child(r, at, "window_by_level"), window = at_child(r, at, "window");

    for (int level = 0; level <= 4; level++) {
        struct at one = at_child(r, &given, level_word(level));

        if (one.node)
            draft->rule.window[level] = draft->by_level[level];
        else if ((draft->rule.levels & LEVEL_BIT(level)) && !window.node)
            reader_error(r, &one,
                         "is missing, expected a limit for each level that `when` admits, "
                         "or a window for the others");
    }
}

static bool has_window(const struct rule_draft *draft)
{
    bool any = false;

    for (int level = 0; level <= 4; level++)
        any = any || draft->rule.window[level].unit != WINDOW_NONE;
    return any;
}

/* Whether a text says "none": no limit, and not that its limit could not be read. */
static bool says_none(const struct at *at)
{
    return !at->node || (at->node->type == YAML_SCALAR_NODE &&
                         text_equal((const char *)at->node->data.scalar.value, "none"));
}

/* A ladder that counts from the due time needs one for every level. */
static void check_ladder_due(struct reader *r, const struct at *at, const struct rule_draft *draft)
{
    struct at window = at_child(r, at, "window"), levels = at_child(r, at, "window_by_level");
    struct at ladder = at_child(r, at, "ladder");
    bool endless = !levels.node && says_none(&window);

    for (int level = 0; levels.node && level <= 4; level++) {
        struct at one = at_child(r, &levels, level_word(level));

        endless = endless || ((draft->rule.levels & LEVEL_BIT(level)) &&
                              (one.node ? says_none(&one) : window.node && says_none(&window)));
    }
    if (endless && draft->ladder && draft->ladder->due)
        reader_error(r, &ladder,
                     "\"%s\" has rungs that hang on the due time, expected a window for this duty",
                     draft->ladder->id);
}

static void build_windows(struct reader *r, const struct at *at, struct rule_draft *draft)
{
    struct at levels = at_child(r, at, "window_by_level");

    for (int level = 0; level <= 4; level++)
        draft->rule.window[level] = draft->window;
    if (levels.node)
        by_level(r, at, draft);
    check_ladder_due(r, at, draft);
}

static const char *unit_words(enum window_unit unit)
{
    static const char *const words[WINDOW_UNIT_COUNT] = {
        [WINDOW_NONE] = "nothing",           [WINDOW_TIME] = "hours or minutes (h, m)",
        [WINDOW_DAYS] = "days (d)",          [WINDOW_WORKDAYS] = "working days (wd)",
        [WINDOW_DATE] = "dates (until ...)", [WINDOW_YEARLY] = "dates (until ...)",
    };

    return words[unit];
}

static void check_extension(struct reader *r, const struct at *at, const struct rule_draft *draft)
{
    struct at extend = at_child(r, at, "extend"), max = at_child(r, &extend, "max");
    enum window_unit unit = draft->rule.extend.max.unit;

    if (unit == WINDOW_NONE)
        return;
    if (!has_window(draft)) {
        reader_error(r, &extend, "does not fit a duty without a limit, expected a window");
        return;
    }
    for (int level = 0; level <= 4; level++) {
        enum window_unit own = draft->rule.window[level].unit;

        if (own == WINDOW_NONE || own == unit)
            continue;
        reader_error(r, &max, "is in %s, expected the unit of the window, which counts %s",
                     unit_words(unit), unit_words(own));
        return;
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static const char *const *texts_or_null(const struct texts *texts)
{
    return texts->n > 0 ? texts->items : NULL;
}

static void check_basis(struct reader *r, const struct at *at, const struct rule_draft *draft)
{
    struct at basis = at_child(r, at, "basis");

    if (draft->rule.kind == RULE_STATUTORY && draft->basis.n == 0 &&
        (!basis.node || basis.node->type == YAML_SEQUENCE_NODE))
        reader_error(r, &basis,
                     "is missing, expected the legal source of a statutory duty "
                     "(or kind: target, kind: advisory)");
}

void rule_finish(struct reader *r, const struct at *at, void *target)
{
    struct rule_draft *draft = target;
    struct rule *rule = &draft->rule;
    struct at id = at_child(r, at, "id"), per = at_child(r, at, "per");
    struct at after = at_child(r, at, "after");

    draft->id_place = place_of(r, &id);
    draft->per_place = place_of(r, &per);
    draft->after_place = place_of(r, &after);
    rule->exclude = texts_or_null(&draft->exclude);
    rule->basis = texts_or_null(&draft->basis);
    rule->waiver.by = texts_or_null(&draft->waiver_by);
    rule->ladder = draft->ladder ? &draft->ladder->ladder : &no_ladder;
    check_per(r, at, rule);
    check_starts(r, at, rule);
    build_conditions(r, at, draft);
    build_windows(r, at, draft);
    check_extension(r, at, draft);
    check_basis(r, at, draft);
}
