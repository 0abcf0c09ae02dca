/* shixianctl policy diff: which rules differ, and which results. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/limits.h"
#include "base/must.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/office.h"
#include "cli/outcome.h"
#include "cli/rows.h"
#include "cli/story.h"

static const char help[] =
    "usage: shixianctl policy diff [OPTION]... OLD NEW [FILE.jsonl]\n\n"
    "OLD and NEW: a policy file, a folder with *.yaml (in the order of their names), or "
    "\"builtin\".\n"
    "First the rules that differ, field by field. Then the results: of hypothetical cases, made\n"
    "from what the conditions of both ask for; or of FILE, replayed under both.\n\n"
    "Exit status: 0 no difference, 1 there are differences (or a file can not be read), 2 "
    "usage.\n\n"
    "  --calendar FILE  these national calendars instead of the built-in ones (again for each)\n"
    "  --timezone ZONE  +08:00 (default) or a name of tzdata\n";

#define OUT_BYTES ((size_t)4 << 20)

struct diff {
    struct office *office;
    struct policies sides[2]; /* old, new */
    size_t differences;
};

/* --- the two sides ---------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool ends_yaml(const char *name)
{
    size_t n = strlen(name);

    return n > 5 && name[0] != '.' && text_equal(name + n - 5, ".yaml");
}

static int list_folder(struct arena *arena, const char *path, struct texts *ret)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    if (!dir)
        return cli_fail("%s: cannot be read: %s", path, strerror(errno));
    while ((entry = readdir(dir)) != NULL) {
        if (!ends_yaml(entry->d_name))
            continue;
        if (ret->n == OPTION_TEXTS) {
            closedir(dir);
            return cli_fail("%s: holds more than %d policy files", path, OPTION_TEXTS);
        }
        ret->items[ret->n++] = arena_printf(arena, "%s/%s", path, entry->d_name);
    }
    closedir(dir);
    qsort(ret->items, ret->n, sizeof(ret->items[0]), compare_texts);
    return ret->n ? CLI_OK : cli_fail("%s: holds no *.yaml", path);
}

static int load_side(struct diff *d, const char *path, struct policies *ret)
{
    struct texts files = {{path}, 1};
    struct stat info;
    int status = CLI_OK;

    if (text_equal(path, "builtin")) {
        *ret = d->office->policies;
        return CLI_OK;
    }
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        files.n = 0;
        status = list_folder(d->office->arena, path, &files);
    }
    return status == CLI_OK ? office_load(d->office, files.items, files.n, ret) : status;
}

/* --- rules ------------------------------------------------------------------------------------ */

/* The fields of one thing under both. */
static void diff_fields(struct diff *d, const char *what, const struct fields *a,
                        const struct fields *b)
{
    bool headed = false;

    for (int pass = 0; pass < 2; pass++) {
        const struct fields *here = pass ? b : a, *there = pass ? a : b;

        for (size_t i = 0; i < here->n; i++) {
            const char *name = here->items[i].name, *text = here->items[i].text,
                       *other = fields_get(there, name);

            if (text_equal(text, other) || (pass && other))
                continue;
            if (!headed)
                printf("changed %s\n", what);
            headed = true;
            d->differences++;
            printf("    %s: %s -> %s\n", name, pass ? "(nothing)" : text,
                   pass    ? text
                   : other ? other
                           : "(nothing)");
        }
    }
}

static void diff_rule(struct diff *d, const char *what, const struct rule *a, const struct rule *b)
{
    struct fields of_a = {.arena = d->office->arena}, of_b = of_a;

    if (a && b) {
        describe_rule(a, &of_a);
        describe_rule(b, &of_b);
        diff_fields(d, what, &of_a, &of_b);
        return;
    }
    printf("%s %s (%s)\n", a ? "removed" : "added", what, a ? a->title : b->title);
    d->differences++;
}

/* Variants of a duty are compared in their order, which is that in which they are tried. */
static void diff_duty(struct diff *d, const struct rule *a, const struct rule *b)
{
    bool several = (a && a->otherwise) || (b && b->otherwise);
    const char *id = a ? a->id : b->id;

    for (int i = 1; a || b; i++) {
        diff_rule(d, several ? arena_printf(d->office->arena, "%s (variant %d)", id, i) : id, a, b);
        a = a ? a->otherwise : NULL;
        b = b ? b->otherwise : NULL;
    }
}

static void diff_rules(struct diff *d)
{
    const struct policy *a = &d->sides[0].items[d->sides[0].n - 1],
                        *b = &d->sides[1].items[d->sides[1].n - 1];
    struct fields of_a = {.arena = d->office->arena}, of_b = of_a;

    describe_settings(a, &of_a);
    describe_settings(b, &of_b);
    diff_fields(d, "settings", &of_a, &of_b);
    for (size_t i = 0; i < a->rule_n; i++)
        diff_duty(d, &a->rules[i], policy_rule(b, a->rules[i].id));
    for (size_t i = 0; i < b->rule_n; i++) {
        if (!policy_rule(a, b->rules[i].id))
            diff_duty(d, NULL, &b->rules[i]);
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

static bool has_line(const char *text, const char *line, size_t n)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n");

        if (len == n && memcmp(text, line, n) == 0)
            return true;
        text += len + (text[len] == '\n');
    }
    return false;
}

/* Lines of one that the other has not. */
static void only_in(const char *text, const char *other, char mark, struct buf *out)
{
    while (text && *text) {
        size_t len = strcspn(text, "\n");

        if (!has_line(other, text, len))
            buf_printf(out, "%c %.*s\n", mark, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* --- results of hypothetical cases ------------------------------------------------------------ */

/* What several cases have in common is told once. */
struct group {
    char *text;
    const char *first;
    size_t n;
};

struct groups {
    struct group *items;
    size_t n, cap;
};

static void group_add(struct groups *groups, struct arena *arena, const char *text,
                      const char *words)
{
    struct group *g;

    for (size_t i = 0; i < groups->n; i++) {
        if (text_equal(groups->items[i].text, text)) {
            groups->items[i].n++;
            return;
        }
    }
    g = arena_push(arena, &groups->items, &groups->n, &groups->cap, sizeof(*g));
    *g = (struct group){arena_strdup(arena, text), arena_strdup(arena, words), 1};
}

static void diff_sketch(struct diff *d, const struct sketch *s, struct arena *arena,
                        struct groups *groups)
{
    struct buf texts[2] = {BUF_INIT(OUT_BYTES), BUF_INIT(OUT_BYTES)}, out = BUF_INIT(OUT_BYTES);

    for (int side = 0; side < 2; side++)
        sketch_outcome(s, &d->sides[side], arena, &texts[side]);
    only_in(texts[0].data, texts[1].data, '-', &out);
    only_in(texts[1].data, texts[0].data, '+', &out);
    if (out.len)
        group_add(groups, d->office->arena, out.data, sketch_words(s, d->office->zone, arena));
    buf_free(&texts[0]);
    buf_free(&texts[1]);
    buf_free(&out);
}

static void print_groups(struct diff *d, const struct groups *groups, size_t cases)
{
    size_t differ = 0;

    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = &groups->items[i];

        printf("\n%s\n", g->first);
        if (g->n > 1)
            printf("(and %zu more cases with the same difference)\n", g->n - 1);
        fputs(g->text, stdout);
        differ += g->n;
    }
    printf("\nresults: %zu of %zu hypothetical cases differ\n", differ, cases);
    d->differences += differ;
}

/* A working day in the middle of a week, and the last one before the longest holiday. */
static void report_times(const struct zone *zone, instant_ms ret[2])
{
    ret[0] = zone_instant(zone, day_of_date(2026, 3, 11), 10 * 60);
    ret[1] = zone_instant(zone, day_of_date(2026, 9, 30), 16 * 60 + 30);
}

static void diff_results(struct diff *d)
{
    struct grid grid = {.arena = d->office->arena};
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct groups groups = {NULL, 0, 0};
    instant_ms times[2];
    size_t n;

    report_times(d->office->zone, times);
    grid_collect(&grid, &d->sides[0]);
    grid_collect(&grid, &d->sides[1]);
    n = grid.type_n * 5 * grid.trait_n * 2;
    for (size_t i = 0; i < n; i++) {
        struct sketch s = {
            .at = times[i % 2],
            .level = (int)(i / 2 % 5),
            .type = grid.types[i / 10 % grid.type_n],
            .trait = &grid.traits[i / 10 / grid.type_n],
        };

        diff_sketch(d, &s, arena, &groups);
        arena_reset(arena);
    }
    print_groups(d, &groups, n);
    arena_free(arena);
}

/* --- results of a file ------------------------------------------------------------------------ */

static void write_case(const struct town *town, size_t i, const struct zone *zone,
                       struct arena *arena, struct buf *out)
{
    const struct opinion_case *c = town_case(town, i, arena);

    for (size_t k = 0; k < c->obligation_n; k++)
        rows_write(c, &c->obligations[k], zone, false, out);
}

static void diff_towns(struct diff *d, struct town *const towns[2])
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf texts[2] = {BUF_INIT(OUT_BYTES), BUF_INIT(OUT_BYTES)}, out = BUF_INIT(OUT_BYTES);
    size_t differ = 0;

    must(town_case_n(towns[0]) == town_case_n(towns[1])); /* no policy refuses a report */
    printf("\n  " ROWS_HEADER);
    for (size_t i = 0; i < town_case_n(towns[0]); i++) {
        for (int side = 0; side < 2; side++)
            write_case(towns[side], i, d->office->zone, arena, &texts[side]);
        only_in(texts[0].data, texts[1].data, '-', &out);
        only_in(texts[1].data, texts[0].data, '+', &out);
        differ += out.len > 0;
        if (out.len)
            fwrite(out.data, 1, out.len, stdout);
        buf_clear(&texts[0]);
        buf_clear(&texts[1]);
        buf_clear(&out);
        arena_reset(arena);
    }
    printf("\nresults: %zu of %zu cases differ\n", differ, town_case_n(towns[0]));
    d->differences += differ;
    buf_free(&texts[0]);
    buf_free(&texts[1]);
    buf_free(&out);
    arena_free(arena);
}

static int diff_file(struct diff *d, const char *file)
{
    struct town *towns[2] = {town_new(&d->sides[0], NULL, NULL),
                             town_new(&d->sides[1], NULL, NULL)};
    struct story_counts counts;
    int status = CLI_OK;

    for (int side = 0; side < 2 && status == CLI_OK; side++)
        status = story_play(towns[side], d->office->zone, file, INSTANT_NONE, side > 0, &counts);
    if (status == CLI_OK)
        diff_towns(d, towns);
    town_free(towns[0]);
    town_free(towns[1]);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static int diff(struct diff *d, char **operands, int n)
{
    int status = CLI_OK;

    for (int side = 0; side < 2 && status == CLI_OK; side++)
        status = load_side(d, operands[side], &d->sides[side]);
    if (status != CLI_OK)
        return status;
    diff_rules(d);
    if (n == 3)
        status = diff_file(d, operands[2]);
    else
        diff_results(d);
    return status == CLI_OK && d->differences ? CLI_FAILED : status;
}

int cmd_policy_diff(int argc, char **argv)
{
    struct office_options from = {0};
    const struct option_row rows[] = {{"calendar", OPTION_LIST, &from.calendars},
                                      {"timezone", OPTION_TEXT, &from.timezone}};
    struct options o = {help, rows, 2, 2, 3, NULL, 0};
    struct office office;
    struct diff d = {.office = &office};
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    if (o.operand_n == 3 && text_equal(o.operands[2], "-"))
        return cli_usage("policy diff: the file is read twice, so it can not be standard input");
    status = office_open(&office, &from, PEOPLE_NONE);
    if (status == CLI_OK)
        status = diff(&d, o.operands, o.operand_n);
    office_close(&office);
    return status;
}
