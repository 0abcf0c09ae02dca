/* shixianctl replay: what became of every obligation. */
#include <inttypes.h>
#include <stdio.h>
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "cli/rows.h"
#include "cli/story.h"

#define OUT_BYTES ((size_t)1 << 20)

static const char help[] =
    "usage: shixianctl replay [OPTION]... FILE\n\n"
    "Judges the CloudEvents of FILE (one a line, in the order of time; \"-\": standard input)\n"
    "on a virtual clock, without daemon or Redis. One line per obligation, columns separated by\n"
    "tabs. A line counts as recorded at its \"time\", else when the latest thing happened that it\n"
    "tells of. Lines that are refused are told on stderr, and counted.\n\n"
    "  --at INSTANT     end here; default: the last event\n"
    "  --json           one object a line, and at the end one with the totals\n" OFFICE_HELP;

struct totals {
    size_t cases, reports, obligations, states[OBLIGATION_STATE_COUNT];
    struct story_counts story;
};

static void count_case(struct totals *t, const struct opinion_case *c)
{
    if (c->status != CASE_MERGED) { /* that one lives on in another, with its reports */
        t->cases++;
        t->reports += c->report_n;
    }
    t->obligations += c->obligation_n;
    for (size_t i = 0; i < c->obligation_n; i++)
        t->states[c->obligations[i].state]++;
}

static void flush(struct buf *out)
{
    fwrite(out->data, 1, out->len, stdout);
    buf_clear(out);
}

static void print_case(const struct opinion_case *c, const struct zone *zone, bool json,
                       struct buf *out)
{
    for (size_t i = 0; i < c->obligation_n; i++) {
        rows_write(c, &c->obligations[i], zone, json, out);
        if (out->len > OUT_BYTES / 2)
            flush(out);
    }
}

/* For people beside the table, for programs as its last line. */
static void print_totals(const struct totals *t, bool json)
{
    FILE *out = json ? stdout : stderr;
    const struct {
        const char *name;
        size_t n;
    } rows[] = {
        {"reports", t->reports},           {"obligations", t->obligations},
        {"events", t->story.events},       {"duplicates", t->story.duplicates},
        {"conflicts", t->story.conflicts}, {"refused", t->story.refused},
    };

    fprintf(out, json ? "{\"cases\":%zu" : "cases %zu", t->cases);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        fprintf(out, json ? ",\"%s\":%zu" : ", %s %zu", rows[i].name, rows[i].n);
    for (int i = 0; i < OBLIGATION_STATE_COUNT; i++)
        fprintf(out, json ? ",\"%s\":%zu" : ", %s %zu", obligation_state_names[i], t->states[i]);
    fputs(json ? "}\n" : "\n", out);
}

static void print_town(const struct town *town, const struct zone *zone, bool json,
                       struct totals *totals)
{
    struct arena *arena = arena_new(LIMIT_ARENA_BYTES);
    struct buf out = BUF_INIT(OUT_BYTES);

    if (!json)
        buf_puts(&out, ROWS_HEADER);
    for (size_t i = 0; i < town_case_n(town); i++) {
        const struct opinion_case *c = town_case(town, i, arena);

        count_case(totals, c);
        print_case(c, zone, json, &out);
        arena_reset(arena);
    }
    if (out.len)
        flush(&out);
    buf_free(&out);
    arena_free(arena);
}

static int replay(const struct office *office, const char *file, const char *at_text, bool json)
{
    instant_ms at = INSTANT_NONE;
    int status = cli_instant(office->zone, "--at", at_text, &at);
    struct totals totals = {0};
    struct town *town;

    if (status != CLI_OK)
        return status;
    town = town_new(&office->policies, NULL, NULL);
    status = story_play(town, office->zone, file, at, false, &totals.story);
    if (status == CLI_OK) {
        print_town(town, office->zone, json, &totals);
        fflush(stdout);
        print_totals(&totals, json);
    }
    town_free(town);
    return status;
}

int cmd_replay(int argc, char **argv)
{
    struct office_options from = {0};
    const char *at = NULL;
    bool json = false;
    const struct option_row rows[] = {
        OFFICE_OPTIONS(&from), {"at", OPTION_TEXT, &at}, {"json", OPTION_FLAG, &json}};
    struct options o = {help, rows, sizeof(rows) / sizeof(rows[0]), 1, 1, NULL, 0};
    struct office office;
    int status = options_read(&o, argc, argv);

    if (status != OPTIONS_GO)
        return status;
    status = office_open(&office, &from, PEOPLE_NONE);
    if (status == CLI_OK)
        status = replay(&office, o.operands[0], at, json);
    office_close(&office);
    return status;
}
