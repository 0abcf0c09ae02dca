#include "town.h"

#include <stdio.h>
#include <string.h>
#include "base/limits.h"
#include "base/must.h"
#include "conf/builtin.h"
#include "conf/calendar.h"
#include "conf/conf.h"
#include "conf/problems.h"

const char *const town_receivers[] = {"office",      "publicity", "mayor", "water-desk",
                                      "safety-desk", "heads",     NULL};
const char *const town_units[] = {"water", "safety", "silent", "ghost", NULL};

#define LIST(...)                                                                                  \
    {                                                                                              \
        .ids = (const char *const[]){__VA_ARGS__},                                                 \
        .n = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)                           \
    }

/* silent has nobody to tell; nobody at all is told of cac; departed left the configuration. */
static const struct unit units[] = {
    {.id = "water",
     .name = "县水务局",
     .region = "990122",
     .contact = LIST("water-desk"),
     .head = LIST("heads", "office")},
    {.id = "safety",
     .name = "区应急管理局",
     .region = "990102",
     .contact = LIST("safety-desk", "heads"),
     .head = LIST("heads")},
    {.id = "silent", .name = "镇政府", .region = "990121"},
};

static const struct directory directory = {
    .units = units,
    .unit_n = sizeof(units) / sizeof(units[0]),
    .roles =
        {
            [ROLE_UNIT] = LIST("office"),
            [ROLE_UNIT_HEAD] = LIST("office", "heads"),
            [ROLE_OFFICE] = LIST("office"),
            [ROLE_PUBLICITY] = LIST("publicity"),
            [ROLE_PRINCIPAL] = LIST("mayor"),
            [ROLE_SUPERVISION] = LIST("office", "departed"),
        },
};

/* Duties in the newer version only: with clocks that can be stopped, extended, begun anew, waived.
 */
static const char newer_text[] =
    "policy: town\n"
    "version: 2026-12-01\n"
    "effective: 2000-01-01\n"
    "ladders:\n"
    "  - id: town\n"
    "    rungs:\n"
    "      - {at: start, to: [unit]}\n"
    "      - {at: start+30m, if: unassigned, to: [office]}\n"
    "      - {at: \"due-1wd 09:00\", lamp: yellow, to: [unit]}\n"
    "      - {at: due-50%, to: [unit]}\n"
    "      - {at: due, lamp: red, to: [office]}\n"
    "      - {at: due+1wd, lamp: red, act: urge_notice, to: [supervision]}\n"
    "obligations:\n"
    "  - id: town_report\n"
    "    title: 内部报告\n"
    "    when: {case_type: [opinion, foi, rumor]}\n"
    "    unless: {label: [withdrawn]}\n"
    "    start: [case.reported_at]\n"
    "    window: 3wd\n"
    "    window_by_level: {1: 0wd, 2: 1wd}\n"
    "    day_end: \"17:30\"\n"
    "    satisfied_by: [assessment]\n"
    "    exclude: [third_party, other_agency]\n"
    "    restart: true\n"
    "    extend: {max: 5wd, times: 2, approver: required}\n"
    "    waiver: {by: [principal], reason: required}\n"
    "    ladder: town\n"
    "    basis: [\"本镇\"]\n"
    "  - id: town_hours\n"
    "    title: 小时\n"
    "    per: report\n"
    "    start: [report.received_at, report.discovered_at]\n"
    "    window: 30h\n"
    "    satisfied_by: [individual_reply, callback]\n"
    "    exclude: [third_party]\n"
    "    restart: true\n"
    "    on_correction: keep\n"
    "    ladder: town\n"
    "    basis: [\"本镇\"]\n"
    "  - id: town_year\n"
    "    title: 年底前\n"
    "    kind: target\n"
    "    when: {label: [serious]}\n"
    "    start: [case.discovered_at]\n"
    "    window: until 12-27\n"
    "    satisfied_by: [publication]\n"
    "    ladder: town\n"
    "  - id: town_raised\n"
    "    title: 升级后报告\n"
    "    when: {incident_level: [1, 2]}\n"
    "    start: [case.discovered_at]\n"
    "    window: 6h\n"
    "    satisfied_by: [briefing]\n"
    "    on_upgrade: restart\n"
    "    on_downgrade: keep\n"
    "    ladder: town\n"
    "    basis: [\"本镇\"]\n"
    "  - id: town_closed\n"
    "    title: 办结回访\n"
    "    kind: target\n"
    "    when: {case_status: [closed]}\n"
    "    start: [case.closed_at]\n"
    "    window: 2d\n"
    "    satisfied_by: [callback]\n"
    "    ladder: town\n";

/* 2027 as it might be announced; and a day off that was announced late. */
static const char days_2027[] = "date,type,name\n"
                                "2026-12-30,off,临时放假\n"
                                "2027-01-01,off,元旦\n"
                                "2027-01-03,work,元旦\n"
                                "2027-02-05,off,春节\n"
                                "2027-02-08,off,春节\n"
                                "2027-02-09,off,春节\n"
                                "2027-02-14,work,春节\n";

static struct {
    bool built;
    struct arena *arena;
    struct policies confs[TOWN_CONFS];
    const struct calendar *calendars[TOWN_CALENDARS];
} town;

static void add_days(struct calendar_layer *layer, const char *name, const char *text, size_t n,
                     struct arena *arena)
{
    struct problems none = {.n = 0};
    struct calendar_row *rows = NULL;

    must(calendar_parse(name, text, n, arena, &rows, &layer->n, &none) == 0);
    layer->national = true;
    layer->rows = rows;
}

static void build_calendars(struct arena *arena)
{
    struct calendar_layer layers[16];
    size_t n = 0;

    town.calendars[0] = conf_builtin_calendar(arena);
    for (const struct builtin *b = builtin_calendars; b->name; b++) {
        must(n < 15);
        add_days(&layers[n++], b->name, b->text, *b->n, arena);
    }
    add_days(&layers[n++], "cn-2027.csv", days_2027, strlen(days_2027), arena);
    town.calendars[1] = calendar_build("town-2027", layers, n, arena);
}

static void build_newer(struct arena *arena, struct policies *ret)
{
    struct policy_source files[LIMIT_POLICY_FILES];
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    size_t n = 0;

    /* One field is gone altogether: what it asked for is asked for no more. */
    for (const struct builtin *b = builtin_policies; b->name; b++)
        if (strcmp(b->name, "bad_review.yaml") != 0)
            files[n++] = (struct policy_source){b->name, b->text, *b->n};
    files[n++] = (struct policy_source){"town.yaml", newer_text, strlen(newer_text)};
    if (policies_read(files, n, arena, ret, &errors)) {
        fprintf(stderr, "%s\n", errors.data);
        must(!"policy of the town");
    }
    buf_free(&errors);
}

/* Zone, calendar and directory are the office's, the same for every version. */
static void complete(struct arena *arena, struct policies *p, unsigned calendar)
{
    struct policy *items = arena_alloc(arena, p->n * sizeof(*items));

    memcpy(items, p->items, p->n * sizeof(*items));
    for (size_t i = 0; i < p->n; i++) {
        items[i].zone = &zone_china;
        items[i].calendar = town.calendars[calendar];
        items[i].directory = &directory;
    }
    p->items = items;
}

/* Once for all worlds; never changed. */
static void build(void)
{
    struct arena *arena = town.arena = arena_new((size_t)64 << 20);

    town.built = true;
    build_calendars(arena);
    conf_builtin_policies(arena, &town.confs[TOWN_BUILTIN]);
    build_newer(arena, &town.confs[TOWN_NEWER]);
    town.confs[TOWN_BUILTIN_2027] = town.confs[TOWN_BUILTIN];
    town.confs[TOWN_NEWER_2027] = town.confs[TOWN_NEWER];
    for (unsigned i = 0; i < TOWN_CONFS; i++)
        complete(arena, &town.confs[i], i >= TOWN_BUILTIN_2027);
}

const struct policies *town_policies(enum town_conf conf)
{
    if (!town.built)
        build();
    return &town.confs[conf];
}

const struct calendar *town_calendar(unsigned i)
{
    if (!town.built)
        build();
    return town.calendars[i];
}

const struct policy *town_policy(const char *version, unsigned calendar)
{
    const struct policy *found = NULL;

    for (unsigned i = 0; i < 2 && !found; i++)
        found = policies_find(town_policies((enum town_conf)(2 * calendar + i)), version);
    return found;
}
