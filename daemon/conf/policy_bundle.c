/* Files in force together: of every field the newest, checked against each other, as one policy. */
#include "conf/policy_draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/must.h"
#include "base/text.h"
#include "codec/digest.h"

#define BACKDATED_DEFAULT (24 * HOUR_MS)
#define DAY_NONE INT32_MAX
#define REQUIRE_URL 1u
#define REQUIRE_REVIEWER 2u

/* What the public sees. */
#define PUBLIC_ACTS                                                                                \
    (ACT_BIT(ACT_AUTHORITATIVE_RELEASE) | ACT_BIT(ACT_PRESS_CONFERENCE) | ACT_BIT(ACT_BRIEFING) |  \
     ACT_BIT(ACT_PUBLIC_RESPONSE) | ACT_BIT(ACT_ROLLING_UPDATE) | ACT_BIT(ACT_MEDIA_INTERVIEW) |   \
     ACT_BIT(ACT_WRITTEN_QA) | ACT_BIT(ACT_ONLINE_INTERVIEW) | ACT_BIT(ACT_ARTICLE) |              \
     ACT_BIT(ACT_RUMOR_CLARIFICATION) | ACT_BIT(ACT_INTERPRETATION) | ACT_BIT(ACT_PUBLICATION))

struct bundle {
    day_no effective;
    struct policy_draft *files[LIMIT_POLICY_FILES]; /* in the order of the configuration */
    size_t file_n;
    struct policy_draft *settings; /* the file that has them, or NULL */
    /* All rules in that order, and which is the first of its id: the duty it is a variant of. */
    struct rule_draft *rules[LIMIT_VARIANTS];
    size_t first[LIMIT_VARIANTS];
    size_t rule_n, duty_n;
};

/* --- selecting -------------------------------------------------------------------------------- */

static void check_same_day(struct reader *r, struct policy_draft *files, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            char day[12];

            if (!files[i].dated || !files[j].dated || !files[i].field ||
                !text_equal(files[i].field, files[j].field) ||
                files[i].effective != files[j].effective)
                continue;
            day_format(files[i].effective, day);
            place_error(r, &files[i].place,
                        "\"%s\" takes effect on %s in %s already, expected one file of a field for "
                        "each day",
                        files[i].field, day, files[j].source.name);
            break;
        }
    }
}

/* Whether another file of its field is newer and in force on the day as well. */
static bool outdated(const struct policy_draft *file, const struct policy_draft *files, size_t n,
                     day_no day)
{
    for (size_t i = 0; i < n; i++) {
        if (files[i].dated && files[i].effective <= day && files[i].effective > file->effective &&
            text_equal(files[i].field, file->field))
            return true;
    }
    return false;
}

static void bundle_select(struct bundle *b, struct policy_draft *files, size_t n, day_no day)
{
    *b = (struct bundle){.effective = day};
    for (size_t i = 0; i < n; i++) {
        if (files[i].dated && files[i].effective <= day && !outdated(&files[i], files, n, day))
            b->files[b->file_n++] = &files[i];
    }
}

/* --- checking --------------------------------------------------------------------------------- */

static void select_settings(struct reader *r, struct bundle *b)
{
    for (size_t i = 0; i < b->file_n; i++) {
        struct policy_draft *file = b->files[i];

        if (!file->has_settings)
            continue;
        if (b->settings && !file->told) {
            place_error(r, &file->settings_place,
                        "stand in %s as well, expected the settings of all fields in one file",
                        b->settings->source.name);
            file->told = true;
        }
        b->settings = b->settings ? b->settings : file;
    }
}

static void add_rule(struct reader *r, struct bundle *b, struct rule_draft *rule)
{
    size_t first = 0;

    while (first < b->rule_n && !text_equal(b->rules[first]->rule.id, rule->rule.id))
        first++;
    b->first[b->rule_n] = first;
    b->rules[b->rule_n++] = rule;
    b->duty_n += first == b->rule_n - 1;
    if (rule->told)
        return;
    if (first == b->rule_n - 1 && b->duty_n == LIMIT_RULES + 1) {
        place_error(r, &rule->id_place, "is one duty too many, expected at most %d in all files",
                    LIMIT_RULES);
        rule->told = true;
    } else if (rule->rule.per != b->rules[first]->rule.per) {
        const struct place *other = &b->rules[first]->id_place;

        place_error(r, &rule->per_place,
                    "is %s, but %s in the variant at %s:%zu, expected the same for all variants of "
                    "\"%s\"",
                    per_names[rule->rule.per], per_names[b->rules[first]->rule.per],
                    other->spot.file, other->spot.line, rule->rule.id);
        rule->told = true;
    }
}

static bool collect_rules(struct reader *r, struct bundle *b)
{
    for (size_t i = 0; i < b->file_n; i++) {
        for (size_t j = 0; j < b->files[i]->rule_n; j++) {
            struct rule_draft *rule = &b->files[i]->rules[j];

            if (!rule->rule.id)
                continue;
            if (b->rule_n == LIMIT_VARIANTS) {
                place_error(r, &rule->id_place,
                            "is one variant too many, expected at most %d in all files",
                            LIMIT_VARIANTS);
                return false;
            }
            add_rule(r, b, rule);
        }
    }
    return b->duty_n <= LIMIT_RULES;
}

/* Index of the first variant, or rule_n. */
static size_t duty_find(const struct bundle *b, const char *id)
{
    size_t i = 0;

    while (i < b->rule_n && !text_equal(b->rules[i]->rule.id, id))
        i++;
    return i;
}

static void check_after(struct reader *r, struct bundle *b, struct rule_draft *rule)
{
    struct guess guess = guess_new(r, rule->rule.after);
    char day[12];

    if (rule->told || duty_find(b, rule->rule.after) < b->rule_n)
        return;
    for (size_t i = 0; i < b->rule_n; i++)
        text_guess(&guess, b->rules[i]->rule.id);
    rule->told = true;
    day_format(b->effective, day);
    if (guess.best)
        place_error(r, &rule->after_place,
                    "\"%s\" is no duty of the files in force on %s, did you mean \"%s\"?",
                    rule->rule.after, day, guess.best);
    else
        place_error(r, &rule->after_place,
                    "\"%s\" is no duty of the files in force on %s, expected the id of one",
                    rule->rule.after, day);
}

/* Breadth first along `after`, from a duty until it comes back to itself. from[i]: the rule whose
 * `after` led to duty i. */
struct walk {
    size_t from[LIMIT_VARIANTS];
    bool seen[LIMIT_VARIANTS];
    size_t queue[LIMIT_VARIANTS];
    size_t head, n;
};

/* The variant whose `after` leads back to the duty `start`, or rule_n. */
static size_t walk_back(const struct bundle *b, size_t start, struct walk *w)
{
    *w = (struct walk){.queue = {start}, .n = 1};
    for (; w->head < w->n; w->head++) {
        size_t duty = w->queue[w->head];

        for (size_t i = 0; i < b->rule_n; i++) {
            size_t next;

            if (b->first[i] != duty || !b->rules[i]->rule.after)
                continue;
            next = duty_find(b, b->rules[i]->rule.after);
            if (next == start)
                return i;
            if (next == b->rule_n || w->seen[next])
                continue;
            w->seen[next] = true;
            w->from[next] = i;
            w->queue[w->n++] = next;
        }
    }
    return b->rule_n;
}

static void tell_cycle(struct reader *r, const struct bundle *b, size_t start, size_t last,
                       const struct walk *w)
{
    struct rule_draft *way[LIMIT_VARIANTS];
    struct buf text = BUF_INIT(LIMIT_RULES * (LIMIT_WORD_BYTES + 16));
    size_t n = 0;

    for (size_t i = last;; i = w->from[b->first[i]]) {
        way[n++] = b->rules[i];
        if (b->first[i] == start)
            break;
    }
    for (size_t i = n; i-- > 0;)
        buf_printf(&text, "%s after ", way[i]->rule.id);
    buf_puts(&text, b->rules[start]->rule.id);
    if (!way[n - 1]->told)
        place_error(r, &way[n - 1]->after_place,
                    "waits for itself: %s, expected a first one that waits for none", text.data);
    for (size_t i = 0; i < n; i++)
        way[i]->told = true;
    buf_free(&text);
}

static void check_cycles(struct reader *r, struct bundle *b)
{
    struct walk walk;

    for (size_t i = 0; i < b->rule_n; i++) {
        size_t last;

        if (b->first[i] != i)
            continue;
        last = walk_back(b, i, &walk);
        if (last < b->rule_n)
            tell_cycle(r, b, i, last, &walk);
    }
}

static void bundle_check(struct reader *r, struct bundle *b, bool whole)
{
    select_settings(r, b);
    if (!collect_rules(r, b))
        return;
    for (size_t i = 0; whole && i < b->rule_n; i++) {
        if (b->rules[i]->rule.after)
            check_after(r, b, b->rules[i]);
    }
    check_cycles(r, b);
}

/* --- building --------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* The archive: a line of sizes and name before each file. */
static const char *bundle_text(struct reader *r, const struct bundle *b, size_t *ret_n)
{
    struct buf text = BUF_INIT(LIMIT_ARCHIVE_BYTES);
    const char *copy;

    buf_printf(&text, "shixian-policy 1 %zu\n", b->file_n);
    for (size_t i = 0; i < b->file_n; i++) {
        const struct policy_source *source = &b->files[i]->source;

        buf_printf(&text, "%zu %.*s\n", source->n, LIMIT_ID_BYTES, base_name(source->name));
        buf_add(&text, source->text, source->n);
        buf_puts(&text, "\n");
    }
    must(!text.failed); /* policies_collect() bounds what goes in */
    *ret_n = text.len;
    copy = arena_strndup(r->arena, text.data, text.len);
    buf_free(&text);
    return copy;
}

static const char *bundle_version(struct reader *r, const struct bundle *b, const char *text,
                                  size_t n)
{
    day_no newest = 0;
    char hex[DIGEST_HEX_SIZE], day[12];

    must(b->file_n > 0);
    for (size_t i = 0; i < b->file_n; i++) {
        if (b->files[i]->version > newest)
            newest = b->files[i]->version;
    }
    day_format(newest, day);
    digest_sha256_hex(text, n, hex);
    return arena_printf(r->arena, "%s+%.8s", day, hex);
}

static const struct settings_draft *bundle_settings(const struct bundle *b)
{
    static const struct settings_draft none = {0};

    return b->settings ? &b->settings->settings : &none;
}

static void apply_settings(const struct bundle *b, struct policy *policy)
{
    const struct settings_draft *settings = bundle_settings(b);

    policy->quiet.from_min = settings->quiet_from;
    policy->quiet.to_min = settings->quiet_to;
    policy->quiet.never_levels = (unsigned)settings->never_levels;
    policy->late_report_after = settings->late_after;
    policy->late_report_levels = (unsigned)settings->late_levels;
    policy->public_acts = settings->kinds_given ? settings->public_acts : PUBLIC_ACTS;
    policy->need_url = !settings->require_given || (settings->require & REQUIRE_URL);
    policy->need_reviewer = !settings->require_given || (settings->require & REQUIRE_REVIEWER);
}

static struct rule bundle_rule(const struct bundle *b, size_t i)
{
    const struct settings_draft *settings = bundle_settings(b);
    struct rule rule = b->rules[i]->rule;

    if (rule.day_end == 0)
        rule.day_end = settings->day_end ? settings->day_end : MINUTES_OF_DAY;
    if (rule.backdated_after == 0)
        rule.backdated_after =
            settings->backdated_after ? settings->backdated_after : BACKDATED_DEFAULT;
    return rule;
}

/* Duties lie first in one array, in the order of their first variants; the other variants, last
 * one first, behind them: each is built when what follows it is known. */
static void build_rules(struct reader *r, const struct bundle *b, struct policy *policy)
{
    struct rule *rules = arena_alloc(r->arena, b->rule_n * sizeof(*rules));
    const struct rule *next[LIMIT_VARIANTS] = {0}; /* by first variant */
    size_t duty = b->duty_n, other = b->rule_n;

    for (size_t i = b->rule_n; i-- > 0;) {
        struct rule *rule = b->first[i] == i ? &rules[--duty] : &rules[--other];

        *rule = bundle_rule(b, i);
        rule->otherwise = next[b->first[i]];
        next[b->first[i]] = rule;
    }
    policy->rules = rules;
    policy->rule_n = b->duty_n;
}

static const char *bundle_build(struct reader *r, const struct bundle *b, struct policy *policy)
{
    size_t n;
    const char *text = bundle_text(r, b, &n);

    *policy = (struct policy){.version = bundle_version(r, b, text, n), .effective = b->effective};
    apply_settings(b, policy);
    build_rules(r, b, policy);
    return text;
}

/* The first day after `day` on which a file takes effect, or DAY_NONE. */
static day_no next_day(const struct policy_draft *files, size_t n, day_no day)
{
    day_no next = DAY_NONE;

    for (size_t i = 0; i < n; i++) {
        if (files[i].dated && files[i].effective > day && files[i].effective < next)
            next = files[i].effective;
    }
    return next;
}

bool bundles_build(struct reader *r, struct policy_draft *files, size_t n, struct policies *ret)
{
    struct bundle *b = arena_alloc(r->arena, sizeof(*b));
    struct policy *items = arena_alloc(r->arena, n * sizeof(*items));
    const char **texts = arena_alloc(r->arena, n * sizeof(*texts));
    bool whole = true;
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        whole = whole && files[i].read && files[i].dated;
    check_same_day(r, files, n);
    for (day_no day = next_day(files, n, INT32_MIN); day < DAY_NONE;
         day = next_day(files, n, day)) {
        bundle_select(b, files, n, day);
        bundle_check(r, b, whole);
        if (r->errors->n > 0)
            continue;
        texts[count] = bundle_build(r, b, &items[count]);
        count++;
    }
    *ret = (struct policies){items, texts, count};
    return r->errors->n == 0;
}
