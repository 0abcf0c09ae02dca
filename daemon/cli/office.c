#include "cli/office.h"

#include <stdio.h>
#include "base/limits.h"
#include "base/must.h"
#include "cli/cli.h"

/* Prints what a loader said, and frees it. */
static void print_lines(struct buf *lines)
{
    if (lines->len)
        fputs(lines->data, stderr);
    buf_free(lines);
}

/* Every policy judges with the same days and people. */
static void attach(struct office *office, const struct directory *people, struct policies *policies)
{
    struct policy *items = arena_alloc(office->arena, policies->n * sizeof(*items));

    for (size_t i = 0; i < policies->n; i++) {
        items[i] = policies->items[i];
        items[i].zone = office->zone;
        items[i].calendar = office->calendar;
        items[i].directory = people;
    }
    policies->items = items;
}

/* Each role reaches a receiver that is called like it. */
static const struct directory *roles_only(struct arena *arena)
{
    struct directory *d = arena_alloc(arena, sizeof(*d));

    for (int role = 0; role < ROLE_COUNT; role++)
        d->roles[role] = (struct receiver_list){&role_names[role], 1};
    return d;
}

static int open_config(struct office *office, const char *file)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES),
               warnings = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    int result = conf_load(file, &office->conf, &errors, &warnings);

    print_lines(&errors);
    buf_free(&warnings); /* of the daemon, which tells them */
    if (result < 0)
        return CLI_FAILED;
    office->policies = office->conf->policies;
    office->zone = office->conf->zone;
    office->calendar = office->conf->calendar;
    return CLI_OK;
}

static int open_calendars(struct office *office, const struct texts *files)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    int result =
        conf_calendar(files->items, files->n, NULL, 0, office->arena, &office->calendar, &errors);

    print_lines(&errors);
    return result < 0 ? CLI_FAILED : CLI_OK;
}

static int read_policies(struct office *office, const char *const *files, size_t n,
                         struct policies *ret)
{
    struct buf errors = BUF_INIT(LIMIT_CONF_PROBLEM_BYTES);
    int result = policies_load(files, n, office->arena, ret, &errors);

    print_lines(&errors);
    return result < 0 ? CLI_FAILED : CLI_OK;
}

static int open_zone(struct office *office, const char *text)
{
    const char *complaint = conf_zone(text, office->arena, &office->zone);

    return complaint ? cli_usage("--timezone: \"%.64s\" %s", text, complaint) : CLI_OK;
}

int office_open(struct office *ret, const struct office_options *o, enum office_people people)
{
    const struct directory *directory;
    int status = CLI_OK;

    *ret = (struct office){.arena = arena_new(LIMIT_ARENA_BYTES), .zone = &zone_china};
    if (o->config)
        status = open_config(ret, o->config);
    if (status == CLI_OK && o->timezone)
        status = open_zone(ret, o->timezone);
    if (status == CLI_OK && (!ret->calendar || o->calendars.n))
        status = open_calendars(ret, &o->calendars);
    if (status == CLI_OK && o->policies.n)
        status = read_policies(ret, o->policies.items, o->policies.n, &ret->policies);
    else if (status == CLI_OK && !ret->conf)
        conf_builtin_policies(ret->arena, &ret->policies);
    if (status != CLI_OK)
        return status;
    if (people == PEOPLE_NONE)
        directory = arena_alloc(ret->arena, sizeof(*directory));
    else
        directory = ret->conf ? ret->conf->directory : roles_only(ret->arena);
    attach(ret, directory, &ret->policies);
    return CLI_OK;
}

int office_load(struct office *office, const char *const *files, size_t n, struct policies *ret)
{
    int status = read_policies(office, files, n, ret);

    must(office->policies.n > 0);
    if (status == CLI_OK)
        attach(office, office->policies.items[0].directory, ret);
    return status;
}

void office_close(struct office *office)
{
    conf_free(office->conf);
    office->arena = arena_free(office->arena);
}
