/* What a command judges by: the built-in policies and calendar, files, or a configuration. */
#ifndef CLI_OFFICE_H
#define CLI_OFFICE_H

#include "cli/options.h"
#include "conf/conf.h"

struct office_options {
    const char *config, *timezone;
    struct texts policies, calendars;
};

/* Rows of a command's table. */
#define OFFICE_OPTIONS(o)                                                                          \
    {"config", OPTION_TEXT, &(o)->config}, {"policy", OPTION_LIST, &(o)->policies},                \
        {"calendar", OPTION_LIST, &(o)->calendars},                                                \
    {                                                                                              \
        "timezone", OPTION_TEXT, &(o)->timezone                                                    \
    }
#define OFFICE_HELP                                                                                \
    "  --config FILE    policies, calendars, time zone and people of this shixian.yaml\n"          \
    "  --policy FILE    these policies, in this order, instead (again for each)\n"                 \
    "  --calendar FILE  these national calendars instead (again for each)\n"                       \
    "  --timezone ZONE  +08:00 (default) or a name of tzdata: local days and times\n"

enum office_people {
    PEOPLE_NONE, /* nobody is told: messages cost time */
    PEOPLE_ROLES /* those of the configuration; without one, each role is a receiver of its name */
};

struct office {
    struct arena *arena;
    struct conf *conf;        /* or NULL */
    struct policies policies; /* with zone, calendar and directory */
    const struct zone *zone;
    const struct calendar *calendar;
};

/* CLI_OK, or what is wrong was told and the exit status. office_close() either way. */
int office_open(struct office *ret, const struct office_options *o, enum office_people people);
void office_close(struct office *office);

/* Replaces the policies by those of files. */
int office_load(struct office *office, const char *const *files, size_t n, struct policies *ret);

#endif
